# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Secret as decoded bytes."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LAST_APPLIED,
    LiveSecret,
    new_secret,
    shown_after,
    shown_value,
)

WANTED = {"DOMAIN": "harbor.example.org", "PASSWORD": "12e4"}


def encoded(text: str) -> str:
    """Return text as a Secret holds it."""
    return base64.b64encode(text.encode()).decode()


def live(**more: t.Any) -> LiveSecret:
    """Return a Secret as the API gives it, with some fields replaced."""
    manifest = {
        "type": "Opaque",
        "metadata": {
            "name": "registry-info",
            "namespace": "jet-system",
            "uid": "u",
            "resourceVersion": "7",
            "labels": {"team": "a"},
            "annotations": {LAST_APPLIED: "{}", "keep": "me"},
        },
        "data": {"DOMAIN": encoded("old.example.org"), "EXTRA": encoded("theirs"), "NONE": None},
        **more,
    }
    return LiveSecret.from_object(manifest)


def test_only_keys_that_differ_are_changed() -> None:
    assert live().changed_keys(WANTED) == ["DOMAIN", "PASSWORD"]
    assert live().changed_keys({"DOMAIN": "old.example.org", "NONE": ""}) == []


def test_a_patch_holds_what_differs_and_for_this_version_only() -> None:
    assert live().patch({"DOMAIN": "old.example.org", "PASSWORD": "12e4"}) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "registry-info", "namespace": "jet-system", "resourceVersion": "7"},
        "data": {"PASSWORD": encoded("12e4")},
    }


def test_a_new_one_in_its_place_keeps_what_others_added() -> None:
    manifest = live(type="example.org/other", immutable=True).recreated(WANTED)
    assert manifest["type"] == "Opaque"
    assert "immutable" not in manifest
    assert manifest["data"]["EXTRA"] == encoded("theirs")
    assert manifest["data"]["DOMAIN"] == encoded("harbor.example.org")
    assert manifest["metadata"]["labels"] == {"team": "a"}
    assert manifest["metadata"]["annotations"] == {"keep": "me"}


def test_it_can_be_put_back_as_it_was() -> None:
    manifest = live(type="example.org/other", immutable=True).as_it_was()
    assert manifest["type"] == "example.org/other"
    assert manifest["immutable"] is True
    assert manifest["data"]["DOMAIN"] == encoded("old.example.org")
    assert manifest["metadata"]["annotations"] == {LAST_APPLIED: "{}", "keep": "me"}


def test_what_may_be_secret_is_shown_as_a_fingerprint() -> None:
    shown = shown_after(live(), WANTED)
    assert shown["data"]["DOMAIN"] == "harbor.example.org"
    assert shown["data"]["PASSWORD"].startswith("<redacted ")
    assert shown["data"]["EXTRA"].startswith("<redacted ")
    assert live().shown()["data"]["DOMAIN"] == "old.example.org"
    assert set(live().texts()) == {"theirs"}


def test_a_private_key_pasted_as_ca_is_not_shown() -> None:
    key = "-----BEGIN PRIVATE KEY-----"
    secret = live(data={"CA_CERT": encoded(key), "DOMAIN": encoded("h")})
    assert shown_value("CA_CERT", key.encode()).startswith("<redacted ")
    assert list(secret.texts()) == [key]
    assert shown_value("CA_CERT", b"-----BEGIN CERTIFICATE-----").startswith("-----BEGIN")


def test_bytes_that_are_no_text_are_shown_somehow() -> None:
    assert shown_value("DOMAIN", b"\xff") == "?"
    assert shown_value("PASSWORD", b"\xff").startswith("<redacted ")


def test_a_new_secret_is_opaque() -> None:
    manifest = new_secret("registry-info", "jet-system", WANTED)
    assert manifest["type"] == "Opaque"
    assert manifest["metadata"] == {"name": "registry-info", "namespace": "jet-system"}


def test_data_that_is_no_base64_is_named() -> None:
    with pytest.raises(ValueError, match="key DOMAIN is no base64"):
        live(data={"DOMAIN": "%%%"})
