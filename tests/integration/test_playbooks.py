# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks as a user runs them, against the sandbox with real helm, sshd and containerd."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

import pytest

from tests.evidence_schema import assert_valid
from tests.integration.meanwhile import REGISTRATIONS, init_container, meanwhile
from tests.integration.playbooks import (
    Run,
    WriteWatch,
    helm,
    kept_report,
    kubectl,
    remove_override,
    run_playbook,
    secret,
    write_clusters,
)
from tests.integration.tasks import HOSTILE_ENVIRONMENT
from tests.sandbox.faults import break_node, mend_node
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.paths import TOOLS
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

PAGE = page_registry()


@pytest.fixture(scope="module")
def world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    """One world for all."""
    options = Options(strict=True)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as started:
        if started.api.is_ours:
            started.api.keep_state("empty")
        yield started


HOSTILE = {
    **HOSTILE_ENVIRONMENT,
    "K8S_AUTH_KUBECONFIG": "/nowhere/kubeconfig",
    "K8S_AUTH_CONTEXT": "hostile",
    "K8S_AUTH_SSL_CA_CERT": "/nowhere/ca.crt",
    "HELM_KUBECONTEXT": "hostile",
    "KUBERNETES_SERVICE_HOST": "127.0.0.1",
    "KUBERNETES_SERVICE_PORT": "9",
}


def emptied(world: World) -> World:
    """Return the world without an override in its cluster."""
    if world.api.is_ours:
        world.api.restore_state("empty")
    else:
        remove_override(world)
    return world


@pytest.fixture
def empty(world: World) -> World:
    """Return the world without an override in its cluster."""
    return emptied(world)


def page_example(world: World, folder: pathlib.Path) -> Run:
    """Override by the page's example, in an environment that leads elsewhere."""
    variables = {
        "palette_report_dir": str(folder),
        # The other tests of this file have the world's Helm 3.
        "palette_helm_binary": str(TOOLS / "helm-v4" / "helm"),
        "report_configmap": "true",
    }
    return run_playbook(world, "override", variables=variables, environment=HOSTILE)


@dataclasses.dataclass(frozen=True)
class Example:
    """The override of the page's example, and where its reports are."""

    world: World
    folder: pathlib.Path
    run: Run


@pytest.fixture(scope="module")
def example(world: World, tmp_path_factory: pytest.TempPathFactory) -> Example:
    """Run the page's example, and keep what it makes of an empty cluster."""
    folder = tmp_path_factory.mktemp("report")
    run = page_example(emptied(world), folder)
    if world.api.is_ours:
        world.api.keep_state("overridden")
    return Example(world, folder, run)


@pytest.fixture
def overridden(example: Example) -> World:
    """Return the world as the page's example has left it."""
    if example.world.api.is_ours:
        example.world.api.restore_state("overridden")
    elif secret(example.world) is None:
        assert page_example(example.world, example.folder).code == 0
    return example.world


def test_the_pages_example_twice_whatever_the_environment_says(
    overridden: World, example: Example
) -> None:
    first = example.run
    assert first.code == 0, first.output
    assert first.changed() == 3  # with the ConfigMap
    assert "PASSED WITH WARNINGS" in first.output
    assert "sandbox: image-swap release deployed now, registry secret created, " in first.output
    assert secret(overridden) == {
        "DOMAIN": "harbor.example.org",
        "BASE_PATH": "airgap-images",
        "USERNAME": "",
        "PASSWORD": "",
        "INSECURE": "false",
        "CA_CERT": "",
        "MIRROR_REGISTRIES": PAGE["mirrors"],
    }
    values = values_of(overridden)
    prefix = "harbor.example.org/airgap-images/"
    assert all(image.startswith(prefix) for image in values["image"].values())
    assert values["config"]["ociImageRegistry"]["mirrorRegistries"] == PAGE["mirrors"]
    assert values["config"]["imageSwapConfig"]["isEKSCluster"] is False
    report = json.loads(next(example.folder.glob("override-*.json")).read_text(encoding="utf-8"))
    assert_valid(report)
    assert report["status"] == "warn"
    assert len(report["hosts"][0]["mirrors"]) == 7
    assert {path.suffix for path in example.folder.iterdir()} == {".html", ".json", ".md", ".xml"}
    assert kept_report(overridden) == report
    hosts = {host["host"] for host in report["hosts"]}
    assert hosts == {"sandbox", "node-page", "node-certsd", "node-nopython"}
    checks = {check["name"]: check for check in report["hosts"][0]["checks"]}
    assert checks["helm"]["actual"].startswith("v4.")

    second = page_example(overridden, example.folder)
    assert second.code == 0, second.output
    assert second.changed() == 0  # the ConfigMap, too: its verdicts are the same
    page = max(example.folder.glob("override-*.html")).read_text(encoding="utf-8")
    assert "Nothing has changed." in page
    assert (
        json.loads(helm(overridden, "history", "image-swap", "--output", "json"))[-1]["revision"]
        == 1
    )

    verified = run_playbook(overridden, "verify")
    assert verified.code == 0, verified.output
    assert verified.changed() == 0


def test_check_mode_on_an_empty_cluster_writes_nothing(
    empty: World, tmp_path: pathlib.Path
) -> None:
    watch = WriteWatch(empty)
    variables = {"palette_report_dir": str(tmp_path / "report"), "report_configmap": True}
    run = run_playbook(
        empty, "override", "--limit=sandbox", "--check", "--diff", variables=variables
    )
    assert run.code == 0, run.output
    assert run.changed() == 2
    assert watch.writes() == []
    assert secret(empty) is None
    assert "+MIRROR_REGISTRIES: docker.io::harbor.example.org" in run.output.replace("+  ", "+")
    assert not (tmp_path / "report").exists()


def test_without_an_airgap_the_secret_alone(empty: World) -> None:
    # A survey sends a boolean as a string.
    run = run_playbook(empty, "override", "--limit=sandbox", variables={"palette_airgap": "false"})
    assert run.code == 0, run.output
    assert run.changed() == 1
    assert secret(empty) is not None
    assert helm(empty, "list", "--all", "--short") == ""
    assert "deploy a workload cluster" in run.output


def values_of(world: World) -> t.Any:
    return json.loads(helm(world, "get", "values", "image-swap", "--output", "json"))


def registry(**changes: t.Any) -> dict[str, t.Any]:
    return {"palette_registry": {**PAGE, **changes}}


# Stands for the kubeconfig of a user who may read alone.
READ_ONLY = "<read only>"
TEST_REFUSED: list[tuple[str, dict[str, t.Any], list[str]]] = [
    ("context", {"palette_context": "other"}, ["has no context 'other'"]),
    ("uid", {"preflight_expected_cluster_uid": "other"}, ["leads to another cluster"]),
    ("not a mapping", {"palette_registry": "harbor"}, ["it is text, not a mapping"]),
    (
        "every field",
        registry(endpoint="https://h.io", name="", username="a", password=1, ca_cert="/nowhere")
        | {"palette_image_swap_chart": ""},
        [
            "Write 'h.io'",
            "name: it is required",
            "password: YAML read it as a number",
            "'/nowhere' cannot be read",
            "no chart is named",
        ],
    ),
    (
        "every kind of entry",
        registry(
            mirrors="a.io=h/x,b.io::,::h/x,c.io::https://h/x,d.io:443,"
            "e.io::h/x,e.io::h/y, f.io::h/x,",
            insecure_skip_verify="maybe",
        ),
        [
            "'a.io=h/x'",
            "'b.io::'",
            "'::h/x'",
            "'c.io::https://h/x'",
            "'d.io:443'",
            "'e.io::h/y'",
            "is the source of entry 6",
            "comma",
            "neither true nor false",
        ],
    ),
    (
        "all that preflight finds",
        {
            **registry(endpoint=""),
            "palette_kubeconfig": "",
            "palette_image_swap_chart": "/nowhere/chart.tgz",
            "palette_helm_binary": "/nowhere/helm",
        },
        ["endpoint: it is required", "no cluster is ever", "/nowhere/chart.tgz", "Install helm"],
    ),
    (
        "no right to write a Secret of another type",
        {"palette_kubeconfig": READ_ONLY},
        [
            "may not create, patch, delete secrets in jet-system",
            "is of type example.org/other, not Opaque",
        ],
    ),
]


@pytest.fixture(scope="module")
def refused(world: World, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Override one cluster by as many names as there is bad input; nothing is written."""
    emptied(world)
    words = ("secret", "generic", "registry-info", "--type=example.org/other")
    kubectl(world, "create", *words, "--namespace=jet-system")
    kubeconfig = world.state_dir / "kubernetes" / "kubeconfig-readonly"
    hosts = {name.replace(" ", "-"): bad for name, bad, _says in TEST_REFUSED}
    hosts = json.loads(json.dumps(hosts).replace(READ_ONLY, str(kubeconfig)))
    inventory = tmp_path_factory.mktemp("refused") / "inventory.yml"
    watch = WriteWatch(world)
    run = run_playbook(world, "override", write_clusters(world, inventory, hosts), "-v")
    writes = watch.writes()
    remove_override(world)
    assert writes == []
    return run


@pytest.mark.parametrize(
    ("name", "says"), [row[::2] for row in TEST_REFUSED], ids=[row[0] for row in TEST_REFUSED]
)
def test_bad_input_is_refused_with_the_fix_before_anything_is_written(
    refused: Run, name: str, says: list[str]
) -> None:
    assert refused.code != 0
    host = name.replace(" ", "-")
    lines = refused.output.splitlines()
    # The second is the report's.
    told, _judged = [line for line in lines if line.startswith(f"fatal: [{host}]: FAILED! => ")]
    message = " ".join(json.loads(told.partition("=> ")[2])["msg"].split())
    for text in says:
        assert text in message
    assert f"FAIL  cluster {host}" in refused.output


SLICES = ("sandbox,node-page", "node-certsd,node-nopython")


def test_a_node_that_was_broken_by_hand_is_named(overridden: World, tmp_path: pathlib.Path) -> None:
    """And the reports of two slices make the report of the whole."""
    node = overridden.nodes.get("node-certsd")
    break_node(overridden.nodes, node, "endpoint")
    try:
        run = run_playbook(
            overridden, "verify", variables={"palette_report_dir": f"{tmp_path}/whole"}
        )
        codes = [
            run_playbook(
                overridden,
                "verify",
                f"--limit={hosts}",
                variables={"palette_report_dir": f"{tmp_path}/{number}"},
            ).code
            for number, hosts in enumerate(SLICES)
        ]
    finally:
        mend_node(overridden.nodes, node)
    assert [code == 0 for code in codes] == [True, False]  # a slice of nodes alone is judged, too
    inputs = [str(path) for path in tmp_path.glob("[01]/*.json")]
    variables = {"report_inputs": inputs, "palette_report_dir": f"{tmp_path}/merged"}
    stats = {"ANSIBLE_SHOW_CUSTOM_STATS": "1"}
    merged = run_playbook(overridden, "report", variables=variables, environment=stats)
    assert merged.code != 0
    assert "A check of sandbox or of its nodes failed" in " ".join(merged.output.split())
    (one,), (whole,) = tmp_path.glob("merged/*.json"), tmp_path.glob("whole/*.json")
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in (one, whole)]
    for part in parts:
        assert_valid(part)
        part.pop("finished")
    assert parts[0] == parts[1]
    told = merged.output.partition("CUSTOM STATS")[2]
    assert '"failed_nodes": [' in told, merged.output
    assert '"node-certsd"' in told
    assert '"status": "fail"' in told
    assert run.code != 0
    assert "FAIL  node node-certsd" in run.output
    cause = "".join(run.output.partition("FAIL  endpoint_differs: ")[2].partition("fix: ")[0])
    assert "on node-certsd" in cause
    assert "node-page" not in cause


def test_nodes_that_do_not_show_it_put_the_cluster_back_if_asked(empty: World) -> None:
    node = empty.nodes.get("node-certsd")
    break_node(empty.nodes, node, "endpoint")
    wanted = {"override_rollback_on_node_failure": "true", "verify_nodes_retries": 0}
    try:
        run = run_playbook(empty, "override", variables=wanted)
    finally:
        mend_node(empty.nodes, node)
    assert run.code != 0
    assert "FAIL  endpoint_differs: " in run.output
    assert "secret put back: removed" in run.output
    assert secret(empty) is None
    assert helm(empty, "list", "--all", "--short") == ""


def test_drift_in_the_cluster_is_found_and_healed(empty: World) -> None:
    """A registration that is gone is no object of this chart: a restart brings it back.

    The chart is the one that has the registry's settings at its top level.
    """
    chart = empty.cluster_variables()["palette_image_swap_values"]["sandbox"]
    where = {"url": chart["webhookUrl"], "caBundle": chart["caBundle"]}
    variables = {
        "palette_image_swap_values": {"sandbox": {**chart, "registration": False}},
        "palette_image_swap_chart": str(empty.chart("toplevel")),
    }
    with meanwhile(init_container(empty.api.client, where)):
        first = run_playbook(empty, "override", "--limit=sandbox", variables=variables)
        assert first.code == 0, first.output
        assert values_of(empty)["ociImageRegistry"]["endpoint"] == "harbor.example.org"
        patch = json.dumps({"stringData": {"DOMAIN": "other.example.org", "OTHERS": "stays"}})
        target = ("secret/registry-info", "--namespace=jet-system", f"--patch={patch}")
        kubectl(empty, "patch", *target)
        empty.api.client.request("DELETE", f"{REGISTRATIONS}/imageswap-webhook")
        run = run_playbook(empty, "verify", "--limit=sandbox", variables=variables)
        assert run.code != 0
        said = " ".join(run.output.split())
        assert "it is other.example.org, expected harbor.example.org" in said
        assert "FAIL webhook_not_registered: " in said
        healed = run_playbook(empty, "override", "--limit=sandbox", "-v", variables=variables)
    assert healed.code == 0, healed.output
    assert healed.changed() == 2
    assert "webhook_restarted" in healed.output
    history = json.loads(helm(empty, "history", "image-swap", "--output", "json"))
    assert [entry["revision"] for entry in history] == [1]
    found = secret(empty)
    assert found is not None
    assert (found["DOMAIN"], found["OTHERS"]) == ("harbor.example.org", "stays")


def test_a_node_of_no_cluster_is_named_and_the_report_still_comes(overridden: World) -> None:
    run = run_playbook(overridden, "verify", variables={"palette_cluster": "elsewhere"})
    assert run.code != 0
    assert "on node-certsd, node-nopython, node-page, 3 times" in run.output
    assert "host of palette_clusters: sandbox" in " ".join(run.output.split())
    assert "the cluster holds the override" in " ".join(run.output.split())
