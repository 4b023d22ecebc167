# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The places in which images of a source may lie."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.palette import (
    with_old_paths,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.candidates import (
    before_4_8,
    candidates,
    since_4_8,
)

BASE = "harbor.example.org/airgap-images"


@pytest.mark.parametrize(
    ("source", "before"),
    [
        ("docker.io", f"{BASE}/docker.io"),
        ("k8s.gcr.io", f"{BASE}/gcr.io"),
        ("registry.k8s.io", f"{BASE}/k8s.io"),
        ("us-docker.pkg.dev", BASE),
    ],
)
def test_the_pages_layouts(source: str, before: str) -> None:
    assert before_4_8(source, BASE).target == before
    assert since_4_8(source, BASE).target == f"{BASE}/{source}"


@pytest.mark.parametrize(
    ("table", "before"),
    [
        ({"k8s.gcr.io": f"{BASE}/gcr.io"}, True),
        ({"registry.k8s.io": f"{BASE}/k8s.io"}, True),
        ({"k8s.gcr.io": f"{BASE}/k8s.gcr.io"}, False),
        ({"us-docker.pkg.dev": BASE}, False),
    ],
)
def test_a_table_tells_its_page(table: dict[str, str], before: bool) -> None:
    assert bool(with_old_paths(parse_mirrors(table).table.targets())) is before


def test_each_place_is_named_once_and_there_are_few() -> None:
    names = [f"team-{number}/x/redis" for number in range(50)]
    found = [one.target for one in candidates("docker.io", BASE, ["redis"], names)]
    assert found[:3] == [f"{BASE}/docker.io", BASE, "harbor.example.org/team-0/x"]
    assert len(found) == len(set(found)) == 12


def test_a_registry_without_a_base_path_has_no_empty_path() -> None:
    found = {one.target for one in candidates("quay.io", "r.example.org", ["a/b"], ["a/b", "c"])}
    assert found == {
        "r.example.org/quay.io",
        "r.example.org",
        "r.example.org/quay.io-proxy",
        "r.example.org/quay",
        "r.example.org/quay-proxy",
    }
