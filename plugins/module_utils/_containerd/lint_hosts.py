# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about the hosts.toml files in force (SPEC 4)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import posixpath
import re
import typing as t

from .._evidence import Finding, Severity
from .config import locate
from .hosts_toml import KNOWN_OPTIONS, Folders, HostEntry, HostsFile
from .lint_mirrors import HUB_ALIASES, other_case, plain_http, tls_skipped
from .model import NodeFiles
from .urls import clean_path, parse_url

_PORT_FOLDER = re.compile(r"(.+)_(\d+)_\Z")


def image_host_of(folder: str) -> str:
    """Return the image host that a folder serves: `host_5000_` serves `host:5000`."""
    return _PORT_FOLDER.sub(r"\1:\2", posixpath.basename(folder))


def lint_hosts(node: NodeFiles, folders: Folders) -> t.Iterator[Finding]:
    """Tell what the folders and their hosts.toml files will do that one would not expect."""
    for folder in folders.known:
        host, path = image_host_of(folder), f"{folder}/hosts.toml"
        yield from _lint_folder(folder, host, folders)
        file = folders.hosts_file(folder)
        if path in node.unreadable:
            yield Finding(
                "file_unreadable",
                Severity.WARNING,
                path,
                f"This file could not be read ({node.unreadable[path]}): what containerd requests "
                f"for {host} is not known.",
                "Read the node with become.",
            )
        elif file is None:
            yield _no_file(path, host)
        else:
            yield from _lint_file(file, host, folders)


def _lint_folder(folder: str, host: str, folders: Folders) -> t.Iterator[Finding]:
    if host in ("*", *HUB_ALIASES):
        right = "_default" if host == "*" else "docker.io"
        yield Finding(
            "folder_never_used",
            Severity.WARNING,
            folder,
            f"containerd never looks into a folder {host!r}.",
            f"Name it {right}.",
        )
        return
    used = folders.find(host)
    if used != folder:
        yield Finding(
            "folder_shadowed",
            Severity.WARNING,
            folder,
            f"For {host} containerd takes {used}, the first folder that exists, and never this "
            "one.",
            "Keep one of the two.",
        )


def _no_file(path: str, host: str) -> Finding:
    return Finding(
        "hosts_toml_missing",
        Severity.WARNING,
        path,
        f"The folder has no hosts.toml, and hides _default because it exists: images of {host} "
        "come from upstream.",
        "Write the hosts.toml, or remove the folder.",
    )


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
        yield other_case(locate(file.path, file.text, spelling.key), spelling, folders.version)
    for name in file.unseen:
        yield Finding(
            "host_without_header",
            Severity.WARNING,
            locate(file.path, file.text, name),
            f"containerd 2.x finds hosts by their headers alone and does not see {name}.",
            f'Write a header of its own: [host."{name}"].',
        )
    for entry in file.entries:
        yield from _lint_entry(file, entry, folders)
    if file.server is not None:
        yield from _lint_entry(file, file.server, folders)
        yield from _lint_server(file, file.server, host)


def _lint_entry(file: HostsFile, entry: HostEntry, folders: Folders) -> t.Iterator[Finding]:
    where = locate(file.path, file.text, entry.name)
    for path in entry.files:
        if not folders.exists(path):
            yield Finding(
                "certificate_missing",
                Severity.ERROR,
                where,
                f"{path}, named for {entry.name}, does not exist: every pull of this registry "
                "fails before a request is sent.",
                f"Put the certificate there, or take it out of {file.path}.",
            )
    if not entry.host.host or entry.host.scheme not in ("http", "https"):
        yield Finding(
            "host_url_broken",
            Severity.WARNING,
            where,
            f"containerd finds no host in {entry.name!r}: a name that begins with http is taken "
            "for a URL with a scheme. It is passed over.",
            f"Write https://{entry.name}." if "://" not in entry.name else "Write https://host.",
        )
        return
    yield from _lint_root(where, entry)
    yield from _lint_options(where, entry)


def _lint_root(where: str, entry: HostEntry) -> t.Iterator[Finding]:
    url = parse_url(entry.name if entry.name.startswith("http") else f"https://{entry.name}")
    path, root = clean_path(url.path), clean_path(entry.host.path)
    if root == "/v2" or (root.startswith("/v2/") and root == path):
        return
    overridden = bool(entry.options.get("override_path"))
    right = path if path == "/v2" or path.startswith("/v2/") else f"/v2{path}".rstrip("/")
    right = "/v2" + right[3:].removesuffix("/v2")
    base = f"{url.scheme}://{url.host}"
    reason = (
        "override_path = true takes the path as it stands, and it does not begin with /v2/"
        if overridden
        else "without override_path = true it adds /v2 at the end of the path"
    )
    yield Finding(
        "override_path_without_v2" if overridden else "override_path_missing",
        Severity.WARNING,
        where,
        f"containerd requests {base}{root.rstrip('/')}/<image>/manifests/<tag>: {reason}. On 404 "
        "it silently goes on to the next host, in the end to the upstream registry.",
        f'Write [host."{base}{right}"] with override_path = true.',
    )


def _lint_options(where: str, entry: HostEntry) -> t.Iterator[Finding]:
    if not (entry.host.pull and entry.host.resolve):
        yield Finding(
            "host_skipped_for_tags",
            Severity.WARNING,
            where,
            f"{entry.name} lacks the capability pull or resolve: it is skipped when an image is "
            "pulled by tag.",
            'Write capabilities = ["pull", "resolve"].',
        )
    unknown = (option for option in entry.options if option.lower() not in KNOWN_OPTIONS)
    for option in sorted(unknown):
        yield _unknown_option(where, entry.name, option)
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


def _unknown_option(where: str, name: str, option: str) -> Finding:
    if option == "rewrite":
        return Finding(
            "rewrite_not_evaluated",
            Severity.WARNING,
            where,
            f"{name} has a rewrite. The containerd of k3s and RKE2 applies it, any other ignores "
            "it; the URLs told here are those before rewriting.",
            "Write the path into the URL and set override_path = true.",
        )
    return Finding(
        "host_option_ignored",
        Severity.WARNING,
        where,
        f"containerd does not know {option!r} in the entry of {name} and ignores it.",
        f"Remove {option}, or correct its spelling.",
    )


def _lint_server(file: HostsFile, server: HostEntry, host: str) -> t.Iterator[Finding]:
    if host == "docker.io" and server.host.host in ("docker.io", "index.docker.io"):
        yield Finding(
            "server_taken_literally",
            Severity.WARNING,
            locate(file.path, file.text, "server", server.name),
            f"The server {server.name} is asked as it stands; Docker Hub's registry is "
            "registry-1.docker.io.",
            'Write server = "https://registry-1.docker.io".',
        )


__all__ = ("image_host_of", "lint_hosts")
