# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the registry holds before an override, and the script that copies what it lacks."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ..module_utils._evidence import Check
from ..module_utils._settings.settings import Settings
from ._failure import Failure
from ._preflight.cluster import failed
from ._preflight.images import ImageSources, write_copy_script
from ._preflight.registry import RegistryAnswer, RegistryTalk, Wish


@dataclasses.dataclass
class RegistryPreflight:
    """Asks the registry what an action's options say. What it answers is added to `checks`.

    `environment` has the proxies, `hide` is told the secrets, `redact` is for what is returned.
    """

    subject: str
    arguments: t.Mapping[str, t.Any]
    environment: t.Mapping[str, str]
    hide: t.Callable[[t.Iterable[str]], None]
    redact: t.Callable[[str], str]
    check_mode: bool
    checks: list[Check]

    def ask(self, settings: Settings, sources: ImageSources) -> dict[str, t.Any]:
        """Return what is to be told beside the checks, as an action returns it."""
        wish = Wish.of(self.arguments, self.arguments["images"], self._copies)
        talk = RegistryTalk(wish, settings, self.subject, self.environment, self.hide)
        answer = talk.hold(sources.inventory)
        self.checks += answer.checks
        return {
            "images_summary": dict(answer.summary),
            "missing_copies": [self.redact(command) for command in answer.copies],
            "copy_script": self._written(answer, settings.endpoint),
        }

    @property
    def _copies(self) -> str:
        """Return in words where the commands are that copy what is missing."""
        script = self.arguments["copy_script"]
        if not script:
            return "set preflight_copy_script for a script with all of them"
        writes = "a run without --check writes" if self.check_mode else "this run wrote"
        return f"{writes} all of them to {script}"

    def _written(self, answer: RegistryAnswer, endpoint: str) -> str:
        """Write the script, if one is wanted and images were looked for; return its path or ""."""
        script = self.arguments["copy_script"]
        if not script or not answer.summary or self.check_mode:
            return ""
        try:
            return write_copy_script(script, answer.copies, endpoint)
        except Failure as failure:
            self.checks.append(failed("copy script", self.subject, failure))
            return ""


__all__ = ("RegistryPreflight",)
