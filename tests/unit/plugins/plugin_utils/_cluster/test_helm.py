# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.helm import (
    HelmOptions,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure

GIVEN = {"helm_binary": "", "timeout_seconds": 5, "history_max": 3}


def test_options_reach_the_module() -> None:
    expected = {"wait": False, "timeout": "5s", "history_max": 3}
    assert HelmOptions.of(GIVEN).arguments() == expected
    named = HelmOptions.of({**GIVEN, "helm_binary": "/opt/helm"})
    assert named.arguments() == {**expected, "binary_path": "/opt/helm"}


@pytest.mark.parametrize(("history_max", "refused"), [(-1, 1), (0, 1), (1, 1), (2, 0), (12, 0)])
def test_a_history_without_a_way_back_is_refused(history_max: int, refused: int) -> None:
    options = HelmOptions(history_max=history_max)
    if not refused:
        options.require_history()
        return
    with pytest.raises(Failure) as raised:
        options.require_history()
    assert raised.value.code == "history_unbounded"
