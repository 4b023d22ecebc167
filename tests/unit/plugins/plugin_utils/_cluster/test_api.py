# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to a server over TLS, as kubeconfigs have it; what it answers may be anything."""

from __future__ import annotations

import base64
import json
import pathlib
import ssl
import sys
import types
import typing as t

import pytest
import urllib3
import yaml
from cryptography.hazmat.primitives import serialization

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import (
    api as _cluster_api,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.access import (
    cluster_access,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.api import (
    Api,
    ApiError,
)
from tests.sandbox.pki import Authority
from tests.unit.helpers.scripted_registry import (
    CUT,
    PORTAL,
    Reply,
    Script,
    Server,
    authority,
    proxying,
    serving,
)

Fields = dict[str, t.Any]

NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}}
STATUS = {"kind": "Status", "code": 403, "message": "no"}


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def api(
    server: Server, folder: pathlib.Path, environment: dict[str, str], cluster: Fields, user: Fields
) -> Api:
    """Return the way to a server that a kubeconfig with these fields gives."""
    ca = {"certificate-authority-data": packed(authority().pem)}
    cluster = {"server": f"https://{server.host}", **({} if "no-ca" in cluster else ca), **cluster}
    content = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
    }
    (folder / "kubeconfig").write_text(yaml.safe_dump(content), encoding="utf-8")
    return Api(cluster_access(str(folder / "kubeconfig"), ""), environment, folder)


def ask(script: Script, folder: pathlib.Path, **more: t.Any) -> tuple[t.Any, Server]:
    """Return what a server answers, and the server with what it was asked."""
    ways = {key: more.pop(key, {}) for key in ("environment", "cluster", "user")}
    serve = {key: more.pop(key) for key in ("names", "context") if key in more}
    question = {"method": "GET", "path": "/api/v1/nodes/a", **more}
    with serving(script, **serve) as server:
        return api(server, folder, **ways).ask(**question), server


USERS: list[tuple[Fields, dict[str, str]]] = [
    ({}, {}),
    ({"token": "t0ken"}, {"authorization": "Bearer t0ken"}),
    ({"username": "u", "password": "p"}, {"authorization": f"Basic {packed('u:p')}"}),
    (
        {"token": "t", "as": "jane", "as-groups": ["a", "b"]},
        {
            "authorization": "Bearer t",
            "impersonate-user": "jane",
            "impersonate-group": "a, b",
        },
    ),
]


@pytest.mark.parametrize(("user", "headers"), USERS)
def test_it_asks_as_the_user_of_the_kubeconfig(
    user: Fields, headers: dict[str, str], tmp_path: pathlib.Path
) -> None:
    found, server = ask(lambda _: Reply.json(NODE), tmp_path, user=user)
    (request,) = server.requests
    who = ("authorization", "impersonate-user", "impersonate-group")
    assert {key: request.headers[key] for key in who if key in request.headers} == headers
    assert found == NODE


def test_a_question_has_its_query_and_its_body(tmp_path: pathlib.Path) -> None:
    more = {
        "method": "PATCH",
        "query": [("labelSelector", "a=b,!c")],
        "body": [{"op": "test"}],
        "content_type": "application/json-patch+json",
    }
    _found, server = ask(lambda _: Reply.json(NODE), tmp_path, **more)
    (request,) = server.requests
    assert (request.method, request.path) == (
        "PATCH",
        "/api/v1/nodes/a?labelSelector=a%3Db%2C%21c",
    )
    assert json.loads(request.body) == [{"op": "test"}]
    assert request.headers["content-type"] == "application/json-patch+json"


def test_a_server_has_a_path_of_its_own(tmp_path: pathlib.Path) -> None:
    """As behind Rancher."""
    with serving(lambda _: Reply.json(NODE)) as server:
        way = api(server, tmp_path, {}, {"server": f"https://{server.host}/k8s/c-1/"}, {})
        way.ask("GET", "/api/v1/nodes")
    assert server.asked() == ["GET /k8s/c-1/api/v1/nodes"]


def test_what_is_in_a_list_has_its_kind(tmp_path: pathlib.Path) -> None:
    answer = {"apiVersion": "v1", "kind": "NodeList", "items": [{"metadata": {}}]}
    found, _server = ask(lambda _: Reply.json(answer), tmp_path)
    assert found["items"] == [{"apiVersion": "v1", "kind": "Node", "metadata": {}}]
    found, _server = ask(lambda _: Reply.json({"kind": "NodeList", "items": None}), tmp_path)
    assert found["items"] == []


TRUST: list[tuple[Fields, tuple[str, ...], str]] = [
    ({}, ("127.0.0.1",), ""),
    (
        {"certificate-authority-data": packed(f"# für alle\n{authority().pem}# Ende, ö")},
        ("127.0.0.1",),
        "",
    ),
    ({"no-ca": 1}, ("127.0.0.1",), "certificate verify failed"),
    ({"certificate-authority-data": packed(Authority("other").pem)}, ("127.0.0.1",), "certificate"),
    ({}, ("elsewhere.test",), "certificate verify failed"),
    ({"tls-server-name": "elsewhere.test"}, ("elsewhere.test",), ""),
    ({"no-ca": 1, "insecure-skip-tls-verify": True}, ("elsewhere.test",), ""),
]


@pytest.mark.parametrize(("cluster", "names", "refused"), TRUST)
def test_it_trusts_whom_the_kubeconfig_names(
    cluster: Fields, names: tuple[str, ...], refused: str, tmp_path: pathlib.Path
) -> None:
    def look() -> t.Any:
        return ask(lambda _: Reply.json(NODE), tmp_path, cluster=cluster, names=names)[0]

    if not refused:
        assert look() == NODE
        return
    with pytest.raises(urllib3.exceptions.HTTPError, match=refused):
        look()


@pytest.mark.parametrize("in_files", [True, False])
def test_it_shows_its_certificate_and_keeps_no_key(in_files: bool, tmp_path: pathlib.Path) -> None:
    client, serves = authority().issue_client("jane"), authority().issue(("127.0.0.1",))
    (tmp_path / "server.pem").write_text(serves.certificate + serves.key, encoding="utf-8")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(cadata=authority().pem)
    context.verify_mode = ssl.CERT_REQUIRED
    texts = {"client-certificate": client.certificate, "client-key": client.key}
    user = {f"{key}-data": packed(text) for key, text in texts.items()}
    if in_files:
        user = {key: str(tmp_path / key) for key in texts}
        for key, text in texts.items():
            (tmp_path / key).write_text(text, encoding="utf-8")
    before = set(tmp_path.rglob("*")) | {tmp_path / "kubeconfig"}
    found, _server = ask(lambda _: Reply.json(NODE), tmp_path, user=user, context=context)
    assert found == NODE
    assert set(tmp_path.rglob("*")) == before


def test_no_password_of_a_key_is_asked_for(tmp_path: pathlib.Path) -> None:
    client = authority().issue_client("jane")
    plain = serialization.load_pem_private_key(client.key.encode(), None)
    key = plain.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    ).decode()
    user = {"client-certificate-data": packed(client.certificate), "client-key-data": packed(key)}
    with pytest.raises(ValueError, match="client-key cannot be read"):
        ask(lambda _: Reply.json(NODE), tmp_path, user=user)


def test_a_key_of_another_certificate_is_told(tmp_path: pathlib.Path) -> None:
    one, other = authority().issue_client("jane"), authority().issue_client("joe")
    user = {
        "client-certificate-data": packed(one.certificate),
        "client-key-data": packed(other.key),
    }
    with pytest.raises(ValueError, match=r"not of one pair \(KEY_VALUES_MISMATCH\)"):
        ask(lambda _: Reply.json(NODE), tmp_path, user=user)


@pytest.mark.parametrize("in_a_file", [True, False])
def test_an_authority_that_is_none_is_told(in_a_file: bool, tmp_path: pathlib.Path) -> None:
    (tmp_path / "ca").write_bytes(b"\xff no certificate")
    data = base64.b64encode(b"\xff no certificate").decode()
    cluster = {"certificate-authority-data": data}
    if in_a_file:
        cluster = {"no-ca": "", "certificate-authority": str(tmp_path / "ca")}
    with pytest.raises(ValueError, match="certificate-authority holds no certificate"):
        ask(lambda _: Reply.json(NODE), tmp_path, cluster=cluster)


PROXIES: list[tuple[dict[str, str], Fields, bool]] = [
    ({"HTTPS_PROXY": "http://PROXY"}, {}, True),
    ({"https_proxy": "PROXY"}, {}, True),
    ({"HTTPS_PROXY": "http://PROXY", "NO_PROXY": "api.test"}, {}, False),
    ({"NO_PROXY": "api.test"}, {"proxy-url": "http://u:p%40@PROXY"}, True),
    ({}, {}, False),
]


@pytest.mark.parametrize(("environment", "cluster", "passes"), PROXIES)
def test_it_goes_through_the_proxy_that_is_named(
    environment: dict[str, str], cluster: Fields, passes: bool, tmp_path: pathlib.Path
) -> None:
    with serving(lambda _: Reply.json(NODE), ("api.test",)) as server, proxying(server.host) as via:
        named = {
            key: text.replace("PROXY", via.host) for key, text in {**environment, **cluster}.items()
        }
        given = {key: named[key] for key in environment}
        asked = {
            "server": "https://api.test",
            **{key: named[key] for key in cluster},
        }
        way = api(server, tmp_path, given, asked, {})
        if passes:
            assert way.ask("GET", "/x") == NODE
            login = {"proxy-url": f"Basic {packed('u:p@')}"}
            heard = [one.headers.get("proxy-authorization") for one in via.requests]
            assert heard == [login.get(key) for key in cluster or ("",)]
        else:
            assert not isinstance(way._manager, urllib3.ProxyManager)


def test_an_unusual_proxy_needs_an_unusual_library(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def through(proxy: str, **options: t.Any) -> str:
        return f"{proxy} {sorted(options)}"

    library = types.SimpleNamespace(SOCKSProxyManager=through)
    monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", t.cast("t.Any", library))
    with serving(lambda _: Reply.json(NODE)) as server:
        way = api(server, tmp_path, {}, {"proxy-url": "socks5://u:p@h:9"}, {})
    assert t.cast("t.Any", way._manager) == "socks5://u:p@h:9 ['ssl_context']"


REFUSALS = [
    (Reply.json(STATUS, 403), r'\(403\) Reason: Forbidden\n\{"kind": "Status"'),
    (Reply.json(STATUS, 403, Content_Encoding="gzip"), r"\(403\) Reason: Forbidden"),
    (Reply(302, {"Location": "https://login.test/"}), r"\(302\) Reason: Found"),
    (Reply(503, {"Retry-After": "3600"}), r"\(503\) Reason: Service Unavailable"),
    (Reply(599), r"\(599\) Reason: "),
]


@pytest.mark.parametrize(("reply", "said"), REFUSALS)
def test_a_refusal_is_told_as_it_came_and_at_once(
    reply: Reply, said: str, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(ApiError, match=said) as caught:
        ask(lambda _: reply, tmp_path)
    assert caught.value.status == reply.status


def test_a_refusal_without_measure_fills_no_memory(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ApiError) as caught:
        ask(lambda _: Reply(500, {}, b"a" * 2**21), tmp_path)
    assert len(str(caught.value)) < 2**17


NO_ANSWERS = [
    PORTAL,
    Reply.json(["a"]),
    Reply.json({"message": "welcome"}),
    Reply(200, {"Content-Encoding": "gzip"}, b"{}"),
    Reply(200, {}, b"[" * 100_000),
    Reply(200, {}, b'{"kind": "Node"}' + b" " * 2**20),
]


@pytest.mark.parametrize("reply", NO_ANSWERS)
def test_what_no_api_server_says_is_refused(
    reply: Reply, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = _cluster_api.Api.fetch.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "most", 2**20)
    with pytest.raises(ValueError, match=r"the answer is|it takes more"):
        ask(lambda _: reply, tmp_path)


@pytest.mark.parametrize(("method", "times"), [("GET", 4), ("POST", 1)])
def test_only_what_reads_is_asked_again_where_a_connection_is_cut(
    method: str, times: int, tmp_path: pathlib.Path
) -> None:
    with serving(lambda _: CUT) as server:
        way = api(server, tmp_path, {}, {}, {})
        with pytest.raises(urllib3.exceptions.HTTPError):
            way.ask(method, "/x", body={})
    assert len(server.requests) == times
