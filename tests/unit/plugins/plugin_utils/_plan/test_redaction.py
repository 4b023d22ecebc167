# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.redaction import (
    password_forms,
    redactor_of_data,
)


@pytest.mark.parametrize("raw", [None, "text", [], {}, {"username": "robot"}, {"password": ""}])
def test_without_a_password_nothing_is_secret(raw: object) -> None:
    assert password_forms(raw) == ()


def test_a_password_is_secret_alone_and_in_a_docker_config() -> None:
    encoded = base64.b64encode(b"robot:planted").decode()
    assert password_forms({"username": "robot", "password": "planted"}) == ("planted", encoded)
    assert password_forms({"password": 12})[0] == "12"


def test_what_stands_in_the_settings_leaves_no_gap_elsewhere() -> None:
    settings = {"endpoint": "harbor.example.org", "password": "harbor"}
    shown = redactor_of_data(["harbor", "planted"], settings).text("harbor: planted")
    assert shown.startswith("harbor: <redacted")
    assert "harbor" not in redactor_of_data(["harbor"], None).text("harbor")
