# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.helm import (
    HelmOptions,
    helm_version,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure

GIVEN = {"helm_binary": "", "timeout": 5, "history_max": 3}


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


def program(folder: pathlib.Path, script: str) -> str:
    path = folder / "helm"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_helm_tells_its_version(tmp_path: pathlib.Path) -> None:
    path = program(tmp_path, 'echo "$MARK $*"')
    assert helm_version(path, {"MARK": "v3.14.0"}, 30) == "v3.14.0 version --short"
    environment = {"MARK": "v4", "PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert helm_version("helm", environment, 30) == "v4 version --short"


def test_helm_is_asked_whatever_the_environment_says_of_clusters(tmp_path: pathlib.Path) -> None:
    """`HELM_DRIVER=memory` alone lets `helm version` fail."""
    path = program(tmp_path, "env | grep -E '^(HELM|KUBE)' | sort")
    hostile = {
        "HELM_DRIVER": "memory",
        "HELM_KUBETOKEN": "t",
        "KUBECONFIG": "/k",
        "HELM_DEBUG": "1",
    }
    environment = {"PATH": "/usr/bin:/bin", **hostile}
    assert helm_version(path, environment, 30) == "HELM_DEBUG=false\nHELM_PLUGINS=/dev/null"


def test_helm_is_found_in_the_home_folder(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "echo v3.14.0")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert helm_version("~/helm", {}, 30) == helm_version("$HOME/helm", {}, 30) == "v3.14.0"


@pytest.mark.parametrize(("script", "seconds"), [("exit 1", 30), ("exec sleep 30", 0.1)])
def test_a_helm_that_does_not_run_has_no_version(
    tmp_path: pathlib.Path, script: str, seconds: float
) -> None:
    assert helm_version(program(tmp_path, script), {"PATH": "/usr/bin:/bin"}, seconds) is None
    assert helm_version(str(tmp_path / "nowhere"), {}, 30) is None
