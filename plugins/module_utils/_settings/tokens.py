# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords that end by themselves: tokens of Amazon, Google, Azure, GitHub and GitLab, any JWT."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import datetime
import json
import re
import typing as t

from .._evidence import Finding, Severity
from .._jwt import end_of_jwt
from .settings import Settings

SOON = datetime.timedelta(days=30)
"""An end within so many days is a warning."""

_HOSTS = re.compile(
    r"public\.ecr\.aws"
    r"|\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?"
    r"|\d{12}\.dkr-ecr(?:-fips)?\.[a-z0-9-]+\.on\.(?:aws|amazonwebservices\.com\.cn)"
)
_SUBJECT = "palette_registry.password"
_EFFECT = "the next sync or image pull after that fails, and nothing says so"


class _Kind(t.NamedTuple):
    """A kind of token: how it is known, by user name or the password's beginning; its life."""

    user: str
    prefix: str
    token: str
    instead: str


_ECR = _Kind(
    "AWS",  # the only user name with which ECR takes a token
    "",
    "a token of Amazon ECR, which is stale 12 hours after it was made",
    "the access key of a long-lived IAM user where your Palette takes one, a robot account of a "
    "registry that caches ECR, or none at all where the nodes' IAM role may pull",
)
_KINDS = (
    _Kind(
        "oauth2accesstoken",
        "ya29.",
        "an access token of Google Cloud, which is stale an hour after it was made, unless another "
        "life was asked for; when that was, it does not say",
        "the key of a service account that may read the repository (user _json_key_base64)",
    ),
    _Kind(
        "00000000-0000-0000-0000-000000000000",
        "",
        "a token of Azure Container Registry (az acr login --expose-token), which is stale after "
        "hours",
        "a repository-scoped token of the registry, or a service principal that may pull",
    ),
    _Kind(
        "gitlab-ci-token",
        "glcbt-",
        "the token of a GitLab CI job (CI_JOB_TOKEN, CI_REGISTRY_PASSWORD), which ends with the job",
        "a deploy token with the scope read_registry",
    ),
    _Kind(
        "",
        "ghs_",
        "a token of a GitHub App or of a job (GITHUB_TOKEN), which ends with the job, or an hour "
        "after it was made",
        "a personal access token with the scope read:packages",
    ),
)
_JWT = _Kind("", "", "a JSON Web Token", "the password of a robot or service account")


def lint_token(
    settings: Settings, *, now: datetime.datetime, ecr_allowed: bool
) -> t.Iterator[Finding]:
    """Yield what there is to say of a password that ends by itself.

    One that has ended is an error. One of Amazon ECR is an error, too, if `ecr_allowed` a warning.
    """
    password = settings.password
    ecr = _ecr_token(password)
    end = _time(end_of_jwt(password) if ecr is None else ecr.get("expiration"))
    kind = _ECR if ecr is not None or _is_ecr(settings) else _kind(settings)
    if not password or (kind is _JWT and end is None):
        return
    fix = f"use a password that lasts: {kind.instead}"
    if end is not None and end <= now:
        message = f"it is {kind.token}, and it ended at {_hour(end)}: the registry refuses it"
        yield Finding("token_expired", Severity.ERROR, _SUBJECT, message, fix)
    elif kind is _ECR:
        message = f"it is {kind.token}{f' ({_hour(end)})' if end else ''}: {_EFFECT}"
        fix += (
            ". To go on with the token, and renew it in time, set palette_allow_ecr_token to true"
        )
        severity = Severity.WARNING if ecr_allowed else Severity.ERROR
        yield Finding("ecr_token", severity, _SUBJECT, message, fix)
    else:
        when = f"; it ends at {_hour(end)}" if end else ""
        message = f"it is {kind.token}{when}: {_EFFECT}"
        far = end is not None and end - now > SOON
        severity = Severity.INFO if far else Severity.WARNING
        yield Finding("token_expires", severity, _SUBJECT, message, fix)


def _is_ecr(settings: Settings) -> bool:
    host = settings.host.partition(":")[0].lower()
    return settings.username == _ECR.user and _HOSTS.fullmatch(host) is not None


def _kind(settings: Settings) -> _Kind:
    for kind in _KINDS:
        if kind.user and settings.username == kind.user:
            return kind
        if kind.prefix and settings.password.startswith(kind.prefix):
            return kind
    return _JWT


def _ecr_token(password: str) -> dict[str, t.Any] | None:
    """Return what an ECR token says of itself, None for any other password."""
    try:
        data = json.loads(base64.b64decode(password, validate=True))
    except (ValueError, RecursionError):
        return None
    if isinstance(data, dict) and {"payload", "expiration"} <= data.keys():
        return data
    return None


def _time(seconds: t.Any) -> datetime.datetime | None:
    """Return the time of some seconds since 1970, None where that is none."""
    try:
        return datetime.datetime.fromtimestamp(float(seconds), datetime.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _hour(end: datetime.datetime) -> str:
    return f"{end:%Y-%m-%d %H:%M} UTC"


__all__ = ("lint_token",)
