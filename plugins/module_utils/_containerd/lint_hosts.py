# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about the hosts.toml files in force (SPEC 4)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import json
import posixpath
import typing as t

from .._evidence import Finding, Severity
from .._fix import Fix
from .._rewrites import ambiguous, compiled, rewrite_prefix
from .config import locate
from .edits import option
from .generated import origin_of
from .hosts_toml import HOST_OPTIONS, KNOWN_OPTIONS, Folders, HostEntry, HostsFile
from .lint_certs_d import (
    blocked,
    image_host_of,
    lint_folder,
    no_file,
    outside_folder,
    plain_files,
)
from .lint_host_url import is_address, key_of, line_of, lint_url
from .lint_mirrors import other_case, plain_http, tls_skipped
from .model import NodeFiles
from .schema import nearest

# k3s and RKE2 know one more.
_IN_HOST = frozenset((*HOST_OPTIONS, "rewrite"))


def lint_hosts(node: NodeFiles, folders: Folders) -> t.Iterator[Finding]:
    """Tell what the folders and their hosts.toml files will do that one would not expect."""
    for root in folders.roots:
        if folders.exists(f"{root}/hosts.toml"):
            yield outside_folder(f"{root}/hosts.toml", folders)
        yield from plain_files(node, root)
    for folder in folders.known:
        host, path = image_host_of(folder), f"{folder}/hosts.toml"
        unused = list(lint_folder(folder, host, folders))
        yield from unused
        file = folders.hosts_file(folder)
        if unused and (file is None or unused[0].severity is Severity.INFO):
            continue
        obstacle = folders.obstacle(host)
        if obstacle and obstacle.code == "certs_d_blocked":
            yield blocked(obstacle, host)
        elif path in node.unreadable:
            yield Finding(
                "file_unreadable",
                Severity.WARNING,
                path,
                f"This file could not be read ({node.unreadable[path]}): what containerd requests "
                f"for {host} is not known.",
                "Read the node with become.",
            )
        elif file is None:
            yield no_file(node, folder, host, folders)
        else:
            yield from _lint_file(file, host, folders)


def _lint_file(file: HostsFile, host: str, folders: Folders) -> t.Iterator[Finding]:
    if file.ignored:
        line = file.ignored.rpartition("(at line ")[2].partition(",")[0]
        yield Finding(
            "hosts_toml_ignored",
            Severity.WARNING,
            f"{file.path}:{line}" if line.isdigit() else file.path,
            f"containerd ignores the whole file ({file.ignored}) and goes upstream for {host}; it "
            "tells only its log, at each pull.",
            'Write server = "https://..." and [host."https://..."] with capabilities = ["pull", '
            '"resolve"] and override_path = true (no quotes).',
        )
        return
    for spelling in file.misspelt:
        yield other_case(file.path, file.text, spelling, folders.version)
    for name in sorted(file.unknown - {"rewrite"}):
        where = locate(file.path, file.text, name)
        yield _unknown_option(where, "at the top of the file", name, KNOWN_OPTIONS)
    for name in file.unseen:
        yield Finding(
            "host_without_header",
            Severity.WARNING,
            locate(file.path, file.text, name),
            f"containerd 2.x finds hosts by their headers alone and does not see {name}.",
            f'Write a header of its own: [host."{name}"].',
        )
    for path in dict.fromkeys(file.files):
        if not folders.exists(path):
            yield Finding(
                "certificate_missing",
                Severity.ERROR,
                locate(file.path, file.text, posixpath.basename(path)),
                f"{path}, named in this file, does not exist: every pull of {host} fails before a "
                "request is sent.",
                f"Put the certificate there, or take it out of {file.path}.",
            )
    for entry in (*file.entries, *([file.server] if file.server else [])):
        yield from _lint_entry(file, entry, host, folders.is_fork)


def _lint_entry(file: HostsFile, entry: HostEntry, host: str, fork: bool) -> t.Iterator[Finding]:
    is_server = entry is file.server
    where = locate(file.path, file.text, *(["server"] if is_server else []), entry.name)
    yield from lint_url(where, file, entry, host)
    if is_address(entry):
        yield from _lint_options(where, entry, host, file, fork)


def _lint_options(
    where: str, entry: HostEntry, host: str, file: HostsFile, fork: bool
) -> t.Iterator[Finding]:
    if not (entry.host.pull and entry.host.resolve):
        others = (*file.entries, *([file.server] if file.server else []))
        served = any(other.host.pull and other.host.resolve for other in others)
        yield Finding(
            "host_skipped_for_tags",
            Severity.INFO if served else Severity.WARNING,
            where,
            f"{entry.name} lacks the capability pull or resolve: it is skipped when an image is "
            f"pulled by tag{', which others in this file serve' if served else ''}.",
            'Nothing, if that is meant; else write capabilities = ["pull", "resolve"].'
            if served
            else _capable(file, entry),
        )
    if "rewrite" in entry.options:
        yield _rewrite(where, entry, host, file, fork)
    if entry is not file.server:
        unknown = (name for name in entry.options if name.lower() not in _IN_HOST)
        for name in sorted(unknown):
            missing = HOST_OPTIONS.keys() - entry.options.keys()
            yield _unknown_option(where, f"in the entry of {entry.name}", name, sorted(missing))
    if entry.options.get("skip_verify"):
        yield tls_skipped(where, entry.name)
    raised = entry.name.lower().startswith("http:") and entry.host.scheme == "https"
    if entry.host.https_first or raised:
        only_if = (
            "nothing listens on 443" if raised else "the answer to the TLS hello is plain HTTP"
        )
        yield Finding(
            "https_first",
            Severity.INFO,
            where,
            f"{entry.name} has TLS options, so it is asked over https first, and over http only if "
            f"{only_if}.",
            "Write https:// or remove ca, client and skip_verify.",
        )
    elif entry.host.scheme == "http":
        yield plain_http(where, entry.name, entry.host.host)


def _rewrite(where: str, entry: HostEntry, host: str, file: HostsFile, fork: bool) -> Finding:
    """Tell of a rewrite: what k3s and RKE2 mean by it, and the URL that does the same."""
    origin = origin_of(file.path, file.text)
    prefix = rewrite_prefix(entry.options["rewrite"])
    base = f"{entry.host.scheme}://{entry.host.host}{entry.host.path}".rstrip("/")
    right = f"{base}/{prefix}"
    fix = "Write the path into the URL and set override_path = true."
    if origin:
        fix = "Nothing, if the registry holds the images under their rewritten names."
        if prefix:
            fix = origin.changed(
                f"nothing, if it is meant so; without the rewrite the endpoint {right} below "
                f"mirrors, {key_of(host)} asks for the same."
            )
    elif prefix:
        fix = f'Write [host."{right}"] with override_path = true, without the rewrite.'
    rules = _rules(entry)
    if fork and rules and all(compiled(pattern) for pattern, _to in rules):
        return _evaluated(where, entry, rules, fix)
    return Finding(
        "rewrite_not_evaluated",
        Severity.INFO if origin or fork else Severity.WARNING,
        where,
        f"{entry.name} has a rewrite. The containerd of k3s and RKE2 applies it, any other ignores "
        "it; the URLs told here are those before rewriting.",
        fix,
    )


def _rules(entry: HostEntry) -> tuple[tuple[str, str], ...]:
    rewrites = entry.options["rewrite"]
    items = rewrites.items() if isinstance(rewrites, dict) else ()
    return tuple((pattern, to) for pattern, to in items if isinstance(to, str))


def _evaluated(
    where: str, entry: HostEntry, rules: tuple[tuple[str, str], ...], fix: str
) -> Finding:
    """Tell that the URLs are those after rewriting; or that chance decides which those are."""
    chance = ambiguous(rules)
    if not chance:
        return Finding(
            "rewrite_evaluated",
            Severity.INFO,
            where,
            f"{entry.name} has a rewrite, which the containerd of k3s and RKE2 applies: the URLs "
            "told here are those after it.",
            fix,
        )
    return Finding(
        "rewrite_ambiguous",
        Severity.WARNING,
        where,
        f"Several rewrites of {entry.name} change a repository such as {chance[0]}: to "
        f"{' or '.join(chance[1:])}. The containerd of k3s and RKE2 tries them in no order, "
        "whatever the order in the file.",
        "In registries.yaml, write patterns of which one alone applies to each repository.",
    )


def _capable(file: HostsFile, entry: HostEntry) -> str:
    """Return the fix that gives an entry what pulls by tag need, besides what it has."""
    given = [name.lower() for name in entry.options.get("capabilities", ())]
    wanted = json.dumps(list(dict.fromkeys(["pull", "resolve", *given])))
    line = line_of(file, entry)
    table = 0 if entry is file.server else line
    edit = option(file.path, file.text, f"capabilities = {wanted}", line, table) if line else None
    return Fix(f"Write capabilities = {wanted}.", [edit] if edit else [])


def _unknown_option(where: str, place: str, name: str, known: t.Collection[str]) -> Finding:
    near = nearest(name, known, 0.6)
    fix = f"Did you mean {near}? Write that name." if near else f"Remove {name}."
    if name == "server":
        fix = "Write server at the top of the file, above the first [host]."
    return Finding(
        "host_option_ignored",
        Severity.WARNING,
        where,
        f"containerd does not know {name!r} {place} and ignores it.",
        fix,
    )


__all__ = ("lint_hosts",)
