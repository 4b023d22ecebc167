# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real API servers behind the sandbox's interface, as far as that shows without one.

Stand-ins take the place of etcd and kube-apiserver: they read the same command lines, and the
second serves the built-in API with the given certificate and tokens. A cluster that is found is
the built-in one under a foreign kubeconfig.
"""

from __future__ import annotations

import json
import pathlib
import stat
import sys
import typing as t

import pytest
import yaml

from tests.integration.kubernetes_api import refusal, secret
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.access import ADMIN, READ_ONLY
from tests.sandbox.kubernetes.client import client_of
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.kubernetes.real import (
    Files,
    Ports,
    api_server_command,
    etcd_command,
    token_line,
)
from tests.sandbox.paths import CHECKOUT, SandboxError

pytestmark = pytest.mark.sandbox

FAKE_ETCD = """\
import http.server, json, sys, urllib.parse

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

if "--help" in sys.argv:
    print("  --unsafe-no-fsync 'false'")
    sys.exit()
options = dict(argument.split("=", 1) for argument in sys.argv[1:])
port = urllib.parse.urlsplit(options["--listen-client-urls"]).port
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
FAKE_API_SERVER = """\
import csv, pathlib, ssl, sys
sys.path.insert(0, {checkout!r})
from aiohttp import web
from tests.sandbox.kubernetes.access import Tokens, User
from tests.sandbox.kubernetes.app import App
from tests.sandbox.kubernetes.request_log import RequestLog

options = dict(argument.split("=", 1) for argument in sys.argv[1:])
tokens = Tokens()
for token, name, _uid, groups in csv.reader(open(options["--token-auth-file"])):
    tokens.issue(User(name, tuple(groups.split(","))), token)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(options["--tls-cert-file"], options["--tls-private-key-file"])
log = RequestLog(pathlib.Path(options["--cert-dir"]) / "requests.jsonl")
web.run_app(
    App("some-uid", tokens, log).web_application(),
    host=options["--bind-address"],
    port=int(options["--secure-port"]),
    ssl_context=context,
    print=None,
)
"""
PORTS = Ports(etcd=1001, etcd_peer=1002, api=1003)


def write_program(path: pathlib.Path, code: str) -> None:
    path.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(name="assets")
def fixture_assets(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "assets"
    folder.mkdir()
    write_program(folder / "etcd", FAKE_ETCD)
    code = FAKE_API_SERVER.format(checkout=str(CHECKOUT))
    write_program(folder / "kube-apiserver", code)
    return folder


@pytest.mark.parametrize("fsync", [True, False])
def test_command_line_of_etcd(fsync: bool) -> None:
    files = Files(StateDir(pathlib.Path("/state")))
    command = etcd_command(pathlib.Path("/assets/etcd"), PORTS, files, fsync=fsync)
    assert command[0] == "/assets/etcd"
    assert set(command[1:]) == {
        "--name=sandbox",
        "--data-dir=/state/etcd",
        "--listen-client-urls=http://127.0.0.1:1001",
        "--advertise-client-urls=http://127.0.0.1:1001",
        "--listen-peer-urls=http://127.0.0.1:1002",
        "--initial-advertise-peer-urls=http://127.0.0.1:1002",
        "--initial-cluster=sandbox=http://127.0.0.1:1002",
        *([] if fsync else ["--unsafe-no-fsync=true"]),
    }


def test_command_line_of_kube_apiserver() -> None:
    files = Files(StateDir(pathlib.Path("/state")))
    command = api_server_command(pathlib.Path("/assets/kube-apiserver"), PORTS, files)
    assert command[0] == "/assets/kube-apiserver"
    assert set(command[1:]) == {
        "--etcd-servers=http://127.0.0.1:1001",
        "--bind-address=127.0.0.1",
        "--secure-port=1003",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--cert-dir=/state",
        "--tls-cert-file=/state/server.crt",
        "--tls-private-key-file=/state/server.key",
        "--token-auth-file=/state/tokens.csv",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://127.0.0.1:1003/",
        "--service-account-key-file=/state/service-accounts.crt",
        "--service-account-signing-key-file=/state/service-accounts.key",
        "--disable-admission-plugins=ServiceAccount",
        "--allow-privileged=true",
    }


@pytest.mark.parametrize(
    ("user", "line"),
    [
        (ADMIN, 't,sandbox:admin,sandbox:admin,"system:masters"\n'),
        (READ_ONLY, 't,sandbox:read-only,sandbox:read-only,"sandbox:read-only"\n'),
    ],
)
def test_token_file(user: t.Any, line: str) -> None:
    assert token_line("t", user) == line


def test_free_ports_differ() -> None:
    ports = Ports.free()
    assert len({ports.etcd, ports.etcd_peer, ports.api}) == 3


def alive(pid: int) -> bool:
    try:
        stat_line = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat_line.rpartition(")")[2].split()[0] != "Z"


def children(pid: int) -> list[int]:
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in text.split()]


def test_binaries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, assets: pathlib.Path
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    monkeypatch.delenv("SANDBOX_KUBECONFIG", raising=False)
    with ApiServer(tmp_path / "state") as server:
        assert not server.is_built_in
        jet = server.client.get("/apis/apps/v1/namespaces/jet-system/deployments/jet")
        assert jet["status"]["readyReplicas"] == 1
        reader = client_of(server.read_only_kubeconfig)
        path = "/api/v1/namespaces/default/secrets"
        assert reader.get(path)["items"] == []
        assert refusal(reader, "POST", path, secret("x"))[0] == 403
        ready = json.loads((server.state_dir / "ready.json").read_text(encoding="utf-8"))
        assert ready["kind"] == "binaries"
        programs = children(ready["pid"])
        assert len(programs) == 2
        command = pathlib.Path(f"/proc/{programs[0]}/cmdline").read_bytes().decode()
        assert "--unsafe-no-fsync=true" in command
        for file in ("tokens.csv", "server.key", "service-accounts.key"):
            assert (server.state_dir / file).stat().st_mode & 0o077 == 0, file
    assert not any(alive(pid) for pid in programs)


@pytest.mark.parametrize(
    ("breakage", "words"),
    [
        ("import sys; sys.exit('out of luck')", "kube-apiserver did not start"),
        ("", "there is no kube-apiserver"),
    ],
)
def test_binaries_that_do_not_start(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    assets: pathlib.Path,
    breakage: str,
    words: str,
) -> None:
    (assets / "kube-apiserver").unlink()
    if breakage:
        write_program(assets / "kube-apiserver", breakage)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    monkeypatch.delenv("SANDBOX_KUBECONFIG", raising=False)
    with pytest.raises(SandboxError, match=words):
        ApiServer(tmp_path / "state").start()


def test_found_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    with ApiServer(tmp_path / "foreign", built_in=True) as foreign:
        kubelet = {"metadata": {"name": "kubelet-1"}}
        foreign.client.request("POST", "/api/v1/nodes", kubelet)
        config = yaml.safe_load(foreign.kubeconfig.read_text(encoding="utf-8"))
        # As others write it: a file instead of embedded data, and a second context.
        del config["clusters"][0]["cluster"]["certificate-authority-data"]
        config["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
        config["contexts"].insert(0, {"name": "other", "context": {"cluster": "x", "user": "y"}})
        found = tmp_path / "foreign" / "found.yaml"
        found.write_text(yaml.safe_dump(config), encoding="utf-8")
        monkeypatch.setenv("SANDBOX_KUBECONFIG", str(found))
        with ApiServer(tmp_path / "state") as server:
            assert not server.is_built_in
            names = {
                item["metadata"]["name"] for item in server.client.get("/api/v1/nodes")["items"]
            }
            assert names == {"sandbox-1", "kubelet-1"}
            reader = client_of(server.read_only_kubeconfig)
            assert reader.get("/api/v1/namespaces/jet-system/secrets")["items"] == []
            path = "/api/v1/namespaces/jet-system/secrets"
            assert refusal(reader, "POST", path, secret("x"))[0] == 403


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "no context"),
        ("{current-context: a, contexts: [{name: a, context: {cluster: c, user: u}}]}", "no clus"),
    ],
)
def test_kubeconfig_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, text: str, words: str
) -> None:
    config = tmp_path / "config"
    config.write_text(text, encoding="utf-8")
    monkeypatch.setenv("SANDBOX_KUBECONFIG", str(config))
    with pytest.raises(SandboxError, match=words):
        ApiServer(tmp_path / "state").start()
