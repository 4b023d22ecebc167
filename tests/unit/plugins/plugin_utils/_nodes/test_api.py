# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Node objects, from a server that answers as it is told."""

from __future__ import annotations

import collections.abc
import gzip
import http.server
import json
import pathlib
import threading
import typing as t
import urllib.parse

import pytest
import urllib3

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import (
    api as _cluster_api,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.access import (
    cluster_access,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes import api as _nodes_api
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.api import read_nodes

TOKEN = "pl4nted-Token"
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
contexts: [{{name: admin, context: {{cluster: c, user: u}}}}]
current-context: admin
users: [{{name: u, user: {{token: {token}}}}}]
"""

Answer = tuple[int, dict[str, t.Any]]


class Server(http.server.ThreadingHTTPServer):
    """Gives its answers in turn, the last one for ever; keeps the questions."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Answer] = []
        self.asked: list[dict[str, str]] = []
        self.authorization: set[str] = set()
        self.encoding = ""
        self.pack: t.Callable[[bytes], bytes] = bytes
        self.drips = False
        self.over = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        self.server.asked.append({"path": url.path, **dict(urllib.parse.parse_qsl(url.query))})
        self.server.authorization.add(self.headers.get("Authorization", ""))
        answers = self.server.answers
        code, content = answers.pop(0) if len(answers) > 1 else answers[0]
        body = self.server.pack(json.dumps(content).encode())
        self.send_response(code)
        if self.server.encoding:
            self.send_header("Content-Encoding", self.server.encoding)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "3600")
        self.end_headers()
        if self.server.drips:
            while not self.server.over.wait(0.05):
                self.wfile.write(b" ")
        self.wfile.write(body)

    def log_message(self, *_arguments: t.Any) -> None:
        """Be quiet."""


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds before each further attempt, none of which is waited for."""
    seconds: list[float] = []
    backoff = urllib3.Retry.get_backoff_time

    def noted(retry: urllib3.Retry) -> float:
        seconds.append(backoff(retry))
        return 0.0

    monkeypatch.setattr(urllib3.Retry, "get_backoff_time", noted)
    return seconds


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> collections.abc.Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Server()
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.over.set()
    made.shutdown()
    made.server_close()


def read(server: Server, folder: pathlib.Path, *selectors: str, seconds: float = 5) -> list[t.Any]:
    path = folder / "kubeconfig"
    path.write_text(KUBECONFIG.format(port=server.server_port, token=TOKEN), encoding="utf-8")
    access = cluster_access(str(path), "")
    access.config["users"][0]["user"]["token"] = TOKEN  # which plain HTTP is not given
    return read_nodes(access, selectors, seconds)


def page(*names: str, more: str = "") -> Answer:
    return 200, {
        "items": [{"metadata": {"name": n}} for n in names],
        "metadata": {"continue": more},
    }


def test_all_pages_are_read(server: Server, tmp_path: pathlib.Path) -> None:
    server.answers = [page("a", "b", more="next page"), page("c")]
    found = read(server, tmp_path, "pool=edge", "!virtual")
    assert [item["metadata"]["name"] for item in found] == ["a", "b", "c"]
    assert [asked["path"] for asked in server.asked] == ["/api/v1/nodes", "/api/v1/nodes"]
    assert {asked["labelSelector"] for asked in server.asked} == {"pool=edge,!virtual"}
    assert [asked.get("continue") for asked in server.asked] == [None, "next page"]
    assert server.authorization == {f"Bearer {TOKEN}"}


def test_a_page_that_comes_again_ends_it(server: Server, tmp_path: pathlib.Path) -> None:
    server.answers = [page("a", more="again")]
    with pytest.raises(Failure, match="the same page"):
        read(server, tmp_path)
    assert len(server.asked) == 2


def test_pages_without_end_end(
    server: Server, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_nodes_api, "_MOST_PAGES", 7)
    server.answers = [page("a", more=str(number)) for number in range(20)]
    with pytest.raises(Failure, match="more than 7 pages"):
        read(server, tmp_path)
    assert len(server.asked) == 7


def test_pages_without_measure_end(
    server: Server, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_nodes_api, "LARGEST", 2**20)
    monkeypatch.setattr(_cluster_api, "LARGEST", 2**20)
    server.answers = [page("a" * 400_000, more=str(number)) for number in range(20)]
    with pytest.raises(Failure, match="more than 1 MiB"):
        read(server, tmp_path)
    assert len(server.asked) == 3


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_refusal_without_measure_fills_no_memory(
    code: int, server: Server, tmp_path: pathlib.Path
) -> None:
    server.answers = [(code, {"message": "a" * 2**21})]
    with pytest.raises(Failure) as caught:
        read(server, tmp_path)
    assert len(str(caught.value)) < 3000


def test_few_bytes_are_not_many_values(
    server: Server, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three bytes of JSON can become twenty times as many in memory."""
    monkeypatch.setattr(_nodes_api, "_MOST_VALUES", 1000)
    server.answers = [(200, {"items": [{}] * 300, "metadata": {"continue": str(n)}}) for n in "abc"]
    with pytest.raises(Failure, match="more than 1000 values"):
        read(server, tmp_path)
    assert len(server.asked) == 2


def test_an_answer_that_drips_ends(server: Server, tmp_path: pathlib.Path) -> None:
    """Each byte comes in time, and there are bytes for ever."""
    server.answers = [page("a")]
    server.drips = True
    with pytest.raises(Failure):
        read(server, tmp_path, seconds=0.2)


@pytest.mark.parametrize("code", [200, 500])
def test_nothing_is_unpacked(code: int, server: Server, tmp_path: pathlib.Path) -> None:
    server.answers = [(code, page("a")[1])]
    server.encoding = "gzip, gzip"
    server.pack = lambda body: gzip.compress(gzip.compress(body + b" " * 10_000_000))
    with pytest.raises(Failure) as caught:
        read(server, tmp_path)
    assert len(str(caught.value)) < 3000


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_timeout_is_one(seconds: float, server: Server, tmp_path: pathlib.Path) -> None:
    with pytest.raises(Failure) as caught:
        read(server, tmp_path, seconds=seconds)
    assert caught.value.code == "number_out_of_range"
    assert server.asked == []


def test_a_busy_server_is_asked_again_and_not_in_an_hour(
    server: Server, tmp_path: pathlib.Path, waited: list[float]
) -> None:
    server.answers = [(503, {}), (503, {}), page("a")]
    assert len(read(server, tmp_path)) == 1
    assert len(server.asked) == 3
    assert 0 < waited[-1] <= 2


def test_nothing_of_the_environment_leads_elsewhere(
    server: Server, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("K8S_AUTH_HOST", "KUBECONFIG", "K8S_AUTH_API_KEY", "K8S_AUTH_CONTEXT"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answers = [page("a")]
    assert len(read(server, tmp_path)) == 1
    assert server.authorization == {f"Bearer {TOKEN}"}


TEST_FAILURES: list[tuple[Answer, str, str]] = [
    ((401, {"kind": "Status", "message": "Unauthorized", "code": 401}), "unauthorized", "401"),
    ((403, {"message": f"no nodes for {TOKEN}", "code": 403}), "forbidden", "no nodes for <redac"),
    ((500, {"message": "etcd has no leader", "code": 500}), "server_error", "etcd has no leader"),
]


@pytest.mark.parametrize(("answer", "code", "words"), TEST_FAILURES)
def test_failures_are_explained_without_secrets(
    server: Server, tmp_path: pathlib.Path, answer: Answer, code: str, words: str
) -> None:
    server.answers = [answer]
    with pytest.raises(Failure) as caught:
        read(server, tmp_path)
    assert caught.value.code == code
    assert words in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert len(server.asked) <= 3


def test_no_server_at_all(server: Server, tmp_path: pathlib.Path) -> None:
    server.server_close()
    with pytest.raises(Failure) as caught:
        read(server, tmp_path)
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("content", [["a portal"], {"message": "welcome"}, {"items": None}])
def test_an_answer_of_something_else(
    server: Server, tmp_path: pathlib.Path, content: t.Any
) -> None:
    server.answers = [(200, content)]
    with pytest.raises(Failure, match="no Kubernetes API"):
        read(server, tmp_path)


def test_without_the_library(
    server: Server, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_nodes_api, "HAS_URLLIB3", False)
    with pytest.raises(Failure) as caught:
        read(server, tmp_path)
    assert caught.value.code == "library_missing"
