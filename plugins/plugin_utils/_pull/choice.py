# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choose, of each source, the smallest images that the registry holds."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import collections
import contextlib
import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._image_name import ImageReference, parse_image
from ...module_utils._images.samples import Sample, SourceSamples
from ...module_utils._mirrors.notation import node_table
from ...module_utils._redact import Redactor
from ...module_utils._registry.examine import Examination, Wanted, examine
from ...module_utils._registry.results import ImageStatus
from ...module_utils._registry.session import NotAskedError, RegistrySession
from ...module_utils._registry.targets import Route, lookups_of_images
from ...module_utils._registry.transport import Limits
from ...module_utils._settings.settings import Settings
from .._preflight.images import WantedImages

CHECK_NAME = "images to pull"
MIB = 1024 * 1024
# Of each source so many are asked for and weighed, and so many handed on.
_MOST_ASKED = 30
_MOST_KEPT = 3


@dataclasses.dataclass(frozen=True)
class Chooser:
    """Asks the registry of some settings; `largest` is in bytes, `timeout` in seconds."""

    settings: Settings
    subject: str
    largest: int
    timeout: float
    environment: t.Mapping[str, str]
    redactor: Redactor

    def choose(self, wanted: WantedImages) -> tuple[tuple[SourceSamples, ...], Check]:
        """Return the samples of each source, and the check of the choice."""
        by_source = self._by_source(wanted)
        try:
            limits = Limits(self.timeout)
            session = RegistrySession.opened(self.settings, self.environment, limits, self.redactor)
        except NotAskedError as error:
            return self._none(by_source, str(error))
        with contextlib.closing(session):
            return self._asked(session, by_source, wanted)

    def _by_source(self, wanted: WantedImages) -> dict[str, list[str]]:
        """Return images by the source that they have outside of the registry."""
        table = node_table(self.settings.mirrors, self.settings.node_path_style)
        found: dict[str, list[str]] = {
            entry.source.partition("/")[0]: []
            for entry in table
            if entry.kind == "registry" and entry.target
        }
        images = (*wanted.images, *wanted.chart_images)
        for lookup in lookups_of_images(images, self._route()):
            with contextlib.suppress(ValueError):
                image = parse_image(lookup.origin or lookup.image).normalise()
                known = found.get(image.registry, [])
                if str(image) not in known and len(known) < _MOST_ASKED:
                    known.append(str(image))
        return found

    def _route(self) -> Route:
        # Nodes have no webhook: it is their mirrors that a pull is to prove.
        return Route.of(self.settings, airgap=False)

    def _asked(
        self, session: RegistrySession, by_source: dict[str, list[str]], wanted: WantedImages
    ) -> tuple[tuple[SourceSamples, ...], Check]:
        images = [image for known in by_source.values() for image in known]
        lookups = lookups_of_images(images, self._route())
        hosts = self.settings.hosts
        found = examine(session, Examination(self.subject), hosts, lambda: Wanted(lookups))
        if hosts <= session.closed:
            return self._none(by_source, session.probes[0].told())
        present = [
            lookup
            for lookup, result in zip(lookups, found.results or (), strict=True)
            if result.status is ImageStatus.PRESENT and lookup.reference
        ]
        references = list(dict.fromkeys(one.reference for one in present if one.reference))
        weights = session.weigh(references, wanted.platforms)
        samples = collections.defaultdict(list)
        for lookup in present:
            weight = weights.get(t.cast("ImageReference", lookup.reference))
            if weight is not None:
                image = parse_image(lookup.image).normalise()
                sample = Sample(
                    str(_plain(image)), lookup.target, weight.digest, weight.ids, weight.size
                )
                samples[image.registry].append(sample)
        chosen = [self._of(source, by_source[source], samples[source]) for source in by_source]
        return tuple(chosen), self._check(chosen)

    def _of(
        self, source: str, known: t.Sequence[str], samples: t.Sequence[Sample]
    ) -> SourceSamples:
        ordered = sorted(samples, key=lambda sample: (sample.size, sample.image))
        small = [sample for sample in ordered if sample.size <= self.largest]
        if small:
            return SourceSamples(source, tuple(small[:_MOST_KEPT]))
        if ordered:
            size = ordered[0].size / MIB
            reason = f"the smallest image of {source} has {size:.0f} MiB, more than {self.largest // MIB}"
        elif known:
            reason = (
                f"the registry holds none of the {len(known)} images of {source} that are known"
            )
        else:
            reason = f"no image of {source} is known"
        return SourceSamples(source, (), reason)

    def _none(
        self, by_source: t.Iterable[str], reason: str
    ) -> tuple[tuple[SourceSamples, ...], Check]:
        told = f"the registry was not asked for images to pull: {self.redactor.text(reason)}"
        chosen = [SourceSamples(source, (), told) for source in by_source]
        finding = Finding(
            "pull_not_chosen",
            Severity.WARNING,
            self.settings.host,
            f"{told}; without its word nothing is pulled",
            "Let the controller reach the registry: address, proxy (https_proxy), ca_cert.",
        )
        return tuple(chosen), Check(
            CHECK_NAME, self.subject, Status.SKIP, "one for each source", "none", (finding,)
        )

    def _check(self, chosen: t.Sequence[SourceSamples]) -> Check:
        findings = tuple(
            Finding(
                "pull_without_image",
                Severity.INFO,
                one.source,
                one.reason,
                "Name images of it in palette_images, and have them in the registry.",
            )
            for one in chosen
            if not one.samples
        )
        there = sum(bool(one.samples) for one in chosen)
        status = status_of(findings) if there else Status.SKIP
        actual = f"{there} of {len(chosen)} sources"
        return Check(CHECK_NAME, self.subject, status, "one for each source", actual, findings)


def _plain(image: ImageReference) -> ImageReference:
    """Return an image by its tag, by its digest only where it has no tag."""
    return dataclasses.replace(image, digest="") if image.tag else image


__all__ = ("CHECK_NAME", "MIB", "Chooser")
