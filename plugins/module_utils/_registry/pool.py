# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many lookups to registries at once: each target once, and no host longer than it answers."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import concurrent.futures
import dataclasses
import threading
import typing as t

from .._evidence import Finding, Severity
from .._image_name import ImageReference
from .client import NO_API, Found, Registry
from .errors import MISSING, RATE_LIMITED, RegistryError
from .results import ImageResult, ImageStatus, result_of
from .targets import Lookup

_SAMPLES = 3
"""So few images tell whether a registry lets us in: many wrong passwords may lock a user out."""

_HELD = frozenset({"", "manifest_unsupported", "digest_mismatch"})
"""The codes of a manifest that was given, "" for a good one."""

_Answers: t.TypeAlias = "dict[ImageReference, Found | RegistryError]"

_PATIENCE = 5
"""So many images in a row that a host does not answer for, and it is asked no more."""


def answers_for(
    registry: Registry, error: RegistryError, lookups: t.Iterable[Lookup]
) -> bool | None:
    """Return whether the host of an error answers for images of different projects.

    None where that proves nothing: none is known, or all are missing where no API was found. Each
    is asked for with the scope that its challenge names, and by the node's own URL where that is
    another.
    """
    samples: dict[str, Lookup] = {}
    for lookup in lookups:
        if lookup.reference is not None and lookup.reference.registry == error.host:
            samples.setdefault(lookup.reference.repository.rpartition("/")[0], lookup)
    seen: set[str] = set()
    for lookup in list(samples.values())[:_SAMPLES]:
        if lookup.reference is not None:
            seen |= _answers(registry, lookup.reference, lookup.node_url)
        if seen & _HELD or (MISSING in seen and error.code not in NO_API):
            return True
    return None if not samples or MISSING in seen else False


def _answers(registry: Registry, reference: ImageReference, node_url: str) -> set[str]:
    """Return the codes of what comes of asking for an image, "" for the image itself."""
    codes = set()
    try:
        registry.find(reference, platforms=False)
        return {""}
    except RegistryError as error:
        codes.add(error.code)
    if node_url and not _same(node_url, registry.manifest_url(reference)):
        try:
            registry.open_as_node(node_url, reference)
            codes.add("")
        except RegistryError as error:
            codes.add(error.code)
    return codes


def _same(node_url: str, url: str) -> bool:
    """Return whether a node asks where the registry was asked.

    `?ns=` is no part of the place, nor is the scheme, which nodes choose by the host.
    """
    return node_url.partition("?")[0].partition("://")[2] == url.partition("://")[2]


@dataclasses.dataclass(frozen=True)
class LookupPool:
    """What to look for, and where.

    `hosts` are the host[:port] that may be asked, None for any: an image of another one is not
    looked for. `architectures` are platforms such as linux/amd64 that each image has to have.
    `probed` are the hosts that were asked for their API already, with what they refused it by.
    """

    hosts: frozenset[str] | None = None
    architectures: tuple[str, ...] = ()
    concurrency: int = 8
    probed: t.Mapping[str, RegistryError | None] = dataclasses.field(default_factory=dict)

    def ask(self, registry: Registry, lookups: t.Sequence[Lookup]) -> list[ImageResult]:
        """Return a result for each lookup, in order. Errors are results."""
        references = dict.fromkeys(lookup.reference for lookup in lookups if self._is_asked(lookup))
        asker = _Asker(registry, bool(self.architectures), self.probed)
        wanted = [reference for reference in references if reference is not None]
        answers = asker.ask_all(wanted, self.concurrency)
        return [
            result_of(
                lookup,
                answers.get(lookup.reference) if lookup.reference else None,
                self.architectures,
            )
            for lookup in lookups
        ]

    def open_as_nodes(
        self,
        registry: Registry,
        lookups: t.Sequence[Lookup],
        results: t.Sequence[ImageResult],
    ) -> list[Finding]:
        """Return what is wrong with the URLs of nodes that are outside of the registry's API.

        The registry holds the image, but a node asks elsewhere: with one image of each source,
        that place is asked.
        """
        samples: dict[tuple[str, str], tuple[Lookup, ImageReference]] = {}
        for lookup, result in zip(lookups, results, strict=True):
            reference = lookup.reference
            if not lookup.node_url or reference is None or result.status is not _PRESENT:
                continue
            if not _same(lookup.node_url, registry.manifest_url(reference)):
                samples.setdefault((reference.registry, result.source), (lookup, reference))
        findings = []
        for lookup, reference in samples.values():
            try:
                registry.open_as_node(lookup.node_url, reference)
            except RegistryError as error:
                found = registry.manifest_url(reference)
                findings.append(_not_for_nodes(lookup, error, found))
        return findings

    def _is_asked(self, lookup: Lookup) -> bool:
        if lookup.reference is None:
            return False
        return self.hosts is None or lookup.reference.registry in self.hosts


_PRESENT = ImageStatus.PRESENT


def _not_for_nodes(lookup: Lookup, error: RegistryError, found: str) -> Finding:
    below = found.partition("://")[2].partition("/")[2].partition("v2/")[0].strip("/")
    style = "set palette_node_path_style to v2_prefix"
    if not below:
        fix = f"{style}, so that the path on nodes begins with /v2/, where this registry holds it"
    elif "/v2/" not in lookup.node_url:
        fix = f"{style} and palette_registry.api_path to {below}, where this registry's API lies"
    else:
        fix = (
            f"give this registry, whose API lies below {below}, a host, a port or a path at /v2/ of "
            "its own, and write that as target: an image's own name has no other"
        )
    return Finding(
        "node_url_without_manifest",
        Severity.WARNING,
        lookup.image,
        f"the registry holds it, but nodes request {lookup.node_url}, which brings no manifest: "
        f"{error.message}. They go on to the image's own registry, which an airgap does not reach",
        fix,
    )


class _Asker:
    """Threads that take one reference after the other: what waits is a name, and no more."""

    def __init__(
        self, registry: Registry, platforms: bool, probed: t.Mapping[str, RegistryError | None]
    ) -> None:
        self._registry = registry
        self._platforms = platforms
        self._probed = probed
        self._lock = threading.Lock()
        self._answers: _Answers = {}
        self._down = {host: error for host, error in probed.items() if error is not None}
        self._failures: dict[str, int] = {}

    def ask_all(self, references: t.Sequence[ImageReference], concurrency: int) -> _Answers:
        """Return the answer to each reference."""
        for host in dict.fromkeys(reference.registry for reference in references):
            if host in self._probed:
                continue
            paths = [one.repository for one in references if one.registry == host]
            try:
                self._registry.probe(host, paths)
            except RegistryError as error:
                if error.met_by_every_pull or self._refuses(error, references):
                    self._down[host] = error
        waiting = iter(references)
        threads = max(1, min(concurrency, len(references)))
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            for worker in [pool.submit(self._work, waiting) for _number in range(threads)]:
                worker.result()
        return self._answers

    def _refuses(self, error: RegistryError, references: t.Sequence[ImageReference]) -> bool:
        """Return whether a host refuses images as it refused to tell of its API."""
        lookups = (Lookup(str(reference), reference) for reference in references)
        return answers_for(self._registry, error, lookups) is False

    def _work(self, waiting: t.Iterator[ImageReference]) -> None:
        while True:
            with self._lock:
                reference = next(waiting, None)
                error = self._down.get(reference.registry) if reference else None
            if reference is None:
                return
            self._answers[reference] = error or self._find(reference)

    def _find(self, reference: ImageReference) -> Found | RegistryError:
        try:
            found = self._registry.find(reference, platforms=self._platforms)
        except RegistryError as error:
            self._note(reference.registry, error)
            return error
        self._note(reference.registry, None)
        return found

    def _note(self, host: str, error: RegistryError | None) -> None:
        """Count the images in a row that a host did not answer for, and give it up at last."""
        silent = error is not None and (error.unreachable or error.code == RATE_LIMITED)
        with self._lock:
            self._failures[host] = self._failures.get(host, 0) + 1 if silent else 0
            if error is not None and self._failures[host] >= _PATIENCE:
                self._down[host] = error


__all__ = ("LookupPool",)
