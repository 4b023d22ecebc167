# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan asks a cluster, and what it says where there is no answer."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import explain
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.cluster import (
    PlanCluster,
    WebhookPlanner,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.plan import (
    ChartPlan,
    PlanInputs,
)
from tests.unit.helpers.cluster_secrets import NEW, registry_info
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.helm_releases import release_secret
from tests.unit.helpers.plans import CHART, NO_DEFAULT, SETTINGS, plan

FORBIDDEN = "x is forbidden (403) Forbidden"


def asked(**answers: t.Any) -> PlanCluster:
    """Return a cluster that answers by kind; a text is a refusal."""

    def answer(module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> dict[str, t.Any]:
        found = answers.get(str(arguments.get("kind")), [])
        if isinstance(found, str):
            raise Failure(explain(found, module, attempt))
        return {"resources": found}

    return PlanCluster(FakeClient(answer), "mgmt")


def told(cluster: PlanCluster) -> list[tuple[str, str]]:
    return [
        (check.status.value, finding.code) for check in cluster.checks for finding in check.findings
    ]


KUBE_SYSTEM = {"metadata": {"name": "kube-system", "uid": "u-1"}}
NODE = {"status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "arm64"}}}


def test_who_the_cluster_is() -> None:
    cluster = asked(Namespace=[KUBE_SYSTEM], Node=[NODE])
    facts = cluster.identity()
    assert (facts["uid"], facts["eks"], facts["platforms"]) == ("u-1", False, ("linux/arm64",))
    assert facts["server"]


def test_a_cluster_that_does_not_answer_is_an_error_and_one_without_nodes_a_warning() -> None:
    gone = asked(Namespace="Connection refused")
    assert (gone.identity(), told(gone)) == ({}, [("fail", "unreachable")])
    shy = asked(Namespace=[KUBE_SYSTEM], Node=FORBIDDEN)
    assert "eks" not in shy.identity()
    assert told(shy) == [("warn", "forbidden")]


# what there is, whether it is needed; known, a Secret, what is told
TEST_SECRETS: list[tuple[t.Any, bool, bool, bool, list[tuple[str, str]]]] = [
    ([registry_info()], True, True, True, []),
    ([], False, True, False, []),
    ([], True, True, False, [("fail", "secret_missing")]),
    (FORBIDDEN, False, False, False, [("warn", "forbidden")]),
    (FORBIDDEN, True, False, False, [("fail", "forbidden")]),
    (
        [{**registry_info(), "data": {"DOMAIN": "no base64"}}],
        False,
        False,
        False,
        [("warn", "secret_unreadable")],
    ),
]


@pytest.mark.parametrize(("there", "needed", "known", "found", "says"), TEST_SECRETS)
def test_the_live_secret(
    there: t.Any, needed: bool, known: bool, found: bool, says: list[tuple[str, str]]
) -> None:
    cluster = asked(Secret=there)
    was_known, secret = cluster.secret(needed=needed)
    assert (was_known, secret is not None, told(cluster)) == (known, found, says)
    if secret is not None:
        assert NEW in cluster.cluster.redactor.secrets


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"ociImageRegistry": {"name": "Internal"}}, "Internal"),
        ({"config": {"ociImageRegistry": {"name": "Below"}}}, "Below"),
        ({"ociImageRegistry": {"name": 5}}, ""),
        ({}, ""),
    ],
)
def test_only_the_release_knows_the_registrys_name(config: dict[str, t.Any], name: str) -> None:
    cluster = asked(Secret=[release_secret(1, config=config)])
    assert cluster.registry_name("image-swap", "default") == name
    assert asked().registry_name("image-swap", "default") == ""
    refused = asked(Secret=FORBIDDEN)
    assert (refused.registry_name("image-swap", "default"), told(refused)) == (
        "",
        [("warn", "forbidden")],
    )


def test_images_of_all_that_may_be_read() -> None:
    pods = [{"spec": {"containers": [{"image": "b:1"}, {"image": "a:1"}, {"image": "a:1"}]}}]
    cluster = asked(Pod=pods, CronJob=FORBIDDEN)
    assert cluster.images() == ("a:1", "b:1")
    assert told(cluster) == [("warn", "forbidden")]


MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: imageswap-maps, namespace: imageswap-system}
data: {maps: "default::"}
"""


class Charts(FakeClient):
    """Renders a chart, or fails to; the live map is another."""

    def __init__(self, rendered: str | Failure, live: bool = True) -> None:
        data = {"maps": "default::\ndocker.io::old.io"}
        found = [{"metadata": {"name": "imageswap-maps", "namespace": "x"}, "data": data}]
        super().__init__(lambda *_all: {"resources": found if live else []})
        self.rendered = rendered
        self.values: list[str] = []

    def helm_template(self, arguments: t.Mapping[str, t.Any], attempt: str) -> str:
        (file,) = arguments["values_files"]
        self.values.append(pathlib.Path(file).read_text(encoding="utf-8"))
        if isinstance(self.rendered, Failure):
            raise self.rendered
        return self.rendered


@pytest.fixture(name="chart")
def fixture_chart(tmp_path: pathlib.Path) -> ChartPlan:
    path = tmp_path / "image-swap-1.tgz"
    path.write_bytes(b"")
    return dataclasses.replace(CHART, reference=str(path))


def settled(
    cluster: Charts, chart: ChartPlan, *, answers: bool = True, **more: t.Any
) -> PlanInputs:
    inputs = plan(chart=chart, findings=(NO_DEFAULT,), **more).inputs
    return WebhookPlanner(cluster, answers).settled(inputs)


def test_the_rendered_chart_tells_the_map_and_sees_no_password(chart: ChartPlan) -> None:
    cluster = Charts(MANIFEST)
    found = settled(cluster, chart)
    assert found.webhook_map is not None and found.webhook_map.text == "default::"
    assert "helm template of image-swap-1.2.3" in found.webhook_map.known_from
    # What the lint, which sees the mirrors alone, warned of is known now.
    assert found.findings == ()
    assert cluster.values and SETTINGS.password not in cluster.values[0]


def test_without_a_rendered_one_the_live_map_tells(chart: ChartPlan) -> None:
    found = settled(Charts(""), chart)
    assert found.webhook_map is not None and "the live configmap/" in found.webhook_map.known_from
    for cluster, answers in ((Charts("", live=False), True), (Charts(""), False)):
        unknown = settled(cluster, chart, answers=answers)
        assert (unknown.webhook_map, unknown.findings) == (None, (NO_DEFAULT,))


# what Helm says, the status of the check
TEST_MISSED: list[tuple[Failure, str]] = [
    (Failure.of("chart_does_not_render", "chart", "It does not.", "Mend it."), "warn"),
    (Failure.of("helm_missing", "helm", "It is not there.", "Install it."), "skip"),
]


@pytest.mark.parametrize(("failure", "status"), TEST_MISSED)
def test_a_chart_that_does_not_render_stops_nothing(
    chart: ChartPlan, failure: Failure, status: str
) -> None:
    found = settled(Charts(failure), chart)
    check = found.checks[-1]
    assert (check.name, check.status.value) == ("webhook map", status)
    assert found.webhook_map is None


@pytest.mark.parametrize("more", [{"assume_default": True}, {"airgap": False}, {"settings": None}])
def test_who_needs_no_map_renders_none(chart: ChartPlan, more: dict[str, t.Any]) -> None:
    cluster = Charts(MANIFEST)
    assert settled(cluster, chart, **more).webhook_map is None
    assert cluster.values == []


def test_a_chart_that_was_not_read_is_not_rendered(chart: ChartPlan) -> None:
    cluster = Charts(MANIFEST)
    unread = dataclasses.replace(chart, own=None)
    assert settled(cluster, unread, answers=False).webhook_map is None
    assert cluster.values == []
