# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user of scripted registries: its password, the images it asks for, how that fails."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._image_name import (
    ImageReference,
    parse_image,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from tests.unit.helpers.scripted_registry import Asking

USER, PASSWORD = "robot$palette", "p@ss:wörd"
BASIC = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"


def image(host: str, rest: str = "p/nginx:1") -> ImageReference:
    """Return the reference of an image there."""
    return parse_image(f"{host}/{rest}")


def known(username: str = USER, password: str = PASSWORD) -> Asking:
    """Return how somebody with a password asks."""
    return Asking(username, password)


def failure(asking: Asking, host: str, ask: t.Callable[[t.Any], object]) -> RegistryError:
    """Return what asking fails with."""
    with asking.client(host) as client, pytest.raises(RegistryError) as caught:
        ask(client)
    return caught.value
