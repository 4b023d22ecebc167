# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds the built-in API server to a real one: the same requests to both, the answers compared.

The requests are what the suites ask, recorded once (`recording`) and condensed to one of a kind:
`python -m tests.sandbox.kubernetes.differential RECORDED`.
"""

from __future__ import annotations

import base64
import concurrent.futures
import dataclasses
import json
import pathlib
import re
import sys
import time
import typing as t
import urllib.error
import urllib.request

import yaml

from tests.sandbox.kubernetes.client import ApiClient, RequestFailed
from tests.sandbox.kubernetes.objects import Object

VECTORS = pathlib.Path(__file__).parents[2] / "vectors" / "kubernetes_requests.json"
DIFFERENCES = pathlib.Path(__file__).with_name("differences.yml")
_TIMEOUT_SECONDS = 30
_POLL_SECONDS = 0.1
_OTHER_FORMS = ("application/vnd.kubernetes.protobuf", "as=Table")
# Another one in each run: what is asked is the same.
_VARYING = re.compile(
    r"(?<=hash=)\w+|(?<=resourceVersion=)\d+|(?<=-snapshot-)\d+-\d+-\w+|(?<=/serviceaccounts/)[^/?]+|(?<=roles/)[^/?]+|(?<=rolebindings/)[^/?]+|-[a-z0-9]{8,10}(?:-[a-z0-9]{5})?(?=$|[?/])"
)
_RELEASE = re.compile(rb"sh\.helm\.release\.v1\.[\w.-]+")
# Of the cluster that it was recorded on; without them it can be asked of another.
_OWN_FIELDS = (
    "creationTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "uid",
)
# Each server describes the kinds that it has: here the code alone is compared.
_DESCRIPTION = re.compile(r"^/(version|openapi/.*|api|apis|api/v1|apis/[^/]+(/[^/]+)?)(\?.*)?$")
_NAMESPACE = re.compile(r"^/api/v1/namespaces/[^/?]+$")
# Free keys: their names are no shape.
_FREE = ("labels", "annotations", "data", "stringData", "matchLabels", "nodeSelector", "limits")
# Written by controllers and the scheduler, sooner or later.
_LEFT_OUT = re.compile(r"managedFields|nodeName|deployment\.kubernetes\.io/.*")
_ITEMS = "items[]"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What is compared of an answer: code, reason, details, and the shape of what it holds."""

    code: int
    reason: str
    details: tuple[str, ...]
    shape: frozenset[str]


def condensed(lines: t.Iterable[str]) -> list[Object]:
    """Return one request of each kind, in the order in which they were first made."""
    found: dict[tuple[str, ...], Object] = {}
    for line in lines:
        entry = json.loads(line)
        if "watch=" in entry["path"] or "follow=" in entry["path"]:
            continue
        body = _portable(entry)
        kind = (
            entry["method"],
            _VARYING.sub("*", entry["path"]),
            entry["Content-Type"],
            json.dumps(sorted(_shape(body))) if body is not None else _names(entry),
        )
        if body is not None:
            entry["body"] = json.dumps(body)
        first = found.setdefault(kind, entry)
        first["operator"] = first.get("operator", False) or entry["operator"]
    return list(found.values())


def _names(entry: Object) -> str:
    """Return the release that a body names which is no text: so is what Helm keeps of it."""
    match = _RELEASE.search(base64.b64decode(entry.get("raw", "")))
    return match[0].decode() if match else ""


def _portable(entry: Object) -> t.Any:
    """Return a body without what belongs to the cluster that it was sent to.

    None where there is none, or one that is sent as it is: broken on purpose.
    """
    try:
        body = yaml.safe_load(entry.get("body", ""))
    except yaml.YAMLError:
        return None
    if isinstance(body, list) and all(isinstance(step, dict) for step in body):
        return [step for step in body if "/metadata/" not in step.get("path", "")]
    if not isinstance(body, dict):
        return None
    body.pop("preconditions", None)
    for field in _OWN_FIELDS:
        (body.get("metadata") or {}).pop(field, None)
    return body


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
        return Answer(code, "", (), frozenset(_shape(body)))
    named = [f"{key}={details[key]}" for key in ("name", "group", "kind") if details.get(key)]
    causes = sorted(f"cause {item.get('field', '')}" for item in details.get("causes") or [])
    return Answer(code, body.get("reason", ""), (*named, *causes), frozenset())


def _shape(value: t.Any, path: str = "") -> t.Iterator[str]:
    """Return the paths of all fields; those of all items of a list are one."""
    if isinstance(value, dict):
        free = path.rpartition(".")[2] in _FREE
        for key, item in value.items():
            if not _LEFT_OUT.fullmatch(str(key)):
                yield from _shape(item, f"{path}.{'*' if free else key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from _shape(item, f"{path}[]")
    elif path:
        yield path


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
    asked = f"{entry['method']} {_VARYING.sub('*', entry['path'])}"
    return [f"{asked}: {what}" for what in found]


def compared(ours: ApiClient, real: ApiClient, entries: t.Iterable[Object]) -> list[str]:
    """Send requests to both, in their order, and return all differences, each once."""
    found: dict[str, None] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as both:
        for entry in entries:
            mine, true = both.map(ask, (ours, real), (entry, entry))
            found.update(dict.fromkeys(differences(entry, mine, true)))
            if entry["method"] == "DELETE" and _NAMESPACE.match(entry["path"]):
                _wait_until_gone(real, entry["path"])
    return list(found)


def _wait_until_gone(real: ApiClient, path: str) -> None:
    """Wait until a namespace is gone: it ends in a while there, and at once here."""
    end = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < end:
        try:
            real.get(path)
        except RequestFailed:
            return
        time.sleep(_POLL_SECONDS)


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


def main() -> None:
    """Condense what was recorded into the vectors."""
    entries = condensed(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    text = ",\n".join(json.dumps(entry) for entry in entries)
    VECTORS.write_text(f"[\n{text}\n]\n", encoding="utf-8")
    print(f"{len(entries)} requests of a kind")


if __name__ == "__main__":
    main()
