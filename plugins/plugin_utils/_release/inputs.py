# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of the image-swap release: the user's, and those that the settings give it."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._evidence import Finding
from ...module_utils._objects import dig
from ...module_utils._settings.settings import Settings, chart_values
from .._cluster.client import Client
from .._cluster.state import is_eks
from .._failure import Failure
from .chart import Chart
from .files import read_values_file
from .plan import unknown_cluster_kind
from .source import CHART_FIX, refused_as
from .values import Values, merge_values, values_json

_USER_FIX = "correct palette_image_swap_values_files or palette_image_swap_values"
# Where charts of Palette keep it, and where upstream's does.
_IMAGE_SWAP_CONFIG = (("config", "imageSwapConfig"), ("imageSwapConfig",))


def users_values(files: t.Iterable[str], values: Values) -> dict[str, t.Any]:
    """Return the user's values, later files over earlier ones. Raises Failure."""
    with refused_as(_USER_FIX):
        merged: dict[str, t.Any] = {}
        for file in files:
            merged = merge_values(merged, read_values_file(file))
        merged = merge_values(merged, values)
        # Refused now, so that check mode knows it as well.
        values_json(merged)
        return merged


def our_values(
    settings: Settings, chart: Chart, user: Values, *, is_eks: bool | None, ca_cert_encoding: str
) -> dict[str, t.Any]:
    """Return what the settings give the chart. Raises Failure if it is no image-swap chart."""
    with refused_as(CHART_FIX):
        return chart_values(
            settings,
            merge_values(chart.values, user),
            is_eks=is_eks,
            ca_cert_encoding=ca_cert_encoding,
        )


def eks_of(
    told: bool | None, user: Values, cluster: Client, subject: str
) -> tuple[bool | None, tuple[Finding, ...]]:
    """Return whether the cluster is EKS: as told, as the user's values say, as it looks.

    None, with a warning, where nothing says so.
    """
    if told is not None:
        return told, ()
    for path in _IMAGE_SWAP_CONFIG:
        said = dig(user, *path, "isEKSCluster")
        if isinstance(said, bool):
            return said, ()
    try:
        return is_eks(cluster.list("v1", "Node")), ()
    except Failure as failure:
        return None, (unknown_cluster_kind(subject, failure.findings[0]),)


__all__ = ("eks_of", "our_values", "users_values")
