# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.reader import (
    read_history,
    read_release,
)
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.helm_releases import release_secret


def cluster(*secrets: dict[str, t.Any]) -> FakeClient:
    def answer(module: str, arguments: t.Mapping[str, t.Any], _attempt: str) -> dict[str, t.Any]:
        assert (module, arguments["namespace"]) == ("k8s_info", "default")
        assert arguments["label_selectors"] == ["owner=helm", "name=image-swap"]
        return {"resources": list(secrets)}

    return FakeClient(answer)


def test_the_last_revision_is_the_release() -> None:
    secrets = [release_secret(number) for number in (2, 10, 9)]
    found = read_release(cluster(*secrets), "image-swap", "default")
    assert found is not None and found.revision == 10
    assert sorted(read_history(cluster(*secrets), "image-swap", "default").numbers) == [2, 9, 10]
    assert read_release(cluster(), "image-swap", "default") is None


def test_a_release_that_cannot_be_decoded_is_named() -> None:
    broken = {**release_secret(3), "data": {"release": "e30="}}
    with pytest.raises(Failure, match="release image-swap in default") as raised:
        read_release(cluster(broken), "image-swap", "default")
    assert raised.value.code == "release_unreadable"
