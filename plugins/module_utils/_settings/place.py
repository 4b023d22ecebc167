# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Palette's images are: the registry's host and the path in it, as people write them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from .._evidence import Severity

_ENDPOINT = re.compile(
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])"
    r"(?P<port>:[0-9]{1,5})?(?P<path>(?:/[A-Za-z0-9._-]+)*)\Z"
)
BASE_PATH = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*\Z")
USER_INFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)?.*@", re.DOTALL)
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)


class Objection(t.NamedTuple):
    """What is wrong with a place; `value` is what to write instead where that needs no thought."""

    code: str
    message: str
    fix: str
    value: str = ""
    severity: Severity = Severity.ERROR


Read: t.TypeAlias = "tuple[str, Objection | None]"
PlaceReader = t.Callable[[str], Read]


def bare_place(text: str) -> str:
    """Return a host or path as image names hold it: no scheme, no user, no slashes, no /v2."""
    bare = USER_INFO.sub("", _SCHEME.sub("", text.strip())).strip("/").lower()
    while bare.startswith("v2/"):
        bare = bare.removeprefix("v2/").strip("/")
    while bare.endswith("/v2"):
        bare = bare.removesuffix("/v2").strip("/")
    return "" if bare == "v2" else bare


def read_endpoint(text: str) -> Read:
    """Return a host as far as it can be read, and what is wrong with it."""
    bare = _SCHEME.sub("", text.strip()).rstrip("/").removesuffix("/v2")
    match, mended = _ENDPOINT.match(bare), bare_place(text)
    # People write user:password@host, and findings are shown.
    value = USER_INFO.sub(r"\1***@", text)
    if not match:
        return bare, _no_host(value, mended if "@" in text and _ENDPOINT.match(mended) else "")
    if match["host"].startswith("["):
        message = f"{value!r} is an IPv6 address, and image names of the webhook hold none"
        fix = "write a host name that resolves to it, such as harbor.example.org"
        return bare, Objection("endpoint_invalid", message, fix)
    port = match["port"]
    if port and not 0 < int(port[1:]) < 65536:
        message, fix = f"{port[1:]} is no port", "write a port from 1 to 65535"
        return bare, Objection("endpoint_invalid", message, fix)
    if text != bare:
        message = f"{value!r} would stand in image names as it is written"
        fix = f"write {mended!r}: no scheme, no blanks, no trailing slash, no /v2"
        return bare, Objection("endpoint_not_bare", message, fix, mended)
    if match["host"] != match["host"].lower():
        message = f"{value!r} has capital letters, and the webhook compares letter by letter"
        fix, warning = f"write {mended!r}", Severity.WARNING
        return bare, Objection("endpoint_uppercase", message, fix, mended, warning)
    return bare, None


def _no_host(value: str, mended: str) -> Objection:
    fix = (
        "write host[:port], such as harbor.example.org"
        if not mended
        else f"write {mended!r}, and give user and password as username and password"
    )
    return Objection("endpoint_invalid", f"{value!r} is no registry host", fix, mended)


def read_base_path(value: str) -> Read:
    """Return a path as far as it can be read, and what is wrong with it."""
    bare, mended = value.strip().strip("/"), bare_place(value)
    if not BASE_PATH.match(mended):
        mended = ""
    write = f"write {mended!r}"
    if not mended:
        write = "write the project or namespace that holds the images, such as airgap-images"
    if bare and value != bare:
        message = f"{value!r} would double the slashes in image names"
        return bare, Objection("base_content_path_slash", message, write, mended)
    if bare == "v2" or bare.startswith("v2/"):
        message = f"{value!r} has the API's /v2, which is no part of an image name"
        fix = write + "; for nodes set palette_node_path_style: v2_prefix"
        return bare, Objection("base_content_path_v2", message, fix, mended)
    if bare and not BASE_PATH.match(bare):
        message = f"{value!r} is no repository path: lowercase letters, digits and . _ - only"
        return bare, Objection("base_content_path_invalid", message, write, mended)
    return bare, None


__all__ = (
    "BASE_PATH",
    "USER_INFO",
    "Objection",
    "PlaceReader",
    "bare_place",
    "read_base_path",
    "read_endpoint",
)
