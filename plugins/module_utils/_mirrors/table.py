# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mirror table: plain data, and what the readers of notations hand over."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._evidence import Finding, Severity
from .._fix import Edit
from .._redact import cut

EXACT = "[EXACT]"
REPLACE = "[REPLACE]"
DEFAULT = "default"
WILDCARDS = "noswap_wildcards"

Kind = t.Literal["registry", "library", "default", "wildcards", "exact", "replace"]

SHOWN_CHARACTERS = 120
"""How much of an entry a finding repeats."""

_CREDENTIALS = re.compile(r"(?<![^/\s@,])[^/\s@,]+@(?!sha\d+:)")
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?\Z")


@dataclasses.dataclass(frozen=True)
class MirrorEntry:
    """One `source::target` pair: pulls of the source registry go to the target.

    `source` is a registry (`quay.io`, `registry.example.org:5000`), `docker.io/library`,
    `default`, `noswap_wildcards`, `[EXACT]image` or `[REPLACE]glob`. An empty `target`
    exempts the source from swapping. `api_path` is what stands before `/v2/` in the URLs of the
    target's registry where its API lies below a path (Nexus, Artifactory): the first part of the
    target's path, without slashes around it; empty where nobody told.
    """

    source: str
    target: str
    api_path: str = ""

    @property
    def kind(self) -> Kind:
        """Return what the source selects."""
        if self.source == DEFAULT:
            return "default"
        if self.source == WILDCARDS:
            return "wildcards"
        if self.source.startswith(EXACT):
            return "exact"
        if self.source.startswith(REPLACE):
            return "replace"
        return "library" if self.source.endswith("/library") else "registry"

    @property
    def target_host(self) -> str:
        """Return the host[:port] of the target."""
        return self.target.partition("/")[0]

    @property
    def target_path(self) -> str:
        """Return the path of the target without its first slash, empty if there is none."""
        return self.target.partition("/")[2]

    def to_dict(self) -> dict[str, str]:
        """Return plain data, the form in which entries travel between tasks."""
        told = {"api_path": self.api_path} if self.api_path else {}
        return {"source": self.source, "target": self.target, **told}

    def __str__(self) -> str:
        """Return the entry as one writes it."""
        return f"{self.source}::{self.target}"


@dataclasses.dataclass(frozen=True)
class MirrorTable:
    """The ordered entries of one override. Sources are unique."""

    entries: tuple[MirrorEntry, ...] = ()

    def __iter__(self) -> t.Iterator[MirrorEntry]:
        """Walk the entries in order."""
        return iter(self.entries)

    def __len__(self) -> int:
        """Count the entries."""
        return len(self.entries)

    def targets(self) -> dict[str, str]:
        """Return source -> target."""
        return {entry.source: entry.target for entry in self.entries}

    def with_api(self, place: str) -> MirrorTable:
        """Return the table with a place told, host and path: registries there have their API so.

        An entry that tells its own keeps it.
        """
        host, _slash, path = place.partition("/")
        if not path:
            return self
        return MirrorTable(
            tuple(
                dataclasses.replace(entry, api_path=path)
                if not entry.api_path and f"{entry.target}/".startswith(f"{host}/{path}/")
                else entry
                for entry in self
            )
        )

    def mended(self, edits: t.Iterable[Edit]) -> MirrorTable:
        """Return the table with what fixes ask of its entries; other edits are left alone."""
        entries = list(self)
        for edit in edits:
            if edit.kind == "entry":
                entries = list(_edited(entries, edit))
        return MirrorTable(tuple(entries))

    def names(self) -> MirrorTable:
        """Return the table without what is told of APIs: the names in it alone."""
        return MirrorTable(tuple(MirrorEntry(entry.source, entry.target) for entry in self))

    def to_list(self) -> list[dict[str, str]]:
        """Return plain data, the form in which tables travel between tasks."""
        return [entry.to_dict() for entry in self.entries]


def _edited(entries: t.Sequence[MirrorEntry], edit: Edit) -> t.Iterator[MirrorEntry]:
    """Yield the entries after one edit; what tells of an API stays as long as it fits."""
    source, _separator, target = edit.new.partition("::")
    new = [MirrorEntry(source, target)] if edit.new else []
    for entry in entries:
        if str(entry) != edit.old and not (edit.new and entry.source == source):
            yield entry
            continue
        for one in new:
            fits = f"{one.target_path}/".startswith(f"{entry.api_path}/")
            yield dataclasses.replace(one, api_path=entry.api_path if fits else "")
        new = []
    yield from new


@dataclasses.dataclass(frozen=True)
class ParsedMirrors:
    """What a reading gave: the entries that could be told apart, and what is wrong.

    `notation` is the one that was read, also where it was detected. With an error among the
    findings the table is no basis for a write.
    """

    table: MirrorTable
    findings: tuple[Finding, ...]
    notation: str

    @property
    def ok(self) -> bool:
        """Return whether no finding is an error."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


@dataclasses.dataclass(frozen=True)
class Piece:
    """One entry as found: where it stands, its text, and its two sides unchanged."""

    where: str
    text: str
    source: str
    target: str
    api_path: str = ""

    @property
    def entry(self) -> MirrorEntry:
        """Return the entry without the blanks that surround or part it."""
        source, target = "".join(self.source.split()), "".join(self.target.split())
        return MirrorEntry(source, target, self.api_path.strip().strip("/"))

    @property
    def subject(self) -> str:
        """Return how findings name this piece."""
        return subject(self.where, self.text)


@dataclasses.dataclass
class Reading:
    """What the reader of one notation found, in order, before the rules look at the entries."""

    items: list[Piece | Finding] = dataclasses.field(default_factory=list)

    def add(self, where: str, text: str, source: str, target: str, api_path: str = "") -> None:
        """Note an entry."""
        self.items.append(Piece(where, text, source, target, api_path))

    def error(self, code: str, subject: str, message: str, fix: str) -> None:
        """Note an error."""
        self.items.append(Finding(code, Severity.ERROR, subject, message, fix))

    def warn(self, code: str, subject: str, message: str, fix: str) -> None:
        """Note a warning."""
        self.items.append(Finding(code, Severity.WARNING, subject, message, fix))


def shown(text: str) -> str:
    """Return text as a finding may repeat it: quoted, short, without credentials."""
    return repr(cut(_CREDENTIALS.sub(_mask, text), SHOWN_CHARACTERS))


def _mask(match: re.Match[str]) -> str:
    source, separator, credentials = match[0].rpartition("::")
    return f"{source}{separator}***@" if ":" in credentials else match[0]


def subject(where: str, text: str) -> str:
    """Return the name of an entry in findings: its position and its text."""
    return f"{where} {shown(text)}"


def is_loopback(host: str) -> bool:
    """Return whether a host[:port] is one that container runtimes ask over plain HTTP."""
    return _LOOPBACK.match(host) is not None


__all__ = (
    "DEFAULT",
    "EXACT",
    "REPLACE",
    "WILDCARDS",
    "Kind",
    "MirrorEntry",
    "MirrorTable",
    "ParsedMirrors",
    "Piece",
    "Reading",
    "is_loopback",
    "shown",
    "subject",
)
