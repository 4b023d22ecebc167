# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program that tells that it was run: a script would not do, for what runs then is its shell."""

from __future__ import annotations

import platform
import struct

_BASE = 0x400000
_HEADERS = 64 + 56
_CODE = bytes.fromhex(
    "833c2402 7408"  # cmp dword [rsp], 2; je make: one argument
    "833c2405 7402"  # cmp dword [rsp], 5; je make: four
    "eb1c"  # jmp wait
    "488d3d1e000000"  # make: lea rdi, [rip + 30], the text behind the code
    "beb6010000 b855000000 0f05"  # creat(it, 0666)
    "31ff b83c000000 0f05"  # exit(0)
    "b822000000 0f05 ebf7"  # wait: pause(); jmp wait
)


def witness(mark: str) -> bytes:
    """Return a program for Linux that makes the file `mark` if it has one argument or four.

    So many have `containerd --version` and `containerd --config FILE config dump`. With any other
    number of arguments it waits for ever, as a daemon does.
    """
    if platform.machine() != "x86_64":
        raise RuntimeError("the witness is written in the machine code of x86_64")
    body = _CODE + mark.encode() + b"\0"
    size = _HEADERS + len(body)
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    entry = _BASE + _HEADERS
    header = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, entry, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return ident + header + segment + body
