# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret anywhere: every playbook, as it goes well and as each of its tasks fails.

A new playbook is a few rows of RUNS, and a new task a row in which it fails.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import typing as t
import urllib.parse

import pytest
import yaml

from tests.integration.playbooks import helm, remove_override, run_playbook, secret
from tests.integration.process_watch import ProcessWatch
from tests.integration.secrecy import OTHER_PASSWORD, PASSWORD, Planted, watched_run
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.paths import CHECKOUT
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

VALIDATION = "Validating arguments against arg spec 'main'"
STOP = "Stop before anything is changed if something does not hold"
LOCK = "Lock the cluster, or note how the override ended"
BACK = "Put back what a snapshot holds, and prove it"
# The Secret of the override alone, not the snapshots of it.
SECRETS = r"/jet-system/secrets/registry-info(\?|$)"
JUDGED = "Fail where a check failed"
# A value that the role verify_cluster sees alone: what ran before it, and the way back, have another.
WHILE_IT_IS_READ_BACK = (
    "{{{{ '{}' if registry_secret_result is defined and override_failure_result is not defined"
    " else '{}' }}}}"
)
PLANNED = "Fail where the plan has errors"
# Stand for the key that Planted made, and for a file with a pull Secret that is none.
CA_KEY = "<planted key>"
VALUES_FILE = "<planted values>"


def registry(password: str = PASSWORD, **more: t.Any) -> dict[str, t.Any]:
    # JSON has no !unsafe; a survey or a credential of AWX sends templates as they are, too.
    given = {"username": "robot", "password": {"__ansible_unsafe": password}}
    return {"palette_registry": {**page_registry(), **given, **more}}


@dataclasses.dataclass(frozen=True)
class Row:
    """One run: how it is called, what makes it fail, which tasks fail, what a person reads."""

    playbook: str
    name: str
    variables: t.Mapping[str, t.Any] = dataclasses.field(default_factory=registry)
    options: tuple[str, ...] = ()
    fault: Fault | None = None
    fails: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    empty: bool = False


def broken(playbook: str, name: str, task: str, *says: str, **more: t.Any) -> Row:
    """Return a run in which a task fails because of a variable, a fault, or what there is not."""
    fault = more.pop("fault", None)
    empty = more.pop("empty", False)
    judged = (JUDGED,) if playbook != "plan" else (PLANNED,) if task != PLANNED else ()
    variables = {**registry(**more.pop("registry", {})), **more}
    return Row(
        playbook, name, variables, fault=fault, fails=(task, *judged), says=says, empty=empty
    )


UNREACHABLE = """\
palette_nodes: {hosts: {lost: {ansible_host: 127.0.0.1, ansible_port: 9}}}
"""

RUNS: list[Row] = [
    Row(
        "override",
        "check",
        options=("--check",),
        empty=True,
        says=("+ USERNAME: robot", "PASSWORD: <redacted", "password: <redacted"),
    ),
    broken(
        "override",
        "chart",
        "Keep the release of the image-swap chart",
        "illegal base64 data",
        palette_image_swap_values_files=[VALUES_FILE],
        empty=True,
    ),
    broken(
        "override",
        "secret",
        "Keep the Secret from which Palette reads the override",
        "may not do this (403)",
        # The first Secret that is made is the snapshot.
        fault=Fault(status=403, method="POST", path="/namespaces/jet-system/secrets", skip=1),
        empty=True,
    ),
    broken(
        "override",
        "lock",
        LOCK,
        "may not do this (403)",
        fault=Fault(status=403, path="/leases/"),
    ),
    Row("override", "first", empty=True, says=("created: DOMAIN", "deployed now")),
    Row("override", "second", says=("deployed already",)),
    Row(
        "override",
        "changed",
        registry(OTHER_PASSWORD, username="robot2"),
        ("--check",),
        says=("- USERNAME: robot", "+ USERNAME: robot2", "- PASSWORD: <red", "+ PASSWORD: <red"),
    ),
    Row(
        "override",
        "write, and the way back",
        registry(OTHER_PASSWORD),
        fault=Fault(status=403, method="PATCH", path=SECRETS, lasting=True),
        fails=(
            "Keep the Secret from which Palette reads the override",
            BACK,
            JUDGED,
        ),
        says=("may not do this (403)", "it is not put back, or not wholly"),
    ),
    Row("rollback", "of what was interrupted", says=("put back",)),
    broken(
        "override",
        "inputs",
        STOP,
        "it holds a private key",
        "-----BEGIN CERTIFICATE-----",
        "password: it holds a line break",
        registry={"ca_cert": CA_KEY},
    ),
    broken(
        "override",
        "argument of preflight",
        "Check everything that must hold before a change",
        "node_path_style is given by palette_node_path_style",
        palette_node_path_style="v2-prefix",
    ),
    broken(
        "override",
        "argument of image_swap",
        "Keep the release of the image-swap chart",
        "wait is given by palette_image_swap_wait",
        palette_image_swap_wait="maybe",
    ),
    broken(
        "override",
        "argument of registry_secret",
        "Keep the Secret from which Palette reads the override",
        "state is given by registry_secret_state",
        registry_secret_state="gone",
    ),
    Row(
        "override",
        "read back, and the report",
        {
            **registry(),
            "palette_image_swap_is_eks": WHILE_IT_IS_READ_BACK.format("perhaps", ""),
            "palette_report_dir": "/proc/nowhere",
        },
        fails=(
            "Read the override back and compare it with the settings",
            "Report what was proven",
        ),
        says=("is_eks",),
    ),
    Row(
        "override",
        "the report in the cluster",
        {**registry(), "report_configmap": "true"},
        fault=Fault(status=403, method="POST", path="/jet-system/configmaps", count=0),
        fails=("Keep the report in the cluster",),
    ),
    broken(
        "override",
        "what is not in place",
        "Go back if it does not hold",
        "Secret MIRROR_REGISTRIES",
        palette_node_path_style=WHILE_IT_IS_READ_BACK.format("v2_prefix", "verbatim"),
    ),
    broken(
        "verify",
        "webhook",
        "Show a pod to the live webhook, and compare its images with the settings",
        "may not do this (403)",
        fault=Fault(status=403, method="GET", path="/mutatingwebhookconfigurations", count=0),
    ),
    broken("verify", "argument", VALIDATION, palette_image_swap_ca_cert_encoding="der"),
    broken(
        "verify",
        "unauthorized",
        STOP,
        "does not accept the kubeconfig's credentials (401)",
        fault=Fault(status=401, count=0),
    ),
    Row(
        "verify",
        "drift and a node out of reach",
        registry(OTHER_PASSWORD),
        ("--inventory=unreachable.yml",),
        fails=(JUDGED,),
        says=("Secret PASSWORD", "old_credential_in_override", "lost"),
    ),
    Row("rollback", "check", {**registry(), "rollback_snapshot": "latest"}, ("--check",)),
    broken("rollback", "unknown", BACK, "there is no snapshot 'none'", rollback_snapshot="none"),
    broken(
        "rollback",
        "another cluster",
        "Stop before anything is changed if it is another",
        "preflight_expected_cluster_uid",
        preflight_expected_cluster_uid="another",
    ),
    broken(
        "forget",
        "not confirmed",
        "Delete what is kept for a rollback, once it is confirmed",
        "forget_confirm=sandbox",
    ),
    broken(
        "break_glass",
        "forbidden",
        "Take the webhook out of the way of pods, or have it asked again",
        "may not do this (403)",
        fault=Fault(status=403, path="/mutatingwebhookconfigurations"),
    ),
    Row("break_glass", "check", options=("--check",)),
    Row("plan", "from a cluster", {**registry(), "plan_from_cluster": True}),
    broken(
        "plan",
        "inputs",
        PLANNED,
        "it holds a private key",
        registry={"ca_cert": CA_KEY},
    ),
    broken("plan", "folder", PLANNED, "plan_dir_unusable", plan_dir="/proc/nowhere"),
    broken(
        "plan",
        "argument",
        "Work out what the override would do, and write it down",
        palette_assume_default="maybe",
    ),
]


@pytest.fixture(scope="module")
def world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    options = Options(strict=True, with_nodes=False)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as started:
        yield started


@pytest.fixture(scope="module")
def planted(world: World, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return Planted.plant(world, tmp_path_factory.mktemp("planted"))


def filled(variables: t.Mapping[str, t.Any], planted: Planted) -> dict[str, t.Any]:
    """Return a row's variables with what was planted in them."""
    text = json.dumps(variables)
    for mark, value in ((CA_KEY, planted.ca_key), (VALUES_FILE, str(planted.values_file))):
        text = text.replace(json.dumps(mark), json.dumps(value))
    return dict(json.loads(text))


@pytest.mark.parametrize("row", RUNS, ids=[f"{row.playbook}: {row.name}" for row in RUNS])
def test_no_secret_is_anywhere(
    world: World, planted: Planted, tmp_path: pathlib.Path, row: Row
) -> None:
    if row.empty:
        remove_override(world)
    (tmp_path / "unreachable.yml").write_text(UNREACHABLE, encoding="utf-8")
    options = [option.replace("=unreachable", f"={tmp_path}/unreachable") for option in row.options]
    options = [f"--inventory={world.inventory}", *options] if row.options else []
    failing = world.api.failing(row.fault) if row.fault else contextlib.nullcontext()
    with failing:
        done = watched_run(
            world,
            planted,
            tmp_path / "run",
            row.playbook,
            *options,
            variables=filled(row.variables, planted),
            result_format="yaml" if RUNS.index(row) % 2 else "json",
        )
    assert done.leaks == ()
    assert done.rounds > 10
    assert list(done.failed) == list(row.fails), done.run.output
    assert done.run.code == (2 if row.fails else 0), done.run.output
    for words in row.says:
        assert words in done.words, done.run.output


LETTING_OUT = [
    "it is {plain}",
    "{json}",
    "url?password={url}",
    "data: {base64}",
    "Authorization: Basic {basic}",
    "only {line}",
]


@pytest.mark.parametrize("text", LETTING_OUT)
def test_the_search_would_find_it(planted: Planted, text: str) -> None:
    shown = text.format(
        plain=PASSWORD,
        json=json.dumps({"password": PASSWORD}),
        url=urllib.parse.quote(PASSWORD),
        base64=base64.b64encode(PASSWORD.encode()).decode(),
        basic=base64.b64encode(f"robot:{PASSWORD}".encode()).decode(),
        line=planted.ca_key.splitlines()[1],
    )
    assert planted.in_text(shown)


def test_the_watch_would_see_it(planted: Planted) -> None:
    with ProcessWatch() as watch:
        subprocess.run(["sleep", "0.5"], env={**os.environ, "SHOWN": PASSWORD}, check=True)
    assert planted.in_text(watch.text)


def test_it_was_written_to_the_letter(world: World) -> None:
    if secret(world) is None:
        run = run_playbook(world, "override", variables=registry())
        assert run.code == 0, run.output
    found = secret(world)
    assert found is not None
    assert found["PASSWORD"] == PASSWORD
    values = json.loads(helm(world, "get", "values", "image-swap", "--output=json"))
    assert values["config"]["ociImageRegistry"]["password"] == PASSWORD


WAIT = (
    "Wait before a look at those left, {{ verify_nodes_look ~ ' of ' ~ verify_nodes_retries ~"
    " ', nodes: ' ~ ansible_play_hosts | length }}"
)
# Tasks that cannot fail by what a user or a cluster does, and why.
CANNOT_FAIL = {
    "Begin no cluster once too many have failed": "no other cluster comes before this one",
    "Keep the failure for the report": "it takes a result that is there",
    "Check which cluster it is": "its checks fail, and the next task says so",
    "Look for what still holds a former password": "it warns only",
    "Stay in the run, so that the report tells of it": "it asks nothing",
    "Compare the mirrors of containerd with the settings": "a node out of reach is a failed check",
    "Keep this failure for the report as well": "it takes a result that is there",
    "Leave out what needs no further look": "it takes results that are there",
    "Say what was done, and how to undo it": "it takes a result that is there",
    "Choose of each source the smallest image that the registry holds": "what it lacks is a check",
    "Let a pod pull them, and delete it": "a pull that fails is a failed check",
    WAIT: "it waits",
}


def tasks_of(part: t.Any) -> t.Iterator[str]:
    """Yield the names of the tasks in plays, blocks and task files that do something."""
    for item in part if isinstance(part, list) else ():
        inner = [item.get(key) for key in ("tasks", "block", "rescue", "always", "handlers")]
        if any(inner):
            for tasks in inner:
                yield from tasks_of(tasks)
        elif not any(key.rpartition(".")[2] in ROLE_KEYS for key in item):
            yield item["name"]


ROLE_KEYS = ("import_role", "include_role", "import_playbook", "import_tasks", "include_tasks")


def test_each_task_fails_in_some_run() -> None:
    files = [*CHECKOUT.glob("playbooks/*.yml"), *CHECKOUT.glob("roles/*/tasks/*.yml")]
    every = {
        name
        for path in files
        for name in tasks_of(yaml.safe_load(path.read_text(encoding="utf-8")))
    }
    failing = {task for row in RUNS for task in row.fails}
    assert every - failing - set(CANNOT_FAIL) == set()
    assert set(CANNOT_FAIL) <= every
