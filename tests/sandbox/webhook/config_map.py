# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the webhook's map out of the cluster, as a kubelet would have mounted it."""

from __future__ import annotations

import typing as t
from pathlib import Path

from tests.sandbox.kubernetes.client import client_of

PATH = "/api/v1/namespaces/imageswap-system/configmaps/imageswap-maps"
KEY = "maps"


class ConfigMapReader:
    """A reader of the map's ConfigMap through a kubeconfig; each call asks the cluster anew."""

    def __init__(self, kubeconfig: Path) -> None:
        self._client = client_of(kubeconfig)

    def read(self) -> str:
        """Return the map file's text.

        Raises OSError or RequestFailed when the cluster does not give it, KeyError when the
        ConfigMap has none.
        """
        return t.cast("str", self._client.get(PATH)["data"][KEY])
