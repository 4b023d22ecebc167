# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that is told of settings: reading, mirrors, TLS and tokens, together."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._fix import edits_of
from ansible_collections.palette.image_registry.plugins.module_utils._settings.lint import (
    Linted,
    lint_inputs,
)
from tests.pages.mirror_rule_examples import COMPLETE
from tests.unit.helpers.scripted_registry import authority

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
GOOD: dict[str, t.Any] = {
    "endpoint": "harbor.example.org",
    "base_content_path": "p",
    "name": "Registry",
    "insecure_skip_verify": False,
    "mirrors": COMPLETE,
}


def lint(airgap: bool = False, product: str = "palette", **changes: t.Any) -> Linted:
    return lint_inputs(
        {**GOOD, **changes},
        airgap=airgap,
        product=product,
        node_path_style="v2_prefix",
        now=NOW,
    )


def codes(linted: Linted) -> list[str]:
    return [finding.code for finding in linted.findings]


def test_settings_with_nothing_to_say_about_them() -> None:
    linted = lint()
    assert (codes(linted), linted.usable) == ([], linted.settings)
    assert linted.settings is not None and linted.settings.host == "harbor.example.org"


# what differs, and the code, severity and place of what is told of TLS
TEST_TRUST: list[tuple[dict[str, t.Any], list[tuple[str, str]]]] = [
    ({"insecure_skip_verify": True}, [("insecure", "warning")]),
    ({"insecure_skip_verify": True, "product": "vertex"}, [("vertex_insecure", "error")]),
    (
        {"insecure_skip_verify": True, "ca_cert": authority().pem},
        [("insecure_with_ca", "warning")],
    ),
    ({"ca_cert": authority().pem}, []),
]


@pytest.mark.parametrize(("changes", "told"), TEST_TRUST)
def test_ways_to_do_without_the_ca(changes: dict[str, t.Any], told: list[tuple[str, str]]) -> None:
    found = lint(**changes).findings
    about = [(one.code, one.severity.value) for one in found if "insecure" in one.code]
    assert about == told
    for finding in (one for one in found if "insecure" in one.code):
        edits = {edit.place: edit.new for edit in edits_of(finding.fix)}
        assert edits == {"insecure_skip_verify": "false"}
        after = lint(**{**changes, **edits}).findings
        assert not [one for one in after if "insecure" in one.code]


def test_with_an_error_nothing_is_usable_and_all_is_told() -> None:
    linted = lint(product="vertex", insecure_skip_verify=True, mirrors="docker.io::h.io/p")
    assert {"vertex_insecure", "missing_source", "outside_base_path"} <= set(codes(linted))
    assert (linted.settings is None, linted.usable) == (False, None)
    assert lint(endpoint="").settings is None


def test_the_webhook_counts_in_an_airgap() -> None:
    assert "no_default" not in codes(lint())
    assert "no_default" in codes(lint(airgap=True))


# mirrors as a map file has them, and the errors: the override makes Palette's string of them
TEST_MAPS: list[tuple[str, list[str]]] = [
    ("# ours\ndocker.io::harbor.example.org/p/docker.io\n", []),
    ("# ours\ndefault::\nnoswap_wildcards::a.io\n", []),
    ("# ours\ndefault::\nnoswap_wildcards::a.io,b.io\n", ["wildcard_list"]),
]


@pytest.mark.parametrize(("mirrors", "errors"), TEST_MAPS)
def test_a_map_file_is_judged_as_the_string_that_is_written(
    mirrors: str, errors: list[str]
) -> None:
    linted = lint(airgap=True, mirrors=mirrors)
    assert [one.code for one in linted.findings if one.severity is Severity.ERROR] == errors
    if linted.usable:
        assert linted.usable.mirror_string


def test_no_finding_comes_twice() -> None:
    findings = lint(mirrors="docker.io::https://harbor.example.org/p").findings
    assert len(findings) == len(set(findings))


def test_images_that_the_cluster_runs_are_compared_with_the_mirrors() -> None:
    told = lint_inputs(
        GOOD,
        airgap=False,
        product="palette",
        node_path_style="v2_prefix",
        now=NOW,
        images=("stranger.example.org/a:1",),
    )
    assert codes(told) == ["image_not_redirected"]
