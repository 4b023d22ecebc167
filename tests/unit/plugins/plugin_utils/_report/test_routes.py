# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.routes import routes
from tests.pages.example_reports import MIRRORS, fleet


def test_nodes_are_counted_by_how_they_show_a_mirror() -> None:
    found = routes(fleet(2, 14))
    assert [(route.source, route.target) for route in found] == list(MIRRORS)
    assert all(route.clusters == ("site-01", "site-02") for route in found)
    of_quay = next(route for route in found if route.source == "quay.io")
    # 14 nodes: one out of reach, one with another endpoint, one with a warning
    assert [of_quay.nodes[status] for status in Status] == [11, 1, 1, 0]
    assert of_quay.status is Status.FAIL


def test_without_nodes_the_settings_tell_and_nobody_was_asked() -> None:
    found = routes(fleet(2, 0))
    assert [(route.source, route.target) for route in found] == list(MIRRORS)
    assert {route.status for route in found} == {Status.SKIP}


def test_another_target_is_another_route() -> None:
    report = fleet(2, 0)
    other = dataclasses.replace(report.hosts[1], mirrors=(("docker.io", "other.example.org"),))
    found = routes(dataclasses.replace(report, hosts=(report.hosts[0], other)))
    of_docker = [(route.target, route.clusters) for route in found if route.source == "docker.io"]
    assert of_docker == [(MIRRORS[0][1], ("site-01",)), ("other.example.org", ("site-02",))]
