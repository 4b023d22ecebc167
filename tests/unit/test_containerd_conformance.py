# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every measured observation of containerd agrees with the prediction."""

from __future__ import annotations

import dataclasses

import pytest

from tests.pages.conformance import TABLE, Case, cases, disagreement, render

CASES = cases()


def test_all_observations_are_there() -> None:
    assert len({case.vector for case in CASES}) == 354
    assert len(CASES) == 2113


def test_every_observation_agrees() -> None:
    wrong = [(case.vector, case.version, disagreement(case)) for case in CASES]
    assert [one for one in wrong if one[2]] == []


def test_the_page_is_current() -> None:
    assert TABLE.read_text(encoding="utf-8") == render()


def case_named(vector: str, version: str = "1.7.24") -> Case:
    return next(
        case for case in CASES if case.vector.startswith(f"{vector}-") and case.version == version
    )


UPSTREAM = "https://registry-1.docker.io/v2/library/nginx/manifests/latest"
MIRROR = "https://harbor.example.org/v2/library/nginx/manifests/latest?ns=docker.io"

# What would have been seen if containerd did otherwise: vector, requests
TEST_OTHERWISE: list[tuple[str, list[str]]] = [
    ("M05", [f"HEAD {UPSTREAM} -> 200"]),
    ("M05", [f"HEAD {MIRROR[:-13]} -> 200"]),
    ("M05", [f"HEAD {MIRROR} -> 404"]),
    ("M05", [f"HEAD {UPSTREAM} -> 404", f"HEAD {MIRROR} -> 404"]),
    ("M05", [f"HEAD {MIRROR} -> 404", f"HEAD {UPSTREAM} -> 200", f"HEAD {MIRROR} -> 200"]),
]


@pytest.mark.parametrize(("vector", "requests"), TEST_OTHERWISE)
def test_the_comparison_can_disagree(vector: str, requests: list[str]) -> None:
    case = case_named(vector)
    otherwise = dataclasses.replace(case, pulls=((case.pulls[0][0], tuple(requests)),))
    assert disagreement(case) == ""
    assert disagreement(otherwise) != ""


def test_another_state_disagrees() -> None:
    assert disagreement(dataclasses.replace(case_named("C07"), cri="up")) != ""
    assert disagreement(dataclasses.replace(case_named("M05"), cri="down")) != ""
