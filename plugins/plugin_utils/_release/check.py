# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the image-swap chart there, and is it one? Asked before anything is changed."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._settings.settings import oci_registry_places
from .chart import Chart
from .files import find_chart, is_remote, read_chart, read_values_file, require_checksum
from .values import merge_values

_NAME = "image-swap chart"
_EXPECTED = "a readable image-swap chart"


def chart_check(subject: str, reference: str, sha256: str = "") -> tuple[Check, Chart | None]:
    """Return the check of the chart, and the chart if it could be read here.

    An OCI reference is left to the run itself, which pulls it with Helm, and so is its checksum
    `sha256`, which may be empty.
    """
    if is_remote(reference):
        return Check(_NAME, subject, Status.SKIP, _EXPECTED, f"{reference} is pulled later"), None
    try:
        path = find_chart(reference)
        require_checksum(path, sha256)
        chart = read_chart(path)
    except ValueError as exc:
        return _failed(subject, "chart_unusable", reference or "palette_image_swap_chart", str(exc))
    if not oci_registry_places(chart.values):
        message = "its values have no ociImageRegistry: this is no image-swap chart"
        return _failed(subject, "not_an_image_swap_chart", chart.label, message)
    return Check(_NAME, subject, Status.PASS, _EXPECTED, chart.label), chart


def values_checks(
    subject: str, files: t.Iterable[str]
) -> tuple[tuple[Check, ...], dict[str, t.Any]]:
    """Return a failed check for each values file that is none, and the values of the others.

    Later files win over earlier ones.
    """
    values: dict[str, t.Any] = {}
    wrong = []
    for path in files:
        try:
            values = merge_values(values, read_values_file(path))
        except ValueError as exc:
            fix = "correct palette_image_swap_values_files"
            finding = Finding("values_file", Severity.ERROR, path, str(exc), fix)
            wrong.append(
                Check("values file", subject, Status.FAIL, "readable", "not readable", (finding,))
            )
    return tuple(wrong), values


def _failed(subject: str, code: str, chart: str, message: str) -> tuple[Check, None]:
    finding = Finding(
        code,
        Severity.ERROR,
        chart,
        message,
        "set palette_image_swap_chart to the image-swap chart of your Palette release",
    )
    return Check(_NAME, subject, Status.FAIL, _EXPECTED, "not usable", (finding,)), None


__all__ = ("chart_check", "values_checks")
