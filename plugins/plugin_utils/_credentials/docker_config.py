# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The credentials in a pull Secret: Docker's config.json, and the older .dockercfg."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t

from ...module_utils._objects import dig

# The key in which each type of pull Secret keeps its text.
PULL_SECRET_KEYS = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}


@dataclasses.dataclass(frozen=True)
class DockerLogin:
    """One login. `field` says where it stands: `password`, or `auth`, which is base64.

    `registry` is as it is written there, `host` is host[:port] out of it.
    """

    registry: str
    field: str
    username: str
    password: str

    @property
    def host(self) -> str:
        """Return the registry's host[:port], by which Kubernetes finds a login."""
        return host_of(self.registry)


def docker_logins(text: str) -> tuple[DockerLogin, ...]:
    """Return every login in a config.json or a .dockercfg; none if the text is neither."""
    try:
        config = json.loads(text)
    except ValueError:
        return ()
    auths = dig(config, "auths") if isinstance(dig(config, "auths"), dict) else config
    if not isinstance(auths, dict):
        return ()
    return tuple(
        login for registry, entry in auths.items() for login in _logins(str(registry), entry)
    )


def host_of(registry: str) -> str:
    """Return host[:port] of a registry as people write it; port 443 goes without saying."""
    host = registry.rpartition("://")[2].partition("/")[0].lower()
    return host.removesuffix(":443")


def _logins(registry: str, entry: t.Any) -> t.Iterator[DockerLogin]:
    username, password = dig(entry, "username"), dig(entry, "password")
    if isinstance(password, str) and password:
        yield DockerLogin(registry, "password", str(username or ""), password)
    auth = dig(entry, "auth")
    if isinstance(auth, str):
        name, colon, secret = _decoded(auth).partition(":")
        if colon and secret:
            yield DockerLogin(registry, "auth", name, secret)


def _decoded(auth: str) -> str:
    try:
        return base64.b64decode(auth).decode("utf-8", "surrogateescape")
    except ValueError:
        return ""


__all__ = ("PULL_SECRET_KEYS", "DockerLogin", "docker_logins", "host_of")
