# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to a cluster: the kubeconfig and the context that were named, and no others.

What they say is settled here as client-go would settle it, and every client gets that alone: one
cluster, one user, absolute paths, a token without its newline and no plugin to run.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import dataclasses
import math
import os
import pathlib
import re
import time
import typing as t
import urllib.parse

from ...module_utils._jwt import end_of_jwt
from ...module_utils._objects import dig
from .environment import Plugins, chooses_cluster
from .kubeconfig import Kubeconfig, invalid, read_kubeconfig, unreadable, unsupported

_PLUGIN_SECONDS = 60.0
_TOKEN_FILE_SECONDS = 60.0  # as client-go: a token that a file holds is read again each minute
_AGE_SECONDS = 10.0

Fields = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class ClusterAccess:
    """The kubeconfig and context that were named, the server that they lead to, their secrets.

    `config` is the kubeconfig for clients, and `options` are those of kubernetes.core for what
    Python's client does not read there. It is good until the time `until`, in seconds.
    """

    kubeconfig: str
    context: str
    server: str
    secrets: tuple[str, ...] = dataclasses.field(repr=False)
    config: Fields = dataclasses.field(repr=False, default_factory=dict)
    options: Fields = dataclasses.field(repr=False, default_factory=dict)
    obtained: float = 0.0
    until: float = math.inf
    renewable: bool = False

    def lasts(self, seconds: float) -> bool:
        """Return whether it can be used for some seconds more, or for half of its life."""
        return time.time() < self.until - min(seconds, (self.until - self.obtained) / 2)

    def may_be_stale(self) -> bool:
        """Return whether another credential may be given where this one is refused."""
        return self.renewable and time.time() > self.obtained + _AGE_SECONDS


class _User:
    """Collects what authenticates: fields for the file, secrets, and how long they are good."""

    def __init__(self) -> None:
        self.fields: Fields = {}
        self.secrets: list[str] = []
        self.obtained = time.time()
        self.until = math.inf
        self.renewable = False


def cluster_access(
    kubeconfig: str,
    context: str,
    plugins: Plugins | None = None,
    seconds: float = 0.0,
    not_after: float = 0.0,
) -> ClusterAccess:
    """Return the access that a kubeconfig gives, for some seconds. Raises Failure if it gives none.

    An empty path is refused: kubernetes.core would take whatever cluster is near, such as the one
    on which AWX itself runs. An exec plugin's credential was not obtained before `not_after`.
    """
    if plugins is None:
        plugins = Plugins(dict(os.environ), _PLUGIN_SECONDS, os.getpid())
    allowed = {key: text for key, text in plugins.environment.items() if not chooses_cluster(key)}
    plugins = dataclasses.replace(plugins, environment=allowed)
    read = read_kubeconfig(kubeconfig, context)
    user = _User()
    # As client-go has it: nothing secret goes over plain HTTP.
    if read.server.lower().startswith("https:"):
        _certificates(read, user)
        _token(read, user)
        _provider(read, user)
        _plugin(read, user, plugins, (seconds, not_after))
    impersonated = _impersonation(read)
    user.fields.update(impersonated)
    proxy, proxy_options = _proxy(read)
    cluster = {**_cluster(read), **proxy}
    named = {"cluster": "cluster", "user": "user"}
    return ClusterAccess(
        str(read.path),
        read.context,
        read.server,
        tuple(dict.fromkeys((*read.secrets, *user.secrets))),
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": read.context,
            "contexts": [
                {
                    "name": read.context,
                    "context": {
                        **named,
                        **({"namespace": read.namespace} if read.namespace else {}),
                    },
                }
            ],
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": "user", "user": user.fields}],
        },
        {
            **({"impersonate_user": impersonated["as"]} if impersonated else {}),
            **(
                {"impersonate_groups": impersonated["as-groups"]}
                if impersonated.get("as-groups")
                else {}
            ),
            **proxy_options,
        },
        user.obtained,
        user.until,
        user.renewable,
    )


def _cluster(read: Kubeconfig) -> Fields:
    found: Fields = {"server": read.server}
    if read.cluster.get("tls-server-name"):
        found["tls-server-name"] = read.cluster["tls-server-name"]
    if read.cluster.get("insecure-skip-tls-verify"):
        found["insecure-skip-tls-verify"] = True
    found.update(_file_or_data(read, "certificate-authority", read.cluster))
    return found


def _file_or_data(read: Kubeconfig, key: str, section: t.Mapping[str, t.Any]) -> Fields:
    data = section.get(f"{key}-data")
    if data:
        return {f"{key}-data": data}
    path = read.file(key, section)
    return {key: path} if path else {}


def _proxy(read: Kubeconfig) -> tuple[Fields, Fields]:
    """Return the proxy for Helm, and for Python's client, which takes no user from its URL.

    It is for this cluster alone, so NO_PROXY has no say, as with client-go.
    """
    url = read.cluster.get("proxy-url")
    if not url:
        return {}, {}
    try:
        parts = urllib.parse.urlsplit(url)
        good = parts.scheme in ("http", "https", "socks5") and bool(parts.hostname)
        good = good and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise invalid(read.path, "has a proxy-url that is no URL with http:// and a host")
    user, sign, host = parts.netloc.rpartition("@")
    options: Fields = {"proxy": parts._replace(netloc=host).geturl(), "no_proxy": ""}
    if sign:
        options["proxy_headers"] = {"proxy_basic_auth": urllib.parse.unquote(user)}
    return {"proxy-url": url}, options


def _certificates(read: Kubeconfig, user: _User) -> None:
    certificate = _file_or_data(read, "client-certificate", read.user)
    key = _file_or_data(read, "client-key", read.user)
    if bool(certificate) != bool(key):
        raise invalid(read.path, "has a client certificate without its key, or the other way round")
    user.fields.update({**certificate, **key})


def _token(read: Kubeconfig, user: _User) -> None:
    """Take a token, that of a file before the other, or a user name and password."""
    token = read.user.get("token") or ""
    path = read.file("tokenFile", read.user)
    if path:
        try:
            token = pathlib.Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise unreadable(f"tokenFile {path} of {read.path} cannot be read") from None
        user.until = user.obtained + _TOKEN_FILE_SECONDS
    _take_token(read, user, token, "tokenFile" if path else "token")
    if read.user.get("username") and not token:
        user.fields["username"] = read.user["username"]
        user.fields["password"] = read.user.get("password") or ""


def _take_token(read: Kubeconfig, user: _User, token: str, source: str) -> None:
    token = token.strip()
    if not token:
        return
    # An error of the client about such a header would show it whole.
    if not re.fullmatch(r"[!-~]+", token):
        raise invalid(read.path, f"has a {source} with characters that no token has")
    user.fields["token"] = token
    user.secrets.append(token)


def _provider(read: Kubeconfig, user: _User) -> None:
    """Take the token of a provider if it is still good. Raises Failure if it is not.

    It is not renewed: only the kubeconfig's owner could keep the next refresh token.
    """
    if not read.user.get("auth-provider"):
        return
    token = dig(read.user, "auth-provider", "config", "id-token")
    if dig(read.user, "auth-provider", "name") != "oidc" or not isinstance(token, str):
        raise unsupported(
            read.path,
            "has an auth-provider that client-go does not know any more, or one without id-token",
            "give a kubeconfig with an exec plugin, such as kubelogin or gke-gcloud-auth-plugin",
        )
    _take_token(read, user, token, "id-token")
    end = end_of_jwt(token)
    if end is not None and end < user.obtained:
        raise unsupported(
            read.path,
            "has an id-token of its auth-provider that has expired",
            "run kubectl with this kubeconfig, which renews it, or use an exec plugin (kubelogin)",
        )


def _plugin(read: Kubeconfig, user: _User, plugins: Plugins, asked: tuple[float, float]) -> None:
    """Take the credential of the exec plugin."""
    if not read.user.get("exec"):
        return
    if user.fields.get("token") or user.fields.get("username"):
        return  # as client-go: what is there goes before what would be asked for
    from .exec_credential import exec_credential

    credential = exec_credential(read, plugins, *asked)
    user.obtained, user.until = credential.obtained, credential.expires
    user.renewable = True
    _take_token(read, user, credential.token, "token of its exec plugin")
    if credential.key:
        user.secrets.append(credential.key)
        pem = {"client-certificate": credential.certificate, "client-key": credential.key}
        for key, text in pem.items():
            user.fields.pop(key, None)
            user.fields[f"{key}-data"] = base64.b64encode(text.encode()).decode()
        user.secrets.append(user.fields["client-key-data"])


def _impersonation(read: Kubeconfig) -> Fields:
    """Return whom all requests are made as. Raises Failure for what not every client can pass on:

    left out, a request would have the rights of whoever owns the token.
    """
    name, groups = read.user.get("as") or "", read.user.get("as-groups") or []
    more = [key for key in ("as-uid", "as-user-extra") if read.user.get(key)]
    if more:
        raise unsupported(
            read.path,
            f"impersonates with {' and '.join(more)}, which kubernetes.core cannot pass on",
            "impersonate with as and as-groups alone, or give a kubeconfig of that user",
        )
    if not isinstance(groups, list) or not all(isinstance(item, str) for item in groups):
        raise invalid(read.path, "has as-groups that are no list of names")
    if groups and not name:
        raise invalid(read.path, "impersonates groups without a user (as)")
    if not all(re.fullmatch(r"[ -~]+", item) for item in (name, *groups) if name):
        raise invalid(read.path, "impersonates a name that no HTTP header can hold")
    if not name:
        return {}
    return {"as": name, **({"as-groups": list(groups)} if groups else {})}


__all__ = ("ClusterAccess", "cluster_access")
