# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chart on the controller and in a registry; what Helm pulls is put there by a test."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.source import (
    ChartSource,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._settings import (
    settings_or_error,
)
from tests.unit.helpers.fake_client import FakeClient

SETTINGS = settings_or_error(
    {
        "endpoint": "harbor.example.org",
        "name": "x",
        "base_content_path": "p",
        "username": "robot",
        "password": "planted",
        "mirrors": "docker.io::harbor.example.org/p/docker.io",
    },
    airgap=True,
)


NOTHING_PULLED = FakeClient()


def test_a_folder_is_read_where_it_is(tmp_path: pathlib.Path) -> None:
    chart = tmp_path / "image-swap"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("name: image-swap\nversion: 1.5.3\n", encoding="utf-8")
    (chart / "values.yaml").write_text("a: 1\n", encoding="utf-8")
    path, found = ChartSource(str(chart)).fetch(SETTINGS, tmp_path, NOTHING_PULLED)
    assert (path, found.label) == (chart, "image-swap-1.5.3")


def test_a_reference_is_pulled_into_the_private_folder(tmp_path: pathlib.Path) -> None:
    said: list[t.Any] = []

    def pull(module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> dict[str, t.Any]:
        said.extend((arguments, cluster.runner.helm_environment, attempt))
        pathlib.Path(arguments["destination"], "c-1.tgz").write_bytes(b"no archive")
        return {}

    cluster = FakeClient(pull)

    reference = "oci://harbor.example.org/charts/image-swap"
    source = ChartSource(reference, "1.5.3", "", "/opt/helm")
    with pytest.raises(Failure, match="this is no chart archive") as raised:
        source.fetch(SETTINGS, tmp_path, cluster)
    assert raised.value.code == "input_unusable"
    arguments, environment, attempt = said
    assert attempt == f"pulling {reference}"
    assert (arguments["chart_version"], arguments["binary_path"]) == ("1.5.3", "/opt/helm")
    assert pathlib.Path(arguments["destination"]).parent == tmp_path
    assert environment == {"HELM_REGISTRY_CONFIG": str(tmp_path / "registry.json")}


@pytest.mark.parametrize(("reference", "said"), [("", "no chart is named"), ("/no/x", "no chart")])
def test_no_chart_is_a_failure(tmp_path: pathlib.Path, reference: str, said: str) -> None:
    with pytest.raises(Failure, match=said):
        ChartSource(reference).fetch(SETTINGS, tmp_path, NOTHING_PULLED)
