# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conflicts of field managers, as kube-apiserver and Helm print them."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import (
    owners_in,
)

ONE = (
    "Error: UPGRADE FAILED: conflict occurred while applying object imageswap-system/imageswap"
    " apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with"
    ' "kubectl-edit" using apps/v1 at 2026-01-02T03:04:05Z: .spec.replicas'
)
MORE = (
    'Apply failed with 3 conflicts: conflicts with "argocd-controller" using v1:\n- .data.maps\n'
    '- .data.more\nconflicts with "kubectl" with subresource "status" using v1:\n- .status.x\n'
)

TEST_OWNERS: list[tuple[str, str]] = [
    (ONE, "kubectl-edit owns .spec.replicas of deployment imageswap-system/imageswap"),
    (MORE, "argocd-controller owns .data.maps, .data.more; kubectl owns .status.x"),
    (
        MORE.replace("\n", "\\n").replace('"', '\\"'),
        "argocd-controller owns .data.maps, .data.more; kubectl owns .status.x",
    ),
    (
        'conflict with "helm": .webhooks[name="w"].clientConfig.caBundle',
        'helm owns .webhooks[name="w"].clientConfig.caBundle',
    ),
    ("Apply failed with 2 conflicts", ""),
]


@pytest.mark.parametrize(("text", "words"), TEST_OWNERS)
def test_who_owns_what(text: str, words: str) -> None:
    assert owners_in(text) == words
