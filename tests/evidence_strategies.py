# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any evidence at all, for tests that hold for each. One report has dozens of texts to fail by."""

from __future__ import annotations

import hypothesis.strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    literal_name,
    working_name,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
    in_order,
)

HOSTILE = (
    "</script><script>alert(1)</script>",
    "]]>&<b>\"'",
    "\0\x1b[31m\ufffe\ud800",
    "| `a` | **b** [c](d)",
    "{{ 7 * 7 }}{% for x in y %}{# gone",
    "node-10",
    "node-2",
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=8))
STATUSES = st.sampled_from(Status)
FINDINGS = st.builds(Finding, TEXTS, st.sampled_from(Severity), TEXTS, TEXTS, TEXTS)
NAMES = st.one_of(
    TEXTS,
    st.sampled_from(
        [literal_name("docker.io"), working_name("docker.io"), "Secret A", "Secret B", "Secret C"]
    ),
)
CHECKS = st.builds(
    Check, NAMES, TEXTS, STATUSES, TEXTS, TEXTS, st.lists(FINDINGS, max_size=2).map(tuple)
)
MIRRORS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
HOSTS = st.builds(
    HostEvidence,
    TEXTS,
    st.sampled_from(["prod", "pcg-1", *HOSTILE]),
    st.lists(CHECKS, min_size=1, max_size=3).map(tuple),
    MIRRORS,
    st.lists(TEXTS, max_size=2).map(tuple),
)
EVIDENCE = st.builds(
    Evidence,
    st.sampled_from(["override", "verify", *HOSTILE]),
    st.just("2026-01-02T03:04:05+00:00"),
    st.booleans(),
    st.lists(HOSTS, max_size=5, unique_by=lambda host: host.host).map(in_order),
)
