# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a registry answers becomes a result or a RegistryError, and never a Python error."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._image_name import parse_image
from ansible_collections.palette.image_registry.plugins.module_utils._registry.auth import (
    Credentials,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.client import (
    RegistryClient,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Answer,
    retry_after,
)

HOST = "registry.example.test"
IMAGE = parse_image(f"{HOST}/p/nginx:1")
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=8)
    | st.sampled_from(["", "sha256:" + "a" * 64, "linux", "unknown", "token"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "errors",
                    "message",
                    "token",
                    "access_token",
                    "expires_in",
                    "schemaVersion",
                    "mediaType",
                    "manifests",
                    "config",
                    "digest",
                    "platform",
                    "os",
                    "architecture",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
BODIES = (
    PLAIN.map(lambda data: json.dumps(data).encode())
    | st.binary(max_size=30)
    | st.sampled_from(
        [
            b"[" * 200_000,
            b'{"a":' * 100_000,
            b"9" * 10_000,
            b'{"token": "t", "expires_in": 1e999}',
            b'{"token": "t", "expires_in": NaN}',
            b'{"token": "t", "expires_in": ' + b"9" * 400 + b"}",
            b'{"schemaVersion": 2, "mediaType": [], "manifests": [{"platform": {"os": 5}}]}',
            b'{"errors": [{"message": "\\ud800"}]}',
        ]
    )
)
WORDS = st.text(st.characters(max_codepoint=255), max_size=20)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(["application/json", "text/html", "\xff"]) | WORDS,
        "Docker-Content-Digest": st.sampled_from(["sha256:" + "b" * 64, "sha512:x", ":"]) | WORDS,
        "WWW-Authenticate": st.sampled_from(
            [
                f'Bearer realm="https://{HOST}/t",service="s"',
                "Basic",
                'Bearer realm="//"',
                'Bearer realm="https://["',
            ]
        )
        | WORDS,
        "Retry-After": st.sampled_from(["5", "\xb2", "9" * 5000, "-1"]) | WORDS,
    },
)
ANSWERS = st.builds(
    Answer,
    st.sampled_from([200, 200, 200, 401, 401, 403, 404, 429, 500, 999]),
    HEADERS,
    BODIES,
    st.just(f"https://{HOST}/v2/"),
)


class Scripted:
    """A transport that answers one thing after the other, and the last one for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        self._answers = answers

    def send(self, method: str, url: str, headers: t.Mapping[str, str]) -> Answer:
        for value in (url, *headers.values()):
            value.encode("latin-1")
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@given(st.lists(ANSWERS, min_size=1, max_size=5), st.booleans(), st.booleans())
def test_any_answers_end_in_a_result_or_a_sentence(
    answers: list[Answer], known: bool, platforms: bool
) -> None:
    credentials = {HOST: Credentials("u", "secret-0815")} if known else {}
    client = RegistryClient(Scripted(answers), credentials)
    for ask in (
        lambda: client.probe(HOST),
        lambda: client.find(IMAGE, platforms=platforms),
        lambda: client.open_as_node(f"https://{HOST}/v2/p/nginx/manifests/1", IMAGE),
    ):
        try:
            json.dumps(str(ask()), ensure_ascii=False).encode()
        except RegistryError as error:
            error.message.encode()
            assert len(error.message) < 600


@given(WORDS)
def test_any_retry_after_is_a_number(header: str) -> None:
    assert retry_after(header) >= 0


@pytest.mark.parametrize("header", ["\xb2", "Mon, 99 Jan 99999 00:00:00 +9999", "0 0 0 0 0", "\0"])
def test_odd_dates_are_none(header: str) -> None:
    assert retry_after(header) == 0
