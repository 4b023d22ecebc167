# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mirror table that a plan proposes: what was given, mended, and moved to where images lie.

A target that holds its images stays, whatever a rule says of it. Where two places hold them and
neither was given, nobody guesses: that is a question.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._image_name import DOCKER_HUB, ImageReference, parse_image
from ...module_utils._mirrors.entry_rules import corrected
from ...module_utils._mirrors.lint.palette import WELL_KNOWN_SOURCES
from ...module_utils._mirrors.lint.rule import LintContext
from ...module_utils._mirrors.lint.table import lint
from ...module_utils._mirrors.notation import parse_mirrors
from ...module_utils._mirrors.notations.endpoint import has_v2, names_api
from ...module_utils._mirrors.table import DEFAULT, MirrorEntry, MirrorTable
from ...module_utils._settings.settings import Settings
from .candidates import Candidate, before_4_8, candidates, is_before_4_8, since_4_8

LIBRARY = f"{DOCKER_HUB}/library"
SAMPLES = 3
"""So many images of a source are asked for: as many questions as tell one path from another."""

_SWAPPED_AGAIN = frozenset({"default_recursion", "target_is_source"})
_NOTHING = "nothing"
_SHOWN = 8
"""So many changes are shown on the terminal."""


class Change(t.NamedTuple):
    """One thing that the proposal has otherwise than what was given, and why."""

    subject: str
    given: str
    proposed: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Proposal:
    """`settings` are what is proposed, `how` says in words on what ground.

    `questions` are what neither rules nor registry can decide.
    """

    settings: Settings
    changes: tuple[Change, ...] = ()
    questions: tuple[Finding, ...] = ()
    how: str = ""

    def table(self) -> tuple[str, ...]:
        """Return the difference to what was given as a few short lines, none where there is none."""
        shown = self.changes[:_SHOWN]
        lines = [f"  {one.subject}: {one.given} -> {one.proposed}" for one in shown]
        if len(self.changes) > len(shown):
            lines.append(f"  and {len(self.changes) - len(shown)} more, which plan.md tells")
        return (f"proposed ({self.how}):", *lines) if lines else ()

    def check(self, subject: str, path: str) -> Check:
        """Return what is proposed as a check; `path` is the file that holds it, "" for none."""
        count = len(self.changes)
        changes = f"{count} change{'' if count == 1 else 's'}"
        where = f" in {path}" if path else ""
        actual = f"{changes}{where} ({self.how})" if count else f"nothing to change ({self.how})"
        return Check("proposal", subject, Status.PASS, "", actual, self.questions)

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, without what is secret."""
        return {
            "mirrors": self.settings.mirrors.to_list(),
            "node_path_style": self.settings.node_path_style,
            "changes": [change._asdict() for change in self.changes],
            "questions": [question.to_dict() for question in self.questions],
            "how": self.how,
        }


class Holdings(t.Protocol):
    """A registry that tells what it holds."""

    def held(self, images: t.Sequence[str]) -> t.Mapping[str, bool]:
        """Return of each image whether it is there; those that got no answer are left out."""

    def catalog(self) -> t.Sequence[str]:
        """Return the repositories that it names, none where it does not tell."""


class NoHoldings:
    """No registry that could be asked."""

    def held(self, images: t.Sequence[str]) -> t.Mapping[str, bool]:
        """Return no answer to anything."""
        del images
        return {}

    def catalog(self) -> t.Sequence[str]:
        """Return nothing."""
        return ()


def starting_settings(
    raw: t.Mapping[str, t.Any],
) -> tuple[dict[str, t.Any], list[Change]]:
    """Return `palette_registry` with what is mended without a question, and each change."""
    mended, changes = dict(raw), []
    for field in ("endpoint", "base_content_path"):
        given = raw.get(field)
        if isinstance(given, str) and given != (bare := _bare(given)):
            mended[field] = bare
            reason = "it stands in image names: no scheme, no slash at the ends, no /v2"
            shown = given.rpartition("@")[2]  # people write user:password@host
            changes.append(Change(field, shown, bare, reason))
    base = _base(mended)
    given_mirrors = raw.get("mirrors")
    table = parse_mirrors(given_mirrors).table if given_mirrors else MirrorTable()
    if not len(table):
        entries = [MirrorEntry(one, since_4_8(one, base).target) for one in WELL_KNOWN_SOURCES]
        reason = "no entry was given: these are the sources of Palette's page"
        changes.append(Change("mirrors", _NOTHING, f"{len(entries)} entries", reason))
    else:
        entries = list(_mended_entries(table, changes))
    mended["mirrors"] = {entry.source: entry.target for entry in entries}
    return mended, changes


def _bare(text: str) -> str:
    bare = text.strip().partition("://")[2] or text.strip()
    bare = bare.rpartition("@")[2].strip("/").lower()
    return bare.removesuffix("/v2").removeprefix("v2/")


def _base(raw: t.Mapping[str, t.Any]) -> str:
    return "/".join(str(raw.get(key) or "") for key in ("endpoint", "base_content_path")).strip("/")


def _mended_entries(table: MirrorTable, changes: list[Change]) -> t.Iterator[MirrorEntry]:
    """Yield the entries as both readers can have them."""
    exempting = any(entry.kind == "default" for entry in table)
    for entry in table:
        if not entry.target and not exempting:
            continue  # an exemption from nothing: the source gets a target as if it had no entry
        better, reason = corrected(entry), "so image names can hold it"
        if entry.kind in ("registry", "library", "default") and has_v2(better.target):
            host, _slash, path = better.target.partition("/")
            better = MirrorEntry(better.source, f"{host}/{path[2:].strip('/')}".rstrip("/"))
            reason = "to the webhook /v2 is a project; for nodes the path style adds it"
        if better != entry:
            changes.append(Change(better.source, str(entry), str(better), reason))
        yield better


def propose(
    settings: Settings,
    begun: t.Sequence[Change],
    images: t.Iterable[str],
    holdings: Holdings,
    how: str,
    *,
    airgap: bool,
    api_at_root: bool | None = None,
) -> Proposal:
    """Return the proposal for settings that can be read.

    `images` are those that matter, as manifests name them. `api_at_root` says whether the registry
    answers at `/v2/`, None where nobody could ask it.
    """
    table = dict(settings.mirrors.targets())
    changes, questions = list(begun), []
    places = _Places(settings, airgap, holdings)
    by_source = _by_source(images, settings.mirrors)
    filled = _filled(table, settings)
    wanted = {**dict.fromkeys(table), **dict.fromkeys(filled)}
    decisions = places.decide(
        {source: table.get(source, "") for source in wanted if table.get(source) != ""}
        | {source: "" for source in filled},
        by_source,
    )
    for source in wanted:
        decision = decisions.get(source) or _Decision(table.get(source, ""))
        if decision.question is not None:
            questions.append(decision.question)
        target, reason = decision.target, decision.reason
        if source in filled and not target and decision.question is None:
            target, reason = filled[source]
        if (source not in table and target) or target != table.get(source, ""):
            changes.append(Change(source, table.get(source) or _NOTHING, target, reason))
            table[source] = target
        if decision.library and LIBRARY not in table:
            table[LIBRARY] = f"{target}/library"
            reason = "the registry holds images with short names below library/ alone"
            changes.append(Change(LIBRARY, _NOTHING, table[LIBRARY], reason))
    _exempt(table, settings, changes, airgap=airgap)
    style = _style(table, settings, changes, api_at_root=api_at_root)
    mirrors = MirrorTable(tuple(MirrorEntry(*pair) for pair in table.items()))
    proposed = dataclasses.replace(settings, mirrors=mirrors, node_path_style=style)
    return Proposal(proposed, tuple(changes), tuple(questions), how)


def _filled(table: t.Mapping[str, str], settings: Settings) -> dict[str, tuple[str, str]]:
    """Return what the rules put where Palette pulls from a source that has no entry."""
    sources: tuple[str, ...] = WELL_KNOWN_SOURCES
    if table.get(DEFAULT):  # it serves them, but who has the old package source needs the new one
        sources = ("us-docker.pkg.dev",) if "us-east1-docker.pkg.dev" in table else ()
    layout = before_4_8 if is_before_4_8(settings.mirrors) else since_4_8
    found = {}
    for source in sources:
        if source not in table:
            one = layout(source, settings.prefix)
            reason = f"Palette pulls from it, too; the path is that of {one.layout}"
            found[source] = (one.target, reason)
    return found


def _exempt(
    table: dict[str, str], settings: Settings, changes: list[Change], *, airgap: bool
) -> None:
    """Exempt registries whose images the webhook would swap a second time."""
    context = LintContext(airgap=airgap, endpoint=settings.endpoint)
    for finding in lint(parse_mirrors(table), context):
        if finding.code in _SWAPPED_AGAIN:
            host = finding.subject.partition("::")[2].partition("/")[0]
            if host and host not in table and DEFAULT in table:
                table[host] = ""
                reason = "else the webhook swaps its own result once more"
                changes.append(Change(host, _NOTHING, "exempt", reason))


def _style(
    table: t.Mapping[str, str],
    settings: Settings,
    changes: list[Change],
    *,
    api_at_root: bool | None,
) -> str:
    """Return how nodes are to get the paths."""
    given = settings.node_path_style
    entries = (MirrorEntry(*pair) for pair in table.items())
    bare = [
        entry.source
        for entry in entries
        if entry.kind == "registry" and "/" in entry.target and not names_api(entry.target)
    ]
    if given == "v2_prefix" or not bare or api_at_root is False:
        return given
    where = f"{settings.host} answers at /v2/" if api_at_root else "most registries answer at /v2/"
    reason = (
        f"nodes take an endpoint with a path as it stands, and {where}: the Secret gets it before "
        "each path, the chart does not"
    )
    changes.append(Change("palette_node_path_style", given, "v2_prefix", reason))
    return "v2_prefix"


@dataclasses.dataclass(frozen=True)
class _Decision:
    """Where images of a source are to go. `library`: those with short names, below library/."""

    target: str
    reason: str = ""
    question: Finding | None = None
    library: bool = False


@dataclasses.dataclass(frozen=True)
class _Wanted:
    """An image that matters: the path that webhook or node append to a target, and what follows."""

    image: ImageReference
    short: bool

    def name(self, target: str, *, library: bool = False) -> str:
        """Return the image as it has to be in the registry."""
        repository = self.image.repository
        if self.short and not library:
            repository = repository.removeprefix("library/")
        return str(
            dataclasses.replace(self.image, registry="", repository=f"{target}/{repository}")
        )


def _by_source(images: t.Iterable[str], table: MirrorTable) -> dict[str, list[_Wanted]]:
    """Return a few images of each source; those that name a mirror already are led back."""
    found: dict[str, dict[str, _Wanted]] = {}
    for text in images:
        name = _first_name(text, table)
        try:
            parsed = parse_image(name)
        except ValueError:
            continue
        image = parsed.normalise()
        short = image.registry == DOCKER_HUB and "/" not in parsed.repository
        kept = found.setdefault(image.registry, {})
        # Images of other projects tell more than another of the same.
        kept.setdefault(image.repository, _Wanted(image, short))
    return {source: list(kept.values())[:SAMPLES] for source, kept in found.items()}


def _first_name(image: str, table: MirrorTable) -> str:
    for entry in table:
        if entry.kind == "registry" and entry.target and image.startswith(f"{entry.target}/"):
            return f"{entry.source}{image[len(entry.target) :]}"
    return image


class _Score(t.NamedTuple):
    """How many images a place holds, of how many that it answered for."""

    held: int
    answered: int
    library: bool = False


@dataclasses.dataclass(frozen=True)
class _Places:
    """Asks the registry which of the places in question hold images."""

    settings: Settings
    airgap: bool
    holdings: Holdings

    def decide(
        self, given: t.Mapping[str, str], by_source: t.Mapping[str, list[_Wanted]]
    ) -> dict[str, _Decision]:
        """Return a decision for each source of which images are known."""
        asked = {source: by_source[source] for source in given if by_source.get(source)}
        first = self._scores({source: [given[source]] for source in asked if given[source]}, asked)
        found, open_ones = {}, {}
        for source, images in asked.items():
            score = first.get((source, given[source]), _Score(0, 0))
            if given[source] and (not score.answered or score.held == len(images)):
                found[source] = _Decision(given[source], library=score.library)
            else:
                open_ones[source] = self._candidates(source, given[source], images)
        catalog = self.holdings.catalog() if open_ones else ()
        if catalog:
            open_ones = {
                source: self._candidates(source, given[source], asked[source], catalog)
                for source in open_ones
            }
        targets = {source: [one.target for one in ones] for source, ones in open_ones.items()}
        scores = {**self._scores(targets, asked), **first}
        for source, ones in open_ones.items():
            mine = {one: scores.get((source, one.target), _Score(0, 0)) for one in ones}
            mine_given = first.get((source, given[source]), _Score(0, 0))
            found[source] = _chosen(source, given[source], mine_given, mine, len(asked[source]))
        return found

    def _candidates(
        self, source: str, given: str, images: t.Sequence[_Wanted], catalog: t.Sequence[str] = ()
    ) -> tuple[Candidate, ...]:
        repositories = [one.image.repository for one in images]
        repositories += [one.removeprefix("library/") for one in repositories]
        found = candidates(source, self.settings.prefix, dict.fromkeys(repositories), catalog)
        return tuple(one for one in found if one.target != given)

    def _scores(
        self,
        targets: t.Mapping[str, t.Sequence[str]],
        by_source: t.Mapping[str, t.Sequence[_Wanted]],
    ) -> dict[tuple[str, str], _Score]:
        names = [
            one.name(target, library=library)
            for source, places in targets.items()
            for target in places
            for one in by_source[source]
            for library in ((False, True) if one.short else (True,))
        ]
        held = self.holdings.held(list(dict.fromkeys(names))) if names else {}
        return {
            (source, target): self._score(target, by_source[source], held)
            for source, places in targets.items()
            for target in places
        }

    def _score(
        self, target: str, images: t.Sequence[_Wanted], held: t.Mapping[str, bool]
    ) -> _Score:
        """Return the better of two: short names as the webhook makes them, or below library/."""
        nodes_alone = not self.airgap
        plain = _count(target, images, held, library=nodes_alone)
        below = _count(target, images, held, library=True)
        if below.held > plain.held:
            return below._replace(library=True)
        return plain


def _count(
    target: str, images: t.Sequence[_Wanted], held: t.Mapping[str, bool], *, library: bool
) -> _Score:
    answers = [
        held[name]
        for one in images
        if (name := one.name(target, library=library or not one.short)) in held
    ]
    return _Score(sum(answers), len(answers))


def _chosen(
    source: str,
    given: str,
    mine: _Score,
    scores: t.Mapping[Candidate, _Score],
    wanted: int,
) -> _Decision:
    """Return the one place that holds most, the given one if none holds more, else a question."""
    most = max((score.held for score in scores.values()), default=0)
    if most <= mine.held:
        return _Decision(given, library=mine.library)
    best = [one for one, score in scores.items() if score.held == most]
    if len(best) > 1:
        return _Decision(given, question=_question(source, [one.target for one in best], most))
    had = f"{given} holds {mine.held}" if given else "it had no entry"
    reason = f"it holds {most} of {wanted} images that were asked for, {had} ({best[0].layout})"
    return _Decision(best[0].target, reason, library=scores[best[0]].library)


def _question(source: str, targets: t.Sequence[str], count: int) -> Finding:
    places = f"{', '.join(targets[:-1])} and {targets[-1]}"
    return Finding(
        "proposal_undecided",
        Severity.INFO,
        source,
        f"{places} hold the same {count} of its images. Which of them does your airgap binary, or "
        "whoever fills the registry, keep up to date?",
        f"Write that one as the target of {source}.",
    )


__all__ = (
    "LIBRARY",
    "SAMPLES",
    "Change",
    "Holdings",
    "NoHoldings",
    "Proposal",
    "propose",
    "starting_settings",
)
