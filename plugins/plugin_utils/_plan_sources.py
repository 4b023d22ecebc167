# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made of: settings, chart, images and cluster, gathered from where they are."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ..module_utils._evidence import Check, Finding, Severity, Status
from ..module_utils._images.inventory import parse_image_list
from ..module_utils._redact import Redactor
from ._plan.cluster import PlanCluster
from ._plan.live import adopted_settings
from ._plan.plan import ChartPlan, LiveState
from ._release.check import chart_check
from ._release.files import read_values_file
from ._release.values import merge_values, without_secrets

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
        check, chart = chart_check(subject, arguments["chart"])
        sources.checks.append(check)
        if chart:
            own, label = chart.values, chart.label
    user: dict[str, t.Any] = {}
    for path in arguments["values_files"]:
        try:
            user = merge_values(user, read_values_file(path))
        except ValueError as exc:
            fix = "correct image_swap_values_files"
            said = redact(str(exc))
            sources.checks.append(_failed("values file", subject, "values_file", path, said, fix))
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
        words.append("`plan_images`")
    path = arguments["images_file"]
    if path:
        try:
            text = pathlib.Path(path).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            fix = "set plan_images_file to a text file with one image a line"
            reason = getattr(exc, "strerror", None) or "it is no UTF-8 text"
            sources.checks.append(
                _failed("images file", subject, "images_file_unreadable", path, reason, fix)
            )
        else:
            named += parse_image_list(text)
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


def _failed(name: str, subject: str, code: str, what: str, said: str, fix: str) -> Check:
    finding = Finding(code, Severity.ERROR, what, said, fix)
    return Check(name, subject, Status.FAIL, "readable", "not readable", (finding,))


__all__ = ("PlanSources", "gather")
