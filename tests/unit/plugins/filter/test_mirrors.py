# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of mirror tables as templates call them."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.palette.image_registry.plugins.filter.mirrors import (
    FilterModule,
    lint_mirrors,
    parse_mirrors,
    render_mirrors,
)

STRING = "docker.io::h.io/p,quay.io::h.io/q"
LIST = [
    {"source": "docker.io", "target": "h.io/p"},
    {"source": "quay.io", "target": "h.io/q"},
]


def test_names() -> None:
    assert FilterModule().filters() == {
        "lint_mirrors": lint_mirrors,
        "parse_mirrors": parse_mirrors,
        "render_mirrors": render_mirrors,
    }


@pytest.mark.parametrize("raw", [STRING, LIST, {"docker.io": "h.io/p", "quay.io": "h.io/q"}])
def test_parse(raw: object) -> None:
    assert parse_mirrors(raw) == LIST


def test_parse_tells_all_errors() -> None:
    with pytest.raises(AnsibleFilterError) as raised:
        parse_mirrors("docker.io::https://h.io/p,gcr.io:443")

    message = str(raised.value)
    assert message.startswith("palette.image_registry.parse_mirrors: the mirrors are not usable:")
    assert "scheme_in_target" in message
    assert "port_without_target" in message


def test_render() -> None:
    assert render_mirrors(LIST, "palette") == STRING


TEST_RENDER_ERRORS: list[tuple[object, dict[str, t.Any], str]] = [
    (STRING, {"format": "toml"}, "'toml' is no notation"),
    (STRING, {"format": "containerd_mirrors", "config_version": 4}, "choose 2 or 3"),
    (STRING, {"format": "containerd_mirrors", "config_version": "x"}, "invalid literal"),
    (STRING, {"format": "palette", "path_style": "x"}, "is no path style"),
    ("default::h.io,[EXACT]a::b", {"format": "k3s_registries"}, r"cannot express '\[EXACT\]a::b'"),
    ("docker.io", {"format": "list"}, "missing_separator"),
]


@pytest.mark.parametrize(("raw", "options", "message"), TEST_RENDER_ERRORS)
def test_render_errors(raw: object, options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        render_mirrors(raw, **options)


@pytest.mark.parametrize("airgap", [False, "false", "no"])
def test_lint_without_webhook(airgap: object) -> None:
    codes = {finding["code"] for finding in lint_mirrors("docker.io::h.io/v2/p", airgap=airgap)}

    assert "no_default" not in codes
    assert "v2_in_target" not in codes


@pytest.mark.parametrize("airgap", [True, "true", "yes"])
def test_lint_with_webhook(airgap: object) -> None:
    codes = {finding["code"] for finding in lint_mirrors("docker.io::h.io/v2/p", airgap=airgap)}

    assert {"no_default", "v2_in_target"} <= codes


def test_lint_gives_findings_of_bad_input() -> None:
    (finding, *_others) = lint_mirrors("docker.io")

    assert finding["code"] == "missing_separator"
    assert set(finding) == {"code", "severity", "subject", "message", "fix"}


TEST_LINT_OPTIONS: list[tuple[dict[str, t.Any], str]] = [
    ({"product": "vertex", "insecure_skip_verify": "true"}, "vertex_insecure"),
    ({"endpoint": "x.io"}, "outside_base_path"),
    ({"images": ["ghcr.io/a:1"]}, "image_not_redirected"),
]


@pytest.mark.parametrize(("options", "code"), TEST_LINT_OPTIONS)
def test_lint_options(options: dict[str, t.Any], code: str) -> None:
    assert code in {finding["code"] for finding in lint_mirrors(STRING, **options)}
    assert code not in {finding["code"] for finding in lint_mirrors(STRING)}


TEST_LINT_ERRORS: list[tuple[dict[str, t.Any], str]] = [
    ({"airgap": "maybe"}, "airgap is 'maybe': use true or false"),
    ({"product": "edge"}, "product is 'edge': use palette or vertex"),
    ({"node_path_style": "v2"}, "node_path_style is 'v2': use verbatim or v2_prefix"),
]


@pytest.mark.parametrize(("options", "message"), TEST_LINT_ERRORS)
def test_lint_option_errors(options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        lint_mirrors(STRING, **options)
