# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configurations as people have them: what is told of each, and that its fix helps."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Finding
from ansible_collections.palette.image_registry.plugins.module_utils._images.explain import (
    explain,
    read_swap_maps,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import lint
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from tests.pages.mirror_rule_examples import EXAMPLES, Example
from tests.sandbox.paths import CHECKOUT
from tests.unit.helpers.rows import by_id, every

CASES: list[dict[str, t.Any]] = json.loads(
    (CHECKOUT / "tests" / "vectors" / "field.json").read_text(encoding="utf-8")
)


def findings(case: dict[str, t.Any], given: t.Any) -> tuple[Finding, ...]:
    """Return what is told of an input in the circumstances of a case."""
    if case["kind"] == "node":
        main = next(path for path in given if path.endswith("/config.toml"))
        return analyse(load(NodeFiles(given, case["version"], config_path=main)))
    if case["kind"] == "image":
        return explain(read_swap_maps(given).likely, case["image"]).findings
    if case["kind"] == "settings":
        return parse_settings(given).findings
    return lint(parse_mirrors(given, case["notation"]), LintContext(airgap=case["airgap"]))


@every(by_id(CASES))
def test_what_is_told(case: dict[str, t.Any]) -> None:
    found = findings(case, case["input"])
    codes = {one.code for one in found}

    assert not codes & set(case["lacks"])
    for code, expected in case["has"].items():
        one = next((one for one in found if one.code == code), None)
        assert one is not None, f"{code} is not among {sorted(codes)}"
        assert one.severity.value == expected["severity"]
        assert all(text in one.message for text in expected["says"]), one.message
        assert all(text in one.fix for text in expected["fix"]), one.fix
        assert not any(text in one.fix for text in expected["never"]), one.fix


FOLLOWED = [case for case in CASES if case.get("followed")]


@every(by_id(FOLLOWED))
def test_a_fix_that_is_followed_helps(case: dict[str, t.Any]) -> None:
    before = findings(case, case["input"])
    after = findings(case, case["followed"])
    errors = {one.code for one in before if one.severity.value == "error"}

    assert not {one.code for one in after} & set(case["has"])
    assert {one.code for one in after if one.severity.value == "error"} <= errors


READ = [case for case in CASES if "entries" in case]


@every(by_id(READ))
def test_what_is_read(case: dict[str, t.Any]) -> None:
    parsed = parse_mirrors(case["input"], case["notation"])

    assert parsed.ok
    assert [str(entry) for entry in parsed.table] == case["entries"]


def followed(broken: str, finding: Finding) -> str | None:
    """Return the mirrors with what a fix says: "Write 'a::b'" in place, "Add 'a::'" beside."""
    told = re.match(r"(?:[^:]*: )?(Write|add|Add) '([^' ]+::[^' ]*)'", finding.fix)
    if told is None or "and" in finding.fix.partition("'")[0]:
        return None
    if told[1] == "Write":
        return broken.replace(finding.subject, told[2]) if finding.subject in broken else None
    return f"{broken},{told[2]}"


MECHANICAL = [
    (code, example, finding, text)
    for code, example in EXAMPLES.items()
    if isinstance(example.broken, str) and "\n" not in example.broken
    for finding in lint(parse_mirrors(example.broken), example.context)
    if finding.code == code and (text := followed(example.broken, finding)) is not None
]


@pytest.mark.parametrize(
    ("code", "example", "finding", "text"), MECHANICAL, ids=[row[0] for row in MECHANICAL]
)
def test_a_mechanical_fix_of_a_rule_helps(
    code: str, example: Example, finding: Finding, text: str
) -> None:
    before = lint(parse_mirrors(example.broken), example.context)
    after = lint(parse_mirrors(text), example.context)
    errors = {one.code for one in before if one.severity.value == "error"}

    assert code not in {one.code for one in after}, finding.fix
    assert {one.code for one in after if one.severity.value == "error"} <= errors, finding.fix


def test_several_rules_have_a_mechanical_fix() -> None:
    assert len(MECHANICAL) >= 5
