# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that turn what a playbook knows into checks."""

from __future__ import annotations

import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)


def task_failure(result: t.Any, task: str, subject: str) -> dict[str, t.Any]:
    """Return the failure of a task in the form of a registered result with checks.

    A result that carries failed checks of its own has said it already: then there are none here.
    """
    data = result if isinstance(result, t.Mapping) else {}
    if any(check.get("status") == "fail" for check in data.get("checks") or ()):
        return {"checks": []}
    message = str(data.get("msg") or "the task failed without a message")
    finding = Finding("task_failed", Severity.ERROR, task, message)
    check = Check("task", subject, Status.FAIL, "success", task, (finding,))
    return {"checks": [check.to_dict()]}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"task_failure": task_failure}
