# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import concurrent.futures
import contextlib
import json
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._image_name import (
    ImageReference,
    parse_image,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.client import (
    Found,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Limits,
)
from tests.unit.helpers.scripted_registry import (
    ABSENT,
    API,
    DIGEST,
    FOUND,
    MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    PORTAL,
    Asking,
    Reply,
    Request,
    Script,
    serving,
)

USER, PASSWORD = "robot$palette", "p@ss:wörd"
BASIC = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
SCOPE = "repository:p/nginx:pull"


def image(host: str, rest: str = "p/nginx:1") -> ImageReference:
    return parse_image(f"{host}/{rest}")


def known(username: str = USER, password: str = PASSWORD) -> Asking:
    return Asking(username, password)


def failure(asking: Asking, host: str, ask: t.Callable[[t.Any], object]) -> RegistryError:
    with asking.client(host) as client, pytest.raises(RegistryError) as caught:
        ask(client)
    return caught.value


def open_to_all(request: Request) -> Reply:
    return API if request.path == "/v2/" else FOUND


def basic_only(request: Request) -> Reply:
    if request.authorization != BASIC:
        return Reply.json(
            {"errors": [{"message": "authentication required"}]},
            401,
            WWW_Authenticate='Basic realm="registry"',
        )
    return API if request.path == "/v2/" else FOUND


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


def test_anonymous() -> None:
    with serving(open_to_all) as server, Asking().client(server.host) as client:
        client.probe(server.host)
        assert client.find(image(server.host), platforms=False) == Found(DIGEST)
    assert server.asked() == ["GET /v2/", "HEAD /v2/p/nginx/manifests/1"]
    assert not any(request.authorization for request in server.requests)
    accepted = server.requests[1].headers["accept"]
    assert OCI_INDEX in accepted
    assert "application/vnd.docker.distribution.manifest.list.v2+json" in accepted


def test_basic_is_learnt_once() -> None:
    with serving(basic_only) as server, known().client(server.host) as client:
        client.probe(server.host)
        client.find(image(server.host), platforms=False)
        client.find(image(server.host, "p/b:2"), platforms=False)
    assert [request.authorization for request in server.requests] == ["", BASIC, BASIC, BASIC]


def test_challenges_in_two_headers() -> None:
    challenges = {"WWW-Authenticate": "Negotiate", "Www-Authenticate": 'Basic realm="r"'}

    def script(request: Request) -> Reply:
        return API if request.authorization == BASIC else Reply(401, challenges)

    with serving(script) as server, known().client(server.host) as client:
        client.probe(server.host)


def test_wrong_password_with_basic() -> None:
    with serving(basic_only) as server:
        error = failure(known(password="no"), server.host, lambda c: c.probe(server.host))
    assert error.code == "unauthorized"
    assert "authentication required" in error.message


def test_basic_without_credentials() -> None:
    with serving(basic_only) as server:
        error = failure(Asking(), server.host, lambda c: c.probe(server.host))
    assert error.code == "credentials_missing"


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


SECRET = "Zq7-horse-battery-staple-0815"


@pytest.mark.parametrize("echoed", [SECRET, base64.b64encode(f"u:{SECRET}".encode()).decode()])
def test_what_a_registry_repeats_is_redacted_before_it_is_cut(echoed: str) -> None:
    """Cut first, a secret that stands at the edge loses its end, and is known no more."""
    with contextlib.ExitStack() as stack:
        fillers = iter(range(140, 200))

        def script(request: Request) -> Reply:
            said = "." * next(fillers) + echoed
            return Reply.json({"errors": [{"message": said}]}, 500)

        server = stack.enter_context(serving(script))
        asking = Asking("u", SECRET, limits=Limits(timeout=5.0, attempts=1), secrets=(SECRET,))
        client = stack.enter_context(asking.client(server.host))
        for _number in range(60):
            with pytest.raises(RegistryError) as caught:
                client.probe(server.host)
            assert "." * 100 in caught.value.message
            assert echoed[4:9] not in caught.value.message


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


TEST_PROBES: list[tuple[Reply, str]] = [
    (PORTAL, "html_answer"),
    (Reply(404, {"Content-Type": "text/html"}), "html_answer"),
    (Reply(404, {"Content-Type": "application/json"}, b"{}"), "no_registry"),
    (Reply.json({}, 403), "forbidden"),
    (Reply.json({}, 401, WWW_Authenticate="Negotiate"), "unauthorized"),
    (Reply(503, {"Content-Type": "text/html"}), "server_error"),
    (Reply.json({}, 418), "unexpected_answer"),
    (Reply.json({}, 429, Retry_After="3600"), "rate_limited"),
]


@pytest.mark.parametrize(("reply", "code"), TEST_PROBES)
def test_probes(reply: Reply, code: str) -> None:
    with serving(lambda _request: reply) as server:
        error = failure(known(), server.host, lambda c: c.probe(server.host))
    assert error.code == code
    assert error.fix


TEST_REFUSALS: list[tuple[Reply, str]] = [
    (ABSENT, "manifest_unknown"),
    (PORTAL, "html_answer"),
    (Reply.json({}, 403), "forbidden"),
    (Reply.json({}, 400), "unexpected_answer"),
    (Reply(200, {"Content-Type": "application/json"}, b"[]"), "manifest_unsupported"),
    (
        Reply(
            200,
            {"Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws"},
            b'{"schemaVersion": 1}',
        ),
        "manifest_unsupported",
    ),
]


@pytest.mark.parametrize(("reply", "code"), TEST_REFUSALS)
@pytest.mark.parametrize("platforms", [False, True])
def test_refusals(reply: Reply, code: str, platforms: bool) -> None:
    with serving(lambda _request: reply) as server:
        host = server.host
        error = failure(known(), host, lambda c: c.find(image(host), platforms=platforms))
    assert error.code == code


def get_only(reply: Reply, head: Reply) -> Script:
    return lambda request: head if request.method == "HEAD" else reply


TEST_VAGUE: list[Reply] = [
    Reply(405),
    Reply(200, {"Content-Type": OCI_MANIFEST}),
    Reply(200, {"Docker-Content-Digest": DIGEST}),
    Reply(200, {"Content-Type": "application/json", "Docker-Content-Digest": DIGEST}),
]


@pytest.mark.parametrize("head", TEST_VAGUE)
def test_what_a_head_does_not_tell_is_read_from_the_manifest(head: Reply) -> None:
    manifest = json.loads(MANIFEST) | {"mediaType": OCI_MANIFEST}
    reply = Reply(200, {"Content-Type": "application/json"}, json.dumps(manifest).encode())
    with serving(get_only(reply, head)) as server, Asking().client(server.host) as client:
        assert client.find(image(server.host), platforms=False).digest.startswith("sha256:")
    assert server.asked() == [f"{method} /v2/p/nginx/manifests/1" for method in ("HEAD", "GET")]


def test_platforms_of_an_index() -> None:
    index = {
        "schemaVersion": 2,
        "manifests": [
            {"platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
            {"platform": {"os": "linux", "architecture": "amd64"}},
            {"platform": {"os": "unknown", "architecture": "unknown"}},
        ],
    }
    reply = Reply(200, {"Content-Type": OCI_INDEX}, json.dumps(index).encode())
    with serving(lambda _request: reply) as server, Asking().client(server.host) as client:
        found = client.find(image(server.host), platforms=True)
    assert found.platforms == ("linux/amd64", "linux/arm64/v8")
    assert len(server.requests) == 1


def test_platform_of_a_single_image_is_in_its_configuration_elsewhere() -> None:
    config = Reply.json({"os": "linux", "architecture": "arm64"})
    with serving(lambda _request: config) as storage:
        location = f"https://{storage.host}/blob?signature=s"

        def script(request: Request) -> Reply:
            if "/blobs/" in request.path:
                return Reply(307, {"Location": location})
            return basic_only(request)

        with serving(script) as server, known().client(server.host) as client:
            assert client.find(image(server.host), platforms=True).platforms == ("linux/arm64",)
    assert storage.asked() == ["GET /blob?signature=s"]
    assert storage.requests[0].authorization == ""


def test_digests_are_asked_for_and_compared() -> None:
    other = f"sha256:{'0' * 64}"
    with serving(lambda _request: FOUND) as server:
        host = server.host
        with Asking().client(host) as client:
            pinned = image(host, f"p/nginx:1@{DIGEST}")
            assert client.find(pinned, platforms=False) == Found(DIGEST)
        wrong = image(host, f"p/nginx@{other}")
        error = failure(Asking(), host, lambda c: c.find(wrong, platforms=False))
    assert error.code == "digest_mismatch"
    assert server.asked()[0] == f"HEAD /v2/p/nginx/manifests/{DIGEST}"


def test_a_body_of_another_digest() -> None:
    with serving(lambda _request: Reply(200, FOUND.headers, MANIFEST + b" ")) as server:
        error = failure(Asking(), server.host, lambda c: c.find(image(server.host), platforms=True))
    assert error.code == "digest_mismatch"


def test_credentials_are_for_their_host_alone() -> None:
    with (
        serving(basic_only) as server,
        known().client("another.example.org") as client,
        pytest.raises(RegistryError) as caught,
    ):
        client.probe(server.host)
    assert caught.value.code == "credentials_missing"
    assert not any(request.authorization for request in server.requests)


def test_no_answer_to_a_challenge_of_another_host() -> None:
    with serving(basic_only) as other:
        redirect = Reply(302, {"Location": f"https://{other.host}/v2/"})
        with serving(lambda _request: redirect) as server:
            failure(known(), server.host, lambda c: c.probe(server.host))
    assert [request.authorization for request in other.requests] == [""]
