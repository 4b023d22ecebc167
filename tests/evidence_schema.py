# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

"""The schema of reports, as tests hold every report against it."""

import json
import pathlib
import typing as t

import jsonschema

_PATH = pathlib.Path(__file__).resolve().parents[1] / "docs" / "evidence.schema.json"
SCHEMA: dict[str, t.Any] = json.loads(_PATH.read_text(encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(SCHEMA)
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def assert_valid(report: t.Any) -> None:
    """Raise jsonschema.ValidationError where a report is not as its schema says."""
    _VALIDATOR.validate(report)
