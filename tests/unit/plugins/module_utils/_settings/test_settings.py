# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import copy
import dataclasses
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    SECRET_KEYS,
    Settings,
    chart_images,
    chart_values,
    prefix_image,
    secret_data,
    settings_secrets,
)

MIRRORS = (
    "docker.io::harbor.example.org/airgap-images/docker.io,"
    "us-docker.pkg.dev::harbor.example.org/airgap-images"
)
SETTINGS = Settings(
    endpoint="harbor.example.org",
    name="Internal Registry",
    base_content_path="airgap-images",
    mirrors=parse_mirrors(MIRRORS).table,
    username="robot",
    password="12e4",
    ca_cert="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
)
PREFIX = "harbor.example.org/airgap-images"


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [("public.ecr.aws/alias", "public.ecr.aws"), ("r.io", "r.io"), ("r:5000/a/b", "r:5000")],
)
def test_an_endpoint_may_have_an_alias_behind_its_host(endpoint: str, host: str) -> None:
    assert dataclasses.replace(SETTINGS, endpoint=endpoint).host == host


def test_secret_data_has_the_pages_keys_as_strings() -> None:
    data = secret_data(SETTINGS)
    assert tuple(data) == SECRET_KEYS
    assert data == {
        "DOMAIN": "harbor.example.org",
        "BASE_PATH": "airgap-images",
        "USERNAME": "robot",
        "PASSWORD": "12e4",
        "INSECURE": "false",
        "CA_CERT": SETTINGS.ca_cert,
        "MIRROR_REGISTRIES": MIRRORS,
    }


def test_the_path_style_of_nodes_is_the_secrets_alone() -> None:
    settings = dataclasses.replace(SETTINGS, node_path_style="v2_prefix")
    assert secret_data(settings)["MIRROR_REGISTRIES"] == (
        "docker.io::harbor.example.org/v2/airgap-images/docker.io,"
        "us-docker.pkg.dev::harbor.example.org/v2/airgap-images"
    )
    assert chart_values(settings, TOP_LEVEL)["ociImageRegistry"]["mirrorRegistries"] == MIRRORS


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("gcr.io/a/b:1", f"{PREFIX}/gcr.io/a/b:1"),
        (f"{PREFIX}/gcr.io/a/b:1", f"{PREFIX}/gcr.io/a/b:1"),
        (f"{PREFIX}-other/a:1", f"{PREFIX}/{PREFIX}-other/a:1"),
        ("", ""),
    ],
)
def test_prefix_image(image: str, expected: str) -> None:
    assert prefix_image(image, PREFIX) == expected
    assert prefix_image(image, f"{PREFIX}/") == expected
    assert prefix_image(image, "") == image


NESTED: dict[str, t.Any] = {
    "image": {"cainjectorImage": "us-docker.pkg.dev/x/cainjector:1", "pullPolicy": "Always"},
    "config": {
        "imageSwapImages": {"imageSwapImage": "gcr.io/y/imageswap:1", "imageSwapInitImage": ""},
        "imageSwapConfig": {"isEKSCluster": True},
        "ociImageRegistry": {"endpoint": ""},
    },
}
TOP_LEVEL: dict[str, t.Any] = {
    "ociImageRegistry": {},
    "image": {"amceResolverImage": "us-docker.pkg.dev/x/acmesolver:1"},
}


def test_chart_values_are_written_where_the_chart_has_them() -> None:
    before = copy.deepcopy(NESTED)
    values = chart_values(SETTINGS, NESTED, is_eks=False)
    assert before == NESTED
    assert values["image"] == {"cainjectorImage": f"{PREFIX}/us-docker.pkg.dev/x/cainjector:1"}
    config = values["config"]
    assert config["imageSwapImages"] == {"imageSwapImage": f"{PREFIX}/gcr.io/y/imageswap:1"}
    assert config["imageSwapConfig"] == {"isEKSCluster": False}
    assert config["ociImageRegistry"] == {
        "endpoint": "harbor.example.org",
        "name": "Internal Registry",
        "password": "12e4",
        "username": "robot",
        "baseContentPath": "airgap-images",
        "insecureSkipVerify": False,
        "caCert": SETTINGS.ca_cert,
        "mirrorRegistries": MIRRORS,
    }
    assert "ociImageRegistry" not in values


def test_chart_values_at_the_top_level() -> None:
    values = chart_values(SETTINGS, TOP_LEVEL, is_eks=True)
    assert set(values) == {"ociImageRegistry", "image"}
    assert values["image"] == {"amceResolverImage": f"{PREFIX}/us-docker.pkg.dev/x/acmesolver:1"}


def test_chart_values_are_a_fixed_point() -> None:
    once = chart_values(SETTINGS, NESTED, is_eks=None)
    assert "imageSwapConfig" not in once["config"]
    assert chart_values(SETTINGS, once, is_eks=None) == once


def test_the_ca_is_base64_where_the_chart_wants_that() -> None:
    values = chart_values(SETTINGS, TOP_LEVEL, ca_cert_encoding="base64")
    assert base64.b64decode(values["ociImageRegistry"]["caCert"]).decode() == SETTINGS.ca_cert


def test_a_chart_without_oci_image_registry_is_refused() -> None:
    with pytest.raises(ValueError, match="no image-swap chart"):
        chart_values(SETTINGS, {"image": {}})


def test_chart_images_and_secrets() -> None:
    assert chart_images(NESTED) == ("us-docker.pkg.dev/x/cainjector:1", "gcr.io/y/imageswap:1")
    assert settings_secrets(SETTINGS) == ("12e4", base64.b64encode(b"robot:12e4").decode())


def test_mirrors_are_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []
    module = Settings.__module__

    def render(_table: object, notation: str) -> str:
        rendered.append(notation)
        return "text"

    monkeypatch.setattr(f"{module}.render_mirrors", render)
    settings = dataclasses.replace(SETTINGS)
    assert {settings.mirror_string for _time in range(3)} == {"text"}
    assert {secret_data(settings)["MIRROR_REGISTRIES"] for _time in range(3)} == {"text"}
    assert len(rendered) == 2
    assert dataclasses.replace(settings, name="other").mirror_string == "text"
    assert len(rendered) == 3


def test_all_hosts_to_which_settings_lead_are_known() -> None:
    table = parse_mirrors("docker.io::a.io:5000/p, quay.io::b.io/q, gcr.io::", "palette").table
    settings = dataclasses.replace(SETTINGS, endpoint="h.io/alias", mirrors=table)
    assert settings.hosts == {"h.io", "a.io:5000", "b.io"}
