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
import tracemalloc
import typing as t

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
    ({"Chart.yaml": b"a: [1"}, "Chart.yaml, line 1, column 6: this is no YAML"),
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


def tar(*members: tuple[tarfile.TarInfo, bytes], **options: t.Any) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", **options) as packed:
        for member, content in members:
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return out.getvalue()


def typed(kind: bytes, name: str = "image-swap/x") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    return member


def pax(**headers: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo("image-swap/Chart.yaml")
    member.pax_headers = headers
    return member


BOMBS: dict[str, tuple[bytes, str]] = {
    "zeros": (gzip.compress(b"\0" * (100 * 2**20 + 1)), "unpacks to more than 100 MiB"),
    "pax": (tar((pax(comment="x" * 50_000_000), b"a")), "a header of it has 50000"),
    "long name": (
        tar((tarfile.TarInfo("n" * 50_000_000), b"a"), format=tarfile.GNU_FORMAT),
        "a header of it has 50000",
    ),
    "pax size": (tar((pax(size="99999999999"), b"a")), "changes the size"),
    "many": (tar(*((tarfile.TarInfo(f"c/{n}"), b"") for n in range(10_001))), "more than 10000"),
    "sparse": (tar((typed(tarfile.GNUTYPE_SPARSE), b"")), "odd sizes"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(name: str) -> None:
    content, message = BOMBS[name]
    assert len(content) < 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message) as caught:
            chart_from_archive(content, "x.tgz")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith("x.tgz: ")
    assert peak < 400 * 2**20


def test_names_of_usual_length_are_read_in_all_formats() -> None:
    path = f"templates/{'deep/' * 40}webhook.yaml"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        members = [
            (tarfile.TarInfo(f"image-swap/{name}"), content)
            for name, content in {**FILES, path: b"kind: Pod"}.items()
        ]
        assert path in chart_from_archive(tar(*members, format=form), "x.tgz").contents


def test_links_devices_and_paths_upwards_are_no_files() -> None:
    """A chart is read into memory, so nothing can be written anywhere; nor is a link followed."""
    link = typed(tarfile.SYMTYPE, "image-swap/values.schema.json")
    link.linkname = "/etc/passwd"
    hard = typed(tarfile.LNKTYPE, "image-swap/hard")
    hard.linkname = "image-swap/Chart.yaml"
    odd = [typed(kind) for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)]
    up = (tarfile.TarInfo("image-swap/../../../etc/cron.d/x"), b"boo")
    usual = [(tarfile.TarInfo(f"image-swap/{name}"), text) for name, text in FILES.items()]
    chart = chart_from_archive(tar(*usual, (link, b""), (hard, b""), up), "x.tgz")
    assert chart.schema == ""
    assert set(chart.contents) == {"templates/webhook.yaml", "README.md", "../../../etc/cron.d/x"}
    for member in odd:
        assert "x" not in chart_from_archive(tar(*usual, (member, b"")), "x.tgz").contents


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
    "deep": b"a: " + b"[" * 5000 + b"]" * 5000,
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
