# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of one node: its checks, and what a probe and a pull there add to them."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._containerd.trust import target_of
from ...module_utils._evidence import Check, Status, packed
from ...module_utils._image_name import parse_image
from ...module_utils._images.samples import samples_from
from .bounds import bounded
from .outweigh import Proof, drifted
from .probe import check_of, run_probe
from .pull import Puller, left_out, limits_of
from .reader import NodeReading
from .script import Limits, NodeError, Shell
from .verdict import Expectation, Verdict, describe_source, unjudged, unread


@dataclasses.dataclass(frozen=True)
class NodeResult:
    """What one look at a node gave; without a verdict it was not read.

    `pending` tells that a later look may find it otherwise: mirrors take their time to come, and
    a node that is not up yet may come up.
    """

    checks: tuple[Check, ...]
    verdict: Verdict | None = None
    images: tuple[str, ...] = ()
    pending: bool = False

    def rewritten(self, rewrite: t.Callable[[str], str]) -> NodeResult:
        """Return it with the texts of its checks rewritten."""
        checks = tuple(check.rewritten(rewrite) for check in self.checks)
        return dataclasses.replace(self, checks=checks)

    def told(self, compact: bool) -> dict[str, t.Any]:
        """Return the result in the form that was asked for."""
        return self.compact() if compact else self.to_dict()

    def compact(self) -> dict[str, t.Any]:
        """Return the result of which a run keeps thousands."""
        containerd = self.verdict.containerd if self.verdict else None
        return {
            "changed": False,
            "reached": self.verdict is not None,
            "verified": all(check.status is not Status.FAIL for check in self.checks),
            "pending": self.pending,
            "containerd": self.verdict.described if self.verdict else {},
            "images": {
                image: list(containerd.requests(image)) if containerd else []
                for image in self.images
            },
            "evidence": packed(self.checks),
        }

    def to_dict(self) -> dict[str, t.Any]:
        """Return the result with everything as data."""
        result = self.compact()
        del result["evidence"]
        sources = self.verdict.sources if self.verdict else ()
        return {
            **result,
            "mirrors": [describe_source(source, self.checks) for source in sources],
            "checks": [check.to_dict() for check in self.checks],
            "findings": [item.to_dict() for check in self.checks for item in check.findings],
        }


class Seen(t.NamedTuple):
    """What a probe or pulls on a node gave: checks of their own, and what they prove."""

    checks: tuple[Check, ...]
    proofs: tuple[Proof, ...] = ()


def probe(
    shell: Shell,
    limits: Limits,
    options: t.Mapping[str, t.Any],
    reading: NodeReading,
    verdict: Verdict,
    expectation: Expectation,
) -> Seen:
    """Let a node that was read ask the registry for one manifest."""
    image = options["probe_image"]
    try:
        with bounded():
            containerd = verdict.containerd
            urls = containerd.requests(image) if containerd else ()
            tls = containerd.tls if containerd else {}
            target = target_of(urls[0], reading.files, tls) if urls else None
        if target is None:
            check = Check(
                f"probe of {image}", expectation.subject, Status.SKIP, actual="no request"
            )
            return Seen((check,))
        probed = run_probe(shell, target, limits)
    except NodeError as error:
        return Seen((unread(error, expectation.subject),))
    except Exception as error:  # the other checks of the node stand
        return Seen((unjudged(error, expectation.subject),))
    check = check_of(image, expectation.subject, probed, expectation.require_working)
    if probed is None or probed.verdict != "present":
        return Seen((check,))
    source = parse_image(image).normalise().registry
    return Seen((check,), (Proof(source, probed.url, pulled=False),))


Connect = t.Callable[[int], Shell]
"""Returns a way to the node that waits so many seconds for what is done there."""


def pull(
    connect: Connect,
    options: t.Mapping[str, t.Any],
    reading: NodeReading,
    verdict: Verdict,
    subject: str,
    *,
    check_mode: bool,
) -> Seen:
    """Pull of each source whose mirror is the expected one; of others their own checks tell enough.

    What its files let expect of CRI stops no pull: it is there that it shows.
    """
    daemon, containerd = reading.daemon, verdict.containerd
    running = daemon is not None and daemon.running
    reason = "this is check mode" if check_mode else "" if running else "containerd does not run"
    if reason or daemon is None or containerd is None:
        return Seen((left_out(subject, reason),))
    try:
        sources = samples_from(options["pull_images"])
    except ValueError as error:
        return Seen((left_out(subject, str(error)),))
    if not sources:
        reason = "no image was chosen: run the playbook verify or override"
        return Seen((left_out(subject, reason),))
    others = drifted(verdict.checks)
    why = "its mirror is another one than expected"
    skipped = [left_out(subject, why, one.source) for one in sources if one.source in others]
    sources = tuple(one for one in sources if one.source not in others)
    if not sources:
        return Seen(tuple(skipped))
    seconds = options["pull_timeout"]
    shell = connect(limits_of(len(sources), seconds).seconds)
    try:
        pulled = Puller(shell, subject, daemon, containerd, seconds).pull(sources)
    except NodeError as error:
        return Seen((*skipped, unread(error, subject)))
    except Exception as error:  # the other checks of the node stand
        return Seen((*skipped, unjudged(error, subject)))
    proofs = tuple(Proof(one.source, one.place, pulled=True) for one in pulled if one.source)
    return Seen((*skipped, *(one.check for one in pulled)), proofs)


__all__ = ("NodeResult", "Seen", "probe", "pull")
