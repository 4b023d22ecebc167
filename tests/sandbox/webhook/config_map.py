# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the webhook's map out of the cluster, as a kubelet would have mounted it."""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
import typing as t
import urllib.request
from pathlib import Path

import yaml

NAMESPACE = "imageswap-system"
CONFIG_MAP = "imageswap-maps"
KEY = "maps"


class ConfigMapReader:
    """A reader of one ConfigMap key through a kubeconfig (token or client certificate).

    Each call asks the cluster anew. Raises OSError (with urllib's HTTPError and URLError among its
    kinds) when the cluster does not answer or has no such ConfigMap, and KeyError without the key.
    """

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        context = _named(config["contexts"], config["current-context"])["context"]
        cluster = _named(config["clusters"], context["cluster"])["cluster"]
        user = _named(config["users"], context["user"])["user"]
        self._url = (
            f"{cluster['server'].rstrip('/')}/api/v1/namespaces/{NAMESPACE}/configmaps/{CONFIG_MAP}"
        )
        self._headers = {"Accept": "application/json"}
        if "token" in user:
            self._headers["Authorization"] = f"Bearer {user['token']}"
        self._tls = ssl.create_default_context(
            cadata=_content(cluster, "certificate-authority", kubeconfig.parent)
        )
        certificate = _content(user, "client-certificate", kubeconfig.parent)
        key = _content(user, "client-key", kubeconfig.parent)
        if certificate and key:
            # ssl takes a client's certificate from a file only.
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
                pem.write(f"{certificate}\n{key}")
                pem.flush()
                self._tls.load_cert_chain(pem.name)

    def read(self) -> str:
        """Return the map file's text."""
        request = urllib.request.Request(self._url, headers=self._headers)
        with urllib.request.urlopen(request, timeout=5, context=self._tls) as answer:
            return t.cast("str", json.load(answer)["data"][KEY])


def _named(items: list[dict[str, t.Any]], name: str) -> dict[str, t.Any]:
    return next(item for item in items if item["name"] == name)


def _content(holder: dict[str, str], key: str, folder: Path) -> str | None:
    """Return PEM text that a kubeconfig holds inline (``KEY-data``) or names as a file."""
    if f"{key}-data" in holder:
        return base64.b64decode(holder[f"{key}-data"]).decode()
    return (folder / holder[key]).read_text(encoding="utf-8") if key in holder else None
