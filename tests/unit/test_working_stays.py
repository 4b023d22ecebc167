# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Working stays working: no finding calls broken what live consumers take, and no gate stops it."""

from __future__ import annotations

import datetime
import json
import re
import typing as t

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
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import lint
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.lint import (
    lint_inputs,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from tests.sandbox.paths import CHECKOUT
from tests.unit.helpers.rows import every

Case = dict[str, t.Any]
NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)

REMARKS = {
    "plain_http": "what travels unprotected arrives",
    "tls_skipped": "what nobody verifies is pulled",
    "short_names_without_library": "tells where copies of short names have to be",
    "no_default": "told of Palette's string alone, where the chart may add it",
    "ecr_token": "tells when the password ends",
    "missing_source": "tells what the table leaves to the Internet",
    "v2_missing_for_nodes": "tells what nodes make of a table that is right for the webhook",
    "webhook_only_entry": "tells what nodes leave out of a table that is right for the webhook",
    "api_below_path": "tells what pods ask where the API of nodes is below a path",
    "configs_not_read": "tells what a table does not hold",
    "more_endpoints": "tells what a table does not hold",
    "rewrite_not_read": "tells what a table does not hold",
}
"""Warnings that say something else than that nothing works, and what."""

LOST = {
    "dropin_replaces_table": "settings of another file",
    "endpoint_parts_dropped": "credentials in the URL",
    "folder_shadowed": "the folder that comes second",
    "host_option_ignored": "a key that no release knows",
    "host_skipped_for_tags": "pulls by tag: the vector pulls by digest",
    "mirror_option_ignored": "a key that no release knows",
    "table_ignored": "a table of another version",
    "tls_config_ignored": "TLS options of 1.x",
}
"""Of the vectors, which try what people do wrong: the line that has no effect beside what works."""


def vectors(*names: str) -> list[Case]:
    folder = CHECKOUT / "tests" / "vectors"
    return [case for name in names for case in json.loads((folder / name).read_text("utf-8"))]


WORKING = vectors("working.json")


def of_kind(kind: str) -> pytest.MarkDecorator:
    cases = [case for case in WORKING if case["kind"] == kind]
    return pytest.mark.parametrize("case", cases, ids=lambda case: str(case["id"]))


def broken(findings: t.Iterable[Finding], known: t.Container[str]) -> list[Finding]:
    """Return what a finding says against an input, besides what is known to be no objection."""
    return [
        one
        for one in findings
        if one.severity is Severity.ERROR
        or (one.severity is Severity.WARNING and one.code not in known)
    ]


@of_kind("node")
def test_nodes(case: Case) -> None:
    for version in case["versions"]:
        node = load(NodeFiles(case["input"], version, config_path=case["main"]))
        assert node.cri == "up", node.reason
        assert broken(analyse(node), REMARKS) == []
        assert {image: node.requests(image)[0] for image in case["pulls"]} == case["pulls"]


@of_kind("table")
def test_tables(case: Case) -> None:
    parsed = parse_mirrors(case["input"], case["notation"])
    assert [str(entry) for entry in parsed.table] == case["entries"]
    assert broken(lint(parsed, LintContext(airgap=case["airgap"])), REMARKS) == []


@of_kind("settings")
def test_settings(case: Case) -> None:
    parsed = parse_settings(case["input"])
    assert parsed.settings is not None
    context = LintContext(
        endpoint=parsed.settings.endpoint, base_content_path=parsed.settings.base_content_path
    )
    found = (*parsed.findings, *lint(parsed.mirrors, context))
    assert broken(found, REMARKS) == []
    linted = lint_inputs(
        case["input"], airgap=True, product="palette", node_path_style="v2_prefix", now=NOW
    )
    assert linted.usable is not None


def served_at_once(observed: Case) -> bool:
    """Return whether each pull was served by the first it asked, a mirror at its API."""
    asked = [pull["requests"] for pull in observed["pulls"] if pull["ok"]]
    return len(asked) == len(observed["pulls"]) > 0 and all(
        len(requests) == 1
        and re.search(r"//[^/]+/v2/.* -> 200", requests[0])
        and "registry-1.docker.io" not in requests[0]
        for requests in asked
    )


SERVED = [
    (case, version)
    for case in vectors("containerd.json", "containerd_more.json")
    for observed in case["observed"]
    if served_at_once(observed)
    for version in observed["containerd"]
]


@every((f"{case['id']}, {version}", (case, version)) for case, version in SERVED)
def test_what_live_daemons_were_served(case: Case, version: str) -> None:
    found = broken(analyse(load(NodeFiles(case["files"], version))), {*REMARKS, *LOST})
    assert found == []


def test_the_corpus_is_there() -> None:
    assert len(WORKING) >= 60 and len(SERVED) > 400
    assert all(case["seen"] for case in WORKING)
    assert len({case["id"] for case in WORKING}) == len(WORKING)
