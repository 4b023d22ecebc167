# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""The Node objects of a cluster, for the inventory, which can run no module.

It uses the library under kubernetes.core, not its helper: that one lets `K8S_AUTH_*` win over the
kubeconfig for every option that is not set, and its discovery has no timeout.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._cluster_errors import explain
from ansible_collections.palette.image_registry.plugins.module_utils._cluster_state import (
    JsonObject,
    dig,
)
from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    ClusterAccess,
    Failure,
)

try:
    import kubernetes
    import urllib3  # kubernetes brings it
except ImportError:
    HAS_KUBERNETES = False
else:
    HAS_KUBERNETES = True

_PAGE = 500
_CONNECT_SECONDS = 5.0
_RETRIES = 2
_BUSY = (429, 500, 502, 503, 504)


def read_nodes(
    access: ClusterAccess, label_selectors: t.Sequence[str], seconds: float
) -> list[JsonObject]:
    """Return all Node objects that have these labels, page by page. Raises Failure, redacted.

    `seconds` bounds one request; one that fails for a moment is sent twice more.
    """
    if not HAS_KUBERNETES:
        raise Failure.of(
            "library_missing",
            "kubernetes",
            "Python on the controller lacks the library kubernetes",
            "pip install -r requirements.txt of the collection into the Python that runs Ansible",
        )
    try:
        return _all_pages(access, ",".join(label_selectors), seconds)
    # The library, its plugins for credentials and urllib3 have no error in common.
    except Exception as error:
        text = Redactor(access.secrets).text(_said(error))
        raise Failure(explain(text, access.server, "reading the nodes")) from None


def _all_pages(access: ClusterAccess, selector: str, seconds: float) -> list[JsonObject]:
    configuration = kubernetes.client.Configuration()
    configuration.retries = urllib3.Retry(
        total=_RETRIES,
        backoff_factor=0.5,
        status_forcelist=_BUSY,
        raise_on_status=False,
        respect_retry_after_header=False,  # a server may ask for hours
    )
    proxy = access.options
    if "proxy" in proxy:
        configuration.proxy, configuration.no_proxy = proxy["proxy"], proxy["no_proxy"]
        configuration.proxy_headers = urllib3.make_headers(**proxy.get("proxy_headers", {}))
    client = kubernetes.config.new_client_from_config_dict(
        config_dict=access.config,
        context=access.context,
        persist_config=False,
        client_configuration=configuration,
    )
    _apply(client, access.options)
    with client:
        api = kubernetes.client.CoreV1Api(client)
        nodes: list[JsonObject] = []
        more = ""
        while True:
            answer = api.list_node(
                limit=_PAGE,
                label_selector=selector,
                _continue=more,
                _preload_content=False,
                _request_timeout=(min(_CONNECT_SECONDS, seconds), seconds),
            )
            page = _parsed(answer.data)
            nodes += page["items"]
            more = dig(page, "metadata", "continue") or ""
            if not more:
                return nodes


def _apply(client: t.Any, options: t.Mapping[str, t.Any]) -> None:
    """Let a client do what the library does not read in a kubeconfig: see ClusterAccess."""
    if options.get("impersonate_user"):
        client.set_default_header("Impersonate-User", options["impersonate_user"])
    for group in options.get("impersonate_groups") or ():
        client.set_default_header(_Repeated("Impersonate-Group"), group)


class _Repeated(str):
    """The name of a header that is sent once more for each value."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _parsed(body: bytes) -> t.Mapping[str, t.Any]:
    """Return a NodeList. Raises ValueError: a proxy's login page must not pass for no nodes."""
    try:
        page = json.loads(body)
    except ValueError:
        page = None
    if not isinstance(dig(page, "items"), list):
        raise ValueError("the answer is no list of nodes: this server is no Kubernetes API")
    return t.cast("t.Mapping[str, t.Any]", page)


def _said(error: Exception) -> str:
    status = getattr(error, "status", None)
    body = getattr(error, "body", None)
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    return f"{status} {body}" if status else f"{type(error).__name__}: {error}"


__all__ = ("HAS_KUBERNETES", "read_nodes")
