# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registries whose API lies below a path: what works is not called broken, no fix moves /v2."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    wanted_url,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import (
    lint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
    render_mirrors,
)
from tests.pages.node_example_files import CERTS, MAIN, OLD

NEXUS = "nexus.example.org/repository/docker-hub"
ARTIFACTORY = "art.example.org/artifactory/api/docker/hub"
PREFIX = "registry.example.org/base"  # distribution's http.prefix
OVERRIDE = "override_path = true\n"


def config(endpoint: str) -> dict[str, str]:
    table = f'[{OLD}.registry.mirrors."docker.io"]\nendpoint = ["https://{endpoint}"]\n'
    return {MAIN: f"version = 2\n{table}"}


def hosts(host: str, options: str = "") -> dict[str, str]:
    file = f'server = "https://mirror.example.org"\n[host."https://{host}"]\n{options}'
    return {
        MAIN: f'version = 2\n[{OLD}.registry]\nconfig_path = "{CERTS}"\n',
        f"{CERTS}/docker.io/hosts.toml": file,
    }


def found(files: dict[str, str]) -> list[Finding]:
    findings = analyse(load(NodeFiles(files, "1.7.24")))
    return [one for one in findings if "v2" in one.code or "override_path" in one.code]


# files, the API's root that containerd asks
TEST_WORKING: list[tuple[dict[str, str], str]] = [
    (config(f"{NEXUS}/v2"), f"{NEXUS}/v2"),
    (config(f"{ARTIFACTORY}/v2"), f"{ARTIFACTORY}/v2"),
    (config(f"{PREFIX}/v2/project"), f"{PREFIX}/v2/project"),
    (hosts(f"{NEXUS}/v2", OVERRIDE), f"{NEXUS}/v2"),
    (hosts(f"{PREFIX}/v2", OVERRIDE), f"{PREFIX}/v2"),
    (hosts(f"{PREFIX}/v2"), f"{PREFIX}/v2"),
    (hosts(NEXUS), f"{NEXUS}/v2"),
    (hosts(ARTIFACTORY), f"{ARTIFACTORY}/v2"),
]


@pytest.mark.parametrize(("files", "root"), TEST_WORKING)
def test_what_works_is_at_most_remarked(files: dict[str, str], root: str) -> None:
    request = load(NodeFiles(files, "1.7.24")).requests("nginx")[0]
    assert request.startswith(f"https://{root}/library/nginx/manifests/latest")
    for finding in found(files):
        assert finding.severity is Severity.INFO
        assert root in finding.message
        assert "only if the registry's API lies there" in finding.message
        assert finding.fix.startswith("Nothing")


# files, addresses that the fix may name
TEST_UNKNOWN: list[tuple[dict[str, str], list[str]]] = [
    (config(PREFIX), ["https://registry.example.org/v2/base", f"https://{PREFIX}/v2"]),
    (hosts(PREFIX), ["https://registry.example.org/v2/base"]),
    (hosts(PREFIX, OVERRIDE), ["https://registry.example.org/v2/base", f"https://{PREFIX}/v2"]),
]


@pytest.mark.parametrize(("files", "addresses"), TEST_UNKNOWN)
def test_what_nobody_can_know_is_said(files: dict[str, str], addresses: list[str]) -> None:
    (finding,) = found(files)
    assert finding.severity is Severity.WARNING
    assert "only if the registry's API lies there" in finding.message
    assert "the API lies below" in finding.fix or "API lies below that path" in finding.fix
    told = re.findall(r"https://[\w./-]+\w", finding.fix)
    assert list(dict.fromkeys(told)) == addresses


@pytest.mark.parametrize("target", [f"{NEXUS}/v2", f"{ARTIFACTORY}/v2", f"{PREFIX}/v2/p"])
@pytest.mark.parametrize("notation", ["k3s_registries", "containerd_mirrors", "containerd_hosts"])
def test_renderers_leave_v2_where_it_is(target: str, notation: str) -> None:
    table = parse_mirrors(f"docker.io::{target}", "palette").table
    rendered = render_mirrors(table, notation, path_style="v2_prefix")
    assert f"https://{target}" in str(rendered)
    back = parse_mirrors(rendered, notation)
    assert [entry.target for entry in back.table] == [target]
    assert not any("v2" in finding.code for finding in back.findings)


def test_a_table_for_nodes_may_have_v2_within() -> None:
    parsed = parse_mirrors(f"docker.io::{NEXUS}/v2", "palette")
    findings = lint(parsed, LintContext(airgap=False))
    about = [(one.code, one.severity) for one in findings if "v2" in one.code]
    assert about == [("v2_within_path", Severity.INFO)]


def test_an_expected_endpoint_with_v2_is_taken_at_its_word() -> None:
    expected = f"https://{NEXUS}/v2/library/nginx/manifests/latest"
    assert wanted_url(f"{NEXUS}/v2", "nginx") == expected


def test_no_page_says_where_every_registry_answers() -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    pages = [root / "README.md", *(root / "docs" / "docsite" / "rst").glob("*.rst")]
    assert len(pages) > 5
    said = re.compile(r"registries\s+answers?\s+only\s+under", re.IGNORECASE)
    assert [page.name for page in pages if said.search(page.read_text("utf-8"))] == []


# a notation's text with a URL in it, and whether that text lets the URL be taken as it stands
WRITTEN: dict[str, t.Callable[[str, bool], object]] = {
    "config.toml": lambda url, _also: (
        f'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n'
        f'endpoint = ["{url}"]\n'
    ),
    "hosts.toml": lambda url, also: {
        "/c/docker.io/hosts.toml": f'[host."{url}"]\n' + "override_path = true\n" * also
    },
    "registries.yaml": lambda url, _also: {"mirrors": {"docker.io": {"endpoint": [url]}}},
}


@pytest.mark.parametrize("url", ["https://h.io/p", "http://h.io:5000/a/b"])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_path_without_v2_is_mended_by_either_url_that_is_told(name: str, url: str) -> None:
    write = WRITTEN[name]
    told = [one for one in parse_mirrors(write(url, False)).findings if "without_v2" in one.code]
    assert len(told) == 1
    first, second = re.findall(r"'([^']*)'", told[0].fix)
    assert first.partition("://")[0] == second.partition("://")[0] == url.partition("://")[0]
    for right in (first, second):
        also = "override_path = true" in told[0].fix and right == first
        after = parse_mirrors(write(right, also)).findings
        assert "endpoint_without_v2" not in {one.code for one in after}, right
