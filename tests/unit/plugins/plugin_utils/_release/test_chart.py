# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts out of archives and files."""

from __future__ import annotations

import contextlib
import gzip
import io
import itertools
import json
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._release.chart import (
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
    ({"Chart.yaml": b"a: [1}"}, "Chart.yaml, line 1, column 6: this is no YAML"),
    ({**FILES, "values.yaml": b"- a"}, "values.yaml: values must be a mapping"),
    ({**FILES, "values.yaml": b"\xff\xfe"}, "values.yaml: this is no UTF-8 text"),
]


@pytest.mark.parametrize(("files", "message"), TEST_NO_CHART)
def test_what_is_no_chart_is_named(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        chart_from_archive(archive(files), "x.tgz")
    assert str(error.value).startswith("x.tgz")


@given(st.binary())
def test_any_bytes_give_a_sentence(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"x\.tgz"):
        chart_from_archive(content, "x.tgz")


def test_a_broken_archive_is_named() -> None:
    with pytest.raises(ValueError, match="this is no chart archive"):
        chart_from_archive(archive(FILES)[:-40], "x.tgz")


ALIASES = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    f"{here}: &{here} [{','.join([f'*{before}'] * 9)}]\n".encode()
    for before, here in itertools.pairwise("abcdefghi")
)
TEST_HOSTILE_VALUES: dict[str, bytes] = {
    "aliases": ALIASES,
    "merges": b"a: &a {k: v}\n"
    + b"".join(
        f"{here}: &{here} {{<<: [{','.join([f'*{before}'] * 9)}]}}\n".encode()
        for before, here in itertools.pairwise("abcdefghijk")
    ),
    "itself": b"a: &a [*a]",
    "deep": b"a: " + b"[" * 500 + b"]" * 500,
    "deep maps": b"".join(b" " * n + b"a:\n" for n in range(1500)),
    "digits": b"a: " + b"9" * 5000,
    "hex digits": b"a: 0x" + b"f" * 5000,
    "set": b"a: !!set {x, y}",
    "date": b"a: !!timestamp 2026-01-01",
    "python": b"a: !!python/object/apply:os.system [id]",
    "binary": b"a: !!binary '///'",
    "nul": b"a: \0",
    "sequence as key": b"? [a]\n: b",
}


@pytest.mark.parametrize("name", TEST_HOSTILE_VALUES)
def test_hostile_values_give_a_sentence(name: str) -> None:
    assert len(ALIASES) < 500
    files = {**FILES, "values.yaml": TEST_HOSTILE_VALUES[name]}
    with pytest.raises(ValueError, match=r"^x\.tgz, values\.yaml") as caught:
        chart_from_archive(archive(files), "x.tgz")
    assert len(str(caught.value)) < 300


def test_aliases_are_read() -> None:
    text = b"base: &base {a: 1}\none: {<<: *base, b: 2}\ntwo: *base\n"
    values = chart_from_files({**FILES, "values.yaml": text}, "x").values
    assert values == {"base": {"a": 1}, "one": {"a": 1, "b": 2}, "two": {"a": 1}}


@given(st.recursive(st.none() | st.text() | st.integers() | st.floats(), st.lists))
def test_any_metadata_give_a_chart_or_a_sentence(value: object) -> None:
    text = json.dumps({"name": value, "version": value, "appVersion": value}).encode()
    try:
        chart = chart_from_files({"Chart.yaml": text}, "x")
    except ValueError as error:
        assert str(error).startswith("x, Chart.yaml")
    else:
        assert chart.label.isprintable()


@given(st.text(alphabet="a: -[]{}&*!#|>'\"\n\t,?%@0x.<", max_size=60))
def test_any_values_give_values_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ValueError):
        chart_from_files({**FILES, "values.yaml": text.encode()}, "x")


@given(st.binary(max_size=40), st.integers(0, 1500))
def test_any_change_to_an_archive_gives_a_chart_or_a_sentence(noise: bytes, where: int) -> None:
    plain = bytearray(gzip.decompress(archive(FILES)))
    plain[where : where + len(noise)] = noise
    with contextlib.suppress(ValueError):
        chart_from_archive(gzip.compress(bytes(plain)), "x.tgz")
