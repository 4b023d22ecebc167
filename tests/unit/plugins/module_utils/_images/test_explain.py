# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explanations: which notation is read, what is reported about a result."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._images.explain import (
    detect_notation,
    explain,
    explain_doubt,
    read_swap_maps,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.swap import SwapMap

CONFIG = """
version = 2
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."quay.io"]
  endpoint = ["harbor.example.org/q", "http://[::1]:5000"]
"""
K3S = "mirrors:\n  quay.io:\n    endpoint: ['https://harbor.example.org/v2/q']\n"
BLOCK = "imageSwap:\n  imageChange: |-\n    default::\n    quay.io::h/q # note\n"

TEST_DETECT: list[tuple[str, str]] = [
    ("quay.io::h/q,gcr.io::h/g", "palette"),
    ("quay.io::h/q,gcr.io::h/g\n", "palette"),
    ("quay.io::h/q", "palette"),
    ("quay.io::h/q\n", "imageswap_map"),
    ("", "palette"),
    ("default::\nquay.io::h/q", "imageswap_map"),
    ("default::\r\nquay.io::h/q", "imageswap_map"),
    ("default:: # a comment", "imageswap_map"),
    ("noswap_wildcards::a,\ndefault::h", "imageswap_map"),
    ("a.io::[fd00::1]:5000/p\nb.io::h", "imageswap_map"),
    ("[fd00::1]:5000::h\ndefault::", "imageswap_map"),
    ("[EXACT]a::b\n[REPLACE]c::d", "imageswap_map"),
    (BLOCK, "image_change"),
    (CONFIG, "containerd_mirrors"),
    (K3S, "k3s_registries"),
]


@pytest.mark.parametrize(("text", "notation"), TEST_DETECT)
def test_detect_notation(text: str, notation: str) -> None:
    assert detect_notation(text) == notation


ENTRY = {"source": "quay.io", "target": "h/q"}
# mirrors, notation, assume_default, quay.io/a with and without doubt ("" where there is none)
TEST_READ: list[tuple[object, str, bool | None, str, str]] = [
    ("quay.io::h/q", "auto", None, "h/q/a", "quay.io/a"),
    ("quay.io::h/q", "auto", True, "h/q/a", ""),
    ("quay.io::h/q", "auto", False, "quay.io/a", ""),
    ("quay.io::h/q,default::", "auto", None, "h/q/a", ""),
    ("quay.io::h/q", "imageswap_map", None, "quay.io/a", ""),
    ("quay.io::h/q\n", "imageswap_map", True, "quay.io/a", ""),
    ("default::\nquay.io::h/q", "auto", None, "h/q/a", ""),
    ("default::\nquay.io::h/q", "auto", False, "h/q/a", ""),
    ("quay.io::h/q,\n gcr.io::h", "palette", True, "h/q/a", ""),
    ([ENTRY], "auto", None, "h/q/a", "quay.io/a"),
    (["quay.io::h/q", "quay.io: h/r"], "auto", True, "h/r/a", ""),
    ([{"source": "quay.io", "target": None}], "auto", True, "quay.io/a", ""),
    ({"quay.io": "h/q"}, "auto", None, "h/q/a", "quay.io/a"),
    ({"quay.io": "h/q"}, "mapping", False, "quay.io/a", ""),
    (BLOCK, "auto", None, "h/q/a", ""),
    ({"imageSwap": {"imageChange": "default::\nquay.io::h/q"}}, "auto", None, "h/q/a", ""),
    (CONFIG, "containerd_mirrors", True, "harbor.example.org/q/a", ""),
]


@pytest.mark.parametrize(("mirrors", "notation", "assume", "likely", "doubtful"), TEST_READ)
def test_read_swap_maps(
    mirrors: object, notation: str, assume: bool | None, likely: str, doubtful: str
) -> None:
    maps = read_swap_maps(mirrors, notation, assume)
    assert maps.likely.swap("quay.io/a").swapped == likely
    assert (maps.doubt.swap("quay.io/a").swapped if maps.doubt else "") == doubtful


@pytest.mark.parametrize(
    ("mirrors", "notation", "words"),
    [
        ("a::b", "yaml", "'yaml' is no notation: use auto, palette"),
        ({"a": "b"}, "palette", "notation palette is text, got dict"),
        (["a::b"], "imageswap_map", "notation imageswap_map is text, got list"),
        ("a: b", "image_change", "no text under imageSwap.imageChange"),
        ([{"source": "a"}], "auto", "keys 'source' and 'target'"),
        ([5], "auto", "int"),
        (None, "auto", "NoneType"),
        ("a::b", "list", "not read from a str"),
    ],
)
def test_unreadable_mirrors(mirrors: object, notation: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_swap_maps(mirrors, notation)


SEEN_AGAIN = "ephemeral_containers_not_swapped"
# id, map, image, after the second admission, codes of the findings
TEST_EXPLAIN: list[tuple[str, str, str, str | None, list[str]]] = [
    ("swapped", "default::\nquay.io::h.io/q", "quay.io/a", "h.io/q/a", [SEEN_AGAIN]),
    ("not swapped", "default::", "quay.io/a", "quay.io/a", []),
    ("server error", "default::\ndocker.io/library::h", "a/b", None, ["webhook_error"]),
    (
        "the default swaps its own result",
        "default::h.io/p",
        "quay.io/a",
        "h.io/p/p/a",
        ["swap_recursion", SEEN_AGAIN],
    ),
    ("the registry is exempt", "default::h.io/p\nh.io::", "quay.io/a", "h.io/p/a", [SEEN_AGAIN]),
    (
        "a target without a dot is taken for docker.io",
        "default::\ndocker.io::mirror/d",
        "nginx",
        "mirror/d/mirror/d/nginx",
        ["swap_recursion", SEEN_AGAIN],
    ),
    (
        "the second admission fails",
        "default::\nquay.io::h.io/q\nh.io/library::x",
        "quay.io/a",
        None,
        ["swap_recursion", SEEN_AGAIN],
    ),
    (
        "a scheme in the target",
        "default::\nquay.io::https://h.io/q",
        "quay.io/a",
        "https://h.io/q/a",
        ["swapped_image_invalid", SEEN_AGAIN],
    ),
    (
        "a port that stays behind the target",
        "default::\nr.io::h.io/p",
        "r.io:5000/a:1",
        "h.io/p:5000/a:1",
        ["swapped_image_invalid", SEEN_AGAIN],
    ),
    ("an exact entry that empties", "[EXACT]a::", "a", "", ["swapped_image_invalid", SEEN_AGAIN]),
    ("an image that is none", "default::", "A b", "A b", ["image_invalid"]),
    (
        "replaced twice",
        "default::\ngcr.io::h.io/g",
        "gcr.io/agcrxio/b",
        "h.io/g/ah.io/g/b",
        ["source_replaced_repeatedly", SEEN_AGAIN],
    ),
    (
        "a registry without a dot",
        "default::\ndocker.io::h.io/d",
        "localhost:5000/a",
        "h.io/d/localhost:5000/a",
        ["swapped_image_invalid", "registry_without_dot", SEEN_AGAIN],
    ),
    ("no default", "quay.io::h", "quay.io/a", "quay.io/a", []),
]


@pytest.mark.parametrize(
    ("text", "image", "second", "codes"),
    [row[1:] for row in TEST_EXPLAIN],
    ids=[row[0] for row in TEST_EXPLAIN],
)
def test_explain(text: str, image: str, second: str | None, codes: list[str]) -> None:
    explanation = explain(SwapMap.from_map_file(text), image)
    assert explanation.second_admission == second
    assert [finding.code for finding in explanation.findings] == codes
    assert all(finding.subject == image for finding in explanation.findings)


def test_recursion_is_told_with_its_cure() -> None:
    finding = explain(SwapMap.from_map_file("default::h.io/p"), "quay.io/a").findings[0]
    assert "h.io/p/a becomes h.io/p/p/a" in finding.message
    assert '"h.io::"' in finding.fix
    cured = explain(SwapMap.from_map_file("default::h.io/p\nh.io::"), "quay.io/a")
    assert "swap_recursion" not in {found.code for found in cured.findings}


def test_doubt_names_both_answers() -> None:
    maps = read_swap_maps("docker.io/library::h/l")
    assert maps.doubt is not None
    finding = explain_doubt(maps.likely.swap("a/b"), maps.doubt.swap("a/b"))
    assert finding.code == "default_unknown"
    assert "With a default entry the pod gets a server error, without one a/b." in finding.message


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        | st.fixed_dictionaries({"source": inner, "target": inner})
    ),
    max_leaves=6,
)


@given(
    mirrors=PLAIN,
    notation=st.sampled_from(["auto", "palette", "imageswap_map", "image_change", "list", "x"]),
    assume_default=st.none() | st.booleans(),
    image=st.text(max_size=20),
)
def test_anything_is_explained_or_refused(
    mirrors: object, notation: str, assume_default: bool | None, image: str
) -> None:
    try:
        maps = read_swap_maps(mirrors, notation, assume_default)
    except ValueError as error:
        assert str(error)
        return
    for swap_map in filter(None, (maps.likely, maps.doubt)):
        assert explain(swap_map, image).to_dict()["image"] == image
