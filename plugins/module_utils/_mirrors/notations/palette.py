# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Palette's own notation, the comma-joined string, and its two relatives: list and mapping."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import re
import typing as t

from ..entry_rules import corrected, write
from ..table import DEFAULT, WILDCARDS, MirrorEntry, MirrorTable, Reading, subject

_IPV6 = re.compile(
    r"\[[0-9a-fA-F:.]*::[0-9a-fA-F:.]*\]|(?<![^\s/:=>])[0-9a-fA-F]{3,4}::[0-9a-fA-F]"
)
_COLON = re.compile(":")
_ARROW = re.compile(r"\s*(?:=>|->)\s*")
_PORT_COLON = re.compile(r"[^:]+:\d+(?:/|\s*\Z)")
_SKIPPED = "The webhook skips the entry with nothing but a log line, so nothing is swapped."


class Separator(t.NamedTuple):
    """A way to miss the one `::` of an entry."""

    code: str
    matches: t.Callable[[str], bool]
    message: str
    fix: t.Callable[[str], str]


def _sides(text: str) -> MirrorEntry:
    """Return the entry that is meant where an arrow or one colon stands for `::`."""
    source, target = (_ARROW if _ARROW.search(text) else _COLON).split(text, maxsplit=1)
    return MirrorEntry(source.strip(), target.strip())


def _joined(text: str) -> str:
    entry = corrected(_sides(text))
    return write(entry) if entry.target else _then_target(entry.source)


def _then_target(source: str) -> str:
    return f"Write '{''.join(source.split()).rstrip(':')}::' and then the target."


def _decoded(text: str) -> str:
    """Return what base64 text holds, empty if it is none."""
    try:
        return base64.b64decode(text.strip(), validate=True).decode("utf-8")
    except ValueError:
        return ""


SEPARATORS: tuple[Separator, ...] = (
    Separator(
        "ipv6_address",
        lambda text: text.count("::") > 1 and _IPV6.search(text) is not None,
        f"An IPv6 address holds '::' itself, so the entry has too many parts. {_SKIPPED}",
        lambda _text: "Give the registry a DNS name and write that.",
    ),
    Separator(
        "too_many_separators",
        lambda text: text.count("::") > 1,
        f"The entry has more than one '::'. {_SKIPPED}",
        lambda _text: "Write one source::target for each entry and part entries with a comma.",
    ),
    Separator(
        "arrow_separator",
        lambda text: "::" not in text and _ARROW.search(text) is not None,
        f"'=>' and '->' do not separate source and target. {_SKIPPED}",
        _joined,
    ),
    Separator(
        "port_without_target",
        lambda text: "::" not in text and _PORT_COLON.match(text) is not None,
        "A single ':' before a port separates, too: the webhook takes the port for the target "
        "and images become '443/library/nginx'.",
        _then_target,
    ),
    Separator(
        "deprecated_separator",
        lambda text: "::" not in text and text.count(":") == 1,
        "A single ':' is the deprecated separator; a later webhook may skip the entry.",
        _joined,
    ),
    Separator(
        "placeholder",
        lambda text: "REPLACE_WITH_" in text,
        "This is the placeholder of Palette's page, not a mirror entry.",
        lambda _text: "Write your entries, such as docker.io::registry.example.org/docker.io.",
    ),
    Separator(
        "base64_text",
        lambda text: "::" in _decoded(text),
        "This is base64, as a Secret's data holds it. It is read as it stands, so it has no '::'.",
        lambda _text: "Decode it first: base64 --decode, or the filter b64decode.",
    ),
    Separator(
        "missing_separator",
        lambda text: "::" not in text,
        f"The entry has no '::' between source and target. {_SKIPPED}",
        _then_target,
    ),
)


def read_string(raw: object) -> Reading:
    """Read `source::target,source::target`. Entries are numbered from 1."""
    reading = Reading()
    text = str(raw)
    if not text.strip():
        return reading
    parts = text.split(",")
    after_wildcards = False
    for position, part in enumerate(parts, 1):
        where = f"entry {position}"
        if not part.strip():
            _empty_part(reading, where, position, len(parts))
        elif after_wildcards and ":" not in part and not _ARROW.search(part):
            _wildcard_comma(reading, where, part)
        else:
            add_pair(reading, where, part)
            after_wildcards = part.strip().startswith(WILDCARDS)
    return reading


def add_pair(reading: Reading, where: str, text: str, colon: bool = False) -> None:
    """Add the piece that a text `source::target` holds, or what is wrong with its separator.

    `colon`: the notation accepts the deprecated single colon (map files do).
    """
    broken = next((rule for rule in SEPARATORS if rule.matches(text)), None)
    if broken is None:
        source, _separator, target = text.partition("::")
        reading.add(where, text, source, target)
        return
    single = broken.code == "deprecated_separator"
    tolerated = single and (colon or text.partition(":")[0].strip() == DEFAULT)
    note = reading.warn if tolerated else reading.error
    note(broken.code, subject(where, text), broken.message, broken.fix(text))
    if single or broken.code == "arrow_separator":  # what is meant is clear
        meant = _sides(text)
        reading.add(where, text, meant.source, meant.target)


def read_list(raw: t.Sequence[object]) -> Reading:
    """Read a list of `{source, target}`, perhaps with `api_path`, and of `source::target` texts."""
    reading = Reading()
    for position, item in enumerate(raw, 1):
        where = f"entry {position}"
        if isinstance(item, str):
            add_pair(reading, where, item)
        elif isinstance(item, MirrorEntry):
            reading.add(where, str(item), item.source, item.target, item.api_path)
        elif isinstance(item, t.Mapping):
            _add_mapping(reading, where, item)
        else:
            _not_text(reading, where, item, "an entry")
    return reading


def read_mapping(raw: t.Mapping[object, object]) -> Reading:
    """Read `{source: target}`; `{source: ..., target: ...}` is a list's one entry."""
    reading = Reading()
    if {"source", "target"} <= set(raw) <= {"source", "target", "api_path"}:
        _add_mapping(reading, "entry 1", raw)
        return reading
    for position, (source, target) in enumerate(raw.items(), 1):
        _add_sides(reading, f"entry {position}", source, target)
    return reading


def _add_mapping(reading: Reading, where: str, item: t.Mapping[object, object]) -> None:
    if {"source", "target"} <= set(item) <= {"source", "target", "api_path"}:
        _add_sides(reading, where, item["source"], item["target"], item.get("api_path"))
        return
    keys = ", ".join(sorted(str(key) for key in item)) or "none"
    reading.error(
        "wrong_keys",
        subject(where, keys),
        "An entry needs the keys 'source' and 'target', may have 'api_path' and no other, so this "
        "one is not read.",
        "Write {source: docker.io, target: registry.example.org/docker.io}.",
    )


def _add_sides(
    reading: Reading, where: str, source: object, target: object, api_path: object = None
) -> None:
    """Add an entry whose sides may be anything. None is an empty side."""
    sides = ["" if side is None else side for side in (source, target, api_path)]
    texts = [side for side in sides if isinstance(side, str)]
    if len(texts) == 3:
        reading.add(where, f"{texts[0]}::{texts[1]}", *texts)
        return
    for name, side in zip(("source", "target", "api_path"), sides, strict=True):
        if not isinstance(side, str):
            _not_text(reading, where, side, f"the {name}")


def _not_text(reading: Reading, where: str, value: object, what: str) -> None:
    reading.error(
        "not_text",
        where,
        f"{what[0].upper()}{what[1:]} is a {type(value).__name__}, not text, so it is not read.",
        "Write it as text, in quotes where YAML would read a number or a boolean.",
    )


def _empty_part(reading: Reading, where: str, position: int, count: int) -> None:
    place = "leading" if position == 1 else "trailing" if position == count else "double"
    reading.error(
        "empty_entry",
        where,
        f"A {place} comma leaves an empty entry, which the webhook logs as invalid.",
        f"Remove the {place} comma.",
    )


def _wildcard_comma(reading: Reading, where: str, part: str) -> None:
    reading.error(
        "wildcard_comma",
        subject(where, part),
        f"Palette's string cannot hold a comma within {WILDCARDS}: this is an entry of its own "
        "without '::', so its images are swapped all the same.",
        f"Keep one pattern in {WILDCARDS}, or list each exempted registry as an entry.",
    )


def unsupported(entry: MirrorEntry) -> str:
    """Return why Palette's string cannot hold an entry, empty if it can."""
    if "," in entry.source or "," in entry.target:
        return "a comma ends an entry"
    return ""


def render_string(table: MirrorTable) -> str:
    """Write `source::target,source::target`, as the Secret and the chart's values hold it."""
    return ",".join(str(entry) for entry in table)


__all__ = (
    "SEPARATORS",
    "Separator",
    "add_pair",
    "read_list",
    "read_mapping",
    "read_string",
    "render_string",
    "unsupported",
)
