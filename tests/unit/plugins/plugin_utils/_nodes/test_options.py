# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.options import (
    SECRETS,
    only_cluster,
    options_from,
    passwords,
)

PROD = {"palette_registry": {"mirrors": "a.io::h/a"}, "palette_node_path_style": "v2_prefix"}
LAB = {"palette_registry": {"mirrors": "b.io::h/b"}}


def options(clusters: tuple[str, ...] = ("prod", "lab"), **variables: t.Any) -> dict[str, t.Any]:
    hostvars = {"prod": PROD, "lab": LAB, "bare": {}}
    groups = {"palette_clusters": list(clusters)}
    given = {"hostvars": hostvars, "groups": groups, **variables}
    return options_from("verify_nodes", given, _template)


def _template(value: t.Any) -> t.Any:
    assert not isinstance(value, int), "even to look for a template costs"
    return {"{{ one }}": "prod", "{{ all }}": {"mirrors": "c.io::h/c"}}.get(str(value), value)


TEST_OPTIONS: list[tuple[str, dict[str, t.Any], dict[str, t.Any]]] = [
    (
        "its cluster's",
        {"palette_cluster": "prod"},
        {"cluster": "prod", "mirrors": "a.io::h/a", "node_path_style": "v2_prefix"},
    ),
    ("another cluster's", {"palette_cluster": "lab"}, {"cluster": "lab", "mirrors": "b.io::h/b"}),
    (
        "a cluster without a style, and one of its own",
        {"palette_cluster": "lab", "palette_node_path_style": "v2_prefix"},
        {"cluster": "lab", "mirrors": "b.io::h/b", "node_path_style": "v2_prefix"},
    ),
    (
        "a registry whose API lies below a path",
        {
            "clusters": (),
            "palette_registry": {
                "endpoint": "h.io",
                "base_content_path": "r/hub",
                "mirrors": "a.io::h.io/r/hub/a",
                "api_path": "r/hub",
            },
        },
        {
            "cluster": "",
            "mirrors": [{"source": "a.io", "target": "h.io/r/hub/a", "api_path": "r/hub"}],
        },
    ),
    ("no cluster named, of several", {}, {"cluster": "", "mirrors": ""}),
    ("of one", {"clusters": ("lab",)}, {"cluster": "lab", "mirrors": "b.io::h/b"}),
    (
        "no cluster at all",
        {"clusters": (), "palette_registry": {"mirrors": "d.io::h/d"}},
        {"cluster": "", "mirrors": "d.io::h/d"},
    ),
    (
        "templates, and settings of its own that are not those of its cluster",
        {
            "palette_cluster": "{{ one }}",
            "palette_registry": "{{ all }}",
            "palette_node_path_style": "verbatim",
            "verify_nodes_timeout": 7,
            "verify_nodes_probe": "false",
            "verify_nodes_images": [],
        },
        {
            "cluster": "prod",
            "mirrors": "a.io::h/a",
            "node_path_style": "v2_prefix",
            "timeout": 7,
            "probe": "false",
            "images": [],
        },
    ),
    (
        "a cluster that nobody knows",
        {"palette_cluster": "gone", "palette_registry": {"mirrors": "d.io::h/d"}},
        {"cluster": "gone", "mirrors": "d.io::h/d"},
    ),
    (
        "what the inventory of a cluster knows",
        {
            "palette_cluster": "lab",
            "node_containerd_version": "1.7.24",
            "node_containerd_version_seen": 1_700_000_000,
            "verify_nodes_config_dump": "always",
        },
        {
            "containerd_version": "1.7.24",
            "containerd_version_seen": 1_700_000_000,
            "config_dump": "always",
        },
    ),
    (
        "a cluster without settings, and some of its own",
        {"palette_cluster": "bare", "palette_registry": "{{ all }}"},
        {"cluster": "bare", "mirrors": "c.io::h/c"},
    ),
    ("no mapping", {"palette_cluster": "bare", "palette_registry": "harbor"}, {"mirrors": ""}),
]


@pytest.mark.parametrize(
    ("variables", "expected"), [row[1:] for row in TEST_OPTIONS], ids=[r[0] for r in TEST_OPTIONS]
)
def test_options(variables: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    found = options(**variables)
    assert expected.items() <= found.items()
    assert None not in found.values()


def test_only_cluster() -> None:
    assert only_cluster({"palette_clusters": ["a"]}) == "a"
    assert only_cluster({"palette_clusters": ["a", "b"]}) == ""
    assert only_cluster({}) == ""


def test_the_passwords_that_a_node_may_repeat() -> None:
    given = {"ansible_password": "{{ one }}", "ansible_become_pass": "b", "ansible_user": "u"}
    assert list(passwords(given, _template)) == ["prod", "b"]
    registry = {"mirrors": "d.io::h/d", "password": "p"}
    assert options(clusters=(), palette_registry=registry)[SECRETS] == ["p"]
    assert options(clusters=(), palette_registry={"mirrors": ""})[SECRETS] == [""]
