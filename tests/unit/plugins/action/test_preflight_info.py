# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action preflight_info: all checks at once, whatever is missing."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.preflight_info import ActionModule
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.registry_settings import registry_settings

KUBE_SYSTEM = {"metadata": {"name": "kube-system", "uid": "u-1"}}
JET_SYSTEM = {"metadata": {"name": "jet-system", "uid": "u-2"}}


def run(folder: pathlib.Path, programs: list[str] | None = None, **options: t.Any) -> Run:
    """Run the action on a healthy cluster, which may do everything; note `programs` that run."""

    def answer(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        if module.endswith("command"):
            (programs if programs is not None else []).append(arguments["argv"][0])
            return {"stdout": "v3.17.3+g1234567", "rc": 0}
        if module == "k8s":
            allowed = {"result": {"status": {"allowed": True}}}
            return {"result": {"results": [allowed for _review in arguments["definition"]]}}
        return {"resources": [KUBE_SYSTEM, JET_SYSTEM] if arguments["kind"] == "Namespace" else []}

    given = {
        "kubeconfig": write_kubeconfig(folder),
        "settings": registry_settings(),
        "airgap": False,
        "check_registry": "skip",
        **options,
    }
    return run_action(ActionModule, given, answer)


def statuses(done: Run) -> dict[str, str]:
    return {check["name"]: check["status"] for check in done.result["checks"]}


def test_a_cluster_that_is_ready(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path)
    assert done.result["ready"] is True, done.result["msg"]
    assert done.result["cluster"]["uid"] == "u-1"
    found = statuses(done)
    assert found["registry"] == "skip"
    assert {found[name] for name in ("inputs", "secret can be written")} <= {"pass", "warn"}
    assert not {call.module for call in done.calls} & {"kubernetes.core.helm"}
    assert "planted" not in str(done.result)


def test_another_cluster_than_the_one_that_is_meant_is_asked_for_nothing(
    tmp_path: pathlib.Path,
) -> None:
    done = run(tmp_path, expected_cluster_uid="another")
    assert done.result["ready"] is False
    assert statuses(done)["cluster identity"] == "fail"
    assert "secret can be written" not in statuses(done)
    assert {call.arguments.get("kind") for call in done.calls} == {"Namespace"}


def test_identity_alone_needs_no_settings(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, settings={}, identity_only=True)
    assert done.result["ready"] is True
    assert set(statuses(done)) == {"controller Python", "cluster identity"}


def test_without_a_kubeconfig_the_other_checks_are_still_made(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, kubeconfig=str(tmp_path / "gone"))
    found = statuses(done)
    assert (done.result["ready"], done.calls) == (False, [])
    assert found["cluster identity"] == "fail"
    assert found["inputs"] in ("pass", "warn")


def test_all_that_is_wrong_is_told_at_once(tmp_path: pathlib.Path) -> None:
    done = run(
        tmp_path,
        settings=registry_settings(mirrors="docker.io::https://h.io/p"),
        airgap=True,
        chart="/nowhere/a.tgz",
        images_file="/nowhere/i.txt",
    )
    wrong = {name for name, status in statuses(done).items() if status == "fail"}
    assert wrong >= {"inputs", "image-swap chart", "images file"}
    assert all(name in done.result["msg"] for name in ("scheme", "/nowhere/i.txt"))


def test_who_writes_nothing_needs_neither_chart_nor_rights(tmp_path: pathlib.Path) -> None:
    found = statuses(run(tmp_path, airgap=True, write=False))
    assert not {"image-swap chart", "permissions", "secret can be written"} & set(found)


@pytest.mark.parametrize(("binary", "program"), [("", "helm"), ("/opt/helm", "/opt/helm")])
def test_in_an_airgap_helm_is_asked_which_it_is(
    tmp_path: pathlib.Path, binary: str, program: str
) -> None:
    asked: list[str] = []
    done = run(tmp_path, asked, airgap=True, helm_binary=binary)
    assert statuses(done)["helm"] == "pass"
    assert asked == [program]
