# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Status of the API in what clients say: found whole, and never made up."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.api_status import (
    message_in,
    status_in,
)


def status(message: str) -> dict[str, t.Any]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": "InternalError",
        "details": {"causes": [{"message": message}]},
        "code": 500,
    }


@given(message=st.text(min_size=1), before=st.text(alphabet="abc: {[\n", max_size=40))
def test_it_is_found_as_clients_print_it(message: str, before: str) -> None:
    body = json.dumps(status(message), separators=(",", ":")) + "\n"
    for said in (
        f"{before} Failed to create object: {body.encode()!r}",
        f"{before} (500)\nReason: Internal Server Error\nHTTP response body: {body}\n",
    ):
        assert status_in(said) == status(message)
        assert message_in(said) == message


@given(st.text())
def test_without_one_a_text_stays_as_it_is(said: str) -> None:
    assert status_in(said) == {}
    assert message_in(said) == said


@pytest.mark.parametrize(
    "said",
    [
        'refused: {"kind":"Status","message":"cut',
        "b'\\xzz'",
        "{" * 100_000,
        '{"kind":"Pod","message":"no status"}',
        'b"' + "\\" * 9,
    ],
)
def test_what_is_none(said: str) -> None:
    assert status_in(said) == {}
