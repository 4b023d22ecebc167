# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to one API server, on urllib3, the way that a settled kubeconfig says.

Python's client of Kubernetes would do it as well, but to import it and to discover in every task
what the server can do costs a run a quarter of its time. What is asked here are a few paths.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import contextlib
import http
import json
import pathlib
import ssl
import tempfile
import typing as t
import urllib.parse

from ...module_utils._objects import JsonObject
from ...module_utils._registry.json_text import read_json
from ...module_utils._registry.proxies import Proxies
from ...module_utils._registry.transport import Trust, manager_through
from .access import ClusterAccess, Fields

HAS_URLLIB3 = True
try:
    import urllib3
except ImportError:
    HAS_URLLIB3 = False

_RETRIES = 3
_CHUNK = 256 * 1024
LARGEST = 256 * 1024 * 1024
"""Bytes of an answer, the most that is taken."""
_LARGEST_REFUSAL = 64 * 1024
_USER_AGENT = "palette.image_registry"

Query = t.Sequence[tuple[str, str]]


class ApiError(Exception):
    """What an API server, or somebody in its place, refuses something with."""

    def __init__(self, status: int, body: bytes) -> None:
        """Keep the status; the text has the answer, which is a Status where it is from the API."""
        self.status = status
        phrase = ""
        with contextlib.suppress(ValueError):
            phrase = http.HTTPStatus(status).phrase
        super().__init__(f"({status}) Reason: {phrase}\n{body.decode('utf-8', 'replace')}")


class Api:
    """Asks one API server over connections that it keeps; a Deadline ends what waits for them."""

    def __init__(
        self, access: ClusterAccess, environment: t.Mapping[str, str], folder: pathlib.Path
    ) -> None:
        """Prepare; nothing is sent yet. `environment` has the proxies, `folder` is private.

        Raises ValueError or OSError where a certificate or a key cannot be read.
        """
        (cluster,), (user,) = access.config["clusters"], access.config["users"]
        options: dict[str, t.Any] = {}
        if access.server.lower().startswith("https:"):
            context = _context(cluster["cluster"], user["user"], folder)
            if context.verify_mode is ssl.CERT_NONE:
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            options["ssl_context"] = context
            if cluster["cluster"].get("tls-server-name"):
                options["server_hostname"] = cluster["cluster"]["tls-server-name"]
        self._server = access.server.rstrip("/")
        self._headers = _headers(user["user"], access.options)
        proxy = cluster["cluster"].get("proxy-url") or _proxy(self._server, environment)
        self._manager = manager_through(proxy, **options)

    def ask(
        self,
        method: str,
        path: str,
        query: Query = (),
        body: t.Any = None,
        content_type: str = "application/json",
    ) -> JsonObject:
        """Return the object that a server answers with. Raises ApiError where it refuses.

        Whatever urllib3 raises is raised where there is no answer, ValueError for one that no API
        server gives.
        """
        more: dict[str, t.Any] = {}
        if body is not None:
            more["headers"] = self._headers | {"Content-Type": content_type}
            more["body"] = json.dumps(body).encode()
        retries = urllib3.Retry(_RETRIES, redirect=False, respect_retry_after_header=False)
        return _parsed(self.fetch(method, path, query, retries=retries, **more))

    def fetch(
        self, method: str, path: str, query: Query = (), *, most: int = LARGEST, **more: t.Any
    ) -> bytes:
        """Return an answer of at most so many bytes as it was sent, as `ask` does.

        `more` are options of urllib3, such as how often to ask again.
        """
        answer = self._manager.request(
            method,
            f"{self._server}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else ""),
            preload_content=False,
            **{"headers": self._headers, **more},
        )
        if answer.status >= http.HTTPStatus.MULTIPLE_CHOICES:
            refusal = answer.read(_LARGEST_REFUSAL, decode_content=False)
            answer.drain_conn()
            raise ApiError(answer.status, refusal)
        return _body(answer, most)


def _body(answer: urllib3.BaseHTTPResponse, most: int) -> bytes:
    """Return a body as it was sent; nothing was asked for that has to be unpacked."""
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise ValueError("the answer is compressed, which was not asked for")
    body = bytearray()
    while chunk := answer.read(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > most:
            raise ValueError(f"it takes more than {LARGEST // 2**20} MiB")
    answer.release_conn()
    return bytes(body)


def _parsed(body: bytes) -> JsonObject:
    """Return an object, what is in a list with its kind. Raises ValueError."""
    found = read_json(body)
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise ValueError("the answer is no object of Kubernetes: this server is no Kubernetes API")
    kind = found["kind"].removesuffix("List")
    if kind != found["kind"]:
        named = {"apiVersion": found.get("apiVersion"), "kind": kind}
        found["items"] = [{**named, **item} for item in found.get("items") or ()]
    return found


def _headers(user: Fields, options: Fields) -> urllib3.HTTPHeaderDict:
    """Return the headers of all requests: who asks, and as whom."""
    headers = urllib3.HTTPHeaderDict({"Accept": "application/json", "User-Agent": _USER_AGENT})
    headers["Accept-Encoding"] = "identity"
    if user.get("token"):
        headers["Authorization"] = f"Bearer {user['token']}"
    elif user.get("username"):
        pair = f"{user['username']}:{user['password']}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    if options.get("impersonate_user"):
        headers["Impersonate-User"] = options["impersonate_user"]
    for group in options.get("impersonate_groups") or ():
        headers.add("Impersonate-Group", group)
    return headers


def _proxy(server: str, environment: t.Mapping[str, str]) -> str:
    """Return the proxy that the environment names for a server, as Helm would take it."""
    parts = urllib.parse.urlsplit(server)
    name = f"{parts.scheme.lower()}_proxy"
    url = environment.get(name) or environment.get(name.upper()) or ""
    if url and "://" not in url:
        url = f"http://{url}"
    spared = {key: environment.get(key, "") for key in ("no_proxy", "NO_PROXY")}
    return Proxies(url, Proxies.of_environment(spared).exempt).of(parts.netloc)


def _context(cluster: Fields, user: Fields, folder: pathlib.Path) -> ssl.SSLContext:
    """Return whom to trust, and the certificate to show."""
    authority = ""
    if cluster.get("certificate-authority"):
        authority = pathlib.Path(cluster["certificate-authority"]).read_text("utf-8", "replace")
    elif cluster.get("certificate-authority-data"):
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode(errors="replace")
    insecure = bool(cluster.get("insecure-skip-tls-verify"))
    try:
        context = Trust(authority, insecure, alone=bool(authority)).context()
    except ValueError:
        raise ValueError("the kubeconfig's certificate-authority holds no certificate") from None
    with tempfile.TemporaryDirectory(dir=folder) as name:
        certificate = _file(user, "client-certificate", pathlib.Path(name))
        key = _file(user, "client-key", pathlib.Path(name))
        if certificate:
            _show(context, certificate, key)
    return context


def _show(context: ssl.SSLContext, certificate: str, key: str) -> None:
    try:
        # Without a password OpenSSL would ask for one on the terminal.
        context.load_cert_chain(certificate, key, password=str)
    except ssl.SSLError as error:
        raise ValueError(
            "the kubeconfig's client-certificate and client-key cannot be read, or are not of one"
            f" pair ({error.reason or 'encrypted'})"
        ) from None


def _file(user: Fields, key: str, folder: pathlib.Path) -> str:
    """Return the path of what Python takes from files alone, "" if there is none."""
    if not user.get(f"{key}-data"):
        return str(user.get(key) or "")
    path = folder / key
    path.write_bytes(base64.b64decode(user[f"{key}-data"]))
    return str(path)


__all__ = ("HAS_URLLIB3", "LARGEST", "Api", "ApiError", "Query")
