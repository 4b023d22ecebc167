# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan: what an override would do, told before anything is changed."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ...module_utils._causes import merge_findings
from ...module_utils._evidence import Check, Finding, Severity, Status, overall, status_of
from ...module_utils._images.examples import example_images
from ...module_utils._images.explain import SwapMaps, read_swap_maps
from ...module_utils._images.outcome import NodeMirrors, Outcome, outcome
from ...module_utils._settings.settings import Settings, chart_values, secret_data
from .._override.secret import LiveSecret
from .._release.values import merge_values
from .live import Difference, differences
from .nodes import NodeType, node_types
from .proposal import Proposal
from .webhook_map import PlannedMap
from .yaml_files import PASSWORD_PLACEHOLDER, secret_yaml, values_yaml, without_password

SCHEMA = "palette.image_registry/plan/1"
SECRET_FILE = "registry-secret.yaml"
VALUES_FILE = "values.yaml"
PROPOSAL_FILE = "registry.yml"

# Where the page's complete example keeps what the override sets.
_PAGE_LAYOUT: dict[str, t.Any] = {"config": {"imageSwapConfig": {}, "ociImageRegistry": {}}}


@dataclasses.dataclass(frozen=True)
class ChartPlan:
    """What decides the chart's values: its own, the user's, and how it wants two of ours.

    `own` None means that no chart could be read. `reference` is how Helm finds the chart,
    `release` and `namespace` name its release.
    """

    label: str = ""
    reference: str = "image-swap-*.tgz"
    release: str = "image-swap"
    namespace: str = "default"
    own: t.Mapping[str, t.Any] | None = None
    user: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    is_eks: bool | None = None
    ca_cert_encoding: str = "pem"


@dataclasses.dataclass(frozen=True)
class LiveState:
    """The cluster, as far as it was asked. `secret` None: there is none, or it is not `known`.

    `redact` takes secrets out of what the cluster has.
    """

    server: str = ""
    known: bool = False
    secret: LiveSecret | None = None
    redact: t.Callable[[str], str] = str


@dataclasses.dataclass(frozen=True)
class PlanInputs:
    """Everything that a plan is made of.

    `settings` is None where they cannot be read at all; `findings` are those of the lint, and
    `checks` what was proven on the way. `kubeconfig` and `context` are for the commands to type,
    empty if nobody named them. `images_from` says in words where `images` come from.
    `webhook_map` is the map that the webhook will have, None where only the mirrors are known.
    `missing_copies` are the commands that copy what the registry lacks. `proposal` is what the
    settings had better be, None where not even the registry can be read. `bundled`: the plan is
    written into a folder.

    All but the settings' password is shown as it is: what others said comes in redacted.
    """

    subject: str
    settings: Settings | None
    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    kubeconfig: str = ""
    context: str = ""
    airgap: bool = True
    product: str = "palette"
    node_path_style: str = "verbatim"
    assume_default: bool | None = None
    chart: ChartPlan = dataclasses.field(default_factory=ChartPlan)
    live: LiveState = dataclasses.field(default_factory=LiveState)
    images: tuple[str, ...] = ()
    images_from: str = ""
    webhook_map: PlannedMap | None = None
    missing_copies: tuple[str, ...] = ()
    bundled: bool = True
    proposal: Proposal | None = None


class Plan:
    """A plan, worked out from its inputs."""

    def __init__(self, inputs: PlanInputs) -> None:
        """Keep the inputs; everything else follows from them.

        What is shown is made of settings that hold the placeholder. Redaction of finished files
        would tear up a domain in which the password is a word, and tell the password by the gap.
        """
        self.inputs = inputs
        self.settings = inputs.settings
        if self.settings is not None and self.settings.password:
            self.settings = dataclasses.replace(self.settings, password=PASSWORD_PLACEHOLDER)

    @functools.cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Return what changes in the live Secret; empty if it was not asked."""
        settings, live = self.inputs.settings, self.inputs.live
        if settings is None or not live.known:
            return ()
        return differences(settings, live.secret, live.redact)

    @functools.cached_property
    def values(self) -> dict[str, t.Any] | None:
        """Return the chart's values, None outside an airgap and where they cannot be told."""
        chart = self.inputs.chart
        if self.settings is None or not self.inputs.airgap:
            return None
        own = _PAGE_LAYOUT if chart.own is None else chart.own
        ours = chart_values(
            self.settings,
            merge_values(own, chart.user),
            is_eks=chart.is_eks,
            ca_cert_encoding=chart.ca_cert_encoding,
        )
        return merge_values(chart.user, ours)

    @functools.cached_property
    def images_from(self) -> str:
        """Return where the images come from, in words."""
        return self.inputs.images_from or "one example for each source of the mirror table"

    @functools.cached_property
    def images(self) -> tuple[Outcome, ...]:
        """Return what becomes of each image."""
        if self.settings is None:
            return ()
        table = self.settings.mirrors
        maps = self._swap_maps(self.settings) if self.inputs.airgap else None
        node = NodeMirrors(table, self.inputs.node_path_style)
        named = self.inputs.images if self.inputs.images_from else example_images(table)
        return tuple(outcome(image, maps, node) for image in named)

    def _swap_maps(self, settings: Settings) -> SwapMaps:
        known = self.inputs.webhook_map
        if known is not None:
            return read_swap_maps(known.text, "imageswap_map")
        return read_swap_maps(settings.mirror_string, "palette", self.inputs.assume_default)

    @functools.cached_property
    def nodes(self) -> tuple[NodeType, ...]:
        """Return what each type of node requests."""
        if self.settings is None:
            return ()
        return tuple(node_types(self.settings.mirrors, self.inputs.node_path_style))

    @functools.cached_property
    def checks(self) -> tuple[Check, ...]:
        """Return everything that the plan proves, the inputs first."""
        checks = (self._input_check(), *self.inputs.checks, *self._result_checks())
        proposal = self.inputs.proposal
        if proposal is None:
            return checks
        path = PROPOSAL_FILE if self.inputs.bundled else ""
        return (*checks, proposal.check(self.inputs.subject, path))

    @property
    def status(self) -> Status:
        """Return the verdict."""
        return overall(check.status for check in self.checks)

    @property
    def ready(self) -> bool:
        """Return whether nothing speaks against the override but warnings."""
        return self.status is not Status.FAIL

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings of all checks, each once."""
        return tuple(dict.fromkeys(item for check in self.checks for item in check.findings))

    def files(self) -> dict[str, str]:
        """Return the files that a person applies, by name."""
        files = {}
        if self.settings is not None:
            files[SECRET_FILE] = secret_yaml(secret_data(self.settings))
        if self.values is not None:
            files[VALUES_FILE] = values_yaml(self.values)
        return files

    def to_dict(self) -> dict[str, t.Any]:
        """Return the plan as data; its form is named by `schema`."""
        inputs = self.inputs
        return {
            "schema": SCHEMA,
            "subject": inputs.subject,
            "server": inputs.live.server,
            "status": self.status.value,
            "ready": self.ready,
            "airgap": inputs.airgap,
            "product": inputs.product,
            "node_path_style": inputs.node_path_style,
            "chart": inputs.chart.label,
            "mirrors": self.settings.mirrors.to_list() if self.settings else [],
            "secret": self._secret_shown(),
            "values": None if self.values is None else without_password(self.values),
            "live_secret": self._live_word(),
            "differences": [difference.to_dict() for difference in self.differences],
            "images_from": self.images_from,
            "images": [image.to_full_dict() for image in self.images],
            "missing_copies": list(inputs.missing_copies),
            "nodes": [node.to_dict() for node in self.nodes],
            "proposal": None if inputs.proposal is None else inputs.proposal.to_dict(),
            "checks": [check.to_dict() for check in self.checks],
        }

    def _not_mirrored(self) -> t.Iterator[Finding]:
        """Yield the images that no entry serves, which an airgap cannot pull."""
        if self.settings is None or not self.inputs.airgap:
            return
        hosts = {entry.target_host for entry in self.settings.mirrors if entry.target}
        for image in self.images:
            asked = image.pulled_from[0].split("/")[2] if image.pulled_from else ""
            if asked and asked not in hosts:
                yield Finding(
                    "image_not_mirrored",
                    Severity.WARNING,
                    image.image,
                    f"Neither webhook nor node redirects it: it is pulled from {asked}, which an "
                    "airgap does not reach.",
                    "Add an entry for its registry, and copy the image there.",
                )

    def _secret_shown(self) -> dict[str, str]:
        if self.settings is None:
            return {}
        return secret_data(dataclasses.replace(self.settings, password=""))

    def _live_word(self) -> str:
        live = self.inputs.live
        if not live.known:
            return "not asked"
        return "present" if live.secret else "missing"

    def _input_check(self) -> Check:
        findings = self.inputs.findings
        status = status_of(findings)
        actual = "not usable"
        if self.settings is not None and status is not Status.FAIL:
            actual = f"{len(self.settings.mirrors)} mirror entries"
        return Check("inputs", self.inputs.subject, status, "no errors", actual, findings)

    def _result_checks(self) -> t.Iterator[Check]:
        if self.settings is None:
            return
        if self.inputs.live.known:
            yield self._live_check()
        if self.values is not None:
            yield self._values_check()
        if self.inputs.webhook_map is not None:
            yield self.inputs.webhook_map.check(self.inputs.subject)
        yield self._images_check()
        for node in self.nodes:
            yield node.check(self.inputs.subject)

    def _live_check(self) -> Check:
        actual = "the Secret is not there yet"
        if self.inputs.live.secret:
            changes = "; ".join(
                f"{one.field} from {one.live} to {one.planned}" for one in self.differences
            )
            actual = f"the plan changes {changes}" if changes else "the plan changes nothing in it"
        return Check("live Secret", self.inputs.subject, Status.PASS, "", actual)

    def _values_check(self) -> Check:
        chart = self.inputs.chart
        if chart.own is not None:
            return Check("chart values", self.inputs.subject, Status.PASS, "", f"for {chart.label}")
        finding = Finding(
            "chart_not_read",
            Severity.WARNING,
            VALUES_FILE,
            "no chart was read, so the values are in the layout of Palette's page, and the chart's "
            "own images, which must be prefixed as well, are not among them",
            "set palette_image_swap_chart to the image-swap chart (.tgz, glob or folder) of your "
            "Palette release, and plan again",
        )
        return Check(
            "chart values",
            self.inputs.subject,
            Status.WARN,
            "for the chart",
            "in the page's layout",
            (finding,),
        )

    def _images_check(self) -> Check:
        findings = (*_told_once(self.images), *self._not_mirrored())
        found = merge_findings(findings)
        swapped = sum(image.swapped not in (None, image.image) for image in self.images)
        actual = f"{len(self.images)} images, none is swapped: there is no webhook"
        if self.inputs.airgap:
            doubt = any(image.without_default for image in self.images)
            actual = f"{swapped} of {len(self.images)} images are swapped"
            actual += ", if the chart adds a default entry" if doubt else ""
        return Check("images", self.inputs.subject, status_of(found), "", actual, found)


def _told_once(images: t.Sequence[Outcome]) -> t.Iterator[Finding]:
    """Yield the findings of images; those that are the same for all of them only once."""
    doubtful = sum(image.without_default is not None for image in images)
    if doubtful:
        yield Finding(
            "default_unknown",
            Severity.WARNING,
            "webhook",
            f"{doubtful} of {len(images)} images are swapped only if the chart adds a default "
            "entry to the webhook's map. Palette's string holds none, and whether the chart adds "
            "one is not known",
            "look at the map in the cluster, or at helm template of the chart, then set "
            "palette_assume_default to true or false",
        )
    for finding in (finding for image in images for finding in image.findings):
        if finding.code == "ephemeral_containers_not_swapped":
            yield dataclasses.replace(finding, subject="kubectl debug")
        elif finding.code != "default_unknown":
            yield finding


__all__ = (
    "PROPOSAL_FILE",
    "SCHEMA",
    "SECRET_FILE",
    "VALUES_FILE",
    "ChartPlan",
    "LiveState",
    "Plan",
    "PlanInputs",
)
