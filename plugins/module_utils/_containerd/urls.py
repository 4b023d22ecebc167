# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs as containerd's own URL parser (Go's net/url) reads them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import functools
import ipaddress
import posixpath
import re
import typing as t
from urllib.parse import quote, unquote

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(
    r"(?:[A-Za-z0-9\-_.~!$&'()*+,;=:\[\]<>\"]|[^\x00-\x7f]|%[89A-Fa-f][0-9A-Fa-f])*\Z"
)
_PORT = re.compile(r"[0-9]*")
_NO_HOST = re.compile(r"""[*<>{}$%"'!()&,;=]+""")
_BRACKETS = re.compile(r"\[[^\]]*\](?::\d*)?\Z")
_USERINFO = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*\Z")
_RUN = re.compile(r"[^\s'\"]+")
_DIRTY = re.compile(r"//|/\.\.?(?:/|\Z)|/\Z")
_NEEDS_QUOTING = re.compile(r"[^A-Za-z0-9/:@!$&'()*+,;=~\-._\[\]]")
_DOUBLED = re.compile(r"/v2(?:/v2)+(?=/|\Z)")
_PATH_SAFE = "/:@!$&'()*+,;=~-._"


class Url(t.NamedTuple):
    """The parts of a URL that containerd uses. `host` keeps its port, `path` is decoded."""

    scheme: str
    host: str
    path: str

    @property
    def usable(self) -> bool:
        """Return whether a request can be sent there."""
        return self.scheme in ("http", "https") and self.host != ""


def parse_url(text: str) -> Url:
    """Return the parts of a URL. Raises ValueError where containerd's parser fails."""
    if _CONTROL.search(text):
        raise ValueError("control character in URL")
    rest, _mark, fragment = text.partition("#")
    if _BAD_ESCAPE.search(fragment):
        raise ValueError("invalid URL escape")
    scheme, rest = _split_scheme(rest)
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, "", "")
        if ":" in rest.partition("/")[0]:
            raise ValueError("first path segment in URL cannot contain colon")
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        host, rest = _host(authority), slash + path
    if _BAD_ESCAPE.search(rest):
        raise ValueError("invalid URL escape")
    return Url(scheme, host, unquote(rest) if "%" in rest else rest)


def _split_scheme(text: str) -> tuple[str, str]:
    if text.startswith(":"):
        raise ValueError("missing protocol scheme")
    found = _SCHEME.match(text)
    return (found[1].lower(), text[found.end() :]) if found else ("", text)


def _host(authority: str) -> str:
    userinfo, _mark, host = authority.rpartition("@")
    if not _USERINFO.match(userinfo) or _BAD_ESCAPE.search(userinfo):
        raise ValueError("invalid userinfo")
    if host.startswith("["):
        if not _BRACKETS.match(host):
            raise ValueError("invalid address or port")
    elif ":" in host and not _PORT.fullmatch(host.rpartition(":")[2]):
        raise ValueError("invalid port")
    if not _HOST.match(host):
        raise ValueError("invalid character in host name")
    return host


def no_address(text: str, host: str) -> str:
    """Return why a URL that parses is no registry's; "" if it may be one. `host` is its host.

    Placeholders parse, and so does a second `://`: as an empty port and a path.
    """
    if text.count("://") > 1:
        return "it has '://' twice"
    port = port_of(host)
    if port.isascii() and port.isdigit() and (len(port) > 5 or int(port) > 65535):
        return f"{port} is no port: they end at 65535"
    odd = _NO_HOST.search(host)
    return f"no host has {odd[0]!r} in its name" if odd else ""


def masked(text: str) -> str:
    """Return a text without the users and passwords that URLs in it carry."""
    return _RUN.sub(_masked_run, text) if "@" in text else text


def _masked_run(found: re.Match[str]) -> str:
    """Return a word without what stands before the last @ behind //, and before any @ as a:b."""
    before, slashes, rest = found[0].partition("//")
    if "@" in rest:
        rest = f"***@{rest.rpartition('@')[2]}"
    *users, last = before.split("@")
    return "".join((*(f"{_masked_user(user)}@" for user in users), last, slashes, rest))


def _masked_user(text: str) -> str:
    path, slash, user = text.rpartition("/")
    return f"{path}{slash}***" if user.find(":", 1) > 0 else text


def clean_path(path: str) -> str:
    """Return a path as Go's path.Clean does: absolute, no `//`, no `..`, no slash at the end."""
    if path.startswith("/") and not _DIRTY.search(path):
        return path
    cleaned = posixpath.normpath("/" + path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def v2_once(path: str) -> str:
    """Return a path in which no v2 follows another."""
    return _DOUBLED.sub("/v2", path)


def request_path(path: str) -> str:
    """Return a path as it stands in a request line."""
    cleaned = clean_path(path)
    return (
        quote(cleaned, safe=_PATH_SAFE, errors="replace")
        if _NEEDS_QUOTING.search(cleaned)
        else cleaned
    )


def port_of(host: str) -> str:
    """Return the port of host[:port], empty if there is none."""
    if host.startswith("["):
        return host.partition("]")[2].removeprefix(":")
    return host.partition(":")[2]


@functools.lru_cache(maxsize=512)
def is_localhost(host: str) -> bool:
    """Return whether host[:port] is localhost or a loopback address."""
    name = host
    if host.startswith("[") and "]:" in host:
        name = host[1 : host.index("]:")]
    elif host.count(":") == 1:
        name = host.partition(":")[0]
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


__all__ = (
    "Url",
    "clean_path",
    "is_localhost",
    "masked",
    "no_address",
    "parse_url",
    "port_of",
    "request_path",
    "v2_once",
)
