# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The caBundle of webhooks, kept."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._webhook_trust import (
    Trust,
    trust_of,
    trust_patch,
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
