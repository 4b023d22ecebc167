# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the images of sources are to go: a registry is asked which of the places hold them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._image_name import DOCKER_HUB, ImageReference, parse_image
from ...module_utils._mirrors.table import MirrorTable
from ...module_utils._registry.targets import origin_of
from .candidates import Candidate, candidates

SAMPLES = 3
"""So many images of a source are asked for: as many questions as tell one path from another."""


class Holdings(t.Protocol):
    """A registry that tells what it holds.

    `how` says in words on what ground a proposal stands that asked it. `api` is the path below
    which its API lies, "" for none, None where that is not known; `no_api`: it has none at `/v2/`.
    """

    @property
    def how(self) -> str:
        """Return it in words, after all that was asked."""

    @property
    def api(self) -> str | None:
        """Return what stands before `/v2/` in its URLs."""

    @property
    def no_api(self) -> bool:
        """Return whether it answers, and not as a registry."""

    def held(self, images: t.Sequence[str]) -> t.Mapping[str, bool]:
        """Return of each image whether it is there; those that got no answer are left out."""

    def catalog(self) -> t.Sequence[str]:
        """Return the repositories that it names, none where it does not tell."""


@dataclasses.dataclass(frozen=True)
class NoHoldings:
    """No registry that could be asked."""

    how: str
    no_api: bool = False
    api: None = None

    def held(self, images: t.Sequence[str]) -> t.Mapping[str, bool]:
        """Return no answer to anything."""
        del images
        return {}

    def catalog(self) -> t.Sequence[str]:
        """Return nothing."""
        return ()


def by_rules(reason: str) -> str:
    """Return in words on what ground a proposal stands for which nobody was asked."""
    return f"by the rules alone: {reason}"


@dataclasses.dataclass(frozen=True)
class Decision:
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

    def name(self, target: str, *, library: bool) -> str:
        """Return the image as it has to be in the registry; a short name, below library/ or not."""
        repository = self.image.repository
        if self.short and not library:
            repository = repository.removeprefix("library/")
        return str(
            dataclasses.replace(self.image, registry="", repository=f"{target}/{repository}")
        )


class _Score(t.NamedTuple):
    """How many images a place holds, of how many that it answered for."""

    held: int = 0
    answered: int = 0
    library: bool = False


def decide(
    given: t.Mapping[str, str],
    images: t.Iterable[str],
    mirrors: MirrorTable,
    base: str,
    holdings: Holdings,
    *,
    airgap: bool,
) -> dict[str, Decision]:
    """Return a decision for each source of which images are known.

    `given` is source -> target, "" where there is none yet. Images that name a mirror of `mirrors`
    already are led back. `base` is `<endpoint>/<base content path>`. Outside an `airgap` nodes
    alone pull, which know no short names.
    """
    known = _by_source(images, mirrors)
    wanted = {source: known[source] for source in given if source in known}
    ask = _Asking(holdings, wanted, airgap)
    first = ask.scores({source: [given[source]] for source in wanted if given[source]})
    mine = {source: first.get((source, given[source]), _Score()) for source in wanted}
    unsettled = [
        source
        for source, score in mine.items()
        if not given[source] or (score.answered and score.held < len(wanted[source]))
    ]
    catalog = holdings.catalog() if unsettled else ()
    places = {
        source: _places(source, given[source], base, wanted[source], catalog)
        for source in unsettled
    }
    others = ask.scores({source: [one.target for one in found] for source, found in places.items()})
    return {
        source: _chosen(
            source,
            given[source],
            mine[source],
            {one: others[source, one.target] for one in places.get(source, ())},
            len(wanted[source]),
        )
        for source in wanted
    }


def _by_source(images: t.Iterable[str], mirrors: MirrorTable) -> dict[str, list[_Wanted]]:
    """Return a few images of each source."""
    found: dict[str, dict[str, _Wanted]] = {}
    for text in images:
        try:
            parsed = parse_image(origin_of(text, mirrors))
        except ValueError:
            continue
        image = parsed.normalise()
        short = image.registry == DOCKER_HUB and "/" not in parsed.repository
        kept = found.setdefault(image.registry, {})
        # Images of other projects tell more than another of the same.
        kept.setdefault(image.repository, _Wanted(image, short))
    return {source: list(kept.values())[:SAMPLES] for source, kept in found.items()}


def _places(
    source: str, given: str, base: str, wanted: t.Sequence[_Wanted], catalog: t.Sequence[str]
) -> tuple[Candidate, ...]:
    repositories = [one.image.repository for one in wanted]
    repositories += [one.removeprefix("library/") for one in repositories]
    found = candidates(source, base, dict.fromkeys(repositories), catalog)
    return tuple(one for one in found if one.target != given)


@dataclasses.dataclass(frozen=True)
class _Asking:
    """Asks for the wanted images of sources at places, all at once."""

    holdings: Holdings
    wanted: t.Mapping[str, t.Sequence[_Wanted]]
    airgap: bool

    def scores(self, targets: t.Mapping[str, t.Sequence[str]]) -> dict[tuple[str, str], _Score]:
        """Return of each source and target of it how much it holds."""
        pairs = [(source, target) for source, places in targets.items() for target in places]
        names = [
            one.name(target, library=library)
            for source, target in pairs
            for one in self.wanted[source]
            for library in (False, True)
        ]
        held = self.holdings.held(list(dict.fromkeys(names))) if names else {}
        return {(source, target): self._score(source, target, held) for source, target in pairs}

    def _score(self, source: str, target: str, held: t.Mapping[str, bool]) -> _Score:
        """Return the better of two: short names as the webhook makes them, or below library/."""
        plain = self._count(source, target, held, library=not self.airgap)
        below = self._count(source, target, held, library=True)
        return below._replace(library=True) if below.held > plain.held else plain

    def _count(
        self, source: str, target: str, held: t.Mapping[str, bool], *, library: bool
    ) -> _Score:
        names = [one.name(target, library=library) for one in self.wanted[source]]
        answers = [held[name] for name in names if name in held]
        return _Score(sum(answers), len(answers))


def _chosen(
    source: str,
    given: str,
    mine: _Score,
    scores: t.Mapping[Candidate, _Score],
    wanted: int,
) -> Decision:
    """Return the one place that holds most, the given one if none holds more, else a question."""
    most = max((score.held for score in scores.values()), default=0)
    if most <= mine.held:
        return Decision(given, library=mine.library)
    best = [one for one, score in scores.items() if score.held == most]
    if len(best) > 1:
        return Decision(given, question=_question(source, [one.target for one in best], most))
    had = f"{given} holds {mine.held}" if given else "it had no entry"
    reason = f"it holds {most} of {wanted} images that were asked for, {had} ({best[0].layout})"
    return Decision(best[0].target, reason, library=scores[best[0]].library)


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


__all__ = ("SAMPLES", "Decision", "Holdings", "NoHoldings", "by_rules", "decide")
