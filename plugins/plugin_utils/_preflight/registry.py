# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks the registry of an override, from the process of an action.

No module is run: what one returns is masked by Ansible wherever a password happens to be one of
its words, a status or a check's name, and one that gets no password need not keep it.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._mirrors.swap import ASSUME_DEFAULT
from ...module_utils._redact import Redactor
from ...module_utils._registry.access import CHECK_NAME, MODES
from ...module_utils._registry.examine import Examination, Examined, Wanted, examine, not_examined
from ...module_utils._registry.session import NotAskedError, RegistrySession
from ...module_utils._registry.transport import Limits
from ...module_utils._settings.settings import Settings
from .._failure import Failure
from .._numbers import Range
from .checks import failed
from .images import ImageSources, WantedImages, write_copy_script

if t.TYPE_CHECKING:
    from ...module_utils._registry.results import ImageResult
    from ...module_utils._registry.targets import Lookup

# Must be kept in sync with plugins/doc_fragments/registry.py.
REGISTRY_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "check_registry": {"type": "str", "default": "required", "choices": list(MODES)},
    "registry_timeout": {"type": "float", "default": 10.0},
    "allow_ecr_token": {"type": "bool", "default": False},
    "architectures": {"type": "list", "elements": "str", "default": []},
}
ALL_COPIES = "for a script with all of them; a job of AWX has them among its artifacts"
"""What a variable is to be set for, where there is no script."""

REGISTRY_NUMBERS: dict[str, Range] = {"registry_timeout": (0.1, 999)}


@dataclasses.dataclass(frozen=True)
class RegistryChecker:
    """One check of the registries to which some settings lead, for an action's arguments.

    `copies` says where the commands stand that copy all that is missing.
    """

    arguments: t.Mapping[str, t.Any]
    subject: str
    copies: str = "see missing_copies"

    @property
    def skipped(self) -> Examined | None:
        """Return the check that says that nobody is to be asked; None where somebody is."""
        if self.arguments["check_registry"] != "skip":
            return None
        return not_examined(self.subject)

    def run(self, session: RegistrySession, images: t.Callable[[], WantedImages]) -> Examined:
        """Ask who lets us in, then for the images.

        `images` is called only when there is somebody to ask: to read a cluster takes seconds.
        """
        arguments = self.arguments
        how = Examination(
            self.subject,
            arguments["check_registry"],
            arguments["check_images"],
            arguments["airgap"],
            self.copies,
        )

        def wanted() -> Wanted:
            found = images()
            lookups = self._lookups(session.settings, found)
            return Wanted(lookups, found.platforms, found.remarks)

        return examine(session, how, session.settings.hosts, wanted, costly=True)

    def prevented(self, error: NotAskedError) -> Examined:
        """Return that nothing could be asked, for a reason that lies on the controller."""
        said = f"{error}, so the registry was not asked"
        finding = Finding(error.code, Severity.WARNING, error.subject, said, error.fix)
        actual = "not asked"
        check = Check(CHECK_NAME, self.subject, Status.SKIP, "it answers", actual, (finding,))
        return Examined((check,))

    def _lookups(self, settings: Settings, found: WantedImages) -> list[Lookup]:
        from ...module_utils._registry.targets import Route, lookups_of_chart, lookups_of_images

        assume_default = ASSUME_DEFAULT[self.arguments["assume_default"]]
        route = Route.of(settings, airgap=self.arguments["airgap"], assume_default=assume_default)
        chart = lookups_of_chart(found.chart_images, settings.prefix)
        return [*chart, *lookups_of_images(found.images, route)]


@dataclasses.dataclass
class RegistryPreflight:
    """Asks the registry what an action's options say. What it answers is added to `checks`.

    `environment` has the proxies.
    """

    subject: str
    arguments: t.Mapping[str, t.Any]
    environment: t.Mapping[str, str]
    redactor: Redactor
    check_mode: bool
    checks: list[Check]

    def ask(self, settings: Settings, sources: ImageSources) -> dict[str, t.Any]:
        """Return what is to be told beside the checks, as an action returns it."""
        answer = self._examined(settings, sources)
        self.checks += answer.checks
        return {
            "images_summary": {} if answer.results is None else _summary(answer.results),
            "missing_copies": [self.redactor.text(command) for command in answer.copies],
            "copy_script": self._written(answer, settings.endpoint),
        }

    def _examined(self, settings: Settings, sources: ImageSources) -> Examined:
        checker = RegistryChecker(self.arguments, self.subject, self._copies)
        if checker.skipped:
            return checker.skipped
        limits = Limits(self.arguments["registry_timeout"])
        try:
            session = RegistrySession.opened(settings, self.environment, limits, self.redactor)
        except NotAskedError as error:
            return checker.prevented(error)
        with contextlib.closing(session):
            return checker.run(session, sources.wanted)

    @property
    def _copies(self) -> str:
        """Return in words where the commands are that copy what is missing."""
        script = self.arguments["copy_script"]
        if not script:
            return f"set preflight_copy_script {ALL_COPIES}"
        writes = "a run without --check writes" if self.check_mode else "this run wrote"
        return f"{writes} all of them to {script}"

    def _written(self, answer: Examined, endpoint: str) -> str:
        """Write the script, if one is wanted and images were looked for; return its path or ""."""
        script = self.arguments["copy_script"]
        if not script or answer.results is None or self.check_mode:
            return ""
        try:
            return write_copy_script(script, answer.copies, endpoint)
        except Failure as failure:
            self.checks.append(failed("copy script", self.subject, failure))
            return ""


def _summary(results: t.Sequence[ImageResult]) -> dict[str, t.Any]:
    from ...module_utils._registry.results import summarise

    return summarise(results)


__all__ = (
    "ALL_COPIES",
    "REGISTRY_ARGUMENTS",
    "REGISTRY_NUMBERS",
    "RegistryChecker",
    "RegistryPreflight",
)
