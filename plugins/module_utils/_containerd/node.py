# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What containerd makes of one node's files."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from .._evidence import Finding
from .._image_name import parse_image
from .hosts_toml import Folders, HostsFile
from .imports import Merged
from .mirrors import Chain, mirror_chain, mirror_endpoints, mirror_key
from .model import UP, NodeFiles
from .registry import Registry
from .requests import urls
from .schema import Table, table_at
from .states import mirror_place
from .urls import masked
from .version import Version


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

    @property
    def tls(self) -> Table:
        """Return what config.toml says of TLS, by host, where that counts: with mirrors in 1.x."""
        if self.registry is None or self.folders is not None or not self.version.old:
            return {}
        return {host: table_at(config, "tls") for host, config in self.registry.configs.items()}

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


__all__ = ("Containerd",)
