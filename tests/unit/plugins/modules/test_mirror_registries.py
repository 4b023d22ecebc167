# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module itself; what it judges is tested beside `_mirrors/module.py`."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.modules import mirror_registries as MODULE
from tests.unit.helpers.module_run import FakeModule, documented, run_module, shape


def test_every_option_is_documented_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    run_module(monkeypatch, MODULE, {})
    in_words = {name: shape(option) for name, option in documented(MODULE).items()}
    assert in_words == {name: shape(option) for name, option in FakeModule.spec.items()}


def test_the_defaults_reach_the_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run_module(monkeypatch, MODULE, {"mirrors": "docker.io::h.io/p"})
    assert result["mirrors"] == [{"source": "docker.io", "target": "h.io/p"}]
    assert "no_default" in [finding["code"] for finding in result["findings"]]
    assert "failed" not in result


def test_options_are_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"mirrors": "docker.io::h.io/p", "airgap": "no", "config_version": "3"}
    result = run_module(monkeypatch, MODULE, {**given, "formats": "containerd_mirrors"})
    assert list(result["rendered"]) == ["containerd_mirrors"]
    assert "version = 3" in result["rendered"]["containerd_mirrors"]
    assert "no_default" not in [finding["code"] for finding in result["findings"]]


# options, and what the failure says
TEST_FAILURES: list[tuple[dict[str, t.Any], str]] = [
    ({}, "mirrors"),
    ({"mirrors": "a", "notation": "toml"}, "notation"),
    ({"mirrors": "docker.io::https://h.io"}, "scheme"),
]


@pytest.mark.parametrize(("options", "words"), TEST_FAILURES)
def test_failures(monkeypatch: pytest.MonkeyPatch, options: dict[str, t.Any], words: str) -> None:
    result = run_module(monkeypatch, MODULE, options)
    assert result["failed"] and words in result["msg"]


def test_nothing_in_the_result_steers_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run_module(monkeypatch, MODULE, {"mirrors": "docker.io::h.io/\x1b[2Jp"})
    assert "\x1b" not in str(result["findings"]) + result["msg"]
