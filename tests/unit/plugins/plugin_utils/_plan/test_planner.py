# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan's inputs: whom it asks for what, and that no secret is left in them."""

from __future__ import annotations

import datetime
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.cluster import (
    PlanCluster,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.plan import PlanInputs
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.planner import Planner
from tests.unit.helpers.cluster_secrets import HOST, NEW, encoded, registry_info
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.registry_settings import registry_settings

NOW = datetime.datetime.now(datetime.UTC)
ARGUMENTS: dict[str, t.Any] = {
    "settings": registry_settings(),
    "airgap": False,
    "product": "palette",
    "node_path_style": "v2_prefix",
    "assume_default": "unknown",
    "allow_ecr_token": False,
    "check_registry": "skip",
    "check_images": "warn",
    "registry_timeout": 5.0,
    "architectures": [],
    "chart": "",
    "chart_sha256": "",
    "values_files": [],
    "values": {},
    "release_name": "image-swap",
    "release_namespace": "default",
    "is_eks": None,
    "ca_cert_encoding": "pem",
    "images": [],
    "images_file": "",
    "from_cluster": False,
}


def planner(cluster: PlanCluster | None = None, **arguments: t.Any) -> Planner:
    given = {**ARGUMENTS, **arguments}
    return Planner("mgmt", given, cluster, "/k", "c", {}, Redactor(), lambda _text: None)


def made(cluster: PlanCluster | None = None, **arguments: t.Any) -> PlanInputs:
    planning = planner(cluster, **arguments)
    return planning.inputs(planning.sources(), NOW)


def test_without_a_cluster_the_settings_alone_are_judged() -> None:
    inputs = made()
    assert inputs.settings is not None
    assert [finding.code for finding in inputs.findings] == ["missing_source"]
    assert [check.name for check in inputs.checks] == ["registry"]
    assert (inputs.kubeconfig, inputs.context, inputs.images_from) == ("/k", "c", "")
    assert inputs.proposal is not None and "was not to be asked" in inputs.proposal.how


def test_settings_with_an_error_are_still_planned_and_proposed_from() -> None:
    inputs = made(settings=registry_settings(mirrors="docker.io::https://harbor.example.org/p"))
    assert "scheme_in_target" in [finding.code for finding in inputs.findings]
    assert inputs.proposal is not None and inputs.proposal.changes
    assert inputs.checks == ()


# images of the option, a file's text, where they come from
TEST_NAMED: list[tuple[list[str], str | None, str, tuple[str, ...]]] = [
    ([], None, "", ()),
    (["a:1", "a:1"], None, "`palette_images`", ("a:1",)),
    ([], "b:1\n", "`images.txt`", ("b:1",)),
    (["a:1"], "b:1\na:1\n", "`palette_images` and `images.txt`", ("a:1", "b:1")),
]


@pytest.mark.parametrize(("named", "text", "words", "images"), TEST_NAMED)
def test_where_images_come_from_is_told(
    named: list[str], text: str | None, words: str, images: tuple[str, ...], tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "images.txt"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    path = str(file) if text is not None else ""
    inputs = made(images=named, images_file=path)
    assert (inputs.images, inputs.images_from) == (images, words)


def test_a_list_that_cannot_be_read_is_a_check() -> None:
    sources = planner(images=["a:1"], images_file="/nowhere/i.txt").sources()
    assert [check.name for check in sources.checks] == ["images file"]
    assert sources.images_from == "`palette_images`"


def cluster(*secrets: dict[str, t.Any]) -> PlanCluster:
    pod = {"spec": {"containers": [{"image": "quay.io/a:1"}]}}
    node = {"status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "amd64"}}}
    answers: dict[str, list[dict[str, t.Any]]] = {
        "Namespace": [{"metadata": {"name": "kube-system", "uid": "u"}}],
        "Node": [node],
        "Pod": [pod],
        "Secret": list(secrets),
    }

    def answer(_module: str, arguments: t.Mapping[str, t.Any], _attempt: str) -> dict[str, t.Any]:
        found = answers.get(str(arguments.get("kind")), [])
        name = arguments.get("name")
        return {"resources": [x for x in found if not name or x["metadata"]["name"] == name]}

    return PlanCluster(FakeClient(answer), "mgmt")


def test_a_cluster_lends_its_images_platforms_and_secret() -> None:
    inputs = made(cluster(registry_info()))
    assert inputs.images == ("quay.io/a:1",)
    assert inputs.images_from == "the pods and workload templates of the cluster"
    assert inputs.live.known and inputs.live.secret is not None
    assert inputs.chart.is_eks is False
    assert made(cluster(), images=["b:1"]).images == ("b:1",)


def test_an_override_that_is_there_stands_in_for_settings() -> None:
    data = {
        "BASE_PATH": "p",
        "INSECURE": "false",
        "CA_CERT": "",
        "MIRROR_REGISTRIES": f"quay.io::{HOST}/p",
    }
    live = registry_info()
    live["data"] |= {key: encoded(value) for key, value in data.items()}
    planning = planner(cluster(live), settings={}, from_cluster=True)
    sources = planning.sources()
    assert sources.adopted is not None
    inputs = planning.inputs(sources, NOW)
    assert inputs.settings is not None and inputs.settings.endpoint == HOST
    assert NEW in planning.redactor.secrets


def test_secrets_of_the_users_values_do_not_stay_in_the_inputs() -> None:
    values = {"config": {"password": "planted-in-values"}, "note": "planted-in-values"}
    inputs = made(airgap=True, values=values)
    assert "planted-in-values" not in repr(inputs.chart)


@pytest.mark.parametrize(
    ("chart", "label", "status"),
    [("", "", ""), ("chart", "image-swap-1.5.3", "pass"), ("/nowhere/a.tgz", "", "fail")],
)
def test_in_an_airgap_the_chart_is_read(
    tmp_path: pathlib.Path, chart: str, label: str, status: str
) -> None:
    folder = tmp_path / "chart"
    folder.mkdir()
    (folder / "Chart.yaml").write_text("name: image-swap\nversion: 1.5.3\n", encoding="utf-8")
    (folder / "values.yaml").write_text("ociImageRegistry: {}\n", encoding="utf-8")
    given = str(folder) if chart == "chart" else chart
    sources = planner(airgap=True, chart=given).sources()
    assert sources.chart.label == label
    assert (sources.chart.own is None) is (not label)
    assert [check.status.value for check in sources.checks] == ([status] if status else [])
    assert planner(airgap=False, chart=given).sources().checks == []
