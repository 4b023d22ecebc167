# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook engine: every recorded answer of the real webhook, then its rules one by one."""

from __future__ import annotations

import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.swap import (
    WEBHOOK_ERROR,
    Swap,
    SwapMap,
    read_map_file,
)

VECTORS = json.loads(
    (pathlib.Path(__file__).parents[4] / "vectors" / "image_swap.json").read_text("utf-8")
)


def test_every_recorded_answer_agrees() -> None:
    answers = [(vector["map"], case) for vector in VECTORS for case in vector["cases"]]
    assert len(answers) == 1280
    wrong = []
    for text, case in answers:
        swap = SwapMap.from_map_file(text).swap(case["image"])
        error = WEBHOOK_ERROR if "error" in case else ""
        if (swap.swapped, swap.error) != (case.get("swapped"), error):
            wrong.append((text, case, swap))
    assert wrong == []


TEST_READ: list[tuple[str, str, dict[str, str]]] = [
    ("two separators", "a.io::h/p", {"a.io": "h/p"}),
    ("one separator, deprecated", "a.io:h", {"a.io": "h"}),
    ("a port taken for the target", "a.io:443", {"a.io": "443"}),
    ("no target", "a.io::", {"a.io": ""}),
    ("deprecated, no target", "default:", {"default": ""}),
    ("no source", "::h", {"": "h"}),
    ("three colons", "a:::b", {"a": ":b"}),
    ("three parts", "a::b::c", {}),
    ("four colons", "a::::b", {}),
    ("port without two colons", "a:5000:h", {}),
    ("ports with two colons", "a.io:5000::h:80/p", {"a.io:5000": "h:80/p"}),
    ("IPv6 target", "a.io::[fd00::1]:5000/p", {}),
    ("no separator", "a.io=>h", {}),
    ("comment", "#a::b\na::c", {"a": "c"}),
    ("comment after blanks is cut", "  #a::b", {}),
    ("trailing comment", "a::b # c", {"a": "b"}),
    ("only the last comment is cut", "a::b#one#two", {"a": "b#one"}),
    ("a run of hashes is one comment", "a::b ### c", {"a": "b"}),
    ("a run of hashes at the start", "### a::b", {}),
    ("spaces vanish everywhere", " a . io :: h / p ", {"a.io": "h/p"}),
    ("tabs stay inside", "\ta\t::\th\t\t", {"\ta\t": "\th"}),
    ("last duplicate wins", "a::1\nb::2\na::3", {"a": "3", "b": "2"}),
    ("Windows and old Mac line ends", "a::1\r\nb::2\rc::3", {"a": "1", "b": "2", "c": "3"}),
    ("other separators of lines do not count", "a::1\x0bb\u2028c", {"a": "1\x0bb\u2028c"}),
    ("a byte order mark stays", "\ufeffa::1", {"\ufeffa": "1"}),
    ("a whole comma string on a line", "a::1,b::2", {}),
    ("nothing", "", {}),
]


@pytest.mark.parametrize(
    ("text", "plain"), [row[1:] for row in TEST_READ], ids=[r[0] for r in TEST_READ]
)
def test_read_map_file(text: str, plain: dict[str, str]) -> None:
    assert read_map_file(text).plain == plain


def test_read_map_file_keywords() -> None:
    maps = read_map_file(
        "[EXACT]\ta/b:1::c\n[REPLACE]x*::y\n[REPLACE]w::v\n[REPLACE]x*::z\n[exact]q::r"
    )
    assert maps.exact == {"a/b:1": "c"}
    assert list(maps.replace.items()) == [("x*", "z"), ("w", "v")]
    assert maps.plain == {"[exact]q": "r"}


# id, map without its "default::" line, image, what ends up in the pod (None: server error)
TEST_SWAP: list[tuple[str, str, str, str | None]] = [
    ("registry", "quay.io::h/p", "quay.io/a/b:1@sha256:0", "h/p/a/b:1@sha256:0"),
    ("short name", "docker.io::h/p", "nginx", "h/p/nginx"),
    ("short name of an organisation", "docker.io::h/p", "a/b", "h/p/a/b"),
    ("docker.io by name", "docker.io::h/p", "docker.io/a/b", "h/p/a/b"),
    ("an image called docker.io", "docker.io::h", "docker.io:1", "h:1"),
    (
        "registry without a dot is docker.io",
        "localhost:5000::l\ndocker.io::h",
        "localhost:5000/a",
        "h/localhost:5000/a",
    ),
    ("registry and nothing behind it", "docker.io::h", "quay.io/", "h/quay.io/"),
    ("not even a name", "docker.io::h", "", "h/"),
    ("library entry, library image", "docker.io::h\ndocker.io/library::l", "nginx:1", "l/nginx:1"),
    ("library entry, other image", "docker.io::h\ndocker.io/library::l", "a/b", "h/a/b"),
    (
        "library entry, library by name",
        "docker.io::h\ndocker.io/library::l",
        "library/nginx",
        "h/library/nginx",
    ),
    ("library entry alone, library image", "docker.io/library::l", "nginx", "l/nginx"),
    ("library entry alone, other image", "docker.io/library::l", "a/b", None),
    ("library entry of a port", "r.io:5000/library::l", "r.io:5000/a", None),
    (
        "library entry is not tried without the port",
        "r.io/library::l",
        "r.io:5000/a",
        "r.io:5000/a",
    ),
    ("no target", "quay.io::\ndefault::d", "quay.io/a", "quay.io/a"),
    ("port", "r.io:5000::h\nr.io::i", "r.io:5000/a", "h/a"),
    ("entry without the port", "r.io::i", "r.io:5000/a", "i:5000/a"),
    ("dash, short name", "docker.io::m-", "a/b:1", "m-docker.io/a/b:1"),
    ("dash, registry with a port", "r.io:5000::m-", "r.io:5000/a:1", "m-r.io/a:1"),
    ("dash cuts from the first colon", "r.io:5000::m-", "r.io:5000/a:1/b", "m-r.io/b"),
    ("default dash keeps the port", "default::m-", "r.io:5000/a", "m-r.io/r.io:5000/a"),
    ("default", "default::d", "quay.io/a", "d/a"),
    ("default, short name", "default::d", "a", "d/a"),
    ("every occurrence", "r.io::h", "r.io/x/r.io/y", "h/x/h/y"),
    ("a dot is any character", "gcr.io::h", "gcr.io/agcrXio/b", "h/ah/b"),
    ("the default replaces every occurrence", "default::h", "r.io/x/r-io", "h/x/h"),
    ("a source that does not match itself", "a+.io::h", "a+.io/x", "a+.io/x"),
    ("a source that is no regular expression", "*.io::h", "*.io/x", None),
    ("a source like that is only compiled when needed", "*.io::h\ndefault::d", "a/b", "d/a/b"),
    ("a target with a bad escape", r"r.io::h\q", "r.io/x", None),
    ("a target with a group that is not there", r"r.io::h\1", "r.io/x", None),
    ("a target with a group name that is not there", r"r.io::h\g<n>", "r.io/x", None),
    ("a target with the whole match", r"r.io::h/\g<0>", "r.io/x", "h/r.io/x"),
    ("a target with an escape that is one", r"r.io::h\n", "r.io/x", "h\n/x"),
    ("the same target in front of a short name", r"docker.io::h\q", "x", r"h\q/x"),
    ("an empty source", "::h", ":5.0/x", "h:h5h.h0h/hxh"),
    ("wildcard", "noswap_wildcards::twr, sys\ndefault::d", "quay.io/system/x", "quay.io/system/x"),
    ("no wildcard", "noswap_wildcards::twr, sys\ndefault::d", "quay.io/x", "d/x"),
    ("an empty wildcard is in all", "noswap_wildcards::twr,\ndefault::d", "quay.io/x", "quay.io/x"),
    ("no wildcards", "noswap_wildcards::\ndefault::d", "quay.io/x", "d/x"),
    ("an entry wins over wildcards", "noswap_wildcards::x\nquay.io::h", "quay.io/x", "h/x"),
    ("exact", "[EXACT]a/b:1::z\ndocker.io::h", "a/b:1", "z"),
    ("exact means exact", "[EXACT]a/b:1::z\ndocker.io::h", "a/b", "h/a/b"),
    ("exact without target empties the image", "[EXACT]a::", "a", ""),
    ("exact wins", "[REPLACE]*::r\n[EXACT]a::z", "a", "z"),
    ("replace keeps the last part", "[REPLACE]quay.io/*::r/p", "quay.io/a/b/c:1", "r/p/c:1"),
    ("replace, target with a slash", "[REPLACE]*::r/", "a/b", "r/b"),
    ("replace, no target", "[REPLACE]*::", "a/b", "b"),
    ("replace, first of two", "[REPLACE]*b::1\n[REPLACE]a*::2", "ab", "1/ab"),
    ("replace, character set", "[REPLACE]a[!b]?::r", "axy", "r/axy"),
    ("replace, the case counts", "[REPLACE]A*::r", "abc", "abc"),
    ("replace, a trailing slash", "[REPLACE]*::r", "a/", "r/"),
    ("a broken glob matches as text", "[REPLACE][z-a]*::r", "z", "z"),
    ("sources keep their case", "Quay.io::h", "quay.io/a", "quay.io/a"),
]


@pytest.mark.parametrize(
    ("text", "image", "swapped"), [row[1:] for row in TEST_SWAP], ids=[r[0] for r in TEST_SWAP]
)
def test_swap(text: str, image: str, swapped: str | None) -> None:
    swap = SwapMap.from_map_file(f"default::\n{text}").swap(image)
    assert (swap.image, swap.swapped) == (image, swapped)
    assert swap.error == (WEBHOOK_ERROR if swapped is None else "")
    assert swap.rule.endswith(".")


@pytest.mark.parametrize(
    ("image", "swapped"), [("a", "z"), ("b/c", "r/c"), ("quay.io/d", "quay.io/d"), ("e", "e")]
)
def test_without_default_only_exact_and_replace_swap(image: str, swapped: str) -> None:
    swap_map = SwapMap.from_map_file(
        "quay.io::h\ndocker.io/library::h\n[EXACT]a::z\n[REPLACE]b*::r"
    )
    assert swap_map.swap(image).swapped == swapped
    assert not swap_map.has_default


TEST_PALETTE: list[tuple[str, bool, str, str]] = [
    ("docker.io::h/d, quay.io::h/q", True, "quay.io/a", "h/q/a"),
    ("docker.io::h/d,quay.io::h/q", False, "quay.io/a", "quay.io/a"),
    ("default::h,quay.io::q", True, "gcr.io/a", "h/a"),
    ("default::h,quay.io::q", False, "gcr.io/a", "h/a"),
    # A comma cannot be part of an entry: the second half of the list is an entry to be skipped.
    ("default::h,noswap_wildcards::twr.io, bar.io", True, "bar.io/a", "h/a"),
]


@pytest.mark.parametrize(("source", "assume_default", "image", "swapped"), TEST_PALETTE)
def test_from_palette(source: str, assume_default: bool, image: str, swapped: str) -> None:
    assert SwapMap.from_palette(source, assume_default).swap(image).swapped == swapped


@pytest.mark.parametrize(
    ("image", "count"),
    [
        ("gcr.io/a", 1),
        ("gcr.io/agcrXio/gcr.io", 3),
        ("nginx", 0),
        ("quay.io/a", 0),
        ("a+.io/x", 0),
    ],
)
def test_replacements_are_counted(image: str, count: int) -> None:
    swap_map = SwapMap.from_palette("docker.io::h,gcr.io::g,a+.io::a", True)
    assert swap_map.swap(image).replacements == count


ODD = st.sampled_from(
    ["::", ":", "/", "#", ",", " ", "\t", "\n", "\\", "-", "(", "[", "*", "+", "\x00"]
)
TEXTS = st.lists(
    ODD
    | st.sampled_from(["default", "docker.io", "a.b", "/library", "[EXACT]", "[REPLACE]"])
    | st.text(max_size=4),
    max_size=24,
).map("".join)


@given(text=TEXTS, image=TEXTS)
def test_never_raises_and_is_repeatable(text: str, image: str) -> None:
    swap_map = SwapMap.from_map_file(text)
    first = swap_map.swap(image)
    assert isinstance(first, Swap)
    assert (first.swapped is None) == (first.error == WEBHOOK_ERROR)
    assert swap_map.swap(image) == first == SwapMap.from_map_file(text).swap(image)
