# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The release brought to a chart and values, with a Helm of a few lines."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.helm import (
    HelmOptions,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.plan import (
    check_of,
    plan_release,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.writer import (
    ReleaseWriter,
)
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.helm_releases import CHART, OURS
from tests.unit.helpers.helm_releases import chart_release as release


class Helm(FakeClient):
    """Runs kubernetes.core.helm against a list of revisions."""

    def __init__(self, *revisions: dict[str, t.Any]) -> None:
        super().__init__()
        self.revisions = list(revisions)
        self.calls: list[t.Mapping[str, t.Any]] = []
        self.reads_wrong = False
        self.does_nothing = False

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool = False,
        own: bool = False,
    ) -> dict[str, t.Any]:
        if module == "k8s_info":
            assert arguments["label_selectors"] == ["owner=helm", "name=image-swap"]
            return {"resources": self.revisions}
        self.calls.append(arguments)
        if not self.does_nothing:
            first, *others = map(pathlib.Path, arguments["values_files"])
            values = json.loads(first.read_text(encoding="utf-8"))
            # Helm merges an empty mapping into a full one without a trace.
            for other in others:
                nothing = json.loads(other.read_text(encoding="utf-8"))
                assert all(value == {} and values[key] for key, value in nothing.items())
            if self.reads_wrong:
                values = {"config": {"ociImageRegistry": {"password": 120000}}}
            self.revisions.append(release(values, len(self.revisions) + 1))
        return {"changed": True}

    def writer(self, **options: t.Any) -> ReleaseWriter:
        """Return a writer on this Helm."""
        return ReleaseWriter(self, "image-swap", "default", HelmOptions(**options))


def test_an_upgrade_reads_back_what_it_did(tmp_path: pathlib.Path) -> None:
    helm = Helm(release({}))
    writer = helm.writer(binary="/opt/helm", timeout_seconds=5, history_max=3)
    plan = plan_release(writer.read().last(), CHART, {}, OURS)
    done = writer.upgrade(plan, pathlib.Path("chart.tgz"), tmp_path)
    assert (done.revision, done.config) == (2, OURS)
    (call,) = helm.calls
    assert {key: call[key] for key in ("wait", "timeout", "history_max", "binary_path")} == {
        "wait": False,
        "timeout": "5s",
        "history_max": 3,
        "binary_path": "/opt/helm",
    }
    assert "12e4" not in str(call)
    check = check_of(plan, done, writer.subject, False)
    assert check.actual == "deployed now: image-swap-1.5.3, revision 2"


def test_helm_on_path_is_not_named(tmp_path: pathlib.Path) -> None:
    helm = Helm()
    helm.writer().upgrade(plan_release(None, CHART, {}, OURS), pathlib.Path("c.tgz"), tmp_path)
    assert "binary_path" not in helm.calls[0]


def test_values_that_helm_read_otherwise_are_found_out(tmp_path: pathlib.Path) -> None:
    helm = Helm()
    helm.reads_wrong = True
    with pytest.raises(Failure, match=r"something else for config\.ociImageRegistry\.password"):
        helm.writer().upgrade(plan_release(None, CHART, {}, OURS), pathlib.Path("c.tgz"), tmp_path)


def test_a_helm_that_did_nothing_is_found_out(tmp_path: pathlib.Path) -> None:
    helm = Helm(release({}))
    helm.does_nothing = True
    plan = plan_release(helm.writer().read().last(), CHART, {}, OURS)
    with pytest.raises(Failure, match="the release is deployed, revision 1"):
        helm.writer().upgrade(plan, pathlib.Path("c.tgz"), tmp_path)


def test_a_release_that_cannot_be_read_back_is_named(tmp_path: pathlib.Path) -> None:
    helm = Helm({**release(OURS, revision=9), "data": {"release": "e30="}})
    with pytest.raises(Failure, match="holds no Helm release"):
        helm.writer().upgrade(plan_release(None, CHART, {}, OURS), pathlib.Path("c.tgz"), tmp_path)
