# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords of Amazon ECR, which end twelve hours after `aws ecr get-login-password`."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re
import typing as t

from .._evidence import Finding, Severity
from .settings import Settings

_HOSTS = re.compile(
    r"public\.ecr\.aws"
    r"|\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?"
    r"|\d{12}\.dkr-ecr(?:-fips)?\.[a-z0-9-]+\.on\.(?:aws|amazonwebservices\.com\.cn)"
)
_USER = "AWS"  # the only user name with which ECR takes a token


def lint_ecr(settings: Settings, *, allowed: bool) -> t.Iterator[Finding]:
    """Yield the finding that the password is such a token: an error, if `allowed` a warning."""
    if not settings.password:
        return
    token = _token(settings.password)
    host = settings.host.partition(":")[0].lower()
    if token is None and not (settings.username == _USER and _HOSTS.fullmatch(host)):
        return
    yield Finding(
        "ecr_token",
        Severity.WARNING if allowed else Severity.ERROR,
        "palette_registry.password",
        f"it is a token of Amazon ECR, which is stale 12 hours after it was made{_end(token)}: "
        "the next sync or image pull after that fails, and nothing says so",
        "use a password that lasts: the access key of a long-lived IAM user where your Palette "
        "takes one, a robot account of a registry that caches ECR, or none at all where the "
        "nodes' IAM role may pull. To go on with the token, and renew it in time, set "
        "palette_allow_ecr_token to true",
    )


def _token(password: str) -> dict[str, t.Any] | None:
    """Return what an ECR token says of itself, None for any other password."""
    try:
        data = json.loads(base64.b64decode(password, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if isinstance(data, dict) and {"payload", "expiration"} <= data.keys():
        return data
    return None


def _end(token: dict[str, t.Any] | None) -> str:
    """Return when a token ends, in words; empty if it does not say so."""
    try:
        seconds = float((token or {})["expiration"])
        end = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return ""
    return f" ({end:%Y-%m-%d %H:%M} UTC)"


__all__ = ("lint_ecr",)
