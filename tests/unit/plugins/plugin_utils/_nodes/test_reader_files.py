# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import os
import pathlib
import tempfile
import time
import tomllib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import (
    Answer,
    Limits,
)
from tests.unit.helpers.planted_node import (
    CERTS_D,
    CONFIG,
    HOSTS,
    MIRRORS,
    LocalShell,
    PlantedNode,
    codes,
)

# Of this process alone: the same tests may run beside it.
LONG = 654_000_000 + os.getpid()
HANGING = f"sleep {LONG + 333_000_000}"


@pytest.fixture
def node() -> t.Iterator[PlantedNode]:
    """Yield a node that others may enter: each pytest that starts closes what tmp_path is in."""
    with tempfile.TemporaryDirectory() as name:
        pathlib.Path(name).chmod(0o711)
        yield PlantedNode(pathlib.Path(name) / "node")


BYTES: list[bytes] = [
    b"version = 2\r\n# CRLF\r\n",
    b"no line end",
    b"\n\n\n",
    b"a = 1\n@@ not ours\nbegin base64\n",
    "# Grüße \N{SNOWMAN}\n".encode(),
    b"x\0y\n",
    b"",
    "".join(map(chr, range(0xA0, 0x2000, 5))).encode() + b"\n\n",
    b"# more than a shell reads by itself\n" * 300,
    b"\\ \\n %s $(x) `y` ~~\t\n",
]


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("content", BYTES)
def test_bytes_come_back(node: PlantedNode, content: bytes, shell: str) -> None:
    node.write(CONFIG, content)
    assert node.read(LocalShell([shell])).files[CONFIG].encode() == content


def test_od_where_base64_is_missing(node: PlantedNode, tmp_path: pathlib.Path) -> None:
    node.write(CONFIG, b"x\0y\xc3\xa4\n" * 50)

    def shell(script: bytes) -> Answer:
        answer = LocalShell()(script.replace(b"have base64", b"have no-such-base64"))
        assert "begin od" in answer.stdout
        return answer

    reading = node.read(shell)  # type: ignore[arg-type]  # any Shell will do
    assert reading.files[CONFIG] == "x\0yä\n" * 50


SECRETS = (
    's3cr\\"et, more',
    "dTpwYXNz",
    "Basic abc==",
    "tok=en",
    "inline-1",
    "dotted-1",
    "from-url",
)
SECRET_FILES = {
    CONFIG: (
        'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.configs."h:5000".auth]\n'
        '  username = "robot"\n'
        f'  password = "{SECRETS[0]}"\n'
        f"  auth = '{SECRETS[1]}'\n"
        '[plugins."io.containerd.grpc.v1.cri".registry.configs."i"]\n'
        f'  auth = {{username = "r", "password" = "{SECRETS[4]}",identitytoken = "{SECRETS[3]}"}}\n'
        '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n'
        f'  endpoint = ["https://robot:{SECRETS[6]}@harbor.example.org/v2/a"]\n'
    ),
    f"{CERTS_D}/docker.io/hosts.toml": (
        'server = "https://header.example.org"\n'
        '[host."https://a"]\n  capabilities = ["pull"]\n'
        '[host."https://a".header]\n'
        f"  Authorization = [\"{SECRETS[2]}\", '{SECRETS[3]}']\n"
        '[host."https://b".header]\n'
        f'  "X-Token" = [\n    "{SECRETS[3]}",\n    "{SECRETS[2]}"\n  ]\n'
        f'[host."https://c"]\n  header = {{ X = ["{SECRETS[4]}"] }}\n'
        f'  header.X-Two = "{SECRETS[5]}"\n  ca = "/etc/ca.crt"\n'
    ),
    f"{CERTS_D}/gcr.io/hosts.toml": f'[host."https://z".header]\n  A = "{SECRETS[5]}"\n',
    f"{CERTS_D}/quay.io/hosts.toml": 'server = "https://quay.io"\n',
}


def test_credentials_stay_on_the_node(node: PlantedNode) -> None:
    for path, content in SECRET_FILES.items():
        node.write(path, content)
    node.program("/usr/bin/containerd")
    node.process(1, "containerd", "/usr/bin/containerd")
    reading = node.read()
    told = repr(dataclasses.asdict(reading))
    for secret in SECRETS:
        assert secret not in told
        assert secret.replace("\\", "") not in told
    assert '  password = "REDACTED"\n  auth = "REDACTED"\n' in reading.files[CONFIG]
    assert '"https://REDACTED@harbor.example.org/v2/a"' in reading.files[CONFIG]
    hosts = reading.files[f"{CERTS_D}/docker.io/hosts.toml"]
    assert hosts.count("\n") == SECRET_FILES[f"{CERTS_D}/docker.io/hosts.toml"].count("\n")
    for kept in ('server = "https://header.example.org"', 'capabilities = ["pull"]', '"https://c"'):
        assert kept in hosts
    assert reading.files[f"{CERTS_D}/quay.io/hosts.toml"] == 'server = "https://quay.io"\n'


def test_redacted_files_are_still_toml(node: PlantedNode) -> None:
    for path, content in SECRET_FILES.items():
        node.write(path, content.replace("  header = { X", "  header2 = { X"))
    for path, text in node.read().files.items():
        if path.endswith(".toml") and "header2" not in text:
            tomllib.loads(text)


@pytest.fixture
def nobody() -> LocalShell:
    """Return a user's shell to whom a file without any rights is closed; root reads it all the same."""
    return LocalShell(user=0 if os.geteuid() else 65534)


def test_permission_denied(node: PlantedNode, nobody: LocalShell) -> None:
    node.write(CONFIG, 'version = 2\nimports = ["conf.d/*.toml", "/etc/secret/x.toml"]\n')
    node.write("/etc/containerd/conf.d/10.toml", "x = 1\n", mode=0)
    node.write("/etc/secret/x.toml", "x = 1\n")
    (node.root / "etc/secret").chmod(0)
    node.write(f"{CERTS_D}/docker.io/hosts.toml", HOSTS)
    (node.root / CERTS_D[1:]).chmod(0)
    reading = node.read(nobody)
    assert reading.unreadable == {
        "/etc/containerd/conf.d/10.toml": "permission denied",
        "/etc/secret/x.toml": "permission denied",
        CERTS_D: "permission denied",
    }
    assert codes(reading) == ["node_file_unreadable"] * 3
    assert all("ansible_become" in finding.fix for finding in reading.findings)


def test_missing_is_not_denied(node: PlantedNode, nobody: LocalShell) -> None:
    node.write(CONFIG, 'version = 2\nimports = ["conf.d/*.toml", "gone.toml"]\n')
    reading = node.read(nobody)
    assert reading.unreadable == {}
    assert reading.findings == ()


def test_a_folder_that_hides_the_configuration(node: PlantedNode, nobody: LocalShell) -> None:
    config = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"
    node.write(config, MIRRORS)
    (node.root / "var/lib/rancher/k3s/agent").chmod(0)
    reading = node.read(nobody)
    assert reading.daemon is not None
    assert reading.daemon.flavour == "k3s"
    assert reading.unreadable == {config: "permission denied"}


def test_what_is_no_file(node: PlantedNode) -> None:
    node.write(CONFIG, 'version = 2\nimports = ["pipe.toml", "folder.toml"]\n')
    os.mkfifo(node.root / "etc/containerd/pipe.toml")
    (node.root / "etc/containerd/folder.toml").mkdir()
    assert node.read().unreadable == {
        "/etc/containerd/pipe.toml": "not a regular file",
        "/etc/containerd/folder.toml": "not a regular file",
    }


def test_huge_file(node: PlantedNode) -> None:
    node.write(CONFIG, "version = 2\n")
    node.write(f"{CERTS_D}/docker.io/hosts.toml", "#" * 5000)
    reading = node.read(limits=Limits(file_bytes=4096))
    assert CONFIG in reading.files
    assert f"{CERTS_D}/docker.io/hosts.toml" not in reading.files
    reason = reading.unreadable[f"{CERTS_D}/docker.io/hosts.toml"]
    assert "truncated: 5000 bytes, 4096" in reason
    assert codes(reading) == ["node_file_unreadable"]


def test_huge_output(node: PlantedNode) -> None:
    node.write(CONFIG, "version = 2\n" + "#" * 5000)
    reading = node.read(limits=Limits(output_bytes=4096))
    assert "node_output_truncated" in codes(reading)
    assert reading.findings[0].severity is Severity.ERROR


def test_too_many_files(node: PlantedNode) -> None:
    node.write(CONFIG, "version = 2\n")
    for number in range(4):
        node.write(f"{CERTS_D}/r{number}.example.org/hosts.toml", "")
    reading = node.read(limits=Limits(files=4))
    assert "node_too_many_files" in codes(reading)
    assert reading.findings[0].severity is Severity.ERROR


def test_time_limit_keeps_what_was_read_and_ends_what_hangs(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.write("/usr/bin/sleeper", f"#!/bin/sh\n{HANGING}\n", mode=0o755)
    node.program("/usr/bin/containerd", dump=f"{node.root}/usr/bin/sleeper")
    node.process(1, "containerd", "/usr/bin/containerd")
    reading = node.read(limits=Limits(seconds=1))
    assert codes(reading) == ["node_time_limit"]
    assert reading.daemon is not None
    assert reading.daemon.version == "1.7.24~ds1"
    assert _ends(HANGING)


def test_nothing_stays_behind(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    before = sorted(node.root.rglob("*"))
    for _look in range(20):  # it was one in ten where the task is over before its sleep is there
        node.read(limits=Limits(seconds=LONG))
    assert sorted(node.root.rglob("*")) == before
    assert _ends(f"sleep {LONG}")


def _ends(command: str) -> bool:
    """Return whether no process has this command line, now or soon: the killed take a moment."""
    patience = time.monotonic() + 10
    while _running(command):
        if time.monotonic() > patience:
            return False
        time.sleep(0.01)
    return True


def _running(command: str) -> bool:
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if (folder / "cmdline").read_bytes().rstrip(b"\0") == command.replace(
                " ", "\0"
            ).encode():
                return True
        except OSError:
            continue
    return False


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_name_with_a_line_end_is_told_and_not_read(node: PlantedNode, shell: str) -> None:
    """It went round for ever, until the time was over."""
    node.write(CONFIG, 'imports = ["conf.d/*.toml"]\n')
    node.write("/etc/containerd/conf.d/a\nb.toml", "version = 2\n")
    reading = node.read(LocalShell([shell]))
    name = "/etc/containerd/conf.d/a?b.toml"
    assert reading.unreadable == {name: "a line end in its name, or links without end"}
    assert codes(reading) == ["node_file_unreadable"]
