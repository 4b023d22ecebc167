# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Secret of the override, written with the real Ansible and kubernetes.core."""

from __future__ import annotations

import base64
import dataclasses
import pathlib
import typing as t

import pytest
import yaml

from tests.integration.tasks import (
    SETTINGS,
    Controller,
    PlayRun,
    assert_nothing_let_out,
    of_roles,
    writes,
)
from tests.sandbox.kubernetes.client import RequestFailed
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.kubernetes.server import ApiServer

pytestmark = pytest.mark.sandbox

SECRETS = "/api/v1/namespaces/jet-system/secrets"
NAME = "registry-info"
PATH = f"{SECRETS}/{NAME}"
PASSWORD = SETTINGS["password"]


@pytest.fixture(name="server", scope="module")
def fixture_server(plane: ApiServer) -> ApiServer:
    """Return an API server for all tests of this file."""
    return plane


@pytest.fixture(autouse=True)
def no_secret(server: ApiServer) -> None:
    """Let every test begin without Secrets of these and without faults."""
    server.heal()
    for name in {*UNCHANGEABLE, *TEST_FAULTS}:
        remove(server, name)


@pytest.fixture(name="controller")
def fixture_controller(tmp_path: pathlib.Path) -> Controller:
    """Return a controller that nobody has used."""
    return Controller(tmp_path)


def remove(server: ApiServer, name: str) -> None:
    """Delete a Secret."""
    try:
        server.client.request("DELETE", f"{SECRETS}/{name}")
    except RequestFailed as error:
        assert error.code == 404


def encoded(data: t.Mapping[str, str]) -> dict[str, str]:
    """Return data as a Secret holds it."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}


def decoded(server: ApiServer, name: str = NAME) -> dict[str, str]:
    """Return what a Secret holds."""
    data = server.client.get(f"{SECRETS}/{name}")["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def plant(server: ApiServer, data: t.Mapping[str, str], name: str = NAME, **more: t.Any) -> None:
    """Make a Secret be there already."""
    metadata = {"name": name, "labels": {"team": "a"}, "annotations": {"note": "b"}}
    body = {"type": "Opaque", "metadata": metadata, "data": encoded(data), **more}
    server.client.request("POST", SECRETS, {"apiVersion": "v1", "kind": "Secret", **body})


def secret_task(server: ApiServer, **arguments: t.Any) -> dict[str, t.Any]:
    """Return a task of the action; `check_mode` and `diff` are the task's, not its arguments."""
    keywords: dict[str, t.Any] = {
        key: arguments.pop(key) for key in ("check_mode", "diff") if key in arguments
    }
    given = {"kubeconfig": str(server.kubeconfig), **arguments}
    if given.get("state") != "absent" and not {"data", "settings"} & set(given):
        given["settings"] = "{{ palette_registry }}"
    return {"palette.image_registry.registry_secret": given, **keywords}


def play(controller: Controller, *tasks: dict[str, t.Any], **more: t.Any) -> PlayRun:
    """Run tasks, the settings in a variable as users have them."""
    return controller.play(tasks, variables={"palette_registry": SETTINGS}, **more)


def test_create_then_nothing_to_do(controller: Controller, server: ApiServer) -> None:
    start = len(server.requests())
    task = secret_task(server)
    done = play(controller, {**task, "check_mode": True, "diff": True}, task, task)
    assert done.changed == [True, True, False], done.output
    assert "+  DOMAIN: harbor.example.org" in done.output
    assert "would be created" in done.messages[0]
    assert done.results[2]["changed_keys"] == []
    assert writes(server, start) == [f"POST {SECRETS}"]
    assert decoded(server) == {
        "DOMAIN": "harbor.example.org",
        "BASE_PATH": "airgap-images",
        "USERNAME": "robot$palette",
        "PASSWORD": PASSWORD,
        "INSECURE": "false",
        "CA_CERT": "",
        "MIRROR_REGISTRIES": SETTINGS["mirrors"],
    }
    live = server.client.get(PATH)
    assert live["type"] == "Opaque"
    assert not live["metadata"].get("annotations")


def test_nothing_is_let_out(controller: Controller, server: ApiServer) -> None:
    """The role writes it, from the collection's variables, and the action finds it written."""
    plant(server, {"PASSWORD": "planted-former-password", "DOMAIN": "harbor.example.org"})
    (role,) = of_roles("registry_secret")
    variables = {
        "palette_registry": SETTINGS,
        "palette_kubeconfig": str(server.kubeconfig),
        "palette_secret_replace": "false",
    }
    done = controller.play(
        [role, secret_task(server)], "-vvvv", "--diff", variables=variables, watch=True
    )
    assert done.changed[1] is False, done.output
    assert decoded(server)["PASSWORD"] == PASSWORD
    token = yaml.safe_load(server.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]
    assert_nothing_let_out(controller, done, PASSWORD, "planted-former-password", token["token"])
    shown = [line for line in done.output.splitlines() if line[1:].startswith("  PASSWORD: <red")]
    assert len(set(shown)) == 2
    assert "kubeconfig=" not in done.syslog


def test_the_watch_would_see_it(controller: Controller, server: ApiServer) -> None:
    """The same values in a plain task of kubernetes.core are seen by the means of these tests."""
    definition = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "registry-info", "namespace": "jet-system"},
        "stringData": {"OTHER": PASSWORD},
    }
    task = {
        "kubernetes.core.k8s": {"kubeconfig": str(server.kubeconfig), "definition": definition},
        "environment": {"K8S_AUTH_HOST": server.client.url},
    }
    done = controller.play([task], "-vvv")
    assert "kubeconfig=" in done.syslog
    assert PASSWORD in done.output


PASSWORDS = ["12e4", "n", "1e3", "0o17", "'\"`$(id)", "öß 漢 🔑", "line one\nline two\n", "\t x "]


def test_only_what_differs_is_written_and_that_to_the_letter(
    controller: Controller, server: ApiServer
) -> None:
    """A password with braces comes from a variable that is marked as unsafe."""
    plant(server, {"DOMAIN": "harbor.example.org", "PASSWORD": "old", "EXTRA": "theirs"})
    braces = "{{ lookup('env', 'HOME') }}"
    vault = controller.folder / "vault.yml"
    vault.write_text(f'palette_password: !unsafe "{braces}"\n', encoding="utf-8")
    settings = {**SETTINGS, "password": "{{ palette_password }}"}
    data = {"DOMAIN": "harbor.example.org", "PASSWORD": "n"}
    odd = {f"KEY_{number}": value for number, value in enumerate(PASSWORDS)}
    done = controller.play(
        [
            secret_task(server, data=data),
            secret_task(server, data=data),
            secret_task(server),
            secret_task(server, data=odd),
        ],
        "--extra-vars",
        f"@{vault}",
        variables={"palette_registry": settings},
    )
    assert done.changed == [True, False, True, True], done.output
    assert done.results[0]["changed_keys"] == ["PASSWORD"]
    assert "DOMAIN" not in done.results[2]["changed_keys"]
    written = decoded(server)
    assert written["EXTRA"] == "theirs"
    assert written["PASSWORD"] == braces
    assert {key: written[key] for key in odd} == odd


# Secrets that cannot be changed in place, by name, and why.
UNCHANGEABLE: dict[str, tuple[dict[str, t.Any], str]] = {
    "registry-info": (
        {"type": "example.org/other"},
        "it is of type example.org/other, not Opaque",
    ),
    "registry-kept": ({"immutable": True}, "it is immutable"),
}


def test_refused_then_replaced(controller: Controller, server: ApiServer) -> None:
    for name, (more, _message) in UNCHANGEABLE.items():
        plant(server, {"DOMAIN": "old", "EXTRA": "theirs"}, name, **more)
    start = len(server.requests())
    refused = [secret_task(server, name=name) for name in UNCHANGEABLE]
    replaced = [secret_task(server, name=name, replace=True) for name in UNCHANGEABLE]
    done = play(controller, *refused, *({**task, "check_mode": True} for task in replaced))
    assert done.changed == [None, None, True, True], done.output
    for said, (_more, message) in zip(done.messages, UNCHANGEABLE.values(), strict=False):
        assert message in said
        assert "palette_secret_replace: true" in said
    assert writes(server, start) == []
    assert play(controller, *replaced).changed == [True, True]
    for name in UNCHANGEABLE:
        live = server.client.get(f"{SECRETS}/{name}")
        assert (live["type"], live.get("immutable")) == ("Opaque", None)
        assert live["metadata"]["labels"] == {"team": "a"}
        assert live["metadata"]["annotations"] == {"note": "b"}
        assert decoded(server, name)["EXTRA"] == "theirs"
        assert decoded(server, name)["PASSWORD"] == PASSWORD


def test_absent(controller: Controller, server: ApiServer) -> None:
    plant(server, {"DOMAIN": "old"})
    start = len(server.requests())
    absent = secret_task(server, state="absent")
    done = play(controller, {**absent, "check_mode": True}, absent, absent)
    assert done.changed == [True, True, False]
    assert writes(server, start) == [f"DELETE {PATH}"]


# What happens to each of some Secrets, and what is said of it; who asks too much, or met a
# conflict, asks again.
TEST_FAULTS: dict[str, tuple[Fault, str]] = {
    "contested": (Fault(status=409, method="PATCH", count=0), "somebody else changed"),
    "forbidden": (Fault(status=401, count=0), "does not accept the kubeconfig's"),
    "hurried": (Fault(status=429, method="PATCH"), ""),
    "registry-info": (Fault(status=409, method="PATCH"), ""),
}


def test_failures_are_readable(controller: Controller, server: ApiServer) -> None:
    for name, (fault, _message) in TEST_FAULTS.items():
        plant(server, {"DOMAIN": "old"}, name)
        server.fail(dataclasses.replace(fault, path=f"/secrets/{name}"))
    tasks = [secret_task(server, name=name) for name in TEST_FAULTS]
    done = controller.play(tasks, "-vvv", "--diff", variables={"palette_registry": SETTINGS})
    hits = [fault["hits"] for fault in server.faults()]
    server.heal()
    assert all(hits)
    assert done.changed == [None, None, True, True], done.output
    for said, (name, (_fault, message)) in zip(done.messages, TEST_FAULTS.items(), strict=True):
        assert message in said
        assert ("Fix: " in said) == bool(message)
        assert decoded(server, name)["DOMAIN"] == ("old" if message else "harbor.example.org")
        assert message == "" or decoded(server, name) == {"DOMAIN": "old"}
    assert "Traceback" not in done.output
    assert_nothing_let_out(controller, done, PASSWORD)


def test_clusters_that_give_no_access(
    controller: Controller, server: ApiServer, tmp_path: pathlib.Path
) -> None:
    config = yaml.safe_load(server.kubeconfig.read_text(encoding="utf-8"))
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    dead = tmp_path / "dead.kubeconfig"
    dead.write_text(yaml.safe_dump(config), encoding="utf-8")
    reader = str(server.read_only_kubeconfig)
    expected = {
        "the cluster cannot be reached": secret_task(server, kubeconfig=str(dead)),
        "no cluster is ever guessed": secret_task(server, kubeconfig=""),
        "Set palette_context to one of ": secret_task(server, context="nope"),
        "has no namespace not-there": secret_task(server, namespace="not-there"),
        "has no namespace not-here": secret_task(server, namespace="not-here", check_mode=True),
        "may not do this (403)": secret_task(server, kubeconfig=reader, check_mode=True),
    }
    done = play(controller, *expected.values())
    for message, said in zip(expected, done.messages, strict=True):
        assert message in said


def test_kept_remote_files_are_refused(controller: Controller, server: ApiServer) -> None:
    done = play(controller, secret_task(server), environment={"ANSIBLE_KEEP_REMOTE_FILES": "1"})
    assert "Unset ANSIBLE_KEEP_REMOTE_FILES" in done.messages[0]
    assert controller.files_with(PASSWORD) == []
