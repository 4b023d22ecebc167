# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook's map under a plan: from the rendered chart, else by what the live map shows."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._mirrors.swap import SwapMap, read_map_file
from ...module_utils._mirrors.table import DEFAULT, WILDCARDS, MirrorTable
from ...module_utils._objects import dig
from .._webhook.objects import LiveMap, find_map

with contextlib.suppress(ImportError):  # controllers have it: ansible-core needs it
    import yaml


@dataclasses.dataclass(frozen=True)
class PlannedMap:
    """The text of the map file that the webhook will have, and in words how it is known."""

    text: str
    known_from: str

    @property
    def has_default(self) -> bool:
        """Return whether it has the entry without which hardly anything is swapped."""
        return SwapMap.from_map_file(self.text).has_default

    def check(self, subject: str) -> Check:
        """Return the check that the webhook will swap with it."""
        name, expected = "webhook map", "with an entry default"
        if self.has_default:
            return Check(name, subject, Status.PASS, expected, f"as {self.known_from} has it")
        finding = Finding(
            "webhook_no_default",
            Severity.WARNING,  # Palette has a build of its own: what its webhook does, a pod shows
            self.known_from,
            "it adds no entry default, so the original webhook would swap nothing but what [EXACT]"
            " and [REPLACE] entries name; what this one does, the override's canary shows",
            "add the entry default:: to the mirrors, or ask support@spectrocloud.com for a chart"
            " that adds it",
        )
        return Check(name, subject, Status.WARN, expected, "without", (finding,))


def map_in_manifests(text: str) -> LiveMap | None:
    """Return the map file in the manifests that Helm rendered, None if there is none.

    Raises ValueError for text that is no YAML.
    """
    try:
        objects = list(yaml.safe_load_all(text))
    except yaml.YAMLError as exc:
        raise ValueError("the rendered chart is no YAML") from exc
    return find_map(item for item in objects if dig(item, "kind") == "ConfigMap")


def map_like_live(live: LiveMap, mirrors: MirrorTable) -> PlannedMap:
    """Return the map with the planned entries, and what the chart added to the live one.

    That is a `default` entry, wildcards and registries without a target; a planned entry wins.
    """
    added = [
        f"{source}::{target}"
        for source, target in read_map_file(live.text).plain.items()
        if not target or source in (DEFAULT, WILDCARDS)
    ]
    planned = [f"{entry.source}::{entry.target}" for entry in mirrors]
    return PlannedMap("\n".join((*added, *planned)), f"the live {live.subject}")


__all__ = ("PlannedMap", "map_in_manifests", "map_like_live")
