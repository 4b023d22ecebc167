# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""The way to a cluster: the kubeconfig and the context that were named, and no others."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import pathlib
import typing as t

import yaml

from ansible_collections.palette.image_registry.plugins.module_utils._cluster_state import dig
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure

# Where a kubeconfig keeps what must not be shown; an exec plugin's environment counts as well.
_KUBECONFIG_SECRETS = ("token", "password", "client-key-data")


@dataclasses.dataclass(frozen=True)
class ClusterAccess:
    """The kubeconfig and context that were named, the server that they lead to, their secrets."""

    kubeconfig: str
    context: str
    server: str
    secrets: tuple[str, ...]


def cluster_access(kubeconfig: str, context: str) -> ClusterAccess:
    """Return the access that a kubeconfig gives. Raises Failure when it gives none.

    An empty path is refused: kubernetes.core would take whatever cluster is near, such as the one
    on which AWX itself runs.
    """
    subject = "kubeconfig"
    if not kubeconfig.strip():
        raise Failure.of(
            "kubeconfig_missing",
            subject,
            "it is empty, and no cluster is ever guessed",
            "set palette_kubeconfig to the path of the management cluster's kubeconfig",
        )
    path = pathlib.Path(kubeconfig).expanduser().absolute()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise Failure.of(
            "kubeconfig_unreadable",
            subject,
            f"{path} cannot be read: {exc.strerror}",
            "give the path of a kubeconfig file on the controller",
        ) from exc
    except (yaml.YAMLError, UnicodeDecodeError):
        content = None
    contexts = _names(content, "contexts")
    if not contexts:
        raise Failure.of(
            "kubeconfig_invalid",
            subject,
            f"{path} is no kubeconfig, or names no context",
            "download it again from the cluster's page, or ask the cluster's administrator",
        )
    chosen = context or content.get("current-context") or ""
    if chosen not in contexts:
        said = f"{path} has no context {chosen!r}" if chosen else f"{path} has no current-context"
        fix = f"set palette_context to one of {', '.join(contexts)}"
        raise Failure.of("context_missing", subject, said, fix)
    return ClusterAccess(str(path), chosen, _server(content, chosen), tuple(_secrets_in(content)))


def _server(content: t.Mapping[str, t.Any], context: str) -> str:
    """Return the URL of the API server to which a context of a kubeconfig leads."""
    cluster = dig(_entry(content, "contexts", context), "context", "cluster")
    return str(dig(_entry(content, "clusters", cluster), "cluster", "server") or "unknown")


def _entry(content: t.Mapping[str, t.Any], kind: str, name: t.Any) -> t.Any:
    entries = content.get(kind) or ()
    return next((entry for entry in entries if dig(entry, "name") == name), None)


def _names(content: t.Any, kind: str) -> list[str]:
    entries = content.get(kind) if isinstance(content, dict) else None
    return [str(entry.get("name")) for entry in entries or () if isinstance(entry, dict)]


def _secrets_in(content: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for entry in content.get("users") or ():
        user = entry.get("user") if isinstance(entry, dict) else None
        if not isinstance(user, dict):
            continue
        for key in _KUBECONFIG_SECRETS:
            if user.get(key):
                yield str(user[key])
        # As the client writes it to a file, and as errors about it would show it.
        with contextlib.suppress(KeyError, ValueError):
            yield base64.b64decode(str(user["client-key-data"])).decode()
        for name, value in (dig(user, "auth-provider", "config") or {}).items():
            if "token" in str(name) and value:
                yield str(value)
        for variable in (user.get("exec") or {}).get("env") or ():
            if isinstance(variable, dict) and variable.get("value"):
                yield str(variable["value"])


__all__ = ("ClusterAccess", "cluster_access")
