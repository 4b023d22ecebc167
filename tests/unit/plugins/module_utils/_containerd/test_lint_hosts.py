# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import CERTS, OLD, Files, v2
from tests.unit.helpers.containerd_nodes import (
    HARBOR,
    HUB,
    V16,
    V17,
    V21,
    assert_found,
    certs,
    codes,
    config_path,
    examples_of,
    first_host,
)

PATH = f"{CERTS}/docker.io/hosts.toml"


@examples_of("lint_hosts")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


def test_an_unread_hosts_file_is_a_finding() -> None:
    files = v2(config_path(OLD))
    unread = NodeFiles(files, V17, unreadable={PATH: "truncated"})
    (finding,) = analyse(load(unread))
    assert (finding.code, finding.subject) == ("file_unreadable", PATH)
    assert codes(files) == set()


def test_a_bracket_makes_1x_ignore_a_hosts_toml() -> None:
    files = certs(f'[host."https://{HARBOR}"]\n[host."https://[fd00::1]:5000"]\n')
    assert [first_host(files, version) for version in (V16, V17, V21)] == [HUB, HUB, HARBOR]
    finding = next(
        one for one in analyse(load(NodeFiles(files, V17))) if one.code == "hosts_toml_ignored"
    )
    assert finding.subject == f"{PATH}:2" and "1.x cannot read" in finding.message
