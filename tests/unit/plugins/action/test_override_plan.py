# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_plan: with a cluster or without one, into a folder or not."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.override_plan import ActionModule
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.registry_settings import registry_settings


def run(folder: pathlib.Path, *, check_mode: bool = False, **options: t.Any) -> Run:
    def answer(_module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        namespaces = [{"metadata": {"name": "kube-system", "uid": "u-1"}}]
        return {"resources": namespaces if arguments.get("kind") == "Namespace" else []}

    given = {
        "settings": registry_settings(),
        "airgap": False,
        "check_registry": "skip",
        **options,
    }
    return run_action(ActionModule, given, answer, check_mode=check_mode)


def test_a_plan_needs_no_cluster_and_no_folder(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path)
    assert (done.result["ready"], done.result["changed"]) == (True, False)
    assert (done.result["path"], done.result["files"], done.calls) == ("", [], [])
    assert done.result["proposal"]


def test_the_bundle_is_written_and_holds_no_password(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, directory=str(tmp_path / "plan"))
    assert done.result["path"] == str(tmp_path / "plan")
    assert done.result["files"] == sorted(path.name for path in (tmp_path / "plan").iterdir())
    assert {"plan.md", "registry-secret.yaml"} <= set(done.result["files"])
    texts = "".join(path.read_text("utf-8") for path in (tmp_path / "plan").iterdir())
    assert "planted" not in texts + str(done.result)


def test_check_mode_writes_nothing(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, directory=str(tmp_path / "plan"), check_mode=True)
    assert (done.result["path"], list(tmp_path.iterdir())) == ("", [])


def test_a_folder_that_cannot_be_written_is_a_check(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run(tmp_path, directory=str(tmp_path / "file" / "plan"))
    assert not done.result.get("failed")
    assert [one["name"] for one in done.result["checks"] if one["status"] == "fail"] == [
        "plan files"
    ]


def test_settings_with_an_error_are_not_ready(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, settings=registry_settings(mirrors="docker.io::https://h.io/p"))
    assert done.result["ready"] is False
    assert "scheme_in_target" in str(done.result["checks"])


@pytest.mark.parametrize("there", [True, False])
def test_a_cluster_that_is_named_is_asked_and_may_be_missing(
    tmp_path: pathlib.Path, there: bool
) -> None:
    path = write_kubeconfig(tmp_path) if there else str(tmp_path / "gone")
    done = run(tmp_path, kubeconfig=path)
    assert bool(done.calls) is there
    failed = [one["name"] for one in done.result["checks"] if one["status"] == "fail"]
    assert failed == ([] if there else ["cluster"])


def test_to_plan_from_a_cluster_needs_its_override(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, kubeconfig=write_kubeconfig(tmp_path), settings={}, from_cluster=True)
    assert done.result["ready"] is False
    assert "secret_missing" in str(done.result["checks"])


def test_only_settings_of_the_cluster_are_written_down_as_variables(
    tmp_path: pathlib.Path,
) -> None:
    plain = run(tmp_path, directory=str(tmp_path / "plan"))
    assert "palette_registry.yml" not in plain.result["files"]
