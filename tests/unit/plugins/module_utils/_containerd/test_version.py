# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions as the programs print them, and the releases in which rules changed."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.version import (
    MEASURED,
    Version,
    parse_version,
)
from tests.pages.conformance import cases

TEST_PARSE: list[tuple[str, Version | None]] = [
    ("1.7.24", Version(1, 7, 24)),
    ("v2.1.9", Version(2, 1, 9)),
    ("2.0", Version(2, 0, 0)),
    ("1.6.20~ds1-1+deb12u3", Version(1, 6, 20)),
    ("v2.0.5-k3s1", Version(2, 0, 5)),
    ("2.0.0-rc.5", Version(2, 0, 0, "rc.5")),
    ("2.0.0~beta.1", Version(2, 0, 0, "beta.1")),
    ("containerd containerd.io 1.7.24 88bf19b2105c8b17560993bee28a01ddc2f97182", Version(1, 7, 24)),
    ("containerd github.com/containerd/containerd/v2 2.1.9+ds1 2.1.9+ds1-5", Version(2, 1, 9)),
    ("containerd github.com/containerd/containerd/v2 v2.2.7 abc\n", Version(2, 2, 7)),
    ("containerd github.com/k3s-io/containerd v1.7.11-k3s2 ", Version(1, 7, 11)),
    ("containerd 1.6.20~ds1 1.6.20~ds1-1+b1", Version(1, 6, 20)),
    ("", None),
    ("containerd", None),
    ("/usr/bin/containerd: not found", None),
]


@pytest.mark.parametrize(("text", "expected"), TEST_PARSE)
def test_parse_version(text: str, expected: Version | None) -> None:
    assert parse_version(text) == expected


TEST_CHANGES: list[tuple[str, str, str]] = [
    ("https_first", "1.6.24", "1.6.25"),
    ("https_first", "1.7.6", "1.7.7"),
    ("server_alone", "1.7.31", "1.7.32"),
    ("server_alone", "1.6.39", "2.0.0"),
    ("relative_globs", "1.6.29", "1.6.30"),
    ("relative_globs", "1.7.15", "1.7.16"),
    ("has_transfer_service", "2.0.11", "2.1.0"),
    ("has_default_config_path", "2.1.9", "2.2.0"),
    ("knows_referrers", "2.1.9", "2.2.0"),
    ("migrates_each_file", "2.2.7", "2.3.0"),
    ("reads_host_headers_only", "1.7.40", "2.0.0"),
    ("measured", "1.5.9", "1.6.0"),
    ("measured", "2.5.0", "2.3.4"),
    ("measured", "2.4.3", "2.4.2"),
    ("newer_than_measured", "2.4.2", "2.4.3"),
    ("newer_than_measured", "2.3.9", "2.5.0"),
    ("refuses_newer_imports", "2.2.7", "2.3.0"),
    ("refuses_newer_imports", "2.3.5", "2.3.4"),
    ("knows_toml_1_1", "2.3.7", "2.4.0"),
    ("knows_toml_1_1", "2.2.9", "2.1.9"),
    ("knows_dial_timeout", "1.7.24", "2.0.0"),
    ("knows_cni_bin_dir_twice", "2.4.0", "2.1.0"),
]


@pytest.mark.parametrize(("rule", "before", "since"), TEST_CHANGES)
def test_rules_change_with_the_release(rule: str, before: str, since: str) -> None:
    assert getattr(parse_version(before), rule) is False
    assert getattr(parse_version(since), rule) is True


TEST_MAX = [("1.6.20", 3, True), ("1.7.24", 3, False), ("2.0.11", 3, True), ("2.2.7", 4, False)]


@pytest.mark.parametrize(("text", "config_version", "starts"), [*TEST_MAX, ("2.3.4", 4, True)])
def test_highest_config_version(text: str, config_version: int, starts: bool) -> None:
    version = parse_version(text)
    assert version is not None
    assert (config_version <= version.max_config_version) is starts


def test_what_counts_as_measured_is_in_the_vectors() -> None:
    newest: dict[tuple[int, int], Version] = {}
    for text in {case.version for case in cases()}:
        version = parse_version(text)
        assert version is not None
        line = (version.major, version.minor)
        newest[line] = max(newest.get(line, version), version, key=lambda one: one.patch)
    assert tuple(newest[line] for line in sorted(newest)) == MEASURED
