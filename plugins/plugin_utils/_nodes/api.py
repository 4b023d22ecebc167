# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Node objects of a cluster, for the inventory, which can run no module.

It uses the library under kubernetes.core, not its helper: that one lets `K8S_AUTH_*` win over the
kubeconfig for every option that is not set, and its discovery has no timeout.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import json
import typing as t

from ...module_utils._objects import JsonObject, dig
from ...module_utils._redact import Redactor
from ...module_utils._registry.deadline import Deadline, heed_deadlines
from .._cluster.access import ClusterAccess
from .._cluster.errors import explain
from .._failure import Failure
from .._numbers import A_DAY, require_numbers

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
# How often the time of one request all pages may take together.
_WHOLE = 6
_MOST_PAGES = 200
_LARGEST = 256 * 1024 * 1024  # bytes, of all pages
# Of all pages: three bytes of JSON can become an object of sixty. Nodes have about a thousand each.
_MOST_VALUES = 8_000_000
_CHUNK = 256 * 1024
_BUSY = (429, 500, 502, 503, 504)


def read_nodes(
    access: ClusterAccess, label_selectors: t.Sequence[str], seconds: float
) -> list[JsonObject]:
    """Return all Node objects that have these labels, page by page. Raises Failure, redacted.

    `seconds` bounds one request; one that fails for a moment is sent twice more. All of them
    together end after six times that.
    """
    require_numbers({"timeout": seconds}, {"timeout": (0.1, A_DAY)})
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
    heed_deadlines(client.rest_client.pool_manager)
    with client, Deadline(_WHOLE * seconds):
        return _read_pages(kubernetes.client.CoreV1Api(client), selector, seconds)


def _read_pages(api: t.Any, selector: str, seconds: float) -> list[JsonObject]:
    """Return the nodes of all pages, of which a server may send only so many, and each once."""
    nodes: list[JsonObject] = []
    seen = {""}
    more = ""
    size = values = 0
    for _number in range(_MOST_PAGES):
        answer = api.list_node(
            limit=_PAGE,
            label_selector=selector,
            _continue=more,
            _preload_content=False,
            _request_timeout=(min(_CONNECT_SECONDS, seconds), seconds),
        )
        body = _body(answer, _LARGEST - size)
        size += len(body)
        values += sum(map(body.count, (b",", b"{", b"[")))
        if values > _MOST_VALUES:
            raise ValueError(f"the nodes are made of more than {_MOST_VALUES} values")
        page = _parsed(body)
        nodes += page["items"]
        more = dig(page, "metadata", "continue") or ""
        if not more:
            return nodes
        if not isinstance(more, str) or more in seen:
            raise ValueError("the API server sends the same page of nodes again and again")
        seen.add(more)
    raise ValueError(f"the API server sends more than {_MOST_PAGES} pages of nodes")


def _body(answer: urllib3.BaseHTTPResponse, most: int) -> bytes:
    """Return a body as it was sent; nothing was asked for that has to be unpacked."""
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise ValueError("the answer is compressed, which was not asked for")
    body = bytearray()
    while chunk := answer.read(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > most:
            raise ValueError(f"the nodes take more than {_LARGEST // 2**20} MiB")
    answer.release_conn()
    return bytes(body)


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
    except (ValueError, RecursionError):
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
