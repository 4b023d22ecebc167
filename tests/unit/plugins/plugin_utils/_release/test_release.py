# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm's release Secrets, and what an upgrade would change."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import gzip
import json
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._release.chart import (
    Chart,
    chart_from_files,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import (
    RELEASE_TYPE,
    History,
    Release,
    chart_changes,
    decode_release,
    same_content,
    with_other_secrets,
)

FILES = {
    "Chart.yaml": b"name: image-swap\nversion: 1.5.3\nappVersion: v1\n",
    "values.yaml": b"config: {size: 1.0}\n",
    "templates/webhook.yaml": b"kind: Service\n",
    "README.md": b"read me",
}


def chart(**files: bytes) -> Chart:
    """Return the chart with some files replaced (`values_yaml=` for values.yaml)."""
    named = {key.replace("__", "/").replace("_", "."): value for key, value in files.items()}
    return chart_from_files({**FILES, **named}, "chart")


def helm_chart(**more: t.Any) -> dict[str, t.Any]:
    """Return the chart as Helm keeps it in a release."""
    encode = {name: base64.b64encode(content).decode() for name, content in FILES.items()}
    return {
        "metadata": {"name": "image-swap", "version": "1.5.3", "appVersion": "v1"},
        "lock": None,
        "templates": [{"name": "templates/webhook.yaml", "data": encode["templates/webhook.yaml"]}],
        "values": {"config": {"size": 1}},
        "schema": None,
        "files": [{"name": "README.md", "data": encode["README.md"]}],
        **more,
    }


def secret(revision: int, status: str = "deployed", **more: t.Any) -> dict[str, t.Any]:
    """Return a revision's Secret as the API returns it."""
    release = {
        "name": "image-swap",
        "namespace": "default",
        "version": revision,
        "info": {"status": status},
        "config": {"a": revision},
        "chart": helm_chart(),
        **more,
    }
    packed = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    return {
        "type": RELEASE_TYPE,
        "metadata": {
            "name": f"sh.helm.release.v1.image-swap.v{revision}",
            "labels": {"version": str(revision)},
        },
        "data": {"release": base64.b64encode(packed).decode()},
    }


def test_a_release_is_decoded() -> None:
    release = decode_release(secret(3))
    assert release.config == {"a": 3}
    assert release.installed and not release.pending
    assert release.summary() == {
        "name": "image-swap",
        "namespace": "default",
        "revision": 3,
        "status": "deployed",
        "chart": "image-swap-1.5.3",
    }


def test_the_last_revision_counts_not_the_last_in_the_list() -> None:
    found = History([secret(9), secret(10, "failed"), secret(2), {"type": "Opaque"}]).last()
    assert found is not None
    assert (found.revision, found.status) == (10, "failed")
    assert History([]).last() is None


@pytest.mark.parametrize(
    ("status", "installed", "pending"),
    [
        ("deployed", True, False),
        ("failed", True, False),
        ("uninstalled", False, False),
        ("uninstalling", False, False),
        ("pending-upgrade", True, True),
        ("pending-install", True, True),
    ],
)
def test_statuses(status: str, installed: bool, pending: bool) -> None:
    release = decode_release(secret(1, status))
    assert (release.installed, release.pending) == (installed, pending)


@pytest.mark.parametrize(
    "data",
    [None, {}, {"release": "%"}, {"release": "YWJj"}, {"release": base64.b64encode(b"e30=")}],
)
def test_what_is_no_release_is_named(data: t.Any) -> None:
    with pytest.raises(ValueError, match=r"Secret v1 holds no Helm release"):
        decode_release({"metadata": {"name": "v1"}, "data": data})


def release_of(live_chart: dict[str, t.Any]) -> Release:
    """Return a deployed release of a chart."""
    return decode_release(secret(1, chart=live_chart))


def test_the_same_chart_changes_nothing() -> None:
    assert chart_changes(release_of(helm_chart()), chart(), {}) == []


TEST_CHANGES: list[tuple[Chart, list[str]]] = [
    (
        chart(Chart_yaml=b"name: image-swap\nversion: 1.5.4\nappVersion: v1\n"),
        ["chart image-swap-1.5.3 -> image-swap-1.5.4"],
    ),
    (chart(Chart_yaml=b"name: image-swap\nversion: 1.5.3\n"), ["appVersion v1 -> none"]),
    (chart(values_yaml=b"config: {size: 1.0, m: 2}\n"), ["values.yaml: config.m"]),
    (chart(templates__webhook_yaml=b"kind: Pod\n"), ["templates/webhook.yaml"]),
    (chart(templates__new_yaml=b"kind: Pod\n"), ["templates/new.yaml"]),
    (chart(README_md=b"new"), ["README.md"]),
    (chart(notes_txt=b"only in the folder"), []),
]


@pytest.mark.parametrize(("new", "expected"), TEST_CHANGES)
def test_a_chart_changed_at_the_same_version_is_noticed(new: Chart, expected: list[str]) -> None:
    assert chart_changes(release_of(helm_chart()), new, {}) == expected


def test_a_template_that_is_gone_is_noticed() -> None:
    contents = {"README.md": chart().contents["README.md"]}
    new = dataclasses.replace(chart(), contents=contents)
    assert chart_changes(release_of(helm_chart()), new, {}) == ["templates/webhook.yaml"]


def test_a_schema_is_compared() -> None:
    new = chart_from_files({**FILES, "values.schema.json": b"{}"}, "chart")
    assert chart_changes(release_of(helm_chart()), new, {}) == ["values.schema.json"]
    live = helm_chart(schema=base64.b64encode(b"{}").decode())
    assert chart_changes(release_of(live), new, {}) == []


MERGED: list[tuple[str, dict[str, t.Any], dict[str, t.Any], list[str]]] = [
    ("the values of before", {"size": 5, "x": 2}, {"config": {"size": 5, "x": 2}}, []),
    ("those of the one before that", {"size": 4}, {"config": {"size": 5}}, []),
    ("a key that was taken out", {}, {"config": {"size": None}}, []),
    ("a default of another chart", {"size": 5}, {"config": {"x": 2}}, ["values.yaml: config.size"]),
]


@pytest.mark.parametrize(
    ("kept", "values", "expected"), [row[1:] for row in MERGED], ids=[row[0] for row in MERGED]
)
def test_values_that_helm_merged_into_the_stored_chart_are_no_change_of_it(
    kept: dict[str, t.Any], values: dict[str, t.Any], expected: list[str]
) -> None:
    assert (
        chart_changes(release_of(helm_chart(values={"config": kept})), chart(), values) == expected
    )


def test_values_that_helm_merged_in_from_subcharts_are_no_change() -> None:
    metadata = FILES["Chart.yaml"] + b"dependencies: [{name: sub}]\n"
    new = chart_from_files({**FILES, "Chart.yaml": metadata}, "chart")
    live = helm_chart(values={"config": {"size": 1, "x": 2}, "sub": {"a": 1}})
    assert chart_changes(release_of(live), new, {}) == []
    assert chart_changes(release_of(helm_chart(values={"config": {"size": 2}})), new, {}) == [
        "values.yaml: config.size"
    ]


def test_a_history_decodes_what_is_asked_for() -> None:
    broken = {**secret(1), "data": {"release": "e30="}}
    history = History([secret(3, "failed"), broken, secret(2), {"type": "Opaque"}])
    assert history.numbers == (1, 2, 3)
    assert history.get(9) is None
    last = history.last()
    assert last is not None
    assert (last.revision, last.status) == (3, "failed")
    with pytest.raises(ValueError, match="holds no Helm release"):
        history.all()


TEST_LAST_DEPLOYED: list[tuple[list[str], int | None]] = [
    ([], None),
    (["pending-install"], None),
    (["failed", "pending-upgrade"], None),
    (["superseded", "deployed", "pending-upgrade"], 2),
    (["deployed", "failed", "superseded", "failed"], 1),
    (["superseded", "superseded", "failed"], 2),
]


@pytest.mark.parametrize(("statuses", "revision"), TEST_LAST_DEPLOYED)
def test_the_last_revision_that_was_deployed(statuses: list[str], revision: int | None) -> None:
    found = History(secret(n, status) for n, status in enumerate(statuses, 1)).last_deployed()
    assert (found.revision if found else None) == revision


def test_same_content_is_chart_values_and_objects() -> None:
    one = decode_release(secret(1))
    assert same_content(one, dataclasses.replace(one, revision=2, status="failed"))
    changes: list[dict[str, t.Any]] = [{"chart": {}}, {"config": {"b": True}}, {"manifest": "x"}]
    for change in changes:
        assert not same_content(one, dataclasses.replace(one, **change))


TEST_TIMES: list[tuple[t.Any, str]] = [
    ("2026-01-02T03:04:05.123456789+01:00", "2026-01-02T02:04:05"),
    ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05"),
    ("2026-01-02T03:04:05", ""),
    ("yesterday", ""),
    (None, ""),
]


@pytest.mark.parametrize(("text", "expected"), TEST_TIMES)
def test_when_a_revision_was_begun(text: t.Any, expected: str) -> None:
    info = {"status": "deployed", "last_deployed": text}
    time = decode_release(secret(1, info=info)).deployed_at
    shown = time.astimezone(datetime.UTC).isoformat(timespec="seconds")[:19] if time else ""
    assert shown == expected


def test_revisions_with_other_secrets_than_the_live_one() -> None:
    configs = [{"password": "a"}, {"password": "b"}, {"token": {"x": "b"}}, {"name": "c"}]
    secrets = [secret(n, config=config) for n, config in enumerate(configs, 1)]
    secrets.append({**secret(5), "data": {"release": "e30="}})
    history = History([*secrets, secret(6, config={"password": "b", "more": 1})])
    live = history.last()
    assert live is not None
    assert with_other_secrets(history, live) == (1,)
