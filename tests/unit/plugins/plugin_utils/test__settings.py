# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest
from ansible.errors import AnsibleError

from ansible_collections.palette.image_registry.plugins.plugin_utils._settings import (
    parse,
    read_file,
    settings_or_error,
)

GOOD = {
    "endpoint": "harbor.example.org",
    "base_content_path": "p",
    "mirrors": "docker.io::harbor.example.org/p",
}


def test_settings_are_read() -> None:
    assert settings_or_error(GOOD, airgap=False).host == "harbor.example.org"
    assert parse(GOOD, airgap=False).settings == settings_or_error(GOOD, airgap=False)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(AnsibleError) as raised:
        settings_or_error({"endpoint": "", "odd": 1}, airgap=False)
    told = str(raised.value)
    assert told.startswith("palette_registry is not usable:\n")
    assert "endpoint" in told and "odd" in told


def test_a_file_of_the_controller_is_read(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ca.pem").write_bytes(b"pem")
    assert read_file("~/ca.pem") == b"pem"
