# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action pull_pod: whatever goes wrong is a check, and no failure."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.pull_pod import ActionModule
from ansible_collections.palette.image_registry.plugins.module_utils._images.samples import (
    Sample,
    SourceSamples,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig

DIGEST = f"sha256:{'a' * 64}"
SAMPLE = Sample("docker.io/library/a:1", "h.io/a:1", DIGEST, (), 1)
SOURCES = [SourceSamples("docker.io", (SAMPLE,)).to_dict()]
POD = {
    "metadata": {"name": "x"},
    "spec": {"nodeName": "n1", "containers": [{"image": "h.io/a:1"}]},
    "status": {"containerStatuses": [{"name": "source-1", "imageID": f"x@{DIGEST}"}]},
}


def run(
    folder: pathlib.Path, *, refused: str = "", check_mode: bool = False, **options: t.Any
) -> Run:
    def answer(module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        if module == "k8s":
            if refused:
                return {"failed": True, "msg": refused}
            return {"result": {"metadata": {"name": "image-registry-pull-x"}}, "changed": True}
        return {"resources": [POD] if arguments["kind"] == "Pod" else []}

    given = {"kubeconfig": write_kubeconfig(folder), "sources": SOURCES, **options}
    return run_action(ActionModule, given, answer, check_mode=check_mode)


def test_a_pod_that_pulled(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path)
    (check,) = done.result["checks"]
    assert (check["name"], check["status"]) == ("pod pulls from docker.io", "pass")
    assert done.result["changed"] is False
    assert [call.arguments["state"] for call in done.of("k8s")] == ["present", "absent"]


# options, what the API server refuses, check mode; status of the check and what it says
TEST_NOT_PULLED: list[tuple[dict[str, t.Any], str, bool, str, str]] = [
    ({}, "", True, "skip", "not tried: this is check mode"),
    ({"sources": []}, "", False, "skip", "not tried: no image was chosen"),
    ({"sources": [{"images": []}]}, "", False, "skip", "this is no source"),
    ({}, "jobs.batch is forbidden (403) Forbidden", False, "fail", "not tried to the end"),
]


@pytest.mark.parametrize(("options", "refused", "check_mode", "status", "says"), TEST_NOT_PULLED)
def test_what_was_not_pulled(
    tmp_path: pathlib.Path,
    options: dict[str, t.Any],
    refused: str,
    check_mode: bool,
    status: str,
    says: str,
) -> None:
    done = run(tmp_path, refused=refused, check_mode=check_mode, **options)
    assert "failed" not in done.result
    (check,) = done.result["checks"]
    assert (check["name"], check["status"]) == ("pod pulls images", status)
    assert says in check["actual"]
    assert not [call for call in done.of("k8s") if check_mode]
