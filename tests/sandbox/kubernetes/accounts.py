# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is no administrator: one who reads everything, and one who has the rights of docs/rbac.yml.

They are service accounts, since a cluster that somebody else runs knows no users of ours.
"""

from __future__ import annotations

import typing as t

import yaml

from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.paths import CHECKOUT

READER, OPERATOR = "sandbox-reader", "sandbox-operator"
OPERATORS = "image-registry-operators"
"""The group of docs/rbac.yml."""
NAMESPACE = "kube-system"
_RBAC = "rbac.authorization.k8s.io/v1"
_EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
_YEAR_SECONDS = 365 * 24 * 3600


def reader_token(client: ApiClient) -> str:
    """Return a token of who may read everything, Secrets included, and write nothing."""
    role = {"apiVersion": _RBAC, "kind": "ClusterRole", "metadata": {"name": READER}}
    binding = {"apiVersion": _RBAC, "kind": "ClusterRoleBinding", "metadata": {"name": READER}}
    reference = {"apiGroup": _RBAC.partition("/")[0], "kind": "ClusterRole", "name": READER}
    token = account_token(client, READER)
    _apply(client, {**role, "rules": [_EVERYTHING]})
    _apply(client, {**binding, "roleRef": reference, "subjects": [account(READER)]})
    return token


def operator_token(client: ApiClient) -> str:
    """Return a token of who may do what docs/rbac.yml says, and nothing else.

    So may whoever is in the group that it names.
    """
    token = account_token(client, OPERATOR)
    for item in manifest():
        if "subjects" in item:
            item["subjects"].append(account(OPERATOR))
        _apply(client, item)
    return token


def account(name: str) -> Object:
    """Return a service account as the subject of a binding."""
    return {"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}


def account_token(client: ApiClient, name: str) -> str:
    """Return a token of a service account, which is made."""
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{name}"
    body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
    client.apply(path, body)
    spec = {"expirationSeconds": _YEAR_SECONDS}
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return str(client.request("POST", f"{path}/token", request)["status"]["token"])


def manifest() -> list[Object]:
    """Return what docs/rbac.yml holds."""
    text = (CHECKOUT / "docs" / "rbac.yml").read_text(encoding="utf-8")
    return t.cast("list[Object]", yaml.safe_load(text)["items"])


def grant(
    client: ApiClient, items: t.Iterable[Object], subject: Object, roles: t.Container[str] = ()
) -> None:
    """Apply roles, and their bindings to a subject instead of the group; `roles` alone if given."""
    for item in items:
        metadata = dict(item["metadata"])
        if "subjects" in item:
            if roles and metadata["name"] not in roles:
                continue
            metadata["name"] += f"-{subject['name']}"
            _apply(client, {**item, "metadata": metadata, "subjects": [subject]})
        else:
            _apply(client, item)


def _apply(client: ApiClient, item: Object) -> None:
    metadata = item["metadata"]
    inside = f"namespaces/{metadata['namespace']}/" if "namespace" in metadata else ""
    path = f"/apis/{item['apiVersion']}/{inside}{item['kind'].lower()}s/{metadata['name']}"
    client.apply(path, item)


__all__ = (
    "NAMESPACE",
    "OPERATOR",
    "OPERATORS",
    "READER",
    "account",
    "account_token",
    "grant",
    "manifest",
    "operator_token",
    "reader_token",
)
