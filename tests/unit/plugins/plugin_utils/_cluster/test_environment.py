# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.environment import (
    chooses_cluster,
    without_cluster_variables,
)

CHOOSING = ("K8S_AUTH_HOST", "HELM_KUBETOKEN", "KUBERNETES_SERVICE_HOST", "KUBECONFIG")
OTHERS = ("HTTPS_PROXY", "HELM_CACHE_HOME", "KUBE_EDITOR", "PATH")


def test_what_chooses_a_cluster_is_known() -> None:
    assert all(map(chooses_cluster, (*CHOOSING, "HELM_NAMESPACE", "HELM_DRIVER")))
    assert not any(map(chooses_cluster, OTHERS))


def test_it_is_gone_for_a_while_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*CHOOSING, *OTHERS):
        monkeypatch.setenv(name, f"of {name}")
    with pytest.raises(RuntimeError), without_cluster_variables():
        assert not set(CHOOSING) & set(os.environ)
        assert set(OTHERS) <= set(os.environ)
        raise RuntimeError
    assert [os.environ[name] for name in CHOOSING] == [f"of {name}" for name in CHOOSING]
