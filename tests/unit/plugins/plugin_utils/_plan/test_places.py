# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which places a registry is asked for, and how often; what is chosen is in test_proposal."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorTable,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.places import (
    SAMPLES,
    Decision,
    NoHoldings,
    decide,
)

BASE = "r.example.org/p"


@dataclasses.dataclass
class Noted:
    """Notes what it is asked for, and holds what it is told."""

    images: t.Collection[str] = ()
    rounds: list[list[str]] = dataclasses.field(default_factory=list)
    catalogs: int = 0
    how: str = ""
    api: str | None = ""
    no_api: bool = False

    def held(self, images: t.Sequence[str]) -> dict[str, bool]:
        self.rounds.append(list(images))
        return {image: image in self.images for image in images}

    def catalog(self) -> tuple[str, ...]:
        self.catalogs += 1
        return ()


def decided(
    holdings: Noted | NoHoldings, given: dict[str, str], *images: str
) -> dict[str, Decision]:
    return decide(given, images, MirrorTable(), BASE, holdings, airgap=True)


def test_a_place_that_holds_all_is_the_only_one_that_is_asked() -> None:
    holdings = Noted([f"{BASE}/quay.io/a/b:1"])
    found = decided(holdings, {"quay.io": f"{BASE}/quay.io"}, "quay.io/a/b:1")
    assert found == {"quay.io": Decision(f"{BASE}/quay.io")}
    assert holdings.rounds == [[f"{BASE}/quay.io/a/b:1"]]
    assert holdings.catalogs == 0


def test_others_are_asked_once_all_together_for_a_few_images() -> None:
    holdings = Noted()
    given = {"quay.io": f"{BASE}/q", "ghcr.io": f"{BASE}/g"}
    images = [f"{source}/team/image-{n}:1" for source in given for n in range(9)]
    found = decided(holdings, given, *images)
    assert found == {source: Decision(target) for source, target in given.items()}
    first, second = holdings.rounds
    assert len(first) == len(given) * SAMPLES
    assert len(second) == len(set(second)) <= len(given) * SAMPLES * 12
    assert holdings.catalogs == 1


def test_of_a_short_name_both_forms_are_asked() -> None:
    holdings = Noted()
    decided(holdings, {"docker.io": f"{BASE}/d"}, "nginx:1")
    assert holdings.rounds[0] == [f"{BASE}/d/nginx:1", f"{BASE}/d/library/nginx:1"]


def test_what_nobody_answers_decides_nothing() -> None:
    given = {"quay.io": f"{BASE}/quay.io", "ghcr.io": ""}
    found = decided(NoHoldings("told"), given, "quay.io/a/b:1", "ghcr.io/a/b:1", "no image!")
    assert found == {"quay.io": Decision(f"{BASE}/quay.io"), "ghcr.io": Decision("")}
