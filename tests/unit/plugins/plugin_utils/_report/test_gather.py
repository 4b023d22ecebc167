# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    in_order,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.gather import (
    gather,
    with_missing,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    BREAK_GLASS,
)

CHECK = Check("c", "s", Status.PASS).to_dict()
SETTINGS = {"mirrors": "docker.io::h.example.org/p4ssw0rd-x/docker.io", "password": "p4ssw0rd-x"}


def variables(
    hosts: dict[str, dict[str, t.Any]], clusters: list[str] | None = None
) -> dict[str, t.Any]:
    return {"hostvars": hosts, "groups": {"palette_clusters": clusters} if clusters else {}}


def result(cluster: str | None = None) -> dict[str, t.Any]:
    return {"checks": [CHECK], **({} if cluster is None else {"palette_cluster": cluster})}


def test_hosts_come_cluster_by_cluster_and_those_without_evidence_have_failed() -> None:
    hosts: dict[str, dict[str, t.Any]] = {
        "node-10": {"r": result("prod")},
        "node-2": {"r": result("prod")},
        "prod": {"r": result(), "other": None},
        "pcg": {"r": {}},
        "node-1": {"r": result("pcg")},
    }
    found = gather(variables(hosts, ["prod", "pcg"]), list(hosts), ["r", "other", "missing"])
    assert [(host.host, host.cluster) for host in found] == [
        ("pcg", "pcg"),
        ("node-1", "pcg"),
        ("prod", "prod"),
        ("node-2", "prod"),
        ("node-10", "prod"),
    ]
    assert [host.host for host in found if host.status is Status.FAIL] == ["pcg"]


def test_what_the_registry_lacks_is_told_of_each_cluster() -> None:
    lacking = {**result(), "missing_copies": ["skopeo copy a b", "skopeo copy c d"]}
    hosts: dict[str, dict[str, t.Any]] = {
        "prod": {"r": lacking, "other": "text"},
        "pcg": {"r": result()},
    }
    found = gather(variables(hosts, list(hosts)), list(hosts), ["r", "other"])
    copies = {host.host: host.missing_copies for host in found}
    assert copies == {"prod": ("skopeo copy a b", "skopeo copy c d"), "pcg": ()}


CRASHED = {"failed": True, "msg": "MODULE FAILURE\x1b[2J: the worker is gone"}
TEST_LOST: list[tuple[dict[str, t.Any], str]] = [
    ({}, "no evidence"),  # a worker that was killed, a host that another play lost
    ({"r": CRASHED}, "the worker is gone"),
    ({"r": {"unreachable": True, "msg": "Connection timed out"}}, "timed out"),
    ({"r": {"skipped": True}}, "no evidence"),
    ({"r": {"checks": []}}, "no evidence"),
    ({"r": {"evidence": "{"}}, "cannot be read"),
    ({"r": {"checks": [{"name": "c"}]}}, "cannot be read"),
    ({"r": {"checks": 7}}, "cannot be read"),
    ({"r": "text"}, "cannot be read"),
]


@pytest.mark.parametrize(("lost", "told"), TEST_LOST)
def test_a_node_without_evidence_has_failed(lost: dict[str, t.Any], told: str) -> None:
    hosts = {"prod": {"r": result()}, "fine": {"r": result("prod")}, "lost": lost}
    facts = variables(hosts, ["prod"])
    facts["groups"]["palette_nodes"] = ["fine", "lost"]
    found = {host.host: host for host in gather(facts, list(hosts), ["r"])}
    assert found["fine"].status is Status.PASS
    assert found["lost"].cluster == "prod"
    (check,) = found["lost"].checks
    assert check.status is Status.FAIL
    assert told in check.findings[0].message


@pytest.mark.parametrize("limit", ["prod,a", "@"])
def test_what_a_limit_leaves_out_was_not_to_be_judged(limit: str, tmp_path: pathlib.Path) -> None:
    if limit == "@":
        (tmp_path / "retry").write_text("prod\na\n", encoding="utf-8")
        limit = f"@{tmp_path}/retry"
    hosts: dict[str, t.Any] = {"prod": {"r": result()}, "a": {}, "b": {}}
    facts = {**variables(hosts, ["prod"]), "ansible_limit": limit}
    facts["groups"] |= {"palette_nodes": ["a", "b"], "all": list(hosts)}
    found = {host.host: host.status for host in gather(facts, list(hosts), ["r"])}
    assert found == {"prod": Status.PASS, "a": Status.FAIL}


@pytest.mark.parametrize(
    ("cluster", "check_mode", "status"),
    [
        ({"override_failure_result": {}}, False, Status.SKIP),
        ({"registry_secret_result": {"changed": True}}, True, Status.SKIP),
        ({"registry_secret_result": {"changed": True}}, False, Status.FAIL),
    ],
)
def test_nodes_of_a_cluster_without_its_override_were_not_to_be_judged(
    cluster: dict[str, t.Any], check_mode: bool, status: Status
) -> None:
    hosts = {"prod": {"r": result(), **cluster}, "a": {}}
    facts = variables(hosts, ["prod"])
    facts["groups"]["palette_nodes"] = ["a"]
    found = {host.host: host for host in gather(facts, list(hosts), ["r"], "override", check_mode)}
    assert found["a"].status is status


@pytest.mark.parametrize(("playbook", "status"), [("verify", {"prod", "b"}), ("report", {"b"})])
def test_a_report_by_itself_asks_for_what_others_of_the_kind_have(
    playbook: str, status: set[str]
) -> None:
    hosts: dict[str, t.Any] = {"prod": {}, "a": {"r": result("prod")}, "b": {}}
    facts = variables(hosts, ["prod"])
    facts["groups"]["palette_nodes"] = ["a", "b"]
    found = gather(facts, list(hosts), ["r"], playbook)
    assert {host.host for host in found if host.status is Status.FAIL} == status


TEST_NOTHING: list[tuple[dict[str, list[str]], str, str]] = [
    ({}, "", "group palette_clusters is not in the inventory"),
    ({"palette_clusters": []}, "", "group palette_clusters has no host"),
    (
        {"clusters": ["prod"], "palette_nodes": ["a"], "all": ["prod", "a", "web"]},
        "prod",
        "group palette_nodes has 1 hosts, of which this run has 0;"
        " the inventory's other groups: clusters (1)",
    ),
]


@pytest.mark.parametrize(("groups", "limit", "words"), TEST_NOTHING)
def test_a_run_that_judges_nobody_fails(
    groups: dict[str, list[str]], limit: str, words: str
) -> None:
    nodes = groups.get("palette_nodes", [])
    facts: dict[str, t.Any] = {"hostvars": {host: {} for host in nodes}, "groups": groups}
    if limit:
        facts["ansible_limit"] = limit
    with pytest.raises(Failure) as caught:
        gather(facts, nodes, ["r"])
    assert caught.value.code == "nothing_to_judge"
    assert words in caught.value.findings[0].message


def test_of_a_merged_report_the_hosts_that_no_part_has_have_failed() -> None:
    known = Evidence(
        "verify",
        "2026-01-02T03:04:05+00:00",
        False,
        in_order(
            gather(
                variables({"prod": {"r": result()}, "a": {"r": result("prod")}}, ["prod"]),
                ["prod", "a"],
                ["r"],
            )
        ),
    )
    facts = variables({"prod": {}, "a": {}, "b": {"palette_cluster": "prod"}}, ["prod"])
    facts["groups"]["palette_nodes"] = ["a", "b"]
    merged = with_missing(known, facts, ["prod", "a", "b"])
    assert {host.host: host.status for host in merged.hosts} == {
        "prod": Status.PASS,
        "a": Status.PASS,
        "b": Status.FAIL,
    }
    clusters_alone = dataclasses.replace(known, hosts=known.hosts[:1])  # a rollback's
    assert len(with_missing(clusters_alone, facts, ["prod", "a", "b"]).hosts) == 1
    assert with_missing(known, {}, []) == known


@pytest.mark.parametrize(
    ("clusters", "named", "cluster"),
    [
        (["prod"], "prod", "prod"),
        (["prod"], "typo", "prod"),
        (["prod"], None, "prod"),
        (None, "prod", "prod"),  # a job slice that has the node alone
        (None, None, "n"),
        (None, "", "n"),
    ],
)
def test_a_nodes_cluster(clusters: list[str] | None, named: str | None, cluster: str) -> None:
    (host,) = gather(variables({"n": {"r": result(named)}}, clusters), ["n"], ["r"])
    assert host.cluster == cluster


DOUBT = Finding("no_default", Severity.WARNING, "default", "the webhook may swap nothing")
TROUBLE = Finding(
    "webhook_timeout",
    Severity.ERROR,
    "w",
    "no pod can be created",
    f"look at its pods; {BREAK_GLASS}",
)


@pytest.mark.parametrize(
    ("status", "said", "fix"),
    [
        (
            Status.PASS,
            "until the cluster was put back: no pod can be created",
            "look at its pods",
        ),
        (Status.FAIL, TROUBLE.message, TROUBLE.fix),
        (None, TROUBLE.message, TROUBLE.fix),
    ],
)
def test_what_was_put_back_is_told_as_past(status: Status | None, said: str, fix: str) -> None:
    warning = dataclasses.replace(TROUBLE, severity=Severity.WARNING)
    seen = Check("webhook canary", "prod", Status.FAIL, findings=(TROUBLE, warning))
    host = {
        "verify_cluster_webhook_result": {"checks": [seen.to_dict()]},
        "rollback_result": {},
    }
    if status:
        host["rollback_result"] = {"checks": [Check("webhook answers", "prod", status).to_dict()]}
    (found,) = gather(variables({"prod": host}, ["prod"]), ["prod"], list(host))
    error, remark = found.checks[0].findings
    assert (error.message, error.fix) == (said, fix)
    assert remark == warning
    assert found.status is Status.FAIL


@pytest.mark.parametrize(
    ("canary", "others", "inputs", "codes"),
    [
        (Status.PASS, (), Status.PASS, []),
        (Status.PASS, ("shared_target",), Status.WARN, ["shared_target"]),
        (Status.FAIL, (), Status.WARN, ["no_default"]),
        (Status.SKIP, (), Status.WARN, ["no_default"]),
    ],
)
def test_what_the_live_webhook_swaps_is_not_doubted(
    canary: Status, others: tuple[str, ...], inputs: Status, codes: list[str]
) -> None:
    doubts = tuple(dataclasses.replace(DOUBT, code=code) for code in ("no_default", *others))
    host = {
        "preflight_result": {
            "checks": [Check("inputs", "prod", Status.WARN, findings=doubts).to_dict()]
        },
        "verify_cluster_webhook_result": {
            "checks": [Check("webhook canary", "prod", canary).to_dict()]
        },
    }
    (found,) = gather(variables({"prod": host}, ["prod"]), ["prod"], list(host))
    assert found.checks[0].status is inputs
    assert [finding.code for finding in found.checks[0].findings] == codes


def test_the_mirrors_are_those_of_the_settings_without_the_password() -> None:
    hosts = {"prod": {"r": result(), "palette_registry": SETTINGS}}
    (host,) = gather(variables(hosts, ["prod"]), ["prod"], ["r"])
    ((source, target),) = host.mirrors
    assert source == "docker.io"
    assert target.startswith("h.example.org/<redacted ")


@pytest.mark.parametrize("settings", [None, "text", {}, {"mirrors": "a.io=h/x"}, {"mirrors": 7}])
def test_mirrors_that_cannot_be_read_are_none(settings: t.Any) -> None:
    hosts = {"prod": {"r": result(), "palette_registry": settings}}
    (host,) = gather(variables(hosts, ["prod"]), ["prod"], ["r"])
    assert host.mirrors == ()
