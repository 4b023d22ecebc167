# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rights of docs/rbac.yml: each is asked for before a change, and each is used.

That they are enough, the other tests show: their playbooks run with these rights alone.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import time
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.state import (
    Permission,
    needed_permissions,
    permission_check,
)
from tests.integration.tasks import Controller
from tests.sandbox.kubernetes import ApiServer, accounts, kubeconfig, recording
from tests.sandbox.kubernetes.objects import Object

pytestmark = pytest.mark.sandbox

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
# How long an API server may take until its authorizer knows of a role that is new.
_SECONDS = 20.0
NEEDED = needed_permissions(airgap=True, release_namespace="default")
ROLES = {item["metadata"]["name"]: item for item in accounts.manifest() if "rules" in item}
PULL = "image-registry-pull"

Right = tuple[str, str, str]
"""Verb, group and resource."""


def rights(rule: Object) -> set[Right]:
    """Return what a rule grants."""
    return {
        (verb, group, resource)
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def right_of(permission: Permission) -> Right:
    return permission.verb, permission.group, permission.resource


def account_with(server: ApiServer, name: str, rules: t.Sequence[Object], role: Object) -> str:
    """Return a token of an account that has some rules of a role and nothing else."""
    metadata = {**role["metadata"], "name": name}
    group = role["apiVersion"].partition("/")[0]
    binding = {
        "apiVersion": role["apiVersion"],
        "kind": f"{role['kind']}Binding",
        "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": role["kind"], "name": name},
        "subjects": [],
    }
    token = accounts.account_token(server.client, name)
    lesser = {**role, "metadata": metadata, "rules": rules}
    accounts.grant(server.client, [lesser, binding], accounts.account(name))
    return token


def missing(server: ApiServer, token: str, wanted: t.Iterable[Permission]) -> set[Permission]:
    """Return what an account may not do of what a preflight asks for; the check names it so."""
    client = dataclasses.replace(server.client, token=token)
    lacking = set()
    for permission in wanted:
        review = client.request("POST", REVIEWS, permission.review())
        allowed = bool(review["status"]["allowed"])
        check = permission_check("sandbox", "", [(permission, allowed)])
        said = [finding.message for finding in check.findings]
        assert said == ([] if allowed else [f"may not {permission}"])
        lacking |= set() if allowed else {permission}
    return lacking


def test_each_rule_that_is_taken_away_is_named_before_a_change(plane: ApiServer) -> None:
    """Of each role alone, so that no other role gives the same; pulls are asked for as they come."""
    for name, role in ROLES.items():
        if name == PULL:
            continue
        rules = role["rules"]
        whole = account_with(plane, f"{name}-whole", rules, role)
        for number, rule in enumerate(rules):
            wanted = [item for item in NEEDED if right_of(item) in rights(rule)]
            left = rules[:number] + rules[number + 1 :]
            lesser = account_with(plane, f"{name}-{number}", left, role)
            end = time.monotonic() + _SECONDS
            while True:
                gone = missing(plane, lesser, wanted) - missing(plane, whole, wanted)
                if set(map(right_of, gone)) == rights(rule):
                    break
                assert time.monotonic() < end, (name, rule, gone)


def test_a_pull_without_its_right_is_a_failed_check(
    plane: ApiServer, tmp_path: pathlib.Path
) -> None:
    audit = ROLES["image-registry-audit"]
    token = account_with(plane, "image-registry-no-pull", audit["rules"], audit)
    cluster, _admin = kubeconfig.read(plane.kubeconfig)
    kubeconfig.write(tmp_path / "kubeconfig", cluster, {"token": token})
    digest = f"sha256:{'0' * 64}"
    image = {"image": "docker.io/pause:1", "place": "", "digest": digest, "ids": [], "size": 1}
    task = {
        "palette.image_registry.pull_pod": {
            "kubeconfig": str(tmp_path / "kubeconfig"),
            "sources": [{"source": "docker.io", "images": [image]}],
        }
    }
    (check,) = Controller(tmp_path / "controller").play([task]).results[0]["checks"]
    assert (check["name"], check["status"]) == ("pod pulls images", "fail")
    assert [finding["code"] for finding in check["findings"]] == ["forbidden"]


# What no playbook of the tests does, by role. The sandbox's chart makes no service account, which
# charts do that run pods with rights, and its pods ask for no certificate, as the original's do.
_OF_OTHER_CHARTS: set[Right] = {
    *((verb, "", "serviceaccounts") for verb in ("get", "create", "patch", "delete")),
    ("delete", "certificates.k8s.io", "certificatesigningrequests"),
}
UNUSED = {"image-registry-image-swap": _OF_OTHER_CHARTS}
_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_OBJECT = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/v\w+/(?:namespaces/(?P<namespace>[^/?]+)/)?"
    r"(?P<resource>[a-z]+)(?P<name>/[^?]+)?"
)


def used(entry: Object) -> tuple[Right | None, str]:
    """Return what a recorded request does, and in which namespace."""
    match = _OBJECT.match(entry["path"])
    if match is None:
        return None, ""
    verb = _VERBS[entry["method"]]
    if verb == "get" and not match["name"]:
        verb = "list"
    return (verb, match["group"] or "", match["resource"]), match["namespace"] or ""


@pytest.mark.parametrize("name", [name for name in ROLES if name != PULL])
def test_no_role_has_a_right_that_no_playbook_uses(name: str) -> None:
    """By the requests that were recorded; a pull is the test of a real pod to make."""
    entries = recording.vectors()
    asked = [used(entry) for entry in entries if entry.get("operator")]
    # There the role for the Secret gives the same.
    elsewhere = "jet-system" if name == "image-registry-image-swap" else None
    found = {right for right, namespace in asked if namespace != elsewhere}
    granted = set().union(*(rights(rule) for rule in ROLES[name]["rules"]))
    assert granted - found == UNUSED.get(name, set())
