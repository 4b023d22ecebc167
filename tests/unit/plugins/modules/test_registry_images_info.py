# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module itself; what it asks is tested beside `_registry/module.py`."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.modules import (
    registry_images_info as MODULE,
)
from tests.unit.helpers.module_run import FakeModule, documented, run_module, shape
from tests.unit.helpers.scripted_registry import (
    ABSENT,
    API,
    FOUND,
    Reply,
    Request,
    authority,
    serving,
)


def test_every_option_is_documented_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    run_module(monkeypatch, MODULE, {})
    in_words = {name: shape(option) for name, option in documented(MODULE).items()}
    assert in_words == {name: shape(option) for name, option in FakeModule.spec.items()}


def settings(host: str, **changes: t.Any) -> dict[str, t.Any]:
    return {
        "endpoint": host,
        "base_content_path": "p",
        "ca_cert": authority().pem,
        "mirrors": f"docker.io::{host}/p",
        "password": "s3cret",
        "username": "puller",
        **changes,
    }


def registry(request: Request) -> Reply:
    if request.path == "/v2/":
        return API
    return FOUND if "nginx" in request.path else ABSENT


def test_images_of_an_option_and_of_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "images.txt").write_text("redis:1\n", encoding="utf-8")
    with serving(registry) as server:
        options = {
            "settings": settings(server.host),
            "images": "nginx:1",
            "images_file": str(tmp_path / "images.txt"),
            "assume_default": "true",
            "attempts": "1",
        }
        result = run_module(monkeypatch, MODULE, options)
    found = {image["image"]: image["status"] for image in result["images"]}
    assert found == {"nginx:1": "present", "redis:1": "missing"}
    assert "failed" not in result
    assert "s3cret" not in str(result)


# what differs from options that are right, and what the failure says
TEST_FAILURES: list[tuple[dict[str, t.Any], str]] = [
    ({"settings": {}}, "endpoint"),
    ({"settings": settings("h.io", ca_cert="no certificate")}, "ca_cert"),
    ({"images_file": "/nowhere/images.txt"}, "/nowhere/images.txt"),
    ({"attempts": "0"}, "attempts"),
    ({"check_images": "maybe"}, "check_images"),
]


@pytest.mark.parametrize(("changes", "words"), TEST_FAILURES)
def test_failures(monkeypatch: pytest.MonkeyPatch, changes: dict[str, t.Any], words: str) -> None:
    options = {"settings": settings("h.io"), "images": ["nginx:1"], **changes}
    result = run_module(monkeypatch, MODULE, options)
    assert result["failed"] and words in result["msg"]
    assert "s3cret" not in result["msg"]


def test_without_urllib3_the_module_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "URLLIB3_IMPORT_ERROR", "traceback")
    result = run_module(monkeypatch, MODULE, {"settings": settings("h.io")})
    assert "urllib3" in result["msg"] and result["exception"] == "traceback"


def test_what_may_hold_a_secret_is_not_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    run_module(monkeypatch, MODULE, {})
    options = FakeModule.spec["settings"]["options"]
    assert [name for name, option in options.items() if option.get("no_log")] == [
        "password",
        "ca_cert",
    ]
