# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that files and logs show in the clear."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

_IN_THE_CLEAR = (
    "endpoint",
    "name",
    "base_content_path",
    "username",
    "mirrors",
    "token_hosts",
    "api_path",
)


def fields_with(raw: t.Mapping[str, t.Any], secret: str) -> tuple[str, ...]:
    """Return the settings, other than the password, in which a secret stands in the clear."""
    return tuple(
        field
        for field in _IN_THE_CLEAR
        if secret and any(secret in text for text in _texts(raw.get(field)))
    )


def _texts(value: object) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, t.Mapping):
        for pair in value.items():
            yield from _texts(pair)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


__all__ = ("fields_with",)
