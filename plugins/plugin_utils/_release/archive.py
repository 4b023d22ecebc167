# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a chart's archive, whoever packed it: read into memory, and within bounds."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import gzip
import io
import tarfile
import typing as t
import zlib

# As Helm: an archive that unpacks to more is no chart. Headers count, which say names and sizes
# of what follows them and may themselves be as long as they like.
_MAX_BYTES = 100 * 1024 * 1024
_MAX_HEADER = 64 * 1024
_MAX_MEMBERS = 10_000

_BLOCK = 512
_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_LONG = (*_PAX, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
# They change where the next header is, for files that no chart has.
_RESIZING = (b" size=", b" GNU.sparse")


def read_archive(content: bytes, name: str) -> dict[str, bytes]:
    """Return the regular files in the bytes of a .tgz, by their paths in its folder.

    Links and devices are left out, and nothing is written to a disk. Raises ValueError with a
    sentence that names the archive.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(_MAX_BYTES + 1)
        if len(plain) > _MAX_BYTES:
            raise _TooMuch("it unpacks to more than 100 MiB")
        _require_sane_headers(plain)
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            return dict(_files(archive))
    except _TooMuch as exc:
        raise ValueError(f"{name}: {exc}: this is no chart") from exc
    # A broken header raises whatever its fields make of int() and decode().
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError) as exc:
        raise ValueError(f"{name}: this is no chart archive (.tgz): {exc}") from exc


class _TooMuch(Exception):
    """An archive asks for more than any chart does."""


def _require_sane_headers(plain: bytes) -> None:
    """Go from header to header, before tarfile reads them into memory and makes sense of them."""
    offset, members = 0, 0
    while len(header := plain[offset : offset + _BLOCK]) == _BLOCK:
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            return  # its end, or what tarfile tells of
        members += 1
        offset += _BLOCK
        if members > _MAX_MEMBERS:
            raise _TooMuch(f"it holds more than {_MAX_MEMBERS} files")
        if info.type in _LONG:
            _require_sane(info, plain[offset : offset + _MAX_HEADER])
        if info.isreg() or info.type in _LONG or info.type not in tarfile.SUPPORTED_TYPES:
            offset += -(-info.size // _BLOCK) * _BLOCK
        if info.size < 0 or info.type == tarfile.GNUTYPE_SPARSE:
            raise _TooMuch("it has files of odd sizes")


def _require_sane(info: tarfile.TarInfo, said: bytes) -> None:
    if info.size > _MAX_HEADER:
        raise _TooMuch(f"a header of it has {info.size} bytes")
    if info.type in _PAX and any(word in said[: info.size] for word in _RESIZING):
        raise _TooMuch("a header of it changes the size of a file")


def _files(archive: tarfile.TarFile) -> t.Iterator[tuple[str, bytes]]:
    for member in archive:
        # The first component is the chart's folder, whatever it is called.
        _folder, _slash, path = member.name.removeprefix("./").partition("/")
        extracted = archive.extractfile(member) if member.isfile() and path else None
        if extracted is not None:
            yield path, extracted.read()


__all__ = ("read_archive",)
