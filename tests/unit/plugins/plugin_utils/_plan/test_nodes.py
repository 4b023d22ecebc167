# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.nodes import (
    CONFIG_TOML,
    HOSTS_TOML,
    RELEASES,
    NodeType,
    node_types,
)

MIRRORS = "docker.io::h.io/p/docker.io,quay.io::h.io/p/quay.io"
WITH_OTHERS = f"{MIRRORS},default::,[EXACT]a:1::h.io/a:1"
HUB = "docker.io/library/nginx/manifests/latest?ns=docker.io"

# mirrors, path style, where they stand, first request for docker.io, does a registry answer
TEST_REQUESTS: list[tuple[str, str, str, str, bool]] = [
    (MIRRORS, "verbatim", CONFIG_TOML, f"https://h.io/p/{HUB}", False),
    (MIRRORS, "v2_prefix", CONFIG_TOML, f"https://h.io/v2/p/{HUB}", True),
    (MIRRORS, "verbatim", HOSTS_TOML, f"https://h.io/v2/p/{HUB}", True),
    (MIRRORS, "v2_prefix", HOSTS_TOML, f"https://h.io/v2/p/{HUB}", True),
    (
        f"{MIRRORS},default::,[EXACT]a:1::h.io/a:1",
        "verbatim",
        HOSTS_TOML,
        f"https://h.io/v2/p/{HUB}",
        True,
    ),
]


def of_style(types: tuple[NodeType, ...], style: str) -> NodeType:
    (found,) = (one for one in types if one.style == style)
    return found


@pytest.mark.parametrize(("mirrors", "path_style", "style", "url", "working"), TEST_REQUESTS)
def test_first_request(mirrors: str, path_style: str, style: str, url: str, working: bool) -> None:
    node = of_style(node_types(parse_mirrors(mirrors).table, path_style), style)
    assert (node.cri, node.releases) == ("up", RELEASES)
    source = node.sources[0]
    assert (source.source, source.requests[0], source.working) == ("docker.io", url, working)


# releases that act alike, and how they are named
TEST_LABELS: list[tuple[tuple[str, ...], str]] = [
    (RELEASES, "1.6 to 2.4"),
    (RELEASES[:1], "1.6"),
    (RELEASES[:2], "1.6 to 1.7"),
    ((*RELEASES[:3], RELEASES[4]), "1.6 to 2.0, 2.2"),
    (RELEASES[-2:], "2.3 to 2.4"),
]


@pytest.mark.parametrize(("releases", "label"), TEST_LABELS)
def test_releases_that_act_alike_are_named_together(releases: tuple[str, ...], label: str) -> None:
    node = NodeType(CONFIG_TOML, releases, "up", "", (), ())
    assert node.label == f"mirrors in config.toml (containerd {label})"


def test_a_path_without_v2_is_a_warning_with_its_consequences() -> None:
    node = of_style(node_types(parse_mirrors(MIRRORS).table), CONFIG_TOML)
    (finding,) = (one for one in node.findings if one.code == "endpoint_without_v2")
    assert finding.subject == "mirrors in config.toml (containerd 1.6 to 2.4)"
    assert "silently goes on to the upstream registry" in finding.message
    assert "The same goes for 1 more." in finding.message
    check = node.check("cluster")
    assert (check.status, check.actual) == (
        Status.WARN,
        "0 of 2 sources are asked at a registry's API",
    )


def test_plain_data_says_what_is_requested() -> None:
    data = of_style(node_types(parse_mirrors(MIRRORS).table), HOSTS_TOML).to_dict()
    assert data["releases"] == list(RELEASES)
    assert data["sources"][0]["working"] is True
    assert data["sources"][0]["requests"][1].startswith("https://registry-1.docker.io/")


def test_a_target_that_hosts_toml_cannot_hold_is_a_finding() -> None:
    table = parse_mirrors("quay.io::http-cache.example.org/v2/p").table
    node = of_style(node_types(table), HOSTS_TOML)
    assert [finding.code for finding in node.findings] == ["hosts_toml_impossible"]
    assert "http" in node.reason
