# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The compiled engine against the sandbox's webhook, which shares no code with it."""

from __future__ import annotations

import typing as t

from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.swap import SwapMap
from tests.sandbox.webhook import swap as webhook

HOSTS = [
    "docker.io",
    "index.docker.io",
    "quay.io",
    "r.io:5000",
    "r.io",
    "10.0.0.5:5000",
    "localhost:5000",
    "registry:5000",
    "[fd00::1]:5000",
    "a+b.io",
    "(x).io",
    "*.io",
    "",
    ":5.0",
    "Quay.io",
]
PATHS = ["nginx", "library/nginx", "a/b", "docker.io/r.io", "quayXio/quay.io", "", "x:1/y", "x/"]
TAGS = ["", ":1", ":5000", "@sha256:0", ":1@sha256:0", "\n"]
GLOBS = ["*", "*nginx*", "quay.io/*", "[!q]*", "[z-a]*", "[", "?.io/*", "a/b"]
TARGETS = [
    "",
    "h/p",
    "h:80",
    "h/p/",
    "h/p-",
    "-",
    "https://h/p",
    "docker.io",
    "quay.io/quay.io",
    r"h\q",
    r"\1",
    r"\g<0>x",
    r"\g<n>",
    "h,r.io,",
    "[fd00::1]:80/p",
]
ODD = ["::", ":", " ", "\t", "#", ",", "\r", "\x0b", "\u2028", "\ufeff", "=>", "/", "\\"]

hosts = st.sampled_from(HOSTS)
images = st.one_of(
    st.builds("{}/{}{}".format, hosts, st.sampled_from(PATHS), st.sampled_from(TAGS)),
    st.builds("{}{}".format, st.sampled_from(PATHS + HOSTS), st.sampled_from(TAGS)),
    st.text(max_size=12),
)
sources = st.one_of(
    st.sampled_from(["default", "noswap_wildcards", "docker.io", "docker.io/library"]),
    hosts,
    hosts.map("{}/library".format),
    images.map("[EXACT]{}".format),
    st.sampled_from(GLOBS).map("[REPLACE]{}".format),
)
separators = st.sampled_from(["::", "::", "::", ":", " :: ", ":\t:", "=>"])
comments = st.sampled_from(["", "", " # c", "#a#b", "##", "\t", "  ", "\r", ","])
lines = st.one_of(
    st.builds("{}{}{}{}".format, sources, separators, st.sampled_from(TARGETS), comments),
    st.sampled_from(
        ["", "#", "# a::b", " #a::b", "noswap_wildcards::x, y", "default::", "default:"]
    ),
    st.lists(st.sampled_from(ODD) | st.text(max_size=3), max_size=6).map("".join),
)
maps = st.lists(lines, max_size=8).map("\n".join)


def answer_of_webhook(text: str, image: str) -> tuple[str | None, bool]:
    """Return what the naive webhook puts in the pod, and whether it crashed."""
    try:
        swapped = webhook.swap_image(image, webhook.read_maps(text))
    except Exception:
        return None, True
    return (image if swapped is None else swapped), False


@given(text=maps, chosen=st.lists(images, min_size=1, max_size=6), with_default=st.booleans())
@example(text="::h", chosen=[":5.0/x"], with_default=True)
@example(text="*.io::h", chosen=["*.io/x"], with_default=True)
@example(text="docker.io/library::h", chosen=["a/b", "c"], with_default=True)
def test_engine_and_webhook_agree(text: str, chosen: t.Sequence[str], with_default: bool) -> None:
    text = f"default::h/d\n{text}" if with_default else text
    swap_map = SwapMap.from_map_file(text)
    for image in chosen:
        swap = swap_map.swap(image)
        assert (swap.swapped, swap.error != "") == answer_of_webhook(text, image), swap.rule
