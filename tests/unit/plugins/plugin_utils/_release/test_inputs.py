# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.inputs import (
    eks_of,
    our_values,
    users_values,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._settings import (
    settings_or_error,
)
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.helm_releases import CHART

EKS = {"metadata": {"labels": {"eks.amazonaws.com/nodegroup": "a"}}}


def cluster(*nodes: dict[str, t.Any], failure: Failure | None = None) -> FakeClient:
    def answer(*_: t.Any) -> dict[str, t.Any]:
        if failure:
            raise failure
        return {"resources": list(nodes)}

    return FakeClient(answer)


TOLD = {"isEKSCluster": False}


@pytest.mark.parametrize(
    ("told", "user", "expected"),
    [
        (None, {}, True),
        (False, {}, False),
        (None, {"config": {"imageSwapConfig": TOLD}}, False),
        (None, {"imageSwapConfig": TOLD}, False),
        (None, {"imageSwapConfig": {"isEKSCluster": "false"}}, True),
        (True, {"imageSwapConfig": TOLD}, True),
    ],
)
def test_eks_is_as_told_or_as_it_looks(
    told: bool | None, user: dict[str, t.Any], expected: bool
) -> None:
    assert eks_of(told, user, cluster(EKS), "x") == (expected, ())


def test_a_cluster_that_does_not_tell_is_a_warning() -> None:
    failure = Failure.of("forbidden", "x", "you may not list nodes", "ask")
    known, (finding,) = eks_of(None, {}, cluster(failure=failure), "x")
    assert known is None
    assert finding.code == "eks_unknown"
    assert "you may not list nodes" in finding.message


def test_later_values_win(tmp_path: pathlib.Path) -> None:
    files = []
    for number, text in enumerate(("a: {b: 1, c: 1, d: 1}", "a: {c: 2, d: 2}")):
        files.append(str(tmp_path / f"{number}.yaml"))
        pathlib.Path(files[-1]).write_text(text, encoding="utf-8")
    assert users_values(files, {"a": {"d": 3}}) == {"a": {"b": 1, "c": 2, "d": 3}}


@pytest.mark.parametrize(
    ("files", "values", "said"),
    [
        (["/nowhere/v.yaml"], {}, "values file /nowhere/v.yaml cannot be read"),
        ([], {"bad": "\ud800"}, "cannot be written for Helm"),
    ],
)
def test_values_that_cannot_be_used_are_a_failure(
    files: list[str], values: dict[str, t.Any], said: str
) -> None:
    with pytest.raises(Failure, match=said) as raised:
        users_values(files, values)
    assert (
        raised.value.findings[0].fix
        == "correct palette_image_swap_values_files or palette_image_swap_values"
    )


def test_another_chart_gets_no_values() -> None:
    settings = settings_or_error(
        {
            "endpoint": "h.io",
            "name": "x",
            "base_content_path": "p",
            "mirrors": "docker.io::h.io/p/docker.io",
        },
        airgap=True,
    )
    ours = our_values(settings, CHART, {}, is_eks=None, ca_cert_encoding="pem")
    assert ours["config"]["ociImageRegistry"]["endpoint"] == "h.io"
    other = dataclasses.replace(CHART, values={"replicas": 1})
    with pytest.raises(Failure, match="this is no image-swap chart"):
        our_values(settings, other, {}, is_eks=None, ca_cert_encoding="pem")
