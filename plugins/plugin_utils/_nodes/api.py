# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Node objects of a cluster, for the inventory, which can run no module."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import os
import pathlib
import tempfile
import typing as t

from ...module_utils._objects import JsonObject, dig
from ...module_utils._redact import Redactor
from ...module_utils._registry.deadline import Deadline
from ...module_utils._registry.json_text import read_json
from .._cluster.access import ClusterAccess
from .._cluster.api import HAS_URLLIB3, LARGEST, Api
from .._cluster.errors import explain
from .._failure import Failure
from .._numbers import A_DAY, require_numbers

if HAS_URLLIB3:
    import urllib3

_PAGE = 500
_CONNECT_SECONDS = 5.0
_RETRIES = 2
# How often the time of one request all pages may take together.
_WHOLE = 6
_MOST_PAGES = 200
# Of all pages: three bytes of JSON can become an object of sixty. Nodes have about a thousand each.
_MOST_VALUES = 8_000_000
_BUSY = (429, 500, 502, 503, 504)


def read_nodes(
    access: ClusterAccess, label_selectors: t.Sequence[str], seconds: float
) -> list[JsonObject]:
    """Return all Node objects that have these labels, page by page. Raises Failure, redacted.

    `seconds` bounds one request; one that fails for a moment is sent twice more. All of them
    together end after six times that.
    """
    require_numbers({"timeout": seconds}, {"timeout": (0.1, A_DAY)})
    if not HAS_URLLIB3:
        raise Failure.of(
            "library_missing",
            "urllib3",
            "Python on the controller lacks the library urllib3",
            "pip install -r requirements.txt of the collection into the Python that runs Ansible",
        )
    try:
        return _all_pages(access, ",".join(label_selectors), seconds)
    except Exception as error:  # whatever urllib3 and TLS raise
        text = Redactor(access.secrets).text(f"{type(error).__name__}: {error}")
        raise Failure(explain(text, access.server, "reading the nodes")) from None


def _all_pages(access: ClusterAccess, selector: str, seconds: float) -> list[JsonObject]:
    with tempfile.TemporaryDirectory() as folder, Deadline(_WHOLE * seconds):
        api = Api(access, os.environ, pathlib.Path(folder))
        return _read_pages(api, selector, seconds)


def _read_pages(api: Api, selector: str, seconds: float) -> list[JsonObject]:
    """Return the nodes of all pages, of which a server may send only so many, and each once."""
    nodes: list[JsonObject] = []
    seen = {""}
    more = ""
    size = values = 0
    for _number in range(_MOST_PAGES):
        query = {"limit": str(_PAGE), "labelSelector": selector, "continue": more}
        body = api.fetch(
            "GET",
            "/api/v1/nodes",
            [pair for pair in query.items() if pair[1]],
            most=LARGEST - size,
            timeout=urllib3.Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds),
            retries=urllib3.Retry(
                total=_RETRIES,
                backoff_factor=0.5,
                status_forcelist=_BUSY,
                raise_on_status=False,
                redirect=False,
                respect_retry_after_header=False,  # a server may ask for hours
            ),
        )
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


def _parsed(body: bytes) -> t.Mapping[str, t.Any]:
    """Return a NodeList. Raises ValueError: a proxy's login page must not pass for no nodes."""
    page = read_json(body)
    if not isinstance(dig(page, "items"), list):
        raise ValueError("the answer is no list of nodes: this server is no Kubernetes API")
    return t.cast("t.Mapping[str, t.Any]", page)


__all__ = ("read_nodes",)
