# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the override live? The canary, each way in which the webhook fails, and the broken glass."""

from __future__ import annotations

import base64
import contextlib
import datetime
import json
import pathlib
import subprocess
import time
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.failure import (
    dry_run_failure,
)
from tests.integration.playbooks import WEBHOOK_CHECKS, WriteWatch, run_playbook, write_clusters
from tests.integration.tasks import Controller, PlayRun, of_roles
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.client import RequestFailed
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.pki import Authority
from tests.sandbox.webhook.server import ADDRESS, AdmissionServer
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

INFO = "palette.image_registry.webhook_info"
BREAK_GLASS = "palette.image_registry.webhook_break_glass"
WEBHOOK = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/imageswap-webhook"
IN_IMAGESWAP = "/api/v1/namespaces/imageswap-system"
MAPS = f"{IN_IMAGESWAP}/configmaps/imageswap-maps"
TLS = f"{IN_IMAGESWAP}/secrets/imageswap-tls"
PODS = "/api/v1/namespaces/jet-system/pods"
PAGE = page_registry()
SOURCES = PAGE["mirrors"].count("::")
CLOSED = f"https://{ADDRESS}:9/"

Change = t.Callable[[Object], None]


@pytest.fixture(name="world", scope="module")
def fixture_world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    """One world that has the override."""
    options = Options(with_nodes=False, strict=True)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as started:
        yield started


@pytest.fixture(name="report", scope="module")
def fixture_report(world: World, tmp_path_factory: pytest.TempPathFactory) -> Object:
    """Write what an override writes, and return the report of a verify."""
    tasks = of_roles("image_swap", "registry_secret")
    controller = Controller(tmp_path_factory.mktemp("controller"))
    written = controller.play(tasks, variables=world.cluster_variables())
    assert written.output.count("changed: ") == len(tasks), written.output
    folder = world.state_dir / "report"
    run = run_playbook(world, "verify", variables={"palette_report_dir": str(folder)})
    assert run.code == 0, run.output
    report: Object = json.loads(next(folder.glob("*.json")).read_text(encoding="utf-8"))
    return report


class Bench:
    """A controller, and the world's objects to be broken for a while."""

    def __init__(self, world: World, folder: pathlib.Path) -> None:
        self.world = world
        self.controller = Controller(folder)

    def play(self, *tasks: Object, options: t.Sequence[str] = ()) -> PlayRun:
        """Run tasks of ours against the world."""
        kubeconfig = str(self.world.operator_kubeconfig)
        given = [
            {
                name: {"kubeconfig": kubeconfig, **value} if name in (INFO, BREAK_GLASS) else value
                for name, value in task.items()
            }
            for task in tasks
        ]
        return self.controller.play(given, *options)

    def look(self, **options: t.Any) -> Object:
        """Return what the webhook's info says."""
        result = self.play({INFO: {"settings": PAGE, **options}}).results[0]
        assert not result.get("failed"), result["msg"]
        return result

    def dry_runs(self) -> int:
        """Return how many pods the API server was shown so far."""
        return sum(
            entry["method"] == "POST" and "/pods?" in entry["path"] and "dryRun" in entry["path"]
            for entry in self.world.api.requests()
        )

    @contextlib.contextmanager
    def changed(self, path: str, change: Change) -> t.Iterator[None]:
        """Change an object within a block."""
        client = self.world.api.client
        before = client.get(path)
        after = json.loads(json.dumps(before))
        change(after)
        client.request("PUT", path, after)
        try:
            yield
        finally:
            version = client.get(path)["metadata"]["resourceVersion"]
            before["metadata"]["resourceVersion"] = version
            client.request("PUT", path, before)

    @contextlib.contextmanager
    def served_by(self, server: AdmissionServer, **more: t.Any) -> t.Iterator[None]:
        """Let another server answer within a block, its certificate in the Secret as upstream."""
        bundle, url = more.pop("ca_bundle", server.ca_bundle), more.pop("url", server.url)
        where = {"url": url, "caBundle": bundle}
        client = self.world.api.client
        data = {"cert.pem": base64.b64encode(server.identity.certificate.encode()).decode()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "imageswap-tls"}}
        client.apply(TLS, {**secret, "data": data})
        server.start()
        try:
            with self.changed(WEBHOOK, webhook(clientConfig=where, **more)):
                yield
        finally:
            server.stop()
            client.request("DELETE", TLS)


@pytest.fixture(name="bench")
def fixture_bench(world: World, report: Object, tmp_path: pathlib.Path) -> Bench:
    """Return a bench on a world whose override is in place."""
    assert report["status"] == "warn"
    return Bench(world, tmp_path)


def webhook(**fields: t.Any) -> Change:
    """Return the change of some fields of the only webhook."""
    return lambda configuration: configuration["webhooks"][0].update(fields)


def live_map(bench: Bench) -> str:
    return str(bench.world.api.client.get(MAPS)["data"]["maps"])


def map_text(text: str) -> Change:
    """Return the change of the map."""
    return lambda config_map: config_map["data"].update(maps=text)


def codes(result: Object, severity: str = "error") -> set[str]:
    return {
        finding["code"]
        for check in result["checks"]
        for finding in check["findings"]
        if finding["severity"] == severity
    }


def said(result: Object) -> str:
    return json.dumps(result["checks"])


def test_the_report_of_a_verify_shows_that_it_is_live(report: Object) -> None:
    """That of an override does so as well: see test_credentials.py."""
    checks = {check["name"]: check for check in report["hosts"][0]["checks"]}
    assert [checks[name]["status"] for name in WEBHOOK_CHECKS] == ["pass"] * len(WEBHOOK_CHECKS)
    expected = f"{SOURCES} of {SOURCES} as wanted, in jet-system"
    assert checks["webhook canary"]["actual"] == expected


def test_a_look_names_every_image_and_writes_nothing(bench: Bench) -> None:
    watch = WriteWatch(bench.world)
    before = bench.dry_runs()
    run = bench.play({INFO: {"settings": PAGE}}, {INFO: {}}, options=["--check", "--diff"])
    assert run.changed == [False, False]
    for result in run.results:
        assert result["live"]
        assert len(result["images"]) == SOURCES
        assert all(one["actual"] == one["predicted"] for one in result["images"])
    assert run.results[0]["images"][0] == {
        "source": "docker.io",
        "image": "docker.io/library/nginx:latest",
        "actual": "harbor.example.org/airgap-images/docker.io/library/nginx:latest",
        "predicted": "harbor.example.org/airgap-images/docker.io/library/nginx:latest",
        "wanted": "harbor.example.org/airgap-images/docker.io/library/nginx:latest",
    }
    assert run.results[1]["images"][0]["wanted"] is None
    assert bench.dry_runs() == before + 2
    assert watch.writes() == []


AUTHORITY = Authority("imageswap")
GOOD = AUTHORITY.issue((ADDRESS,))
EXPIRED = AUTHORITY.issue((ADDRESS,), datetime.timedelta(days=-1))
MISNAMED = AUTHORITY.issue(("imageswap.example.org",))
STRANGER = base64.b64encode(Authority("stranger").pem.encode()).decode()
CRASHING = "default::\ndocker.io/library::h.io/library\n"

# How the webhook fails; its map; the finding about what the API server says then.
TEST_FAILURES: list[tuple[str, Object, str, str]] = [
    ("expired", {"identity": EXPIRED}, "default::\n", "webhook_certificate_expired"),
    ("another authority", {"ca_bundle": STRANGER}, "", "webhook_ca_bundle_mismatch"),
    ("another name", {"identity": MISNAMED}, "", "webhook_certificate_name"),
    ("no bundle", {"ca_bundle": "Tm90aGluZw=="}, "", "webhook_ca_bundle_invalid"),
    ("slow", {"delay_seconds": 3}, "", "webhook_timeout"),
    ("crashing", {}, CRASHING, "webhook_error"),
    ("dead", {"url": CLOSED}, "", "webhook_down"),
]


@pytest.mark.parametrize(
    ("failure", "text", "code"),
    [row[1:] for row in TEST_FAILURES],
    ids=[row[0] for row in TEST_FAILURES],
)
def test_what_the_api_server_says_is_understood(
    bench: Bench, failure: Object, text: str, code: str
) -> None:
    given = dict(failure)
    more = {key: given.pop(key) for key in ("ca_bundle", "url") if key in given}
    server = AdmissionServer(lambda: text, **{"authority": AUTHORITY, "identity": GOOD, **given})
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "shown-"},
        "spec": {"containers": [{"name": "main", "image": "docker.io/bitnami/redis:7"}]},
    }
    with bench.served_by(server, timeoutSeconds=1, **more), pytest.raises(RequestFailed) as caught:
        bench.world.api.client.request("POST", f"{PODS}?dryRun=All", pod)
    said = f"Failed to create object: {json.dumps(caught.value.status).encode()!r}"
    finding = dry_run_failure(said, {"imageswap.webhook.k8s.twr.io"}, "jet-system")
    assert (finding.code, finding.severity) == (code, Severity.ERROR)


def test_an_expired_certificate_is_not_waited_for(bench: Bench) -> None:
    server = AdmissionServer(lambda: live_map(bench), authority=AUTHORITY, identity=EXPIRED)
    before = bench.dry_runs()
    with bench.served_by(server):
        result = bench.look(timeout=300)
    assert not result["live"]
    assert codes(result) == {"webhook_certificate_expired"}
    failed = [check["name"] for check in result["checks"] if check["status"] == "fail"]
    assert failed == ["webhook certificate", "webhook canary"]
    assert "secret/imageswap-tls in imageswap-system" in said(result)
    assert bench.dry_runs() == before + 1


def test_a_dead_webhook_whose_pods_wait_blocks_all_pods(bench: Bench) -> None:
    api = bench.world.api
    api.set_ready("imageswap-system", "imageswap", False, "ErrImagePull")
    try:
        dead = {**api.client.get(WEBHOOK)["webhooks"][0]["clientConfig"], "url": CLOSED}
        with bench.changed(WEBHOOK, webhook(clientConfig=dead)):
            result = bench.look()
    finally:
        api.set_ready("imageswap-system", "imageswap", True)
    assert codes(result) == {"webhook_blocks_pods", "webhook_down"}
    assert "ErrImagePull" in said(result)
    assert "jet-system, hubble-system" in said(result)
    assert "registry.break_glass" in said(result)


def test_a_dead_webhook_that_is_ignored_is_no_pass(bench: Bench) -> None:
    ignored = webhook(clientConfig={"url": CLOSED}, failurePolicy="Ignore")
    with bench.changed(WEBHOOK, ignored):
        result = bench.look()
    assert codes(result) == {"webhook_swaps_nothing"}
    assert codes(result, "warning") == {
        "webhook_ca_bundle_empty",
        "webhook_failure_policy_ignore",
    }


def test_verify_finds_a_map_that_was_changed_by_hand(bench: Bench) -> None:
    changed = live_map(bench).replace("airgap-images/quay.io", "elsewhere/quay.io")
    watch = WriteWatch(bench.world)
    with bench.changed(MAPS, map_text(changed)):
        before = watch.writes()
        run = run_playbook(bench.world, "verify", "-v")
        assert watch.writes() == before
    assert run.code != 0
    assert run.changed() == 0
    words = " ".join(run.output.split())
    assert "ERROR webhook_map_differs on sandbox" in words
    assert "becomes harbor.example.org/elsewhere/quay.io/" in words


def test_a_map_on_its_way_is_waited_for(bench: Bench) -> None:
    first: list[float] = []

    def late() -> str:
        first.append(time.monotonic())
        new = live_map(bench)
        return new if time.monotonic() - first[0] > 4 else new.replace("airgap-images", "old")

    with bench.served_by(AdmissionServer(late)):
        run = bench.play({INFO: {"settings": PAGE, "timeout": 120}})
    assert run.results[0]["live"], run.output
    waiting = f"waiting for the webhook's pods to get the new map: 0 of {SOURCES} sources"
    assert waiting in run.output


def test_break_glass_lets_pods_through_and_is_undone(bench: Bench) -> None:
    client = bench.world.api.client
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "stuck-"},
        "spec": {"containers": [{"name": "main", "image": "nginx"}]},
    }
    dead = webhook(clientConfig={"url": CLOSED})
    with bench.changed(WEBHOOK, dead):
        whole = client.get(WEBHOOK)["webhooks"]
        with pytest.raises(RequestFailed):
            client.request("POST", PODS, pod)
        dry = {BREAK_GLASS: {}, "check_mode": True, "diff": True}
        run = bench.play(dry, {BREAK_GLASS: {}}, {BREAK_GLASS: {}}, {INFO: {"settings": PAGE}})
        # What check mode had changed would not be changed again.
        assert run.changed == [True, True, False, False]
        shown = run.output.split("TASK [")[1]
        assert "+" in shown
        assert "palette-image-registry/webhook-bypassed" in shown
        _dry, broken, again, info = run.results
        assert [check["status"] for check in broken["checks"]] == ["warn", "pass"]
        assert [check["status"] for check in again["checks"]] == ["warn", "pass"]
        assert codes(info) == {"webhook_bypassed"}
        name = client.request("POST", PODS, pod)["metadata"]["name"]
        client.request("DELETE", f"{PODS}/{name}")

        # By hand, as the task said; then by the task itself.
        assert again["undo"] == broken["undo"]
        assert broken["undo"][0] in broken["msg"]
        (undo,) = broken["undo"]
        kubectl = undo.replace("kubectl", str(bench.world.tools / "kubectl"), 1)
        subprocess.run(kubectl, shell=True, check=True, capture_output=True, timeout=60)
        with pytest.raises(RequestFailed):
            client.request("POST", PODS, pod)
        run = bench.play(
            {BREAK_GLASS: {}},
            {BREAK_GLASS: {"state": "active"}},
            {BREAK_GLASS: {"state": "active"}},
        )
        assert run.changed == [True, True, False]
        assert client.get(WEBHOOK)["webhooks"] == whole


def test_a_plan_knows_the_map_of_the_chart_and_of_the_cluster(
    bench: Bench, tmp_path: pathlib.Path
) -> None:
    chart = {"palette_image_swap_chart": str(bench.world.chart()), "palette_image_swap_values": {}}
    without = {"palette_image_swap_values": {"config": {"addDefault": False}}}
    no_chart = {"palette_image_swap_chart": ""}
    no_cluster = {"palette_kubeconfig": ""}
    # What the cluster has; the check's status; from where the map is known.
    cases: dict[str, tuple[dict[str, t.Any], str, str]] = {
        "chart": ({**chart, **no_cluster}, "pass", "helm template of image-swap-"),
        "none": ({**chart, **without, **no_cluster}, "warn", ""),
        "live": (
            {**no_chart, "palette_kubeconfig": str(bench.world.kubeconfig)},
            "pass",
            "the live configmap/imageswap-maps",
        ),
    }
    clusters = {name: variables for name, (variables, _status, _from) in cases.items()}
    option = write_clusters(bench.world, tmp_path / "clusters.yml", clusters)
    given = {
        "palette_registry": {**PAGE, "username": "robot", "password": "planted-Passw0rd-7"},
        "plan_dir": str(tmp_path / "plan"),
    }
    run = run_playbook(bench.world, "plan", option, variables=given)
    assert "planted-Passw0rd-7" not in run.output
    for name, (_variables, status, known_from) in cases.items():
        text = (tmp_path / "plan" / name / "plan.json").read_text(encoding="utf-8")
        assert "planted-Passw0rd-7" not in text
        planned: Object = json.loads(text)
        (check,) = (check for check in planned["checks"] if check["name"] == "webhook map")
        assert check["status"] == status
        assert known_from in check["actual"]
        found = {finding["code"] for check in planned["checks"] for finding in check["findings"]}
        assert not {"no_default", "default_unknown"} & found
        assert ("webhook_no_default" in found) is (status == "warn")
        swapped = [image["swapped"] for image in planned["images"]]
        assert all(image.startswith("harbor.") for image in swapped) is (status == "pass")
