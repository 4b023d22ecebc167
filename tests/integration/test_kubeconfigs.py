# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubeconfigs as people have them: all clients of an override go the way that kubectl would."""

from __future__ import annotations

import base64
import collections
import contextlib
import http.client
import http.server
import json
import pathlib
import re
import select
import socket
import ssl
import sys
import tempfile
import threading
import typing as t
import urllib.parse

import pytest
import yaml

from tests.integration.playbooks import (
    Run,
    remove_override,
    run_playbook,
    secret,
)
from tests.integration.tasks import Controller, assert_nothing_let_out, forms, of_roles
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.kubeconfig import CONTEXT, cluster_entry
from tests.sandbox.pki import Authority
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

PROXY_PASSWORD = "planted-Pr@xy-1"
# By their user agents: Helm, kubernetes.core's client, and what reads in the same process.
CLIENTS = {"Helm", "OpenAPI-Generator", "palette.image_registry"}
PLUGIN = """\
import json, pathlib, sys
here = pathlib.Path(__file__)
with here.with_name("plugin-runs").open("a") as runs:
    runs.write("run\\n")
token = here.with_name("plugin-token").read_text()
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": {"token": token}}))
"""

Entry = dict[str, t.Any]


@pytest.fixture(name="world", scope="module")
def fixture_world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    options = Options(strict=True, with_nodes=False)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as started:
        yield started


@pytest.fixture(autouse=True)
def fixture_empty(world: World) -> None:
    remove_override(world)


def entries(world: World) -> tuple[Entry, Entry]:
    """Return cluster and user of the administrator's kubeconfig."""
    content = yaml.safe_load(world.kubeconfig.read_text(encoding="utf-8"))
    return dict(content["clusters"][0]["cluster"]), dict(content["users"][0]["user"])


def write(path: pathlib.Path, cluster: Entry, user: Entry) -> pathlib.Path:
    """Write a kubeconfig whose current context leads nowhere."""
    nowhere = {"server": "https://127.0.0.1:9"}
    content = {
        "clusters": [{"name": "a", "cluster": nowhere}, {"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": "a", "user": {"token": "nowhere"}}, {"name": CONTEXT, "user": user}],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": name}} for name in ("a", CONTEXT)
        ],
        "current-context": "a",
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def override(world: World, kubeconfig: pathlib.Path, *options: str, **more: t.Any) -> Run:
    variables = {
        "palette_kubeconfig": str(kubeconfig),
        "palette_context": CONTEXT,
        "palette_check_images": "skip",
        **more,
    }
    return run_playbook(world, "override", *options, variables=variables)


def assert_untold(world: World, run: Run, *secrets: str) -> None:
    """Assert that what a run printed and left holds none of some secrets."""
    left = [
        path.read_text(errors="replace")
        for path in (world.state_dir / "ansible").rglob("*")
        if path.is_file()
    ]
    for form in (form for text in secrets for form in forms(text)):
        assert form not in run.output
        assert not any(form in text for text in left)


def clients_of(world: World, user: str) -> set[str]:
    """Return which programs the API server has seen as a user."""
    return {
        entry["user_agent"].partition("/")[0]
        for entry in world.api.requests()
        if entry.get("user") == user
    }


def test_certificate_files_behind_a_proxy_with_a_colon_in_the_path(
    world: World, tmp_path: pathlib.Path
) -> None:
    cluster, _admin = entries(world)
    issued = world.api.issue_certificate("jane", ["system:masters"])
    (tmp_path / "jane.crt").write_text(issued.certificate, encoding="utf-8")
    (tmp_path / "jane.key").write_text(issued.key, encoding="utf-8")
    (tmp_path / "ca.crt").write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    # What stands before the colon is a kubeconfig, too, of a cluster that is not meant.
    write(tmp_path / "prod", {"server": "https://127.0.0.1:9"}, {"token": "nowhere"})
    with Tunnel(cluster["server"]) as tunnel:
        quoted = urllib.parse.quote(PROXY_PASSWORD)
        path = write(
            tmp_path / "prod:eu",
            {
                "server": "https://api.sandbox.invalid:6443",
                "certificate-authority": "ca.crt",
                "tls-server-name": "localhost",
                "proxy-url": f"http://jane:{quoted}@127.0.0.1:{tunnel.port}",
            },
            {"client-certificate": "jane.crt", "client-key": "jane.key"},
        )
        run = override(world, path, "-vvvv", "--diff")
    assert run.code == 0, run.output
    assert secret(world) is not None
    assert set(tunnel.asked) == {("api.sandbox.invalid:6443", f"jane:{PROXY_PASSWORD}")}
    assert "https://api.sandbox.invalid:6443" in run.output
    assert clients_of(world, "jane") >= CLIENTS
    assert_untold(world, run, issued.key, PROXY_PASSWORD)


def test_certificate_data_and_a_token_of_a_file(world: World, tmp_path: pathlib.Path) -> None:
    """The roles that write have all clients; the second one writes what another password changes."""
    cluster, _admin = entries(world)
    issued = world.api.issue_certificate("joan", ["system:masters"])
    pair = {"client-certificate": issued.certificate, "client-key": issued.key}
    user = {
        f"{field}-data": base64.b64encode(text.encode()).decode() for field, text in pair.items()
    }
    token = world.api.issue_token("jill", ["system:masters"])
    (tmp_path / "token").write_text(f"{token}\n\n", encoding="utf-8")
    by_file = {"tokenFile": "token"}
    tasks: list[dict[str, t.Any]] = []
    for name, entry in (("joan", user), ("jill", by_file)):
        path = write(tmp_path / f"{name}.yml", cluster, entry)
        given = {"palette_kubeconfig": str(path), "palette_context": CONTEXT}
        settings = {**page_registry(), "username": "robot", "password": f"of-{name}"}
        of_both = {**given, "palette_registry": settings}
        tasks += of_roles("image_swap", "registry_secret", vars=of_both)
    names = ("palette_image_swap_chart", "palette_image_swap_values", "palette_helm_binary")
    variables = {name: world.cluster_variables()[name] for name in names}
    controller = Controller(tmp_path / "controller")
    run = controller.play(tasks, "-vvvv", variables=variables)
    assert re.search(r"changed=4 .* failed=0 .* ignored=0", run.output), run.output
    written = secret(world)
    assert written is not None
    assert written["PASSWORD"] == "of-jill"
    for name in ("joan", "jill"):
        assert clients_of(world, name) >= CLIENTS
    assert_nothing_let_out(controller, run, issued.key, user["client-key-data"], token)


def test_an_exec_plugin_is_run_once_and_every_request_is_impersonated(
    world: World, tmp_path: pathlib.Path
) -> None:
    cluster, user = entries(world)
    (tmp_path / "plugin.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "plugin-token").write_text(user["token"], encoding="utf-8")
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": [str(tmp_path / "plugin.py")],
        "interactiveMode": "IfAvailable",
    }
    impersonated = {"as": "jane", "as-groups": ["system:masters", "operators"]}
    with Recorder(cluster) as recorder:
        path = write(tmp_path / "kubeconfig", recorder.cluster, {"exec": plugin, **impersonated})
        run = override(world, path, "-vvvv")
    assert run.code == 0, run.output
    assert run.changed() == 2
    assert (tmp_path / "plugin-runs").read_text().splitlines() == ["run"]
    names = {(name, groups) for _agent, name, groups in recorder.asked}
    assert names == {("jane", ("operators", "system:masters"))}
    agents = {agent.partition("/")[0] for agent, _name, _groups in recorder.asked}
    assert agents >= CLIENTS
    assert_untold(world, run, user["token"])

    (tmp_path / "plugin-token").write_text("planted-wrong-token", encoding="utf-8")
    path = write(tmp_path / "kubeconfig", cluster, {"exec": plugin})
    refused = override(world, path)
    assert refused.code != 0
    assert "the cluster does not accept the kubeconfig's credentials (401)" in " ".join(
        refused.output.split()
    )
    assert_untold(world, refused, "planted-wrong-token")


def trusting(cluster: Entry) -> ssl.SSLContext:
    """Return how to verify the server of a cluster."""
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return ssl.create_default_context(cadata=authority)


class _Served:
    """A server of a test, in a thread."""

    def __init__(self, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port

    def __enter__(self) -> t.Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Tunnel(_Served):
    """A proxy that wants a password, and for which every name is one server."""

    def __init__(self, url: str) -> None:
        self.asked: collections.Counter[tuple[str, str]] = collections.Counter()
        asked = self.asked
        target = urllib.parse.urlsplit(url)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                given = self.headers.get("Proxy-Authorization", "").partition(" ")[2]
                asked[self.path, base64.b64decode(given).decode()] += 1
                if not given:
                    self.send_error(407)
                    return
                self.close_connection = True
                with socket.create_connection((target.hostname, target.port)) as server:
                    self.send_response_only(200)
                    self.end_headers()
                    _relay(self.connection, server)

            def log_message(self, *_arguments: t.Any) -> None:
                """Be quiet."""

        super().__init__(Handler)


def _relay(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            ready, _none, _odd = select.select([one, other], [], [], 60)
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                (other if source is one else one).sendall(data)
            if not ready:
                return


class Recorder(_Served):
    """Hands requests on to an API server, and notes as whom they ask."""

    def __init__(self, cluster: Entry) -> None:
        self.asked: list[tuple[str, str, tuple[str, ...]]] = []
        asked = self.asked
        target = urllib.parse.urlsplit(cluster["server"])
        context = trusting(cluster)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle_one_request()

            def answer(self) -> None:
                names = self.headers.get_all("Impersonate-Group") or []
                agent = self.headers.get("User-Agent", "")
                user = self.headers.get("Impersonate-User", "")
                asked.append((agent, user, tuple(sorted(names))))
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                connection = http.client.HTTPSConnection(
                    str(target.hostname), target.port, context=context, timeout=60
                )
                connection.putrequest(
                    self.command, self.path, skip_accept_encoding=True, skip_host=True
                )
                for key, value in self.headers.items():
                    connection.putheader(key, value)
                connection.endheaders(body)
                answer = connection.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for key, value in answer.getheaders():
                    if key.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                connection.close()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *_arguments: t.Any) -> None:
                """Be quiet."""

        super().__init__(Handler)
        authority = Authority("recorder")
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            issued = authority.issue(("127.0.0.1",))
            certificate, key = pathlib.Path(folder, "crt"), pathlib.Path(folder, "key")
            certificate.write_text(issued.certificate, encoding="utf-8")
            key.write_text(issued.key, encoding="utf-8")
            own.load_cert_chain(certificate, key)
        self._server.socket = own.wrap_socket(self._server.socket, server_side=True)
        self.cluster = cluster_entry(f"https://127.0.0.1:{self.port}", authority.pem)


def test_the_recorder_sees_what_is_sent(world: World) -> None:
    cluster, user = entries(world)
    with Recorder(cluster) as recorder:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", recorder.port, timeout=10, context=trusting(recorder.cluster)
        )
        headers = {"Authorization": f"Bearer {user['token']}", "User-Agent": "test"}
        connection.request("GET", "/api/v1/namespaces/default", headers=headers)
        assert json.loads(connection.getresponse().read())["kind"] == "Namespace"
    assert recorder.asked == [("test", "", ())]
