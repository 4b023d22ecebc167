# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorTable,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.ecr import lint_ecr
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


def encoded(data: t.Any) -> str:
    return base64.b64encode(json.dumps(data).encode()).decode()


TOKEN = encoded({"payload": "x", "datakey": "y", "version": "2", "expiration": 1798761600})


def settings(endpoint: str, username: str, password: str) -> Settings:
    return Settings(endpoint, "name", "p", MirrorTable(()), username, password)


# endpoint, user, password, whether it ends
TEST_TOKENS: list[tuple[str, str, str, bool]] = [
    (HOST, "AWS", "opaque", True),
    ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "AWS", "opaque", True),
    ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "AWS", "opaque", True),
    ("123456789012.dkr-ecr.eu-west-1.on.aws", "AWS", "opaque", True),
    ("public.ecr.aws/alias", "AWS", "opaque", True),
    ("harbor.example.org", "AWS", "opaque", False),
    (f"harbor.{HOST}.example.org", "AWS", "opaque", False),
    (HOST, "AKIAEXAMPLE", "opaque", False),
    (HOST, "AWS", "", False),
    ("harbor.example.org", "robot", TOKEN, True),
    ("harbor.example.org", "robot", encoded({"payload": "x"}), False),
    ("harbor.example.org", "robot", encoded(["payload", "expiration"]), False),
]


@pytest.mark.parametrize(("endpoint", "username", "password", "ends"), TEST_TOKENS)
def test_tokens(endpoint: str, username: str, password: str, ends: bool) -> None:
    findings = list(lint_ecr(settings(endpoint, username, password), allowed=False))
    assert [one.code for one in findings] == ["ecr_token"] * ends
    assert all(one.severity is Severity.ERROR for one in findings)


def test_it_says_when_it_ends_and_how_to_go_on() -> None:
    (finding,) = lint_ecr(settings(HOST, "AWS", TOKEN), allowed=True)
    assert finding.severity is Severity.WARNING
    assert "(2027-01-01 00:00 UTC)" in finding.message
    assert "palette_allow_ecr_token" in finding.fix
    assert TOKEN not in finding.message + finding.fix


@pytest.mark.parametrize("expiration", ["soon", None, 1e30, []])
def test_an_end_that_cannot_be_read_is_left_out(expiration: t.Any) -> None:
    token = encoded({"payload": "x", "expiration": expiration})
    (finding,) = lint_ecr(settings(HOST, "AWS", token), allowed=False)
    assert "UTC" not in finding.message


@given(st.text())
def test_no_password_breaks_it(password: str) -> None:
    assert list(lint_ecr(settings("h.io", "u", password), allowed=False)) == []
