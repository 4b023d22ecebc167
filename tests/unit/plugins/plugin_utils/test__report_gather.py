# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report_gather import gather

CHECK = Check("c", "s", Status.PASS).to_dict()
SETTINGS = {"mirrors": "docker.io::h.example.org/p4ssw0rd-x/docker.io", "password": "p4ssw0rd-x"}


def variables(
    hosts: dict[str, dict[str, t.Any]], clusters: list[str] | None = None
) -> dict[str, t.Any]:
    return {"hostvars": hosts, "groups": {"palette_clusters": clusters} if clusters else {}}


def result(cluster: str | None = None) -> dict[str, t.Any]:
    return {"checks": [CHECK], **({} if cluster is None else {"palette_cluster": cluster})}


def test_hosts_come_cluster_by_cluster_and_those_without_checks_not_at_all() -> None:
    hosts = {
        "node-10": {"r": result("prod")},
        "node-2": {"r": result("prod")},
        "prod": {"r": result(), "other": None},
        "pcg": {"r": {}},
        "node-1": {"r": result("pcg")},
    }
    found = gather(variables(hosts, ["prod", "pcg"]), list(hosts), ["r", "other", "missing"])
    assert [(host.host, host.cluster) for host in found] == [
        ("node-1", "pcg"),
        ("prod", "prod"),
        ("node-2", "prod"),
        ("node-10", "prod"),
    ]


@pytest.mark.parametrize(
    ("clusters", "named", "cluster"),
    [
        (["prod"], "prod", "prod"),
        (["prod"], "typo", "prod"),
        (["prod"], None, "prod"),
        (None, "prod", "prod"),  # a job slice that has the node alone
        (None, None, "n"),
        (None, "", "n"),
    ],
)
def test_a_nodes_cluster(clusters: list[str] | None, named: str | None, cluster: str) -> None:
    (host,) = gather(variables({"n": {"r": result(named)}}, clusters), ["n"], ["r"])
    assert host.cluster == cluster


def test_the_mirrors_are_those_of_the_settings_without_the_password() -> None:
    hosts = {"prod": {"r": result(), "palette_registry": SETTINGS}}
    (host,) = gather(variables(hosts, ["prod"]), ["prod"], ["r"])
    ((source, target),) = host.mirrors
    assert source == "docker.io"
    assert target.startswith("h.example.org/<redacted ")


@pytest.mark.parametrize("settings", [None, "text", {}, {"mirrors": "a.io=h/x"}, {"mirrors": 7}])
def test_mirrors_that_cannot_be_read_are_none(settings: t.Any) -> None:
    hosts = {"prod": {"r": result(), "palette_registry": settings}}
    (host,) = gather(variables(hosts, ["prod"]), ["prod"], ["r"])
    assert host.mirrors == ()
