# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts the interruptions' harm, on made-up harm."""

from __future__ import annotations

import base64
import gzip
import pathlib
import re

import pytest

from tests.interruptions import leftovers
from tests.interruptions.cases import KINDS, Case, all_cases, of_each_kind, sample
from tests.interruptions.outcome import Outcome, complaints, table
from tests.interruptions.playbooks import Task
from tests.interruptions.stage import Request, Start, requests_of
from tests.interruptions.state import Revision, State

PASSWORD = "planted-passw0rd"
NOTHING = State(1, None, (), {})


def start(name: str) -> Start:
    tasks = tuple(Task(number, "a task", 0.0) for number in range(3))
    question = Request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 0)
    requests = (
        Request("GET", "/version", 0),
        Request("GET", "/version", 1),
        question,
        Request("PATCH", "/api/v1/pods/a?dryRun=All", 0),
        Request("POST", f"/api/v1/{name}", 0),
        Request("POST", f"/api/v1/{name}", 1),
    )
    return Start(name, NOTHING, NOTHING, tasks, 10.0, requests)


CASES = all_cases([start("older"), start("empty")], 4, ["override", "rollback"])


def test_every_write_meets_every_kind_and_every_read_once() -> None:
    older = [case for case in CASES if case.start == "older"]
    places = {kind: [case.place for case in older if case.kind == kind] for kind in KINDS}
    assert places["task"] == [0, 1, 2]
    assert places["moment"] == places["orphan"] == [0, 1, 2, 3]
    assert places["409"] == places["stall"] == [0, 2, 3, 4, 5]
    assert places["lost"] == places["orphan-write"] == [4, 5]
    assert {case.place for case in CASES if (case.start, case.kind) == ("empty", "cut")} == {4, 5}
    assert {case.then for case in CASES} == {"override", "rollback"}


def test_a_sample_has_all_kinds_and_both_starts_and_its_seed_repeats_it() -> None:
    chosen = sample(CASES, len(KINDS), 5)
    assert [case.kind for case in chosen] == list(KINDS)
    assert {case.start for case in chosen} == {"older", "empty"}
    assert chosen == sample(CASES, len(KINDS), 5) != sample(CASES, len(KINDS), 6)
    assert sorted(case.name for case in sample(CASES, 10**6, 1)) == sorted(c.name for c in CASES)


def test_a_case_is_repeated_by_its_name() -> None:
    assert [Case.parse(case.name) for case in CASES] == CASES
    moment = Case.parse("older.moment.3.override")
    assert moment.fraction(1) == moment.fraction(1) != moment.fraction(2)
    for name in ("older.explode.3.override", "older.409.override", "older.409.x.override"):
        with pytest.raises(ValueError, match="is no name of a case"):
            Case.parse(name)


def test_a_request_is_found_again_at_any_version() -> None:
    request = Request("GET", "/api/v1/pods?resourceVersion=*&a=b", 0)
    assert re.search(request.pattern, "/api/v1/pods?resourceVersion=345&a=b")
    assert not re.search(request.pattern, "/api/v1/pods?resourceVersion=345&a=b&c=d")


def test_what_each_run_chooses_anew_is_the_same_request() -> None:
    paths = [
        "/api/v1/secrets/x-snapshot-20261126-041500-3f9a",
        "/api/v1/secrets/x-snapshot-20261127-041500-ffff",
        "/api/v1/secrets/x",
        "/api/v1/pods?resourceVersion=12",
    ]
    log = [{"method": "GET", "path": path, "user_agent": "x"} for path in paths]
    assert list(requests_of(log)) == [
        Request("GET", "/api/v1/secrets/x-snapshot-*", 0),
        Request("GET", "/api/v1/secrets/x-snapshot-*", 1),
        Request("GET", "/api/v1/secrets/x", 0),
        Request("GET", "/api/v1/pods?resourceVersion=*", 0),
    ]
    assert re.search(Request("GET", "/x-snapshot-*", 0).pattern, "/x-snapshot-20261126-041500-3f9a")


def test_a_few_cases_of_each_kind_are_of_both_starts() -> None:
    tried = of_each_kind(CASES, 5)
    assert [{case.kind for case in cases} for cases in tried] == [{kind} for kind in KINDS]
    assert [cases[0] for cases in tried] == sample(CASES, len(KINDS), 5)


def test_passwords_are_found_in_files(tmp_path: pathlib.Path) -> None:
    inner = base64.b64encode(f"x: {PASSWORD}!".encode())
    contents = {"raw": f"p={PASSWORD}".encode(), "base64": inner, "gzip": gzip.compress(inner)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "clean").write_bytes(b"nothing")
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8bnothing")
    assert leftovers.files_with(tmp_path, [PASSWORD]) == sorted(contents)


def test_states_differ_in_what_is_named() -> None:
    metadata = {"labels": {"a": "b"}, "annotations": {}}
    secret = {"type": "Opaque", "data": {"A": "x"}, "metadata": metadata}
    other = {**secret, "data": {"A": "y"}, "metadata": {"labels": {}, "annotations": {}}}
    one = State(1, secret, (Revision(1, "deployed", {"config": 1}),), {"ConfigMap a/b": {}})
    two = State(2, other, (Revision(1, "deployed", {"config": 2}),), {})
    assert one.differences(one) == []
    assert one.differences(two) == [
        "the Secret's data.A, labels.a",
        "the release's content",
        "ConfigMap a/b",
    ]
    assert one.differences(NOTHING)[0] == "the Secret's presence"


@pytest.mark.parametrize(
    ("statuses", "says"),
    [
        (["superseded", "deployed"], ""),
        (["failed", "deployed"], ""),
        (["superseded", "uninstalled"], ""),
        (["deployed", "failed"], "not deployed"),
        (["deployed", "pending-upgrade", "superseded", "deployed"], "more than one"),
        (["superseded", "pending-upgrade", "deployed"], ""),
        (["deployed", "pending-upgrade"], "not deployed"),
        (["deployed", "deployed"], "more than one"),
    ],
)
def test_a_history_is_settled_or_not(statuses: list[str], says: str) -> None:
    revisions = tuple(Revision(number, status, {}) for number, status in enumerate(statuses))
    unsettled = " ".join(State(1, None, revisions, {}).unsettled())
    assert says in unsettled
    assert bool(unsettled) is bool(says)


def test_the_table_counts_and_complaints_say_how_to_repeat() -> None:
    good = Outcome(Case("older", "409", 1, "override"), "GET /", found="old")
    bad = Outcome(Case("empty", "task", 2, "rollback"), "a task", "between", lost=["OTHERS"])
    last = table([good, bad]).splitlines()[-1].split()
    assert last == ["all", "2", "1", "0", "1", "2", "0", "1", "0", "0", "0"]
    (complaint,) = complaints([good, bad], 9)
    assert "lost: OTHERS" in complaint
    assert complaint.endswith("--case empty.task.2.rollback --seed 9")
