# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image followed through both readers of the mirrors: the webhook first, then the node."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from .._evidence import Finding, Severity
from .._mirrors.swap import Swap
from .._mirrors.table import MirrorTable
from .explain import Explanation, SwapMaps, explain, explain_doubt
from .pulls import DEFAULT_VERSION, pull_urls

NO_WEBHOOK_RULE = "Outside an airgap there is no webhook: the image stays as it is."


@dataclasses.dataclass(frozen=True)
class NodeMirrors:
    """The mirrors as a node has them: entries, how their paths are written, and the release."""

    table: MirrorTable
    path_style: str = "verbatim"
    version: str = DEFAULT_VERSION


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What becomes of an image in the pod, and the URLs that the node then requests, in order.

    `without_default` is the other answer where it hangs on an unknown `default` entry.
    """

    explanation: Explanation
    pulled_from: tuple[str, ...]
    findings: tuple[Finding, ...]
    without_default: Outcome | None = None

    @property
    def image(self) -> str:
        """Return the image that was asked about."""
        return self.explanation.swap.image

    @property
    def swapped(self) -> str | None:
        """Return the image in the pod, None where the webhook answers with an error."""
        return self.explanation.swap.swapped

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, without `without_default`."""
        return {
            **self.explanation.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
            "pulled_from": list(self.pulled_from),
        }

    def to_full_dict(self) -> dict[str, t.Any]:
        """Return plain data with the other answer, None where there is no doubt."""
        other = self.without_default
        return {**self.to_dict(), "without_default": other.to_dict() if other else None}


def outcome(image: str, maps: SwapMaps | None, node: NodeMirrors) -> Outcome:
    """Follow one image. Never raises; `maps` None means that no webhook is there."""
    if maps is None:
        return _pulled(Explanation(Swap(image, image, NO_WEBHOOK_RULE), image, ()), node)
    likely = explain(maps.likely, image)
    doubtful = likely if maps.doubt is None else explain(maps.doubt, image)
    if doubtful.swap.swapped == likely.swap.swapped:
        return _pulled(likely, node)
    answer = _pulled(likely, node, explain_doubt(likely.swap, doubtful.swap))
    return dataclasses.replace(answer, without_default=_pulled(doubtful, node))


def _pulled(explanation: Explanation, node: NodeMirrors, *more: Finding) -> Outcome:
    findings = [*explanation.findings, *more]
    urls: tuple[str, ...] = ()
    try:
        if explanation.swap.swapped:
            urls = pull_urls(explanation.swap.swapped, node.table, node.path_style, node.version)
    except ValueError as exc:
        fix = "Give a release that reads this configuration, or another one to the nodes."
        findings.append(Finding("node_down", Severity.ERROR, "containerd", f"{exc}.", fix))
    return Outcome(explanation, urls, tuple(findings))


__all__ = ("NO_WEBHOOK_RULE", "NodeMirrors", "Outcome", "outcome")
