# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of tasks as checks, and how many of them are too many."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.palette.image_registry.plugins.filter.evidence import (
    task_failure,
    too_many_failed,
)

FAILED_CHECK = {"status": "fail"}
TEST_FAILURES: list[tuple[t.Any, list[t.Any], list[str]]] = [
    ({"msg": "It went wrong."}, [], ["It went wrong."]),
    ({}, [], ["the task failed without a message"]),
    (None, [{"status": "pass"}], ["the task failed without a message"]),
    ({"msg": "again", "checks": [FAILED_CHECK]}, [], []),
    ({"msg": "again"}, [FAILED_CHECK], []),
]


@pytest.mark.parametrize(("result", "checks", "messages"), TEST_FAILURES)
def test_a_failure_is_a_check_unless_one_says_it_already(
    result: t.Any, checks: list[t.Any], messages: list[str]
) -> None:
    found = task_failure(result, "a task", "prod", checks)["checks"]
    assert [check["findings"][0]["message"] for check in found] == messages
    assert all(check["status"] == "fail" for check in found)


CLUSTERS = ["a", "b", "c", "d"]
TEST_MANY: list[tuple[list[str], float | str, bool]] = [
    ([], 0, False),
    (["a"], 0, True),
    (["a"], 25, False),
    (["a", "b"], "25", True),
    (CLUSTERS, 100, False),
]


@pytest.mark.parametrize(("failed", "most", "expected"), TEST_MANY)
def test_too_many_failed(failed: list[str], most: float | str, expected: bool) -> None:
    hostvars: dict[str, dict[str, t.Any]] = {
        name: {"override_failure_result": {}} for name in failed
    } | {"d2": {}}
    assert too_many_failed(CLUSTERS, hostvars, most) is expected


@pytest.mark.parametrize("most", [-1, 101, "nan", "soon", float("inf"), float("nan")])
def test_what_is_no_percentage_is_refused(most: float | str) -> None:
    """NaN let all clusters fail one after another."""
    with pytest.raises(AnsibleFilterError, match="override_max_fail_percentage"):
        too_many_failed(CLUSTERS, {}, most)
