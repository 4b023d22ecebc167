# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One kubeconfig, read once, as client-go reads it.

Python's client, kubernetes.core and Helm each read a kubeconfig in their own way: a colon in its
path, a newline after a token, `as` and doubled names mean different things to them. So this file
is the only one that reads it.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import contextlib
import dataclasses
import pathlib
import re
import typing as t
import urllib.parse

import yaml

from ...module_utils._objects import dig
from .._failure import Failure

Section = t.Mapping[str, t.Any]

_SUBJECT = "kubeconfig"
_LARGEST = 4 * 1024 * 1024
_TEXTS = {
    "clusters": (
        "server",
        "tls-server-name",
        "certificate-authority",
        "certificate-authority-data",
        "proxy-url",
    ),
    "users": (
        "client-certificate",
        "client-certificate-data",
        "client-key",
        "client-key-data",
        "token",
        "tokenFile",
        "username",
        "password",
        "as",
    ),
}
_DATA = ("certificate-authority-data", "client-certificate-data", "client-key-data")
# Where a kubeconfig keeps what must not be shown; an exec plugin's environment counts as well.
_SECRETS = ("token", "password", "client-key-data")
_SECRET_OPTION = re.compile(r"secret|password|token", re.IGNORECASE)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # as there is
    """Reads scalars as text, as the fields of a kubeconfig are, but for true, false and null."""


_KEPT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool",
    re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    list("tTfF"),
)


@dataclasses.dataclass(frozen=True)
class Kubeconfig:
    """What one context of a kubeconfig names: a cluster and who asks it."""

    path: pathlib.Path
    context: str
    namespace: str
    cluster: Section = dataclasses.field(repr=False)
    user: Section = dataclasses.field(repr=False)
    secrets: tuple[str, ...] = dataclasses.field(repr=False)

    @property
    def server(self) -> str:
        """Return the URL of the API server; it holds no secret."""
        return str(self.cluster["server"])

    def file(self, key: str, section: Section) -> str:
        """Return the absolute path of a file that a section names, empty if it names none.

        Raises Failure if there is no such file.
        """
        if not section.get(key):
            return ""
        path = self.path.parent / section[key]
        try:
            if path.exists() and not path.is_file():
                raise unreadable(f"{key} {path} of {self.path} is no regular file")
            with path.open("rb"):
                pass
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or "no path"
            raise unreadable(f"{key} {path} of {self.path} cannot be read: {reason}") from None
        return str(path)


def read_kubeconfig(kubeconfig: str, context: str) -> Kubeconfig:
    """Return what a context of a kubeconfig names, its current context if empty.

    Raises Failure, without any secret, for whatever client-go would not take either.
    """
    if not kubeconfig.strip():
        raise Failure.of(
            "kubeconfig_missing",
            _SUBJECT,
            "it is empty, and no cluster is ever guessed",
            "set palette_kubeconfig to the path of the management cluster's kubeconfig",
        )
    path = pathlib.Path(kubeconfig).expanduser().absolute()
    content = _content(path)
    contexts = _names(content, "contexts")
    if not contexts:
        raise invalid(path, "is no kubeconfig, or names no context")
    chosen = context or dig(content, "current-context") or ""
    if chosen not in contexts:
        said = f"{path} has no context {chosen!r}" if chosen else f"{path} has no current-context"
        fix = f"set palette_context to one of {', '.join(contexts)}"
        raise Failure.of("context_missing", _SUBJECT, said, fix)
    entry = _entry(path, content, "contexts", chosen)
    user = entry.get("user")
    read = Kubeconfig(
        path,
        chosen,
        str(entry.get("namespace") or ""),
        _checked(path, "clusters", _entry(path, content, "clusters", entry.get("cluster"))),
        _checked(path, "users", _entry(path, content, "users", user) if user else {}),
        tuple(_secrets_in(content)),
    )
    _check_server(read)
    return read


def invalid(path: pathlib.Path, said: str) -> Failure:
    """Return the failure of a file that is no good kubeconfig."""
    return Failure.of(
        "kubeconfig_invalid",
        _SUBJECT,
        f"{path} {said}",
        "download it again from the cluster's page, or ask the cluster's administrator",
    )


def unreadable(said: str) -> Failure:
    """Return the failure of a file that is not there or may not be read."""
    return Failure.of(
        "kubeconfig_unreadable",
        _SUBJECT,
        said,
        "give the path of one kubeconfig file on the controller, with the files that it names",
    )


def unsupported(path: pathlib.Path, said: str, fix: str) -> Failure:
    """Return the failure of what a kubeconfig may say and what is not done."""
    return Failure.of("kubeconfig_unsupported", _SUBJECT, f"{path} {said}", fix)


def _content(path: pathlib.Path) -> t.Any:
    try:
        if path.exists() and not path.is_file():
            raise unreadable(f"{path} cannot be read: it is no regular file")
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "it is no path"
        raise unreadable(f"{path} cannot be read: {reason}") from None
    if len(raw) > _LARGEST:
        raise invalid(path, f"is no kubeconfig: it is larger than {_LARGEST >> 20} MiB")
    try:
        return yaml.load(raw.decode("utf-8"), _Loader)
    # A recursion, an impossible date: the loader has more errors than those of YAML.
    except Exception:
        return None


def _names(content: t.Any, kind: str) -> list[str]:
    entries = dig(content, kind)
    named = [dig(entry, "name") for entry in entries] if isinstance(entries, list) else []
    return [name for name in named if isinstance(name, str)]


def _entry(path: pathlib.Path, content: Section, kind: str, name: t.Any) -> Section:
    """Return what an entry of a name holds. Raises Failure unless there is exactly one."""
    entries = content.get(kind)
    same = (
        [entry for entry in entries if dig(entry, "name") == name]
        if isinstance(entries, list)
        else []
    )
    singular = kind.removesuffix("s")
    if not name or not isinstance(name, str) or not same:
        raise invalid(path, f"has no {singular} {name!r}, which its context names")
    if len(same) > 1:
        raise invalid(path, f"has {len(same)} entries {name!r} in its {kind}")
    found = same[0].get(singular)
    if not isinstance(found, dict):
        raise invalid(path, f"says nothing of its {singular} {name!r}")
    return t.cast("Section", found)


def _checked(path: pathlib.Path, kind: str, section: Section) -> Section:
    """Return a section whose fields are what they must be. Raises Failure."""
    for key in _TEXTS[kind]:
        if section.get(key) is not None and not isinstance(section[key], str):
            raise invalid(path, f"has a {key} in its {kind} that is no text")
    for key in _DATA:
        try:
            base64.b64decode("".join((section.get(key) or "").split()), validate=True)
        except ValueError:
            raise invalid(path, f"has a {key} that is no base64") from None
    return section


def _check_server(read: Kubeconfig) -> None:
    server = read.cluster.get("server") or ""
    skips = read.cluster.get("insecure-skip-tls-verify")
    if skips not in (None, True, False):
        raise invalid(read.path, "has an insecure-skip-tls-verify that is neither true nor false")
    try:
        parts = urllib.parse.urlsplit(server)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or re.search(r"[\s\x00-\x1f]", server):
        raise invalid(read.path, "has a server that is no URL with https:// and a host")
    if "@" in parts.netloc:
        raise unsupported(
            read.path,
            f"has a user name or a password in the URL of its server, {parts.hostname}",
            "take them out of the URL: write username and password, or a token, under users",
        )
    authority = read.cluster.get("certificate-authority") or read.cluster.get(
        "certificate-authority-data"
    )
    if authority and skips:
        raise invalid(read.path, "has a certificate authority and insecure-skip-tls-verify both")


def _secrets_in(content: Section) -> t.Iterator[str]:
    """Yield the secrets of all users and clusters: an error may show any part of the file."""
    for entry in _sections(content, "users", "user"):
        yield from _secrets_of(entry)
    for entry in _sections(content, "clusters", "cluster"):
        for key in ("server", "proxy-url"):
            yield from url_secrets(entry.get(key))


def _sections(content: Section, kind: str, singular: str) -> t.Iterator[Section]:
    entries = content.get(kind)
    for entry in entries if isinstance(entries, list) else ():
        section = dig(entry, singular)
        if isinstance(section, dict):
            yield section


def _secrets_of(user: Section) -> t.Iterator[str]:
    for key in _SECRETS:
        if user.get(key) and isinstance(user[key], str):
            yield user[key]
    # As the client writes it to a file, and as errors about it would show it.
    with contextlib.suppress(KeyError, ValueError):
        yield base64.b64decode(str(user["client-key-data"])).decode()
    config = dig(user, "auth-provider", "config")
    for name, value in config.items() if isinstance(config, dict) else ():
        if _SECRET_OPTION.search(str(name)) and isinstance(value, str) and value:
            yield value
    variables = dig(user, "exec", "env")
    for variable in variables if isinstance(variables, list) else ():
        value = dig(variable, "value")
        if value and isinstance(value, str):
            yield value
    arguments = dig(user, "exec", "args")
    yield from _secret_arguments(arguments if isinstance(arguments, list) else [])


def _secret_arguments(arguments: t.Sequence[t.Any]) -> t.Iterator[str]:
    """Yield `x` of `--client-secret=x` and of `--client-secret x`."""
    is_next = False
    for argument in map(str, arguments):
        name, _sign, value = argument.partition("=")
        if is_next and not argument.startswith("-"):
            yield argument
        is_next = argument.startswith("-") and bool(_SECRET_OPTION.search(name)) and not value
        if argument.startswith("-") and value and _SECRET_OPTION.search(name):
            yield value


def url_secrets(url: t.Any) -> t.Iterator[str]:
    """Yield the password of a URL, as it is written there and as it is meant."""
    with contextlib.suppress(ValueError):
        password = urllib.parse.urlsplit(url).password if isinstance(url, str) else None
        if password:
            yield password
            if urllib.parse.unquote(password) != password:
                yield urllib.parse.unquote(password)


__all__ = (
    "Kubeconfig",
    "Section",
    "invalid",
    "read_kubeconfig",
    "unreadable",
    "unsupported",
    "url_secrets",
)
