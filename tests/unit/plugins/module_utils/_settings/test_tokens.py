# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import datetime
import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorTable,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.tokens import (
    lint_token,
)

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
NOW = datetime.datetime(2026, 12, 31, 20, 30, tzinfo=datetime.UTC)
END = 1798761600  # 2027-01-01 00:00 UTC
GUID = "00000000-0000-0000-0000-000000000000"


def encoded(data: t.Any) -> str:
    return base64.b64encode(json.dumps(data).encode()).decode()


def jwt(**claims: t.Any) -> str:
    header, payload = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "RS256"}, claims)
    )
    return f"{header}.{payload}.c2lnbmF0dXJl"


TOKEN = encoded({"payload": "x", "datakey": "y", "version": "2", "expiration": END})


def lint(
    endpoint: str, username: str, password: str, *, now: datetime.datetime = NOW, ecr: bool = False
) -> list[Finding]:
    settings = Settings(endpoint, "name", "p", MirrorTable(()), username, password)
    return list(lint_token(settings, now=now, ecr_allowed=ecr))


# endpoint, user, password, the finding's code (empty: none)
TEST_TOKENS: list[tuple[str, str, str, str]] = [
    (HOST, "AWS", "opaque", "ecr_token"),
    ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "AWS", "opaque", "ecr_token"),
    ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "AWS", "opaque", "ecr_token"),
    ("123456789012.dkr-ecr.eu-west-1.on.aws", "AWS", "opaque", "ecr_token"),
    ("public.ecr.aws/alias", "AWS", "opaque", "ecr_token"),
    ("harbor.example.org", "AWS", "opaque", ""),
    (f"harbor.{HOST}.example.org", "AWS", "opaque", ""),
    (HOST, "AKIAEXAMPLE", "opaque", ""),
    (HOST, "AWS", "", ""),
    ("harbor.example.org", "robot", TOKEN, "ecr_token"),
    ("harbor.example.org", "robot", encoded({"payload": "x"}), ""),
    ("harbor.example.org", "robot", encoded(["payload", "expiration"]), ""),
    ("europe-docker.pkg.dev", "oauth2accesstoken", "opaque", "token_expires"),
    ("europe-docker.pkg.dev", "other", "ya29.a0Af", "token_expires"),
    ("europe-docker.pkg.dev", "_json_key_base64", encoded({"type": "service_account"}), ""),
    ("r.azurecr.io", GUID, "opaque", "token_expires"),
    ("r.azurecr.io", GUID, jwt(exp=END), "token_expires"),
    ("r.azurecr.io", "a-service-principal", "opaque", ""),
    ("registry.gitlab.com", "gitlab-ci-token", "opaque", "token_expires"),
    ("registry.gitlab.com", "other", "glcbt-64_x", "token_expires"),
    ("registry.gitlab.com", "gitlab+deploy-token-1", "gldt-x", ""),
    ("ghcr.io", "me", "ghs_x", "token_expires"),
    ("ghcr.io", "me", f"ghs_1234_{jwt(exp=END)}", "token_expires"),
    ("ghcr.io", "me", "ghp_x", ""),
    ("harbor.example.org", "robot", jwt(exp=END), "token_expires"),
    ("harbor.example.org", "robot", jwt(exp=END - 86400), "token_expired"),
    ("r.azurecr.io", GUID, jwt(exp=5), "token_expired"),
    ("harbor.example.org", "robot", encoded({"payload": "x", "expiration": 5}), "token_expired"),
    ("harbor.example.org", "robot", jwt(iat=5), ""),
    ("harbor.example.org", "robot", jwt(exp=1e30), ""),
    ("harbor.example.org", "robot", "three.plain.words", ""),
]


@pytest.mark.parametrize(("endpoint", "username", "password", "code"), TEST_TOKENS)
def test_tokens(endpoint: str, username: str, password: str, code: str) -> None:
    findings = lint(endpoint, username, password)
    assert [one.code for one in findings] == [code] * bool(code)
    for one in findings:
        wanted = Severity.WARNING if code == "token_expires" else Severity.ERROR
        assert one.severity is wanted
        assert one.subject == "palette_registry.password"
        assert password not in one.message + one.fix


def test_it_says_when_it_ends_and_how_to_go_on() -> None:
    (finding,) = lint(HOST, "AWS", TOKEN, ecr=True)
    assert finding.severity is Severity.WARNING
    assert "(2027-01-01 00:00 UTC)" in finding.message
    assert "palette_allow_ecr_token" in finding.fix


def test_any_token_says_when_it_ends() -> None:
    (finding,) = lint("h.io", "robot", jwt(exp=END))
    assert finding.message.startswith("it is a JSON Web Token; it ends at 2027-01-01 00:00 UTC: ")


def test_what_has_ended_is_refused_even_where_it_is_allowed() -> None:
    later = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
    (finding,) = lint(HOST, "AWS", TOKEN, now=later, ecr=True)
    assert (finding.code, finding.severity) == ("token_expired", Severity.ERROR)
    assert "it ended at 2027-01-01 00:00 UTC" in finding.message


@pytest.mark.parametrize(("days", "severity"), [(30, Severity.WARNING), (31, Severity.INFO)])
def test_an_end_that_is_far_is_a_remark(days: int, severity: Severity) -> None:
    earlier = datetime.datetime.fromtimestamp(END, datetime.UTC) - datetime.timedelta(days=days)
    (finding,) = lint("h.io", "robot", jwt(exp=END), now=earlier)
    assert (finding.code, finding.severity) == ("token_expires", severity)


@pytest.mark.parametrize("expiration", ["soon", None, 1e30, []])
def test_an_end_that_cannot_be_read_is_left_out(expiration: t.Any) -> None:
    token = encoded({"payload": "x", "expiration": expiration})
    (finding,) = lint(HOST, "AWS", token)
    assert "UTC" not in finding.message


@given(st.text())
def test_no_password_breaks_it(password: str) -> None:
    assert {finding.code for finding in lint("h.io", "u", password)} <= {"token_expires"}
