# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that reads a node, and the records that come back.

The script is POSIX sh in `_node_sh/`: real files, so that shellcheck and editors see them.
It goes to the node's `/bin/sh` on stdin; nothing is copied there.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import binascii
import dataclasses
import functools
import pathlib
import secrets
import shlex
import typing as t

from ...module_utils._redact import cut
from .bounds import bounded

_FOLDER = pathlib.Path(__file__).with_name("sh")
_PARTS = {"read": ("trust", "files", "read"), "probe": ("probe",)}
_PARTS["pull"] = (*_PARTS["read"], "pull")
_INVALID = "\0"
_EXCERPT = 300
# What a node that starts just now, or is busy, answers with.
_PASSING = frozenset({"timeout", "refused", "no_route", "unreachable", "garbled"})


class NodeError(Exception):
    """A node that could not be read: `cause` is stable, the text says what came back."""

    def __init__(self, cause: str, message: str, fix: str = "") -> None:
        """Keep cause, message and the way out."""
        super().__init__(message)
        self.cause = cause
        self.fix = fix

    @property
    def may_pass(self) -> bool:
        """Whether it may be otherwise in a while, without anybody's doing."""
        return self.cause in _PASSING


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a command on the node came back with."""

    code: int
    stdout: str
    stderr: str


class Shell(t.Protocol):
    """Runs a script with the node's `/bin/sh`. Raises NodeError if the node is out of reach."""

    def __call__(self, script: bytes) -> Answer:
        """Run the script and return its answer."""


@dataclasses.dataclass(frozen=True)
class Record:
    """One piece of the node's answer: what kind it is, the rest of its head, its bytes."""

    kind: str
    words: str
    body: bytes

    def text(self) -> str:
        """Return the body as text; bytes that are no UTF-8 become NUL, which no TOML allows."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            text = self.body.decode("utf-8", "surrogateescape")
            return "".join(_INVALID if "\ud800" <= c <= "\udfff" else c for c in text)

    def fields(self) -> dict[str, str]:
        """Return a body of `name=value` lines."""
        pairs = (line.partition("=") for line in self.text().splitlines())
        return {name: value for name, equals, value in pairs if equals}


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds of one round trip: seconds on the node, files, bytes of a file and of all of it."""

    seconds: int = 10
    files: int = 500
    file_bytes: int = 262_144
    output_bytes: int = 2_097_152


@dataclasses.dataclass(frozen=True)
class Records:
    """All records of a round trip. `end` is ok, timeout, or empty where the end was cut off."""

    records: tuple[Record, ...]
    end: str


@functools.cache
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.sh").read_text(encoding="utf-8")


def run_task(shell: Shell, task: str, limits: Limits, root: str = "", **values: str) -> Records:
    """Run a task of the script (read, probe, pull) in one round trip.

    `root` is a prefix of all paths on the node, for tests. Raises NodeError, and BoundError where
    the answer is too large.
    """
    boundary = f"@@{secrets.token_hex(12)}"
    variables = {
        "boundary": boundary,
        "task": task,
        "limit": str(limits.seconds),
        "max_files": str(limits.files),
        "max_file": str(limits.file_bytes),
        "max_output": str(limits.output_bytes),
        "root": root,
        **values,
    }
    assignments = "".join(f"{name}={shlex.quote(text)}\n" for name, text in variables.items())
    script = assignments + "".join(map(_source, (*_PARTS[task], "frame")))
    answer = shell(script.encode())
    with bounded():
        return parse_records(answer, boundary)


def parse_records(answer: Answer, boundary: str) -> Records:
    """Find and decode the records in whatever a login shell printed around them.

    Raises NodeError if there are none.
    """
    _noise, begun, rest = answer.stdout.partition(f"{boundary} begin ")
    if not begun:
        raise NodeError("no_answer", *_explain(answer))
    coding, _newline, rest = rest.partition("\n")
    encoded, finished, _noise = rest.partition(f"{boundary} finish")
    data = _decode(coding.strip(), "".join(encoded.split()))
    pieces = (b"\n" + data).split(f"\n{boundary} ".encode())[1:]
    records = tuple(_record(piece) for piece in pieces)
    if finished and records and records[-1].kind == "end":
        return Records(records[:-1], records[-1].words)
    return Records(records, "")


def _record(piece: bytes) -> Record:
    head, _newline, body = piece.partition(b"\n")
    kind, _blank, words = head.decode("utf-8", "replace").rstrip("\r").partition(" ")
    return Record(kind, words, body)


def _decode(coding: str, text: str) -> bytes:
    """Decode as much as there is: the end may have been cut off."""
    try:
        if coding == "base64":
            return binascii.a2b_base64(text[: len(text) // 4 * 4], strict_mode=True)
        return bytes.fromhex(text[: len(text) // 2 * 2])
    except ValueError as error:
        raise NodeError(
            "garbled", f"the node's answer is no {coding}: {error}", "Run the task again."
        ) from error


def _explain(answer: Answer) -> tuple[str, str]:
    """Return why a shell printed nothing of the script's, and what to do."""
    printed = cut(answer.stderr.strip() or answer.stdout.strip(), _EXCERPT, tail=True)
    message = f"/bin/sh on the node ended with code {answer.code} and without an answer"
    if "\ufffd" in printed or "\0" in printed:
        printed = repr(printed)
    message += f": {printed}" if printed else ""
    if "sudo" in printed or "password" in printed.lower():
        return message, "Check ansible_become, its method and its password for this node."
    return message, "Check that the login shell of this user runs /bin/sh and prints its output."


__all__ = (
    "Answer",
    "Limits",
    "NodeError",
    "Record",
    "Records",
    "Shell",
    "parse_records",
    "run_task",
)
