# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests with their bodies, written down to be sent again (see `differential`).

Where `SANDBOX_RECORD` names a file, every API server of the sandbox appends to it what it is asked,
one JSON object a line and one request of each kind, `operator` where somebody asked who has the
rights of docs/rbac.yml alone. The requests of tests hold no secret but the tests' own.

The vectors hold one of each kind that the suites ask. `python -m tests.sandbox.kubernetes.recording
RECORDED` adds those that they lack; with `--anew` it forgets all others.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import pathlib
import re
import typing as t

import yaml
from aiohttp import web

from tests.sandbox.kubernetes.access import account_of
from tests.sandbox.kubernetes.accounts import OPERATOR
from tests.sandbox.kubernetes.objects import Object

VARIABLE = "SANDBOX_RECORD"
VECTORS = pathlib.Path(__file__).parents[2] / "vectors" / "kubernetes_requests.json"
# Another one in each run: what is asked is the same.
_VARYING = re.compile(
    r"(?<=hash=)\w+|(?<=resourceVersion=)\d+|(?<=-snapshot-)\d+-\d+-\w+|(?<=/serviceaccounts/)[^/?]+"
    r"|(?<=roles/)[^/?]+|(?<=rolebindings/)[^/?]+|-[a-z0-9]{8,10}(?:-[a-z0-9]{5})?(?=$|[?/])"
)
# What a kind does not tell: names, and in queries which of many and how long.
_OBJECT = re.compile(
    r"(?P<version>/api/v1|/apis/[^/]+/[^/]+)(?P<inside>/namespaces/[^/]+(?=/))?"
    r"(?P<resource>/[a-z]+)(?P<name>/[^/]+)?(?P<subresource>/[a-z]+)?"
)
_CHOICE = re.compile(
    r"(%3D|\b(?:continue|gracePeriodSeconds|hash|limit|resourceVersion|timeout|timeoutSeconds)=)[^%&]*"
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
# Free keys: their names are no shape.
_FREE = ("labels", "annotations", "data", "stringData", "matchLabels", "nodeSelector", "limits")
# Written by controllers and the scheduler, sooner or later.
_LEFT_OUT = re.compile(r"managedFields|nodeName|deployment\.kubernetes\.io/.*")

Kind = tuple[str, ...]


def steady(path: str) -> str:
    """Return a path without what is another in each run."""
    return _VARYING.sub("*", path)


def shape(value: t.Any, path: str = "") -> t.Iterator[str]:
    """Return the paths of all fields; those of all items of a list are one."""
    if isinstance(value, dict):
        free = path.rpartition(".")[2] in _FREE
        for key, item in value.items():
            if not _LEFT_OUT.fullmatch(str(key)):
                yield from shape(item, f"{path}.{'*' if free else key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from shape(item, f"{path}[]")
    elif path:
        yield path


def kind(entry: Object) -> Kind:
    """Return what two requests have in common that ask alike, of whichever objects.

    That is the method, the path and query without names, the type of the content and its shape.
    """
    path, _mark, query = str(entry["path"]).partition("?")
    if found := _OBJECT.fullmatch(path):
        inside, name = found["inside"] and "/namespaces/*", found["name"] and "/*"
        steps = (found["version"], inside, found["resource"], name, found["subresource"])
        path = "".join(step or "" for step in steps)
    asked = "&".join(sorted(map(_choice, query.split("&"))))
    fields = sorted(set(shape(_portable(entry))))
    return entry["method"], f"{path}?{asked}".rstrip("?"), entry["Content-Type"], *fields


def _choice(parameter: str) -> str:
    """Return a parameter without what it chooses; the parts of a selector come in any order."""
    name, mark, value = _CHOICE.sub(r"\1*", parameter).partition("=")
    return f"{name}{mark}{'%2C'.join(sorted(value.split('%2C')))}"


def _one_of_many(entry: Object) -> Kind:
    """Return of what the vectors hold one: of a kind, those of the objects that it was asked of."""
    path = steady(entry["path"])
    return *kind(entry), path, _release(entry), str(entry["operator"])


def _release(entry: Object) -> str:
    """Return the release that a body names which is no text: so is what Helm keeps of it."""
    match = _RELEASE.search(base64.b64decode(entry.get("raw", "")))
    return match[0].decode() if match else ""


def _portable(entry: Object) -> t.Any:
    """Return a body without what belongs to the cluster that it was sent to.

    None where there is none, or one that is sent as it is: broken on purpose.
    """
    try:
        body = _data(entry.get("body", ""))
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


def _data(text: str) -> t.Any:
    # YAML takes a hundred times as long.
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return yaml.safe_load(text)


class Recorder:
    """Writes the requests that one server is asked."""

    def __init__(self) -> None:
        self._file = os.environ.get(VARIABLE)
        self._seen: set[Kind] = set()

    async def record(self, request: web.Request) -> None:
        """Append a request to the file that the environment names, if it names one."""
        if not self._file:
            return
        entry: Object = {"method": request.method, "path": request.path_qs}
        entry["operator"] = account_of(request.headers.get("Authorization", "")).endswith(OPERATOR)
        for header in ("Accept", "Content-Type"):
            entry[header] = request.headers.get(header, "")
        raw = await request.read()
        text = raw.decode(errors="replace")
        # Protobuf may be text by chance, but for the byte with which Kubernetes' begins.
        is_text = "\0" not in text and text.encode() == raw
        entry.update({"body": text} if is_text else {"raw": base64.b64encode(raw).decode()})
        one = _one_of_many(entry)
        if one not in self._seen and not _is_stream(entry):
            self._seen.add(one)
            # Many processes write: each line in one piece.
            with pathlib.Path(self._file).open("ab", buffering=0) as file:
                file.write(f"{json.dumps(entry)}\n".encode())


def _is_stream(entry: Object) -> bool:
    return "watch=" in entry["path"] or "follow=" in entry["path"]


def vectors() -> list[Object]:
    """Return the requests of the vectors."""
    return t.cast("list[Object]", json.loads(VECTORS.read_text(encoding="utf-8")))


def condensed(entries: t.Iterable[Object]) -> list[Object]:
    """Return one request of many, in the order in which they were first made."""
    found: dict[Kind, Object] = {}
    for entry in entries:
        body = _portable(entry)
        portable = entry if body is None else {**entry, "body": json.dumps(body)}
        first = found.setdefault(_one_of_many(entry)[:-1], portable)
        first["operator"] = first["operator"] or entry["operator"]
    return list(found.values())


def unknown(recorded: pathlib.Path, *, shapes: bool = True) -> list[str]:
    """Return in words the recorded kinds of which the vectors have none.

    Without `shapes` bodies are no part of a kind: what stands in one may depend on the moment.
    """
    parts = None if shapes else 3
    known = {kind(entry)[:parts] for entry in vectors()}
    found = {kind(entry)[:parts]: None for entry in _read(recorded)}
    return [" ".join(one) for one in found if one not in known]


def _read(recorded: pathlib.Path) -> list[Object]:
    return [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Add what was recorded to the vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recorded", nargs="+", type=pathlib.Path)
    parser.add_argument("--anew", action="store_true", help="forget what they hold")
    options = parser.parse_args()
    before = [] if options.anew else vectors()
    entries = condensed([*before, *(one for path in options.recorded for one in _read(path))])
    text = ",\n".join(json.dumps(entry) for entry in entries)
    VECTORS.write_text(f"[\n{text}\n]\n", encoding="utf-8")
    print(f"{len(entries)} requests of {len({kind(entry) for entry in entries})} kinds")


if __name__ == "__main__":
    main()
