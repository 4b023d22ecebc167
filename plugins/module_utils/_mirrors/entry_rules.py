# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules that every entry must keep, whatever the notation and whoever reads the table."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from .._evidence import Finding, Severity
from .._fix import Edit, Fix
from .table import DEFAULT, EXACT, REPLACE, MirrorEntry, MirrorTable, Piece, Reading, shown

MAP_NOTATIONS = ("imageswap_map", "image_change")
"""Notations in which an empty target plainly means: do not swap."""

_CREDENTIALS = re.compile(r"\A(?:[^/]*://)?[^/@]*:[^/@]*@")
_SCHEME = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://")
_TAG = re.compile(r"(?:@[a-z0-9]+:[^/]*|(?<=[^:])/[^:@]*:[^/@]+(?:@.*)?)\Z")
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_SOURCE = re.compile(rf"{_HOST}(?:/{_COMPONENT})*\Z")
_TARGET = re.compile(rf"{_HOST}(?:/{_COMPONENT})*-?\Z")
_USERINFO = re.compile(r"\A[^/]*@(?=[^@/]*(?:/|\Z))")
_PRINTABLE = re.compile(r"[!-~]*\Z")
_BLANK = re.compile(r"\s")
_PLACEHOLDER = re.compile(r"\{\{|\}\}|%%?\w+%%?|\$[({]?\w|<[^<>]*>|@@\w+@@")


class InputRule(t.NamedTuple):
    """One rule about one entry. `broken` gets the entry without blanks and the piece as found."""

    code: str
    broken: t.Callable[[MirrorEntry, Piece], bool]
    message: str
    fix: str = ""


def _is_pattern(entry: MirrorEntry) -> bool:
    return entry.kind in ("exact", "replace", "wildcards")


def _target_is_place(entry: MirrorEntry) -> bool:
    """Return whether the target is a registry and path, not an image or patterns."""
    return entry.kind not in ("exact", "wildcards")


def _without_tag(text: str) -> str:
    text = text.partition("@")[0]
    head, colon, tail = text.rpartition(":")
    return head if colon and "/" in head and "/" not in tail else text


def corrected(entry: MirrorEntry) -> MirrorEntry:
    """Return the entry with all that can be mended without a question mended."""
    source, target = _SCHEME.sub("", entry.source), _SCHEME.sub("", entry.target)
    if not _is_pattern(entry):
        source = source.lower().rstrip("/")
    if _target_is_place(entry):
        target = _without_tag(_USERINFO.sub("", target).rstrip("/")).lower()
    return MirrorEntry(source, target, entry.api_path)


def _sides(entry: MirrorEntry) -> list[str]:
    """Return the sides of an entry that begin with a host."""
    sides = [] if _is_pattern(entry) else [entry.source]
    return [*sides, entry.target] if _target_is_place(entry) else sides


def _api_path_fits(entry: MirrorEntry) -> bool:
    return not entry.api_path or f"{entry.target_path}/".startswith(f"{entry.api_path}/")


def _port_of(text: str) -> int:
    """Return the port of a host at the start of text, 0 if there is none."""
    port = text.partition("/")[0].rpartition(":")[2]
    return int(port) if len(port) < 10 and port.isascii() and port.isdigit() else 0


def _upper(entry: MirrorEntry) -> bool:
    source = not _is_pattern(entry) and entry.source != entry.source.lower()
    target = _target_is_place(entry) and entry.target != entry.target.lower()
    return source or target


_CREDENTIALS_RULE = InputRule(
    "credentials",
    lambda entry, _: _target_is_place(entry) and _CREDENTIALS.search(entry.target) is not None,
    "There are credentials in the target. Every reader of the table sees them, and no "
    "image name can hold them.",
    "Give them as username and password of the registry, and change the password.",
)

_PLACEHOLDER_RULE = InputRule(
    "variable_not_filled_in",
    lambda entry, piece: (
        entry.kind in ("registry", "library", "default")
        and _PLACEHOLDER.search(piece.source + " " + piece.target) is not None
    ),
    "A variable in the entry is not filled in: what stands there is its placeholder.",
    "Fill it in where the table is written, or write the value itself.",
)

INPUT_RULES: tuple[InputRule, ...] = (
    _PLACEHOLDER_RULE,
    InputRule(
        "empty_source",
        lambda entry, _: entry.source in ("", EXACT, REPLACE),
        "The source is empty, so no image can match.",
        "Write the registry to redirect before the '::'.",
    ),
    InputRule(
        "blank",
        lambda entry, piece: any(_BLANK.search(side) for side in (piece.source, piece.target)),
        "There are blanks, tabs or line breaks in the entry. The webhook deletes spaces alone: "
        "with a tab or a line break the source never matches; nodes get the text as it is.",
    ),
    InputRule(
        "not_printable",
        lambda entry, _: not _PRINTABLE.match(entry.source + entry.target),
        "There are characters outside printable ASCII in the entry; no image name can hold them.",
        "Type the entry anew, in plain letters.",
    ),
    InputRule(
        "scheme_in_source",
        lambda entry, _: _SCHEME.match(entry.source) is not None,
        "The source begins with a scheme. Image names have none, so it never matches.",
    ),
    InputRule(
        "scheme_in_target",
        lambda entry, _: _SCHEME.match(entry.target) is not None,
        "The target begins with a scheme. The webhook would name images "
        "'https://...', which Kubernetes refuses as InvalidImageName.",
    ),
    _CREDENTIALS_RULE,
    InputRule(
        "uppercase",
        lambda entry, _: _upper(entry),
        "There are uppercase letters. Registries are matched letter by letter in lowercase, and "
        "a repository path must be lowercase.",
    ),
    InputRule(
        "tag_in_target",
        lambda entry, _: _target_is_place(entry) and _TAG.search(entry.target) is not None,
        "The target ends in a tag or digest. The image's path is appended after it: "
        "'registry/path:1/library/nginx:2' is no image name.",
    ),
    InputRule(
        "trailing_slash",
        lambda entry, _: _target_is_place(entry) and entry.target.endswith("/"),
        "The target ends in a slash. The webhook puts its own after it: "
        "'registry/path//library/nginx' is no image name.",
    ),
    InputRule(
        "invalid_port",
        lambda entry, _: any(_port_of(side) > 65535 for side in _sides(entry)),
        "A port is above 65535, so nothing listens there.",
        "Write the registry's port, at most 65535.",
    ),
    InputRule(
        "trailing_slash_in_source",
        lambda entry, _: not _is_pattern(entry) and entry.source.endswith("/"),
        "The source ends in a slash, so no registry ever equals it.",
    ),
    InputRule(
        "api_path_elsewhere",
        lambda entry, _: not _api_path_fits(entry),
        "api_path is no first part of the target's path, so it cannot tell where the API of this "
        "registry lies.",
        "Write what stands between the host and /v2/ in the registry's URLs, and begin the target's "
        "path with it: {target: nexus.example.org/repository/docker-hub, api_path: "
        "repository/docker-hub}.",
    ),
)

_INVALID_SOURCE = InputRule(
    "invalid_source",
    lambda entry, _: not _is_pattern(entry) and not _SOURCE.match(entry.source),
    "The source is no registry: expected host or host:port, 'docker.io/library', 'default', "
    "'noswap_wildcards', '[EXACT]image' or '[REPLACE]glob'. It never matches.",
    "Write the registry as it stands in image names, such as docker.io.",
)
_INVALID_TARGET = InputRule(
    "invalid_target",
    lambda entry, _: (
        _target_is_place(entry) and entry.target != "" and not _TARGET.match(entry.target)
    ),
    "The target is no registry with path: expected host[:port][/path], the path of lowercase "
    "letters, digits and single '.', '_' or '-' between them. Images get no valid name.",
    "Write it like registry.example.org/project/docker.io.",
)
LAST_RESORT: tuple[InputRule, ...] = (_INVALID_SOURCE, _INVALID_TARGET)
"""Asked only where no other rule has an objection: they say least."""


def check_pieces(reading: Reading, notation: str) -> tuple[MirrorTable, tuple[Finding, ...]]:
    """Return the table of a reading and all findings, those of the reader first.

    Of entries with the same source the last one stays, in the place of the first, as the
    webhook has it.
    """
    findings: list[Finding] = []
    entries: dict[str, MirrorEntry] = {}
    places: dict[str, Piece] = {}
    sources = {item.entry.source for item in reading.items if isinstance(item, Piece)}
    for item in reading.items:
        if isinstance(item, Finding):
            findings.append(item)
            continue
        entry = item.entry
        findings.extend(_check_piece(entry, item, sources))
        if not entry.source or _CREDENTIALS_RULE.broken(entry, item):
            continue  # credentials must not travel on in the table
        if entry.source in places:
            findings.append(_duplicate(item, entry, places[entry.source]))
        entries[entry.source] = entry
        places[entry.source] = item
    exempting = notation in MAP_NOTATIONS or DEFAULT in entries
    known = {source.lower() for source in sources}
    for source, entry in entries.items():
        # An entry of the host alone serves all its ports.
        host = source.partition(":")[0] if ":" in source else ""
        others = {f"{source}/library".lower(), host.lower()}
        if not entry.target and not exempting and known.isdisjoint(others - {""}):
            findings.append(_empty_target(places[source], entry))
    if not entries and all(finding.severity is Severity.INFO for finding in findings):
        findings.append(_no_entries(notation))
    return MirrorTable(tuple(entries.values())), tuple(findings)


def _check_piece(entry: MirrorEntry, piece: Piece, sources: t.Collection[str]) -> list[Finding]:
    broken = _broken_rules(entry, piece)
    if not broken:
        return []
    mended = _mended(entry, sources, _CREDENTIALS_RULE in broken)
    return [
        Finding(rule.code, Severity.ERROR, piece.subject, rule.message, rule.fix or mended)
        for rule in broken
    ]


def _mended(entry: MirrorEntry, sources: t.Collection[str], secret: bool) -> str:
    """Return what to write in place of an entry; `sources` have one already."""
    better, old = corrected(entry), "" if secret else str(entry)
    if better.source != entry.source and better.source in sources:
        return Fix(f"Remove it: {shown(better.source)} has an entry.", [Edit("entry", old, "")])
    return write(better, old)


def sound(table: MirrorTable) -> MirrorTable:
    """Return a table as it is after all that can be mended without a question."""
    sources, entries = table.targets(), {}
    for one in table:
        better = corrected(one)
        if better.source == one.source or better.source not in sources:
            entries[better.source] = better if is_writable(better) else one
    return MirrorTable(tuple(entries.values()))


def write(entry: MirrorEntry, old: str = "") -> str:
    """Return the fix that puts an entry in the place of what is there, if it can be written."""
    if not is_writable(entry):
        return "Write it like docker.io::registry.example.org/project/docker.io."
    return Fix(f"Write {shown(str(entry))}.", [Edit("entry", old, str(entry))])


def is_writable(entry: MirrorEntry) -> bool:
    """Return whether no rule here objects to an entry."""
    plain = _SOURCE.match(entry.source) and _TARGET.match(entry.target) and not entry.api_path
    if plain and ":" not in entry.source + entry.target:
        return True  # what most are, and all that rules ask of it; lints of long tables ask often
    piece = Piece("", "", entry.source, entry.target, entry.api_path)
    return not _broken_rules(entry, piece)


def _broken_rules(entry: MirrorEntry, piece: Piece) -> list[InputRule]:
    """Return the rules that an entry breaks. A placeholder says all there is to say."""
    broken = [rule for rule in INPUT_RULES if rule.broken(entry, piece)]
    if _PLACEHOLDER_RULE in broken:
        return [rule for rule in broken if rule in (_PLACEHOLDER_RULE, _CREDENTIALS_RULE)]
    return broken or [rule for rule in LAST_RESORT if rule.broken(entry, piece)]


def _duplicate(piece: Piece, entry: MirrorEntry, before: Piece) -> Finding:
    return Finding(
        "duplicate_source",
        Severity.ERROR,
        piece.subject,
        f"{shown(entry.source)} is the source of {before.subject} already. The last one wins "
        "silently in the webhook.",
        f"Keep one of the two: {before.where} or {piece.where}.",
    )


def _empty_target(piece: Piece, entry: MirrorEntry) -> Finding:
    return Finding(
        "empty_target",
        Severity.ERROR,
        piece.subject,
        "The target is empty, so images of this source are not redirected at all. Without an "
        "entry for 'default' there is nothing to exempt them from.",
        f"Write the target after '{entry.source}::', or remove the entry.",
    )


def _no_entries(notation: str) -> Finding:
    return Finding(
        "no_entries",
        Severity.ERROR,
        "mirrors",
        f"There is no mirror entry ({notation}), so nothing would be redirected.",
        "Write at least docker.io:: and the path of your registry that holds those images.",
    )


__all__ = (
    "INPUT_RULES",
    "LAST_RESORT",
    "MAP_NOTATIONS",
    "InputRule",
    "check_pieces",
    "corrected",
    "is_writable",
    "sound",
    "write",
)
