# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One configuration file: what the daemon refuses, and where a line stands."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.config import (
    ConfigError,
    locate,
    read_file,
    unreadable,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NOT_STARTED,
    UNKNOWN,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.version import (
    NEWEST_MEASURED,
)
from tests.pages.node_example_files import Files
from tests.unit.helpers.containerd_nodes import assert_found, examples_of


@examples_of("config")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


TEST_REFUSED: list[tuple[str, str, str]] = [
    ("a b\n", "file_broken", "f:1"),
    ("version = 2\nx = [\n", "file_broken", "f"),
    ("x = " + "[" * 5000, "file_broken", "f"),
    ("version = '2'\n", "wrong_type", "f:1"),
    ("\nimports = 'x'\n", "wrong_type", "f:2"),
    ("plugins = 1\n", "wrong_type", "f:1"),
    ("oom_score = true\n", "wrong_type", "f:1"),
]


@pytest.mark.parametrize(("text", "code", "subject"), TEST_REFUSED)
def test_files_that_keep_the_daemon_from_starting(text: str, code: str, subject: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_file("f", text, NEWEST_MEASURED)
    assert (refused.value.finding.code, refused.value.state) == (code, NOT_STARTED)
    assert refused.value.finding.subject.startswith(subject)


def test_what_a_file_has() -> None:
    text = "# imports\nversion = 3\nimports = ['a', 'b']\n[plugins.x]\ny = 1\n"
    file = read_file("f", text, NEWEST_MEASURED)
    assert (file.version, file.plugins) == (3, {"x": {"y": 1}})
    assert (file.names("imports"), file.names("disabled_plugins")) == (("a", "b"), ())
    assert read_file("f", "", NEWEST_MEASURED).version == 0
    assert (file.where("imports"), file.where("plugins", "x")) == ("f:3", "f:4")
    assert file.where("nothing") == "f"
    assert read_file("f", "a = 1\nb = 2", NEWEST_MEASURED).where("b", "2") == "f:2"


def test_a_dump_is_read_as_the_daemon_wrote_it() -> None:
    """It has the usual names alone: nothing is renamed, and no release's dialect is taken."""
    assert read_file("f", "VERSION = 2\n", NEWEST_MEASURED).version == 2
    assert read_file("f", "VERSION = 2\n", None).version == 0


def test_what_was_not_read_is_no_refusal() -> None:
    error = unreadable("f", "truncated")
    assert (error.state, error.finding.code) == (UNKNOWN, "file_unreadable")
    assert "(truncated)" in error.finding.message


def test_a_name_that_is_empty_is_looked_for_once() -> None:
    text = '# first\n[host.""]\n# last'
    assert locate("/f", text, "") == "/f:2"
    assert locate("/f", "# first\n# last", "") == "/f"
