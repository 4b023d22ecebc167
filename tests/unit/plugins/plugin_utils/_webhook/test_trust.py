# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The caBundle of webhooks, kept."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    BYPASS_KEY,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.trust import (
    Trust,
    ownership_patch,
    trust_of,
    trust_patch,
    trusts_of,
)


def configuration(**bundles: str | None) -> dict[str, t.Any]:
    """Return a configuration of some webhooks."""
    webhooks = [
        {"name": name, "clientConfig": {} if bundle is None else {"caBundle": bundle}}
        for name, bundle in bundles.items()
    ]
    return {"metadata": {"resourceVersion": "7"}, "webhooks": webhooks}


TEST = {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
SECOND = "/webhooks/1/clientConfig/caBundle"

TEST_PATCHES: list[tuple[Trust, list[dict[str, t.Any]]]] = [
    ({"a": "x", "b": "y"}, []),
    ({"a": "x", "b": "z"}, [TEST, {"op": "add", "path": SECOND, "value": "z"}]),
    ({"b": None}, [TEST, {"op": "remove", "path": SECOND}]),
    ({"gone": "x"}, []),
]


@pytest.mark.parametrize(("trust", "patch"), TEST_PATCHES)
def test_only_what_differs_is_patched(trust: Trust, patch: list[dict[str, t.Any]]) -> None:
    assert trust_patch(configuration(a="x", b="y"), trust) == patch


def test_a_webhook_that_had_none_before() -> None:
    assert trust_of(configuration(a=None, b="y")) == {"a": None, "b": "y"}
    patch = trust_patch(configuration(b=None), {"b": "y"})
    assert patch[1] == {"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "y"}
    assert trust_of({}) == {}


BUNDLE: dict[str, t.Any] = {"f:clientConfig": {"f:caBundle": {}}}
SELECTOR: dict[str, t.Any] = {"f:namespaceSelector": {"f:matchExpressions": {}}}
TEST_OWNERS: list[tuple[str, str, dict[str, t.Any], bool]] = [
    ("OpenAPI-Generator", "Update", BUNDLE, True),
    ("OpenAPI-Generator", "Update", SELECTOR, True),
    ("OpenAPI-Generator", "Update", {**BUNDLE, **SELECTOR}, True),
    ("OpenAPI-Generator", "Update", {**BUNDLE, "f:rules": {}}, False),
    ("OpenAPI-Generator", "Apply", BUNDLE, False),
    ("cainjector", "Update", BUNDLE, False),
]


def owned(manager: str, operation: str, fields: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return an entry of managedFields about one webhook."""
    webhooks = {'k:{"name":"a"}': fields}
    return {"manager": manager, "operation": operation, "fieldsV1": {"f:webhooks": webhooks}}


@pytest.mark.parametrize(("manager", "operation", "fields", "ours"), TEST_OWNERS)
def test_only_what_patches_of_ours_own_is_let_go(
    manager: str, operation: str, fields: dict[str, t.Any], ours: bool
) -> None:
    helm = owned("helm", "Apply", {"f:rules": {}})
    live = configuration(a="x")
    live["metadata"]["managedFields"] = [helm, owned(manager, operation, fields)]
    patch = [TEST, {"op": "replace", "path": "/metadata/managedFields", "value": [helm]}]
    assert ownership_patch(live) == (patch if ours else [])


def test_the_last_owner_is_let_go_as_the_api_server_understands_it() -> None:
    live = configuration(a="x")
    live["metadata"]["managedFields"] = [owned("OpenAPI-Generator", "Update", BUNDLE)]
    assert ownership_patch(live)[1]["value"] == [{}]
    assert ownership_patch(configuration(a="x")) == []


def test_a_bypass_stays_with_its_owner() -> None:
    live = configuration(a="x")
    live["webhooks"][0]["name"] = "imageswap.webhook"
    live["webhooks"][0]["namespaceSelector"] = {
        "matchExpressions": [{"key": BYPASS_KEY, "operator": "Exists"}]
    }
    live["metadata"]["managedFields"] = [owned("OpenAPI-Generator", "Update", SELECTOR)]
    assert ownership_patch(live) == []


def test_only_image_swap_webhooks_are_remembered() -> None:
    ours, other = configuration(a="x"), configuration(b="y")
    ours["metadata"]["name"], other["metadata"]["name"] = "imageswap-webhook", "other"
    assert trusts_of([ours, other]) == {"imageswap-webhook": {"a": "x"}}
