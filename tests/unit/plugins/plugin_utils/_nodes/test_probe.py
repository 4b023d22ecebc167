# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import ssl

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.trust import (
    Target,
    target_of,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.bounds import bounded
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.probe import (
    Probe,
    check_of,
    read_probe,
    run_probe,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import (
    Limits,
    Shell,
    run_task,
)
from tests.unit.helpers.planted_node import LocalShell
from tests.unit.helpers.scripted_registry import Reply, authority, serving, wanting_client

URL = "https://harbor.example.org/v2/a/manifests/1?ns=docker.io"
INDEX = "Content-Type: application/vnd.oci.image.index.v1+json"
EVIL_TEXTS = [
    "\n" * 20_000,
    " \n" * 10_000,
    "HTTP/1.1 200 OK\n" * 20_000,
    "content-type:" + "\t\n" * 10_000,
    "content-type: " + "a" * 300_000,
    "\nexit 1" + "\n" * 300_000 + "x",
]


@pytest.mark.parametrize("text", EVIL_TEXTS)
def test_what_a_registry_makes_curl_print_is_judged_at_once(text: str) -> None:
    """Blank lines took a time that grew with their square: hours for two megabytes."""
    with bounded(cpu_seconds=2):
        probe = read_probe(f"curl {URL}", text)
    assert len(probe.message) < 1000


TEST_ANSWERS: list[tuple[str, str, int, str]] = [
    ("manifest", f"HTTP/1.1 200 OK\r\n{INDEX}\r\n\r\nexit 0", 200, "present"),
    ("HTTP/2", f"HTTP/2 200 \r\n{INDEX.lower()}\r\n\r\nexit 0", 200, "present"),
    (
        "login",
        "HTTP/1.1 401 Unauthorized\ncontent-type: application/json\n\nexit 0",
        401,
        "needs_login",
    ),
    ("refused", "HTTP/1.1 403 Forbidden\n\nexit 0", 403, "refused"),
    ("missing", "HTTP/1.1 404 Not Found\nContent-Type: application/json\n\nexit 0", 404, "missing"),
    (
        "portal",
        "HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\n\nexit 0",
        200,
        "wrong_path",
    ),
    ("html 404", "HTTP/1.1 404 Not Found\nContent-Type: text/html\n\nexit 0", 404, "wrong_path"),
    ("text", "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nexit 0", 200, "wrong_path"),
    ("broken", "HTTP/1.1 502 Bad Gateway\n\nexit 0", 502, "other"),
    ("redirect", "HTTP/1.1 301 Moved\nLocation: /x\n\nexit 0", 301, "other"),
    ("wget", "  HTTP/1.1 200 OK\n  Content-Type: application/json\n\nexit 0", 200, "present"),
    ("busybox", "wget: server returned error: HTTP/1.1 404 Not Found\n\nexit 1", 404, "missing"),
    ("tls", "curl: (60) SSL certificate problem: self-signed certificate\n\nexit 60", 0, "tls"),
    ("refused link", "curl: (7) Failed to connect to h port 443\n\nexit 7", 0, "no_connection"),
    ("silence", "\nexit 4", 0, "no_connection"),
    ("cut off", "", 0, "no_connection"),
]


@pytest.mark.parametrize(
    ("text", "status", "verdict"), [r[1:] for r in TEST_ANSWERS], ids=[r[0] for r in TEST_ANSWERS]
)
def test_read_probe(text: str, status: int, verdict: str) -> None:
    probe = read_probe(f"curl {URL}", text)
    assert (probe.url, probe.tool, probe.status, probe.verdict) == (URL, "curl", status, verdict)
    assert probe.message
    for gate, worst in ((False, Status.WARN), (True, Status.FAIL)):
        check = check_of("nginx", "n1", probe, gate)
        assert check.status is (Status.PASS if verdict in ("present", "needs_login") else worst)
        assert all(finding.fix for finding in check.findings)


def test_no_tool_is_said() -> None:
    check = check_of("nginx", "n1", None, True)
    assert check.status is Status.SKIP
    assert "neither curl nor wget" in check.findings[0].message


HOSTS = "/etc/containerd/certs.d/docker.io/hosts.toml"
TEST_TARGETS: list[tuple[str, Target]] = [
    ("", Target(URL)),
    ("not TOML", Target(URL)),
    ('host = "x"', Target(URL)),
    ('[host."https://other.example.org"]\nskip_verify = true', Target(URL)),
    ('[host."https://harbor.example.org/v2/a"]\nskip_verify = true', Target(URL, "", True)),
    ('[host."harbor.example.org"]\nca = "/etc/ca.crt"', Target(URL, "/etc/ca.crt")),
    (
        '[host."https://harbor.example.org"]\nca = ["ca.crt", "b.crt"]',
        Target(URL, "/etc/containerd/certs.d/docker.io/ca.crt"),
    ),
    ('[host."https://harbor.example.org"]\nca = "/a b.crt"', Target(URL)),
    (
        '[host."https://harbor.example.org"]\nclient = "/etc/both.pem"',
        Target(URL, client=("/etc/both.pem", "")),
    ),
    (
        '[host."https://harbor.example.org"]\nclient = ["both.pem", "/etc/other.pem"]',
        Target(URL, client=("/etc/containerd/certs.d/docker.io/both.pem", "")),
    ),
    (
        '[host."https://harbor.example.org"]\nclient = [["/etc/c.crt", "/etc/c.key"]]',
        Target(URL, client=("/etc/c.crt", "/etc/c.key")),
    ),
    ('[host."https://harbor.example.org"]\nclient = [[], "x"]', Target(URL)),
    ('[host."https://harbor.example.org"]\nclient = [["/a b.crt", 5]]', Target(URL)),
]


@pytest.mark.parametrize(("text", "target"), TEST_TARGETS)
def test_target_of(text: str, target: Target) -> None:
    assert target_of(URL, {HOSTS: text, "/etc/containerd/config.toml": text}) == target


PRINT_ARGUMENTS = "#!/bin/sh\necho 'HTTP/1.1 401 Unauthorized'; echo \"arguments: $*\"\n"
TEST_TOOLS = [
    ("curl", f" --cacert /ca.crt -k --cert /c.crt --key /c.key -- {URL}"),
    ("wget", f" --no-check-certificate {URL}"),
]


@pytest.fixture
def bare_shell(tmp_path: pathlib.Path) -> Shell:
    """Return a shell that finds only what the script always needs."""
    for name in ("sh", "base64", "sed", "tr", "head", "sleep"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    shell = LocalShell(["/bin/sh"], path=str(tmp_path))
    return lambda script: shell(script.replace(b"\nPATH=", b"\nunused="))


@pytest.mark.parametrize(("tool", "arguments"), TEST_TOOLS)
def test_run_probe_with_what_the_node_has(
    tmp_path: pathlib.Path, bare_shell: Shell, tool: str, arguments: str
) -> None:
    (tmp_path / tool).write_text(PRINT_ARGUMENTS, encoding="utf-8")
    (tmp_path / tool).chmod(0o755)
    target = Target(URL, "/ca.crt", True, ("/c.crt", "/c.key"))
    assert run_probe(bare_shell, target, Limits()) == Probe(
        URL, tool, 401, "", "needs_login", "401"
    )
    targets = f"{URL} /ca.crt insecure /c.crt /c.key"
    answer = run_task(bare_shell, "probe", Limits(), targets=targets, probe_limit="5")
    assert f"{arguments}\n" in answer.records[0].text()


def test_run_probe_without_a_tool(bare_shell: Shell) -> None:
    assert run_probe(bare_shell, Target(URL), Limits()) is None


def test_a_node_shows_the_registry_the_certificate_that_its_hosts_toml_names(
    tmp_path: pathlib.Path,
) -> None:
    own = authority().issue_client("node")
    files = {"ca.crt": authority().pem, "c.crt": own.certificate, "c.key": own.key}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = Reply(200, {"Content-Type": "application/vnd.oci.image.index.v1+json"})
    context = wanting_client(ssl.TLSVersion.TLSv1_3)
    with serving(lambda _request: found, context=context) as server:
        url = f"https://{server.host}/v2/a/manifests/1"
        for client, works in ((("", ""), False), (("c.crt", "c.key"), True)):
            paths = [str(tmp_path / name) if name else "" for name in client]
            target = Target(url, str(tmp_path / "ca.crt"), client=(paths[0], paths[1]))
            probe = run_probe(LocalShell(), target, Limits())
            assert probe is not None and probe.good is works, probe
