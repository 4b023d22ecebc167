# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts out of archives and files."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._chart import (
    chart_from_archive,
    chart_from_files,
    digest,
)

FILES = {
    "Chart.yaml": b"apiVersion: v2\nname: image-swap\nversion: 1.5.3\nappVersion: 1.10\n",
    "values.yaml": b"\xef\xbb\xbfociImageRegistry:\n  endpoint: ''\n",
    "templates/webhook.yaml": b"kind: Service\n",
    "README.md": b"read me",
    "charts/sub/Chart.yaml": b"name: sub",
}


def archive(files: dict[str, bytes], folder: str = "image-swap") -> bytes:
    """Return a .tgz such as `helm package` makes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for path, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{path}")
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("folder", ["image-swap", "./image-swap", "another-name"])
def test_an_archive_is_the_chart_of_its_files(folder: str) -> None:
    chart = chart_from_archive(archive(FILES, folder), "image-swap-1.5.3.tgz")
    assert chart == chart_from_files(FILES, "image-swap-1.5.3.tgz")
    assert chart.label == "image-swap-1.5.3"
    assert chart.app_version == "1.1"  # YAML has dropped the zero, for Helm as for us
    assert chart.values == {"ociImageRegistry": {"endpoint": ""}}
    assert set(chart.contents) == {"templates/webhook.yaml", "README.md"}
    assert not chart.has_dependencies


def test_contents_are_compared_by_digest() -> None:
    assert digest(b"") == ""
    assert digest(b"a") != digest(b"b")


TEST_NO_CHART: list[tuple[dict[str, bytes], str]] = [
    ({"values.yaml": b"a: 1"}, "there is no Chart.yaml in it"),
    ({"Chart.yaml": b"name: x"}, "Chart.yaml: it has no version"),
    ({"Chart.yaml": b"{}"}, "it has no name and no version"),
    ({"Chart.yaml": b"a: [1"}, "Chart.yaml, line 1, column 6: this is no YAML"),
    ({**FILES, "values.yaml": b"- a"}, "values.yaml: values must be a mapping"),
    ({**FILES, "values.yaml": b"\xff\xfe"}, "values.yaml: this is no UTF-8 text"),
]


@pytest.mark.parametrize(("files", "message"), TEST_NO_CHART)
def test_what_is_no_chart_is_named(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        chart_from_archive(archive(files), "x.tgz")
    assert str(error.value).startswith("x.tgz")


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_any_bytes_give_a_sentence(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"x\.tgz"):
        chart_from_archive(content, "x.tgz")


def test_a_broken_archive_is_named() -> None:
    with pytest.raises(ValueError, match="this is no chart archive"):
        chart_from_archive(archive(FILES)[:-40], "x.tgz")


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "ansible_collections.palette.image_registry.plugins.module_utils._chart._MAX_BYTES"
    monkeypatch.setattr(module, 10)
    with pytest.raises(ValueError, match="it unpacks to more than 100 MiB"):
        chart_from_archive(archive(FILES), "x.tgz")
