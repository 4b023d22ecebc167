# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import dataclasses
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Check, Status
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
    chart_values,
    secret_data,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.compare import (
    release_checks,
    secret_checks,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import Release
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.values import (
    flatten,
    merge_values,
)

SETTINGS = Settings(
    endpoint="harbor.example.org",
    name="Internal Registry",
    base_content_path="airgap-images",
    mirrors=parse_mirrors("docker.io::harbor.example.org/airgap-images/docker.io").table,
    username="robot",
    password="hunter22-secret",
)
DEFAULTS: dict[str, t.Any] = {
    "config": {"ociImageRegistry": {"endpoint": ""}, "imageSwapImages": {"a": "gcr.io/x:1"}},
}
RELEASE = Release(
    name="image-swap",
    namespace="default",
    revision=1,
    status="deployed",
    config=chart_values(SETTINGS, DEFAULTS),
    chart={"metadata": {"name": "image-swap", "version": "1.0.0"}, "values": DEFAULTS},
)


def secret(**changed: str | None) -> dict[str, t.Any]:
    values = {**secret_data(SETTINGS), **changed}
    data = {
        key: base64.b64encode(value.encode()).decode()
        for key, value in values.items()
        if value is not None
    }
    return {"type": "Opaque", "data": data}


def failed(checks: t.Iterable[Check]) -> list[str]:
    return [check.name for check in checks if check.status is Status.FAIL]


def test_an_intact_secret_passes_field_by_field() -> None:
    checks = secret_checks("c", SETTINGS, secret(OTHER="kept"), "registry-info", "jet-system")
    assert failed(checks) == []
    assert len(checks) == 8


@pytest.mark.parametrize(
    ("key", "value"),
    [("DOMAIN", "x.example.org"), ("INSECURE", "true"), ("PASSWORD", "old"), ("CA_CERT", None)],
)
def test_a_differing_field_is_named(key: str, value: str | None) -> None:
    checks = secret_checks("c", SETTINGS, secret(**{key: value}), "registry-info", "jet-system")
    assert failed(checks) == [f"Secret {key}"]
    assert "hunter22" not in repr(checks)


def test_a_missing_secret_and_a_wrong_type() -> None:
    assert failed(secret_checks("c", SETTINGS, None, "n", "s")) == ["Secret"]
    wrong = {**secret(), "type": "kubernetes.io/tls"}
    assert failed(secret_checks("c", SETTINGS, wrong, "n", "s")) == ["Secret type"]


def test_bytes_that_are_no_base64_are_a_difference() -> None:
    broken = secret()
    broken["data"]["DOMAIN"] = "%%%"
    assert failed(secret_checks("c", SETTINGS, broken, "n", "s")) == ["Secret DOMAIN"]


def test_an_intact_release_passes() -> None:
    checks = release_checks("c", SETTINGS, RELEASE, "release image-swap in default")
    assert failed(checks) == []
    assert "deployed, image-swap-1.0.0, revision 1" in checks[0].actual
    assert "hunter22" not in repr(checks)


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (
            {"config": {"ociImageRegistry": {"endpoint": "other"}}},
            "chart config.ociImageRegistry.endpoint",
        ),
        ({"config": {"imageSwapImages": {"a": "gcr.io/x:1"}}}, "chart config.imageSwapImages.a"),
        (
            {"config": {"ociImageRegistry": {"insecureSkipVerify": True}}},
            "chart config.ociImageRegistry.insecureSkipVerify",
        ),
    ],
)
def test_a_differing_value_is_named(config: dict[str, t.Any], name: str) -> None:
    release = dataclasses.replace(RELEASE, config=merge_values(RELEASE.config, config))
    checks = release_checks("c", SETTINGS, release, "release image-swap in default")
    assert failed(checks) == [name]


@pytest.mark.parametrize("status", ["pending-upgrade", "failed"])
def test_a_release_that_is_not_deployed(status: str) -> None:
    release = dataclasses.replace(RELEASE, status=status)
    checks = release_checks("c", SETTINGS, release, "release image-swap in default")
    assert failed(checks) == ["image-swap release"]
    assert ("killed" in checks[0].findings[0].message) is status.startswith("pending")


def test_no_release_and_another_chart() -> None:
    assert failed(release_checks("c", SETTINGS, None, "r")) == ["image-swap release"]
    other = dataclasses.replace(RELEASE, config={}, chart={"values": {"replicas": 1}})
    assert failed(release_checks("c", SETTINGS, other, "r")) == ["image-swap chart"]


def test_merge_and_flatten() -> None:
    merged = merge_values({"a": {"b": 1, "c": 2}, "d": 1}, {"a": {"b": 3}, "d": {"e": 4}})
    assert merged == {"a": {"b": 3, "c": 2}, "d": {"e": 4}}
    assert dict(flatten(merged)) == {("a", "b"): 3, ("a", "c"): 2, ("d", "e"): 4}


KEY = "-----BEGIN PRIVATE KEY-----\nhunter33\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("value", [KEY, base64.b64encode(KEY.encode()).decode()])
def test_a_private_key_in_the_cluster_is_not_shown(value: str) -> None:
    checks = secret_checks("c", SETTINGS, secret(CA_CERT=value), "registry-info", "jet-system")
    config = merge_values(RELEASE.config, {"config": {"ociImageRegistry": {"caCert": value}}})
    release = dataclasses.replace(RELEASE, config=config)
    checks += release_checks("c", SETTINGS, release, "release")
    assert failed(checks) == ["Secret CA_CERT", "chart config.ociImageRegistry.caCert"]
    text = repr(checks)
    assert value[:20] not in text
    assert "<redacted " in text
