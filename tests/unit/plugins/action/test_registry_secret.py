# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action registry_secret, its modules answered by a test."""

from __future__ import annotations

import base64
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.registry_secret import ActionModule
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig

PASSWORD = 'planted-{{ x }}-"q"'
SETTINGS = {
    "endpoint": "harbor.example.org",
    "name": "Internal Registry",
    "base_content_path": "airgap-images",
    "username": "robot",
    "password": PASSWORD,
    "insecure_skip_verify": "false",
    "mirrors": "docker.io::harbor.example.org/airgap-images/docker.io",
}


def encoded(text: str) -> str:
    """Return text as a Secret holds it."""
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(name="kubeconfig")
def fixture_kubeconfig(tmp_path: pathlib.Path) -> str:
    """Return the path of a kubeconfig."""
    return write_kubeconfig(tmp_path)


def cluster(secret: dict[str, t.Any] | None = None) -> t.Callable[..., dict[str, t.Any]]:
    """Return a cluster that holds a Secret and takes whatever is written."""

    def answer(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        if module == "k8s_info":
            return {"resources": [secret] if secret else []}
        return {"changed": True, "result": arguments.get("resource_definition", {})}

    return answer


def run(kubeconfig: str, secret: dict[str, t.Any] | None = None, **arguments: t.Any) -> Run:
    """Run the action with a diff."""
    given = {"kubeconfig": kubeconfig, **arguments}
    return run_action(ActionModule, given, cluster(secret), diff=True)


def test_the_settings_become_the_seven_keys(kubeconfig: str) -> None:
    done = run(kubeconfig, settings=SETTINGS)
    (write,) = done.of("k8s")
    definition = write.arguments["resource_definition"]
    assert definition["metadata"] == {"name": "registry-info", "namespace": "jet-system"}
    assert definition["type"] == "Opaque"
    assert definition["data"]["PASSWORD"] == encoded(PASSWORD)
    assert definition["data"]["INSECURE"] == encoded("false")
    assert len(definition["data"]) == 7
    assert done.result["changed"] is True
    assert done.result["changed_keys"] == list(definition["data"])


def test_the_result_and_the_diff_hold_no_secret(kubeconfig: str) -> None:
    live = {
        "type": "Opaque",
        "metadata": {"name": "registry-info", "namespace": "jet-system"},
        "data": {"PASSWORD": encoded("former-password"), "DOMAIN": encoded("old.example.org")},
    }
    result = run(kubeconfig, live, settings=SETTINGS).result
    text = str(result)
    for planted in (PASSWORD, encoded(PASSWORD), "former-password", encoded("former-password")):
        assert planted not in text
    before, after = result["diff"]["before"], result["diff"]["after"]
    assert "DOMAIN: old.example.org" in before
    assert "DOMAIN: harbor.example.org" in after
    fingerprints = [
        line for line in (before + after).splitlines() if line.startswith("  PASSWORD: <redacted ")
    ]
    assert len(set(fingerprints)) == 2
    assert result["checks"][0]["status"] == "pass"


def test_data_is_written_as_it_is(kubeconfig: str) -> None:
    done = run(kubeconfig, data={"PASSWORD": "n", "DOMAIN": "h"}, name="other", namespace="x")
    definition = done.of("k8s")[0].arguments["resource_definition"]
    assert definition["metadata"] == {"name": "other", "namespace": "x"}
    assert definition["data"] == {"PASSWORD": encoded("n"), "DOMAIN": encoded("h")}


def test_absent_needs_no_settings(kubeconfig: str) -> None:
    done = run(kubeconfig, state="absent")
    assert done.result["changed"] is False
    assert done.of("k8s") == []


TEST_REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({}, "there is nothing to write"),
    ({"data": {}}, "there is nothing to write"),
    ({"data": {"INSECURE": False, "DOMAIN": 1}}, "data DOMAIN, INSECURE: a value of a Secret is"),
    ({"settings": {**SETTINGS, "endpoint": ""}}, "palette_registry.endpoint"),
    ({"settings": {**SETTINGS, "mirrors": "docker.io"}}, "docker.io"),
]


@pytest.mark.parametrize(("arguments", "message"), TEST_REFUSED)
def test_bad_input_is_refused_before_anything_is_written(
    kubeconfig: str, arguments: dict[str, t.Any], message: str
) -> None:
    done = run(kubeconfig, **arguments)
    assert done.result["failed"] is True
    assert message in done.result["msg"]
    assert done.calls == []
    assert PASSWORD not in str(done.result)


def test_an_empty_kubeconfig_is_refused() -> None:
    done = run("", settings=SETTINGS)
    assert done.result["findings"][0]["code"] == "kubeconfig_missing"
    assert done.calls == []
