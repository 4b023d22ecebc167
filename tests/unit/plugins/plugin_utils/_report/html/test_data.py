# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The details of a page as JSON: each text once, and none that ends its script."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.html.data import (
    details_json,
)
from tests.unit.helpers.reports import FAILED, PASSED, evidence

NODE = HostEvidence("node-1", "prod", (FAILED, PASSED))


def data(*hosts: HostEvidence) -> dict[str, t.Any]:
    report = dataclasses.replace(evidence(), hosts=hosts)
    return t.cast("dict[str, t.Any]", json.loads(details_json(report)))


def test_what_is_alike_stands_once() -> None:
    hosts = tuple(dataclasses.replace(NODE, host=f"node-{number}") for number in range(50))
    found = data(*hosts)
    assert len(found["findings"]) == 1
    assert [check[0] for check in found["checks"]] == [FAILED.name, PASSED.name]
    assert len(found["hosts"]) == 50
    assert found["hosts"]["node-7"] == found["hosts"]["node-0"]


def test_every_field_is_there_and_leads_to_its_finding() -> None:
    found = data(NODE)
    (severity, code, subject, message, fix) = found["findings"][0]
    finding = FAILED.findings[0]
    assert (severity, code) == ("error", finding.code)
    assert (subject, message, fix) == (finding.subject, finding.message, finding.fix)
    assert found["checks"][0] == [FAILED.name, "fail", FAILED.expected, FAILED.actual, [0]]
    assert found["checks"][1][4] == []


def test_the_subject_is_told_where_it_is_not_the_host() -> None:
    own = dataclasses.replace(PASSED, subject="node-1")
    found = data(HostEvidence("node-1", "prod", (own, FAILED)))
    assert found["hosts"]["node-1"] == [0, [1, FAILED.subject]]


def test_checks_that_differ_in_one_field_stay_two() -> None:
    other = dataclasses.replace(PASSED, actual="b")
    assert len(data(HostEvidence("h", "h", (PASSED, other)))["checks"]) == 2


@pytest.mark.parametrize("text", ["</script><b>", "<!--", "a & b", "\u2028"])
def test_no_text_ends_the_script(text: str) -> None:
    hostile = dataclasses.replace(PASSED, name=text, actual=text)
    report = dataclasses.replace(evidence(), hosts=(HostEvidence(text, text, (hostile,)),))
    written = details_json(report)
    assert not set(written) & set("<>&\u2028")
    assert json.loads(written)["checks"][0][0] == text
