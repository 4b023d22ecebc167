# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about what lies under config_path besides hosts.toml files that count."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import difflib
import posixpath
import re
import typing as t

from .._evidence import Finding, Severity
from .._fix import Edit, Fix, fix_of
from .hosts_toml import Folders, Obstacle, read_hosts_file
from .lint_mirrors import HUB_ALIASES
from .model import NodeFiles

_PORT_FOLDER = re.compile(r"(.+)_(\d+)_\Z")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_IMAGE_HOST = re.compile(
    rf"(?:localhost|(?=.*[.:]){_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::\d+)?\Z"
)
_COPY = re.compile(r".*(?:~|[._-](?:bak|backup|old|orig|save|disabled))\Z", re.IGNORECASE)
_CERTIFICATES = (".crt", ".cert", ".key")


def image_host_of(folder: str) -> str:
    """Return the image host that a folder serves: `host_5000_` serves `host:5000`."""
    return _PORT_FOLDER.sub(r"\1:\2", posixpath.basename(folder))


def lint_folder(folder: str, host: str, folders: Folders) -> t.Iterator[Finding]:
    """Tell of a folder that containerd does not look into."""
    if host in ("*", *HUB_ALIASES):
        right = "_default" if host == "*" else "docker.io"
        yield Finding(
            "folder_never_used",
            Severity.WARNING,
            folder,
            f"containerd never looks into a folder {host!r}.",
            _named_otherwise(folder, right, folders),
        )
        return
    if host != "_default" and (_COPY.match(host) or not _IMAGE_HOST.match(host)):
        yield Finding(
            "folder_never_used",
            Severity.INFO,
            folder,
            f"containerd looks into folders that are named after the registry of an image, and "
            f"{posixpath.basename(folder)!r} is none: it reads nothing in there.",
            "Nothing, if it is a copy; else name it after the registry: quay.io, or "
            "registry.example.org:5000.",
        )
        return
    used = folders.find(host)
    if used != folder:
        elsewhere = posixpath.dirname(used) != posixpath.dirname(folder)
        yield Finding(
            "folder_shadowed",
            Severity.INFO if elsewhere else Severity.WARNING,
            folder,
            f"For {host} containerd takes {used}, the first folder that exists, and never this "
            "one.",
            f"Nothing, if {used} is meant to count; else move what is to count there."
            if elsewhere
            else fix_of(Edit("file", folder, ""), after=f", or move what is to count to {used}."),
        )


def _named_otherwise(folder: str, right: str, folders: Folders) -> str:
    """Return the fix that names a folder after what it is meant for, if no other is."""
    path = f"{posixpath.dirname(folder)}/{right}"
    if path in folders.known or folders.exists(path):
        return fix_of(Edit("file", folder, ""), after=f": {path} is there.")
    return fix_of(Edit("file", folder, path))


def outside_folder(path: str, folders: Folders) -> Finding:
    """Return the finding of a hosts.toml beside the folders."""
    default = f"{posixpath.dirname(path)}/_default"
    to = f"{default}, or to the folder of a registry"
    if default in folders.known or folders.exists(default):
        to = "the folder of the registry that it is for, or remove it"
    return Finding(
        "hosts_toml_misplaced",
        Severity.WARNING,
        path,
        "containerd reads hosts.toml files in the folders of registries alone, never this one.",
        f"Move it to {to}.",
    )


def no_file(node: NodeFiles, folder: str, host: str, folders: Folders) -> Finding:
    """Tell of a folder without hosts.toml what it is: misnamed, Docker's form, or empty."""
    names = [
        path.removeprefix(f"{folder}/")
        for path in (*node.files, *node.unreadable)
        if path.startswith(f"{folder}/")
    ]
    like = difflib.get_close_matches("hosts.toml", [name for name in names if "/" not in name], 1)
    if like:
        return Finding(
            "hosts_toml_misnamed",
            Severity.WARNING,
            f"{folder}/{like[0]}",
            f"containerd reads hosts.toml alone: this file does nothing, and images of {host} come "
            "from upstream.",
            _renamed(node, folder, like[0], folders),
        )
    hides = "" if host == "_default" else ", and hides _default because it exists"
    alone = [name for name in names if name.endswith(".cert") and f"{name[:-5]}.key" not in names]
    if alone:
        return Finding(
            "client_key_missing",
            Severity.WARNING,
            f"{folder}/{alone[0]}",
            f"There is no {alone[0][:-5]}.key beside it: containerd then looks for the key in the "
            f"certificate's file, and where it is not there every pull of {host} fails.",
            f"Put the key beside it, as {alone[0][:-5]}.key, or name a CA's certificate .crt.",
        )
    if any(name.endswith(_CERTIFICATES) for name in names):
        return Finding(
            "certificates_alone",
            Severity.INFO,
            folder,
            f"The folder has certificates and no hosts.toml, which is Docker's form{hides}. "
            f"containerd trusts them for {host} itself, where its images come from.",
            "Nothing, if no mirror is meant. A mirror needs a hosts.toml there, which then has to "
            "name its certificates itself (ca, client).",
        )
    return Finding(
        "hosts_toml_missing",
        Severity.WARNING,
        f"{folder}/hosts.toml",
        f"The folder has no hosts.toml{hides}: images of {host} come from upstream.",
        "Write the hosts.toml, or remove the folder.",
    )


def _renamed(node: NodeFiles, folder: str, name: str, folders: Folders) -> str:
    """Return the fix that lets a misnamed file count, without a word on what is wrong in it."""
    path = f"{folder}/hosts.toml"
    file = read_hosts_file(path, node.files.get(f"{folder}/{name}", ""), folders.version)
    edit = Edit("file", f"{folder}/{name}", path)
    whole = all(folders.exists(certificate) for certificate in file.files)
    return fix_of(
        edit if whole else None,
        after=", if it is to count.",
        otherwise="Rename it to hosts.toml, if it is to count, and put its certificates there.",
    )


def plain_files(node: NodeFiles, root: str) -> t.Iterator[Finding]:
    """Tell of files in the place of folders; what has no registry's name does no harm."""
    text = "is a file, not a folder"
    for path in (*node.files, *node.unreadable):
        name = path.removeprefix(f"{root}/")
        host = image_host_of(path)
        if path == root:
            yield blocked(Obstacle("certs_d_blocked", path, text), "every registry")
        elif path == f"{root}/{name}" and "/" not in name and name != "hosts.toml":
            if host == "_default":
                host = "every registry without a folder"
            elif not _IMAGE_HOST.match(host):
                continue
            yield blocked(Obstacle("certs_d_blocked", path, text), host)


def blocked(obstacle: Obstacle, host: str) -> Finding:
    """Return the finding of a file in the place of a folder, or of a folder in that of a file."""
    return Finding(
        "certs_d_blocked",
        Severity.ERROR,
        obstacle.path,
        f"This {obstacle.text}: every pull of {host} fails before a request is sent.",
        Fix(
            "Move it away; where it is, containerd wants a folder with the file hosts.toml.",
            [Edit("file", obstacle.path, "")],
        ),
    )


__all__ = (
    "blocked",
    "image_host_of",
    "lint_folder",
    "no_file",
    "outside_folder",
    "plain_files",
)
