# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that render the settings for the Secret and for the chart."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError, AnsibleFilterError

from ..module_utils._mirrors.notation import NODE_PATH_STYLES
from ..module_utils._settings.parse import read_boolean
from ..module_utils._settings.settings import CA_CERT_ENCODINGS, Settings, chart_values, secret_data
from ..plugin_utils._settings import settings_or_error


def registry_secret_data(settings: object, node_path_style: str = "verbatim") -> dict[str, str]:
    """Return the stringData of Secret registry-info."""
    name = "registry_secret_data"
    if node_path_style not in NODE_PATH_STYLES:
        raise AnsibleFilterError(
            f"palette.image_registry.{name}: node_path_style must be one of"
            f" {', '.join(NODE_PATH_STYLES)}, got {node_path_style!r}"
        )
    return secret_data(_settings(name, settings, airgap=False, node_path_style=node_path_style))


def image_swap_values(
    settings: object,
    chart_defaults: object,
    is_eks: object = None,
    ca_cert_encoding: str = "pem",
) -> dict[str, t.Any]:
    """Return the values that the override sets in the image-swap chart."""
    name = "image_swap_values"
    if not isinstance(chart_defaults, t.Mapping):
        raise AnsibleFilterError(
            f"palette.image_registry.{name}: the chart's values must be a mapping,"
            f" got {type(chart_defaults).__name__}"
        )
    if ca_cert_encoding not in CA_CERT_ENCODINGS:
        raise AnsibleFilterError(
            f"palette.image_registry.{name}: ca_cert_encoding must be one of"
            f" {', '.join(CA_CERT_ENCODINGS)}, got {ca_cert_encoding!r}"
        )
    eks = None if is_eks is None else read_boolean(is_eks)
    try:
        return chart_values(
            _settings(name, settings, airgap=True),
            chart_defaults,
            is_eks=eks,
            ca_cert_encoding=ca_cert_encoding,
        )
    except ValueError as exc:
        raise AnsibleFilterError(f"palette.image_registry.{name}: {exc}") from exc


def _settings(
    name: str, raw: object, *, airgap: bool, node_path_style: str = "verbatim"
) -> Settings:
    try:
        return settings_or_error(raw, airgap=airgap, node_path_style=node_path_style)
    except AnsibleError as exc:
        raise AnsibleFilterError(f"palette.image_registry.{name}: {exc}") from exc


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "image_swap_values": image_swap_values,
            "registry_secret_data": registry_secret_data,
        }
