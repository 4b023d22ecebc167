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
from tests.pages.node_example_files import Files, mirror, v2
from tests.unit.helpers.containerd_nodes import assert_found, codes, examples_of


@examples_of("lint_mirrors")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


def test_rewrite_counts_on_k3s() -> None:
    files = v2(mirror(), "rewrite = {}\n")
    found = {"mirror_option_ignored", "rewrite_not_evaluated"}
    assert codes(files, "v1.7.11-k3s2") & found == {"rewrite_not_evaluated"}
    assert codes(files, "v1.7.11") & found == {"mirror_option_ignored"}


EXAMPLE = mirror("harbor.example.org/airgap-images/docker.io")


def test_the_page_s_example_has_warnings_and_no_errors() -> None:
    for version in ("1.6.20", "1.7.24", "2.1.9", "2.4.2"):
        found = analyse(load(NodeFiles(v2(EXAMPLE), version)))
        assert "endpoint_without_v2" in {finding.code for finding in found}
        assert "error" not in {finding.severity.value for finding in found}
