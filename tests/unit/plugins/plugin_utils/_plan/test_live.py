# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
    secret_data,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LiveSecret,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.live import (
    adopted_settings,
    differences,
)

MIRRORS = "docker.io::h.io/p/docker.io,quay.io::h.io/p/quay.io"
SETTINGS = Settings("h.io", "n", "p", parse_mirrors(MIRRORS).table, "robot", "s3cret-word")


def secret(**changes: str | None) -> LiveSecret:
    """Return the Secret of SETTINGS with some keys changed, or taken out by None."""
    data = {**secret_data(SETTINGS), **changes}
    encoded = {key: value.encode() for key, value in data.items() if value is not None}
    return LiveSecret("registry-info", "jet-system", "Opaque", False, encoded, {}, {}, "", "")


TEST_DIFFERENCES: list[tuple[dict[str, str | None], list[tuple[str, str, str]]]] = [
    ({}, []),
    ({"DOMAIN": "old.io"}, [("DOMAIN", "old.io", "h.io")]),
    ({"DOMAIN": None}, [("DOMAIN", "not set", "h.io")]),
    ({"USERNAME": ""}, [("USERNAME", "empty", "robot")]),
    ({"PASSWORD": "another-s3cret"}, [("PASSWORD", "set", "another value")]),
    ({"PASSWORD": None}, [("PASSWORD", "not set", "set")]),
    ({"CA_CERT": "PEM"}, [("CA_CERT", "set", "empty")]),
    (
        {"MIRROR_REGISTRIES": "docker.io::old.io/d,gcr.io::h.io/g"},
        [
            ("MIRROR_REGISTRIES docker.io", "old.io/d", "h.io/p/docker.io"),
            ("MIRROR_REGISTRIES gcr.io", "h.io/g", "removed"),
            ("MIRROR_REGISTRIES quay.io", "not set", "h.io/p/quay.io"),
        ],
    ),
    (
        {"MIRROR_REGISTRIES": ",".join(reversed(MIRRORS.split(",")))},
        [("MIRROR_REGISTRIES", "the same entries", "in another order or spelling")],
    ),
    ({"MIRROR_REGISTRIES": ""}, [("MIRROR_REGISTRIES", "empty", MIRRORS)]),
]


@pytest.mark.parametrize(("changes", "expected"), TEST_DIFFERENCES)
def test_differences(changes: dict[str, str | None], expected: list[tuple[str, str, str]]) -> None:
    found = differences(SETTINGS, secret(**changes))
    assert [(one.field, one.live, one.planned) for one in found] == expected


def test_without_a_secret_everything_is_new_and_nothing_secret_is_shown() -> None:
    found = differences(SETTINGS, None)
    assert [one.live for one in found] == ["not set"] * 7
    assert SETTINGS.password not in str(found)


def test_what_the_cluster_says_is_redacted_and_nothing_else() -> None:
    live = secret(DOMAIN="user:set@h.io", USERNAME=None, MIRROR_REGISTRIES="a.io::set.io/x")
    found = differences(SETTINGS, live, lambda text: text.replace("set", "***"))
    assert [(one.field, one.live) for one in found] == [
        ("DOMAIN", "user:***@h.io"),
        ("USERNAME", "not set"),
        ("MIRROR_REGISTRIES a.io", "***.io/x"),
        ("MIRROR_REGISTRIES docker.io", "not set"),
        ("MIRROR_REGISTRIES quay.io", "not set"),
    ]


TEST_ADOPTED: list[tuple[dict[str, str | None], str, t.Any]] = [
    ({}, "endpoint", "h.io"),
    ({}, "name", "told"),
    ({}, "insecure_skip_verify", False),
    ({"INSECURE": "True"}, "insecure_skip_verify", True),
    ({"INSECURE": "maybe"}, "insecure_skip_verify", "maybe"),
    ({"USERNAME": None}, "username", ""),
    ({}, "mirrors", {"docker.io": "h.io/p/docker.io", "quay.io": "h.io/p/quay.io"}),
    ({"MIRROR_REGISTRIES": "a.io::b.io/c, d.io::b.io/e"}, "mirrors", "a.io::b.io/c, d.io::b.io/e"),
    ({"MIRROR_REGISTRIES": "broken"}, "mirrors", "broken"),
]


@pytest.mark.parametrize(("changes", "field", "expected"), TEST_ADOPTED)
def test_adopted_fields(changes: dict[str, str | None], field: str, expected: t.Any) -> None:
    assert adopted_settings(secret(**changes), "told")[field] == expected


def test_what_is_adopted_makes_the_same_secret() -> None:
    parsed = parse_settings(adopted_settings(secret(), "told"))
    assert parsed.settings is not None
    assert differences(parsed.settings, secret()) == ()
