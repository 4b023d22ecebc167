# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._override.location import (
    OVERRIDE_ARGUMENTS,
    Override,
    override_of,
)


@pytest.mark.parametrize(
    ("name", "namespace", "is_ours"),
    [
        ("sh.helm.release.v1.image-swap.v1", "default", True),
        ("sh.helm.release.v1.image-swap.v12", "default", True),
        ("sh.helm.release.v1.image-swap.v1", "other", False),
        ("sh.helm.release.v1.image-swap.v1.v2", "default", False),
        ("sh.helm.release.v1.image-swap.vx", "default", False),
        ("sh.helm.release.v1.image-swap-2.v1", "default", False),
        ("image-swap.v1", "default", False),
    ],
)
def test_a_revision_of_the_release_is_known(name: str, namespace: str, is_ours: bool) -> None:
    assert Override().has_revision(name, namespace) is is_ours


def test_the_options_name_it() -> None:
    defaults = {name: option["default"] for name, option in OVERRIDE_ARGUMENTS.items()}
    assert override_of(defaults) == Override()
    other = override_of({**defaults, "release_name": "r", "release_namespace": "n"})
    assert other.owner == "n/r"
