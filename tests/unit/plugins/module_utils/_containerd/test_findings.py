# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: each code where it belongs, and its absence from a node that differs in that alone."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    compare,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.node import (
    Containerd,
)
from tests.pages.node_example_files import CERTS, GOOD, HOST, OLD, certs, mirror, v2
from tests.pages.node_finding_examples import COMPARED, ONE_NODE
from tests.pages.node_findings import (
    GROUPS,
    READERS,
    READING,
    examples,
    literal_codes,
    module,
    reader,
    render,
)
from tests.pages.node_findings import PAGE as REFERENCE


def codes(node: Containerd) -> set[str]:
    return {finding.code for finding in analyse(node)}


@pytest.mark.parametrize(
    ("code", "version", "bad", "good", "subject"),
    [pytest.param(*row, id=f"{row[0]}-{number}") for number, row in enumerate(ONE_NODE)],
)
def test_findings(
    code: str, version: str, bad: dict[str, str], good: dict[str, str], subject: str
) -> None:
    found = [one for one in analyse(load(NodeFiles(bad, version))) if one.code == code]
    assert found and found[0].subject == subject
    assert found[0].message.endswith(".") and found[0].fix.endswith(".")
    good_version = "2.3.4" if code.startswith("version_") else version
    assert code not in codes(load(NodeFiles(good, good_version)))


@pytest.mark.parametrize(("code", "version", "files", "endpoint"), COMPARED)
def test_compared(code: str, version: str, files: dict[str, str], endpoint: str) -> None:
    node = load(NodeFiles(files, version))
    found = {one.code for one in compare(node, [("docker.io", endpoint)], "node")[0].findings}
    assert code in found
    right = load(NodeFiles(v2(mirror(GOOD)), version))
    assert compare(right, [("docker.io", GOOD)], "node")[0].findings == ()


# Where a call takes its code from a variable; the examples have to have them all.
VARIABLES = {
    "code",
    "finding.code",
    "f'node_{error.cause}'",
    "f'probe_{probe.verdict}'",
    "node_cause",
}


def test_every_code_has_an_example() -> None:
    modules = [module(name) for names in GROUPS.values() for name in names]
    every = {path.name for path in module("x").parent.glob("*.py")}
    silent = every - {path.name for path in modules}
    assert all(literal_codes(module(name.removesuffix(".py"))) == {} for name in silent)
    written = {code for path in modules for code in literal_codes(path)}
    assert written - VARIABLES - set(examples()) == set()
    assert set(examples()) - written == {
        *("mirrors_and_config_path", "mirrors_break_2_2_0", "tls_and_config_path"),
        "cni_bin_dir_twice",
        *("auths_invalid", "endpoint_without_v2", "endpoint_v2_misplaced", "endpoint_v2_doubled"),
    }


def test_every_code_of_reading_is_told() -> None:
    written = {code for name in READERS for code in literal_codes(reader(name))}
    assert written - VARIABLES - set(READING) == set()


def test_the_reference_is_current() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == render(), (
        "run: python -m tests.pages.node_findings"
    )


def test_unread_hosts_file_is_a_finding() -> None:
    node = NodeFiles(v2(f'[{OLD}.registry]\nconfig_path = "{CERTS}"\n'), "1.7.24")
    unread = NodeFiles(
        node.files, node.version, unreadable={f"{CERTS}/q.io/hosts.toml": "truncated"}
    )
    assert codes(load(unread)) - codes(load(node)) == {"file_unreadable"}


def test_rewrite_counts_on_k3s() -> None:
    files = v2(mirror(), "rewrite = {}\n")
    found = {"mirror_option_ignored", "rewrite_not_evaluated"}
    assert codes(load(NodeFiles(files, "v1.7.11-k3s2"))) & found == {"rewrite_not_evaluated"}
    assert codes(load(NodeFiles(files, "v1.7.11"))) & found == {"mirror_option_ignored"}


def test_a_good_node_has_nothing_to_correct() -> None:
    good = certs(f'server = "{GOOD}"\noverride_path = true\n{HOST}')
    for version in ("1.7.24", "2.1.9", "2.3.4"):
        assert analyse(load(NodeFiles(good, version))) == ()


def test_findings_show_no_credentials() -> None:
    endpoints = ("https://user:secret@h.io/p", "user:secret@h x", "https://user:se/cret@h")
    for endpoint in endpoints:
        node = load(NodeFiles(v2(mirror(endpoint)), "1.7.24"))
        results = compare(node, [("docker.io", "h.io/q")], "node")
        shown = repr((analyse(node), node.reason, results))
        assert "user" not in shown.replace("user, password", "")
        assert "secret" not in shown and "/cret" not in shown
    node = load(NodeFiles(certs('[host."https://user:secret@h.io/p"]'), "1.7.24"))
    assert "secret" not in repr((analyse(node), compare(node, [("docker.io", "h.io")], "node")))


EXAMPLE = mirror("harbor.example.org/airgap-images/docker.io")


def test_the_page_s_example_has_warnings_and_no_errors() -> None:
    for version in ("1.6.20", "1.7.24", "2.1.9", "2.3.4"):
        node = load(NodeFiles(v2(EXAMPLE), version))
        assert "endpoint_without_v2" in codes(node)
        assert "error" not in {finding.severity.value for finding in analyse(node)}
