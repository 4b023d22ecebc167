# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does a cluster hold the override? Secret and chart values against the settings, by field."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import binascii
import typing as t

from ...module_utils._certificates.text import holds_private_key
from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._objects import JsonObject, dig
from ...module_utils._redact import cut, fingerprint
from ...module_utils._settings.settings import Settings, chart_values, secret_data
from .._release.release import Release
from .._release.values import flatten, merge_values
from .secret import fields_of

_SECRET_FIELDS = frozenset({"PASSWORD", "password"})
_LONG = 120


def secret_checks(
    subject: str, settings: Settings, secret: JsonObject | None, name: str, namespace: str
) -> tuple[Check, ...]:
    """Return one check a key of the Secret, decoded; one failed check if it is not there."""
    place = f"secret/{name} in {namespace}"
    if secret is None:
        return (_missing("Secret", subject, place, "run the override playbook"),)
    checks = [_type_check(subject, secret, place)]
    data = {key: _decoded(text) for key, text in (dig(secret, "data") or {}).items()}
    readable = {key: raw for key, raw in data.items() if raw is not None}
    for key, live, wanted, _same in fields_of(readable, secret_data(settings)):
        checks.append(_field(f"Secret {key}", subject, place, key, wanted, live))
    return tuple(checks)


def release_checks(
    subject: str,
    settings: Settings,
    release: Release | None,
    place: str,
    *,
    is_eks: bool | None = None,
    ca_cert_encoding: str = "pem",
) -> tuple[Check, ...]:
    """Return the checks of the image-swap release: deployed, and one a value that we set.

    `place` names the release, such as `release image-swap in default`.
    """
    if release is None:
        fix = "run the override playbook with palette_airgap: true"
        return (_missing("image-swap release", subject, place, fix),)
    checks = [_deployed(subject, release, place)]
    live = merge_values(release.chart.get("values") or {}, release.config)
    try:
        expected = chart_values(settings, live, is_eks=is_eks, ca_cert_encoding=ca_cert_encoding)
    except ValueError as exc:
        fix = "install the image-swap chart of your Palette release under this name"
        finding = Finding("not_an_image_swap_chart", Severity.ERROR, place, str(exc), fix)
        checks.append(
            Check("image-swap chart", subject, Status.FAIL, "ociImageRegistry", "", (finding,))
        )
        return tuple(checks)
    for path, value in flatten(expected):
        actual = dig(live, *path)
        label = ".".join(path)
        checks.append(
            _field(
                f"chart {label}",
                subject,
                place,
                path[-1],
                _text(value),
                None if actual is None else _text(actual),
                label,
            )
        )
    return tuple(checks)


def _decoded(encoded: t.Any) -> bytes | None:
    if encoded is None:
        return None
    try:
        return base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError):
        return None


def _text(value: t.Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _shown(key: str, value: str) -> str:
    if key in _SECRET_FIELDS or holds_private_key(value):
        return fingerprint(value)
    return cut(value, _LONG, f"... ({len(value)} characters)")


def _field(
    name: str,
    subject: str,
    place: str,
    key: str,
    expected: str,
    actual: str | None,
    label: str = "",
) -> Check:
    shown = "<not set>" if actual is None else _shown(key, actual)
    if actual == expected:
        return Check(name, subject, Status.PASS, _shown(key, expected), shown)
    finding = Finding(
        "value_differs" if actual is not None else "value_missing",
        Severity.ERROR,
        f"{place}, {label or key}",
        f"it is {shown}, expected {_shown(key, expected)}",
        "run the override playbook, or correct palette_registry if the cluster is right",
    )
    return Check(name, subject, Status.FAIL, _shown(key, expected), shown, (finding,))


def _missing(name: str, subject: str, place: str, fix: str) -> Check:
    finding = Finding("override_missing", Severity.ERROR, place, "it is not there", fix)
    return Check(name, subject, Status.FAIL, "present", "missing", (finding,))


def _type_check(subject: str, secret: JsonObject, place: str) -> Check:
    actual = str(secret.get("type", ""))
    if actual == "Opaque":
        return Check("Secret type", subject, Status.PASS, "Opaque", actual)
    finding = Finding(
        "secret_type",
        Severity.ERROR,
        place,
        f"its type is {actual}; Palette reads it only as Opaque",
        "run the override playbook with palette_secret_replace: true",
    )
    return Check("Secret type", subject, Status.FAIL, "Opaque", actual, (finding,))


def _deployed(subject: str, release: Release, place: str) -> Check:
    status = release.status
    actual = f"{status}, {release.chart_label}, revision {release.revision}"
    if status == "deployed":
        return Check("image-swap release", subject, Status.PASS, "deployed", actual)
    finding = Finding(
        "release_not_deployed",
        Severity.ERROR,
        place,
        f"Helm says {status}"
        + (": a helm command was killed, or still runs" if release.pending else ""),
        f"look at helm history {release.name} and roll back to the last deployed revision",
    )
    return Check("image-swap release", subject, Status.FAIL, "deployed", actual, (finding,))


__all__ = ("release_checks", "secret_checks")
