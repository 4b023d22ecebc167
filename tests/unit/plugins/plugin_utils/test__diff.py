# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.plugin_utils._diff import (
    readable,
    readable_diff,
)


def test_lines_of_a_text_stay_lines() -> None:
    assert readable({"ca": "a\nb\n", "n": "ü"}) == "ca: |\n  a\n  b\nn: ü\n"


def test_nothing_is_nothing() -> None:
    assert readable(None) == ""
    assert readable_diff("secret/x", None, {"a": 1}) == {
        "before_header": "secret/x",
        "after_header": "secret/x",
        "before": "",
        "after": "a: 1\n",
    }


def test_a_long_line_is_not_folded() -> None:
    assert readable(["word " * 100]).count("\n") == 1
