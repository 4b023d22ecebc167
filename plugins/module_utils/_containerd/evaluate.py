# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evaluation of one node: its state, and what it will request."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import functools

from .._evidence import Finding
from .._image_name import parse_image
from .analysis import analyse
from .bounds import beyond, within_bounds
from .config import ConfigError, broken, unreadable
from .hosts_toml import Folders, HostsFile
from .imports import DUMP, Merged, merge_dump, merge_node
from .mirrors import Chain, mirror_chain, mirror_endpoints, mirror_key
from .model import DOWN, NOT_STARTED, UNKNOWN, UP, NodeFiles
from .registry import Registry, conflict, disabled_by, is_required, read_registry
from .requests import urls
from .states import cri_conflict, cri_disabled, dump_broken, mirror_place, version_unknown
from .urls import masked
from .version import NEWEST_MEASURED, Version, parse_version


class Containerd:
    """One node's containerd as its files make it.

    `cri` is up, down (the daemon runs, its CRI plugin does not), not started (the daemon refuses
    its configuration), or unknown (a file that decides it could not be read); `reason` says why
    it is not up.
    """

    def __init__(self, node: NodeFiles, version: Version) -> None:
        """Take the files; `load` sets the rest."""
        self.node = node
        self.version = version
        self.cri = UP
        self.reason = ""
        self.merged: Merged | None = None
        self.registry: Registry | None = None
        self.folders: Folders | None = None
        self.causes: list[Finding] = []
        self._chains: dict[str, Chain] = {}

    @functools.cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Return everything that is remarkable about the node, in a stable order."""
        return analyse(self)

    def requests(self, image: str) -> tuple[str, ...]:
        """Return the manifest URLs that containerd tries for an image, in order.

        Empty where CRI is not up, where the image is no reference, and where every pull of the
        image's registry fails before a request is sent.
        """
        try:
            reference = parse_image(image).normalise()
        except ValueError:
            return ()
        return urls(self.chain(reference.registry).hosts, reference)

    def endpoints(self, source: str) -> tuple[str, ...]:
        """Return the endpoints in force for a source registry, as written, in order.

        These are the `endpoint` list of its mirror table (or of `*`), or the names of the
        `[host]` tables of its hosts.toml. The part of a source after a slash does not matter.
        """
        if self.cri != UP or self.registry is None:
            return ()
        host = source.partition("/")[0]
        if self.folders is None:
            mirrors = self.registry.mirrors
            return mirror_endpoints(mirrors, mirror_key(mirrors, host))
        file = self.hosts_file(source)
        return tuple(entry.name for entry in file.entries) if file and not file.ignored else ()

    def hosts_file(self, source: str) -> HostsFile | None:
        """Return the hosts.toml that serves a source, None if there is none or it is unread."""
        folder = self.folders.find(source.partition("/")[0]) if self.folders else ""
        return self.folders.hosts_file(folder) if self.folders and folder else None

    def where(self, source: str) -> str:
        """Return the file, and the line if there is one, that holds a source's endpoints."""
        host = source.partition("/")[0]
        file = self.hosts_file(source)
        if file is not None:
            return file.path
        if self.folders is not None:
            root = (*self.folders.roots, self.node.config_path)[0]
            return self.folders.find(host) or root
        mirrors = self.registry.mirrors if self.registry else {}
        key = mirror_key(mirrors, host)
        if self.merged is None or key is None:
            return self.node.config_path
        return mirror_place(self.merged, key)

    def chain(self, image_host: str) -> Chain:
        """Return the hosts that pulls of an image host go to, or the problem that stops them."""
        if self.cri != UP or self.registry is None:
            return Chain((), self.reason)
        if image_host not in self._chains:
            self._chains[image_host] = (
                self.folders.chain(image_host)
                if self.folders is not None
                else mirror_chain(self.registry.mirrors, image_host, self.version)
            )
        return self._chains[image_host]

    def stop(self, cri: str, finding: Finding) -> None:
        """Set a state other than up, and the finding that is its reason."""
        self.cri, self.reason = cri, masked(finding.message)
        self.causes.append(finding)


def load(node: NodeFiles) -> Containerd:
    """Evaluate a node's files. What is wrong is in state, reason and findings."""
    node = within_bounds(node)
    version = parse_version(node.version)
    result = Containerd(node, version or NEWEST_MEASURED)
    if version is None:
        result.causes.append(version_unknown(node.version))
    try:
        result.merged = _merged(result)
        result.registry = read_registry(result.merged, result.version)
    except ConfigError as error:
        result.stop(error.state, error.finding)
        return result
    except RecursionError:
        result.stop(NOT_STARTED, broken(node.config_path, "nested too deep"))
        return result
    folders = result.registry.folders
    result.folders = None if folders is None else Folders(folders, node, result.version)
    _judge(result, result.merged, result.registry)
    return result


def _merged(result: Containerd) -> Merged:
    node = result.node
    if node.dump is None:
        return merge_node(node, result.version)
    try:
        problem = beyond(node.dump)
        if problem:
            raise unreadable(DUMP, problem)
        return merge_dump(node.dump, result.version)
    except ConfigError as error:
        if node.config_path not in node.files:
            raise ConfigError(dump_broken(error.finding), UNKNOWN) from error
        result.causes.append(dump_broken(error.finding))
        return merge_node(node, result.version)


def _judge(result: Containerd, merged: Merged, registry: Registry) -> None:
    """Set the state that follows from settings which the daemon could load."""
    name = disabled_by(merged, result.version)
    code, message = ("", "") if name else conflict(registry, result.version)
    if not name and not code:
        return
    finding = cri_disabled(merged, name) if name else cri_conflict(merged, code, message)
    result.stop(NOT_STARTED if is_required(merged) else DOWN, finding)


__all__ = ("Containerd", "load")
