# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
    checks_of,
    packed,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    READ_CHECK,
    unseen_check,
    unseen_line,
)

HALF_READ = Check(
    READ_CHECK, "n", Status.FAIL, findings=(Finding("node_time_limit", Severity.ERROR, "", "x"),)
)


def test_nodes_are_counted_by_cause() -> None:
    checks = [unseen_check(f"node-{n}", "timeout", "no answer", "look") for n in range(8)]
    checks += [HALF_READ, unseen_check("node-x", "host_key", "changed", "compare")]
    assert unseen_line(checks) == (
        "9 nodes were not seen: timeout: node-0, node-1, node-2, node-3, node-4, node-5 and 2 more;"
        " host_key: node-x"
    )
    assert unseen_line(checks[-1:]) == "1 node was not seen: host_key: node-x"


def test_a_node_that_was_read_in_part_was_seen() -> None:
    assert unseen_line([HALF_READ]) == ""


def test_checks_travel_packed_and_unpacked() -> None:
    checks = (HALF_READ, unseen_check("n", "timeout", "no answer", "look"))
    assert checks_of({"evidence": packed(checks)}) == checks
    assert checks_of({"checks": [check.to_dict() for check in checks]}) == checks
    assert checks_of({"changed": False}) == ()
    assert checks_of({"checks": []}) == ()
