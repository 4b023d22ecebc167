# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a node: files, imports, dump and version, and whether a restart is due."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import (
    Daemon,
    Known,
    NodeReading,
    read_node,
    restart_pending,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import (
    Answer,
    Limits,
    NodeError,
)
from tests.unit.helpers.planted_node import (
    BOOT,
    CERTS_D,
    CONFIG,
    HOSTS,
    MIRRORS,
    LocalShell,
    PlantedNode,
)


@pytest.fixture
def node(tmp_path: pathlib.Path) -> PlantedNode:
    return PlantedNode(tmp_path / "node")


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
            program="/usr/bin/containerd",
            config_path=CONFIG,
            version="1.7.24~ds1",
            started=BOOT + 77,
            dump="version = 2\n",
            pid="42",
        ),
    )
    assert reading.files == {CONFIG: MIRRORS}


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


def test_the_dump_of_what_runs_can_be_left_out(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.program("/usr/bin/containerd")
    node.process(1, "containerd", "/usr/bin/containerd")
    reading = read_node(LocalShell(), Limits(), str(node.root), config_dump="auto")
    assert reading.dump_left_out
    assert reading.daemon is not None
    assert (reading.daemon.version, reading.daemon.dump) == ("1.7.24~ds1", None)
    assert not node.read().dump_left_out


def test_the_dump_of_a_fork_is_not_left_out(node: PlantedNode) -> None:
    config = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"
    node.write(config, MIRRORS)
    node.program("/usr/bin/containerd")
    node.process(1, "containerd", "/usr/bin/containerd", "-c", config)
    reading = read_node(LocalShell(), Limits(), str(node.root), config_dump="auto")
    assert reading.daemon is not None
    assert (reading.daemon.dump, reading.dump_left_out) == (MIRRORS, False)


TEST_KNOWN: list[tuple[str, Known, int, str]] = [
    ("reported since it runs", Known("2.1.9", BOOT + 101), 1, "2.1.9"),
    ("reported before it started", Known("2.1.9", BOOT + 100), 1, "1.7.24~ds1"),
    ("the kubelet could not tell", Known("Unknown", BOOT + 101), 1, "1.7.24~ds1"),
    ("nothing is known", Known(), 1, "1.7.24~ds1"),
    ("one of two was reported", Known("2.1.9", BOOT + 101), 2, "1.7.24~ds1"),
]


@pytest.mark.parametrize(
    ("known", "running", "version"),
    [row[1:] for row in TEST_KNOWN],
    ids=[row[0] for row in TEST_KNOWN],
)
def test_the_version_is_taken_where_it_is_as_true_as_asking(
    node: PlantedNode, known: Known, running: int, version: str
) -> None:
    node.write(CONFIG, MIRRORS)
    node.program("/usr/bin/containerd")
    for pid in range(running):
        node.process(10 + pid, "containerd", "/usr/bin/containerd", started=100)
    reading = read_node(LocalShell(), Limits(), str(node.root), known=known)
    assert reading.daemon is not None
    assert reading.daemon.version == version


def test_what_does_not_run_is_asked_for_both(node: PlantedNode) -> None:
    """It may not start with these files, and nobody has reported it."""
    node.write("/var/lib/rancher/rke2/agent/etc/containerd/config.toml", MIRRORS)
    node.program("/var/lib/rancher/rke2/bin/containerd")
    known = Known("2.1.9", BOOT * 2)
    shell, root = LocalShell(), str(node.root)
    daemon = read_node(shell, Limits(), root, config_dump="auto", known=known).daemon
    assert daemon is not None
    assert (daemon.version, daemon.dump) == ("1.7.24~ds1", MIRRORS)


TEST_IMPORTS: list[tuple[str, list[str], bool]] = [
    ("/etc/containerd/conf.d/*.toml", ["10.toml", ".hidden.toml", ".toml"], True),
    ("conf.d/*", ["10.toml", ".hidden"], True),
    ("conf.d/1*.toml", ["10.toml", "1.toml"], True),
    ("conf.d/10.toml", ["10.toml"], True),
    ("conf.d/gone.toml", [], True),
    ("con*.d/10.toml", ["10.toml"], False),
    ("conf.d/[1]*.toml", ["10.toml"], False),
    ("conf.d/1?*.toml", ["10.toml"], False),
]


@pytest.mark.parametrize(("pattern", "names", "exact"), TEST_IMPORTS)
def test_what_an_import_finds(
    node: PlantedNode, pattern: str, names: list[str], exact: bool
) -> None:
    node.write(CONFIG, f'imports = ["{pattern}"]\n')
    for name in names:
        node.write(f"/etc/containerd/conf.d/{name}", "version = 2\n")
    reading = node.read()
    assert {path.rpartition("/")[2] for path in reading.files} == {"config.toml", *names}
    whole = pattern if pattern.startswith("/") else f"/etc/containerd/{pattern}"
    assert reading.imports == ({whole} if exact else set())


def test_a_dangling_link_is_worth_a_doubt(node: PlantedNode) -> None:
    node.write(CONFIG, 'imports = ["conf.d/*.toml"]\n')
    node.write("/etc/containerd/conf.d/10.toml", "version = 2\n")
    (node.root / "etc/containerd/conf.d/20.toml").symlink_to("gone")
    assert node.read().imports == frozenset()


def test_what_is_in_the_usual_places_counts_only_where_it_is_imported(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    stray = node.write("/etc/containerd/conf.d/10.toml", "version = 2\n")
    node.process(1, "containerd", "/usr/bin/containerd", started=100)
    os.utime(node.root / CONFIG[1:], (BOOT, BOOT))
    os.utime(stray, (BOOT + 500, BOOT + 500))
    reading = node.read()
    assert reading.changed == {CONFIG: BOOT}
    assert reading.trees == {CERTS_D, "/etc/docker/certs.d"}


def test_a_shell_that_cannot_do_it_says_so(node: PlantedNode) -> None:
    """As posh, which cannot compare files, and finds no import."""
    for old, new in ((b" -ef ", b" -no "), (b"case $rest in =*\\]*) break", b"case x in y) break")):

        def shell(script: bytes, old: bytes = old, new: bytes = new) -> Answer:
            assert old in script
            return LocalShell(["dash"])(script.replace(old, new))

        node.write(CONFIG, MIRRORS)
        with pytest.raises(NodeError) as caught:
            node.read(shell)  # type: ignore[arg-type]  # any Shell will do
        assert caught.value.cause == "unfit"


@pytest.mark.parametrize("line", ["\u00b2 \u00b2 /x", "1 \u00b2 /x", f"{'9' * 5000} 1 /x", "1 2 "])
def test_what_is_no_number_of_the_kernel_is_none(line: str) -> None:
    def shell(script: bytes) -> Answer:
        boundary = script.partition(b"boundary=")[2].partition(b"\n")[0].decode().strip("'")
        body = f"\n{boundary} times \n{line}\n{boundary} daemon 0\nstarted=\u00b2\npid=1\n"
        encoded = f"{body}\n{boundary} end ok\n".encode().hex()
        return Answer(0, f"{boundary} begin od\n{encoded}\n{boundary} finish", "")

    reading = read_node(shell, Limits())
    assert (reading.changed, reading.daemons[0].started) == ({}, None)


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
    reading = NodeReading((daemon,), {}, {}, changed, "", ())
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


@pytest.mark.parametrize(("product", "service"), [("k3s", "k3s-agent"), ("rke2", "rke2-server")])
def test_registries_yaml_newer_than_the_service(
    node: PlantedNode, product: str, service: str
) -> None:
    config = f"/var/lib/rancher/{product}/agent/etc/containerd/config.toml"
    os.utime(node.write(config, MIRRORS), (BOOT + 50, BOOT + 50))
    registries = node.write(f"/etc/rancher/{product}/registries.yaml", "password: secret\n")
    node.process(1, "containerd", "containerd", "-c", config, started=100)
    for age, pending in ((50, False), (500, True)):
        os.utime(registries, (BOOT + age, BOOT + age))
        reading = node.read()
        assert reading.daemon is not None
        finding = restart_pending(reading, reading.daemon)
        assert (finding is not None) == pending
        assert "secret" not in str(reading)
    assert finding is not None
    assert finding.subject == f"/etc/rancher/{product}/registries.yaml"
    assert service in finding.fix


def test_a_file_in_the_place_of_a_folder_is_told(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(1, "containerd", "/usr/bin/containerd", started=100)
    node.write(f"{CERTS_D}/quay.io", "x")
    assert f"{CERTS_D}/quay.io" in node.read().files
