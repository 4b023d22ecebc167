# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client at registries with a token service: who gets the password, and for what."""

from __future__ import annotations

import concurrent.futures

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.client import Found
from tests.unit.helpers.registry_user import BASIC, failure, image, known
from tests.unit.helpers.scripted_registry import (
    API,
    DIGEST,
    FOUND,
    PORTAL,
    Asking,
    Reply,
    Request,
    Script,
    serving,
)

SCOPE = "repository:p/nginx:pull"


class TokenRegistry:
    """A registry and its token service in one; counts and lets tokens expire."""

    def __init__(self, *, anonymous: bool = False, life: int = 300) -> None:
        self.anonymous = anonymous
        self.life = life
        self.host = ""
        self.valid: set[str] = set()
        self.issued = 0

    def __call__(self, request: Request) -> Reply:
        if request.path.startswith("/token"):
            return self._token(request)
        scheme, _space, token = request.authorization.partition(" ")
        if scheme != "Bearer" or token not in self.valid:
            scope = "" if request.path == "/v2/" else f',scope="{SCOPE}"'
            challenge = f'Bearer realm="https://{self.host}/token",service="registry, one"{scope}'
            return Reply.json({}, 401, WWW_Authenticate=challenge)
        return API if request.path == "/v2/" else FOUND

    def _token(self, request: Request) -> Reply:
        if request.authorization != BASIC and not self.anonymous:
            return Reply.json({"details": "incorrect username or password"}, 401)
        self.issued += 1
        token = f"token-{self.issued}"
        self.valid.add(token)
        return Reply.json({"token": token, "expires_in": self.life})


def test_token_flow_caches_a_token_for_each_scope() -> None:
    script = TokenRegistry()
    with serving(script) as server, known().client(server.host) as client:
        script.host = server.host
        client.probe(server.host)
        for tag in ("1", "2", "3"):
            assert client.find(image(server.host, f"p/nginx:{tag}"), platforms=False).digest
        client.find(image(server.host, "p/other:1"), platforms=False)
    tokens = [request for request in server.requests if request.path.startswith("/token")]
    assert [request.path for request in tokens] == [
        "/token?service=registry%2C+one",
        "/token?service=registry%2C+one&scope=repository%3Ap%2Fnginx%3Apull",
        "/token?service=registry%2C+one&scope=repository%3Ap%2Fother%3Apull",
    ]
    assert {request.authorization for request in tokens} == {BASIC}
    others = [one for one in server.requests if not one.path.startswith("/token")]
    assert not any(request.authorization.startswith("Basic") for request in others)


def test_one_token_for_many_threads() -> None:
    script = TokenRegistry()
    with serving(script) as server, known().client(server.host) as client:
        script.host = server.host
        client.probe(server.host)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [image(server.host, f"p/nginx:{number}") for number in range(16)]
            list(pool.map(lambda one: client.find(one, platforms=False), asked))
    assert script.issued == 2  # the probe's and the repository's


def test_a_token_that_the_registry_forgot_is_fetched_anew() -> None:
    script = TokenRegistry()
    with serving(script) as server, known().client(server.host) as client:
        script.host = server.host
        client.find(image(server.host), platforms=False)
        script.valid.clear()
        assert client.find(image(server.host), platforms=False) == Found(DIGEST)
    assert script.issued == 2


def test_wrong_password_at_the_token_service() -> None:
    script = TokenRegistry()
    with serving(script) as server:
        script.host = server.host
        error = failure(known(password="no"), server.host, lambda c: c.probe(server.host))
    assert error.code == "unauthorized"
    assert "incorrect username or password" in error.message
    assert server.asked()[1:] == ["GET /token?service=registry%2C+one"]


def test_anonymous_tokens() -> None:
    script = TokenRegistry(anonymous=True)
    with serving(script) as server, Asking().client(server.host) as client:
        script.host = server.host
        client.probe(server.host)
        assert client.find(image(server.host), platforms=False) == Found(DIGEST)


def test_a_probe_refused_to_anybody_leaves_single_repositories_open() -> None:
    script = TokenRegistry(anonymous=True)

    def refuse_root(request: Request) -> Reply:
        answer = script(request)
        return answer if request.path != "/v2/" or answer.status == 401 else Reply.json({}, 401)

    with serving(refuse_root) as server, Asking().client(server.host) as client:
        script.host = server.host
        client.probe(server.host)
        assert client.find(image(server.host), platforms=False) == Found(DIGEST)


TEST_TOKEN_ANSWERS: list[tuple[Reply, str]] = [
    (Reply.json({"message": "nobody"}, 403), "forbidden"),
    (Reply.json({}, 400), "token_refused"),
    (Reply.json({"expires_in": 60}), "token_refused"),
    (Reply.json({"token": "a\nb"}), "token_refused"),
    (Reply.json(["no", "object"]), "token_refused"),
    (Reply.json({"token": "x", "expires_in": "soon"}), "token_refused"),
    (PORTAL, "token_html_answer"),
    (Reply(502, {"Content-Type": "text/html"}), "token_html_answer"),
]


@pytest.mark.parametrize(("reply", "code"), TEST_TOKEN_ANSWERS)
def test_bad_tokens(reply: Reply, code: str) -> None:
    def script(request: Request) -> Reply:
        if request.path.startswith("/token"):
            return reply
        return Reply.json({}, 401, WWW_Authenticate='Bearer realm="/token"')

    with serving(script) as server:
        assert failure(known(), server.host, lambda c: c.probe(server.host)).code == code


def test_a_portal_in_the_token_services_place_is_no_matter_of_passwords() -> None:
    def script(request: Request) -> Reply:
        if request.path.startswith("/token"):
            return PORTAL
        return Reply.json({}, 401, WWW_Authenticate='Bearer realm="/token"')

    with serving(script) as server:
        error = failure(known(), server.host, lambda c: c.probe(server.host))
    assert "portal or a proxy" in error.message
    assert "text/html" in error.message
    assert "password" not in error.fix


def test_a_token_service_that_is_none() -> None:
    refusal = Reply.json({}, 401, WWW_Authenticate='Bearer realm="https://[bad"')
    with serving(lambda _request: refusal) as server:
        error = failure(known(), server.host, lambda c: c.probe(server.host))
    assert error.code == "token_refused"


def test_no_password_for_a_token_service_without_tls() -> None:
    with serving(lambda _request: API, plain=True) as plain:
        challenge = f'Bearer realm="http://{plain.host}/token"'
        with serving(lambda _request: Reply.json({}, 401, WWW_Authenticate=challenge)) as server:
            error = failure(known(), server.host, lambda c: c.probe(server.host))
    assert error.code == "token_service_insecure"
    assert plain.requests == []


def foreign(realm_host: str) -> Script:
    challenge = f'Bearer realm="https://{realm_host}/token",service="s"'

    def script(request: Request) -> Reply:
        if request.authorization == "Bearer t":
            return API
        return Reply.json({}, 401, WWW_Authenticate=challenge)

    return script


def test_no_password_for_a_token_service_of_another_host() -> None:
    with serving(lambda _request: Reply.json({"token": "t"})) as thief:
        elsewhere = thief.host.replace("127.0.0.1", "localhost")
        with serving(foreign(elsewhere)) as server:
            error = failure(known(), server.host, lambda c: c.probe(server.host))
    assert thief.requests == []
    assert error.code == "token_service_foreign"
    assert elsewhere in error.message
    assert "palette_registry.token_hosts" in error.fix


def test_a_token_service_that_is_named_gets_it_and_is_told() -> None:
    with serving(lambda _request: Reply.json({"token": "t"})) as service:
        elsewhere = service.host.replace("127.0.0.1", "localhost")
        with serving(foreign(elsewhere)) as server:
            asking = known()
            asking.token_hosts = ("localhost",)
            with asking.client(server.host) as client:
                client.probe(server.host)
                assert client.token_service(server.host) == elsewhere
    assert [request.authorization for request in service.requests] == [BASIC]


def test_who_has_no_password_may_ask_any_token_service() -> None:
    with serving(lambda _request: Reply.json({"token": "t"})) as service:
        elsewhere = service.host.replace("127.0.0.1", "localhost")
        with serving(foreign(elsewhere)) as server, Asking().client(server.host) as client:
            client.probe(server.host)
            assert client.token_service(server.host) == ""
    assert [request.authorization for request in service.requests] == [""]


@pytest.mark.parametrize(
    "realm", ["u@127.0.0.1", "evil.example.net\\\\@127.0.0.1", "127.0.0.1:99999999", "a b"]
)
def test_a_realm_that_libraries_read_in_two_ways_is_none(realm: str) -> None:
    with serving(foreign(realm)) as server:
        error = failure(known(), server.host, lambda c: c.probe(server.host))
    assert error.code == "token_refused"
