# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the webhook swaps a second time, and how it is kept from that."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintInput,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.twice import (
    TWICE_RULES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from tests.pages.mirror_rule_examples import NODES, REGISTRY

TEST_FIXES: list[tuple[str, dict[str, str]]] = [
    ("default::h.io/p", {"default_recursion": "Add 'h.io::'"}),
    (
        "default::h.io/p,h.io::q.io/x,q.io::",
        {"default_recursion": "Write 'default::q.io/x/p', which is where images of h.io"},
    ),
    (
        "docker.io::quay.io/hub,quay.io::h.io/p",
        {"target_is_source": "Write 'docker.io::h.io/p/hub'"},
    ),
    ("docker.io::g.io/p,default::h.io/p,h.io::", {"target_is_source": "Add 'g.io::'"}),
    ("q.k3s.localhost::q.k3s.localhost:80", {"target_is_source": "Add 'q.k3s.localhost:80::'"}),
    (
        "docker.io::h.io/p,docker.io/library::quay.io/l,quay.io::h.io/q",
        {"target_is_source": "Write 'docker.io/library::h.io/q/l'"},
    ),
    (
        "docker.io::localhost:5000/p",
        {"target_host_without_dot": "Write 'docker.io::127.0.0.1:5000/p'"},
    ),
    ("docker.io::registry:5000/p", {"target_host_without_dot": "Write the target with a name"}),
    ("docker.io::h.io/p,default::h.io/p,h.io::", {}),
    ("docker.io::h.io/p,h.io/x::q.io/y", {}),
]


@pytest.mark.parametrize(("raw", "fixes"), TEST_FIXES)
def test_fixes(raw: str, fixes: dict[str, str]) -> None:
    given = LintInput(parse_mirrors(raw), REGISTRY)
    found = {note.code: note.fix for rule in TWICE_RULES for note in rule.findings(given)}
    assert found.keys() == fixes.keys()
    assert all(found[code].startswith(fix) for code, fix in fixes.items()), found


def test_nodes_alone_are_not_asked() -> None:
    given = LintInput(parse_mirrors("default::h.io/p"), NODES)
    assert not [one for rule in TWICE_RULES for one in rule.findings(given)]


def test_a_port_of_a_redirected_host_may_be_exempted() -> None:
    parsed = parse_mirrors("q.k3s.localhost::q.k3s.localhost:80,q.k3s.localhost:80::")
    assert parsed.ok
