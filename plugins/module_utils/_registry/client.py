# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks a registry about images: OCI distribution specification 1.1, and Docker's before it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import re
import threading
import typing as t

from .._image_name import DOCKER_HUB, ImageReference
from .auth import Authorizer, Credentials
from .errors import (
    CLIENT_CERTIFICATE,
    FORBIDDEN,
    HTML_ANSWER,
    MISSING,
    RATE_LIMITED,
    UNAUTHORIZED,
    RegistryError,
)
from .json_text import read_json
from .manifest import ACCEPT, MANIFEST_TYPES, Document, platform_of_config, read_manifest
from .places import ApiPlaces
from .transport import Answer, Transport

DOCKER_HUB_API = "registry-1.docker.io"

_NO_HEAD = (405, 501)
_REPOSITORY = re.compile(r"[a-z0-9][a-z0-9._/-]{0,254}\Z")
_DIGEST = re.compile(r"[a-z0-9]{1,20}(?:[+._-][a-z0-9]{1,20}){0,4}:[A-Za-z0-9=_-]{32,256}\Z")


@dataclasses.dataclass(frozen=True)
class Found:
    """An image that a registry holds. `platforms` (`linux/arm64/v8`) only where asked for."""

    digest: str
    platforms: tuple[str, ...] = ()


class Registry(t.Protocol):
    """Answers whether registries hold images. Threads share it."""

    def probe(self, host: str, paths: t.Collection[str] = ()) -> None:
        """Ask a registry for its API. Raises RegistryError if no image need be asked for.

        It may lie below one of the `paths`, which repositories have on that host.
        """

    def manifest_url(self, image: ImageReference) -> str:
        """Return the URL at which a full reference is looked for."""

    def find(self, image: ImageReference, *, platforms: bool) -> Found:
        """Return what a registry holds under a full reference. Raises RegistryError."""

    def open_as_node(self, url: str, image: ImageReference) -> None:
        """Ask for a manifest by the very URL that a node requests. Raises RegistryError."""


class RegistryClient:
    """The real registry, over a transport."""

    def __init__(
        self,
        transport: Transport,
        credentials: t.Mapping[str, Credentials],
        token_hosts: t.Collection[str] = (),
        redact: t.Callable[[str], str] = str,
        places: ApiPlaces | None = None,
    ) -> None:
        """Keep the credentials, by the host[:port] to which alone each is sent.

        Token services of `token_hosts` are given them as well. `redact` takes secrets out of
        what a registry says, before any of it is cut off. `places` tell where APIs lie.
        """
        self._places = places or ApiPlaces()
        self._transport = transport
        self._token_hosts = token_hosts
        self._redact = redact
        self._credentials = credentials
        self._authorizers: dict[str, Authorizer] = {}
        self._lock = threading.Lock()

    def probe(self, host: str, paths: t.Collection[str] = ()) -> None:
        """Ask `GET /v2/`, with the credentials if it wants any. Raises RegistryError.

        Where the API is told to lie below a path, it is asked there. Where the host has none at
        all, each prefix of the `paths` is asked for one. Anonymous questions go on after a refusal
        with a token service, for single repositories may be open to everybody.
        """
        with self._without_secrets():
            error = self._refused(host, self._places.first(host))
            if error is None:
                return
            if error.code in NO_API and self._places.find(
                host, paths, lambda path: self._refused(host, path) is None
            ):
                return
            raise error

    def _refused(self, host: str, path: str) -> RegistryError | None:
        """Return why there is no API below a path that lets us in, None if there is."""
        authorizer = self._authorizer(host)
        answer = self._ask("GET", host, f"{_below(path)}/v2/", "")
        if answer.status == 200 and not answer.is_html:
            return None
        if answer.status in (401, 403) and authorizer.anonymous and authorizer.header(""):
            return None
        return _refusal(answer, host, anonymous=authorizer.anonymous, probe=True)

    def token_service(self, host: str) -> str:
        """Return the other host[:port] that was given the password of a registry, "" for none."""
        return self._authorizer(host).token_service

    def repositories(self, host: str) -> tuple[str, ...]:
        """Return the first repositories that a registry names, none where it does not tell.

        Many tell none to plain users, and some have no catalog at all: that is no error.
        """
        try:
            with self._without_secrets():
                path = f"{_below(self._places.first(host))}/v2/_catalog?n=1000"
                answer = self._ask("GET", host, path, "registry:catalog:*")
        except RegistryError:
            return ()
        data = read_json(answer.body) if answer.status == 200 else None
        names = data.get("repositories") if isinstance(data, dict) else None
        known = names if isinstance(names, list) else []
        return tuple(name for name in known if isinstance(name, str) and _REPOSITORY.match(name))

    def find(self, image: ImageReference, *, platforms: bool) -> Found:
        """Return what the registry holds. Raises RegistryError, with code MISSING if it is not."""
        with self._without_secrets():
            return self._find(image, platforms=platforms)

    def manifest_url(self, image: ImageReference) -> str:
        """Return the URL at which an image is looked for."""
        return f"{_origin(image.registry)}{self._manifest(image)}"

    def _manifest(self, image: ImageReference) -> str:
        below, repository = self._places.split(image.registry, image.repository)
        return f"{_below(below)}/v2/{repository}/manifests/{image.digest or image.tag}"

    def _scope(self, image: ImageReference) -> str:
        return f"repository:{self._places.split(image.registry, image.repository)[1]}:pull"

    def _find(self, image: ImageReference, *, platforms: bool) -> Found:
        path, scope = self._manifest(image), self._scope(image)
        method = "GET" if platforms else "HEAD"
        answer = self._ask(method, image.registry, path, scope)
        if method == "HEAD" and _is_vague(answer):
            method = "GET"
            answer = self._ask(method, image.registry, path, scope)
        self._judge(answer, image)
        if method == "HEAD":
            return Found(_checked_digest(_told_digest(answer), image))
        document = read_manifest(answer.body, answer.media_type)
        if document is None:
            raise RegistryError("manifest_unsupported", image.registry, answer.media_type)
        digest = _checked_digest(_body_digest(answer, image), image)
        return Found(digest, self._platforms(document, image) if platforms else ())

    def manifest(self, image: ImageReference) -> tuple[str, Answer]:
        """Return a manifest's digest, and the answer with it. Raises RegistryError."""
        with self._without_secrets():
            answer = self._ask("GET", image.registry, self._manifest(image), self._scope(image))
            self._judge(answer, image)
            return _checked_digest(_body_digest(answer, image), image), answer

    def open_as_node(self, url: str, image: ImageReference) -> None:
        """Ask for a manifest by the very URL that a node requests.

        Raises RegistryError if something else answers there, or nothing.
        """
        path = f"/{url.split('/', 3)[3]}"
        with self._without_secrets():
            self._judge(self._ask("HEAD", image.registry, path, self._scope(image)), image)

    @contextlib.contextmanager
    def _without_secrets(self) -> t.Iterator[None]:
        """Let no secret of ours that a registry repeats be in an error."""
        try:
            yield
        except RegistryError as error:
            raise error.rewritten(self._redact) from error.__cause__

    def _judge(self, answer: Answer, image: ImageReference) -> None:
        """Raise RegistryError unless the answer is a manifest, or may be one."""
        if answer.status != 200 or answer.is_html:
            anonymous = self._authorizer(image.registry).anonymous
            raise _refusal(answer, image.registry, anonymous=anonymous, probe=False)

    def _platforms(self, document: Document, image: ImageReference) -> tuple[str, ...]:
        """Return an image's platforms: of an index at once, of one image from its config."""
        if not document.config:
            return document.platforms
        below, repository = self._places.split(image.registry, image.repository)
        path = f"{_below(below)}/v2/{repository}/blobs/{document.config}"
        answer = self._ask("GET", image.registry, path, self._scope(image))
        self._judge(answer, image)
        platform = platform_of_config(answer.body)
        return (platform,) if platform else ()

    def _ask(self, method: str, host: str, path: str, scope: str) -> Answer:
        """Ask with what the registry is known to want, and once more with what it then wants."""
        authorizer = self._authorizer(host)
        url = f"{_origin(host)}{path}"
        header = authorizer.header(scope)
        answer = self._send(method, url, header)
        if answer.status != 401 or _host_of(answer) != _host_of_url(url):
            return answer
        challenge = authorizer.learn(answer)
        if challenge is None:
            return answer
        again = authorizer.header(challenge.parameters.get("scope", "") or scope, stale=header)
        if not again or again == header:
            return answer
        return self._send(method, url, again)

    def _send(self, method: str, url: str, authorization: str) -> Answer:
        headers = {"Accept": ACCEPT}
        if authorization:
            headers["Authorization"] = authorization
        return self._transport.send(method, url, headers)

    def _authorizer(self, host: str) -> Authorizer:
        with self._lock:
            if host not in self._authorizers:
                credentials = self._credentials.get(host)
                self._authorizers[host] = Authorizer(
                    self._transport, host, credentials, self._token_hosts
                )
            return self._authorizers[host]


def _below(path: str) -> str:
    return f"/{path}" if path else ""


def _origin(host: str) -> str:
    return f"https://{DOCKER_HUB_API if host == DOCKER_HUB else host}"


def _host_of_url(url: str) -> str:
    return url.split("/", 3)[2]


def _host_of(answer: Answer) -> str:
    return _host_of_url(answer.url)


def _is_vague(answer: Answer) -> bool:
    """Return whether only the body can tell: no HEAD here, no digest, or a type of no manifest."""
    if answer.status in _NO_HEAD:
        return True
    known = answer.media_type in MANIFEST_TYPES and _told_digest(answer)
    return answer.status == 200 and not answer.is_html and not known


def _told_digest(answer: Answer) -> str:
    """Return the digest in a header, "" where it is none: it is shown to people."""
    said = answer.header("Docker-Content-Digest")
    return said if _DIGEST.match(said) else ""


def _body_digest(answer: Answer, image: ImageReference) -> str:
    """Return the digest of a manifest, which the header has to tell as well, if it tells any."""
    said = _told_digest(answer)
    algorithm = (said or image.digest or "sha256:").partition(":")[0]
    if algorithm not in ("sha256", "sha512"):
        return said
    digest = f"{algorithm}:{hashlib.new(algorithm, answer.body).hexdigest()}"
    if said and said != digest:
        raise RegistryError("digest_mismatch", image.registry, f"{digest} instead of {said}")
    return digest


def _checked_digest(digest: str, image: ImageReference) -> str:
    if image.digest and digest != image.digest:
        raise RegistryError("digest_mismatch", image.registry, f"{digest} not {image.digest}")
    return digest


NO_API = frozenset({"no_registry", HTML_ANSWER})
"""What `GET /v2/` meets where there is no API."""

_NO_CERTIFICATE = b"No required SSL certificate was sent"
"""What nginx says on its page, after a handshake that went well."""

_STATUS_CODES = {403: FORBIDDEN, 404: MISSING, 429: RATE_LIMITED}


def _refusal(answer: Answer, host: str, *, anonymous: bool, probe: bool) -> RegistryError:
    """Return the error that an answer is, which is no manifest and no API."""
    said = answer.said()
    if answer.status >= 500:
        return RegistryError("server_error", host, said)
    if answer.status == 400 and _NO_CERTIFICATE in answer.body:
        return RegistryError(CLIENT_CERTIFICATE, host, said)
    if answer.status == 401:
        return RegistryError("credentials_missing" if anonymous else UNAUTHORIZED, host, said)
    if answer.is_html and answer.status in (200, 404):
        return RegistryError(HTML_ANSWER, host, f"{said}, {answer.media_type}")
    if answer.status == 404 and probe:
        return RegistryError("no_registry", host, said)
    code = _STATUS_CODES.get(answer.status, "unexpected_answer")
    if code == RATE_LIMITED and answer.header("Retry-After"):
        said = f"{said}, Retry-After {answer.header('Retry-After')}"
    return RegistryError(code, host, said)


__all__ = ("DOCKER_HUB_API", "NO_API", "Found", "Registry", "RegistryClient")
