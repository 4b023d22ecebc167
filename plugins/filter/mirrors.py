# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that read, judge and write mirror tables."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ..module_utils._causes import describe
from ..module_utils._evidence import Severity
from ..module_utils._mirrors.lint.rule import LintContext
from ..module_utils._mirrors.lint.table import lint
from ..module_utils._mirrors.notation import NODE_PATH_STYLES, Rendered
from ..module_utils._mirrors.notation import parse_mirrors as parse
from ..module_utils._mirrors.notation import render_mirrors as render
from ..module_utils._mirrors.table import MirrorTable
from ..module_utils._settings.parse import read_boolean
from ..module_utils._visible import visible


def parse_mirrors(mirrors: object, notation: str = "auto") -> list[dict[str, str]]:
    """Return the entries of a mirror table as a list of {source, target}."""
    return _table("parse_mirrors", mirrors, notation).to_list()


def lint_mirrors(
    mirrors: object,
    notation: str = "auto",
    airgap: object = True,
    product: str = "palette",
    node_path_style: str = "verbatim",
    endpoint: str = "",
    base_content_path: str = "",
    insecure_skip_verify: object = False,
    images: t.Sequence[str] = (),
    chart_images: t.Sequence[str] = (),
) -> list[dict[str, str]]:
    """Return all findings about a mirror table, those of reading it first."""
    name = "lint_mirrors"
    context = LintContext(
        airgap=_boolean(name, "airgap", airgap),
        product=_choice(name, "product", product, ("palette", "vertex")),
        node_path_style=_choice(name, "node_path_style", node_path_style, NODE_PATH_STYLES),
        endpoint=str(endpoint),
        base_content_path=str(base_content_path),
        insecure_skip_verify=_boolean(name, "insecure_skip_verify", insecure_skip_verify),
        images=tuple(str(image) for image in images),
        chart_images=tuple(str(image) for image in chart_images),
    )
    return [finding.to_dict() for finding in lint(parse(mirrors, str(notation)), context)]


def render_mirrors(
    mirrors: object,
    format: str,  # noqa: A002 (the name that users write)
    notation: str = "auto",
    path_style: str = "verbatim",
    config_version: int = 2,
    certs_dir: str = "/etc/containerd/certs.d",
) -> Rendered:
    """Return a mirror table in another notation."""
    name = "render_mirrors"
    table = _table(name, mirrors, notation)
    try:
        return render(
            table,
            str(format),
            path_style=str(path_style),
            config_version=int(config_version),
            certs_dir=str(certs_dir),
        )
    except (ValueError, TypeError) as exc:
        raise _error(name, str(exc)) from exc


def _table(name: str, mirrors: object, notation: str) -> MirrorTable:
    parsed = parse(mirrors, str(notation))
    if not parsed.ok:
        raise _error(name, f"the mirrors are not usable:\n{describe(parsed.findings)}")
    for finding in parsed.findings:
        if finding.severity is Severity.WARNING:
            # What an entry cannot carry would else be lost without a word.
            told = f"palette.image_registry.{name}: {describe([finding])}"
            Display().warning(visible(told))
    return parsed.table


def _boolean(name: str, what: str, value: object) -> bool:
    boolean = read_boolean(value)
    if boolean is None:
        raise _error(name, f"{what} is {value!r}: use true or false")
    return boolean


def _choice(name: str, what: str, value: str, choices: t.Sequence[str]) -> str:
    if value not in choices:
        raise _error(name, f"{what} is {value!r}: use {' or '.join(choices)}")
    return str(value)


def _error(name: str, message: str) -> AnsibleFilterError:
    return AnsibleFilterError(f"palette.image_registry.{name}: {message}")


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "lint_mirrors": lint_mirrors,
            "parse_mirrors": parse_mirrors,
            "render_mirrors": render_mirrors,
        }
