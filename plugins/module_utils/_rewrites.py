# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rewrites of repositories that k3s and RKE2 know.

Their containerd (k3s-io/containerd, `withRewritesFromHost`) goes through the rules of a host in no
order and takes the first whose pattern changes the repository. Patterns and replacements are Go's.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

# What Go and Python read alike, and what takes no long time: no group is repeated.
_PATTERN = re.compile(
    r"(?:[A-Za-z0-9/_:,@=~-]|\.|\||\^|\$|\\[.\-/wdsWDS+*?$^|()\[\]]|\[\^?[A-Za-z0-9/_.\\-]+\]"
    r"|\((?:\?:)?|\)\??|(?<=[^(|^*+?)])[*+?]\??)*\Z"
)
_REFERENCE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)
_LITERAL = re.compile(r"\^?([A-Za-z0-9/_-]*)")
_REPEATS = re.compile(r"(?<!\\)[*+]")
_MAX_PATTERN, _MAX_REPEATS, _MAX_REPOSITORY = 200, 2, 255

_WHOLE_PATH = re.compile(r"\^?\(\.[*+]\)\$?\Z")
_PREFIXED = re.compile(r"([^$]+)/\$\{?1\}?\Z")


def rewrite_prefix(rewrite: object) -> str:
    """Return the path that a rewrite puts before every repository, empty if it does another."""
    rules = list(rewrite.items()) if isinstance(rewrite, t.Mapping) else []
    if len(rules) != 1:
        return ""
    pattern, replacement = (str(side) for side in rules[0])
    prefixed = _PREFIXED.match(replacement)
    return prefixed[1] if prefixed and _WHOLE_PATH.match(pattern) else ""


def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern that can be judged, None for another one."""
    if len(pattern) > _MAX_PATTERN or len(_REPEATS.findall(pattern)) > _MAX_REPEATS:
        return None
    if not _PATTERN.match(pattern):
        return None
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return None


def outcomes(rules: tuple[tuple[str, str], ...], repository: str) -> tuple[str, ...]:
    """Return what a repository may become: one of several where several rules change it."""
    if len(repository) > _MAX_REPOSITORY:
        return (repository,)
    changed = [_replaced(compiled(pattern), to, repository) for pattern, to in rules]
    return tuple(dict.fromkeys(one for one in changed if one != repository)) or (repository,)


def ambiguous(rules: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return a repository and all that rules may make of it by chance; empty if none was found."""
    for pattern, _to in rules:
        found = _LITERAL.match(pattern)
        sample = f"{found[1] if found else ''}x"
        results = outcomes(rules, sample)
        if len(results) > 1:
            return (sample, *results)
    return ()


def _replaced(pattern: re.Pattern[str] | None, replacement: str, text: str) -> str:
    """Replace as Go's ReplaceAllString: an empty match behind another one does not count."""
    if pattern is None:
        return text
    parts: list[str] = []
    end, matched = 0, -1
    for found in pattern.finditer(text):
        if found.start() == found.end() == matched:
            continue
        parts += (text[end : found.start()], _expanded(replacement, found))
        end = matched = found.end()
    return "".join((*parts, text[end:]))


def _expanded(replacement: str, found: re.Match[str]) -> str:
    """Return a replacement with its groups; of a group that is not there Go makes nothing."""

    def value(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        number = int(name) if name.isdecimal() and len(name) < 4 else -1
        return found[number] or "" if 0 <= number <= found.re.groups else ""

    return _REFERENCE.sub(value, replacement)


__all__ = ("ambiguous", "compiled", "outcomes", "rewrite_prefix")
