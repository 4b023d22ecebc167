# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts.toml files under `config_path` (SPEC 4)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import posixpath
import re
import tomllib
import typing as t

from .dialect import parse_toml
from .mirrors import Chain
from .model import NodeFiles
from .requests import Host, upstream
from .schema import Schema, Spelling, Table, mismatch, misspelt, named
from .urls import clean_path, parse_url, port_of
from .version import Version

_HEADER = re.compile(
    r"""^[ \t]*\[[ \t]*(?:host|"host"|'host')[ \t]*\.[ \t]*"""
    r"""("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*[.\]]""",
    re.MULTILINE,
)
HOST_OPTIONS: dict[str, Schema] = {
    "capabilities": [str],
    "ca": (str, [str]),
    "client": (str, [(str, [str])]),
    "skip_verify": bool,
    "header": {"*": (str, [str])},
    "override_path": bool,
    "dial_timeout": str,
}
KNOWN_OPTIONS = frozenset((*HOST_OPTIONS, "server", "host"))
_SCHEMA: dict[str, Schema] = {**HOST_OPTIONS, "server": str, "host": {"*": HOST_OPTIONS}}


@dataclasses.dataclass(frozen=True)
class HostEntry:
    """One `[host."..."]`, or `server` with the options at the top of the file."""

    name: str
    options: Table
    host: Host
    files: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class HostsFile:
    """A hosts.toml as containerd takes it.

    `unseen` names hosts that the file has and containerd does not find; `misspelt` has the
    options in an unusual letter case; `ignored` says why it takes nothing from the file.
    """

    path: str
    text: str
    entries: tuple[HostEntry, ...] = ()
    server: HostEntry | None = None
    unseen: tuple[str, ...] = ()
    misspelt: tuple[Spelling, ...] = ()
    ignored: str = ""


def folder_names(image_host: str) -> tuple[str, ...]:
    """Return the names of the folders that may serve an image host, in order."""
    name, colon, port = image_host.rpartition(":")
    with_port = (f"{name}_{port}_",) if colon and name else ()
    return (*with_port, image_host, "_default")


class Folders:
    """The folders under config_path, and the chains that follow from them."""

    def __init__(self, roots: t.Sequence[str], node: NodeFiles, version: Version) -> None:
        """Take the roots in order, and the files of the node."""
        self.roots = tuple(posixpath.normpath(root) for root in roots)
        self._node = node
        self.version = version
        self._known = self._list_folders()
        self._files: dict[str, HostsFile | None] = {}

    def _list_folders(self) -> dict[str, None]:
        found: dict[str, None] = {}
        prefixes = tuple(f"{root}/" for root in self.roots)
        for path in (*self._node.files, *self._node.unreadable):
            for prefix in prefixes:
                if path.startswith(prefix):
                    name, slash, _rest = path[len(prefix) :].partition("/")
                    if slash:
                        found[prefix + name] = None
        return found

    @property
    def known(self) -> tuple[str, ...]:
        """Return every folder of a host that is there, in the order of the files."""
        return tuple(self._known)

    def find(self, image_host: str) -> str:
        """Return the folder that serves an image host, empty if there is none."""
        names = folder_names(image_host)
        paths = (f"{root}/{name}" for root in self.roots for name in names)
        return next((path for path in paths if path in self._known), "")

    def hosts_file(self, folder: str) -> HostsFile | None:
        """Return a folder's hosts.toml, None if there is none or its text is not at hand."""
        if folder not in self._files:
            path = f"{folder}/hosts.toml"
            text = self._node.files.get(path)
            known = text is not None and path not in self._node.unreadable
            self._files[folder] = (
                read_hosts_file(path, text, self.version) if known and text is not None else None
            )
        return self._files[folder]

    def chain(self, image_host: str) -> Chain:
        """Return where pulls of an image host go: hosts, then the server or the upstream."""
        last = upstream(image_host, self.version, hosts_mode=True)
        folder = self.find(image_host)
        if folder and f"{folder}/hosts.toml" in self._node.unreadable:
            return Chain((), f"{folder}/hosts.toml could not be read, so its hosts are not known")
        file = self.hosts_file(folder) if folder else None
        if file is None or file.ignored:
            return Chain((last,))
        entries = (*file.entries, *([file.server] if file.server else []))
        for path in (path for entry in entries for path in entry.files):
            if not self.exists(path):
                return Chain((), f"{file.path} names {path}, which does not exist")
        hosts = [entry.host for entry in entries if entry.host.host]
        if file.server is None or not file.server.host.host:
            hosts.append(last)
        return Chain(tuple(host for host in hosts if host.scheme in ("http", "https")))

    def exists(self, path: str) -> bool:
        """Return whether a file is on the node, read or not."""
        return path in self._node.files or path in self._node.unreadable


def read_hosts_file(path: str, text: str, version: Version) -> HostsFile:
    """Read a hosts.toml. What containerd only logs and skips is in `ignored`."""
    try:
        return _read(path, text, version)
    except (ValueError, RecursionError) as error:
        return HostsFile(path, text, ignored=str(error))


def _read(path: str, text: str, version: Version) -> HostsFile:
    if not text:
        raise ValueError("the file is empty")
    data = parse_toml(text, version)
    if version.old and not isinstance(data.get("host"), dict) and not version.server_alone:
        raise ValueError("it has no [host] table, which this release needs")
    ordered = list(data["host"]) if isinstance(data.get("host"), dict) else []
    spelt = () if text.islower() else tuple(dict.fromkeys(misspelt(data, _SCHEMA)))
    if spelt:
        data = named(data, _SCHEMA, version.old)
    wrong = mismatch(data, _SCHEMA)
    if wrong is not None:
        raise ValueError(f"{'.'.join(wrong)} has a value of the wrong type")
    folder = posixpath.dirname(path)
    tables: Table = data.get("host", {})
    names = host_headers(text) if version.reads_host_headers_only else ordered
    entries = [_entry(name, tables.get(name, {}), folder, version) for name in names]
    server = _entry(data.get("server", ""), data, folder, version)
    unseen = tuple(name for name in tables if name not in names)
    return HostsFile(path, text, tuple(entries), server if server.name else None, unseen, spelt)


def host_headers(text: str) -> list[str]:
    """Return the hosts of the `[host."..."]` headers, as 2.x finds them: repeats in a row fold."""
    names: list[str] = []
    for key in _HEADER.findall(text):
        name = tomllib.loads(f"x={key}")["x"] if "\\" in key else _unquoted(key)
        if names[-1:] != [name]:
            names.append(name)
    return names


def _unquoted(key: str) -> str:
    return key[1:-1] if key[0] in "\"'" else key


def _entry(name: str, options: Table, folder: str, version: Version) -> HostEntry:
    files = _named_files(options, folder)
    capabilities = [capability.lower() for capability in options.get("capabilities", ())]
    known = {"pull", "resolve", "push", *(["referrers"] if version.knows_referrers else [])}
    for capability in capabilities:
        if capability not in known:
            raise ValueError(f"the capability {capability!r} is unknown to this release")
    host = _host(name, bool(options.get("override_path"))) if name else Host("", "", "")
    has_tls = not {"ca", "client", "skip_verify"}.isdisjoint(options)
    first = version.https_first and host.scheme == "http" and has_tls
    port = port_of(host.host)
    return HostEntry(
        name,
        options,
        host._replace(
            # Without a port it is 443, and 80 only where nothing listens there.
            scheme="https" if first and not port else host.scheme,
            pull=not capabilities or "pull" in capabilities,
            resolve=not capabilities or "resolve" in capabilities,
            https_first=first and port not in ("", "80"),
        ),
        files,
    )


def _host(name: str, override_path: bool) -> Host:
    """Return the root of a host's API. Raises ValueError where its URL is no URL."""
    url = parse_url(name if name.startswith("http") else f"https://{name}")
    if not url.path:
        return Host(url.scheme, url.host, "" if override_path else "/v2")
    path = clean_path(url.path)
    return Host(url.scheme, url.host, path if override_path or _ends(path) else f"{path}/v2")


def _ends(path: str) -> bool:
    return path.endswith("/v2")


def _named_files(options: Table, folder: str) -> tuple[str, ...]:
    """Return the certificate files that an entry names; containerd reads them at each pull."""
    paths: list[str] = []
    for key in ("ca", "client"):
        value = options.get(key, [])
        for item in [value] if isinstance(value, str) else value:
            if isinstance(item, list) and len(item) != 2:
                raise ValueError("a pair of client must name two files")
            paths += item if isinstance(item, list) else [item]
    return tuple(posixpath.normpath(posixpath.join(folder, path)) for path in paths)


__all__ = (
    "KNOWN_OPTIONS",
    "Folders",
    "HostEntry",
    "HostsFile",
    "folder_names",
    "host_headers",
    "read_hosts_file",
)
