# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan's inputs, from an action's options and whoever can be asked on the way."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import pathlib
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._mirrors.swap import ASSUME_DEFAULT
from ...module_utils._redact import Redactor
from ...module_utils._registry.copy_script import COPY_FILE
from ...module_utils._settings.lint import Linted, lint_inputs
from ...module_utils._settings.settings import chart_images
from .._failure import Failure
from .._preflight.checks import failed
from .._preflight.images import WantedImages, read_image_list
from .._preflight.registry import ALL_COPIES, RegistryChecker
from .._release.check import chart_check, values_checks
from .._release.values import merge_values, secrets_in, without_secrets
from .._settings import read_file
from .cluster import PlanCluster
from .discovery import PlanRegistry
from .live import adopted_settings
from .plan import ChartPlan, LiveState, PlanInputs
from .redaction import password_forms, redactor_of_data


@dataclasses.dataclass
class Planner:
    """Makes the inputs of one plan. `cluster` is None where there is none to ask.

    `kubeconfig` and `context` are for commands to type. `environment` has the proxies. `redactor`
    knows all secrets. `say` tells what is waited for. `bundled`: the plan is written into a folder.
    """

    subject: str
    arguments: t.Mapping[str, t.Any]
    cluster: PlanCluster | None
    kubeconfig: str
    context: str
    environment: t.Mapping[str, str]
    redactor: Redactor
    say: t.Callable[[str], None]
    bundled: bool = False

    def sources(self) -> PlanSources:
        """Gather what the plan is made of."""
        self.redactor.add(password_forms(self.arguments["settings"]))
        return gather(self.arguments, self.subject, self.cluster, self.redactor.text)

    def inputs(self, sources: PlanSources, now: datetime.datetime) -> PlanInputs:
        """Judge the settings and ask the registry; return all, redacted where it has to be."""
        arguments = self.arguments
        raw = arguments["settings"] if sources.adopted is None else sources.adopted
        self.redactor.add(password_forms(raw))
        self.redactor.add(secrets_in(sources.chart.user))
        sources = sources.redacted(redactor_of_data(self.redactor.secrets, raw))
        settings, findings = linted = self._settings(raw, sources, now)
        answer, proposal = self._registry(sources).ask(linted.usable, raw)
        redact = redactor_of_data(self.redactor.secrets, raw).text
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
            bundled=self.bundled,
            proposal=proposal,
        )

    def _settings(self, raw: object, sources: PlanSources, now: datetime.datetime) -> Linted:
        """Return the settings as far as they can be read, errors or not, and all findings."""
        own, arguments = sources.chart.own, self.arguments
        return lint_inputs(
            raw,
            airgap=arguments["airgap"],
            product=arguments["product"],
            node_path_style=arguments["node_path_style"],
            now=now,
            read_file=read_file,
            chart_images=chart_images(own) if own else (),
            images=sources.images,
            allow_ecr_token=arguments["allow_ecr_token"],
        )

    def _registry(self, sources: PlanSources) -> PlanRegistry:
        """Return the registry that is to be asked; of images those count that are named or run."""
        own, user = sources.chart.own, sources.chart.user
        wanted = WantedImages(
            sources.images if sources.images_from else (),
            chart_images(merge_values(own, user)) if own else (),
            tuple(self.arguments["architectures"]) or sources.platforms,
        )
        copies = f"all of them in {COPY_FILE}" if self.bundled else f"set plan_dir {ALL_COPIES}"
        checker = RegistryChecker(self.arguments, self.subject, copies)
        known = (*sources.images, *(chart_images(own) if own else ()))
        return PlanRegistry(checker, wanted, known, self.environment, self.redactor, self.say)


Arguments = t.Mapping[str, t.Any]


@dataclasses.dataclass
class PlanSources:
    """What was gathered. `adopted` is `palette_registry` as the cluster has it, None if not asked.

    `images_from` says where `images` come from, empty if nobody named any. `platforms` are those of
    the cluster's nodes.
    """

    chart: ChartPlan = dataclasses.field(default_factory=ChartPlan)
    live: LiveState = dataclasses.field(default_factory=LiveState)
    images: tuple[str, ...] = ()
    images_from: str = ""
    platforms: tuple[str, ...] = ()
    adopted: dict[str, t.Any] | None = None
    checks: list[Check] = dataclasses.field(default_factory=list)

    def redacted(self, redactor: Redactor) -> PlanSources:
        """Return them to be shown: without secrets in what the user and the cluster said.

        The settings and the collection's own words stay as they are.
        """
        user = redactor.data(without_secrets(self.chart.user))
        return dataclasses.replace(
            self,
            chart=dataclasses.replace(self.chart, user=user),
            live=dataclasses.replace(self.live, redact=redactor.text),
            images=tuple(redactor.text(image) for image in self.images),
        )


def gather(
    arguments: Arguments, subject: str, cluster: PlanCluster | None, redact: t.Callable[[str], str]
) -> PlanSources:
    """Gather everything; what cannot be had is a check and stops nothing.

    `redact` is for what the parser of a user's file says, which may quote the file.
    """
    sources = PlanSources()
    if arguments["airgap"]:
        _chart(sources, arguments, subject, redact)
    _named_images(sources, arguments, subject)
    if cluster is not None:
        _cluster(sources, arguments, cluster)
        sources.checks += cluster.checks
    return sources


def _chart(
    sources: PlanSources, arguments: Arguments, subject: str, redact: t.Callable[[str], str]
) -> None:
    own, label = None, ""
    if arguments["chart"]:
        check, chart = chart_check(subject, arguments["chart"], arguments["chart_sha256"])
        sources.checks.append(check)
        if chart:
            own, label = chart.values, chart.label
    wrong, user = values_checks(subject, arguments["values_files"])
    sources.checks += (check.rewritten(redact) for check in wrong)
    sources.chart = ChartPlan(
        label,
        arguments["chart"] or ChartPlan.reference,
        arguments["release_name"],
        arguments["release_namespace"],
        own,
        merge_values(user, arguments["values"]),
        arguments["is_eks"],
        arguments["ca_cert_encoding"],
    )


def _named_images(sources: PlanSources, arguments: Arguments, subject: str) -> None:
    named, words = list(arguments["images"]), []
    if named:
        words.append("`palette_images`")
    path = arguments["images_file"]
    if path:
        try:
            named += read_image_list(path)
        except Failure as failure:
            sources.checks.append(failed("images file", subject, failure))
        else:
            words.append(f"`{pathlib.Path(path).name}`")
    sources.images = tuple(dict.fromkeys(named))
    sources.images_from = " and ".join(words)


def _cluster(sources: PlanSources, arguments: Arguments, cluster: PlanCluster) -> None:
    facts = cluster.identity()
    if not facts:
        return
    known, secret = cluster.secret(needed=arguments["from_cluster"])
    sources.live = LiveState(str(facts.get("server", "")), known, secret)
    sources.platforms = tuple(facts.get("platforms", ()))
    if sources.chart.is_eks is None and "eks" in facts:
        sources.chart = dataclasses.replace(sources.chart, is_eks=facts["eks"])
    if secret is not None and arguments["from_cluster"] and not arguments["settings"]:
        name = ""
        if arguments["airgap"]:
            name = cluster.registry_name(arguments["release_name"], arguments["release_namespace"])
        sources.adopted = adopted_settings(secret, name)
        if arguments["airgap"] and not name:
            sources.adopted["name"] = sources.adopted["endpoint"]
            sources.checks.append(_name_assumed(cluster.subject))
    if not sources.images_from:
        sources.images = cluster.images()
        sources.images_from = "the pods and workload templates of the cluster"


def _name_assumed(subject: str) -> Check:
    finding = Finding(
        "name_assumed",
        Severity.WARNING,
        "palette_registry.name",
        "the Secret does not hold the registry's name, and no image-swap release was found that "
        "does: the endpoint was taken for it",
        "write the name that you want into palette_registry.yml",
    )
    return Check("registry name", subject, Status.WARN, "", "assumed", (finding,))


__all__ = ("PlanSources", "Planner", "gather")
