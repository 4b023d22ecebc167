# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pathlib
import subprocess
import typing as t

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
            program="/usr/bin/containerd",
            config_path=CONFIG,
            version="1.7.24~ds1",
            started=BOOT + 77,
            dump="version = 2\n",
        ),
    )
    assert reading.files == {CONFIG: MIRRORS}


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
    folder = "/var/lib/rancher/k3s/data/0123abcd/bin"
    node.write(config, MIRRORS)
    node.program(f"{folder}/k3s", version="${0##*/} 2.0.5-k3s1 x")
    (node.root / f"{folder[1:]}/containerd").symlink_to("k3s")
    text = (node.root / f"{folder[1:]}/k3s").read_text(encoding="utf-8").replace("echo '", 'echo "')
    node.write(f"{folder}/k3s", text.replace("x'", 'x"'), mode=0o755)
    node.process(7, "containerd", "containerd", "-c", config, exe=f"{folder}/k3s")
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.version, daemon.program) == ("2.0.5-k3s1", f"{folder}/containerd")
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


@pytest.mark.parametrize("space", ["mnt", "pid", "user"])
def test_a_containerd_in_a_container_is_not_the_nodes(node: PlantedNode, space: str) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(20, "containerd", "/usr/bin/containerd")
    node.process(21, "containerd", "/usr/bin/containerd", "--config", "/inner.toml")
    node.spaces(21, **{space: "container"})
    reading = node.read()
    assert [daemon.config_path for daemon in reading.daemons] == [CONFIG]
    # Of those that look like processes of the node itself, a person is told.
    assert codes(reading) == (["containerd_not_counted"] if space == "mnt" else [])


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


TEST_IMPOSTORS: list[tuple[str, dict[str, t.Any], str]] = [
    ("a user's", {"user": 1000, "exe": "/usr/bin/containerd"}, "user 1000 owns it"),
    (
        "a user's folder",
        {"exe": "/home/u/bin/containerd"},
        "others than root may write its program",
    ),
    ("another program", {"exe": "/usr/bin/sudo"}, "its program is another one"),
]


@pytest.mark.parametrize(
    ("process", "why"), [row[1:] for row in TEST_IMPOSTORS], ids=[row[0] for row in TEST_IMPOSTORS]
)
def test_who_only_bears_its_name_does_not_count(
    node: PlantedNode, process: dict[str, t.Any], why: str
) -> None:
    node.write(CONFIG, MIRRORS)
    node.write("/home/u/bin/containerd", "")
    os.chown(node.root / "home/u", 1000, 1000)
    node.process(20, "containerd", "/usr/bin/containerd")
    node.process(21, "spectro-contain", "spectro", "--config", "/tmp/good.toml", **process)
    reading = node.read()
    assert [daemon.config_path for daemon in reading.daemons] == [CONFIG]
    told = [finding for finding in reading.findings if finding.code == "containerd_not_counted"]
    assert [f"process 21, {why}" in finding.message for finding in told] == [True]


@pytest.mark.parametrize("folder", ["/persistent/spectro/usr/bin", "/nix/store/abc/bin"])
def test_the_program_of_a_unit_file_is_asked(node: PlantedNode, folder: str) -> None:
    node.write("/opt/c.toml", MIRRORS)
    node.program(f"{folder}/containerd")
    (node.root / "nix/store").mkdir(parents=True, exist_ok=True)
    (node.root / "nix/store").chmod(0o1775)
    node.write(
        "/etc/systemd/system/spectro-containerd.service",
        f"[Service]\nExecStartPre=-/sbin/modprobe overlay\nExecStart={folder}/containerd -c x\n",
    )
    node.process(7, "containerd", f"{folder}/containerd", "-c", "/opt/c.toml")
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.program, daemon.version) == (f"{folder}/containerd", "1.7.24~ds1")


TEST_NOT_ASKED = [
    ("no unit file names it", "/opt/vendor/bin/containerd", ""),
    ("its file", "/usr/bin/containerd", "chmod 0775 usr/bin/containerd"),
    ("its folder", "/usr/bin/containerd", "chmod 0777 usr/bin"),
    ("whose it is", "/usr/bin/containerd", "chown 1000 usr/bin/containerd"),
    ("sticky, but for all", "/usr/bin/containerd", "chmod 1777 usr/bin"),
]


@pytest.mark.parametrize(
    ("path", "change"), [row[1:] for row in TEST_NOT_ASKED], ids=[row[0] for row in TEST_NOT_ASKED]
)
def test_a_program_that_is_not_roots_alone_is_not_run(
    node: PlantedNode, path: str, change: str
) -> None:
    node.write(CONFIG, MIRRORS)
    node.program(path, version=f"1.7.24; : >{node.root}/ran")
    text = (node.root / path[1:]).read_text(encoding="utf-8").replace("echo '", "echo ")
    node.write(path, text.replace("ran'", "ran"), mode=0o755)
    node.process(7, "containerd", path)
    if change:
        subprocess.run(change.split(), cwd=node.root, check=True)
    reading = node.read()
    assert not (node.root / "ran").exists()
    assert reading.daemon is not None
    assert (reading.daemon.version, reading.daemon.dump) == ("", None)
    assert ("node_writable_by_others" in codes(reading)) == bool(change)


def test_a_program_that_others_may_write_is_told_even_if_nobody_asks_it(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(7, "containerd", "/usr/bin/containerd")
    (node.root / "usr/bin").chmod(0o777)
    known = Known("2.1.9", BOOT * 2)
    reading = read_node(LocalShell(), Limits(), str(node.root), config_dump="auto", known=known)
    assert codes(reading) == ["node_writable_by_others"]
    assert reading.findings[0].subject == "/usr/bin/containerd"


def test_a_program_that_was_replaced_is_told(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(7, "containerd", "/usr/bin/containerd")
    link = node.root / "proc/7/exe"
    link.unlink()
    link.symlink_to(node.root / "usr/bin/containerd (deleted)")
    daemon = node.read().daemon
    assert daemon is not None
    assert (daemon.replaced, daemon.program) == (True, "/usr/bin/containerd")


def test_who_is_not_root_does_not_see_whose_it_is(node: PlantedNode) -> None:
    node.write(CONFIG, MIRRORS)
    node.process(7, "containerd", "/usr/bin/containerd")
    node.process(8, "containerd", "/usr/bin/containerd", user=1000)
    (node.root / "proc/1/ns/mnt").unlink()
    reading = node.read()
    assert [daemon.blind for daemon in reading.daemons] == [True]
    assert codes(reading) == ["containerd_not_counted"]


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
