# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts.toml files under `config_path` (SPEC 4)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import functools
import posixpath
import re
import typing as t

from .._python import tomllib
from .dialect import parse_toml
from .mirrors import Chain
from .model import NodeFiles
from .requests import Host, upstream
from .schema import Schema, Spelling, Table, mismatch, misspelt, named, nearest
from .urls import clean_path, parse_url, port_of
from .version import Version, is_fork

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
_DURATION = re.compile(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")


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

    `files` are the certificates that it names; each pull reads them all, those at the top of a
    file without `server`, too, which hold for the upstream registry then. `unseen` names hosts
    that the file has and containerd does not find; `misspelt` has the options in an unusual
    letter case; `unknown` what is no option at the top; `ignored` says why it takes nothing from
    the file.
    """

    path: str
    text: str
    entries: tuple[HostEntry, ...] = ()
    server: HostEntry | None = None
    has_server: bool = False
    files: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    misspelt: tuple[Spelling, ...] = ()
    unknown: frozenset[str] = frozenset()
    ignored: str = ""


def folder_names(image_host: str) -> tuple[str, ...]:
    """Return the names of the folders that may serve an image host, in order."""
    name, colon, port = image_host.rpartition(":")
    with_port = (f"{name}_{port}_",) if colon and name else ()
    return (*with_port, image_host, "_default")


class Obstacle(t.NamedTuple):
    """What stops all pulls of an image host before a request is sent: a path, and what it is."""

    code: str
    path: str
    text: str


class Folders:
    """The folders under config_path, and the chains that follow from them."""

    def __init__(self, roots: t.Sequence[str], node: NodeFiles, version: Version) -> None:
        """Take the roots in order, and the files of the node."""
        self.roots = tuple(posixpath.normpath(root) for root in roots)
        self._node = node
        self.version = version
        self.is_fork = is_fork(node.version)
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

    def obstacle(self, image_host: str) -> Obstacle | None:
        """Return what keeps everything of an image host from being pulled, if anything does."""
        names = folder_names(image_host)
        for root in self.roots:
            if self.exists(root):
                return Obstacle("certs_d_blocked", root, "is a file, not a folder")
            for path in (f"{root}/{name}" for name in names):
                if self.exists(path):
                    return Obstacle("certs_d_blocked", path, "is a file, not a folder")
                if path in self._known:
                    return self._in_folder(path)
        return None

    def _in_folder(self, folder: str) -> Obstacle | None:
        path = f"{folder}/hosts.toml"
        if any(name.startswith(f"{path}/") for name in (*self._node.files, *self._node.unreadable)):
            return Obstacle("certs_d_blocked", path, "is a folder, not a file")
        if path in self._node.unreadable:
            return Obstacle(
                "file_unreadable", path, "could not be read, so its hosts are not known"
            )
        file = self.hosts_file(folder)
        for certificate in file.files if file is not None and not file.ignored else ():
            if not self.exists(certificate):
                text = f"does not exist, and {path} names it"
                return Obstacle("certificate_missing", certificate, text)
        return None

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
        obstacle = self.obstacle(image_host)
        if obstacle:
            return Chain((), f"{obstacle.path} {obstacle.text}")
        folder = self.find(image_host)
        file = self.hosts_file(folder) if folder else None
        if file is None or file.ignored:
            return Chain((last,))
        entries = (*file.entries, *([file.server] if file.server else []))
        hosts = [self._host(entry) for entry in entries if entry.host.host]
        if self._falls_back(file):
            hosts.append(last)
        return Chain(tuple(host for host in hosts if host.scheme in ("http", "https")))

    def _host(self, entry: HostEntry) -> Host:
        rewrites = entry.options.get("rewrite")
        if not self.is_fork or not isinstance(rewrites, dict):
            return entry.host
        rules = ((pattern, to) for pattern, to in rewrites.items() if isinstance(to, str))
        return entry.host._replace(rewrites=tuple(rules))

    def _falls_back(self, file: HostsFile) -> bool:
        """Return whether the upstream is asked last; k3s and RKE2 leave it out without `server`."""
        if file.server is not None and file.server.host.host:
            return False
        return not self.is_fork or file.has_server or not file.entries

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
        near = next((key for key in data if nearest(key, ("host",))), "")
        meant = f": did you mean that by [{near}]?" if near else ""
        raise ValueError(f"it has no [host] table, which this release needs{meant}")
    ordered = list(data["host"]) if isinstance(data.get("host"), dict) else []
    schema = _schema(version)
    spelt = () if text.islower() else tuple(dict.fromkeys(misspelt(data, schema)))
    if spelt:
        data = named(data, schema, version.old)
    wrong = mismatch(data, schema)
    if wrong is not None:
        raise ValueError(f"{'.'.join(wrong)} has a value of the wrong type")
    folder = posixpath.dirname(path)
    tables: Table = data.get("host", {})
    names = host_headers(text) if version.reads_host_headers_only else ordered
    entries = [_entry(name, tables.get(name, {}), folder, version) for name in names]
    last = _entry(data.get("server", ""), data, folder, version)
    files = tuple(path for entry in (*entries, last) for path in entry.files)
    unseen = tuple(name for name in tables if name not in names)
    unknown = frozenset(key for key in data if key.lower() not in KNOWN_OPTIONS)
    server = last if last.name else None
    has_server = "server" in data
    return HostsFile(path, text, tuple(entries), server, has_server, files, unseen, spelt, unknown)


@functools.lru_cache(maxsize=8)
def _schema(version: Version) -> dict[str, Schema]:
    """Return the options that a release knows, with their types."""
    options = {
        name: type_of
        for name, type_of in HOST_OPTIONS.items()
        if name != "dial_timeout" or version.knows_dial_timeout
    }
    return {**options, "server": str, "host": {"*": options}}


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
    timeout = options.get("dial_timeout", "") if version.knows_dial_timeout else ""
    if timeout and not _DURATION.fullmatch(timeout):
        raise ValueError(f"dial_timeout is {timeout!r}, not a duration such as 5s")
    host = _host(name, bool(options.get("override_path"))) if name else Host("", "", "")
    # An empty list of client pairs is none; one of CAs is a list.
    has_tls = "ca" in options or "skip_verify" in options or bool(options.get("client"))
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
    "HOST_OPTIONS",
    "KNOWN_OPTIONS",
    "Folders",
    "HostEntry",
    "HostsFile",
    "Obstacle",
    "folder_names",
    "host_headers",
    "read_hosts_file",
)
