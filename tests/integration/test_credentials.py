# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password is rotated: every place that still holds the old one is named, until it is gone."""

from __future__ import annotations

import base64
import json
import pathlib
import re
import typing as t

import pytest

from tests.integration.playbooks import (
    WEBHOOK_CHECKS,
    helm,
    kubectl,
    run_playbook,
    secret,
    write_clusters,
)
from tests.integration.tasks import Controller, PlayRun, assert_nothing_let_out, of_roles
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

OLD, NEW = "f0rmer-Pa55'w{{ord", "curr3nt-Pa55word"
SNAPSHOT = "palette.image-registry/snapshot"
FORGET = "palette.image_registry.snapshots_forget"
PLACES = "palette.image_registry.credential_places_info"


def registry(password: str) -> dict[str, t.Any]:
    return {**page_registry(), "username": "robot", "password": {"__ansible_unsafe": password}}


def planted() -> list[dict[str, t.Any]]:
    """Return a pull Secret and a snapshot that hold the old password."""
    auth = base64.b64encode(f"robot:{OLD}".encode()).decode()
    login = json.dumps({"auths": {"https://harbor.example.org": {"auth": auth}}})
    common: dict[str, t.Any] = {"apiVersion": "v1", "kind": "Secret"}
    return [
        {
            **common,
            "metadata": {"name": "spectro-image-pull-secret", "namespace": "hubble-system"},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": login},
        },
        {
            **common,
            "metadata": {
                "name": "planted-snapshot",
                "namespace": "jet-system",
                "labels": {SNAPSHOT: "planted", "palette.image-registry/state": "completed"},
            },
            "type": SNAPSHOT,
            "stringData": {"snapshot.json": "{}", "secret.PASSWORD": OLD},
        },
    ]


def write(world: World, folder: pathlib.Path, password: str) -> PlayRun:
    """Write what an override writes, and look last for what holds a former password."""
    variables = {**world.cluster_variables(), "palette_registry": registry(password)}
    kubeconfig = str(world.operator_kubeconfig)
    tasks: list[dict[str, t.Any]] = [
        *of_roles("image_swap", "registry_secret"),
        {PLACES: {"settings": "{{ palette_registry }}", "kubeconfig": kubeconfig}},
    ]
    done = Controller(folder).play(tasks, variables=variables)
    assert re.search(r"changed=2 .* failed=0 .* ignored=0", done.output), done.output
    written = secret(world)
    assert written is not None
    assert written["PASSWORD"] == password
    return done


@pytest.fixture(scope="module")
def world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    """One world whose override was written with the old password alone, which nothing else held."""
    options = Options(strict=True, with_nodes=False)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as started:
        first = write(started, tmp_path_factory.mktemp("first"), OLD).results[-1]
        assert (first["complete"], first["places"]) == (True, [])
        for manifest in planted():
            namespace = manifest["metadata"]["namespace"]
            started.api.client.request("POST", f"/api/v1/namespaces/{namespace}/secrets", manifest)
        yield started


def credential_checks(folder: pathlib.Path, cluster: str = "sandbox") -> dict[str, t.Any]:
    """Return the checks of a cluster in the one report in a folder by name."""
    (path,) = folder.glob("*.json")
    hosts = {host["host"]: host for host in json.loads(path.read_text(encoding="utf-8"))["hosts"]}
    return {check["name"]: check for check in hosts[cluster]["checks"]}


def codes(check: dict[str, t.Any]) -> set[str]:
    return {finding["code"] for finding in check["findings"]}


def play(world: World, folder: pathlib.Path, *tasks: dict[str, t.Any], **more: t.Any) -> PlayRun:
    """Run tasks with a kubeconfig, as a user without the roles would; nothing may get out."""
    kubeconfig = str(more.pop("kubeconfig", world.operator_kubeconfig))
    controller = Controller(folder)
    for task in tasks:
        for module in (FORGET, PLACES):
            if module in task:
                task[module]["kubeconfig"] = kubeconfig
    done = controller.play(tasks, variables={"registry": registry(NEW)}, watch=True, **more)
    assert_nothing_let_out(controller, done, OLD, NEW)
    return done


def test_an_override_with_a_new_password_names_what_holds_the_old_one(
    world: World, tmp_path: pathlib.Path
) -> None:
    variables = {"palette_registry": registry(NEW), "palette_report_dir": str(tmp_path)}
    run = run_playbook(world, "override", variables=variables)
    assert run.code == 0, run.output
    checks = credential_checks(tmp_path)
    # The webhook is shown a pod by the override itself, not by verify alone.
    assert {checks[name]["status"] for name in WEBHOOK_CHECKS} == {"pass"}
    assert " as wanted, in jet-system" in checks["webhook canary"]["actual"]
    check = checks["old credential"]
    assert check["status"] == "warn"
    assert codes(check) == {"old_credential_in_history", "old_credential_in_pull_secret"}
    history = check["findings"][-1]
    assert "secret/sh.helm.release.v1.image-swap.v1 in default" in history["message"]
    assert "secret/planted-snapshot in jet-system" in history["message"]
    assert "palette.image_registry.forget -e forget_confirm=sandbox" in history["fix"]
    assert not any(form in run.output for form in (OLD, NEW))


def test_verify_looks_as_well_unless_switched_off_and_a_failing_search_fails_nothing(
    world: World, tmp_path: pathlib.Path
) -> None:
    reports = tmp_path / "report"
    variables = {"palette_registry": registry(NEW), "palette_report_dir": str(reports)}
    clusters: dict[str, dict[str, t.Any]] = {
        "on": {},
        "off": {"verify_cluster_credentials": "false"},
    }
    both = write_clusters(world, tmp_path / "clusters.yml", clusters)
    fault = Fault(status=500, method="GET", path=r"/api/v1/secrets\?", count=0)
    with world.api.failing(fault):
        run = run_playbook(world, "verify", both, variables=variables)
    assert run.code == 0, run.output
    check = credential_checks(reports, "on")["old credential"]
    assert (check["status"], codes(check)) == ("skip", {"server_error"})
    assert "old credential" not in credential_checks(reports, "off")


def limited_kubeconfig(world: World, folder: pathlib.Path) -> pathlib.Path:
    """Return the kubeconfig of a user who may list Secrets in jet-system alone."""
    group, namespace = "rbac.authorization.k8s.io", "jet-system"
    role = {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]}
    binding = {
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "limited"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": "limited"}],
    }
    for kind, content in (("Role", role), ("RoleBinding", binding)):
        body = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "limited"}}
        url = f"/apis/{group}/v1/namespaces/{namespace}/{kind.lower()}s/limited"
        world.api.client.apply(url, {**body, **content})
    config = json.loads(world.kubeconfig.read_text(encoding="utf-8"))
    config["users"][0]["user"] = {"token": world.api.issue_token("limited")}
    path = folder / "limited"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def test_a_user_with_few_rights_sees_what_he_may_and_is_told(
    world: World, tmp_path: pathlib.Path
) -> None:
    kubeconfig = limited_kubeconfig(world, tmp_path)
    tasks = [
        {PLACES: {"settings": "{{ registry }}"}},
        {FORGET: {"subject": "sandbox", "confirm": "sandbox"}},
    ]
    done = play(world, tmp_path / "controller", *tasks, kubeconfig=kubeconfig)
    found, forgotten = done.results
    assert found["complete"] is False
    assert "planted-snapshot" in {place["name"] for place in found["places"]}
    assert "(seen: jet-system)" in found["checks"][0]["actual"]
    assert forgotten["failed"] is True
    assert "may not list the Secrets of default" in forgotten["msg"]


def history(world: World) -> list[str]:
    return [item["status"] for item in json.loads(helm(world, "history", "image-swap", "-ojson"))]


def test_forgetting_needs_the_clusters_name_and_leaves_what_runs(
    world: World, tmp_path: pathlib.Path
) -> None:
    listed = {FORGET: {"subject": "sandbox"}}
    other = {FORGET: {"subject": "sandbox", "confirm": "production"}}
    confirmed = {"subject": "sandbox", "confirm": "sandbox"}
    dry = {FORGET: confirmed, "check_mode": True, "diff": True}
    done = play(world, tmp_path / "1", listed, other, dry)
    assert done.changed == [None, None, True]
    assert all("forget_confirm=sandbox" in message for message in done.messages[:2])
    assert history(world) == ["superseded", "deployed"]
    assert "planted-snapshot" in done.results[2]["diff"]["before"]

    done = play(world, tmp_path / "2", {FORGET: confirmed}, {FORGET: confirmed})
    assert done.changed == [True, False]
    assert [place["kind"] for place in done.results[0]["places"]] == ["pull_secret"]
    assert "no longer possible" in json.dumps(done.results[0]["checks"])
    assert history(world) == ["deployed"]
    labels = f"--selector={SNAPSHOT}"
    assert kubectl(world, "get", "secrets", "--all-namespaces", labels)["items"] == []
    found = secret(world)
    assert found is not None
    assert found["PASSWORD"] == NEW


def test_afterwards_the_override_goes_on(world: World, tmp_path: pathlib.Path) -> None:
    """Helm upgrades from the one revision that is left; the pull Secret is another's password."""
    done = write(world, tmp_path, "n3west-Pa55word")
    assert history(world)[-2:] == ["superseded", "deployed"]
    checks = {check["name"]: check for check in done.results[-1]["checks"]}
    assert codes(checks["old credential"]) == {"old_credential_in_history"}
    assert codes(checks["pull secrets"]) == {"pull_secret_other_password"}
