# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rights of docs/rbac.yml, as the API server sees them: what is asked for, and no others."""

from __future__ import annotations

import copy
import dataclasses
import time
import typing as t

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Check
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.state import (
    Permission,
    needed_permissions,
    permission_check,
)
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.paths import CHECKOUT

pytestmark = pytest.mark.sandbox

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
ACCOUNT = "image-registry"
# How long an API server may take until its authorizer knows of a role that was changed.
_SECONDS = 20.0


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api")) as server:
        yield server


@pytest.fixture(name="account", scope="module")
def fixture_account(server: ApiServer) -> ApiClient:
    """Return a client of a service account that may do nothing yet."""
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    server.client.request("POST", accounts, {"metadata": {"name": ACCOUNT}})
    answer = server.client.request("POST", f"{accounts}/{ACCOUNT}/token", {"spec": {}})
    return dataclasses.replace(server.client, token=answer["status"]["token"])


def manifest() -> list[Object]:
    """Return the manifest, bound to the service account."""
    items = yaml.safe_load((CHECKOUT / "docs" / "rbac.yml").read_text(encoding="utf-8"))["items"]
    for item in items:
        if "subjects" in item:
            item["subjects"] = [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": "default"}]
    return t.cast("list[Object]", items)


def path_of(item: Object) -> str:
    metadata = item["metadata"]
    inside = f"namespaces/{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"/apis/{item['apiVersion']}/{inside}{item['kind'].lower()}s/{metadata['name']}"


def apply(server: ApiServer, items: t.Iterable[Object]) -> None:
    for item in items:
        server.client.apply(path_of(item), item)


def asked(account: ApiClient, wanted: t.Iterable[Permission]) -> Check:
    """Return what the preflight says of some rights."""
    answers = []
    for permission in wanted:
        review = account.request("POST", REVIEWS, permission.review())
        answers.append((permission, bool(review["status"]["allowed"])))
    return permission_check("sandbox", ACCOUNT, answers)


def settled(account: ApiClient, wanted: t.Sequence[Permission], lacking: int) -> Check:
    """Return what the preflight says once the authorizer knows of the roles."""
    end = time.monotonic() + _SECONDS
    while True:
        check = asked(account, wanted)
        if check.actual == f"{len(wanted) - lacking} of {len(wanted)} permissions":
            return check
        assert time.monotonic() < end, check
        time.sleep(0.1)


@pytest.mark.parametrize("airgap", [False, True])
def test_the_manifest_is_all_that_is_asked_for(
    server: ApiServer, account: ApiClient, airgap: bool
) -> None:
    apply(server, manifest())
    check = settled(account, needed_permissions(airgap, "default"), 0)
    assert not check.findings


@pytest.mark.parametrize("role", [item for item in manifest() if "rules" in item], ids=path_of)
def test_each_right_that_is_taken_away_is_named(
    server: ApiServer, account: ApiClient, role: Object
) -> None:
    """With this role alone, so that no other gives it."""
    others = [item for item in manifest() if item["metadata"]["name"] != role["metadata"]["name"]]
    apply(server, [{**item, "rules": []} for item in others if "rules" in item])
    apply(server, [item for item in manifest() if item not in others])
    namespace = role["metadata"].get("namespace", "")
    for number, rule in enumerate(role["rules"]):
        for resource in rule["resources"]:
            for verb in rule["verbs"]:
                lesser = copy.deepcopy(role)
                left = [kept for kept in rule["verbs"] if kept != verb]
                others_of_it = [kept for kept in rule["resources"] if kept != resource]
                lesser["rules"][number]["resources"] = others_of_it
                lesser["rules"] += (
                    [{**rule, "resources": [resource], "verbs": left}] if left else []
                )
                lesser["rules"] = [one for one in lesser["rules"] if one["resources"]]
                right = Permission(verb, resource, namespace, rule["apiGroups"][0])
                apply(server, [lesser])
                (finding,) = settled(account, [right], 1).findings
                assert finding.message == f"may not {right}"
                apply(server, [role])
                settled(account, [right], 0)
