# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP as registries need it, on urllib3.

Why urllib3: the `kubernetes` library, which the collection needs anyway, brings it, and with
threads and its connection pools it is as fast as asyncio clients, for the registry is slower.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import email.utils
import functools
import http
import http.client
import random
import ssl
import threading
import time
import traceback
import typing as t
import urllib.parse

from .deadline import Deadline, heed_deadlines
from .errors import RegistryError, from_exception
from .json_text import read_json
from .proxies import Proxies

URLLIB3_IMPORT_ERROR: str | None = None
try:
    import urllib3
    import urllib3.exceptions
except ImportError:
    URLLIB3_IMPORT_ERROR = traceback.format_exc()

_REDIRECTS = (301, 302, 303, 307, 308)
_AGAIN = (429, 500, 502, 503, 504)
_MOST_REDIRECTS = 5
_MOST_HOSTS = 100  # registries, token services, stores of blobs
_LARGEST_BODY = 4 * 1024 * 1024  # bytes: what registries accept as a manifest
_CHUNK = 64 * 1024
_LONGEST_BACKOFF = 8.0  # seconds


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a server said last. `url` is where, after redirects; `headers` ignore case."""

    status: int
    headers: t.Mapping[str, str]
    body: bytes
    url: str

    def header(self, name: str) -> str:
        """Return a header, "" if it is not there."""
        return self.headers.get(name, "")

    @property
    def media_type(self) -> str:
        """Return the Content-Type without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Return whether this is a page for a browser."""
        return self.media_type in ("text/html", "application/xhtml+xml")

    def said(self) -> str:
        """Return the status, and the first error's message where the body has one, as JSON."""
        try:
            phrase = http.HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "HTTP status"
        status = f"{self.status} {phrase}"
        data = read_json(self.body)
        try:
            error = data["errors"][0] if data.get("errors") else data
            message = error.get("message") or error.get("details") or error.get("error")
        except (KeyError, IndexError, TypeError, AttributeError):
            return status
        return f"{status}: {message}" if isinstance(message, str) else status


class Transport(t.Protocol):
    """Sends a request and brings the answer, whatever its status is."""

    def send(self, method: str, url: str, headers: t.Mapping[str, str]) -> Answer:
        """Return the final answer. Raises RegistryError if there is none."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """How patient a transport is: seconds, and numbers of attempts and connections a host.

    `timeout` is how long an attempt may take as a whole: to connect, through all redirects, to
    the last byte of the answer.
    """

    timeout: float = 15.0
    attempts: int = 4
    connections: int = 8
    longest_wait: float = 30.0


@dataclasses.dataclass(frozen=True)
class Trust:
    """Whom a transport trusts: the system's authorities and those of `ca_cert`, or anybody.

    With `alone` it trusts those of `ca_cert` and no others.
    """

    ca_cert: str = ""
    insecure: bool = False
    alone: bool = False

    def context(self) -> ssl.SSLContext:
        """Return the one context for TLS. Raises ValueError on a CA that cannot be read."""
        return self._context

    @functools.cached_property
    def _context(self) -> ssl.SSLContext:
        # Made once: to read the system's authorities takes as long as three requests.
        empty = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        alone = self.alone or self.insecure
        context = empty if alone else ssl.create_default_context()
        # As in Go, hence in containerd: any trusted certificate ends a chain, and extensions
        # that strict readers demand may be missing.
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
        context.hostname_checks_common_name = False
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.ca_cert:
            try:
                # Python takes no other text, in whatever words a comment names its certificate.
                ascii_text = self.ca_cert.encode("ascii", "ignore").decode()
                context.load_verify_locations(cadata=ascii_text)
            except ssl.SSLError as error:
                raise ValueError("ca_cert cannot be read as certificates") from error
        return context


class Clock:
    """Time and chance; tests have their own."""

    def now(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def chance(self) -> float:
        """Return a number from 0 to 1, so that threads do not try again all at once."""
        return random.random()


class HttpTransport:
    """Keeps connections, retries what may pass, and follows redirects without credentials.

    Threads share it.
    """

    def __init__(
        self,
        trust: Trust,
        proxies: Proxies,
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Prepare; nothing is sent yet. Raises ValueError on a CA that cannot be read."""
        self._limits = limits or Limits()
        self._proxies = proxies
        self._clock = clock or Clock()
        self._context = trust.context()
        self._timeout = urllib3.Timeout(connect=self._limits.timeout, read=self._limits.timeout)
        self._managers: dict[str, urllib3.PoolManager] = {}
        self._pools: dict[tuple[str, str], urllib3.HTTPConnectionPool] = {}
        self._resume: dict[str, float] = {}
        self._lock = threading.Lock()
        if trust.insecure:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def close(self) -> None:
        """Close all connections."""
        for manager in self._managers.values():
            manager.clear()

    def send(self, method: str, url: str, headers: t.Mapping[str, str]) -> Answer:
        """Return the final answer. Raises RegistryError if there is none."""
        host = urllib.parse.urlsplit(url).netloc
        for attempt in range(self._limits.attempts):
            self._wait_until_resumed(host)
            last = attempt + 1 == self._limits.attempts
            delay = self._backoff(attempt)
            try:
                with Deadline(self._limits.timeout) as deadline:
                    answer = self._follow(method, url, headers, deadline)
            except RegistryError as error:
                if last or not error.transient:
                    raise
            else:
                if last or answer.status not in _AGAIN:
                    return answer
                wanted = retry_after(answer.header("Retry-After"))
                if wanted > self._limits.longest_wait:
                    return answer
                if wanted:
                    delay = wanted
                    self._hold(host, wanted)
            self._clock.sleep(delay)
        raise RuntimeError("unreachable: the last attempt returns or raises")

    def _backoff(self, attempt: int) -> float:
        return min(_LONGEST_BACKOFF, 0.25 * 2.0**attempt) * (0.5 + self._clock.chance() / 2)

    def _hold(self, host: str, seconds: float) -> None:
        """Let no thread ask a host for a while: a limit is meant for all of them."""
        with self._lock:
            self._resume[host] = max(self._resume.get(host, 0.0), self._clock.now() + seconds)

    def _wait_until_resumed(self, host: str) -> None:
        if not self._resume:
            return
        remaining = self._resume.get(host, 0.0) - self._clock.now()
        if remaining > 0:
            self._clock.sleep(remaining)

    def _follow(
        self, method: str, url: str, headers: t.Mapping[str, str], deadline: Deadline
    ) -> Answer:
        origin = _origin(url)
        for _hop in range(_MOST_REDIRECTS + 1):
            answer = self._exchange(method, url, headers, deadline)
            location = answer.header("Location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            try:
                url = urllib.parse.urljoin(url, location)
                here = _origin(url)
            except ValueError:
                raise RegistryError("redirect_refused", origin[1], location) from None
            if here[0] != "https":
                raise RegistryError("redirect_refused", origin[1], f"to {here[0]}://{here[1]}")
            if here != origin:
                # Credentials and tokens are for the host that asked for them, and for no other.
                headers = {k: v for k, v in headers.items() if k.lower() != "authorization"}
        raise RegistryError("redirect_refused", origin[1], f"more than {_MOST_REDIRECTS} times")

    def _exchange(
        self, method: str, url: str, headers: t.Mapping[str, str], deadline: Deadline
    ) -> Answer:
        """Send one request and read its answer, up to a size and until the deadline."""
        parts = urllib.parse.urlsplit(url)
        host = parts.netloc
        try:
            deadline.remaining()
            response = self._pool((parts.scheme, host)).request(
                method,
                urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, "")),
                headers={"Accept-Encoding": "identity", **headers},
                timeout=self._timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                body = _body(response, host)
            except BaseException:
                response.close()
                raise
            finally:
                response.release_conn()
            # A body without a length ends where its connection does.
            deadline.remaining()
        except (
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            OSError,
            ValueError,
        ) as error:
            failure = from_exception(error, host)
            if deadline.passed or failure.code == "connection_timeout":
                said = f"no whole answer within {self._limits.timeout:g} s"
                raise RegistryError("connection_timeout", host, said) from error
            raise failure from error
        return Answer(response.status, response.headers, body, url)

    def _pool(self, origin: tuple[str, str]) -> urllib3.HTTPConnectionPool:
        """Return the connections to a host: direct ones, or those through its proxy."""
        with self._lock:
            pool = self._pools.get(origin)
            if pool is None:
                manager = self._manager(self._proxies.of(origin[1]))
                pool = manager.connection_from_url(f"{origin[0]}://{origin[1]}")
                self._pools[origin] = pool
            return pool

    def _manager(self, proxy: str) -> urllib3.PoolManager:
        if proxy not in self._managers:
            self._managers[proxy] = manager_through(
                proxy,
                num_pools=_MOST_HOSTS,
                maxsize=self._limits.connections,
                block=True,
                ssl_context=self._context,
            )
        return self._managers[proxy]


def manager_through(proxy: str, **options: t.Any) -> urllib3.PoolManager:
    """Return what connects through a proxy, "" for none, as the user whom its URL names.

    It heeds deadlines, but for one through SOCKS.
    """
    if not proxy:
        manager = urllib3.PoolManager(**options)
        heed_deadlines(manager)
        return manager
    parts = urllib.parse.urlsplit(proxy)
    if parts.scheme.startswith("socks"):
        from urllib3.contrib.socks import SOCKSProxyManager  # needs a library that few have

        return SOCKSProxyManager(proxy, **options)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    if parts.username:
        pair = f"{parts.username}:{parts.password or ''}"
        options["proxy_headers"] = urllib3.make_headers(proxy_basic_auth=urllib.parse.unquote(pair))
    manager = urllib3.ProxyManager(bare, **options)
    heed_deadlines(manager)
    return manager


def _body(response: urllib3.BaseHTTPResponse, host: str) -> bytes:
    """Read a body as it was sent: none that is huge, and none that has to be unpacked."""
    encoding = response.headers.get("Content-Encoding", "")
    if encoding.strip().lower() not in ("", "identity"):
        said = f"it is encoded ({encoding}), which was not asked for"
        raise RegistryError("unexpected_answer", host, said)
    body = bytearray()
    while chunk := response.read(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise RegistryError("unexpected_answer", host, "it is larger than 4 MiB")
    return bytes(body)


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc


def retry_after(header: str) -> float:
    """Return the seconds of a Retry-After header, a number or a date; 0 if there is none."""
    number = header.strip()
    if number.isascii() and number.isdigit():
        return float(number)
    try:
        when = email.utils.parsedate_to_datetime(header)
        if when.tzinfo is None:
            when = when.replace(tzinfo=datetime.UTC)
        return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


__all__ = (
    "URLLIB3_IMPORT_ERROR",
    "Answer",
    "Clock",
    "HttpTransport",
    "Limits",
    "Transport",
    "Trust",
    "manager_through",
    "retry_after",
)
