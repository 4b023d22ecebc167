# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

"""The schema of reports, as tests hold every report against it.

The schema itself lets a later version add properties. Here each must be described in it.
"""

import json
import pathlib
import typing as t

import jsonschema

_PATH = pathlib.Path(__file__).resolve().parents[1] / "docs" / "evidence.schema.json"
SCHEMA: dict[str, t.Any] = json.loads(_PATH.read_text(encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(SCHEMA)


def _strict(schema: t.Any) -> t.Any:
    """Return a schema whose objects have no other properties than those that it describes."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema and "type" in schema else {}
    return {**closed, **{key: _strict(value) for key, value in schema.items()}}


_VALIDATOR = jsonschema.Draft202012Validator(_strict(SCHEMA))


def assert_valid(report: t.Any) -> None:
    """Raise jsonschema.ValidationError where a report is not as its schema says."""
    _VALIDATOR.validate(report)
