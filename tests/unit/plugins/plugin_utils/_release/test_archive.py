# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files in an archive, whoever packed it: bounded, and nothing that leads elsewhere."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._release import (
    archive as _archive,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.archive import (
    read_archive,
)

FILES = {
    "Chart.yaml": b"apiVersion: v2\nname: image-swap\nversion: 1.5.3\nappVersion: 1.10\n",
    "values.yaml": b"\xef\xbb\xbfociImageRegistry:\n  endpoint: ''\n",
    "templates/webhook.yaml": b"kind: Service\n",
    "README.md": b"read me",
    "charts/sub/Chart.yaml": b"name: sub",
}


def tar(*members: tuple[tarfile.TarInfo, bytes], **options: t.Any) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1, **options) as packed:
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


BOMBS: dict[str, tuple[t.Callable[[], bytes], str]] = {
    "zeros": (lambda: gzip.compress(b"\0" * (100 * 2**20 + 1), 1), "unpacks to more than 100 MiB"),
    "pax": (lambda: tar((pax(comment="x" * 50_000_000), b"a")), "a header of it has 50000"),
    "long name": (
        lambda: tar((tarfile.TarInfo("n" * 50_000_000), b"a"), format=tarfile.GNU_FORMAT),
        "a header of it has 50000",
    ),
    "pax size": (lambda: tar((pax(size="99999999999"), b"a")), "changes the size"),
    "many": (lambda: gzip.compress(tarfile.TarInfo("c/x").tobuf() * 101), "more than 100 files"),
    "sparse": (lambda: tar((typed(tarfile.GNUTYPE_SPARSE), b"")), "odd sizes"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _archive._MAX_MEMBERS == 10_000  # which take long, so fewer are refused here
    monkeypatch.setattr(_archive, "_MAX_MEMBERS", 100)
    make, message = BOMBS[name]
    content = make()
    assert len(content) < 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message) as caught:
            read_archive(content, "x.tgz")
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
        assert read_archive(tar(*members, format=form), "x.tgz")[path] == b"kind: Pod"


def test_links_devices_and_paths_upwards_are_no_files() -> None:
    """A chart is read into memory, so nothing can be written anywhere; nor is a link followed."""
    link = typed(tarfile.SYMTYPE, "image-swap/values.schema.json")
    link.linkname = "/etc/passwd"
    hard = typed(tarfile.LNKTYPE, "image-swap/hard")
    hard.linkname = "image-swap/Chart.yaml"
    odd = [typed(kind) for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)]
    up = (tarfile.TarInfo("image-swap/../../../etc/cron.d/x"), b"boo")
    usual = [(tarfile.TarInfo(f"image-swap/{name}"), text) for name, text in FILES.items()]
    found = read_archive(tar(*usual, (link, b""), (hard, b""), up), "x.tgz")
    assert found == {**FILES, "../../../etc/cron.d/x": b"boo"}
    for member in odd:
        assert read_archive(tar(*usual, (member, b"")), "x.tgz") == FILES


@pytest.mark.parametrize("folder", ["image-swap/", "./image-swap/", "another-name/", ""])
def test_paths_begin_in_the_folder_of_the_chart(folder: str) -> None:
    found = read_archive(tar((tarfile.TarInfo(f"{folder}a/b.txt"), b"b")), "x.tgz")
    assert found == ({"a/b.txt": b"b"} if folder else {"b.txt": b"b"})


TEST_NO_ARCHIVE: list[bytes] = [b"", b"text", gzip.compress(b"text" * 200), tar()[:-10]]


@pytest.mark.parametrize("content", TEST_NO_ARCHIVE, ids=["empty", "text", "packed text", "cut"])
def test_what_is_no_archive_is_named_or_empty(content: bytes) -> None:
    try:
        assert read_archive(content, "x.tgz") == {}
    except ValueError as error:
        assert str(error).startswith("x.tgz: this is no chart archive")


@given(st.binary(max_size=40), st.integers(0, 1500))
def test_any_change_to_an_archive_gives_files_or_a_sentence(noise: bytes, where: int) -> None:
    plain = bytearray(gzip.decompress(tar((tarfile.TarInfo("c/a"), b"a"))))
    plain[where : where + len(noise)] = noise
    try:
        read_archive(gzip.compress(bytes(plain)), "x.tgz")
    except ValueError as error:
        assert str(error).startswith("x.tgz: ")
