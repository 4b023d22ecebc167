# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import email.utils
import gzip
import pathlib
import ssl
import threading

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.proxies import (
    Proxies,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Answer,
    Limits,
    Trust,
    retry_after,
)
from tests.sandbox.pki import Authority
from tests.unit.helpers.scripted_registry import (
    API,
    CUT,
    NAME,
    Asking,
    Reply,
    Request,
    Script,
    SharedTrust,
    authority,
    proxying,
    serving,
    wanting_client,
)

HEADERS = {"Authorization": "Bearer secret"}


def send(asking: Asking, host: str, path: str = "/v2/", method: str = "GET") -> Answer:
    transport = asking.transport()
    try:
        return transport.send(method, f"https://{host}{path}", HEADERS)
    finally:
        transport.close()


def code_of(asking: Asking, host: str) -> str:
    with pytest.raises(RegistryError) as caught:
        send(asking, host)
    return caught.value.code


def first(*replies: Reply) -> Script:
    """Answer one reply after the other, then API."""
    waiting = iter(replies)
    return lambda _request: next(waiting, API)


TEST_RETRIES: list[tuple[tuple[Reply, ...], list[float]]] = [
    ((), []),
    ((CUT,), [0.25]),
    ((Reply(503), CUT), [0.25, 0.5]),
    ((Reply(500), Reply(502)), [0.25, 0.5]),
    ((Reply(429, {"Retry-After": "7"}),), [7.0]),
    ((Reply(429),), [0.25]),
    ((Reply(503, {"Retry-After": "2"}),), [2.0]),
]


@pytest.mark.parametrize(("replies", "slept"), TEST_RETRIES)
def test_what_may_pass_is_tried_again(replies: tuple[Reply, ...], slept: list[float]) -> None:
    asking = Asking()
    with serving(first(*replies)) as server:
        assert send(asking, server.host).status == 200
    assert asking.clock.slept == slept
    assert len(server.requests) == len(replies) + 1


def test_attempts_end() -> None:
    asking = Asking()
    with serving(lambda _request: Reply(503)) as server:
        assert send(asking, server.host).status == 503
    assert len(server.requests) == 3
    with serving(lambda _request: CUT) as server:
        assert code_of(asking, server.host) == "connection_cut"
    assert len(server.requests) == 3


def test_a_long_wait_is_not_waited() -> None:
    asking = Asking()
    with serving(lambda _request: Reply(429, {"Retry-After": "21600"})) as server:
        assert send(asking, server.host).status == 429
    assert asking.clock.slept == []
    assert len(server.requests) == 1


def test_a_limit_holds_all_threads() -> None:
    asking = Asking()
    with serving(first(Reply(429, {"Retry-After": "9"}))) as server:
        transport = asking.transport()
        transport._hold(server.host, 4)
        transport.send("GET", f"https://{server.host}/v2/", {})
        transport.close()
    assert asking.clock.slept == [4, 9]


def test_connections_are_used_again() -> None:
    with serving(lambda _request: API) as server:
        transport = Asking().transport()
        for _try in range(5):
            transport.send("HEAD", f"https://{server.host}/v2/", {})
        assert transport._pool(("https", server.host)).num_connections == 1
        transport.close()


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "GZIP", "zstd"])
def test_a_body_that_has_to_be_unpacked_is_refused(encoding: str) -> None:
    """A hundred bytes, packed twice, may become gigabytes."""
    body = gzip.compress(gzip.compress(b"{}" + b" " * 1_000_000))
    packed = Reply(200, {"Content-Encoding": encoding}, body)
    asking = Asking()
    with serving(lambda _request: packed) as server, pytest.raises(RegistryError) as caught:
        send(asking, server.host)
    assert caught.value.code == "unexpected_answer"
    assert encoding in caught.value.message
    assert [one.headers["accept-encoding"] for one in server.requests] == ["identity"]


def test_what_a_redirect_sends_is_not_unpacked() -> None:
    body = gzip.compress(gzip.compress(b" " * 1_000_000))
    packed = Reply(302, {"Content-Encoding": "gzip, gzip", "Location": "/v2/there"}, body)
    with serving(first(packed)) as server, pytest.raises(RegistryError):
        send(Asking(), server.host)


def test_redirects_keep_credentials_on_the_host_and_nowhere_else() -> None:
    with serving(lambda _request: API) as other:

        def script(request: Request) -> Reply:
            if request.path == "/v2/":
                return Reply(307, {"Location": "/v2/moved"})
            return Reply(302, {"Location": f"https://{other.host}/there"})

        with serving(script) as server:
            answer = send(Asking(), server.host)
    assert answer.url == f"https://{other.host}/there"
    assert [request.authorization for request in server.requests] == ["Bearer secret"] * 2
    assert [request.authorization for request in other.requests] == [""]


def test_credentials_do_not_come_back_with_a_second_redirect() -> None:
    hosts: list[str] = []

    def script(request: Request) -> Reply:
        return API if request.path == "/back" else Reply(302, {"Location": f"https://{hosts[0]}/"})

    with serving(script) as server:
        back = Reply(302, {"Location": f"https://{server.host}/back"})
        with serving(lambda _request: back) as other:
            hosts.append(other.host)
            send(Asking(), server.host)
    assert server.requests[-1].path == "/back"
    assert server.requests[-1].authorization == ""


TEST_BAD_REDIRECTS = ["http://127.0.0.1/v2/", "ftp://127.0.0.1/", "/v2/", "https://[bad"]


@pytest.mark.parametrize("location", TEST_BAD_REDIRECTS)
def test_bad_redirects(location: str) -> None:
    with serving(lambda _request: Reply(301, {"Location": location})) as server:
        assert code_of(Asking(), server.host) == "redirect_refused"


@pytest.mark.parametrize("location", ["https://127.0.0.1:port/", "https://a b/"])
def test_redirects_to_nowhere(location: str) -> None:
    with serving(lambda _request: Reply(301, {"Location": location})) as server:
        assert code_of(Asking(), server.host) in ("request_failed", "name_not_resolved")


def test_a_redirect_to_a_bare_host() -> None:
    with serving(lambda _request: API) as other:
        redirect = Reply(301, {"Location": f"https://{other.host}?x=1#y"})
        with serving(lambda _request: redirect) as server:
            assert send(Asking(), server.host).status == 200
    assert other.asked() == ["GET /?x=1"]


def test_a_redirect_without_a_location_is_an_answer() -> None:
    with serving(lambda _request: Reply(301)) as server:
        assert send(Asking(), server.host).status == 301


TEST_TLS: list[tuple[tuple[str, ...], Trust | None, str]] = [
    (("127.0.0.1",), SharedTrust(), "certificate_unknown_authority"),
    (("other.example.org",), None, "certificate_wrong_name"),
]


@pytest.mark.parametrize(("names", "trust", "code"), TEST_TLS)
def test_certificates(names: tuple[str, ...], trust: Trust | None, code: str) -> None:
    with serving(lambda _request: API, names) as server:
        assert code_of(Asking(trust=trust), server.host) == code
        assert server.requests == []
        answer = send(Asking(trust=SharedTrust(insecure=True)), server.host)
    assert answer.status == 200


def test_a_server_without_tls() -> None:
    with serving(lambda _request: API, plain=True) as server:
        assert code_of(Asking(), server.host) == "tls_not_spoken"


# OpenSSL's servers say so from TLS 1.3 on; before, it is any failed handshake.
@pytest.mark.parametrize(
    ("most", "code"),
    [
        (ssl.TLSVersion.TLSv1_3, "client_certificate_wanted"),
        (ssl.TLSVersion.TLSv1_2, "tls_failed"),
    ],
)
def test_a_server_that_wants_a_client_certificate(most: ssl.TLSVersion, code: str) -> None:
    with serving(lambda _request: API, context=wanting_client(most)) as server:
        assert code_of(Asking(), server.host) == code
        assert server.requests == []


def test_a_certificate_that_is_trusted_itself() -> None:
    with serving(lambda _request: API) as server:
        host, _colon, port = server.host.partition(":")
        leaf = ssl.get_server_certificate((host, int(port)))
        assert send(Asking(trust=Trust(leaf)), server.host).status == 200


def test_a_ca_that_cannot_be_read() -> None:
    broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    with pytest.raises(ValueError, match="ca_cert cannot be read"):
        Trust(broken).context()


def test_nobody_there() -> None:
    with serving(lambda _request: API) as server:
        host = server.host
    assert code_of(Asking(), host) == "connection_refused"


def test_no_such_name() -> None:
    asking = Asking()
    assert code_of(asking, "registry.invalid") == "name_not_resolved"
    assert asking.clock.slept == []


def test_no_answer_in_time() -> None:
    release = threading.Event()

    def script(_request: Request) -> Reply:
        release.wait(5)
        return API

    with serving(script) as server:
        asking = Asking(limits=Limits(timeout=0.1, attempts=2))
        assert code_of(asking, server.host) == "connection_timeout"
        release.set()
    assert len(asking.clock.slept) == 1


def test_a_huge_answer() -> None:
    with serving(lambda _request: Reply(200, {}, b"x" * (4 * 1024 * 1024 + 1))) as server:
        assert code_of(Asking(), server.host) == "unexpected_answer"


def test_proxy_with_a_password() -> None:
    with serving(lambda _request: API) as server, proxying(server.host) as proxy:
        proxies = Proxies(f"http://user:p%40ss@{proxy.host}")
        assert send(Asking(proxies=proxies), f"{NAME}:443").status == 200
    assert proxy.asked() == [f"CONNECT {NAME}:443"]
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
    assert "proxy-authorization" not in server.requests[0].headers
    assert "authorization" not in proxy.requests[0].headers


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses(status: int) -> None:
    with proxying("127.0.0.1:1", status) as proxy:
        asking = Asking(proxies=Proxies(f"http://{proxy.host}"))
        assert code_of(asking, NAME) == "proxy_failed"


def test_no_proxy_there() -> None:
    with proxying("127.0.0.1:1") as proxy:
        host = proxy.host
    assert code_of(Asking(proxies=Proxies(f"http://{host}")), NAME) == "proxy_failed"


def test_a_certificate_behind_a_proxy() -> None:
    other = serving(lambda _request: API, ("other.example.org",))
    with other as server, proxying(server.host) as proxy:
        asking = Asking(proxies=Proxies(f"http://{proxy.host}"))
        assert code_of(asking, NAME) == "certificate_wrong_name"


def test_retry_after_as_a_date() -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=100)
    assert 90 < retry_after(email.utils.format_datetime(soon, usegmt=True)) <= 100
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    assert retry_after("later") == retry_after("") == retry_after("-5") == 0


TEST_WORDS: list[tuple[bytes, str]] = [
    (b'{"errors": [{"message": "denied"}]}', "403 Forbidden: denied"),
    (b'{"details": "incorrect"}', "403 Forbidden: incorrect"),
    (b'{"errors": []}', "403 Forbidden"),
    (b'{"errors": "x"}', "403 Forbidden"),
    (b'{"message": {"a": 1}}', "403 Forbidden"),
    (b"[1]", "403 Forbidden"),
    (b"<html>", "403 Forbidden"),
    (b"\xff", "403 Forbidden"),
]


@pytest.mark.parametrize(("body", "words"), TEST_WORDS)
def test_what_a_registry_says(body: bytes, words: str) -> None:
    assert Answer(403, {}, body, "").said() == words


def test_an_unknown_status() -> None:
    assert Answer(799, {}, b"", "").said() == "799 HTTP status"


def test_a_ca_is_trusted_beside_those_of_the_system(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "system.pem").write_text(Authority("the system's CA").pem, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))

    def number(trust: Trust) -> int:
        return trust.context().cert_store_stats()["x509"]

    assert (number(Trust()), number(Trust(authority().pem))) == (1, 2)


def test_a_ca_alone_is_trusted_without_those_of_the_system() -> None:
    stats = Trust(authority().pem, alone=True).context().cert_store_stats()
    assert stats["x509"] == 1
    with serving(lambda _request: API) as server:
        asking = Asking(trust=Trust(authority().pem, alone=True))
        assert send(asking, server.host).status == 200
        other = Asking(trust=Trust(Authority("another CA").pem, alone=True))
        assert code_of(other, server.host) == "certificate_unknown_authority"
