# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image-swap release refused, failed, waited for or killed: what is told, what comes next."""

from __future__ import annotations

import hashlib
import os
import pathlib
import signal
import subprocess
import time

import pytest

from tests.integration.releases import ReleaseLab as Lab
from tests.integration.releases import set_status
from tests.integration.tasks import HELMS, SETTINGS, assert_nothing_let_out, writes
from tests.sandbox.chart.pack import pack
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.kubernetes.server import ApiServer

pytestmark = pytest.mark.sandbox

PASSWORD = SETTINGS["password"]


@pytest.fixture(name="server", scope="module")
def fixture_server(plane: ApiServer) -> ApiServer:
    """Return an API server for all tests of this file."""
    return plane


@pytest.fixture(name="one_lab")
def fixture_one_lab(server: ApiServer, tmp_path: pathlib.Path) -> Lab:
    """Return a laboratory for what does not depend on the Helm."""
    return Lab(server, tmp_path, HELMS["helm-v4"])


@pytest.fixture(name="lab")
def fixture_lab(server: ApiServer, tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Lab:
    """Return a laboratory whose Helm has installed the release, Helm 4 where no test asks for both."""
    return Lab.installed(server, tmp_path, HELMS[getattr(request, "param", "helm-v4")])


def test_what_is_refused_writes_nothing(one_lab: Lab) -> None:
    """Bad charts, a wrong checksum, and an old Helm; the right checksum is none of them."""
    folder = one_lab.folder / "several"
    for version in ("1.5.3", "1.5.4"):
        pack("nested", folder, version)
    other = one_lab.folder / "other"
    other.mkdir()
    (other / "Chart.yaml").write_text("name: other\nversion: 1.0.0\n", encoding="utf-8")
    actual = hashlib.sha256(one_lab.chart.read_bytes()).hexdigest()
    old = one_lab.folder / "old-helm"
    old.write_text("#!/bin/sh\necho v3.13.3+gc8b9489\n", encoding="utf-8")
    old.chmod(0o755)
    refused: dict[str, dict[str, str]] = {
        "matches 2 charts, one is needed: image-swap-1.5.3.tgz, image-swap-1.5.4.tgz": {
            "chart": str(folder / "image-swap-*.tgz")
        },
        "there is no chart": {"chart": str(folder / "image-swop-*.tgz")},
        "this is no image-swap chart": {"chart": str(other)},
        f"{actual}, expected {'0' * 64}": {"chart_sha256": "0" * 64},
        "it is v3.13.3": {"helm_binary": str(old)},
    }
    start = len(one_lab.server.requests())
    tasks = [one_lab.task(**given) for given in refused.values()]
    done = one_lab.play(*tasks, one_lab.task(chart_sha256=actual, check_mode=True), options=("-v",))
    assert done.changed == [None] * len(refused) + [True], done.output
    for message, said in zip(refused, done.messages[:-1], strict=True):
        assert message in said
    assert writes(one_lab.server, start) == []


def test_a_pending_release_is_explained_then_recovered(lab: Lab) -> None:
    """With either Helm the way back itself is that of test_release_restorer.py."""
    bundle = ("--reuse-values", "--set", "sandbox.caBundle=b2xk")
    lab.helm("upgrade", "image-swap", str(lab.chart), *bundle)
    set_status(lab, 2, "pending-upgrade")
    start = len(lab.server.requests())
    wanted = {"values": {"a": 1}, "recover_pending": True}
    done = lab.play(lab.task(values={"a": 1}), lab.task(**wanted))
    refused, waits = done.messages
    assert "revision 2 is pending-upgrade since " in refused
    assert "with palette_image_swap_recover_pending: true" in refused
    assert "palette_image_swap_recover_pending waits for it as well" in waits
    assert writes(lab.server, start) == []

    # A Helm command may take five minutes; that of this revision is long gone.
    set_status(lab, 2, "pending-upgrade", deployed_at="2026-01-01T00:00:00Z")
    done = lab.play(
        lab.task(values={"a": 1}),
        {**lab.task(**wanted), "check_mode": True},
        lab.task(**wanted),
        lab.task(**wanted),
    )
    assert "which will go back to revision 1" in done.messages[0]
    assert done.changed == [None, True, True, False], done.output
    assert lab.values()["a"] == 1
    assert "sandbox" not in lab.values()
    assert lab.revisions() == [1, 2, 3, 4]
    (finding, *_others) = done.results[2]["checks"][0]["findings"]
    assert "it was taken back to revision 1" in finding["message"]


def test_a_pending_installation_is_removed_then_made_again(lab: Lab) -> None:
    set_status(lab, 1, "pending-install", deployed_at="2026-01-01T00:00:00Z")
    done = lab.play(lab.task(), lab.task(recover_pending=True))
    assert "uninstall it, because no revision was ever deployed" in done.messages[0]
    assert done.changed == [None, True], done.output
    assert lab.revisions() == [1]


@pytest.mark.parametrize("lab", list(HELMS), indirect=True)
def test_a_failure_is_readable_and_the_next_run_goes_on(lab: Lab) -> None:
    # Helm 3 patches this object, Helm 4 applies it.
    with lab.server.failing(Fault(status=403, method="PATCH|PUT", path="/configmaps/")):
        other = lab.task(settings={**SETTINGS, "name": "Other"})
        done = lab.play(other, lab.task(), options=("-vvv",))
    assert done.changed == [None, True], done.output
    assert "upgrading release image-swap in default failed" in done.messages[0]
    assert "may not do this (403)" in done.messages[0], done.messages[0]
    assert_nothing_let_out(lab.controller, done, PASSWORD)
    assert done.results[1]["status"]["status"] == "deployed"


def test_waiting_ends_in_time_and_names_the_pods(one_lab: Lab) -> None:
    one_lab.server.set_ready("imageswap-system", "imageswap", False)
    waiting = one_lab.task(wait=True, timeout=4)
    done = one_lab.play(waiting, waiting)
    # The second run has nothing to change, and waits as well.
    for result, message in zip(done.results, done.messages, strict=True):
        (finding,) = result["findings"]
        assert finding["subject"] == "deployment/imageswap in imageswap-system", message
        assert "0 of 1 pods are ready after 4 s; pod imageswap-" in finding["message"]
        assert 'waits: ImagePullBackOff: Back-off pulling image "harbor.example.org/' in message
        assert "make sure that the registry holds this image" in finding["fix"]
    assert one_lab.revisions() == [1]
    one_lab.server.set_ready("imageswap-system", "imageswap", True)
    done = one_lab.play(one_lab.task(wait=True, timeout=60))
    assert done.changed == [False], done.output
    assert done.results[0]["checks"][1]["actual"] == "4 workloads ready"
    assert " --wait" not in (one_lab.controller.folder / "helm.log").read_text(encoding="utf-8")


def test_the_next_run_removes_what_a_killed_one_left(one_lab: Lab) -> None:
    controller = one_lab.controller
    hold, held = controller.folder / "hold", controller.folder / "held"
    hold.touch()
    command = controller.command([one_lab.task()], {"palette_registry": SETTINGS})
    with subprocess.Popen(
        command,
        env=controller.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not held.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        helm = int(held.read_text(encoding="utf-8"))
        workers = children(process.pid)
        for pid in (*workers, process.pid):
            os.kill(pid, signal.SIGKILL)
    os.kill(helm, signal.SIGKILL)
    hold.unlink()
    left = controller.files_with(PASSWORD)
    assert [pathlib.Path(path).name for path in left] == ["values.json"]
    assert one_lab.play(one_lab.task()).changed == [True]
    assert controller.files_with(PASSWORD) == []


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, the eldest first."""
    listed = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in listed.split()]
