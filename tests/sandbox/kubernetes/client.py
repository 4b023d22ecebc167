# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of a Kubernetes API server for the sandbox and its tests: JSON, a token, a CA."""

from __future__ import annotations

import base64
import dataclasses
import http.client
import json
import pathlib
import ssl
import tempfile
import urllib.error
import urllib.request

from tests.sandbox.kubernetes import kubeconfig
from tests.sandbox.kubernetes.objects import Object

JSON = "application/json"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
_TIMEOUT_SECONDS = 30

Body = Object | list[Object] | None


class RequestFailed(Exception):
    """An answer that is no success.

    `status` is the server's `Status` object, if it sent one; `retry_after` its header.
    """

    def __init__(self, code: int, status: Object, retry_after: str = "") -> None:
        super().__init__(f"{code}: {status.get('message', '')}")
        self.code = code
        self.status = status
        self.retry_after = retry_after


@dataclasses.dataclass(frozen=True)
class ApiClient:
    """Sends requests to one server as one user: a token, or a key and certificate (PEM)."""

    url: str
    ca: str
    token: str = ""
    key_pair: str = ""

    def request(
        self, method: str, path: str, body: Body = None, content_type: str = JSON
    ) -> Object:
        """Return the answer's object. Raises RequestFailed, and OSError without any answer."""
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("User-Agent", "sandbox")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", content_type)
        try:
            with self.opener().open(request, timeout=_TIMEOUT_SECONDS) as answer:
                return _object(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                retry_after = error.headers.get("Retry-After", "")
                raise RequestFailed(error.code, _object(error.read()), retry_after) from None
        except http.client.HTTPException as error:
            raise ConnectionError(f"{method} {path}: no answer ({error})") from error

    def opener(self) -> urllib.request.OpenerDirector:
        """Return what opens connections to the server."""
        # No proxy of the environment lies between the sandbox and itself.
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._tls())
        )

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.ca)
        if self.key_pair:
            # ssl loads a certificate from a file only; this one has mode 0600 and goes at once.
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as chain:
                chain.write(self.key_pair)
                chain.flush()
                context.load_cert_chain(chain.name)
        return context

    def get(self, path: str) -> Object:
        """Read what is at a path."""
        return self.request("GET", path)

    def apply(self, path: str, body: Object) -> Object:
        """Create an object or make it as wanted (server-side apply)."""
        return self.request("PATCH", f"{path}?fieldManager=sandbox&force=true", body, APPLY)

    def merge(self, path: str, body: Object) -> Object:
        """Change the given fields of an object."""
        return self.request("PATCH", path, body, MERGE)


def _object(raw: bytes) -> Object:
    try:
        data = json.loads(raw)
    except ValueError:
        return {"message": raw.decode(errors="replace")}
    return data if isinstance(data, dict) else {"message": str(data)}


def client_of(config: pathlib.Path) -> ApiClient:
    """Return a client for the current context of a kubeconfig.

    Tokens and client certificates are understood, exec plugins are not. Raises ValueError.
    """
    cluster, user = kubeconfig.read(config)
    if "certificate-authority-data" not in cluster:
        raise ValueError(f"{config}: the cluster of the current context names no authority")
    if not {"token", "client-certificate-data"} & set(user):
        raise ValueError(f"{config}: the user of the current context has no token or certificate")
    key_pair = _decoded(user, "client-key") + _decoded(user, "client-certificate")
    authority = _decoded(cluster, "certificate-authority")
    return ApiClient(cluster["server"].rstrip("/"), authority, user.get("token", ""), key_pair)


def _decoded(entry: Object, field: str) -> str:
    return base64.b64decode(entry.get(f"{field}-data", "")).decode()


__all__ = ("ApiClient", "RequestFailed", "client_of")
