# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets taken out of whatever is shown, so that the rest stays readable.

A secret becomes `<redacted 1a2b3c>`: the digits are a keyed hash with a key that lives as long
as the process, so a diff shows that a secret changed, and nobody can test guesses against it.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import html
import json
import re
import secrets as random_bytes
import shlex
import typing as t
import urllib.parse

_KEY = random_bytes.token_bytes(16)

# Shorter secrets are replaced only where they stand alone: to replace each "n" of a text
# would blank the text.
_SHORTEST_ANYWHERE = 4
# A piece of a secret (one line of it, or what quoting leaves together) is secret from here on,
# and a piece that is but a word only from a length that few words have.
_SHORTEST_PIECE = 6
_SHORTEST_WORD = 8

_PIECES = re.compile(r"[\s'\"\\,:;{}]+")


def fingerprint(secret: str) -> str:
    """Return the placeholder of a secret: the same for equal secrets within one process."""
    if not secret:
        return "<empty>"
    digest = hmac.new(_KEY, secret.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return f"<redacted {digest.hexdigest()[:6]}>"


class Redactor:
    """Replaces secrets, in every form in which programs print them, by fingerprints.

    `secrets` are those that it knows.
    """

    def __init__(self, secrets: t.Iterable[str] = ()) -> None:
        """Prepare for some secrets; empty ones are ignored."""
        self.secrets: tuple[str, ...] = ()
        self._placeholders: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self.add(secrets)

    def add(self, secrets: t.Iterable[str]) -> None:
        """Replace these as well from now on."""
        new = tuple(secret for secret in secrets if secret and secret not in self.secrets)
        self.secrets += new
        forms = self._placeholders
        for secret in new:
            placeholder = fingerprint(secret)
            for form in _forms(secret):
                forms.setdefault(form, placeholder)
        self._pattern = None

    def text(self, text: str) -> str:
        """Return the text with every form of every secret replaced."""
        forms = self._placeholders
        # Few texts hold one, and to compile the pattern takes longer than to search them all.
        if not any(form in text for form in forms):
            return text
        if self._pattern is None:
            longest_first = sorted(forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(_pattern(form) for form in longest_first))
        return self._pattern.sub(lambda match: forms[match.group()], text)

    def data(self, value: t.Any) -> t.Any:
        """Return a copy of plain data with all its strings, keys included, redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, t.Mapping):
            return {self.data(key): self.data(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(item) for item in value]
        return value


# What takes out the secrets that the running task knows; a process runs one task at a time.
_redactions: list[t.Callable[[str], str]] = []


@contextlib.contextmanager
def redacting(redact: t.Callable[[str], str]) -> t.Iterator[None]:
    """Let `cut` take secrets out by `redact`, in all threads of this process."""
    _redactions.append(redact)
    try:
        yield
    finally:
        _redactions.pop()


def cut(text: str, most: int, mark: str = "...", *, tail: bool = False) -> str:
    """Return so many characters of a text, its last ones as `tail`, and a mark if more were there.

    Secrets are taken out first: nobody recognises the half of one that a cut would leave.
    """
    if len(text) <= most:
        return text
    for redact in _redactions:
        text = redact(text)
    if len(text) <= most:
        return text
    return mark + text[-most:] if tail else text[:most] + mark


def _pattern(form: str) -> str:
    if len(form) >= _SHORTEST_ANYWHERE:
        return re.escape(form)
    return rf"(?<![\w.]){re.escape(form)}(?![\w.])"


def _forms(secret: str) -> t.Iterator[str]:
    yield from _spellings(secret)
    for piece in {*secret.splitlines(), *_PIECES.split(secret)}:
        if _is_secret_piece(piece):
            yield from _spellings(piece)


def _is_secret_piece(piece: str) -> bool:
    """Return whether a piece tells something; a short word would blank it in every text.

    What frames a private key, such as `-----BEGIN`, frames certificates as well.
    """
    if "-----" in piece:
        return False
    return len(piece) >= (_SHORTEST_WORD if is_word(piece) else _SHORTEST_PIECE)


def is_word(text: str) -> bool:
    """Return whether some text could be a word of a language."""
    return text.isalpha() and (text.islower() or text.isupper() or text.istitle())


def _spellings(secret: str) -> t.Iterator[str]:
    """Yield the secret as text and base64 write it."""
    raw = secret.encode("utf-8", "surrogateescape")
    yield from spellings(secret)
    if len(raw) >= _SHORTEST_ANYWHERE:
        for text in (raw, raw + b"\n"):
            yield from _base64_forms(text)
    else:
        yield base64.b64encode(raw).decode()


def spellings(secret: str) -> t.Iterator[str]:
    """Yield the secret as JSON, YAML, a shell, Python, HTML and a URL write it."""
    raw = secret.encode("utf-8", "surrogateescape")
    yield secret
    for written in _in_json(secret):
        yield written
        yield from _in_json(written)  # JSON in a string of JSON, as in an error's body
    for quoted in (repr(secret), ascii(secret)):
        yield quoted[1:-1]
        yield repr(quoted)[1:-1]
    yield re.sub(r"\\u00([0-9a-f]{2})", lambda hexa: rf"\x{hexa[1].upper()}", _in_json(secret)[0])
    yield secret.replace("'", "''")
    yield shlex.quote(secret)
    yield html.escape(secret)
    yield urllib.parse.quote(raw, safe="")
    yield urllib.parse.quote(raw)
    yield urllib.parse.quote_plus(raw)


def _in_json(secret: str) -> tuple[str, ...]:
    """Return the secret in a string of JSON: Python's two ways, and Go's, which Helm prints."""
    plain = json.dumps(secret, ensure_ascii=False)[1:-1]
    go = plain
    for char in "<>&\u2028\u2029":
        go = go.replace(char, f"\\u{ord(char):04x}")
    return json.dumps(secret)[1:-1], plain, go


def _base64_forms(raw: bytes) -> t.Iterator[str]:
    """Yield the base64 of some bytes, whole and wherever in a longer text they stand."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        yield encode(raw).decode().rstrip("=")
    yield from inner_base64(raw)


def inner_base64(raw: bytes) -> t.Iterator[str]:
    """Yield what base64 makes of some bytes in the middle of others.

    Base64 writes three bytes as four characters, so the bytes have three spellings; only the
    characters that no neighbour can change are taken (`user:password` of HTTP hides one). A few
    bits at both ends are not in them: other bytes that are nearly the same share a spelling.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in (0, 1, 2):
            encoded = encode(b"\0" * shift + raw).decode().rstrip("=")
            first = (shift * 8 + 5) // 6
            last = (shift + len(raw)) * 8 // 6
            inner = encoded[first:last]
            if len(inner) >= _SHORTEST_PIECE:
                yield inner


__all__ = (
    "Redactor",
    "cut",
    "fingerprint",
    "inner_base64",
    "is_word",
    "redacting",
    "spellings",
)
