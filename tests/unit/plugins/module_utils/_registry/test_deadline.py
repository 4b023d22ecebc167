# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that spin an exchange out for ever, over real sockets: each read would be in time."""

from __future__ import annotations

import concurrent.futures
import contextlib
import itertools
import queue
import socket
import ssl
import threading
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.proxies import (
    Proxies,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Answer,
    Clock,
    HttpTransport,
    Limits,
)
from tests.unit.helpers.scripted_registry import (
    SharedTrust,
    authority,
    tls,
)

Attack = t.Callable[[socket.socket, threading.Event], None]

LIMITS = Limits(timeout=0.6, attempts=1, connections=1)
OK = b"HTTP/1.1 200 OK\r\n"


def drip(sock: socket.socket, over: threading.Event, pieces: t.Iterable[bytes]) -> None:
    for piece in pieces:
        if over.wait(0.05):
            return
        sock.sendall(piece)


def request_of(sock: socket.socket) -> None:
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionError
        received += piece


def talking(talk: Attack) -> Attack:
    """Attack after a handshake and a request that are as they should be."""

    def attack(sock: socket.socket, over: threading.Event) -> None:
        with tls("127.0.0.1").wrap_socket(sock, server_side=True) as secure:
            request_of(secure)
            talk(secure, over)

    return attack


def slow_headers(sock: socket.socket, over: threading.Event) -> None:
    drip(sock, over, itertools.chain([OK], itertools.repeat(b"X-")))


def endless_continue(sock: socket.socket, over: threading.Event) -> None:
    drip(sock, over, itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))


def eager_continue(sock: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)


def slow_body(sock: socket.socket, over: threading.Event) -> None:
    drip(
        sock, over, itertools.chain([OK + b"Content-Length: 9999\r\n\r\n"], itertools.repeat(b"x"))
    )


def body_without_length(sock: socket.socket, over: threading.Event) -> None:
    drip(sock, over, itertools.chain([OK + b"\r\n"], itertools.repeat(b"x")))


def slow_chunks(sock: socket.socket, over: threading.Event) -> None:
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    drip(sock, over, itertools.chain([head], itertools.repeat(b"1\r\nx\r\n")))


def endless_trailers(sock: socket.socket, over: threading.Event) -> None:
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    drip(sock, over, itertools.chain([head], itertools.repeat(b"X-More: of this\r\n")))


def slow_handshake(sock: socket.socket, over: threading.Event) -> None:
    # A handshake record of 16 KiB that never comes to its end.
    drip(sock, over, itertools.chain([b"\x16\x03\x03\x40\x00"], itertools.repeat(b"\x02")))


def redirects_in_time(sock: socket.socket, over: threading.Event) -> None:
    """Five redirects, each of which takes most of the time that there is for all."""
    for _number in range(5):
        if over.wait(0.4):
            return
        sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
        request_of(sock)


ATTACKS: dict[str, Attack] = {
    "slow_headers": talking(slow_headers),
    "endless_continue": talking(endless_continue),
    "eager_continue": talking(eager_continue),
    "slow_body": talking(slow_body),
    "body_without_length": talking(body_without_length),
    "slow_chunks": talking(slow_chunks),
    "endless_trailers": talking(endless_trailers),
    "redirects_in_time": talking(redirects_in_time),
    "slow_handshake": slow_handshake,
}


@contextlib.contextmanager
def attacking(attack: Attack) -> t.Iterator[str]:
    """Give the host:port at which each connection is attacked, until the end of the block."""
    over = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer(sock: socket.socket) -> None:
            sock.settimeout(2)
            with sock, contextlib.suppress(OSError, ssl.SSLError):
                attack(sock, over)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while not over.is_set():
                    sock, _address = listener.accept()
                    threads.append(threading.Thread(target=answer, args=(sock,), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join(10)


def outcome(work: t.Callable[[], Answer]) -> Answer | RegistryError:
    """Return what came of it; a test that would wait for ever fails."""
    results: queue.Queue[Answer | RegistryError] = queue.Queue()

    def run() -> None:
        try:
            results.put(work())
        except RegistryError as error:
            results.put(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return results.get(timeout=20)
    except queue.Empty:
        pytest.fail("the exchange never ended")


def transport(proxies: Proxies | None = None) -> HttpTransport:
    return HttpTransport(SharedTrust(authority().pem), proxies or Proxies(), LIMITS, Clock())


def asked(host: str, proxies: Proxies | None = None) -> Answer | RegistryError:
    with contextlib.closing(transport(proxies)) as asking:
        return outcome(lambda: asking.send("GET", f"https://{host}/v2/", {}))


def assert_gave_up(said: Answer | RegistryError) -> None:
    assert isinstance(said, RegistryError)
    assert said.code == "connection_timeout"
    assert said.message.endswith(": it did not answer in time (no whole answer within 0.6 s)")


@pytest.fixture(name="attacked", scope="module")
def fixture_attacked() -> dict[str, Answer | RegistryError]:
    """What comes of each attack. They go on side by side: each takes the time that there is."""
    authority()  # its key is made before the clocks run

    def under(attack: Attack) -> Answer | RegistryError:
        with attacking(attack) as host:
            return asked(host)

    with concurrent.futures.ThreadPoolExecutor(len(ATTACKS)) as threads:
        return dict(zip(ATTACKS, threads.map(under, ATTACKS.values()), strict=True))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_exchange_has_one_deadline(
    attacked: dict[str, Answer | RegistryError], attack: str
) -> None:
    assert_gave_up(attacked[attack])


def test_a_proxy_has_it_as_well() -> None:
    def proxy(sock: socket.socket, over: threading.Event) -> None:
        request_of(sock)
        slow_headers(sock, over)

    with attacking(proxy) as host:
        assert_gave_up(asked("registry.example.test", Proxies(f"http://{host}")))


def test_a_connection_that_was_good_once_has_it_as_well() -> None:
    """The second request goes over the first one's connection."""

    def talk(sock: socket.socket, over: threading.Event) -> None:
        sock.sendall(OK + b"Content-Length: 2\r\n\r\n{}")
        request_of(sock)
        slow_headers(sock, over)

    with attacking(talking(talk)) as host, contextlib.closing(transport()) as asking:
        first = outcome(lambda: asking.send("GET", f"https://{host}/v2/", {}))
        assert isinstance(first, Answer) and first.body == b"{}"
        second = outcome(lambda: asking.send("GET", f"https://{host}/v2/", {}))
    assert isinstance(second, RegistryError)
    assert second.code == "connection_timeout"


def test_threads_have_deadlines_of_their_own() -> None:
    """One that is held by an attack neither ends nor delays what another one asks elsewhere."""

    def good(sock: socket.socket, over: threading.Event) -> None:
        sock.sendall(OK + b"Content-Length: 2\r\n\r\n{}")

    with (
        attacking(talking(slow_headers)) as bad_host,
        attacking(talking(good)) as good_host,
        contextlib.closing(transport()) as asking,
    ):
        held: list[Answer | RegistryError] = []
        thread = threading.Thread(
            target=lambda: held.append(
                outcome(lambda: asking.send("GET", f"https://{bad_host}/v2/", {}))
            )
        )
        thread.start()
        for _number in range(3):
            answer = outcome(lambda: asking.send("GET", f"https://{good_host}/v2/", {}))
            assert isinstance(answer, Answer) and answer.body == b"{}"
        thread.join(20)
    assert isinstance(held[0], RegistryError)
