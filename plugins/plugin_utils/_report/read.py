# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports read back from JSON. Anybody may have written it, so nothing in it is taken for granted.

The form is that of `docs/evidence.schema.json`. What follows from the checks, such as counts and
causes, is not read but found anew, so a report that was written before there were causes has them.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import datetime
import json
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from .evidence import FORMER_SCHEMAS, SCHEMA, Evidence, HostEvidence, in_order

T = t.TypeVar("T")


class ReportError(ValueError):
    """Something that is no report of this collection; the message says where and why."""


def read_report(content: bytes) -> Evidence:
    """Return the evidence that a JSON report holds. Raises ReportError, and nothing else."""
    data = _loaded(content)
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema not in (SCHEMA, *FORMER_SCHEMAS):
        told = f"its schema is {schema!r}" if isinstance(schema, str) else "it names no schema"
        raise ReportError(f"it is no report of this collection: {told}, expected is {SCHEMA!r}")
    report = _Reader(data, "")
    if data.get("left_out"):
        raise ReportError("it was shortened to fit into a ConfigMap; take the report's own file")
    hosts = report.many("hosts", _host)
    names = [host.host for host in hosts]
    twice = next((name for name in names if names.count(name) > 1), None) if _repeats(names) else ""
    if twice:
        raise ReportError(f"hosts: {twice!r} is there more than once")
    return Evidence(
        playbook=report.text("playbook"),
        finished=_time(report.text("finished")),
        check_mode=report.boolean("check_mode"),
        hosts=in_order(hosts),
    )


def _repeats(names: t.Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _loaded(content: bytes) -> t.Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise ReportError(f"it is no text in UTF-8: byte {exc.start} cannot be read") from exc
    except json.JSONDecodeError as exc:
        where = f"line {exc.lineno}, column {exc.colno}"
        raise ReportError(f"it is no JSON: {exc.msg} at {where}") from exc
    except (ValueError, RecursionError) as exc:  # a number or a nesting beyond all measure
        raise ReportError(f"it is no JSON that can be read: {exc}") from exc


def _time(text: str) -> str:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ReportError(f"finished: {text!r} is no ISO 8601 time with an offset")
    return text


class _Reader:
    """One object of the JSON; `path` names it in errors."""

    def __init__(self, data: t.Any, path: str) -> None:
        if not isinstance(data, dict):
            raise ReportError(f"{path}: expected is an object")
        self._data = data
        self._path = path

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; one without a default must be there."""
        value = self._data.get(key, default)
        if not isinstance(value, str):
            raise ReportError(f"{self._at(key)}: expected is text")
        return value

    def boolean(self, key: str) -> bool:
        """Return true or false."""
        value = self._data.get(key)
        if not isinstance(value, bool):
            raise ReportError(f"{self._at(key)}: expected is true or false")
        return value

    def choice(self, key: str, kind: type[T], values: t.Iterable[T]) -> T:
        """Return one of the values of an enumeration."""
        value = self._data.get(key)
        for known in values:
            if isinstance(value, str) and value == known:
                return known
        names = ", ".join(str(known) for known in values)
        raise ReportError(f"{self._at(key)}: {value!r} is none of {names}")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; none if it is not there."""
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ReportError(f"{self._at(key)}: expected is a list of texts")
        return tuple(value)

    def many(self, key: str, read: t.Callable[[_Reader], T]) -> tuple[T, ...]:
        """Return a list of objects, each read by a function; none if it is not there."""
        value = self._data.get(key, [])
        if not isinstance(value, list):
            raise ReportError(f"{self._at(key)}: expected is a list")
        path = self._at(key)
        return tuple(read(_Reader(item, f"{path}[{index}]")) for index, item in enumerate(value))


def _host(host: _Reader) -> HostEvidence:
    return HostEvidence(
        host=host.text("host"),
        cluster=host.text("cluster"),
        checks=host.many("checks", _check),
        mirrors=host.many("mirrors", lambda one: (one.text("source"), one.text("target"))),
        missing_copies=host.texts("missing_copies"),
    )


def _check(check: _Reader) -> Check:
    return Check(
        name=check.text("name"),
        subject=check.text("subject"),
        status=check.choice("status", Status, Status),
        expected=check.text("expected", ""),
        actual=check.text("actual", ""),
        findings=check.many("findings", _finding),
    )


def _finding(finding: _Reader) -> Finding:
    return Finding(
        code=finding.text("code"),
        severity=finding.choice("severity", Severity, Severity),
        subject=finding.text("subject"),
        message=finding.text("message"),
        fix=finding.text("fix", ""),
    )


__all__ = ("ReportError", "read_report")
