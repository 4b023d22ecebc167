# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lint rule is, and what it gets to see."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ..._evidence import Finding, Severity, worst
from ..._fix import Edit
from ..entry_rules import MAP_NOTATIONS, is_writable, sound
from ..notations.endpoint import api_path, api_url, has_v2
from ..swap import SwapMap
from ..table import DEFAULT, WILDCARDS, MirrorEntry, ParsedMirrors

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

NODE_NOTATIONS = ("containerd_hosts", "containerd_mirrors", "k3s_registries")
"""Notations of what nodes have: `default` is their `*` or `_default` there, and works."""

_NAMED = 7
"""How many sources the subject of one finding names."""


@dataclasses.dataclass(frozen=True)
class LintContext:
    """Where the table is to be used.

    `airgap`: the webhook reads the table, too; else nodes alone. `product` is palette or vertex,
    `node_path_style` one of NODE_PATH_STYLES, `endpoint` and `base_content_path` those of the
    registry (empty: unknown), `images` what is to be pulled, `chart_images` what the image-swap
    chart itself runs, without the registry's prefix.
    """

    airgap: bool = True
    product: str = "palette"
    node_path_style: str = "verbatim"
    endpoint: str = ""
    base_content_path: str = ""
    images: tuple[str, ...] = ()
    chart_images: tuple[str, ...] = ()
    insecure_skip_verify: bool = False


class Note(t.NamedTuple):
    """What a rule found. `severity` caps that of the rule, where one case is less bad."""

    subject: str
    message: str
    fix: str
    severity: Severity | None = None


class LintInput:
    """A table in its context, with what several rules need computed once."""

    def __init__(self, parsed: ParsedMirrors, context: LintContext) -> None:
        """Keep both; nothing is computed yet."""
        self.table = parsed.table if parsed.ok else sound(parsed.table)
        self.context = context
        self.is_map = parsed.notation in MAP_NOTATIONS
        self.is_nodes = parsed.notation in NODE_NOTATIONS
        self.is_palette = parsed.notation == "palette"
        self.targets = self.table.targets()

    @functools.cached_property
    def places(self) -> tuple[MirrorEntry, ...]:
        """The entries whose target is a registry with path."""
        return tuple(
            entry
            for entry in self.table
            if entry.target and entry.kind in ("registry", "library", "default", "replace")
        )

    @functools.cached_property
    def registries(self) -> tuple[MirrorEntry, ...]:
        """The entries that redirect a whole registry: what nodes and webhook both know."""
        return tuple(entry for entry in self.table if entry.kind == "registry" and entry.target)

    @functools.cached_property
    def wildcards(self) -> tuple[str, ...]:
        """The patterns of noswap_wildcards, none if there is no such entry or it is empty."""
        patterns = self.targets.get(WILDCARDS, "")
        return tuple(patterns.split(",")) if patterns else ()

    @functools.cached_property
    def swap_map(self) -> SwapMap:
        """The webhook's view, with an empty default where the table has none."""
        return SwapMap.from_palette(self.table, assume_default=True)

    @functools.cached_property
    def base(self) -> str:
        """The registry and path below which targets belong, empty if unknown."""
        endpoint = self.context.endpoint.partition("://")[2] or self.context.endpoint
        parts = (endpoint.strip("/"), self.context.base_content_path.strip("/"))
        return "/".join(part for part in parts if part) if parts[0] else ""

    def swapped(self, image: str) -> str:
        """Return the image in the pod, or words where the webhook fails."""
        return self.swap_map.swap(image).swapped or "nothing: the webhook fails"

    @functools.cached_property
    def has_patterns(self) -> bool:
        """Return whether an image may be swapped without a look at its registry."""
        return any(entry.kind in ("exact", "replace") for entry in self.table)

    @functools.cached_property
    def _senders(self) -> dict[str, set[str]]:
        """The sources whose targets are in a registry, by its host with port and without."""
        senders: dict[str, set[str]] = {}
        for entry in self.places:
            for host in (entry.target_host, entry.target_host.partition(":")[0]):
                senders.setdefault(host, set()).add(entry.source)
        return senders

    def target_of(self, host: str) -> str | None:
        """Return the target of the entry that serves a registry, that of its host if need be."""
        return self.targets.get(host, self.targets.get(host.partition(":")[0]))

    def put(self, source: str, target: str, instead: MirrorEntry | None = None) -> Edit | None:
        """Return the edit that gives a source a target, None where that breaks something else."""
        entry = MirrorEntry(source, target)
        taken = source in self.targets and (instead is None or instead.source != source)
        if taken or entry == instead or not is_writable(entry) or not self._stays(entry):
            return None
        if target.endswith("-") or (self.context.airgap and has_v2(target)):
            return None
        if any(image.startswith(f"{source}:") for image in self.context.images):
            return None  # those images are at a port that this source does not name
        return Edit("entry", str(instead) if instead else "", str(entry))

    def drop(self, entry: MirrorEntry) -> Edit | None:
        """Return the edit that removes an entry, None where the others make no sense without it."""
        registry = entry.source.lower().removesuffix("/library")
        known = self.is_map or DEFAULT in self.targets
        alone = entry.kind == "library" and self.targets.get(registry) == "" and not known
        return None if alone or len(self.table) == 1 else Edit("entry", str(entry), "")

    def exempt(self, source: str) -> Edit | None:
        """Return the edit that keeps the webhook from swapping images of a registry."""
        known = self.is_map or DEFAULT in self.targets or self.target_of(source) is not None
        if not known or source in self.targets or not is_writable(MirrorEntry(source, "")):
            return None
        return Edit("entry", "", f"{source}::")

    def _stays(self, entry: MirrorEntry) -> bool:
        """Return whether the webhook leaves alone what it makes of an entry, and of the others."""
        host, hosts = entry.target_host, self._senders
        if not self.context.airgap or "." not in host:
            return "." in host
        if self.has_patterns or hosts.get(entry.source, set()) - {entry.source}:
            return False
        dotless = (one for host, one in hosts.items() if "." not in host)
        if entry.source.startswith("docker.io") and any(one - {entry.source} for one in dotless):
            return False  # to the webhook a host without a dot is docker.io's
        if host == entry.source:
            return True
        known = self.target_of(host)
        return known == "" or (known is None and not self.targets.get(DEFAULT))

    def swapped_sample(self, entry: MirrorEntry) -> str:
        """Return what the webhook makes of a sample image of the entry's source.

        For a plain registry that is known without compiling its source as the webhook does.
        """
        image = sample_image(entry.source)
        plain = entry.kind == "registry" and "." in entry.source and image.startswith(entry.source)
        if plain and not self.has_patterns and not entry.target.endswith("-"):
            return entry.target + image.removeprefix(entry.source)
        return self.swapped(image)

    def requested(self, entry: MirrorEntry) -> str:
        """Return the URL that containerd asks for a sample image of the entry's source.

        The rule for mirrors in config.toml: `/v2` is added to an empty path alone.
        """
        url = api_url(api_path(entry.target, entry.api_path))
        host, _slash, path = entry.target.partition("/")
        if path and self.context.node_path_style == "verbatim":
            url = f"{url.partition('://')[0]}://{host}/{path}"
        elif not path:
            url = f"{url}/v2"
        repository = "library/nginx" if entry.source == "docker.io" else "project/image"
        return f"{url}/{repository}/manifests/1?ns={entry.source}"


Find = t.Callable[[LintInput], t.Iterator[Note]]


@dataclasses.dataclass(frozen=True)
class LintRule:
    """One rule: its stable code, how bad it is for each consumer (None: harmless), its search.

    `title` is the sentence of the rule reference, which has a section for each code.
    """

    code: str
    title: str
    find: Find
    webhook: Severity | None = None
    node: Severity | None = None

    @property
    def anchor(self) -> str:
        """Return the label of the rule's section in the reference."""
        return f"ansible_collections.palette.image_registry.docsite.mirror_rules.{self.code}"

    def severity(self, airgap: bool) -> Severity | None:
        """Return the worst severity among the consumers that read the table."""
        consumers = (self.webhook, self.node) if airgap else (self.node,)
        return worst(severity for severity in consumers if severity is not None)

    def findings(self, lint_input: LintInput) -> t.Iterator[Finding]:
        """Yield what the rule finds for the active consumers."""
        severity = self.severity(lint_input.context.airgap)
        if severity is None:
            return
        for note in self.find(lint_input):
            capped = severity
            if note.severity is not None and severity.at_least(note.severity):
                capped = note.severity
            yield Finding(self.code, capped, note.subject, note.message, note.fix)


def sample_image(source: str) -> str:
    """Return an image of a registry as a manifest may name it."""
    return "nginx:1" if source == "docker.io" else f"{source}/project/image:1"


def named(sources: t.Sequence[str]) -> str:
    """Return sources as the subject of one finding: the first few, then how many more."""
    more = f" and {len(sources) - _NAMED} more" if len(sources) > _NAMED else ""
    return ", ".join(sources[:_NAMED]) + more


__all__ = (
    "ERROR",
    "INFO",
    "WARNING",
    "Find",
    "LintContext",
    "LintInput",
    "LintRule",
    "Note",
    "named",
    "sample_image",
)
