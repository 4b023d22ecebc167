# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a registry wants to be asked: anonymously, with Basic, or with a Bearer token.

After the distribution project's token specification (docs/spec/auth/token.md) and RFC 9110.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import dataclasses
import re
import threading
import time
import typing as t
import urllib.parse

from .._settings.token_hosts import HOST, may_have_password
from .errors import FORBIDDEN, UNAUTHORIZED, RegistryError
from .json_text import read_json
from .transport import Answer, Transport

_GAP = re.compile(r"[\s,]*")
_SCHEME = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?=[\s,]|\Z)")
_PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_LONGEST_CHALLENGE = 16 * 1024  # characters; a server's header fields may be megabytes

_SHORTEST_LIFE = 60  # seconds, what a token has at least (the specification's default)
_LONGEST_LIFE = 24 * 3600
_MARGIN = 10  # seconds before its end at which a token is no longer used


@dataclasses.dataclass(frozen=True)
class Credentials:
    """A user name and a password; its text shows neither."""

    username: str = dataclasses.field(repr=False)
    password: str = dataclasses.field(repr=False)

    def basic(self) -> str:
        """Return the value of an Authorization header."""
        pair = f"{self.username}:{self.password}".encode("utf-8", "surrogateescape")
        return f"Basic {base64.b64encode(pair).decode('ascii')}"


@dataclasses.dataclass(frozen=True)
class Challenge:
    """One way in which a server wants to be asked: `scheme` in lower case, and parameters."""

    scheme: str
    parameters: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Return the challenges of a WWW-Authenticate header; stops at what it cannot read.

    It takes a time that grows with the header's length and not with its square.
    """
    header = header[:_LONGEST_CHALLENGE]
    challenges = []
    position = _past_gap(header, 0)
    while match := _SCHEME.match(header, position):
        position = _past_gap(header, match.end())
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position):
            quoted = parameter[2]
            value = parameter[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters.setdefault(parameter[1].lower(), value)
            position = _past_gap(header, parameter.end())
        challenges.append(Challenge(match[1].lower(), parameters))
    return tuple(challenges)


def _past_gap(header: str, position: int) -> int:
    """Return where the blanks and commas end that are at a position."""
    gap = _GAP.match(header, position)
    return gap.end() if gap else position


def choose(challenges: t.Iterable[Challenge]) -> Challenge | None:
    """Return the challenge to follow: Bearer, else Basic, None if there is neither."""
    known = {challenge.scheme: challenge for challenge in reversed(tuple(challenges))}
    return known.get("bearer") or known.get("basic")


@dataclasses.dataclass
class _Slot:
    """One scope's token. Its lock lets one thread fetch while the others wait for the result."""

    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    token: str = ""
    expires: float = 0.0


class Authorizer:
    """Finds the Authorization header for one registry, with at most one token for each scope.

    `credentials` None asks as anybody. What the registry wants is learnt from its answers: each
    refusal goes to `learn`. `token_service` is the host[:port] that was given the password in
    the registry's place, "" if none was.
    """

    def __init__(
        self,
        transport: Transport,
        host: str,
        credentials: Credentials | None,
        token_hosts: t.Collection[str] = (),
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep what is needed to fetch tokens; nothing is asked yet.

        `token_hosts` are those of the settings, to which the password may go as well.
        """
        self.token_service = ""
        self._transport = transport
        self._host = host
        self._credentials = credentials
        self._token_hosts = token_hosts
        self._clock = clock
        self._challenge: Challenge | None = None
        self._slots: dict[str, _Slot] = {}
        self._lock = threading.Lock()

    @property
    def anonymous(self) -> bool:
        """Return whether there are no credentials."""
        return self._credentials is None

    def learn(self, answer: Answer) -> Challenge | None:
        """Keep and return how the registry wants to be asked, as a refusal (401) tells."""
        challenge = choose(parse_challenges(answer.header("WWW-Authenticate")))
        if challenge is not None:
            self._challenge = challenge
        return challenge

    def header(self, scope: str, stale: str = "") -> str:
        """Return the Authorization header for a scope, "" to ask without one.

        `stale` is the header that was refused: a token that equals it is fetched anew. Raises
        RegistryError if the token service gives none.
        """
        challenge = self._challenge
        if challenge is None:
            return ""
        if challenge.scheme == "basic":
            return self._credentials.basic() if self._credentials else ""
        with self._lock:
            slot = self._slots.setdefault(scope, _Slot())
        with slot.lock:
            valid = slot.token and slot.expires > self._clock()
            if not valid or f"Bearer {slot.token}" == stale:
                self._fetch(slot, challenge, scope)
            return f"Bearer {slot.token}"

    def _fetch(self, slot: _Slot, challenge: Challenge, scope: str) -> None:
        url = self._token_url(challenge, scope)
        headers = {"Accept": "application/json"}
        if self._credentials:
            headers["Authorization"] = self._credentials.basic()
            service = urllib.parse.urlsplit(url).netloc
            self.token_service = service if service != self._host else ""
        asked = self._clock()
        answer = self._transport.send("GET", url, headers)
        slot.token, life = self._read(answer)
        slot.expires = asked + life - _MARGIN

    def _token_url(self, challenge: Challenge, scope: str) -> str:
        realm = challenge.parameters.get("realm", "")
        try:
            parts = urllib.parse.urlsplit(urllib.parse.urljoin(f"https://{self._host}/", realm))
        except ValueError:
            raise RegistryError("token_refused", self._host, f"no URL: {realm}") from None
        if parts.scheme != "https":
            raise RegistryError("token_service_insecure", self._host, realm)
        if not HOST.match(parts.netloc):
            raise RegistryError("token_refused", self._host, f"no URL: {realm}")
        if self._credentials and not may_have_password(self._host, parts.netloc, self._token_hosts):
            raise RegistryError("token_service_foreign", self._host, parts.netloc)
        query = urllib.parse.parse_qsl(parts.query)
        if service := challenge.parameters.get("service"):
            query.append(("service", service))
        if scope:
            query.append(("scope", scope))
        return urllib.parse.urlunsplit(
            parts._replace(query=urllib.parse.urlencode(query), fragment="")
        )

    def _read(self, answer: Answer) -> tuple[str, float]:
        """Return a token and its life in seconds."""
        where = f"token service {urllib.parse.urlsplit(answer.url).netloc}: "
        if answer.is_html and answer.status not in (401, 403):
            said = f"{where}{answer.said()}, {answer.media_type}"
            raise RegistryError("token_html_answer", self._host, said)
        if answer.status in (401, 403):
            code = "credentials_missing" if self.anonymous else UNAUTHORIZED
            code = FORBIDDEN if answer.status == 403 and not self.anonymous else code
            raise RegistryError(code, self._host, where + answer.said())
        if answer.status != 200:
            raise RegistryError("token_refused", self._host, where + answer.said())
        data = read_json(answer.body)
        if not isinstance(data, dict):
            raise RegistryError("token_refused", self._host, f"{where}no JSON object")
        token = data.get("token") or data.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise RegistryError("token_refused", self._host, f"{where}no token in its answer")
        return token, self._life(data.get("expires_in"), where)

    def _life(self, seconds: object, where: str) -> float:
        """Return for how long a token is used, within bounds."""
        try:
            life = float(seconds or _SHORTEST_LIFE)  # type: ignore[arg-type]  # may be anything
        except (ValueError, TypeError, OverflowError):
            raise RegistryError("token_refused", self._host, f"{where}no lifetime") from None
        return min(max(_SHORTEST_LIFE, life), _LONGEST_LIFE)


__all__ = ("Authorizer", "Challenge", "Credentials", "choose", "parse_challenges")
