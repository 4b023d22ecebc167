# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that reads a node, under the shell and the tools of busybox."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from tests.sandbox.paths import debian_program
from tests.unit.helpers.planted_node import CERTS_D, CONFIG, LocalShell, PlantedNode

pytestmark = pytest.mark.sandbox


@pytest.fixture
def busybox(tmp_path: pathlib.Path) -> LocalShell:
    """Return the shell of busybox, with nothing but its own tools on the PATH."""
    program = debian_program("usr/bin/busybox")
    names = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    folder = tmp_path / "applets"
    folder.mkdir()
    for name in names.stdout.split():
        (folder / name).symlink_to(program)
    return LocalShell([str(folder / "sh")], path=str(folder))


TEST_CONTENTS = [
    b"version = 2\r\n",
    b"no line end",
    b"nul \0 and \xc3\xa4\n",
    "".join(map(chr, range(0xA0, 0x2000, 5))).encode() + b"\n\n",
    b"\\ \\n %s $(x) `y` ~~\t\n" * 400,
    b'[x.auth]\npassword = "a\\"b"\n[host."h".header]\nA = ["x=="]\n',
]


@pytest.mark.parametrize("content", TEST_CONTENTS)
def test_busybox_reads_as_dash_does(
    tmp_path: pathlib.Path, busybox: LocalShell, content: bytes
) -> None:
    node = PlantedNode(tmp_path / "node")
    node.write(CONFIG, b'imports = ["conf.d/*.toml"]\n' + content)
    node.write("/etc/containerd/conf.d/1.toml", content)
    node.write(f"{CERTS_D}/docker.io/hosts.toml", content)
    node.program("/usr/bin/containerd")
    node.process(5, "containerd", "/usr/bin/containerd", exe="/usr/bin/containerd")
    assert node.read(busybox) == node.read(LocalShell(["dash"]))
