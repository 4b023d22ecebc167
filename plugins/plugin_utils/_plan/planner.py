# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan's inputs, from an action's options and whoever can be asked on the way."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ...module_utils._evidence import Finding, Status, status_of
from ...module_utils._redact import Redactor
from ...module_utils._registry.copy_script import COPY_FILE
from ...module_utils._registry.module import ASSUME_DEFAULT
from ...module_utils._settings.lint import lint_inputs
from ...module_utils._settings.settings import Settings, chart_images
from .._plan_sources import PlanSources, gather
from .._preflight.registry import Inventory, RegistryAnswer, RegistryTalk, Wish
from .._release.values import merge_values, secrets_in
from .._settings import parse, read_file
from .cluster import PlanCluster
from .plan import PlanInputs
from .redaction import password_forms, redactor_of_data


@dataclasses.dataclass
class Planner:
    """Makes the inputs of one plan. `cluster` is None where there is none to ask.

    `kubeconfig` and `context` are for commands to type. `environment` has the proxies. `hide` is
    told secrets, and `secrets` returns all of them. `bundled`: the plan is written into a folder.
    """

    subject: str
    arguments: t.Mapping[str, t.Any]
    cluster: PlanCluster | None
    kubeconfig: str
    context: str
    environment: t.Mapping[str, str]
    hide: t.Callable[[t.Iterable[str]], None]
    secrets: t.Callable[[], t.Iterable[str]]
    bundled: bool = False

    def sources(self) -> PlanSources:
        """Gather what the plan is made of."""
        self.hide(password_forms(self.arguments["settings"]))
        redact = Redactor(self.secrets()).text
        return gather(self.arguments, self.subject, self.cluster, redact)

    def inputs(self, sources: PlanSources, now: datetime.datetime) -> PlanInputs:
        """Judge the settings and ask the registry; return all, redacted where it has to be."""
        arguments = self.arguments
        raw = arguments["settings"] if sources.adopted is None else sources.adopted
        self.hide(password_forms(raw))
        self.hide(secrets_in(sources.chart.user))
        sources = sources.redacted(redactor_of_data(self.secrets(), raw))
        settings, findings = self._settings(raw, sources, now)
        answer = RegistryAnswer()
        if settings is not None and status_of(findings) is not Status.FAIL:
            answer = self._registry(settings, sources)
        redact = redactor_of_data(self.secrets(), raw).text
        return PlanInputs(
            self.subject,
            settings,
            findings,
            (*sources.checks, *(check.rewritten(redact) for check in answer.checks)),
            self.kubeconfig,
            self.context,
            airgap=arguments["airgap"],
            product=arguments["product"],
            node_path_style=arguments["node_path_style"],
            assume_default=ASSUME_DEFAULT[arguments["assume_default"]],
            chart=sources.chart,
            live=sources.live,
            images=sources.images,
            images_from=sources.images_from,
            missing_copies=tuple(map(redact, answer.copies)),
        )

    def _settings(
        self, raw: object, sources: PlanSources, now: datetime.datetime
    ) -> tuple[Settings | None, tuple[Finding, ...]]:
        """Return the settings as far as they can be read, errors or not, and all findings."""
        own, arguments = sources.chart.own, self.arguments
        airgap, style = arguments["airgap"], arguments["node_path_style"]
        findings = lint_inputs(
            raw,
            airgap=airgap,
            product=arguments["product"],
            node_path_style=style,
            now=now,
            read_file=read_file,
            chart_images=chart_images(own) if own else (),
            images=sources.images,
            allow_ecr_token=arguments["allow_ecr_token"],
        )[1]
        return parse(raw, airgap=airgap, node_path_style=style).settings, findings

    def _registry(self, settings: Settings, sources: PlanSources) -> RegistryAnswer:
        """Return what the registry says; of images only those count that somebody named or runs."""
        own, user = sources.chart.own, sources.chart.user
        inventory = Inventory(
            sources.images if sources.images_from else (),
            chart_images(merge_values(own, user)) if own else (),
            tuple(self.arguments["architectures"]) or sources.platforms,
        )
        copies = f"all of them in {COPY_FILE}" if self.bundled else Wish.copies
        wish = Wish.of(self.arguments, self.arguments["missing_images"], copies)
        talk = RegistryTalk(wish, settings, self.subject, self.environment, self.hide)
        return talk.hold(lambda: inventory)


__all__ = ("Planner",)
