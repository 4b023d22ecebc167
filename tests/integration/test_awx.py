# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each job template in ansible-runner, with what its survey, credentials and inventory give.

They are those that awx/configure.yml hands to AWX, and AWX's own code injects the credentials.
"""

from __future__ import annotations

import json
import pathlib
import socket
import typing as t

import pytest

from tests.awx import rules
from tests.awx.job import Job, Launcher
from tests.awx.modules import OPTIONS
from tests.awx.stub import Given, configure
from tests.integration.playbooks import WriteWatch, helm, kubectl, secret
from tests.integration.secrecy import forms
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.pki import Authority
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

PASSWORD = '!pl4nted "awx\'pa55word" {{ nor-template }} %s-äöü&<x>'
USERNAME = "robot$palette"


class Hostile:
    """A server that nobody may ask, where the environment says that the cluster is."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def was_asked(self) -> bool:
        """Return whether somebody has connected; the kernel keeps who did."""
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Stop to listen."""
        self._socket.close()

    def environment(self) -> dict[str, str]:
        """Return what AWX's own Kubernetes credential injects, and what its own pod has."""
        return {
            "K8S_AUTH_HOST": f"https://127.0.0.1:{self.port}",
            "K8S_AUTH_API_KEY": "hostile",
            "K8S_AUTH_VERIFY_SSL": "False",
            "K8S_AUTH_SSL_CA_CERT": "/nowhere/ca.crt",
            "K8S_AUTH_KUBECONFIG": "/nowhere/kubeconfig",
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(self.port),
            "HELM_KUBEAPISERVER": f"https://127.0.0.1:{self.port}",
            "HELM_KUBETOKEN": "hostile",
        }


@pytest.fixture(scope="module")
def world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    options = Options(strict=True, with_nodes=False)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as started:
        yield started


@pytest.fixture(scope="module")
def hostile() -> t.Iterator[Hostile]:
    server = Hostile()
    yield server
    server.close()


@pytest.fixture(scope="module")
def configured(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Given, str]:
    """Configure AWX with a password that is hard to carry."""
    variables = {
        "palette_awx_registry_username": USERNAME,
        "palette_awx_registry_password": {"__ansible_unsafe": PASSWORD},
        "palette_awx_registry_ca_cert": Authority("planted").pem,
        "palette_awx_kubeconfig": world.operator_kubeconfig.read_text(encoding="utf-8"),
        "palette_awx_node_credentials": [],
        "palette_awx_nodes_file": "awx/nodes.cluster_nodes.yml",
        "palette_awx_nodes_kubeconfig": world.operator_kubeconfig.read_text(encoding="utf-8"),
        "palette_awx_notification_url": "https://chat.example.org/hook?token=t0ken",
        "palette_awx_project_credential": "Git",
        "palette_awx_execution_environment_credential": "Harbor",
    }
    return configure(tmp_path_factory.mktemp("configure"), variables)


@pytest.fixture(scope="module")
def launcher(world: World, hostile: Hostile, configured: tuple[Given, str]) -> Launcher:
    ours = world.cluster_variables()
    names = ("palette_image_swap_chart", "palette_helm_binary", "palette_image_swap_values")
    environment = {key: x for key, x in world.environment().items() if key != "ANSIBLE_INVENTORY"}
    environment |= {"HOME": str(world.state_dir), "LC_ALL": "C.UTF-8", **hostile.environment()}
    return Launcher(configured[0], environment, {"production": {key: ours[key] for key in names}})


def assert_let_nothing_out(job: Job, *, has_password: bool = True) -> None:
    """Assert that the password is in no file of the job, but in the one that AWX wrote for it."""
    secrets = [*forms(PASSWORD), "pl4nted", "nor-template"]
    texts = dict(job.texts())
    assert [name for name, text in texts.items() if any(form in text for form in secrets)] == []
    assert not any(form in job.output for form in secrets)
    # Its files are gone with its pod, so nobody is sent to one.
    assert str(job.folder / "project") not in job.output
    assert str(job.folder) not in json.dumps(job.stats)
    kinds = {name.removeprefix("artifacts/job/").split("/")[0] for name in texts}
    assert {"stdout", "job_events", "command", "env", "inventory", "project"} <= kinds
    handed_over = [path.read_text(encoding="utf-8") for path in job.secret_files]
    assert (PASSWORD in handed_over) == has_password


def kept_reports(world: World) -> set[str]:
    """Return the playbooks whose last report the cluster keeps."""
    kept = kubectl(world, "get", "configmaps", "--namespace=jet-system")["items"]
    names = (item["metadata"]["name"] for item in kept)
    prefix = "image-registry-report-"
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


def test_awx_is_given_what_it_takes(configured: tuple[Given, str]) -> None:
    given, output = configured
    assert set(given) == set(OPTIONS)
    for kind in given["credential_type"]:
        assert rules.credential_type_errors(kind) == []
    for template in given["job_template"] + given["workflow_job_template"]:
        assert rules.survey_errors(template["survey_spec"]) == []
    kept = {item["name"]: item["inputs"] for item in given["credential"]}
    assert kept["Palette image registry"]["password"] == PASSWORD
    (inventory,) = given["inventory"]
    assert "lookup" in inventory["variables"]["palette_registry"]["password"]
    assert [given[name][0]["credential"] for name in ("project", "execution_environment")] == [
        "Git",
        "Harbor",
    ]
    (source,) = given["inventory_source"]
    assert source["credential"] == "Palette nodes"
    assert "t0ken" not in output
    verify = next(one for one in given["job_template"] if one["name"] == "Palette verify")
    assert verify["notification_templates_error"] == [given["notification_template"][0]["name"]]
    assert not any(form in output for form in forms(PASSWORD))
    rest = {name: value for name, value in given.items() if name != "credential"}
    assert not any(form in json.dumps(rest) for form in forms(PASSWORD))


def test_without_the_vault_nothing_stored_is_touched(tmp_path: pathlib.Path) -> None:
    given, _output = configure(tmp_path, {})
    assert set(OPTIONS) - set(given) == {"credential", "inventory_source", "notification_template"}
    assert "credential" not in given["project"][0]
    assert "credential" not in given["execution_environment"][0]


@pytest.mark.parametrize("module", ["credential", "credential_type", "notification_template"])
def test_why_awx_refuses_is_shown_and_secrets_are_not(module: str, tmp_path: pathlib.Path) -> None:
    variables = {
        "palette_awx_registry_username": "robot",
        "palette_awx_registry_password": {"__ansible_unsafe": PASSWORD},
        "palette_awx_notification_url": "https://chat.example.org/hook?token=t0ken",
    }
    reason = "Unable to create it: You do not have permission"
    _given, output = configure(tmp_path, variables, {module: reason})
    assert reason in " ".join(output.split())
    assert "t0ken" not in output
    assert not any(form in output for form in forms(PASSWORD))


def test_half_a_login_is_refused(tmp_path: pathlib.Path) -> None:
    variables = {"palette_awx_registry_username": "robot"}
    given, output = configure(tmp_path, variables, {"nothing": "the run fails"})
    assert given == {}
    assert "Set both" in " ".join(output.split())


def test_what_an_item_has_goes_through(tmp_path: pathlib.Path) -> None:
    ours = {"name": "Ours", "inventory": "Palette", "hosts": ["production"], "variables": {"a": 1}}
    project = {"name": "Ours", "scm_update_on_launch": True, "timeout": 60, "credential": "Git"}
    lists = {"controller_groups": [ours], "controller_projects": [project]}
    given, _output = configure(tmp_path, lists)
    assert {key: given["group"][0][key] for key in ours} == ours
    assert {key: given["project"][0][key] for key in project} == project


def test_the_dry_run_and_the_plan_change_nothing(
    launcher: Launcher, world: World, tmp_path: pathlib.Path
) -> None:
    watch = WriteWatch(world)
    dry = launcher.launch(
        tmp_path / "dry",
        "Palette override (dry run)",
        palette_check_images="skip",
    )
    assert dry.code == 0, dry.output
    assert dry.stats["check_mode"] is True
    assert f"+ USERNAME: {USERNAME}" in " ".join(dry.output.split())
    assert watch.writes() == []
    answers = launcher.flipped("Palette plan") | {"palette_assume_default": "false"}
    planned = launcher.launch(tmp_path / "plan", "Palette plan", **answers)
    assert planned.code == 0, planned.output
    assert planned.stats["clusters"] == {"production": "warn"}
    assert "plan.md" not in planned.output
    request, _kept = watch.writes()
    assert request == "POST /api/v1/namespaces/jet-system/configmaps"
    assert kept_reports(world) == {"plan"}
    assert secret(world) is None
    for job in (dry, planned):
        assert_let_nothing_out(job)


def test_override_verify_and_rollback(
    launcher: Launcher, world: World, hostile: Hostile, tmp_path: pathlib.Path
) -> None:
    """The answers "true" and "false" are strings, and mean what they say.

    Each question is answered with both: the dry run and what is launched without an answer have
    the defaults, the others the opposite.
    """
    override = launcher.launch(
        tmp_path / "override", "Palette override", **launcher.flipped("Palette override")
    )
    assert override.code == 0, override.output
    assert override.stats["clusters"] == {"production": "warn"}
    written = secret(world)
    assert written is not None
    assert (written["USERNAME"], written["PASSWORD"]) == (USERNAME, PASSWORD)
    assert "BEGIN CERTIFICATE" in written["CA_CERT"]
    values = json.loads(helm(world, "get", "values", "image-swap", "--output=json"))
    assert values["config"]["ociImageRegistry"]["password"] == PASSWORD

    verify = launcher.launch(tmp_path / "verify", "Palette verify")
    assert verify.code == 0, verify.output
    assert verify.stats["playbook"] == "verify"
    assert kept_reports(world) - {"plan"} == {"override"}
    answers = launcher.flipped("Palette verify") | {"verify_cluster_canary_timeout": 0}
    quick = launcher.launch(tmp_path / "quick", "Palette verify", **answers)
    assert quick.code == 0, quick.output
    assert kept_reports(world) - {"plan"} == {"override", "verify"}
    # Without a canary there are fewer checks.
    whole, fewer = (sum(job.stats["counts"].values()) for job in (verify, quick))
    assert whole > fewer

    bypass = launcher.launch(tmp_path / "bypass", "Palette break glass")
    assert bypass.code == 0, bypass.output
    assert bypass.stats["status"] == "warn"
    undone = launcher.launch(
        tmp_path / "undone", "Palette break glass", **launcher.flipped("Palette break glass")
    )
    assert undone.code == 0, undone.output
    assert undone.stats["status"] == "pass"
    assert secret(world) == written
    assert kept_reports(world) - {"plan"} == {"override", "verify", "break-glass"}
    listed = launcher.launch(tmp_path / "listed", "Palette forget")
    assert listed.code != 0
    assert "forget_confirm=production" in listed.output
    rollback = launcher.launch(
        tmp_path / "rollback", "Palette rollback", **launcher.flipped("Palette rollback")
    )
    assert rollback.code == 0, rollback.output
    assert kept_reports(world) - {"plan"} == {"override", "verify", "break-glass", "rollback"}
    assert secret(world) is None
    forgotten = launcher.launch(
        tmp_path / "forgotten", "Palette forget", forget_confirm="production"
    )
    assert forgotten.code == 0, forgotten.output
    for job in (override, verify, quick):
        assert_let_nothing_out(job)
    for job in (bypass, undone, listed, rollback, forgotten):
        assert_let_nothing_out(job, has_password=False)
    assert not hostile.was_asked()
    socket.create_connection(("127.0.0.1", hostile.port)).close()
    assert hostile.was_asked(), "it would not have been seen"
