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
CHART = "Keep the release of the image-swap chart"
SECRET = "Keep the Secret from which Palette reads the override"
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
# Stand for the key that Planted made, for a file with a pull Secret that is none, and for a
# kubeconfig whose token lets nobody in.
CA_KEY = "<planted key>"
VALUES_FILE = "<planted values>"
STRANGER = "<stranger>"
# Longer than a step of a run takes on a busy machine.
SECONDS_OF_A_LOCK = 8


def registry(password: str = PASSWORD, **more: t.Any) -> dict[str, t.Any]:
    # JSON has no !unsafe; a survey or a credential of AWX sends templates as they are, too.
    given = {"username": "robot", "password": {"__ansible_unsafe": password}}
    return {"palette_registry": {**page_registry(), **given, **more}}


@dataclasses.dataclass(frozen=True)
class Row:
    """One run: how it is called, what makes it fail, which tasks fail, what a person reads.

    `clusters` are names for the one cluster, each with variables of its own: what each of them meets
    needs no run of its own. That goes where no two of them would write.
    """

    playbook: str
    name: str
    variables: t.Mapping[str, t.Any] = dataclasses.field(default_factory=registry)
    options: tuple[str, ...] = ()
    clusters: t.Mapping[str, t.Mapping[str, t.Any]] = dataclasses.field(default_factory=dict)
    fault: Fault | None = None
    fails: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    empty: bool = False


UNREACHABLE = """\
palette_nodes: {hosts: {lost: {ansible_host: 127.0.0.1, ansible_port: 9, palette_cluster: drift}}}
"""

RUNS: list[Row] = [
    Row(
        "override",
        "check",
        options=("--check",),
        empty=True,
        says=("+ USERNAME: robot", "PASSWORD: <redacted", "password: <redacted"),
    ),
    Row(
        "override",
        "argument, inputs, lock, chart",
        # One after the other: the fault is for the first that comes as far as the lock.
        options=("--forks=1",),
        fault=Fault(status=403, path="/leases/"),
        clusters={
            "argument": {"palette_node_path_style": "v2-prefix"},
            "inputs": registry(ca_cert=CA_KEY),
            "lock": {},
            "chart": {"palette_image_swap_values_files": [VALUES_FILE]},
        },
        empty=True,
        fails=("Check everything that must hold before a change", STOP, LOCK, CHART, *[JUDGED] * 4),
        says=(
            "node_path_style is given by palette_node_path_style",
            *("it holds a private key", "-----BEGIN CERTIFICATE-----"),
            "password: it holds a line break",
            "may not do this (403)",
            "illegal base64 data",
        ),
    ),
    Row("override", "first", empty=True, says=("created: DOMAIN", "deployed now")),
    Row(
        "override",
        "changed, and arguments",
        options=("--check",),
        clusters={
            "changed": registry(OTHER_PASSWORD, username="robot2"),
            "image_swap": {"palette_image_swap_wait": "maybe"},
            "registry_secret": {"registry_secret_state": "gone"},
        },
        fails=(CHART, SECRET, JUDGED, JUDGED),
        says=(
            *("- USERNAME: robot", "+ USERNAME: robot2", "- PASSWORD: <red", "+ PASSWORD: <red"),
            "wait is given by palette_image_swap_wait",
            "state is given by registry_secret_state",
        ),
    ),
    Row(
        "override",
        "write, and the way back",
        {**registry(OTHER_PASSWORD), "palette_lock_duration": SECONDS_OF_A_LOCK},
        fault=Fault(status=403, method="PATCH", path=SECRETS, lasting=True),
        fails=(SECRET, BACK, JUDGED),
        says=("may not do this (403)", "it is not put back, or not wholly"),
    ),
    # Waits for the lock of what was interrupted.
    Row("rollback", "of what was interrupted", says=("put back",)),
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
        "what is not in place, and the report in the cluster",
        {
            **registry(),
            "palette_node_path_style": WHILE_IT_IS_READ_BACK.format("v2_prefix", "verbatim"),
            "report_configmap": "true",
        },
        fault=Fault(status=403, method="POST", path="/jet-system/configmaps", count=0),
        fails=("Go back if it does not hold", "Keep the report in the cluster"),
        says=("deployed already", "Secret MIRROR_REGISTRIES"),
    ),
    Row(
        "verify",
        "a webhook, an argument, a stranger, drift and a node out of reach",
        options=("--inventory=unreachable.yml",),
        fault=Fault(status=403, method="GET", path="/mutatingwebhookconfigurations", count=0),
        clusters={
            "webhook": {},
            "argument": {"palette_image_swap_ca_cert_encoding": "der"},
            "stranger": {"palette_kubeconfig": STRANGER},
            # The fault is not for this one.
            "drift": {**registry(OTHER_PASSWORD), "verify_cluster_canary": False},
        },
        fails=(
            STOP,
            VALIDATION,
            "Show a pod to the live webhook, and compare its images with the settings",
            *[JUDGED] * 4,
        ),
        says=(
            "may not do this (403)",
            "does not accept the kubeconfig's credentials (401)",
            *("Secret PASSWORD", "old_credential_in_override", "lost"),
        ),
    ),
    Row(
        "rollback",
        "check, a snapshot that is none, and another cluster",
        options=("--check",),
        clusters={
            "check": {"rollback_snapshot": "latest"},
            "unknown": {"rollback_snapshot": "none"},
            "another": {"preflight_expected_cluster_uid": "other"},
        },
        fails=("Stop before anything is changed if it is another", BACK, JUDGED, JUDGED),
        says=("there is no snapshot 'none'", "preflight_expected_cluster_uid"),
    ),
    Row(
        "forget",
        "not confirmed",
        fails=("Delete what is kept for a rollback, once it is confirmed", JUDGED),
        says=("forget_confirm=sandbox",),
    ),
    Row(
        "break_glass",
        "forbidden, and check",
        # One after the other: the first meets the fault.
        options=("--check", "--forks=1"),
        fault=Fault(status=403, path="/mutatingwebhookconfigurations"),
        clusters={"forbidden": {}, "check": {}},
        fails=("Take the webhook out of the way of pods, or have it asked again", JUDGED),
        says=("may not do this (403)",),
    ),
    Row(
        "plan",
        "from a cluster, of inputs, into a folder, and an argument",
        clusters={
            "live": {"plan_from_cluster": True},
            "inputs": registry(ca_cert=CA_KEY),
            "folder": {"plan_dir": "/proc/nowhere"},
            "argument": {"palette_assume_default": "maybe"},
        },
        fails=("Work out what the override would do, and write it down", *[PLANNED] * 3),
        says=("it holds a private key", "plan_dir_unusable"),
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


def filled(
    variables: t.Mapping[str, t.Any], planted: Planted, stranger: pathlib.Path
) -> dict[str, t.Any]:
    """Return a row's variables with what was planted in them."""
    text = json.dumps(variables)
    for mark, value in (
        (CA_KEY, planted.ca_key),
        (VALUES_FILE, str(planted.values_file)),
        (STRANGER, str(stranger)),
    ):
        text = text.replace(json.dumps(mark), json.dumps(value))
    return dict(json.loads(text))


def write_stranger(planted: Planted, path: pathlib.Path) -> None:
    """Write a kubeconfig with a token that lets nobody in."""
    config = json.loads(planted.kubeconfig.read_text(encoding="utf-8"))
    for user in config["users"]:
        user["user"] = {"token": "of-a-stranger"}
    path.write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.parametrize("row", RUNS, ids=[f"{row.playbook}: {row.name}" for row in RUNS])
def test_no_secret_is_anywhere(
    world: World, planted: Planted, tmp_path: pathlib.Path, row: Row
) -> None:
    if row.empty:
        remove_override(world)
    stranger = tmp_path / "stranger"
    write_stranger(planted, stranger)
    (tmp_path / "unreachable.yml").write_text(UNREACHABLE, encoding="utf-8")
    options = [option.replace("=unreachable", f"={tmp_path}/unreachable") for option in row.options]
    failing = world.api.failing(row.fault) if row.fault else contextlib.nullcontext()
    with failing:
        done = watched_run(
            world,
            planted,
            tmp_path / "run",
            row.playbook,
            *options,
            variables=filled(row.variables, planted, stranger),
            clusters=filled(row.clusters, planted, stranger),
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
