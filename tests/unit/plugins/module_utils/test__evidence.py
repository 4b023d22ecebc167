# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
    overall,
    status_of,
    worst,
)

ERROR = Finding("a_code", Severity.ERROR, "entry 1", "it is wrong.", "write it right")
WARNING = Finding("b_code", Severity.WARNING, "entry 2", "it is odd.")
INFO = Finding("c_code", Severity.INFO, "entry 3", "it is so.")


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ((), Status.PASS),
        ((INFO,), Status.PASS),
        ((INFO, WARNING), Status.WARN),
        ((WARNING, ERROR, INFO), Status.FAIL),
    ],
)
def test_status_of(findings: tuple[Finding, ...], status: Status) -> None:
    assert status_of(findings) is status


def test_plain_data_and_back() -> None:
    check = Check("secret", "cluster", Status.FAIL, "a", "b", (ERROR, INFO))
    data = check.to_dict()
    assert data["findings"][0]["severity"] == "error"
    assert not isinstance(data["status"], Status)
    assert Check.from_dict(data) == check


def test_worst_and_order() -> None:
    assert worst([]) is None
    assert worst([Severity.INFO, Severity.ERROR, Severity.WARNING]) is Severity.ERROR
    assert Severity.WARNING.at_least(Severity.WARNING)
    assert not Severity.INFO.at_least(Severity.WARNING)


def test_only_texts_are_rewritten() -> None:
    """A password such as `pass` must not turn a status into something else."""
    finding = Finding("pass", Severity.ERROR, "pass", "pass", "pass")
    check = Check("pass", "pass", Status.PASS, "pass", "pass", (finding,))
    shown = check.rewritten(lambda text: text.replace("pass", "*"))
    assert (shown.name, shown.subject, shown.status) == ("pass", "pass", Status.PASS)
    assert (shown.expected, shown.actual) == ("*", "*")
    assert shown.findings == (Finding("pass", Severity.ERROR, "*", "*", "*"),)
    assert Check.from_dict(shown.to_dict()) == shown


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Status.SKIP),
        ([Status.SKIP], Status.SKIP),
        ([Status.SKIP, Status.PASS], Status.PASS),
        ([Status.PASS, Status.WARN], Status.WARN),
        ([Status.WARN, Status.FAIL, Status.PASS], Status.FAIL),
    ],
)
def test_overall(statuses: list[Status], expected: Status) -> None:
    assert overall(statuses) is expected
