# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that can be said about `palette_registry` before anything is asked of a cluster."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._certificates.lint import lint_ca
from .._evidence import Finding, Severity
from .._fix import Edit, Fix
from .._mirrors.entry_rules import MAP_NOTATIONS
from .._mirrors.lint.rule import LintContext
from .._mirrors.lint.table import lint
from .._mirrors.table import ParsedMirrors
from .parse import FileReader, parse_settings
from .settings import Settings
from .tokens import lint_token

_VERIFIED = Edit("setting", "", "false", "insecure_skip_verify")


class Linted(t.NamedTuple):
    """What became of settings: as far as they can be read, and every finding about them."""

    settings: Settings | None
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> Settings | None:
        """Return the settings, None with an error among the findings."""
        wrong = any(finding.severity is Severity.ERROR for finding in self.findings)
        return None if wrong else self.settings


def lint_inputs(
    raw: object,
    *,
    airgap: bool,
    product: str,
    node_path_style: str,
    now: datetime.datetime,
    read_file: FileReader | None = None,
    chart_images: tuple[str, ...] = (),
    images: tuple[str, ...] = (),
    allow_ecr_token: bool = False,
) -> Linted:
    """Return the settings and every finding about them.

    `images` are those that the cluster runs, where they are known. `allow_ecr_token` makes a
    password of Amazon ECR, which ends in hours, a warning.
    """
    parsed = parse_settings(
        raw, airgap=airgap, node_path_style=node_path_style, read_file=read_file
    )
    findings = list(parsed.findings)
    settings = parsed.settings
    if settings is not None:
        context = LintContext(
            airgap=airgap,
            product=product,
            node_path_style=node_path_style,
            endpoint=settings.endpoint,
            base_content_path=settings.base_content_path,
            chart_images=chart_images,
            images=images,
        )
        mirrors = _as_written(parsed.mirrors)
        findings += [item for item in lint(mirrors, context) if item not in findings]
        findings += _trust(settings, product, now)
        findings += lint_token(settings, now=now, ecr_allowed=allow_ecr_token)
    return Linted(settings, tuple(findings))


def _as_written(mirrors: ParsedMirrors) -> ParsedMirrors:
    """Return mirrors as the override writes them: a map file is read, and Palette's string made.

    So it has no list of wildcards, and nobody knows whether the chart adds an entry default.
    """
    if mirrors.notation in MAP_NOTATIONS:
        return dataclasses.replace(mirrors, notation="palette")
    return mirrors


def _trust(settings: Settings, product: str, now: datetime.datetime) -> t.Iterator[Finding]:
    """Yield what is wrong with TLS: the CA itself, and the ways to do without it."""
    subject = "palette_registry.insecure_skip_verify"
    if settings.ca_cert:
        yield from lint_ca(settings.ca_cert, now=now, endpoint=settings.endpoint)
    if settings.insecure_skip_verify and product == "vertex":
        yield Finding(
            "vertex_insecure",
            Severity.ERROR,
            subject,
            "VerteX does not support insecure connections",
            Fix("set it to false and give the registry's CA in ca_cert", [_VERIFIED]),
        )
    elif settings.insecure_skip_verify and settings.ca_cert:
        yield Finding(
            "insecure_with_ca",
            Severity.WARNING,
            subject,
            "it is true although ca_cert is given: the certificate is then not checked at all",
            Fix("set it to false; ca_cert is enough for a private CA", [_VERIFIED]),
        )
    elif settings.insecure_skip_verify:
        yield Finding(
            "insecure",
            Severity.WARNING,
            subject,
            "anybody on the way can answer for the registry",
            Fix("set it to false and give the registry's CA in ca_cert", [_VERIFIED]),
        )


__all__ = ("Linted", "lint_inputs")
