# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import xml.etree.ElementTree as ET

import hypothesis

from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.junit import junit_xml
from tests.evidence_strategies import EVIDENCE
from tests.pages.example_reports import fleet


@hypothesis.given(EVIDENCE)
def test_any_report_is_xml_with_a_case_a_check(evidence: Evidence) -> None:
    root = ET.fromstring(junit_xml(evidence).encode("utf-8"))
    counts = evidence.counts()
    assert len(root.findall("./testsuite/testcase")) == sum(counts.values())
    assert len(root.findall(".//failure")) == counts["fail"] == int(root.attrib["failures"])
    assert len(root.findall(".//skipped")) == counts["skip"] == int(root.attrib["skipped"])
    assert len(root.findall(".//system-out")) == counts["warn"]


def test_a_failure_says_what_is_wrong_and_how_to_mend_it() -> None:
    root = ET.fromstring(junit_xml(fleet(1, 8)))
    case = root.find(".//testcase[@classname='site-01.node-5'][@name='mirror of quay.io']")
    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert failure.text is not None
    assert failure.attrib["message"].startswith(
        "endpoint_differs: quay.io is configured with old.example.org"
    )
    assert failure.attrib["type"] == "endpoint_differs"
    assert "cause: endpoint_differs (https://" in failure.text
    assert "expected: harbor.example.org/airgap-images/quay.io" in failure.text
    assert "Fix: Write harbor.example.org/airgap-images/quay.io" in failure.text
    skipped = root.find(".//testcase[@name='webhook canary']/skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "no webhook: this is no airgap install"
    warned = root.find(".//testcase[@name='inputs']/system-out")
    assert warned is not None
    assert "There is no entry 'default'" in str(warned.text)
