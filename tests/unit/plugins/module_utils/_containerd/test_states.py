# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.config import (
    read_file,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.imports import (
    Merged,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.states import (
    cri_conflict,
    mirror_place,
    place,
    without_credentials,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.version import (
    NEWEST_MEASURED,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from tests.pages.node_example_files import Files
from tests.unit.helpers.containerd_nodes import assert_found, examples_of


@examples_of("states")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


def merged(*texts: str) -> Merged:
    files = tuple(
        read_file(f"f{number}", text, NEWEST_MEASURED) for number, text in enumerate(texts)
    )
    return Merged(2, {}, (), (), files)


TEST_PLACES: list[tuple[tuple[str, ...], tuple[str, ...], str]] = [
    (("a = 1\nb = 2\n",), ("b",), "f0:2"),
    (("a = 1\n", "x = 1\na = 2\n"), ("a",), "f1:2"),
    (("a = 1\n", "# a = 2\n"), ("a",), "f0:1"),
    (("a = 1\n", "b = 1\n"), ("c",), "f1"),
    (("a = 1\n",), ("a", "2"), "f0"),
    ((), ("a",), "containerd config dump"),
]


@pytest.mark.parametrize(("texts", "needles", "found"), TEST_PLACES)
def test_places(texts: tuple[str, ...], needles: tuple[str, ...], found: str) -> None:
    assert place(merged(*texts), *needles) == found


TEST_MIRROR_PLACES: list[tuple[str, str]] = [
    ('[x.mirrors."docker.io"]\n', "f0:1"),
    ('[mirrors]\n"docker.io".endpoint = []\n', "f0:2"),
    ('[mirrors]\nendpoint = "docker.io"\n', "f0:2"),
    ("[mirrors]\n", "f0:1"),
]


@pytest.mark.parametrize(("text", "found"), TEST_MIRROR_PLACES)
def test_the_place_of_a_mirror(text: str, found: str) -> None:
    assert mirror_place(merged(text), "docker.io") == found


def test_no_text_of_a_finding_keeps_a_password() -> None:
    url = "https://user:secret@h.io/x"
    shown = without_credentials(Finding("code", Severity.INFO, url, f"At {url}.", f"Write {url}."))
    assert "secret" not in repr(shown)
    assert (shown.code, shown.fix) == ("code", "Write https://***@h.io/x.")


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("mirrors_and_config_path", "f0:2"),
        ("tls_and_config_path", "f0:2"),
        ("mirrors_break_2_2_0", "f0:1"),
        ("auths_invalid", "f0:3"),
        ("cni_bin_dir_twice", "f0:4"),
    ],
)
def test_the_place_of_a_conflict(code: str, place: str) -> None:
    text = "[x.mirrors]\n[y.config_path]\n[z.auths]\n[cni]\n"
    finding = cri_conflict(merged(text), code, "they do not go together")
    assert (finding.subject, finding.severity) == (place, Severity.ERROR)
    assert "they do not go together" in finding.message and finding.fix
