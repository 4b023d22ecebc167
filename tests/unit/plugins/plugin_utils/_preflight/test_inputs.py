# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action's options name, read before anything is asked."""

from __future__ import annotations

import datetime
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight.inputs import (
    InputsPreflight,
)
from tests.unit.helpers.registry_settings import registry_settings

NOW = datetime.datetime.now(datetime.UTC)


def inputs(**arguments: t.Any) -> InputsPreflight:
    given = {
        "settings": registry_settings(),
        "airgap": False,
        "product": "palette",
        "node_path_style": "v2_prefix",
        "allow_ecr_token": False,
        "write": True,
        "chart": "",
        "chart_sha256": "",
        "values_files": [],
        "values": {},
        "images": [],
        "images_file": "",
        **arguments,
    }
    return InputsPreflight("mgmt", given, Redactor(), [])


@pytest.fixture(name="chart")
def fixture_chart(tmp_path: pathlib.Path) -> str:
    folder = tmp_path / "chart"
    folder.mkdir()
    (folder / "Chart.yaml").write_text("name: image-swap\nversion: 1.5.3\n", encoding="utf-8")
    values = "ociImageRegistry: {}\nimage: {webhookImage: 'gcr.io/w:1'}\n"
    (folder / "values.yaml").write_text(values, encoding="utf-8")
    return str(folder)


def test_the_charts_images_are_those_of_the_users_values(
    chart: str, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("image: {webhookImage: 'gcr.io/file:1'}\n", encoding="utf-8")
    plain = inputs(chart=chart)
    assert plain.chart_images() == ("gcr.io/w:1",)
    assert [check.status.value for check in plain.checks] == ["pass"]
    assert inputs(chart=chart, values_files=[str(file)]).chart_images() == ("gcr.io/file:1",)
    over = {"image": {"webhookImage": "gcr.io/values:1"}}
    both = inputs(chart=chart, values_files=[str(file)], values=over)
    assert both.chart_images() == ("gcr.io/values:1",)


# options, the names of the checks that fail
TEST_UNUSABLE: list[tuple[dict[str, t.Any], list[str]]] = [
    ({}, ["image-swap chart"]),
    ({"chart": "/nowhere/a.tgz"}, ["image-swap chart"]),
    ({"values_files": ["/nowhere/v.yaml"]}, ["image-swap chart", "values file"]),
]


@pytest.mark.parametrize(("options", "failed"), TEST_UNUSABLE)
def test_what_cannot_be_read_is_a_check_and_stops_nothing(
    options: dict[str, t.Any], failed: list[str]
) -> None:
    made = inputs(**options)
    assert made.chart_images() == ()
    assert [check.name for check in made.checks if check.status is Status.FAIL] == failed


def test_secrets_in_the_users_values_are_known_before_they_are_shown(chart: str) -> None:
    made = inputs(chart=chart, values={"config": {"password": "planted-in-values"}})
    made.chart_images()
    assert "planted-in-values" in made.redactor.secrets


def test_settings_are_counted_and_their_password_is_known() -> None:
    made = inputs()
    settings = made.settings((), NOW)
    assert settings is not None
    (check,) = made.checks
    assert (check.name, check.actual) == ("inputs", "2 mirror entries")
    assert "planted-Passw0rd-7" in made.redactor.secrets


def test_settings_with_an_error_are_not_usable() -> None:
    made = inputs(settings=registry_settings(mirrors="docker.io::https://h.io/p"))
    assert made.settings((), NOW) is None
    assert (made.checks[0].status, made.checks[0].actual) == (Status.FAIL, "not usable")


@pytest.mark.parametrize(("write", "status"), [(True, Status.FAIL), (False, Status.WARN)])
def test_a_token_that_ends_in_hours_stops_only_who_writes_it(write: bool, status: Status) -> None:
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    made = inputs(settings=registry_settings(host, username="AWS"), write=write)
    made.settings((), NOW)
    assert made.checks[0].status is status


def test_images_are_named_in_the_option_and_in_a_file(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "images.txt"
    file.write_text("# list\nquay.io/b:1\n", encoding="utf-8")
    made = inputs(images=["a:1"], images_file=str(file))
    assert made.named_images() == ("a:1", "quay.io/b:1")
    lost = inputs(images=["a:1"], images_file="/nowhere/images.txt")
    assert lost.named_images() == ("a:1",)
    assert [check.name for check in lost.checks] == ["images file"]
