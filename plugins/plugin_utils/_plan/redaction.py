# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan must not show. A plan holds files to be applied, so not all can be redacted."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import typing as t

from ...module_utils._redact import Redactor
from ...module_utils._settings.clear import fields_with


def password_forms(raw: object) -> tuple[str, ...]:
    """Return what must not be shown of settings, even where these cannot be read."""
    if not isinstance(raw, t.Mapping) or not raw.get("password"):
        return ()
    # Not `user:password` as it is: the user name stands in the files to be applied.
    pair = f"{raw.get('username') or ''}:{raw['password']}"
    return str(raw["password"]), base64.b64encode(pair.encode()).decode()


def redactor_of_data(secrets: t.Iterable[str], raw: object) -> Redactor:
    """Return what redacts images and values of a chart.

    A secret that stands in the settings as well is in the clear in the files to be applied;
    gaps elsewhere would only point at it.
    """
    settings = raw if isinstance(raw, t.Mapping) else {}
    return Redactor(secret for secret in secrets if not fields_with(settings, secret))


__all__ = ("password_forms", "redactor_of_data")
