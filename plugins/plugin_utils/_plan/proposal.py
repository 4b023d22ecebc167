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

from ...module_utils._evidence import Check, Finding, Status
from ...module_utils._fix import edits_of
from ...module_utils._image_name import DOCKER_HUB
from ...module_utils._mirrors.entry_rules import corrected
from ...module_utils._mirrors.lint.node import without_v2
from ...module_utils._mirrors.lint.palette import WELL_KNOWN_SOURCES, with_old_paths
from ...module_utils._mirrors.lint.rule import LintContext
from ...module_utils._mirrors.lint.table import lint
from ...module_utils._mirrors.notation import parse_mirrors
from ...module_utils._mirrors.notations.endpoint import has_v2
from ...module_utils._mirrors.table import DEFAULT, MirrorEntry, MirrorTable
from ...module_utils._settings.parse import parse_settings
from ...module_utils._settings.settings import Settings
from .candidates import before_4_8, since_4_8
from .places import Decision, Holdings, decide

LIBRARY = f"{DOCKER_HUB}/library"
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

    def table(self, *, whole: bool = False) -> tuple[str, ...]:
        """Return the difference to what was given in short lines, none where there is none.

        They are few, unless the `whole` is wanted, since no file will tell the others.
        """
        shown = self.changes if whole else self.changes[:_SHOWN]
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


def starting_settings(
    raw: t.Mapping[str, t.Any],
) -> tuple[dict[str, t.Any], list[Change]]:
    """Return `palette_registry` with what is mended without a question, and each change."""
    mended, changes = dict(raw), []
    edits = {
        edit.place: edit.new
        for finding in parse_settings(raw).findings
        for edit in edits_of(finding.fix)
        if edit.kind == "setting"
    }
    for field in ("endpoint", "base_content_path"):
        if field in edits:
            mended[field] = edits[field]
            reason = "it stands in image names: no scheme, no slash at the ends, no /v2"
            shown = str(raw[field]).rpartition("@")[2]  # people write user:password@host
            changes.append(Change(field, shown, edits[field], reason))
    base = _base(mended)
    given_mirrors = raw.get("mirrors")
    table = parse_mirrors(given_mirrors).table if given_mirrors else MirrorTable()
    if not len(table):
        entries = [MirrorEntry(one, since_4_8(one, base).target) for one in WELL_KNOWN_SOURCES]
        reason = "no entry was given: these are the sources of Palette's page"
        changes.append(Change("mirrors", _NOTHING, f"{len(entries)} entries", reason))
    else:
        entries = list(_mended_entries(table, changes))
    mended["mirrors"] = MirrorTable(tuple(entries)).to_list()
    return mended, changes


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
            better = dataclasses.replace(better, target=without_v2(better.target))
            reason = "to the webhook /v2 is a project; for nodes the path style adds it"
        if better != entry:
            changes.append(Change(better.source, str(entry), str(better), reason))
        yield better


class _Draft:
    """A table on its way to what is proposed, and each change on that way."""

    def __init__(self, mirrors: MirrorTable, changes: t.Iterable[Change]) -> None:
        self.entries = {entry.source: entry for entry in mirrors}
        self.changes = list(changes)

    @property
    def mirrors(self) -> MirrorTable:
        """Return the table as it is now."""
        return MirrorTable(tuple(self.entries.values()))

    def put(self, source: str, target: str, reason: str) -> None:
        """Give a source another target, or one at all; none exempts it."""
        given = self.entries[source].target if source in self.entries else ""
        self.changes.append(Change(source, given or _NOTHING, target or "exempt", reason))
        self.entries[source] = MirrorEntry(source, target)


def propose(
    settings: Settings,
    begun: t.Iterable[Change],
    images: t.Iterable[str],
    holdings: Holdings,
    *,
    airgap: bool,
) -> Proposal:
    """Return the proposal for settings that can be read, of which `begun` has changed something.

    `images` are those that matter, as manifests name them.
    """
    draft = _Draft(settings.mirrors, begun)
    given = {entry.source: entry.target for entry in settings.mirrors if entry.target}
    filled = _filled(settings)
    sources = {**given, **dict.fromkeys(filled, "")}
    decisions = decide(sources, images, settings.mirrors, settings.prefix, holdings, airgap=airgap)
    questions = []
    for source, target in sources.items():
        decision = decisions.get(source, Decision(target))
        if decision.question is not None:
            questions.append(decision.question)
        elif not decision.target:
            decision = filled[source]
        if decision.target != target:
            draft.put(source, decision.target, decision.reason)
        if decision.library and LIBRARY not in draft.entries:
            reason = "the registry holds images with short names below library/ alone"
            draft.put(LIBRARY, f"{decision.target}/library", reason)
    style = _mended_by_lint(draft, settings, holdings, airgap=airgap)
    api = _api_path(draft, settings, holdings)
    proposed = dataclasses.replace(
        settings, mirrors=draft.mirrors, node_path_style=style, api_path=api
    )
    return Proposal(proposed, tuple(draft.changes), tuple(questions), holdings.how)


def _filled(settings: Settings) -> dict[str, Decision]:
    """Return what the rules put where Palette pulls from a source that has no entry."""
    table = settings.mirrors.targets()
    sources: tuple[str, ...] = WELL_KNOWN_SOURCES
    if table.get(DEFAULT):  # it serves them, but who has the old package source needs the new one
        sources = ("us-docker.pkg.dev",) if "us-east1-docker.pkg.dev" in table else ()
    layout = before_4_8 if with_old_paths(table) else since_4_8
    found = {}
    for source in sources:
        if source not in table:
            one = layout(source, settings.prefix)
            reason = f"Palette pulls from it, too; the path is that of {one.layout}"
            found[source] = Decision(one.target, reason)
    return found


def _mended_by_lint(draft: _Draft, settings: Settings, holdings: Holdings, *, airgap: bool) -> str:
    """Exempt registries whose images would be swapped a second time; return the path style."""
    style = settings.node_path_style
    context = LintContext(airgap=airgap, endpoint=settings.endpoint, node_path_style=style)
    for finding in lint(parse_mirrors(draft.mirrors), context):
        for edit in edits_of(finding.fix):
            exempts = edit.kind == "entry" and not edit.old and edit.new.endswith("::")
            host = edit.new.removesuffix("::")
            if finding.code in _SWAPPED_AGAIN and exempts and DEFAULT in draft.entries:
                if host not in draft.entries:
                    draft.put(host, "", "else the webhook swaps its own result once more")
            elif finding.code == "v2_missing_for_nodes" and not holdings.no_api:
                style = edit.new
    if style != settings.node_path_style:
        reason = (
            f"nodes take an endpoint with a path as it stands, and {_answers(settings, holdings)}: "
            "the Secret gets it before each path, the chart does not"
        )
        change = Change("palette_node_path_style", settings.node_path_style, style, reason)
        draft.changes.append(change)
    return style


def _answers(settings: Settings, holdings: Holdings) -> str:
    if holdings.api is None:
        return "most registries answer at /v2/"
    return f"{settings.host} answers at {f'/{holdings.api}' if holdings.api else ''}/v2/"


def _api_path(draft: _Draft, settings: Settings, holdings: Holdings) -> str:
    """Return the path below which the registry's API lies: what is told, else what was found."""
    found = holdings.api
    if not found or settings.api_places:
        return settings.api_path
    draft.changes.append(Change("api_path", _NOTHING, found, _answers(settings, holdings)))
    return found


__all__ = ("LIBRARY", "Change", "Proposal", "propose", "starting_settings")
