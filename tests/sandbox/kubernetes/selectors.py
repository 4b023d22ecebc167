# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Label and field selectors: as text in URLs, as data in objects."""

from __future__ import annotations

import re
import typing as t

from tests.sandbox.kubernetes.errors import bad_request
from tests.sandbox.kubernetes.objects import Object, labels_of

Labels = t.Mapping[str, str]

_SET = re.compile(r"^(?P<key>\S+)\s+(?P<not>not)?in\s*\((?P<values>[^)]*)\)$")
_EQUALITY = re.compile(r"^(?P<key>[^=!\s]+)\s*(?P<operator>!=|==|=)\s*(?P<value>\S*)$")
_EXISTENCE = re.compile(r"^(?P<not>!)?(?P<key>[^=!\s,()]+)$")
# A comma between parentheses belongs to a set, not to the list of requirements.
_COMMA = re.compile(r",(?![^(]*\))")


def matches_labels(selector: str, labels: Labels) -> bool:
    """Return whether labels match a `labelSelector`. Raises 400 on one that cannot be read."""
    requirements = (part.strip() for part in _COMMA.split(selector))
    return all(_requirement(part, labels) for part in requirements if part)


def _requirement(text: str, labels: Labels) -> bool:
    if found := _SET.match(text):
        values = [value.strip() for value in found["values"].split(",")]
        return (labels.get(found["key"]) in values) != bool(found["not"])
    if found := _EQUALITY.match(text):
        return (labels.get(found["key"]) == found["value"]) == (found["operator"] != "!=")
    if found := _EXISTENCE.match(text):
        return (found["key"] in labels) != bool(found["not"])
    raise bad_request(f"unable to parse requirement: {text!r}")


def matches_fields(selector: str, obj: Object) -> bool:
    """Return whether an object matches a `fieldSelector`; an absent field is an empty string."""
    return all(_field(part, obj) for part in selector.split(",") if part)


def _field(text: str, obj: Object) -> bool:
    found = _EQUALITY.match(text.strip())
    if not found:
        raise bad_request(f"invalid selector: {text!r}; can't understand it")
    value: t.Any = obj
    for step in found["key"].split("."):
        value = value.get(step, "") if isinstance(value, dict) else ""
    return (str(value) == found["value"]) == (found["operator"] != "!=")


def matches_selector(selector: Object | None, labels: Labels) -> bool:
    """Return whether labels match a `LabelSelector` object; an empty one matches all."""
    selector = selector or {}
    wanted: Labels = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_expression(item, labels) for item in selector.get("matchExpressions") or [])


def _expression(expression: Object, labels: Labels) -> bool:
    key, operator = str(expression["key"]), str(expression["operator"])
    values = expression.get("values") or []
    if operator in ("In", "NotIn"):
        return (labels.get(key) in values) == (operator == "In")
    return (key in labels) == (operator == "Exists")


def matches(obj: Object, query: t.Mapping[str, str]) -> bool:
    """Return whether an object matches both selectors of a request."""
    return matches_labels(query.get("labelSelector", ""), labels_of(obj)) and matches_fields(
        query.get("fieldSelector", ""), obj
    )
