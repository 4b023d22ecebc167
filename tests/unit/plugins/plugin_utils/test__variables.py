# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.palette.image_registry.plugins.plugin_utils import _variables
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._variables import (
    misspelt,
    require_known_variables,
    specified,
)
from tests.pages.variables import variables

TEST_NAMES = [
    ("palette_registry", ""),
    ("palette_registery", "palette_registry"),
    ("palete_registry", "palette_registry"),
    ("palette_kubeconfg", "palette_kubeconfig"),
    ("palette_air_gap", "palette_airgap"),
    ("palette_helmbinary", "palette_helm_binary"),
    ("verify_nodes_retires", "verify_nodes_retries"),
    ("report_config_map", "report_configmap"),
    ("palette_registries", ""),
    ("palette_registry_lab", ""),
    ("palette_registry2", ""),
    ("palette_registry_password", ""),
    ("vault_registry_password", ""),
    ("ansible_user", ""),
    ("registry", ""),
    ("tower_job_id", ""),
]


@pytest.mark.parametrize(("name", "meant"), TEST_NAMES)
def test_names(name: str, meant: str) -> None:
    found = [finding.fix for finding in misspelt([name], specified())]
    assert found == ([f"did you mean {meant}?"] if meant else [])


def test_all_that_is_specified_is_known() -> None:
    assert specified() == set(variables())
    assert misspelt(specified(), specified()) == ()


def test_a_run_with_a_misspelt_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"palette_registery": {"password": "s3cret"}, "verify_nodes_retires": 3}
    monkeypatch.setattr(_variables, "load_extra_vars", lambda _loader: given)
    with pytest.raises(Failure) as raised:
        require_known_variables(DataLoader())
    assert [finding.code for finding in raised.value.findings] == ["variable_misspelt"] * 2
    assert "Did you mean palette_registry?" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_run_without_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ({}, {"palette_registry": {}, "mine": 1}):
        monkeypatch.setattr(_variables, "load_extra_vars", lambda _loader, given=given: given)
        require_known_variables(DataLoader())
