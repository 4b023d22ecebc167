# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords in files that a run has left."""

from __future__ import annotations

import base64
import gzip
import pathlib
import typing as t
import zlib


def forms(password: str) -> list[bytes]:
    """Return a password as files may hold it: as it is, and within base64 at each offset."""
    raw = password.encode()
    inner = [base64.b64encode(b"\0" * shift + raw)[4:-4] for shift in range(3)]
    return [raw, *inner]


def files_with(folder: pathlib.Path, passwords: t.Iterable[str]) -> list[str]:
    """Return the files in a folder that hold one of the passwords."""
    wanted = [form for password in passwords for form in forms(password)]
    found = []
    for path in sorted(folder.rglob("*")):
        content = _content(path)
        if any(form in content for form in wanted):
            found.append(str(path.relative_to(folder)))
    return found


def _content(path: pathlib.Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, EOFError, zlib.error):
        return b""
