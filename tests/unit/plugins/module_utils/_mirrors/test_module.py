# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mirror_registries returns, and when it fails; tests/integration runs it as a module."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.module import judge
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    NOTATIONS,
)
from ansible_collections.palette.image_registry.plugins.modules.mirror_registries import (
    DOCUMENTATION,
)

DEFAULTS: dict[str, t.Any] = {
    name: option.get("default") for name, option in yaml.safe_load(DOCUMENTATION)["options"].items()
}


def run(mirrors: object, **options: t.Any) -> dict[str, t.Any]:
    return judge({**DEFAULTS, "mirrors": mirrors, **options})


def test_result() -> None:
    result = run("docker.io::h.io/p")

    assert result["changed"] is False
    assert result["mirrors"] == [{"source": "docker.io", "target": "h.io/p"}]
    assert result["notation"] == "palette"
    assert "failed" not in result
    assert list(result["rendered"]) == list(NOTATIONS)
    assert result["not_rendered"] == {}


def test_all_notations_that_can_express_the_table() -> None:
    result = run("docker.io::h.io/p\n[EXACT]a.io/b:1::h.io/b:1\ndefault::")

    assert "failed" not in result
    assert sorted(result["not_rendered"]) == [
        "containerd_hosts",
        "containerd_mirrors",
        "k3s_registries",
    ]
    assert "[EXACT]a.io/b:1" in result["not_rendered"]["k3s_registries"]


def test_a_notation_asked_for_must_express_the_table() -> None:
    result = run("[EXACT]a.io/b:1::h.io/b:1", formats=["palette", "k3s_registries"])

    assert result["failed"]
    assert "k3s_registries cannot express '[EXACT]a.io/b:1::h.io/b:1'" in result["msg"]
    assert list(result["rendered"]) == ["palette"]


TEST_FAIL_ON: list[tuple[str, str, bool]] = [
    ("docker.io::h.io/p", "error", False),
    ("docker.io::h.io/p", "warning", True),
    ("docker.io::h.io/p", "never", False),
    ("docker.io::h.io/v2/p", "error", True),
    ("docker.io", "error", True),
    ("docker.io", "never", False),
]


@pytest.mark.parametrize(("mirrors", "fail_on", "failed"), TEST_FAIL_ON)
def test_fail_on(mirrors: str, fail_on: str, failed: bool) -> None:
    result = run(mirrors, fail_on=fail_on)

    assert result.get("failed", False) is failed
    assert bool(result.get("msg")) is failed


def test_options_reach_lint_and_notations() -> None:
    result = run(
        "docker.io::h.io/p",
        airgap=False,
        node_path_style="v2_prefix",
        config_version=3,
        certs_dir="/certs",
        endpoint="x.io",
    )

    assert [finding["code"] for finding in result["findings"]] == [
        "missing_source",
        "outside_base_path",
    ]
    assert "https://h.io/v2/p" in result["rendered"]["containerd_mirrors"]
    assert "version = 3" in result["rendered"]["containerd_mirrors"]
    assert list(result["rendered"]["containerd_hosts"]) == ["/certs/docker.io/hosts.toml"]


def test_bad_input_is_not_rendered() -> None:
    result = run("docker.io")

    assert "rendered" not in result
    assert "missing_separator" in result["msg"]
