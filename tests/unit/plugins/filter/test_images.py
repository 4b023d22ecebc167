# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image filters as templates call them."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.filter.images import (
    FilterModule,
    explain_image,
    prefix_image,
    swap_image,
)

PALETTE = "quay.io::h.io/q, docker.io::h.io/d"
MAP_FILE = "default::\nquay.io::h.io/q\ndocker.io/library::h.io/l"
BOTH = {"with_default": "h.io/q/a", "without_default": "quay.io/a"}
VECTORS = json.loads(
    (pathlib.Path(__file__).parents[3] / "vectors" / "image_swap.json").read_text("utf-8")
)

TEST_SWAP: list[tuple[str, object, dict[str, t.Any], object]] = [
    ("quay.io/a", PALETTE, {}, BOTH),
    ("quay.io/a", PALETTE, {"assume_default": "unknown"}, BOTH),
    ("quay.io/a", PALETTE, {"assume_default": True}, "h.io/q/a"),
    ("quay.io/a", PALETTE, {"assume_default": "true"}, "h.io/q/a"),
    ("quay.io/a", PALETTE, {"assume_default": False}, "quay.io/a"),
    ("quay.io/a", PALETTE, {"assume_default": "no"}, "quay.io/a"),
    ("gcr.io/a", PALETTE, {}, "gcr.io/a"),
    ("quay.io/a", MAP_FILE, {}, "h.io/q/a"),
    ("a/b", MAP_FILE, {}, None),
    ("a/b", MAP_FILE.replace("\n", ","), {}, None),
    ("quay.io/a", {"quay.io": "h.io/q"}, {"assume_default": True}, "h.io/q/a"),
    ("quay.io/a", PALETTE, {"notation": "imageswap_map"}, "quay.io/a"),
]


@pytest.mark.parametrize(("image", "mirrors", "options", "expected"), TEST_SWAP)
def test_swap_image(
    image: str, mirrors: object, options: dict[str, t.Any], expected: object
) -> None:
    assert swap_image(image, mirrors, **options) == expected


def test_every_recorded_map_is_detected_and_agrees() -> None:
    for vector in VECTORS:
        for case in vector["cases"]:
            assert swap_image(case["image"], vector["map"]) == case.get("swapped")


def test_explain_image() -> None:
    answer = explain_image("quay.io/a:1", PALETTE, assume_default=True)
    assert answer["swapped"] == answer["second_admission"] == "h.io/q/a:1"
    assert answer["rule"].startswith('The entry "quay.io::h.io/q"')
    assert answer["error"] == ""
    assert answer["pulled_from"] == ["https://h.io/v2/q/a/manifests/1"]
    assert answer["without_default"] is None
    assert [finding["code"] for finding in answer["findings"]] == [
        "ephemeral_containers_not_swapped"
    ]


def test_explain_image_tells_both_answers() -> None:
    answer = explain_image("quay.io/a:1", PALETTE)
    assert answer["swapped"] == "h.io/q/a:1"
    assert answer["findings"][-1]["code"] == "default_unknown"
    assert answer["without_default"]["swapped"] == "quay.io/a:1"
    assert set(answer) - set(answer["without_default"]) == {"without_default"}
    assert answer["without_default"]["pulled_from"] == [
        "https://h.io/q/a/manifests/1?ns=quay.io",
        "https://quay.io/v2/a/manifests/1",
    ]


def test_explain_image_says_that_nodes_cannot_work() -> None:
    answer = explain_image("quay.io/a", MAP_FILE, containerd_version="2.2.0")
    assert answer["pulled_from"] == []
    assert [f["severity"] for f in answer["findings"] if f["code"] == "node_down"] == ["error"]


def test_explain_image_names_a_server_error() -> None:
    answer = explain_image("a/b", MAP_FILE)
    assert (answer["swapped"], answer["error"]) == (None, "webhook_error")
    assert answer["pulled_from"] == []


def test_prefix_image() -> None:
    assert prefix_image("a/b:1", "h.io/p") == "h.io/p/a/b:1"
    assert prefix_image("h.io/p/a/b:1", "h.io/p/") == "h.io/p/a/b:1"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: swap_image(5, PALETTE), "swap_image: the image must be text, got int"),
        (lambda: swap_image("a", None), "swap_image: .*NoneType"),
        (lambda: swap_image("a", PALETTE, notation="yaml"), "'yaml' is no notation"),
        (
            lambda: swap_image("a", PALETTE, notation=t.cast("str", ["x"])),
            "notation must be text, got list",
        ),
        (lambda: swap_image("a", PALETTE, assume_default="maybe"), "use unknown, true or false"),
        (lambda: explain_image("a", PALETTE, node_path_style="v2"), "use verbatim or v2_prefix"),
        (lambda: prefix_image("a", None), "prefix_image: the prefix must be text, got NoneType"),
    ],
)
def test_wrong_use_is_explained(call: t.Callable[[], object], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        call()


def test_the_filters_have_these_names() -> None:
    assert sorted(FilterModule().filters()) == ["explain_image", "prefix_image", "swap_image"]


@given(
    image=st.text(max_size=12) | st.sampled_from(["quay.io/a", "quay.io/a@b", "localhost:1/a"]),
    mirrors=st.lists(
        st.sampled_from(["quay.io", "::", ":", "h.io/p", "\n", ",", '"', "[", "docker.io", "#"])
        | st.text(max_size=3),
        max_size=10,
    ).map("".join),
    version=st.none() | st.sampled_from(["1.6.20", "2.1.0", "2.2.0", "x", ""]),
    style=st.sampled_from(["verbatim", "v2_prefix"]),
)
def test_explain_image_never_fails_on_texts(
    image: str, mirrors: str, version: str | None, style: str
) -> None:
    answer = explain_image(image, mirrors, "auto", "unknown", style, version)
    json.dumps(answer)
    assert answer["image"] == image
