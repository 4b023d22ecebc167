# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.palette.image_registry.plugins.filter.settings import (
    FilterModule,
    image_swap_values,
    registry_secret_data,
)

SETTINGS: dict[str, t.Any] = {
    "endpoint": "harbor.example.org",
    "base_content_path": "p",
    "name": "Registry",
    "username": "robot",
    "password": "s3cret",
    "mirrors": "docker.io::harbor.example.org/p/docker.io",
}
CHART: dict[str, t.Any] = {"ociImageRegistry": {}, "imageSwapConfig": {}}


def test_the_filters_have_these_names() -> None:
    found = FilterModule().filters()
    assert found == {
        "image_swap_values": image_swap_values,
        "registry_secret_data": registry_secret_data,
    }


def test_the_secret_has_the_mirrors_in_the_style_of_the_nodes() -> None:
    plain = registry_secret_data(SETTINGS)
    assert plain["MIRROR_REGISTRIES"] == SETTINGS["mirrors"]
    assert (plain["PASSWORD"], plain["INSECURE"]) == ("s3cret", "false")
    nodes = registry_secret_data(SETTINGS, "v2_prefix")
    assert nodes["MIRROR_REGISTRIES"] == "docker.io::harbor.example.org/v2/p/docker.io"


def test_the_chart_gets_what_it_has_a_place_for() -> None:
    values = image_swap_values(SETTINGS, CHART, is_eks="yes")
    assert values["ociImageRegistry"]["endpoint"] == "harbor.example.org"
    assert values["imageSwapConfig"] == {"isEKSCluster": True}
    assert "isEKSCluster" not in str(image_swap_values(SETTINGS, CHART))


# call, and what the error says behind the filter's name
TEST_ERRORS: list[tuple[t.Callable[[], object], str]] = [
    (lambda: registry_secret_data(SETTINGS, "v3"), "node_path_style must be one of verbatim"),
    (lambda: registry_secret_data({}), "palette_registry is not usable"),
    (lambda: registry_secret_data("text"), "palette_registry is not usable"),
    (lambda: image_swap_values(SETTINGS, []), "must be a mapping, got list"),
    (lambda: image_swap_values(SETTINGS, {}), "ociImageRegistry"),
    (lambda: image_swap_values({**SETTINGS, "name": ""}, CHART), "name"),
    (lambda: image_swap_values(SETTINGS, CHART, None, "der"), "ca_cert_encoding must be one of"),
]


@pytest.mark.parametrize(("call", "words"), TEST_ERRORS)
def test_wrong_use_is_explained(call: t.Callable[[], object], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words) as raised:
        call()
    assert str(raised.value).startswith("palette.image_registry.")
    assert "s3cret" not in str(raised.value)
