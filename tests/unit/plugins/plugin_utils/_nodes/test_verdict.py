# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.bounds import (
    BoundError,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import (
    Daemon,
    NodeReading,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import NodeError
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.verdict import (
    Expectation,
    Verdict,
    describe_source,
    judge,
    unjudged,
    unread,
)

CONFIG = "/etc/containerd/config.toml"
PAGE = (
    "version = 2\n"
    '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n'
    '  endpoint = ["harbor.example.org/airgap-images/docker.io"]\n'
)
V2 = PAGE.replace("harbor.example.org/", "https://harbor.example.org/v2/")
EXPECTED = ("docker.io", "harbor.example.org/airgap-images/docker.io")
EXPECTED_V2 = ("docker.io", "https://harbor.example.org/v2/airgap-images/docker.io")
DAEMON = Daemon("containerd", True, "/usr/bin/containerd", CONFIG, "1.7.24", 1000.0)
READING = NodeReading((DAEMON,), {CONFIG: PAGE}, {}, {CONFIG: 900.0}, "", ())


def judged(reading: NodeReading, *expected: tuple[str, str], working: bool = False) -> Verdict:
    return judge(reading, Expectation("n1", expected or (EXPECTED,), working, "1.7.24"))


def check(verdict: Verdict, name: str) -> Check:
    return next(check for check in verdict.checks if check.name == name)


def test_the_page_agrees_and_warns() -> None:
    verdict = judged(READING)
    assert [(check.name, check.status.value) for check in verdict.checks] == [
        ("node read", "pass"),
        ("containerd", check(verdict, "containerd").status.value),
        ("mirror of docker.io", "pass"),
        ("endpoint of docker.io works", "warn"),
    ]
    assert check(verdict, "containerd").status is not Status.FAIL
    works = check(verdict, "endpoint of docker.io works")
    assert works.actual == (
        "https://harbor.example.org/airgap-images/docker.io/library/nginx/manifests/latest"
        "?ns=docker.io"
    )
    assert [finding.code for finding in works.findings] == ["endpoint_not_working"]
    assert {check.subject for check in verdict.checks} == {"n1"}


TEST_TWO_ANSWERS: list[tuple[str, str, tuple[str, str], bool, str, str]] = [
    ("page", PAGE, EXPECTED, False, "pass", "warn"),
    ("page, working required", PAGE, EXPECTED, True, "pass", "fail"),
    ("v2", V2, EXPECTED_V2, True, "pass", "pass"),
    ("v2 where verbatim is expected", V2, EXPECTED, False, "fail", "pass"),
    ("nothing", "version = 2\n", EXPECTED, False, "fail", "warn"),
    ("nothing, working required", "version = 2\n", EXPECTED, True, "fail", "fail"),
    ("containerd refuses its file", "version = \n", EXPECTED, False, "fail", "warn"),
]


@pytest.mark.parametrize(
    ("config", "expected", "required", "literal", "works"),
    [row[1:] for row in TEST_TWO_ANSWERS],
    ids=[row[0] for row in TEST_TWO_ANSWERS],
)
def test_agreement_and_working_are_two_checks(
    config: str, expected: tuple[str, str], required: bool, literal: str, works: str
) -> None:
    reading = dataclasses.replace(READING, files={CONFIG: config})
    verdict = judged(reading, expected, working=required)
    assert check(verdict, "mirror of docker.io").status.value == literal
    assert check(verdict, "endpoint of docker.io works").status.value == works
    described = describe_source(verdict.sources[0], verdict.checks)
    assert described["status"] == ("fail" if "fail" in (literal, works) else works)


def test_a_containerd_that_is_not_up_fails() -> None:
    both = PAGE + '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/certs"\n'
    verdict = judged(dataclasses.replace(READING, files={CONFIG: both}))
    assert check(verdict, "containerd").status is Status.FAIL
    assert check(verdict, "containerd").actual.startswith("down: ")
    assert verdict.described["cri"] == "down"


def test_the_dump_counts() -> None:
    daemon = dataclasses.replace(DAEMON, dump=PAGE)
    reading = dataclasses.replace(READING, daemons=(daemon,), files={CONFIG: "version = 2\n"})
    verdict = judged(reading)
    assert check(verdict, "mirror of docker.io").status is Status.PASS
    assert verdict.described["config_source"] == "dump"


def test_the_files_tell_what_the_dump_cannot() -> None:
    dropin = 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "pause"\n'
    files = {
        CONFIG: f'imports = ["conf.d/*.toml"]\n{PAGE}',
        "/etc/containerd/conf.d/1.toml": dropin,
    }
    daemon = dataclasses.replace(DAEMON, dump=dropin)
    verdict = judged(dataclasses.replace(READING, daemons=(daemon,), files=files))
    assert check(verdict, "mirror of docker.io").status is Status.FAIL
    codes = [finding.code for finding in check(verdict, "containerd").findings]
    assert codes.count("dropin_replaces_table") == 1
    assert len(codes) == len(set(codes))


def test_an_unreadable_configuration_fails() -> None:
    unreadable = {CONFIG: "permission denied"}
    verdict = judged(dataclasses.replace(READING, files={}, unreadable=unreadable))
    assert check(verdict, "containerd").status is Status.FAIL
    assert check(verdict, "mirror of docker.io").status is Status.FAIL


def test_no_containerd() -> None:
    verdict = judged(dataclasses.replace(READING, daemons=()))
    assert [check.status for check in verdict.checks] == [Status.PASS, Status.FAIL]
    assert verdict.checks[1].findings[0].code == "containerd_not_found"
    assert verdict.containerd is None


TEST_DAEMONS: list[tuple[str, dict[str, object], str]] = [
    ("not running", {"running": False, "started": None}, "containerd_not_running"),
    ("no version", {"version": ""}, "containerd_version_unknown"),
    ("dump failed", {"no_dump": "no"}, "config_dump_failed"),
    ("restart pending", {"started": 1.0}, "restart_pending"),
]


@pytest.mark.parametrize(
    ("changes", "code"), [row[1:] for row in TEST_DAEMONS], ids=[row[0] for row in TEST_DAEMONS]
)
def test_remarks_on_the_daemon(changes: dict[str, object], code: str) -> None:
    daemon = dataclasses.replace(DAEMON, **changes)  # type: ignore[arg-type]
    plain = {finding.code for finding in check(judged(READING), "containerd").findings}
    verdict = judged(dataclasses.replace(READING, daemons=(daemon,)))
    found = check(verdict, "containerd")
    assert {finding.code for finding in found.findings} - plain == {code}
    assert found.status is not Status.FAIL


def test_a_second_containerd_is_named() -> None:
    other = dataclasses.replace(DAEMON, config_path="/opt/other.toml", flavour="spectro-containerd")
    verdict = judged(
        dataclasses.replace(READING, daemons=(DAEMON, other), files={"/opt/other.toml": PAGE})
    )
    named = [f for f in check(verdict, "containerd").findings if f.code == "several_containerds"]
    assert CONFIG in named[0].message
    assert verdict.described["flavour"] == "spectro-containerd"


def test_an_incomplete_reading_fails() -> None:
    cut = Finding("node_output_truncated", Severity.ERROR, "", "cut off", "look")
    verdict = judged(dataclasses.replace(READING, findings=(cut,)))
    assert check(verdict, "node read").status is Status.FAIL


def test_unread() -> None:
    found = unread(NodeError("refused", "Connection refused", "Start sshd."), "n1")
    assert (found.name, found.status, found.actual) == ("node read", Status.FAIL, "refused")
    assert found.findings == (
        Finding("node_refused", Severity.ERROR, "n1", "Connection refused", "Start sshd."),
    )


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (BoundError("it takes more than 10 seconds of CPU time"), "node_beyond_bounds", "10 sec"),
        (ValueError("Exceeds the limit"), "node_not_judged", "ValueError: Exceeds the limit"),
        (KeyError("x" * 5_000), "node_not_judged", "KeyError: 'xxx"),
    ],
)
def test_a_judgement_that_fails_is_a_failed_check(error: Exception, code: str, part: str) -> None:
    check = unjudged(error, "n1")
    assert (check.subject, check.status) == ("n1", Status.FAIL)
    finding = check.findings[0]
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    assert part in finding.message
    assert len(finding.message) < 400


def test_an_import_that_nobody_followed_is_an_error() -> None:
    """It may name the file that takes all mirrors away."""
    files = {CONFIG: f'imports = ["conf.d/[1]*.toml"]\n{PAGE}'}
    verdict = judged(dataclasses.replace(READING, files=files))
    assert check(verdict, "containerd").status is Status.FAIL
    assert "import_not_followed" in {f.code for f in check(verdict, "containerd").findings}
    followed = frozenset({"/etc/containerd/conf.d/[1]*.toml"})
    verdict = judged(dataclasses.replace(READING, files=files, imports=followed))
    assert check(verdict, "containerd").status is not Status.FAIL


def test_several_containerds_warn_and_are_named() -> None:
    other = dataclasses.replace(DAEMON, flavour="spectro-containerd", config_path="/opt/c.toml")
    verdict = judged(dataclasses.replace(READING, daemons=(DAEMON, other)))
    named = [f for f in check(verdict, "containerd").findings if f.code == "several_containerds"]
    assert named[0].severity is Severity.WARNING
    assert CONFIG in named[0].message
    assert "/opt/c.toml" in named[0].message


@pytest.mark.parametrize(
    ("change", "code"), [("replaced", "containerd_replaced"), ("blind", "containerd_unproven")]
)
def test_what_is_not_certain_of_the_process_warns(change: str, code: str) -> None:
    daemon = dataclasses.replace(DAEMON, **{change: True})  # type: ignore[arg-type]
    verdict = judged(dataclasses.replace(READING, daemons=(daemon,)))
    found = {f.code: f.severity for f in check(verdict, "containerd").findings}
    assert found[code] is Severity.WARNING


def test_no_report_keeps_more_than_a_person_reads() -> None:
    endpoints = ",\n".join(f'"https://h{number}.example.org/{"x" * 90}"' for number in range(150))
    files = {CONFIG: PAGE.replace('"harbor.example.org/airgap-images/docker.io"', endpoints)}
    verdict = judged(dataclasses.replace(READING, files=files))
    for one in verdict.checks:
        assert len(one.findings) <= 101
        assert len(one.actual) < 2_100
        assert all(len(finding.message) < 2_100 for finding in one.findings)
    assert check(verdict, "containerd").findings[-1].code == "findings_left_out"
