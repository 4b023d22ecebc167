# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import multiprocessing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._registry.auth import (
    Challenge,
    Credentials,
    choose,
    parse_challenges,
)

TEST_CHALLENGES: list[tuple[str, list[Challenge]]] = [
    ("", []),
    ("Negotiate", [Challenge("negotiate")]),
    ('Basic realm="a, b"', [Challenge("basic", {"realm": "a, b"})]),
    (
        'Bearer realm="https://h/token",service="s",scope="repository:a/b:pull,push"',
        [
            Challenge(
                "bearer",
                {"realm": "https://h/token", "service": "s", "scope": "repository:a/b:pull,push"},
            )
        ],
    ),
    (
        'Basic realm="x", Bearer realm = "y" , service=plain',
        [
            Challenge("basic", {"realm": "x"}),
            Challenge("bearer", {"realm": "y", "service": "plain"}),
        ],
    ),
    (r'BEARER REALM="say \"hi\""', [Challenge("bearer", {"realm": 'say "hi"'})]),
    ("Negotiate, Basic realm=r", [Challenge("negotiate"), Challenge("basic", {"realm": "r"})]),
]


@pytest.mark.parametrize(("header", "expected"), TEST_CHALLENGES)
def test_challenges(header: str, expected: list[Challenge]) -> None:
    assert list(parse_challenges(header)) == expected


@given(st.text(alphabet='aB1 ,="\\\t\n', max_size=40))
def test_any_header_is_read(header: str) -> None:
    for challenge in parse_challenges(header):
        assert challenge.scheme


@pytest.mark.parametrize(
    "header",
    [
        " " * 3_000_000 + "(",
        "Bearer" + " " * 3_000_000 + "(",
        "Bearer a" + " " * 3_000_000 + "(",
        'Bearer realm="x"' + " ," * 1_500_000 + "(",
        'Bearer realm="' + "\\a" * 1_500_000,
    ],
    ids=["blanks", "after_scheme", "after_name", "commas", "open_quote"],
)
def test_a_challenge_of_megabytes_is_read(header: str) -> None:
    """If the time grew with the square of the length, this would take hours."""
    process = multiprocessing.get_context("fork").Process(target=parse_challenges, args=(header,))
    process.start()
    process.join(60)
    ended = process.exitcode
    process.kill()
    assert ended == 0


def test_bearer_goes_before_basic() -> None:
    both = parse_challenges('Basic realm="x", Bearer realm="y", Bearer realm="z"')
    assert choose(both) == Challenge("bearer", {"realm": "y"})
    assert choose(both[:1]) == both[0]
    assert choose(parse_challenges("Negotiate")) is None


def test_credentials_show_nothing() -> None:
    assert repr(Credentials("user", "secret")) == "Credentials()"
