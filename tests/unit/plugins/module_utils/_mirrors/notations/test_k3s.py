# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""registries.yaml of k3s and RKE2."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.k3s import (
    render_registries,
)
from tests.unit.helpers.mirror_rules import assert_read

# text or mapping as found on nodes, the entry it means, codes of findings
TEST_LIVE: list[tuple[object, str, list[str]]] = [
    ("mirrors:\n  quay.io:\n    endpoint:\n      - https://h.io/v2\n", "quay.io::h.io", []),
    ("mirrors:\n  '*':\n    endpoint: [h.io/v2/p]\n", "default::h.io/v2/p", []),
    (
        {"mirrors": {"q.io": {"endpoint": ["https://h.io"], "rewrite": {"^(.*)$": "p/q/$1"}}}},
        "q.io::h.io/p/q",
        [],
    ),
    (
        {"mirrors": {"q.io": {"endpoint": ["https://h.io"], "rewrite": {"a/(.*)": "p/$1"}}}},
        "q.io::h.io",
        ["rewrite_not_read"],
    ),
    (
        "mirrors:\n  q.io: {Endpoint: [], endpoint: [https://h.io], rewrites: {a: b}, zzz: 1}\n",
        "q.io::h.io",
        ["option_not_known", "option_not_known"],
    ),
    (
        "mirrors:\n  q.io:\n    endpoint: ['https://h.io/p']\nconfigs:\n  h.io: {auth: {}}\n",
        "q.io::h.io/p",
        ["configs_not_read", "endpoint_without_v2"],
    ),
]


@pytest.mark.parametrize(("raw", "entry", "codes"), TEST_LIVE)
def test_read_of_live_configuration(raw: object, entry: str, codes: list[str]) -> None:
    assert_read(raw, entry, codes)


TEST_UNREADABLE: list[tuple[object, str]] = [
    ("mirrors: 5", "no_mirrors"),
    ("mirrors: {a.io: {endpoint: {}}}", "wrong_endpoint_type"),
    ("mirrors: {{", "broken_yaml"),
    ("mirror:\n  q.io: {endpoint: [https://h.io]}\n", "no_mirrors"),
    ("mirrors:\n  q.io: {endpoints: [https://h.io]}\n", "option_not_known"),
    ('mirrors:\n  q.io:\n    endpoint": [https://h.io]\n', "option_not_known"),
]


@pytest.mark.parametrize(("raw", "code"), TEST_UNREADABLE)
def test_unreadable(raw: object, code: str) -> None:
    parsed = parse_mirrors(raw, "k3s_registries")

    assert len(parsed.table) == 0
    assert code in [finding.code for finding in parsed.findings]


def test_a_registry_without_endpoints_is_exempt_only_where_it_hides_another() -> None:
    hidden = parse_mirrors({"mirrors": {"*": {"endpoint": ["https://h.io"]}, "q.io": None}})
    assert [str(entry) for entry in hidden.table] == ["default::h.io", "q.io::"]
    alone = parse_mirrors({"mirrors": {"a.io": {"endpoint": ["https://h.io"]}, "q.io": {}}})
    assert [str(entry) for entry in alone.table] == ["a.io::h.io"]
    assert [finding.code for finding in alone.findings] == ["mirror_without_endpoint"]


@pytest.mark.parametrize(
    ("entry", "endpoint"),
    [
        ("docker.io::h.io/p", "https://h.io/v2/p"),
        ("docker.io::h.io", "https://h.io"),
        ("docker.io::h.io/v2/p", "h.io/v2/p"),
        ("default::localhost:5000/p", "http://localhost:5000/v2/p"),
    ],
)
def test_what_is_written(entry: str, endpoint: str) -> None:
    text = render_registries(parse_mirrors(entry).table)
    (mirror,) = yaml.safe_load(text)["mirrors"].items()
    key = "*" if entry.startswith("default") else "docker.io"
    assert mirror == (key, {"endpoint": [endpoint]})


def test_secrets_of_a_broken_file_stay_out_of_findings() -> None:
    parsed = parse_mirrors("mirrors: {}\nconfigs:\n  password: 'hunter2", "k3s_registries")

    assert [finding.code for finding in parsed.findings] == ["broken_yaml"]
    assert "hunter2" not in str(parsed.findings)
