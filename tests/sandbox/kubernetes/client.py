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
import typing as t
import urllib.error
import urllib.request

import yaml

from tests.sandbox.kubernetes.objects import Object

JSON = "application/json"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
_TIMEOUT_SECONDS = 30


class RequestFailed(Exception):
    """An answer that is no success; `status` is the server's `Status` object, if it sent one."""

    def __init__(self, code: int, status: Object) -> None:
        super().__init__(f"{code}: {status.get('message', '')}")
        self.code = code
        self.status = status


@dataclasses.dataclass(frozen=True)
class ApiClient:
    """Sends requests to one server as one user."""

    url: str
    ca: str
    token: str = ""
    client_certificate: pathlib.Path | None = None
    client_key: pathlib.Path | None = None

    def request(
        self, method: str, path: str, body: Object | None = None, content_type: str = JSON
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
            with urllib.request.urlopen(
                request, timeout=_TIMEOUT_SECONDS, context=self._tls()
            ) as answer:
                return _object(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise RequestFailed(error.code, _object(error.read())) from None
        except http.client.HTTPException as error:
            raise ConnectionError(f"{method} {path}: no answer ({error})") from error

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.ca)
        if self.client_certificate is not None:
            context.load_cert_chain(self.client_certificate, self.client_key)
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


def client_of(kubeconfig: pathlib.Path) -> ApiClient:
    """Return a client for the current context of a kubeconfig.

    Tokens and client certificates are understood, exec plugins are not. Raises ValueError.
    """
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    context = _named(config, "contexts", "context", config.get("current-context", ""))
    cluster = _named(config, "clusters", "cluster", context["cluster"])
    user = _named(config, "users", "user", context["user"])
    certificate, key = (_file(user, kubeconfig, name) for name in ("certificate", "key"))
    if not certificate and not user.get("token"):
        raise ValueError(f"{kubeconfig}: the user of the current context has no token")
    authority = cluster.get("certificate-authority-data")
    ca = (
        base64.b64decode(authority).decode()
        if authority
        else (kubeconfig.parent / cluster["certificate-authority"]).read_text(encoding="utf-8")
    )
    return ApiClient(cluster["server"].rstrip("/"), ca, user.get("token", ""), certificate, key)


def _named(config: Object, plural: str, singular: str, name: str) -> Object:
    for entry in config.get(plural) or []:
        if entry["name"] == name:
            return t.cast(Object, entry[singular])
    raise ValueError(f"the kubeconfig has no {singular} named {name!r}")


def _file(user: Object, kubeconfig: pathlib.Path, what: str) -> pathlib.Path | None:
    named = user.get(f"client-{what}")
    if f"client-{what}-data" in user:
        raise ValueError(
            f"{kubeconfig}: give client-{what} as a file or use a token; embedded client "
            "certificates are not supported here"
        )
    return kubeconfig.parent / named if named else None


__all__ = ("ApiClient", "RequestFailed", "client_of")
