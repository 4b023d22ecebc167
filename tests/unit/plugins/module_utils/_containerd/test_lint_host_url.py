# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import Files, certs
from tests.unit.helpers.containerd_nodes import V21, assert_found, examples_of


@examples_of("lint_host_url")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


OVERRIDE = "override_path = true\n"

# a hosts.toml, the code, and how its fix begins
TEST_FIXES: list[tuple[str, str, str]] = [
    (
        f'[host."https://h.io/v2/v2/p"]\n{OVERRIDE}',
        "endpoint_v2_doubled",
        'Write [host."https://h.io/v2/p"].',
    ),
    (
        '[host."https://h.io/v2/v2/p"]\n',
        "override_path_missing",
        'Write [host."https://h.io/v2/p"] with override_path = true.',
    ),
    (
        f'[host."https://h.io/p"]\n[host."https://h.io/v2/p"]\n{OVERRIDE}',
        "override_path_missing",
        'Take [host."https://h.io/p"] out: [host."https://h.io/v2/p"] is there.',
    ),
    (
        '[host."https://h.io?x=1"]\n',
        "endpoint_parts_dropped",
        'Write [host."https://h.io"].',
    ),
    ('[host."https://u:pw@h.io"]\n', "endpoint_parts_dropped", "Write credentials to its header"),
    ('server = "ftp://h.io"\n[host."https://h.io"]\n', "host_url_broken", "Write one URL, such as"),
    ('[host."https://h.io:70000"]\n', "host_url_broken", "Write one URL, such as"),
    (
        '[host."https://docker.io"]\n[host."https://registry-1.docker.io"]\n',
        "endpoint_taken_literally",
        'Take [host."https://docker.io"] out: [host."https://registry-1.docker.io"] is there.',
    ),
]


@pytest.mark.parametrize(("text", "code", "fix"), TEST_FIXES)
def test_fixes(text: str, code: str, fix: str) -> None:
    found = {one.code: one.fix for one in analyse(load(NodeFiles(certs(text), V21)))}
    assert found[code].startswith(fix), found
    assert "pw" not in repr(found)
