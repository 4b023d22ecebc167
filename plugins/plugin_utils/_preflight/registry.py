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
from ...module_utils._images.explain import ASSUME_DEFAULT
from ...module_utils._redact import Redactor
from ...module_utils._registry.access import CHECK_NAME, registry_check
from ...module_utils._registry.results import MODES, Judge, missing_copies, summarise
from ...module_utils._registry.session import NotAskedError, RegistrySession
from ...module_utils._registry.targets import (
    Question,
    Route,
    questions_of_chart,
    questions_of_images,
)
from ...module_utils._registry.transport import Limits
from ...module_utils._settings.settings import Settings
from .._failure import Failure
from .._numbers import Range
from .checks import failed
from .images import ImageSources, WantedImages, write_copy_script

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
class RegistryOptions:
    """What is wanted of a registry: both modes are `required`, `warn` or `skip`.

    `images` is about images that it lacks, `registry` about a registry that lets nobody in; with
    `registry` skip nothing at all is asked. `timeout` is in seconds. `copies` says where the
    commands stand that copy all that is missing.
    """

    registry: str = "required"
    images: str = "warn"
    timeout: float = 10.0
    airgap: bool = True
    assume_default: bool | None = None
    copies: str = "see missing_copies"

    @classmethod
    def of(cls, arguments: t.Mapping[str, t.Any], images: str, copies: str) -> RegistryOptions:
        """Read what actions have in common: REGISTRY_ARGUMENTS, airgap and assume_default."""
        return cls(
            arguments["check_registry"],
            images,
            arguments["registry_timeout"],
            arguments["airgap"],
            ASSUME_DEFAULT[arguments["assume_default"]],
            copies,
        )


@dataclasses.dataclass(frozen=True)
class RegistryAnswer:
    """What came of it. `summary` counts the images by status, empty if none was asked for."""

    checks: tuple[Check, ...] = ()
    summary: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    copies: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class RegistryChecker:
    """One check of the registries to which some settings lead.

    `environment` has the variables of proxies; `redactor` is told their passwords.
    """

    options: RegistryOptions
    settings: Settings
    subject: str
    environment: t.Mapping[str, str]
    redactor: Redactor

    def run(self, inventory: t.Callable[[], WantedImages]) -> RegistryAnswer:
        """Ask who lets us in, then for the images. What cannot be asked is a check, too.

        `inventory` is called only when there is somebody to ask: to read a cluster takes seconds.
        """
        if self.options.registry == "skip":
            return RegistryAnswer((registry_check((), "skip", self.subject),))
        limits = Limits(self.options.timeout)
        try:
            session = RegistrySession.opened(self.settings, self.environment, limits, self.redactor)
        except NotAskedError as error:
            return self._prevented(error)
        with contextlib.closing(session):
            return self._ask(session, inventory)

    def _ask(
        self, session: RegistrySession, inventory: t.Callable[[], WantedImages]
    ) -> RegistryAnswer:
        hosts = self.settings.hosts
        session.probe([self.settings.host, *sorted(hosts)])
        found, questions = WantedImages(), []
        if not hosts <= session.closed and (self.options.images != "skip" or session.doubtful):
            found = inventory()
            questions = self._questions(found)
            session.settle(questions)
        check = registry_check(
            session.probes, self.options.registry, self.subject, self.settings.ca_cert
        )
        judge = Judge(
            self.options.images,
            self.subject,
            session.closed,
            self.options.airgap,
            self.settings.insecure_skip_verify,
            self.options.copies,
        )
        if self.options.images == "skip":
            return RegistryAnswer((check, judge.check(())))
        if hosts <= session.closed:
            return RegistryAnswer((check, judge.closed_check()))
        results, remarks = session.ask(questions, hosts, found.platforms)
        return RegistryAnswer(
            (check, judge.check(results, (*remarks, *found.remarks))),
            summarise(results),
            tuple(missing_copies(results, insecure=self.settings.insecure_skip_verify)),
        )

    def _questions(self, found: WantedImages) -> list[Question]:
        options = self.options
        route = Route.of(
            self.settings, airgap=options.airgap, assume_default=options.assume_default
        )
        chart = questions_of_chart(found.chart_images, self.settings.prefix)
        return [*chart, *questions_of_images(found.images, route)]

    def _prevented(self, error: NotAskedError) -> RegistryAnswer:
        """Return that nothing could be asked, for a reason that lies on the controller."""
        said = f"{error}, so the registry was not asked"
        finding = Finding(error.code, Severity.WARNING, error.subject, said, error.fix)
        actual = "not asked"
        check = Check(CHECK_NAME, self.subject, Status.SKIP, "it answers", actual, (finding,))
        return RegistryAnswer((check,))


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
        options = RegistryOptions.of(self.arguments, self.arguments["check_images"], self._copies)
        checker = RegistryChecker(options, settings, self.subject, self.environment, self.redactor)
        answer = checker.run(sources.inventory)
        self.checks += answer.checks
        return {
            "images_summary": dict(answer.summary),
            "missing_copies": [self.redactor.text(command) for command in answer.copies],
            "copy_script": self._written(answer, settings.endpoint),
        }

    @property
    def _copies(self) -> str:
        """Return in words where the commands are that copy what is missing."""
        script = self.arguments["copy_script"]
        if not script:
            return f"set preflight_copy_script {ALL_COPIES}"
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


__all__ = (
    "ALL_COPIES",
    "REGISTRY_ARGUMENTS",
    "REGISTRY_NUMBERS",
    "RegistryAnswer",
    "RegistryChecker",
    "RegistryOptions",
    "RegistryPreflight",
)
