# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client asks registries that want no password, or Basic: what it finds and how it fails."""

from __future__ import annotations

import base64
import contextlib
import json

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.client import (
    Found,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Limits,
)
from tests.unit.helpers.registry_user import BASIC, failure, image, known
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


NGINX = Reply(
    400,
    {"Content-Type": "text/html"},
    b"<html><head><title>400 No required SSL certificate was sent</title></head></html>",
)
TEST_PROBES: list[tuple[Reply, str]] = [
    (PORTAL, "html_answer"),
    (Reply(404, {"Content-Type": "text/html"}), "html_answer"),
    (Reply(404, {"Content-Type": "application/json"}, b"{}"), "no_registry"),
    (NGINX, "client_certificate_wanted"),
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


CATALOGS: list[tuple[Reply, tuple[str, ...]]] = [
    (Reply.json({"repositories": ["a/b", "c", 3, "../x", "{{ x }}", "A b"]}), ("a/b", "c")),
    (Reply.json({"repositories": "a"}), ()),
    (Reply.json([1]), ()),
    (Reply(200, {}, b"{"), ()),
    (PORTAL, ()),
    (ABSENT, ()),
    (Reply.json({}, 403), ()),
]


@pytest.mark.parametrize(("reply", "names"), CATALOGS)
def test_a_catalog_is_read_where_there_is_one(reply: Reply, names: tuple[str, ...]) -> None:
    with serving(lambda _: reply) as server, Asking().client(server.host) as client:
        assert client.repositories(server.host) == names
    assert server.asked() == ["GET /v2/_catalog?n=1000"]
