# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as JUnit XML, which every CI system shows: a suite a host, a test case a check.

The type of a failure is its cause, by which CI systems group; its words begin with it.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from ...module_utils._causes import cause_of, describe, page_of
from ...module_utils._evidence import Check, Status
from ...module_utils._visible import visible
from .evidence import Evidence, HostEvidence


def junit_xml(evidence: Evidence) -> str:
    """Return the report as XML: fail is a failure, skip is skipped, warn goes to system-out."""
    counts = evidence.counts()
    root = ET.Element("testsuites", name=visible(f"image registry {evidence.playbook}"))
    _count(root, sum(counts.values()), counts[Status.FAIL], counts[Status.SKIP])
    codes = evidence.codes_by_host()
    for host in evidence.hosts:
        root.append(_suite(host, evidence.finished, codes[host.host]))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(host: HostEvidence, finished: str, found: t.Container[str]) -> ET.Element:
    statuses = [check.status for check in host.checks]
    suite = ET.Element("testsuite", name=visible(host.host), timestamp=visible(finished))
    _count(suite, len(statuses), statuses.count(Status.FAIL), statuses.count(Status.SKIP))
    for check in host.checks:
        suite.append(_case(check, host, found))
    return suite


def _count(element: ET.Element, tests: int, failures: int, skipped: int) -> None:
    numbers = {"tests": tests, "failures": failures, "errors": 0, "skipped": skipped, "time": 0}
    for name, number in numbers.items():
        element.set(name, str(number))


def _case(check: Check, host: HostEvidence, found: t.Container[str]) -> ET.Element:
    subject = "" if check.subject == host.host else f" ({check.subject})"
    place = host.cluster if not host.is_node else f"{host.cluster}.{host.host}"
    case = ET.Element(
        "testcase", name=visible(check.name + subject), classname=visible(place), time="0"
    )
    causes = list(dict.fromkeys(cause_of(one.code, found) for one in check.findings))
    told = visible(_told(check, causes))
    if check.status is Status.FAIL:
        first = check.findings[0].message if check.findings else "not as expected"
        cause = causes[0] if causes else f"check_{check.status.value}"
        message = visible(f"{cause}: {first}")
        failure = ET.SubElement(case, "failure", message=message, type=visible(cause))
        failure.text = told
    elif check.status is Status.SKIP:
        ET.SubElement(case, "skipped", message=visible(check.actual))
    elif check.status is Status.WARN:
        ET.SubElement(case, "system-out").text = told
    return case


def _told(check: Check, causes: t.Sequence[str]) -> str:
    lines = [f"expected: {check.expected}", f"actual: {check.actual}", describe(check.findings)]
    lines += [f"cause: {cause} ({page_of(cause)})" for cause in causes]
    return "\n".join(line for line in lines if line)


__all__ = ("junit_xml",)
