# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that turn what a playbook knows into checks."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._evidence import Check, Finding, Severity, Status
from ..plugin_utils._failure import Failure
from ..plugin_utils._numbers import require_numbers

FAILURE = "override_failure_result"
"""The fact in which the playbooks keep that a cluster failed."""

_MOST_VARIABLE = "override_max_fail_percentage"


def task_failure(
    result: t.Any, task: str, subject: str, checks: t.Iterable[t.Any] = ()
) -> dict[str, t.Any]:
    """Return the failure of a task in the form of a registered result with checks.

    Where a check has failed already, the task only repeats it: then there is none here.
    """
    data = result if isinstance(result, t.Mapping) else {}
    known = [*(data.get("checks") or ()), *checks]
    if any(check.get("status") == "fail" for check in known):
        return {"checks": []}
    message = str(data.get("msg") or "the task failed without a message")
    finding = Finding("task_failed", Severity.ERROR, task, message)
    check = Check("task", subject, Status.FAIL, "success", task, (finding,))
    return {"checks": [check.to_dict()]}


def too_many_failed(
    clusters: t.Sequence[str], hostvars: t.Mapping[str, t.Any], most: float | str
) -> bool:
    """Return whether more than `most` percent of the clusters have failed in this run so far."""
    try:
        require_numbers({_MOST_VARIABLE: most}, {_MOST_VARIABLE: (0, 100)})
    except Failure as failure:
        raise AnsibleFilterError(str(failure)) from None
    failed = [name for name in clusters if FAILURE in hostvars.get(name, {})]
    return bool(failed) and len(failed) * 100 > float(most) * len(clusters)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"task_failure": task_failure, "too_many_failed": too_many_failed}
