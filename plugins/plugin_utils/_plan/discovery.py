# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry asked for a proposal: with few questions, and no longer than it answers."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ...module_utils._redact import Redactor
from ...module_utils._registry.client import NO_API
from ...module_utils._registry.results import ImageStatus
from ...module_utils._registry.session import NotAskedError, RegistrySession
from ...module_utils._registry.targets import questions_of_targets
from ...module_utils._registry.transport import Limits
from ...module_utils._settings.settings import Settings
from .places import Holdings, NoHoldings, by_rules

MOST_QUESTIONS = 200
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
    left: int = MOST_QUESTIONS
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
        results, _remarks = self.session.ask(questions_of_targets(now), frozenset({self.host}))
        if self.host in self.session.closed:
            self.refusal = self.session.probes[0].told()
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
        tail = f", stopped after {MOST_QUESTIONS}" if self.given_up else ""
        return f"{self.host} was asked for {self.asked} images{tail}"


@contextlib.contextmanager
def opened(
    settings: Settings,
    environment: t.Mapping[str, str],
    timeout: float,
    redactor: Redactor,
    say: Say,
) -> t.Iterator[Holdings]:
    """Open the registry of settings; one that cannot be asked holds nothing, and says why."""
    limits = Limits(min(timeout, _LONGEST_TIMEOUT), attempts=1)
    try:
        session = RegistrySession.opened(settings, environment, limits, redactor)
    except NotAskedError as error:
        yield NoHoldings(by_rules(str(error)))
        return
    with contextlib.closing(session):
        session.probe([settings.host])
        refusal = session.probes[0].error
        no_api = refusal is not None and refusal.code in NO_API
        if refusal is not None and (no_api or settings.host in session.closed):
            yield NoHoldings(by_rules(refusal.message), no_api)
        else:
            yield RegistryHoldings(session, settings.host, say)


__all__ = ("MOST_QUESTIONS", "NO_IMAGES", "RegistryHoldings", "opened")
