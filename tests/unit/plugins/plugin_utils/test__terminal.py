# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A terminal that is gone: only the thread that can say so fails."""

from __future__ import annotations

import concurrent.futures

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._terminal import outliving


def full(_text: str) -> None:
    """Refuse to show anything."""
    raise OSError(28, "No space left on device")


def test_another_thread_goes_on() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(outliving(full), "text").result() is None


def test_the_main_thread_hears_of_it() -> None:
    with pytest.raises(OSError, match="No space left"):
        outliving(full)("text")


def test_what_can_be_shown_is_shown() -> None:
    shown: list[str] = []
    outliving(shown.append)("text")
    assert shown == ["text"]
