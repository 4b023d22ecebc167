# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import sys
import tomllib

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.plugin_utils import _node_script
from ansible_collections.palette.image_registry.plugins.plugin_utils._node_reader import (
    Daemon,
    NodeReading,
    restart_pending,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._node_script import (
    Answer,
    Limits,
)
from tests.unit.plugins.plugin_utils.planted_node import (
    BOOT,
    CERTS_D,
    CONFIG,
    LocalShell,
    PlantedNode,
)

MIRRORS = 'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\n'
HOSTS = 'server = "https://registry-1.docker.io"\n[host."https://harbor.example.org"]\n'


@pytest.fixture
def node(tmp_path: pathlib.Path) -> PlantedNode:
    return PlantedNode(tmp_path / "node")


def codes(reading: NodeReading) -> list[str]:
    return [finding.code for finding in reading.findings]


def test_empty_node(node: PlantedNode) -> None:
    shell = LocalShell()
    reading = node.read(shell)
    assert reading.daemons == ()
    assert reading.daemon is None
    assert reading.files == {}
    assert reading.findings == ()
    assert shell.calls == 1


def test_running_containerd(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.program("/usr/bin/containerd", dump="echo 'version = 2'; echo warned >&2")
    node.process(42, "containerd", "/usr/bin/containerd", exe="/usr/bin/containerd", started=77)
    node.process(43, "containerd-shim", "/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io")
    reading = node.read()
    assert reading.daemons == (
        Daemon(
            flavour="containerd",
            running=True,
            program=str(node.root / "usr/bin/containerd"),
            config_path=CONFIG,
            version="1.7.24~ds1",
            started=BOOT + 77,
            dump="version = 2\n",
        ),
    )
    assert reading.files == {CONFIG: MIRRORS}
    assert reading.user_id == str(os.geteuid())


TEST_PROCESSES: list[tuple[str, tuple[str, ...], str, str]] = [
    ("containerd", ("/usr/bin/containerd",), "containerd", CONFIG),
    ("containerd", ("containerd", "--config", "/opt/c.toml"), "containerd", "/opt/c.toml"),
    (
        "containerd",
        ("containerd", "--config=/opt/c.toml", "-l", "info"),
        "containerd",
        "/opt/c.toml",
    ),
    (
        "spectro-contain",
        ("/opt/spectro-containerd", "-c", "/opt/a b.toml"),
        "spectro-containerd",
        "/opt/a b.toml",
    ),
    (
        "containerd",
        (
            "containerd",
            "-c",
            "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
            "-a",
            "/run/x",
        ),
        "k3s",
        "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
    ),
    (
        "containerd",
        ("containerd", "-c", "/var/lib/rancher/rke2/agent/etc/containerd/config.toml"),
        "rke2",
        "/var/lib/rancher/rke2/agent/etc/containerd/config.toml",
    ),
]


@pytest.mark.parametrize(("comm", "arguments", "flavour", "config"), TEST_PROCESSES)
def test_flavours(
    node: PlantedNode, comm: str, arguments: tuple[str, ...], flavour: str, config: str
) -> None:
    node.write(config, MIRRORS)
    node.process(7, comm, *arguments)
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.flavour, daemon.config_path, daemon.running) == (flavour, config, True)


def test_one_program_of_many_parts_is_asked_by_its_other_name(node: PlantedNode) -> None:
    config = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"
    node.write(config, MIRRORS)
    node.program("/data/bin/k3s", version="k3s version v1.33.1+k3s1 (abc)")
    node.program(
        "/data/bin/containerd", version="containerd github.com/k3s-io/containerd v2.0.5-k3s1 x"
    )
    node.process(7, "containerd", "containerd", "-c", config, exe="/data/bin/k3s")
    daemon = node.read().daemon
    assert daemon is not None
    assert daemon.version == "2.0.5-k3s1"
    assert daemon.dump == MIRRORS


TEST_IDLE = [
    (CONFIG, "containerd"),
    ("/var/lib/rancher/k3s/agent/etc/containerd/config.toml", "k3s"),
    ("/var/lib/rancher/rke2/agent/etc/containerd/config.toml", "rke2"),
]


@pytest.mark.parametrize(("config", "flavour"), TEST_IDLE)
def test_what_does_not_run(node: PlantedNode, config: str, flavour: str) -> None:
    node.write(config, MIRRORS)
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.flavour, daemon.running, daemon.started) == (flavour, False, None)


def test_program_of_an_idle_rke2(node: PlantedNode) -> None:
    node.write("/var/lib/rancher/rke2/agent/etc/containerd/config.toml", MIRRORS)
    node.program("/var/lib/rancher/rke2/bin/containerd")
    daemon = node.read().daemon
    assert daemon is not None
    assert daemon.version == "1.7.24~ds1"


@pytest.mark.parametrize(
    ("endpoint", "flavour"),
    [
        ("unix:///run/containerd/containerd.sock", "containerd"),
        ("unix:///run/spectro/containerd/containerd.sock", "spectro-containerd"),
        ("", "spectro-containerd"),
    ],
)
def test_kubelet_says_which_containerd_counts(
    node: PlantedNode, endpoint: str, flavour: str
) -> None:
    node.write(CONFIG, MIRRORS)
    node.write("/opt/spectro/config.toml", MIRRORS)
    node.process(10, "containerd", "/usr/bin/containerd")
    node.process(11, "containerd", "/usr/bin/containerd", "--config", "/opt/spectro/config.toml")
    if endpoint:
        node.process(12, "kubelet", "/usr/bin/kubelet", f"--container-runtime-endpoint={endpoint}")
    reading = node.read()
    assert len(reading.daemons) == 2
    assert reading.daemon is not None
    assert reading.daemon.flavour == flavour


def test_a_containerd_in_a_container_is_not_the_nodes(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    for pid, space in (("self", "1"), ("20", "1"), ("21", "2")):
        folder = node.root / f"proc/{pid}/ns"
        folder.mkdir(parents=True)
        (folder / "pid").symlink_to(f"pid:[{space}]")
    node.process(20, "containerd", "/usr/bin/containerd")
    node.process(21, "containerd", "/usr/bin/containerd", "--config", "/inner.toml")
    assert [daemon.config_path for daemon in node.read().daemons] == [CONFIG]


def test_imports_and_trees(node: PlantedNode) -> None:
    main = (
        "version = 2\n"
        "imports = [\n"
        '  "/etc/containerd/conf.d/*.toml", # drop-ins\n'
        '  # "/etc/commented.toml",\n'
        "  'extra/one.toml' ]\n"
        '[plugins."io.containerd.grpc.v1.cri".registry]\n'
        f"  config_path = '{CERTS_D}:/opt/certs'\n"
        '  other = "/etc/not-imported.toml"\n'
        '# config_path = "/commented"\n'
    )
    files = {
        CONFIG: main,
        "/etc/containerd/conf.d/20.toml": 'imports = ["nested.toml"]\n',
        "/etc/containerd/conf.d/10 a.toml": "# spaces\n",
        "/etc/containerd/conf.d/nested.toml": f'imports = ["{CONFIG}"]\n',
        "/etc/containerd/extra/one.toml": "x = 1",
        f"{CERTS_D}/docker.io/hosts.toml": HOSTS
        + '  ca = ["/etc/ssl/own.crt", "/etc/ssl/gone.crt"]\n',
        "/opt/certs/quay.io/hosts.toml": HOSTS,
    }
    for path, content in files.items():
        node.write(path, content)
    node.write("/etc/ssl/own.crt", "a certificate, of which only the presence counts")
    node.write(f"{CERTS_D}/gcr.io/ca.crt", "another one")
    (node.root / f"{CERTS_D[1:]}/ghcr.io").mkdir()
    for path in ("/etc/not-imported.toml", "/etc/commented.toml", "/commented/x/hosts.toml"):
        node.write(path, "never to be read")
    read = dict(node.read().files)
    for path, content in files.items():
        assert read.pop(path) == content
    assert read == {
        "/etc/ssl/own.crt": "",
        f"{CERTS_D}/docker.io/.": "",
        f"{CERTS_D}/gcr.io/.": "",
        f"{CERTS_D}/gcr.io/ca.crt": "",
        f"{CERTS_D}/ghcr.io/.": "",
        "/opt/certs/quay.io/.": "",
    }


def test_config_path_of_the_dump_counts(node: PlantedNode) -> None:
    node.write(CONFIG, "version = 2\n")
    node.write("/opt/certs/docker.io/hosts.toml", HOSTS)
    node.program("/usr/bin/containerd", dump="echo \"config_path = '/opt/certs'\"")
    node.process(1, "containerd", "/usr/bin/containerd")
    assert node.read().files["/opt/certs/docker.io/hosts.toml"] == HOSTS


def test_dump_that_fails(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.program("/usr/bin/containerd", dump="echo 'containerd: no such table' >&2; exit 1")
    node.process(1, "containerd", "/usr/bin/containerd")
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.dump, daemon.no_dump) == (None, "containerd: no such table")


BYTES: list[bytes] = [
    b"version = 2\r\n# CRLF\r\n",
    b"no line end",
    b"\n\n\n",
    b"a = 1\n@@ not ours\nbegin base64\n",
    "# Grüße \N{SNOWMAN}\n".encode(),
    b"x\0y\n",
    b"",
]


@pytest.mark.parametrize("content", BYTES)
def test_bytes_come_back(node: PlantedNode, content: bytes) -> None:
    node.write(CONFIG, content)
    assert node.read().files[CONFIG].encode() == content


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
def nobody(tmp_path: pathlib.Path) -> LocalShell:
    if os.geteuid() != 0:
        pytest.fail("run as root: this test reads as another user")
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o711) if folder != pathlib.Path("/") else None
    return LocalShell(user=65534)


def test_permission_denied(node: PlantedNode, nobody: LocalShell) -> None:
    node.write(CONFIG, 'version = 2\nimports = ["conf.d/*.toml", "/etc/secret/x.toml"]\n')
    node.write("/etc/containerd/conf.d/10.toml", "x = 1\n", mode=0o600)
    node.write("/etc/secret/x.toml", "x = 1\n")
    (node.root / "etc/secret").chmod(0o700)
    node.write(f"{CERTS_D}/docker.io/hosts.toml", HOSTS)
    (node.root / CERTS_D[1:]).chmod(0o700)
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
    (node.root / "var/lib/rancher/k3s/agent").chmod(0o700)
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
    node.write("/usr/bin/sleeper", "#!/bin/sh\nsleep 987\n", mode=0o755)
    node.program("/usr/bin/containerd", dump=f"{node.root}/usr/bin/sleeper")
    node.process(1, "containerd", "/usr/bin/containerd")
    reading = node.read(limits=Limits(seconds=1))
    assert codes(reading) == ["node_time_limit"]
    assert reading.daemon is not None
    assert reading.daemon.version == "1.7.24~ds1"
    assert not _running("sleep 987")


def test_nothing_stays_behind(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    before = sorted(node.root.rglob("*"))
    node.read(limits=Limits(seconds=654))
    assert sorted(node.root.rglob("*")) == before
    assert not _running("sleep 654")


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


TEST_RESTART: list[tuple[str, float | None, dict[str, float], bool]] = [
    ("older", 1000.0, {CONFIG: 900.0}, False),
    ("newer", 1000.0, {CONFIG: 1100.0}, True),
    ("a drop-in is newer", 1000.0, {CONFIG: 900.0, "/etc/x.toml": 1100.0}, True),
    ("within the clocks' slack", 1000.0, {CONFIG: 1001.5}, False),
    ("hosts.toml needs no restart", 1000.0, {f"{CERTS_D}/x/hosts.toml": 1100.0}, False),
    ("not running", None, {CONFIG: 1100.0}, False),
]


@pytest.mark.parametrize(
    ("started", "changed", "pending"),
    [r[1:] for r in TEST_RESTART],
    ids=[r[0] for r in TEST_RESTART],
)
def test_restart_pending(started: float | None, changed: dict[str, float], pending: bool) -> None:
    daemon = Daemon("containerd", started is not None, "", CONFIG, started=started)
    reading = NodeReading("0", (daemon,), {}, {}, changed, "", ())
    finding = restart_pending(reading, daemon)
    assert (finding is not None) == pending
    assert finding is None or finding.code == "restart_pending"


def test_restart_pending_on_a_node(node: PlantedNode) -> None:
    config = node.write(CONFIG, MIRRORS)
    node.process(1, "containerd", "/usr/bin/containerd", started=100)
    for age, pending in ((50, False), (500, True)):
        os.utime(config, (BOOT + age, BOOT + age))
        reading = node.read()
        assert reading.daemon is not None
        assert (restart_pending(reading, reading.daemon) is not None) == pending


def test_shellcheck_has_nothing_to_say() -> None:
    folder = pathlib.Path(_node_script.__file__).with_name("_node_sh")
    scripts = sorted(folder.glob("*.sh"))
    assert len(scripts) == 3
    program = pathlib.Path(sys.executable).with_name("shellcheck")
    subprocess.run([program, *scripts], check=True)
