# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fix of a mirror table, when followed, helps: its finding is gone, and no error is new."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._fix import Edit, edits_of
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.entry_rules import (
    MAP_NOTATIONS,
    corrected,
    is_writable,
    sound,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import lint
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    WILDCARDS,
    MirrorEntry,
    MirrorTable,
    ParsedMirrors,
)
from tests.pages.mirror_rule_examples import EXAMPLES
from tests.sandbox.paths import CHECKOUT
from tests.unit.helpers.following import SAME, helps
from tests.unit.helpers.rows import by_id, every

VECTORS = CHECKOUT / "tests" / "vectors"


def vectors(name: str) -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return found


def written(table: MirrorTable, notation: str) -> ParsedMirrors:
    """Return a table as its notation reads it, written anew."""
    if notation == "palette":
        return parse_mirrors(",".join(map(str, table)), notation)
    if notation in MAP_NOTATIONS:
        return parse_mirrors("".join(f"{entry}\n" for entry in table), "imageswap_map")
    parsed = parse_mirrors(table.to_list())
    return dataclasses.replace(parsed, notation=notation)


def with_setting(context: LintContext, edit: Edit) -> LintContext:
    if edit.place == "palette_node_path_style":
        return dataclasses.replace(context, node_path_style=edit.new)
    assert (edit.place, edit.new) == ("insecure_skip_verify", "false")
    return dataclasses.replace(context, insecure_skip_verify=False)


def follow_table(raw: object, context: LintContext, notation: str = "auto") -> set[str]:
    """Follow each mechanical fix of a table for itself; return the codes that have one."""
    parsed = parse_mirrors(raw, notation)
    before = lint(parsed, context)
    sources = [corrected(entry).source for entry in parsed.table]
    twice = len(set(sources)) < len(sources) or "duplicate_source" in {one.code for one in before}
    followed = collections.Counter[str]()
    for finding in before:
        assert not [one for one in named_entries(finding.fix) if not is_writable(one)], finding
        edits = edits_of(finding.fix)
        if not edits or followed[finding.code] == SAME or twice:
            continue
        changed = context
        for edit in edits:
            assert edit.new.rpartition("::")[2] in finding.fix, finding
            changed = with_setting(changed, edit) if edit.kind == "setting" else changed
        read = parsed.table if finding in parsed.findings else sound(parsed.table)
        table = read.mended(edits)
        assert table != parsed.table or changed != context or parsed.findings, finding
        rewritten = any(edit.kind == "entry" for edit in edits)
        after = written(table, parsed.notation) if rewritten else parsed
        helps(before, lint(after, changed), finding)
        followed[finding.code] += 1
    return set(followed)


@functools.cache
def followed(code: str) -> set[str]:
    """Follow the fixes of a rule's example; return the codes that have one."""
    return follow_table(EXAMPLES[code].broken, EXAMPLES[code].context)


def named_entries(fix: str) -> list[MirrorEntry]:
    """Return the whole entries that a sentence tells to write, `<registry>` being no one."""
    found = re.findall(r"(?i:write|add) '([^' ]+)::([^' ]+)'", fix)
    return [MirrorEntry(*sides) for sides in found if "<" not in sides[0]]


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_of_a_rule_about_tables(code: str) -> None:
    example = EXAMPLES[code]
    followed(code)
    follow_table(example.broken, dataclasses.replace(example.context, airgap=False))


def test_these_rules_have_a_mechanical_fix() -> None:
    found = {code for code in EXAMPLES if code in followed(code)}
    assert len(found) >= 15, sorted(found)


TABLES = [case for case in vectors("field.json") if case["kind"] == "table"]


@every(by_id(TABLES))
def test_tables_of_the_field(case: dict[str, t.Any]) -> None:
    follow_table(case["input"], LintContext(airgap=case["airgap"]), case["notation"])


@every(by_id(vectors("image_swap.json"), "map"))
def test_maps_of_the_webhook(case: dict[str, t.Any]) -> None:
    follow_table(case["map"], LintContext(), "imageswap_map")


HOSTS = st.sampled_from(
    [
        *("docker.io", "quay.io", "h.example.org", "h.example.org:5000", "registry:5000", "h"),
        *("localhost", "localhost:5000", "registry-1.docker.io", "index.docker.io", "gcr.io:8443"),
        *("Quay.io", "https://quay.io", "us-docker.pkg.dev", "k8s.gcr.io", "127.0.0.1:5000"),
    ]
)
PATHS = st.sampled_from(
    ["", "/p", "/v2", "/v2/p", "/v2/v2/p", "/p/v2/q", "/P", "/p/", "/library", "/p/library", "/p-"]
)
SOURCES = st.one_of(
    st.builds(
        lambda host, path: f"{host}{path}", HOSTS, st.sampled_from(["", "", "/library", "/p"])
    ),
    st.sampled_from(
        ["default", "default", "noswap_wildcards", "[EXACT]quay.io/a:1", "[REPLACE]*a*"]
    ),
)
TARGETS = st.one_of(
    st.builds(lambda host, path: f"{host}{path}", HOSTS, PATHS),
    st.sampled_from(["", "", "a,b", ",a", "h.example.org/p:1", "{{x}}", "$X/p"]),
)
CONTEXTS = st.builds(
    LintContext,
    airgap=st.booleans(),
    endpoint=st.sampled_from(["", "h.example.org", "https://h.example.org:5000", "quay.io"]),
    base_content_path=st.sampled_from(["", "p", "p/v2"]),
    product=st.sampled_from(["palette", "vertex"]),
    insecure_skip_verify=st.booleans(),
    images=st.sampled_from(
        [(), ("nginx:1", "quay.io/a:1", "h.example.org:5000/a/b:2", "gcr.io:8443/a:1")]
    ),
)
RAW = st.one_of(
    st.dictionaries(SOURCES, TARGETS, max_size=5),
    st.lists(
        st.builds(
            lambda source, separator, target: f"{source}{separator}{target}",
            SOURCES,
            st.sampled_from(["::", "::", "::", ":", " => "]),
            TARGETS,
        ),
        max_size=5,
    ).flatmap(
        lambda entries: st.sampled_from(
            [",".join(entries), "\n".join(["# map", *entries]), entries]
        )
    ),
)


@given(raw=RAW, context=CONTEXTS)
def test_any_table(raw: object, context: LintContext) -> None:
    if WILDCARDS in str(raw):  # whatever they kept from the webhook, it gets to see afterwards
        context = dataclasses.replace(context, images=())
    follow_table(raw, context)
