# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action pull_images_info: images that are named or that run, looked for in the registry."""

from __future__ import annotations

import hashlib
import json
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.pull_images_info import ActionModule
from ansible_collections.palette.image_registry.plugins.module_utils._images.samples import (
    samples_from,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig
from tests.unit.helpers.registry_settings import registry_settings
from tests.unit.helpers.scripted_registry import ABSENT, API, OCI_MANIFEST, Reply, Request, serving


def registry(request: Request) -> Reply:
    if request.path == "/v2/":
        return API
    if "/library/nginx/" not in request.path:
        return ABSENT
    body = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"digest": f"sha256:{'c' * 64}", "size": 1},
            "layers": [{"size": 9}],
        }
    ).encode()
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    return Reply(200, {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": digest}, body)


def run(folder: pathlib.Path, host: str, running: str = "", **options: t.Any) -> Run:
    def answer(_module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        pods = [{"spec": {"containers": [{"image": running}]}}] if running else []
        return {"resources": pods if arguments["kind"] == "Pod" else []}

    given = {
        "kubeconfig": write_kubeconfig(folder),
        "settings": registry_settings(host, username="", password=""),
        "airgap": False,
        **options,
    }
    return run_action(ActionModule, given, answer)


@pytest.mark.parametrize("running", [False, True])
def test_images_are_named_or_run(tmp_path: pathlib.Path, running: bool) -> None:
    file = tmp_path / "images.txt"
    file.write_text("" if running else "nginx:1\n", encoding="utf-8")
    with serving(registry) as server:
        image = "nginx:1" if running else ""
        done = run(tmp_path, server.host, image, images_file=str(file))
    hub, quay = done.result["sources"]
    assert [one["image"] for one in hub["images"]] == ["docker.io/library/nginx:1"]
    assert (hub["source"], quay["images"]) == ("docker.io", [])
    assert quay["reason"] == "no image of quay.io is known"
    (check,) = done.result["checks"]
    assert (check["status"], check["actual"]) == ("pass", "1 of 2 sources")
    # What was handed out is what the next task takes.
    assert samples_from(done.result["sources"])[0].samples


def test_a_largest_size_counts_in_mib(tmp_path: pathlib.Path) -> None:
    with serving(registry) as server:
        done = run(tmp_path, server.host, "nginx:1", largest_mib=0)
    assert done.result["findings"][0]["code"] == "number_out_of_range"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"settings": {}}, "palette_registry is not usable"),
        ({"images_file": "/nowhere/i.txt"}, "/nowhere/i.txt"),
    ],
)
def test_what_cannot_be_read_is_an_error(
    tmp_path: pathlib.Path, options: dict[str, t.Any], says: str
) -> None:
    done = run(tmp_path, "127.0.0.1:1", **options)
    assert done.result["failed"] and says in done.result["msg"]
