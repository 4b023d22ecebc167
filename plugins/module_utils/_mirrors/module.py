# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mirror table read, linted and rendered in one go: what mirror_registries returns."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from .._causes import describe
from .._evidence import Finding, Severity
from .lint.rule import LintContext
from .lint.table import lint
from .notation import NOTATIONS, parse_mirrors, render_each

FAIL_ON = ("error", "warning", "never")

_CONTEXT = (
    "airgap",
    "product",
    "node_path_style",
    "endpoint",
    "base_content_path",
    "insecure_skip_verify",
)


def judge(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the result of the module for its options, with `failed` and `msg` if it is to fail."""
    parsed = parse_mirrors(params["mirrors"], params["notation"])
    context = LintContext(
        images=tuple(params["images"]),
        chart_images=tuple(params["chart_images"]),
        **{name: params[name] for name in _CONTEXT},
    )
    findings = lint(parsed, context)
    result: dict[str, t.Any] = {
        "changed": False,
        "mirrors": parsed.table.to_list(),
        "notation": parsed.notation,
        "findings": [finding.to_dict() for finding in findings],
    }
    problems = [describe(_bad(findings, params["fail_on"]))]
    if parsed.ok:
        rendered, refused = render_each(
            parsed.table,
            params["formats"] or NOTATIONS,
            path_style=params["node_path_style"],
            config_version=params["config_version"],
            certs_dir=params["certs_dir"],
        )
        result["rendered"] = rendered
        result["not_rendered"] = {} if params["formats"] else refused
        problems += list(refused.values()) if params["formats"] else []
    msg = "\n".join(filter(None, problems))
    return {**result, "failed": True, "msg": msg} if msg else result


def _bad(findings: t.Sequence[Finding], fail_on: str) -> list[Finding]:
    """Return the findings that fail the task."""
    if fail_on == "never":
        return []
    return [finding for finding in findings if finding.severity.at_least(Severity(fail_on))]


__all__ = ("FAIL_ON", "judge")
