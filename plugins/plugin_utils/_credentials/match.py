# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does a value or a text hold a password that is no longer the one to use?"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import re
import typing as t

from ...module_utils._redact import inner_base64, is_word, spellings

# Shorter passwords, and those that are a word, stand by chance in any text.
_SHORTEST_IN_TEXT = 4

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
# A pull Secret in a manifest is base64 of JSON in which the login is base64 again.
_DEPTH = 2


class Former:
    """Former passwords, told from the current one, of which one may be a part of the other.

    Words and very short passwords are found as whole values alone.
    """

    def __init__(self, passwords: t.Iterable[str], current: str) -> None:
        """Prepare; empty passwords and the current one are no former ones."""
        self.passwords = frozenset(passwords) - {"", current}
        in_text = [word for word in self.passwords if _tells_in_text(word)]
        self._forms = {form: word for word in in_text for form in spellings(word)}
        self._hints = {*self._forms, *_base64_hints(in_text)}
        # Where both match, the current password is what stands there.
        owners = {**self._forms, **{form: current for form in spellings(current) if current}}
        longest_first = sorted(owners, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        self._owners = owners

    def is_value(self, value: str) -> bool:
        """Return whether a value is one of them."""
        return value in self.passwords

    def is_in(self, text: str) -> bool:
        """Return whether one of them stands in a text, also in base64 within it."""
        return any(hint in text for hint in self._hints) and self._stands_in(text, _DEPTH)

    def _stands_in(self, text: str, depth: int) -> bool:
        if any(form in text for form in self._forms) and any(
            self._owners[match.group()] in self.passwords for match in self._pattern.finditer(text)
        ):
            return True
        return depth > 0 and any(
            self._stands_in(decoded, depth - 1) for decoded in _base64_within(text)
        )


def _tells_in_text(password: str) -> bool:
    return len(password) >= _SHORTEST_IN_TEXT and not is_word(password)


def _base64_hints(passwords: t.Iterable[str]) -> t.Iterator[str]:
    """Yield what base64, once and twice, leaves of a password whatever stands around it."""
    for password in passwords:
        for once in inner_base64(password.encode("utf-8", "surrogateescape")):
            yield once
            yield from inner_base64(once.encode())


def _base64_within(text: str) -> t.Iterator[str]:
    for match in _BASE64.finditer(text):
        body = match.group().rstrip("=").translate(_STANDARD)
        try:
            raw = base64.b64decode(body + "=" * (-len(body) % 4))
        except binascii.Error:
            continue
        yield raw.decode("utf-8", "surrogateescape")


_STANDARD = str.maketrans("-_", "+/")

__all__ = ("Former",)
