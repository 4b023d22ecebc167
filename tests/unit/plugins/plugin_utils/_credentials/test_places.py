# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.places import (
    Place,
    live_password,
    search,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.location import (
    Override,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LAST_APPLIED,
)
from tests.unit.helpers.cluster_secrets import (
    NEW,
    OLD,
    Secret,
    encoded,
    pull_secret,
    registry_info,
    revision,
    secret,
    snapshot,
)

OVERRIDE = Override()


def found(*secrets: Secret, current: str = NEW) -> list[tuple[str, str, str, str]]:
    """Return kind, name, key and how of each place; the snapshot 0 that tells is left out."""
    told = [snapshot(0, OLD), *secrets]
    places = search(told, current, OVERRIDE).places
    return [
        (place.kind, place.name, place.key, place.how)
        for place in places
        if place.name != "registry-info-snapshot-0"
    ]


APPLIED_DATA = json.dumps({"data": {"PASSWORD": encoded(OLD), "CA_CERT": "%"}})
APPLIED_TEXT = json.dumps({"stringData": {"PASSWORD": OLD}})
MANIFEST = f"---\nkind: Secret\ndata:\n  password: {encoded(OLD)}\n"

TEST_PLACES: list[tuple[str, Secret, list[tuple[str, str, str]]]] = [
    # what, the Secret, (kind, key, how) of each place in it
    ("the Secret", registry_info(OLD), [("registry_secret", "PASSWORD", "value")]),
    (
        "kubectl's copy, encoded",
        registry_info(annotations={LAST_APPLIED: APPLIED_DATA}),
        [("registry_secret", LAST_APPLIED, "annotation")],
    ),
    (
        "kubectl's copy, in clear",
        registry_info(annotations={LAST_APPLIED: APPLIED_TEXT}),
        [("registry_secret", LAST_APPLIED, "annotation")],
    ),
    (
        "the same name elsewhere",
        secret("registry-info", "other", {"PASSWORD": OLD}),
        [("secret", "PASSWORD", "value")],
    ),
    ("with a newline", secret("a", "b", {"c": f"{OLD}\n"}), [("secret", "c", "value")]),
    (
        "in a file",
        secret("a", "b", {"x.yaml": json.dumps({"password": OLD}), "y": "z"}),
        [("secret", "x.yaml", "part of the value")],
    ),
    ("a snapshot", snapshot(4, OLD), [("snapshot", "secret.PASSWORD", "value")]),
    (
        "a pull Secret, both fields",
        pull_secret({"username": "robot", "password": OLD, "auth": encoded(f"robot:{OLD}")}),
        [
            ("pull_secret", ".dockerconfigjson", "password"),
            ("pull_secret", ".dockerconfigjson", "auth"),
        ],
    ),
    (
        "a pull Secret, one field forgotten",
        pull_secret({"username": "robot", "password": NEW, "auth": encoded(f"robot:{OLD}")}),
        [("pull_secret", ".dockerconfigjson", "auth")],
    ),
    ("a pull Secret that is up to date", pull_secret({"auth": encoded(f"robot:{NEW}")}), []),
    (
        "a pull Secret that is no JSON",
        secret("a", "b", {".dockerconfigjson": f"<{OLD}>"}, type="kubernetes.io/dockerconfigjson"),
        [("pull_secret", ".dockerconfigjson", "part of the value")],
    ),
    (
        "a revision's values",
        revision(1, password=OLD),
        [("helm_revision", "config.ociImageRegistry.password", "values")],
    ),
    (
        "another release: lists, a pull Secret in its values, its chart, its manifests",
        revision(
            2,
            "deployed",
            name="hubble",
            config={"list": [{"p": OLD}], "docker": encoded(json.dumps({"p": OLD}))},
            chart={"values": {"p": OLD}},
            manifest=MANIFEST,
        ),
        [
            ("helm_revision", "list[0].p", "values"),
            ("helm_revision", "docker", "part of its values"),
            ("helm_revision", "p", "chart's values"),
            ("helm_revision", "manifest", "rendered into its objects"),
        ],
    ),
    (
        "a hook",
        revision(2, hooks=[{"manifest": MANIFEST}], manifest=""),
        [("helm_revision", "manifest", "rendered into its objects")],
    ),
    ("what is current", registry_info(), []),
]


@pytest.mark.parametrize(
    ("given", "expected"),
    [row[1:] for row in TEST_PLACES],
    ids=[row[0] for row in TEST_PLACES],
)
def test_each_place_is_found_and_named(given: Secret, expected: list[tuple[str, str, str]]) -> None:
    name = given["metadata"]["name"]
    assert found(given) == [(kind, name, key, how) for kind, key, how in expected]


TOP_LEVEL = {"ociImageRegistry": {"password": OLD}}
# Each of these alone tells a password that the override used.
TEST_TELLING: list[tuple[str, Secret, bool]] = [
    ("a snapshot", snapshot(1, OLD), True),
    ("a revision", revision(1, password=OLD), True),
    ("the values of its chart", revision(1, chart={"values": TOP_LEVEL}), True),
    ("the Secret itself", registry_info(OLD), True),
    ("kubectl's copy", registry_info(annotations={LAST_APPLIED: APPLIED_DATA}), True),
    ("another release", revision(1, password=OLD, name="hubble"), False),
    ("another release of a like name", revision(1, password=OLD, name="image-swap.v1"), False),
    ("anybody's Secret", secret("a", "b", {"PASSWORD": OLD}), False),
    ("a pull Secret", pull_secret({"auth": encoded(f"robot:{OLD}")}), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("telling", "tells"), [row[1:] for row in TEST_TELLING], ids=[row[0] for row in TEST_TELLING]
)
def test_the_override_alone_tells_which_passwords_are_former_ones(
    telling: Secret, tells: bool
) -> None:
    result = search([telling, secret("other", "x", {"p": OLD})], NEW, OVERRIDE)
    assert result.passwords == (frozenset({OLD}) if tells else frozenset())
    assert ("other" in {place.name for place in result.places}) is tells


def test_what_equals_the_current_one_is_no_former_one() -> None:
    result = search([snapshot(1, NEW), revision(1, password=NEW), registry_info()], NEW, OVERRIDE)
    assert (result.passwords, result.places) == (frozenset(), ())


def test_history_is_told_from_what_is_in_use() -> None:
    secrets = [
        snapshot(1, OLD),
        *(revision(number, status, OLD) for number, status in enumerate(
            ("superseded", "failed", "deployed", "pending-upgrade"), 1)),
    ]  # fmt: skip
    history = [place.history for place in search(secrets, NEW, OVERRIDE).places]
    assert history == [True, True, True, False, False]


def test_notes_tell_revision_snapshot_and_registry() -> None:
    login = pull_secret({"password": OLD}, "https://h.io/v2/")
    places = search([snapshot(3, OLD), revision(7, password=OLD), login], NEW, OVERRIDE).places
    assert [place.note for place in places] == [
        "snapshot 3, completed",
        "revision 7 of release image-swap, superseded",
        "login to https://h.io/v2/",
    ]
    assert places[0].to_dict() == {
        "kind": "snapshot",
        "namespace": "jet-system",
        "name": "registry-info-snapshot-3",
        "key": "secret.PASSWORD",
        "how": "value",
        "note": "snapshot 3, completed",
        "history": True,
        "owner": "",
    }


BROKEN = {
    "type": "Opaque",
    "metadata": {"name": "broken", "namespace": "x"},
    "data": {"a": "no base64!"},
}


def test_what_cannot_be_decoded_is_named_and_stops_nothing() -> None:
    unpacked = {**revision(1), "data": {"release": encoded("%")}}
    result = search([BROKEN, unpacked, snapshot(1, OLD)], NEW, OVERRIDE)
    assert result.unread == ("x/broken", "default/sh.helm.release.v1.image-swap.v1")
    assert len(result.places) == 1


@pytest.mark.parametrize(
    ("secrets", "password"),
    [([registry_info()], NEW), ([], ""), ([{**registry_info(), "data": {"PASSWORD": "!"}}], "")],
)
def test_the_live_password(secrets: list[dict[str, t.Any]], password: str) -> None:
    assert live_password(secrets, OVERRIDE) == password


def test_no_place_holds_a_value() -> None:
    secrets = [row[1] for row in TEST_PLACES]
    places: tuple[Place, ...] = search([snapshot(0, OLD), *secrets], NEW, OVERRIDE).places
    text = json.dumps([place.to_dict() for place in places])
    assert not any(form in text for form in (OLD, NEW, encoded(OLD), encoded(f"robot:{OLD}")))
