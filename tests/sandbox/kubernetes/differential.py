# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds the built-in API server to a real one: the same requests to both, the answers compared.

The requests are what the suites ask, recorded once (`recording`).
"""

from __future__ import annotations

import base64
import concurrent.futures
import contextlib
import dataclasses
import functools
import json
import pathlib
import re
import time
import typing as t
import urllib.error
import urllib.request

import yaml

from tests.sandbox.kubernetes.client import ApiClient, RequestFailed
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.recording import shape, steady

DIFFERENCES = pathlib.Path(__file__).with_name("differences.yml")
_TIMEOUT_SECONDS = 30
_POLL_SECONDS = 0.1
_OTHER_FORMS = ("application/vnd.kubernetes.protobuf", "as=Table")
# Each server describes the kinds that it has: here the code alone is compared.
_DESCRIPTION = re.compile(r"^/(version|openapi/.*|api|apis|api/v1|apis/[^/]+(/[^/]+)?)(\?.*)?$")
_SUBRESOURCE = re.compile(r"/(approval|binding|scale|status|token)$")
_NAMESPACES = re.compile(r"^/api/v1/namespaces(/[^/]+)?$")
_ITEMS = "items[]"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What is compared of an answer: code, reason, details, and the shape of what it holds."""

    code: int
    reason: str
    details: tuple[str, ...]
    shape: frozenset[str]


def ask(client: ApiClient, entry: Object) -> Answer:
    """Send one request as the admin, and return what is compared of its answer."""
    request = urllib.request.Request(client.url + entry["path"], method=entry["method"])
    request.add_header("Authorization", f"Bearer {client.token}")
    # The built-in server answers in JSON alone, and with objects: clients take that as well.
    parts = entry["Accept"].split(",")
    wanted = [part for part in parts if not any(other in part for other in _OTHER_FORMS)]
    request.add_header("Accept", ",".join(wanted) or "application/json")
    if entry["Content-Type"]:
        request.add_header("Content-Type", entry["Content-Type"])
    if "raw" in entry:
        request.data = base64.b64decode(entry["raw"])
    elif entry.get("body"):
        request.data = entry["body"].encode()
    try:
        with client.opener().open(request, timeout=_TIMEOUT_SECONDS) as answer:
            return _answer(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error.read())


def _answer(code: int, raw: bytes) -> Answer:
    try:
        body = json.loads(raw)
    except ValueError:
        return Answer(code, "", (), frozenset({"no JSON"}))
    if not isinstance(body, dict):
        return Answer(code, "", (), frozenset({type(body).__name__}))
    details = body.get("details") or {}
    if code < 400 or body.get("kind") != "Status":
        return Answer(code, "", (), frozenset(shape(body)))
    named = [f"{key}={details[key]}" for key in ("name", "group", "kind") if details.get(key)]
    causes = sorted(f"cause {item.get('field', '')}" for item in details.get("causes") or [])
    return Answer(code, body.get("reason", ""), (*named, *causes), frozenset())


def differences(entry: Object, ours: Answer, real: Answer) -> list[str]:
    """Return in words how our answer differs from the real one."""
    found = []
    for name in ("code", "reason", "details"):
        mine, true = getattr(ours, name), getattr(real, name)
        if mine != true:
            found.append(f"{name} {mine}, really {true}")
    if not found and not _DESCRIPTION.match(entry["path"]):
        mine, true = ours.shape, real.shape
        if not all(any(field.startswith(_ITEMS) for field in shape) for shape in (mine, true)):
            # Which objects there are is told by controllers: of none the shape is not known.
            mine, true = (
                frozenset(field for field in shape if not field.startswith(_ITEMS))
                for shape in (mine, true)
            )
        found += [f"without {field}" for field in sorted(true - mine)]
        found += [f"with {field}" for field in sorted(mine - true)]
    asked = f"{entry['method']} {steady(entry['path'])}"
    return [f"{asked}: {what}" for what in found]


def compared(ours: ApiClient, real: ApiClient, entries: t.Iterable[Object]) -> list[str]:
    """Send requests to both, in their order, and return all differences, each once."""
    found: dict[str, None] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as both:
        for entry in entries:
            mine, true = both.map(ask, (ours, real), (entry, entry))
            found.update(dict.fromkeys(differences(entry, mine, true)))
            _wait_for_controllers(real, entry)
            if mine.code != true.code and entry["method"] in ("PUT", "PATCH"):
                _forget((ours, real), entry)
    return list(found)


def _forget(both: t.Iterable[ApiClient], entry: Object) -> None:
    """Delete what one has changed and the other has not: what follows is asked of the same."""
    path = _SUBRESOURCE.sub("", entry["path"].partition("?")[0])
    for client in both:
        with contextlib.suppress(RequestFailed):
            client.request("DELETE", path)
        _wait(functools.partial(_is_gone, client, path), entry)


def _wait_for_controllers(real: ApiClient, entry: Object) -> None:
    """Wait until a real server has come as far as the built-in one is at once.

    What is deleted is gone, and each namespace has the account with which its pods run.
    """
    path, _mark, query = entry["path"].partition("?")
    if "dryRun" in query or "dryRun" in entry.get("body", ""):
        return
    if entry["method"] == "DELETE":
        _wait(functools.partial(_is_gone, real, path), entry)
    elif entry["method"] != "GET" and _NAMESPACES.match(path):
        _wait(functools.partial(_has_accounts, real), entry)


def _wait(done: t.Callable[[], bool], entry: Object) -> None:
    end = time.monotonic() + _TIMEOUT_SECONDS
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"{entry['method']} {entry['path']}")
        time.sleep(_POLL_SECONDS)


def _is_gone(real: ApiClient, path: str) -> bool:
    try:
        real.get(path)
    except RequestFailed:
        return True
    return False


def _has_accounts(real: ApiClient) -> bool:
    accounts = real.get("/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault")["items"]
    served = {account["metadata"]["namespace"] for account in accounts}
    return served >= {item["metadata"]["name"] for item in real.get("/api/v1/namespaces")["items"]}


def unexplained(found: t.Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the differences for which no reason is noted, and the notes that none has."""
    notes: list[Object] = yaml.safe_load(DIFFERENCES.read_text(encoding="utf-8"))
    patterns = {note["difference"]: re.compile(note["difference"]) for note in notes}
    left, used = [], set()
    for text in found:
        matching = [name for name, pattern in patterns.items() if pattern.fullmatch(text)]
        used.update(matching)
        if not matching:
            left.append(text)
    return left, [name for name in patterns if name not in used]
