# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From which state a release is updated, and what is done first where a command was killed."""

from __future__ import annotations

import datetime
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.helm import (
    HelmOptions,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.manifest import (
    ObjectName,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.drift import Drift
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.drift_reader import (
    ReleaseDrift,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import (
    decode_release,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.restorer import (
    ReleaseRestorer,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.update import (
    ReleaseUpdate,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.writer import (
    ReleaseWriter,
)
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.helm_releases import CHART, OURS, chart_release, release_secret

NOW = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)
LONG_AGO, JUST_NOW = "2026-11-26T00:00:00Z", "2026-11-26T11:59:00Z"


class Helm(FakeClient):
    """Answers modules and helm: a rollback deploys a revision again."""

    def __init__(self, *revisions: dict[str, t.Any]) -> None:
        super().__init__()
        self.revisions = list(revisions)
        self.done: list[str] = []
        self.drift: tuple[Drift, ...] = ()

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
            return {"resources": self.revisions}
        self.done.append(attempt.partition(" ")[0])
        self.revisions.append(chart_release(OURS, len(self.revisions) + 1))
        return {}

    def helm_command(self, argv: t.Sequence[str], attempt: str) -> None:
        self.done.append(attempt.partition(" ")[0])
        target = decode_release(self.revisions[int(argv[3]) - 1])
        number = len(self.revisions) + 1
        self.revisions.append(release_secret(number, config=target.config, chart=target.chart))

    def update(
        self, *, recover: bool = False, own: bool = False, check_mode: bool = False
    ) -> ReleaseUpdate:
        name, options = ("image-swap", "default"), HelmOptions()
        self.check_mode = check_mode
        return ReleaseUpdate(
            self,
            ReleaseWriter(self, *name, options),
            ReleaseRestorer(self, *name, options, sleep=lambda _seconds: None, now=lambda: NOW),
            before_write=lambda: self.done.append("before"),
            drift=self.reader(),
            recover=recover,
            own=own,
        )

    def reader(self) -> ReleaseDrift:
        """Return what finds the drift that a test says."""
        reader = ReleaseDrift(self)
        reader.of = lambda release: self.drift  # type: ignore[method-assign]  # a stand-in
        return reader


CHART_OF_REVISION = {"metadata": {"name": "image-swap", "version": "1.5.3"}}


def pending(since: str) -> Helm:
    first = release_secret(1, config={}, chart=CHART_OF_REVISION)
    return Helm(first, release_secret(2, "pending-upgrade", deployed_at=since))


def test_a_release_is_upgraded_after_the_transaction_was_asked(tmp_path: pathlib.Path) -> None:
    helm = Helm(chart_release({}))
    update = helm.update()
    plan = update.plan(CHART, {}, OURS)
    release = update.write(plan, pathlib.Path("c.tgz"), tmp_path)
    assert helm.done == ["before", "upgrading"]
    assert "deployed now" in update.check(plan, release).actual


def test_check_mode_and_nothing_to_do_write_nothing(tmp_path: pathlib.Path) -> None:
    for helm, check_mode in ((Helm(chart_release({})), True), (Helm(chart_release(OURS)), False)):
        update = helm.update(check_mode=check_mode)
        plan = update.plan(CHART, {}, OURS)
        assert update.write(plan, pathlib.Path("c.tgz"), tmp_path) == plan.live
        assert helm.done == []


MAP = Drift(ObjectName("v1", "ConfigMap", "imageswap-maps", "imageswap-system"), ("data.maps",))


@pytest.mark.parametrize(
    ("live", "done"),
    [(OURS, ["before", "rolling", "before"]), ({}, ["before", "rolling", "before", "upgrading"])],
)
def test_what_others_have_changed_is_mended_first(
    tmp_path: pathlib.Path, live: dict[str, t.Any], done: list[str]
) -> None:
    helm = Helm(chart_release(live))
    helm.drift = (MAP,)
    update = helm.update()
    plan = update.plan(CHART, {}, OURS)
    assert plan.changed
    release = update.write(plan, pathlib.Path("c.tgz"), tmp_path)
    assert helm.done == done
    check = update.check(plan, release)
    assert "mended: configmap/imageswap-maps in imageswap-system (data.maps)" in check.actual
    assert "would be mended" in helm.update(check_mode=True).check(plan, plan.live).actual


def test_a_release_that_is_not_deployed_is_not_compared() -> None:
    helm = Helm(chart_release(OURS, status="failed"))
    helm.drift = (MAP,)
    assert helm.update().plan(CHART, {}, OURS).drift == ()


@pytest.mark.parametrize(
    ("since", "recover", "own", "refused"),
    [
        (LONG_AGO, False, False, True),
        (LONG_AGO, True, False, False),
        (JUST_NOW, True, False, True),
        (JUST_NOW, False, True, False),
    ],
)
def test_what_is_pending_is_recovered_if_asked_for_and_nobody_works_on_it(
    tmp_path: pathlib.Path, since: str, recover: bool, own: bool, refused: bool
) -> None:
    helm = pending(since)
    update = helm.update(recover=recover, own=own)
    if refused:
        with pytest.raises(Failure) as raised:
            update.plan(CHART, {}, OURS)
        assert raised.value.code == "release_pending"
        return
    plan = update.plan(CHART, {}, OURS)
    release = update.write(plan, pathlib.Path("c.tgz"), tmp_path)
    assert helm.done == ["before", "rolling", "before", "upgrading"]
    codes = [finding.code for finding in update.check(plan, release).findings]
    assert codes[0] == "release_recovered"
