# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user gives an override, checked: chart, values files, settings, list of images."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ...module_utils._evidence import Check
from ...module_utils._redact import Redactor
from ...module_utils._settings.lint import lint_inputs
from ...module_utils._settings.settings import Settings, chart_images, settings_secrets
from .._failure import Failure
from .._release.check import chart_check, values_checks
from .._release.values import merge_values, secrets_in
from .._settings import read_file
from .checks import failed, findings_check
from .images import read_image_list


@dataclasses.dataclass
class InputsPreflight:
    """Reads what an action's options name. What cannot be used is one of `checks`, stops nothing."""

    subject: str
    arguments: t.Mapping[str, t.Any]
    redactor: Redactor
    checks: list[Check]

    def chart_images(self) -> tuple[str, ...]:
        """Return the chart's own images, where the user's values count."""
        arguments = self.arguments
        check, chart = chart_check(self.subject, arguments["chart"], arguments["chart_sha256"])
        self.checks.append(check)
        wrong, user = values_checks(self.subject, arguments["values_files"])
        self.checks += wrong
        user = merge_values(user, arguments["values"])
        self.redactor.add(secrets_in(user))
        return chart_images(merge_values(chart.values, user)) if chart else ()

    def settings(self, images: tuple[str, ...], now: datetime.datetime) -> Settings | None:
        """Return the settings, None if they are not usable; `images` are the chart's own."""
        arguments = self.arguments
        linted = lint_inputs(
            arguments["settings"],
            airgap=arguments["airgap"],
            product=arguments["product"],
            node_path_style=arguments["node_path_style"],
            now=now,
            read_file=read_file,
            chart_images=images,
            allow_ecr_token=arguments["allow_ecr_token"] or not arguments["write"],
        )
        settings, actual = linted.usable, "not usable"
        if settings is not None:
            self.redactor.add(settings_secrets(settings))
            actual = f"{len(settings.mirrors.entries)} mirror entries"
        self.checks.append(findings_check("inputs", self.subject, actual, linted.findings))
        return settings

    def named_images(self) -> tuple[str, ...]:
        """Return the images that the user names."""
        named: tuple[str, ...] = tuple(self.arguments["images"])
        if self.arguments["images_file"]:
            try:
                named += read_image_list(self.arguments["images_file"])
            except Failure as failure:
                self.checks.append(failed("images file", self.subject, failure))
        return named


__all__ = ("InputsPreflight",)
