# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import hypothesis
import hypothesis.strategies as st
import jsonschema
import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._report.config_map import (
    kept_json,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.read import (
    ReportError,
    read_report,
)
from tests.evidence_schema import assert_valid
from tests.evidence_strategies import EVIDENCE
from tests.pages.example_reports import fleet


def as_bytes(data: t.Any) -> bytes:
    return json.dumps(data).encode()


@hypothesis.given(EVIDENCE)
def test_a_report_is_read_as_it_was_written_and_keeps_the_schema(evidence: Evidence) -> None:
    data = report_data(evidence)
    assert_valid(data)
    assert read_report(as_bytes(data)) == evidence


@hypothesis.given(st.binary(max_size=200))
def test_any_bytes_are_a_report_or_a_clear_error(content: bytes) -> None:
    with pytest.raises(ReportError, match=r"^it (is|names|was)|:"):
        read_report(content)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["host", "cluster", "checks", "findings", "status", "name"]), inner
        ),
    ),
    max_leaves=12,
)
PATHS = st.sampled_from(
    [
        ["hosts"],
        ["hosts", 0],
        ["hosts", 0, "checks"],
        ["hosts", 0, "checks", 3, "findings"],
        ["hosts", 0, "checks", 3, "findings", 0, "severity"],
        ["hosts", 0, "checks", 0, "status"],
        ["hosts", 0, "mirrors"],
        ["hosts", 0, "missing_copies"],
        ["hosts", 0, "host"],
        ["finished"],
        ["check_mode"],
        ["playbook"],
    ]
)


@hypothesis.given(PATHS, JSON)
def test_any_value_anywhere_is_read_or_a_clear_error(path: list[t.Any], value: t.Any) -> None:
    """Whatever stands where something else is expected, it is never a traceback."""
    data = report_data(fleet(1, 2))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    try:
        read_report(as_bytes(data))
    except ReportError as exc:
        assert str(exc)


def changed(**changes: t.Any) -> dict[str, t.Any]:
    return {**report_data(fleet(1, 1)), **changes}


TEST_REFUSED = [
    (b"\xff", "it is no text in UTF-8: byte 0 cannot be read"),
    (b"", "it is no JSON: Expecting value at line 1, column 1"),
    (b"[" * 100_000, "it is no JSON that can be read"),
    (b"9" * 5_000, "it is no JSON that can be read"),
    (b"[]", "it names no schema"),
    (as_bytes(changed(schema="other/2")), "its schema is 'other/2', expected is"),
    (as_bytes(changed(hosts={})), "hosts: expected is a list"),
    (as_bytes(changed(hosts=[7])), "hosts[0]: expected is an object"),
    (as_bytes(changed(hosts=[{"host": 7}])), "hosts[0].host: expected is text"),
    (as_bytes(changed(check_mode="no")), "check_mode: expected is true or false"),
    (as_bytes(changed(finished="today")), "finished: 'today' is no ISO 8601 time"),
    (as_bytes(changed(finished="2026-01-02T03:04:05")), "no ISO 8601 time with an offset"),
    (
        as_bytes(changed(hosts=[{"host": "a", "cluster": "a"}] * 2)),
        "hosts: 'a' is there more than once",
    ),
    (
        as_bytes(
            changed(
                hosts=[{"host": "a", "cluster": "a", "checks": [{"name": "n", "subject": "s"}]}]
            )
        ),
        "hosts[0].checks[0].status: None is none of pass, warn, fail, skip",
    ),
    (kept_json(fleet(1, 40), 20_000).encode(), "it was shortened to fit into a ConfigMap"),
]


@pytest.mark.parametrize(("content", "says"), TEST_REFUSED)
def test_what_is_no_report_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(ReportError) as caught:
        read_report(content)
    assert says in str(caught.value)


def test_the_schema_refuses_what_is_no_report() -> None:
    bad_ones = (
        changed(schema="x"),
        changed(status="good"),
        changed(hosts=[{"host": "a"}]),
        changed(undescribed=1),
    )
    for bad in bad_ones:
        with pytest.raises(jsonschema.ValidationError):
            assert_valid(bad)


def test_a_report_of_the_form_before_is_read_and_gets_its_causes() -> None:
    report = fleet(1, 20)
    old = report_data(report)
    old["schema"] = "palette.image_registry/evidence/1"
    del old["causes"]
    for host in old["hosts"]:
        for check in host["checks"]:
            for finding in check["findings"]:
                del finding["cause"]
    assert report_data(read_report(as_bytes(old))) == report_data(report)
