# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about the URL of a `[host]` or `server`: where its requests go, and where they should."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from .._evidence import Finding, Severity
from .._fix import Edit, Fix, edits_of
from .edits import assignment, header, option, renamed, value
from .generated import origin_of
from .hosts_toml import HostEntry, HostsFile
from .lint_mirrors import HUB, parts_dropped, taken_literally
from .urls import clean_path, no_address, parse_url, v2_once

# Paths of Nexus and Artifactory, which have the registry's API below them.
_BELOW = re.compile(r"/repository/[^/]+\Z|/(?:artifactory/)?api/docker/[^/]+\Z")
_OVERRIDE = "override_path = true"
_LAST = "then the registry itself is asked last"


def lint_url(where: str, file: HostsFile, entry: HostEntry, host: str) -> t.Iterator[Finding]:
    """Tell what is wrong with the URL of an entry; the first finding of one that is none is all."""
    is_server = entry is file.server
    broken = _no_registry(entry)
    if broken[0]:
        yield Finding(
            "host_url_broken",
            Severity.WARNING,
            where,
            f"{entry.name!r} is the address of no registry: {broken[0]}. It is passed over.",
            _other_name(file, entry, broken[1], is_server),
        )
        return
    hub = _other_name(file, entry, HUB, is_server)
    yield from taken_literally(where, host, entry.name, entry.host.host, hub, is_server)
    if any(mark in entry.name for mark in "@?#"):
        yield parts_dropped(where, host, _without_parts(file, entry))
    yield from _lint_root(where, entry, host, file)


def is_address(entry: HostEntry) -> bool:
    """Return whether requests can be sent to an entry."""
    return not _no_registry(entry)[0]


def _no_registry(entry: HostEntry) -> tuple[str, str]:
    """Return why an entry is no address, and what to write; two empty ones if it is one."""
    scheme, separator, _rest = entry.name.partition("://")
    if separator and scheme.lower() not in ("http", "https"):
        return "it has a scheme other than http and https", ""
    if entry.host.host and entry.host.scheme in ("http", "https"):
        return no_address(entry.name, entry.host.host), ""
    if separator:
        return "it has no host", ""
    return (
        "it begins with http, and so containerd takes it for a URL with a scheme",
        f"https://{entry.name}",
    )


def _other_name(file: HostsFile, entry: HostEntry, right: str, is_server: bool) -> str:
    """Return the fix that gives an entry another URL, if one is known that is not there yet."""
    if not right or not _is_address(right):
        fix = "Write one URL, such as https://harbor.example.org."
        return f"{fix.removesuffix('.')}, or remove server: {_LAST}." if is_server else fix
    if is_server:
        return Fix(f'Write server = "{right}".', _renamed(file, entry, right))
    if any(other.name == right for other in file.entries):
        return f'Take [host."{entry.name}"] out: [host."{right}"] is there.'
    return Fix(f'Write [host."{right}"].', _renamed(file, entry, right))


def _is_address(url: str) -> bool:
    try:
        parsed = parse_url(url)
    except ValueError:
        return False
    return parsed.usable and not no_address(url, parsed.host)


def _renamed(file: HostsFile, entry: HostEntry, right: str) -> tuple[Edit, ...]:
    """Return the edits that give an entry another URL; none if they are not plain to see."""
    if entry is not file.server:
        return renamed(file.path, file.text, entry.name, right) if line_of(file, entry) else ()
    edit = value(f"{file.path}:{line_of(file, entry)}", file.text, entry.name, right)
    return (edit,) if edit else ()


def line_of(file: HostsFile, entry: HostEntry) -> int:
    """Return the line that names an entry, 0 if that is not plain to see."""
    if entry is file.server:
        return assignment(file.text, "server")[0]
    return header(file.text, entry.name)


def _lint_root(where: str, entry: HostEntry, host: str, file: HostsFile) -> t.Iterator[Finding]:
    url = parse_url(entry.name if entry.name.startswith("http") else f"https://{entry.name}")
    path, root = clean_path(url.path), clean_path(entry.host.path)
    once = v2_once(path)
    if root == "/v2" or (root.startswith("/v2/") and root == once):
        return
    overridden = bool(entry.options.get("override_path"))
    right = once if once == "/v2" or once.startswith("/v2/") else f"/v2{once}".rstrip("/")
    right = "/v2" + right[3:].removesuffix("/v2")
    base = f"{url.scheme}://{url.host}"
    write = _right_root(file, entry, f"{base}{right}", host)
    severity, fix = _root_advice(base, path, root, write)
    reason = (
        "override_path = true takes the path as it stands, and it does not begin with /v2/"
        if overridden
        else "without override_path = true it adds /v2 at the end of the path"
    )
    code = "override_path_without_v2" if overridden else "override_path_missing"
    if overridden and path != once:
        code, reason = "endpoint_v2_doubled", "override_path = true takes both /v2 as they stand"
    yield Finding(
        code,
        severity,
        where,
        f"containerd requests {base}{root.rstrip('/')}/<image>/manifests/<tag>: {reason}. That is "
        "right only if the registry's API lies there. On 404 it silently goes on to the next host, "
        "in the end to the upstream registry.",
        fix,
    )


def _root_advice(base: str, path: str, root: str, write: str) -> tuple[Severity, str]:
    """Return how much a root matters that is not /v2, and what helps.

    Where the API lies, nobody knows from here: it may be below a path. `write` says how to ask
    for it at /v2 of the host.
    """
    below = "the registry's API lies below that path (Nexus, Artifactory)"
    if path.startswith("/v2/"):
        return Severity.WARNING, write
    if "v2" not in root.split("/"):
        other = f"{write} Where {below}, write {base}{root.rstrip('/')}/v2."
        return Severity.WARNING, Fix(other, edits_of(write))
    if path == root or _BELOW.match(path):
        return Severity.INFO, f"Nothing, if {below}; else see where it lies."
    return Severity.WARNING, Fix(f"{write} Nothing, if {below}.", edits_of(write))


def _right_root(file: HostsFile, entry: HostEntry, right: str, host: str) -> str:
    """Return what to write so that an entry asks below a URL; what is right already stays."""
    is_server = entry is file.server
    origin = origin_of(file.path, file.text)
    if origin:
        return origin.changed(f"write the endpoint {right} below mirrors, {key_of(host)}.")
    if not is_server and any(other.name == right for other in file.entries if other != entry):
        return f'Take [host."{entry.name}"] out: [host."{right}"] is there.'
    steps = []
    if entry.name.rstrip("/") != right:
        steps.append(f'server = "{right}"' if is_server else f'[host."{right}"]')
    if not entry.options.get("override_path"):
        steps.append(_OVERRIDE)
    edits = _root_edits(file, entry, right)
    place = (
        "at the top of the file, above the first [host]: what stands below belongs to that host"
        if is_server
        else f'below [host."{right}"]'
    )
    if steps == [_OVERRIDE] or is_server:
        return Fix(f"Write {' and '.join(steps)} {place}.", edits)
    return Fix(f"Write {' with '.join(steps)}.", edits)


def _root_edits(file: HostsFile, entry: HostEntry, right: str) -> list[Edit]:
    """Return the edits that let an entry ask below a URL; none if not all are plain to see."""
    line = line_of(file, entry)
    edits: list[Edit] = []
    if entry.name.rstrip("/") != right:
        named = _renamed(file, entry, right)
        if not named:
            return []
        edits += named
    if line and not entry.options.get("override_path"):
        table = 0 if entry is file.server else line
        override = option(file.path, file.text, _OVERRIDE, line, table)
        return [*edits, override] if override else []
    return edits if line else []


def key_of(host: str) -> str:
    """Return what registries.yaml calls an image host."""
    return '"*"' if host == "_default" else host


def _without_parts(file: HostsFile, entry: HostEntry) -> str:
    if "@" in entry.name:  # no edit carries a password
        return "Write credentials to its header, or to the Secret of the pods, and not to the URL."
    url = parse_url(entry.name if entry.name.startswith("http") else f"https://{entry.name}")
    return _other_name(file, entry, f"{url.scheme}://{url.host}{url.path}", entry is file.server)


__all__ = ("is_address", "key_of", "line_of", "lint_url")
