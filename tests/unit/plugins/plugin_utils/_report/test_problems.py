# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    CauseFound,
    causes,
    report_data,
)

ERROR = Finding("bad", Severity.ERROR, "file", "it is bad", "mend it")
ODD = Finding("odd", Severity.WARNING, "file", "it is odd")


def report(*checks: Check, nodes: int = 1) -> Evidence:
    hosts = tuple(HostEvidence(f"n{number}", "prod", checks) for number in range(nodes))
    return Evidence("verify", "2026-01-02T03:04:05+00:00", False, hosts)


def only(*checks: Check, nodes: int = 1) -> CauseFound:
    (cause,) = causes(report(*checks, nodes=nodes))
    return cause


def warned(*codes: str, check: str = "c", subject: str = "file") -> Check:
    findings = [Finding(code, Severity.WARNING, subject, f"{code}.", "x") for code in codes]
    return Check(check, "s", Status.WARN, "a", "b", tuple(findings))


def test_what_is_alike_stands_once_the_worst_first() -> None:
    check = Check("c", "s", Status.FAIL, "a", "b", (ODD, ERROR))
    first, second = causes(report(check, nodes=3))
    assert (first.code, first.severity, first.times) == ("bad", Severity.ERROR, 3)
    assert first.hosts == ("n0", "n1", "n2")
    (problem,) = first.problems
    (occurrence,) = problem.occurrences
    assert (occurrence.finding, occurrence.check) == (ERROR, check)
    assert second.code == "odd"


def test_symptoms_on_a_fleet_are_one_cause() -> None:
    symptoms = warned("override_path_missing", "endpoint_without_v2", "endpoint_not_working")
    cause = only(symptoms, nodes=200)
    assert (cause.code, cause.subject) == ("v2_missing_for_nodes", "targets without /v2")
    assert (cause.times, len(cause.hosts)) == (600, 200)
    assert [problem.code for problem in cause.problems] == [
        "override_path_missing",
        "endpoint_without_v2",
        "endpoint_not_working",
    ]


def test_what_tells_the_cause_comes_first_and_a_symptom_alone_tells_itself() -> None:
    both = only(warned("endpoint_without_v2", "v2_missing_for_nodes"))
    assert next(problem.code for problem in both.problems) == "v2_missing_for_nodes"
    alone = only(warned("endpoint_without_v2"))
    assert (alone.code, alone.message) == ("v2_missing_for_nodes", "endpoint_without_v2.")


def test_a_nodes_symptom_follows_from_what_its_cluster_shows() -> None:
    cluster = HostEvidence("prod", "prod", (warned("v2_missing_for_nodes"),))
    node = HostEvidence("node", "prod", (warned("endpoint_not_working"),))
    other = HostEvidence("stranger", "other", (warned("endpoint_not_working"),))
    found = causes(Evidence("verify", "2026-01-02T03:04:05+00:00", False, (cluster, node, other)))
    assert [(cause.code, cause.hosts) for cause in found] == [
        ("v2_missing_for_nodes", ("prod", "node")),
        ("endpoint_not_working", ("stranger",)),
    ]


def test_a_cause_is_as_bad_as_its_worst_symptom_and_breaking_pulls_comes_first() -> None:
    failed = Finding("endpoint_not_working", Severity.ERROR, "file", "it fails", "x")
    check = Check("c", "s", Status.FAIL, findings=(failed,))
    found = causes(report(warned("odd", "odd_too"), check, warned("v2_missing_for_nodes")))
    assert [cause.code for cause in found] == ["v2_missing_for_nodes", "odd", "odd_too"]
    assert found[0].severity is Severity.ERROR
    found = causes(report(warned("odd"), warned("odd", subject="b"), warned("no_default")))
    assert [cause.code for cause in found] == ["no_default", "odd"]
    assert found[1].subject == "file and 1 more"


def test_the_data_has_causes_and_each_finding_names_its_own() -> None:
    data = report_data(report(warned("endpoint_without_v2", "odd")))
    assert [cause["cause"] for cause in data["causes"]] == ["v2_missing_for_nodes", "odd"]
    assert data["causes"][0]["codes"] == ["endpoint_without_v2"]
    findings = data["hosts"][0]["checks"][0]["findings"]
    assert [finding["cause"] for finding in findings] == ["v2_missing_for_nodes", "odd"]


def test_a_check_that_failed_without_a_word_is_a_finding_itself() -> None:
    silent = Check("Secret DOMAIN", "prod", Status.FAIL, "a.io", "b.io")
    half = Check("probe", "prod", Status.FAIL, "", "", (ODD,))
    warned = Check("inputs", "prod", Status.WARN, "", "3 entries")
    found = causes(report(silent, half, warned))
    kinds = [problem for cause in found for problem in cause.problems]
    texts = {one.finding.message for problem in kinds for one in problem.occurrences}
    assert {problem.code for problem in kinds} == {"check_fail", "odd", "check_warn"}
    assert "Secret DOMAIN: expected a.io, found b.io" in texts
    assert "probe: expected nothing, found -" in texts


def test_what_passed_or_was_skipped_is_none() -> None:
    assert causes(report(Check("a", "s", Status.PASS), Check("b", "s", Status.SKIP))) == ()
