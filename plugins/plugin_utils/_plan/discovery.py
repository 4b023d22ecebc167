# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry asked for a proposal: with few lookups, and no longer than it answers."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ...module_utils._redact import Redactor
from ...module_utils._registry.client import NO_API
from ...module_utils._registry.examine import Examined
from ...module_utils._registry.results import ImageStatus
from ...module_utils._registry.session import NotAskedError, RegistrySession
from ...module_utils._registry.targets import lookups_of_targets
from ...module_utils._registry.transport import Limits
from ...module_utils._settings.settings import Settings
from .._preflight.images import WantedImages
from .._preflight.registry import RegistryChecker
from .._settings import parse
from .places import Holdings, NoHoldings, by_rules
from .proposal import Change, Proposal, propose, starting_settings

MOST_IMAGES = 200
"""So many images are asked for at most, at all places together."""

NO_IMAGES = "no image is known to ask for"
_LONGEST_TIMEOUT = 5.0  # seconds; one attempt each
_ANSWERS = {
    ImageStatus.PRESENT: True,
    ImageStatus.WRONG_PLATFORM: True,
    ImageStatus.MISSING: False,
    # A project that is not there is often refused, not missing.
    ImageStatus.UNAUTHORIZED: False,
}

Say = t.Callable[[str], None]


@dataclasses.dataclass
class RegistryHoldings:
    """What one registry holds. `left` counts down; with none left nothing more is asked."""

    session: RegistrySession
    host: str
    say: Say
    left: int = MOST_IMAGES
    asked: int = 0
    given_up: bool = False
    refusal: str = ""
    no_api: bool = False

    def held(self, images: t.Sequence[str]) -> dict[str, bool]:
        """Return of each image whether it is there; those that got no answer are left out.

        Others than the settings' registry are not asked: the credentials are not theirs.
        """
        mine = [image for image in images if image.startswith(f"{self.host}/")]
        now = mine[: self.left]
        self.given_up |= len(now) < len(mine)
        if not now or self.refusal:
            return {}
        self.left -= len(now)
        self.asked += len(now)
        self.say(f"Asking {self.host} for {len(now)} images, to propose mirrors ...")
        results, _remarks = self.session.ask(lookups_of_targets(now), frozenset({self.host}))
        if self.host in self.session.closed:
            self.refusal = self.session.probes[0].told()
        elif all(one.unreachable for one in results):
            self.refusal = results[0].reason
        if self.refusal:
            return {}
        return {one.target: _ANSWERS[one.status] for one in results if one.status in _ANSWERS}

    def catalog(self) -> tuple[str, ...]:
        """Return the first thousand repositories that it names, none where it does not tell."""
        return () if self.refusal else self.session.repositories(self.host)

    @property
    def api(self) -> str:
        """Return the path below which its API was found, or told; "" for none."""
        return self.session.api_path(self.host)

    @property
    def how(self) -> str:
        """Return in words on what ground a proposal stands that asked this registry."""
        if self.refusal or not self.asked:
            return by_rules(self.refusal or NO_IMAGES)
        tail = f", stopped after {MOST_IMAGES}" if self.given_up else ""
        return f"{self.host} was asked for {self.asked} images{tail}"


def holdings_of(session: RegistrySession, say: Say) -> Holdings:
    """Return what a registry holds; one that lets nobody in holds nothing, and says why."""
    host = session.settings.host
    session.probe([host])
    refusal = session.probes[0].error
    no_api = refusal is not None and refusal.code in NO_API
    if refusal is not None and (no_api or host in session.closed):
        return NoHoldings(by_rules(refusal.message), no_api)
    return RegistryHoldings(session, host, say)


@dataclasses.dataclass(frozen=True)
class PlanRegistry:
    """The registry of a plan, asked in one session: what it lacks, and what to propose.

    `wanted` is what the check looks for, `known` all images by which a proposal finds its way.
    """

    checker: RegistryChecker
    wanted: WantedImages
    known: tuple[str, ...]
    environment: t.Mapping[str, str]
    redactor: Redactor
    say: Say

    def ask(self, usable: Settings | None, raw: object) -> tuple[Examined, Proposal | None]:
        """Check usable settings, and propose from what can be read of `palette_registry`."""
        start, changes = self._start(raw)
        with contextlib.ExitStack() as stack:
            answer, holdings = self._answers(stack, usable, start)
            if start is None:
                return answer, None
            airgap = self.checker.arguments["airgap"]
            return answer, propose(start, changes, self.known, holdings, airgap=airgap)

    def _start(self, raw: object) -> tuple[Settings | None, list[Change]]:
        if not isinstance(raw, t.Mapping):
            return None, []
        mended, changes = starting_settings(raw)
        airgap = self.checker.arguments["airgap"]
        style = self.checker.arguments["node_path_style"]
        return parse(mended, airgap=airgap, node_path_style=style).settings, changes

    def _answers(
        self, stack: contextlib.ExitStack, usable: Settings | None, start: Settings | None
    ) -> tuple[Examined, Holdings]:
        settings = usable or start
        skipped = self.checker.skipped
        if skipped or settings is None:
            said = by_rules("the registry was not to be asked")
            return skipped if skipped and usable else Examined(), NoHoldings(said)
        timeout = self.checker.arguments["registry_timeout"]
        # A proposal alone waits less: nobody has seen this registry answer.
        limits = Limits(timeout) if usable else Limits(min(timeout, _LONGEST_TIMEOUT), attempts=1)
        try:
            session = RegistrySession.opened(settings, self.environment, limits, self.redactor)
        except NotAskedError as error:
            checked = self.checker.prevented(error) if usable else Examined()
            return checked, NoHoldings(by_rules(str(error)))
        stack.enter_context(contextlib.closing(session))
        checked = self.checker.run(session, lambda: self.wanted) if usable else Examined()
        if not self.known:
            return checked, NoHoldings(by_rules(NO_IMAGES))
        return checked, holdings_of(session, self.say)


__all__ = ("MOST_IMAGES", "NO_IMAGES", "PlanRegistry", "RegistryHoldings", "holdings_of")
