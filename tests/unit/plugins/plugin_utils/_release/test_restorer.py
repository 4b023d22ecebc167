# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release taken back, with a Helm and a cluster of a few lines."""

from __future__ import annotations

import copy
import datetime
import typing as t

import jsonpatch
import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.helm import (
    HelmOptions,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.release import (
    decode_release,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.restorer import (
    ReleaseRestorer,
)
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.helm_releases import release_secret

WEBHOOK = """\
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: imageswap-webhook}
"""
SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {name: imageswap, namespace: imageswap-system}
"""
OLD: dict[str, t.Any] = {"config": {"a": 1}, "manifest": WEBHOOK}
NEW: dict[str, t.Any] = {"config": {"a": 2}, "manifest": WEBHOOK}


class Cluster(FakeClient):
    """Helm's Secrets and one webhook configuration, which a rollback overwrites.

    `owners` are those of its fields when Helm ran last.
    """

    def __init__(self, *secrets: dict[str, t.Any]) -> None:
        super().__init__()
        self.secrets = list(secrets)
        self.webhook: dict[str, t.Any] | None = {
            "metadata": {"name": "imageswap-webhook", "resourceVersion": "1"},
            "webhooks": [{"name": "w", "clientConfig": {"caBundle": "live"}}],
        }
        self.commands: list[list[str]] = []
        self.owners: list[str] = []
        self.failures: list[Failure] = []
        self.slept: list[float] = []
        self.deploys: dict[str, t.Any] = {}
        self.keeps_release = False

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
            if arguments["kind"] == "Secret":
                return {"resources": self.secrets}
            if arguments["kind"] != "MutatingWebhookConfiguration":
                return {"resources": []}
            return {"resources": [copy.deepcopy(self.webhook)] if self.webhook else []}
        if module == "k8s_json_patch":
            assert self.webhook is not None
            self.webhook = jsonpatch.apply_patch(self.webhook, arguments["patch"])
        elif module == "helm":
            assert arguments["release_state"] == "absent"
            self._fail()
            if not self.keeps_release:
                self.secrets.clear()
        elif module == "k8s":
            assert (arguments["kind"], arguments["state"]) == (
                "MutatingWebhookConfiguration",
                "absent",
            )
            self.webhook = None
        else:
            raise AssertionError(module)
        return {"changed": True}

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop()

    def helm_command(self, argv: t.Sequence[str], attempt: str) -> None:
        self.commands.append(list(argv))
        fields = self.webhook["metadata"].get("managedFields") or [] if self.webhook else []
        self.owners = [str(entry.get("manager")) for entry in fields]
        self._fail()
        target = next(s for s in self.secrets if s["metadata"]["labels"]["version"] == argv[3])
        old = decode_release(target)
        content = {"config": old.config, "manifest": old.manifest, **self.deploys}
        self.secrets.append(release_secret(len(self.secrets) + 1, **content))

    def restorer(self, **options: t.Any) -> ReleaseRestorer:
        """Return a restorer of this cluster's release."""
        return ReleaseRestorer(
            self,
            "image-swap",
            "default",
            HelmOptions(**options),
            sleep=self.slept.append,
            now=lambda: NOW,
        )


def failure(code: str) -> Failure:
    """Return a failure by its code."""
    return Failure.of(code, "helm", f"because of {code}", "do something")


def test_revisions_are_listed() -> None:
    restorer = Cluster(release_secret(3, **NEW), release_secret(2, "superseded")).restorer()
    assert [release.revision for release in restorer.revisions()] == [2, 3]
    assert [restorer.has_revision(number) for number in (1, 2, 3)] == [False, True, True]
    broken = {**release_secret(1), "data": {"release": "e30="}}
    restorer = Cluster(broken).restorer()
    assert restorer.has_revision(1)
    with pytest.raises(Failure, match="holds no Helm release"):
        restorer.revisions()


def test_a_revision_of_the_same_number_is_another_one_after_a_reinstallation() -> None:
    then = "2026-11-26T04:15:00+00:00"
    restorer = Cluster(release_secret(1, deployed_at=then)).restorer()
    assert restorer.has_revision(1, then)
    assert not restorer.has_revision(1, "2026-11-25T00:00:00+00:00")
    assert not restorer.has_revision(2, then)


@pytest.mark.parametrize(
    "status", ["deployed", "failed", "pending-upgrade", "pending-rollback", "pending-install"]
)
def test_going_back_is_helms_work(status: str) -> None:
    cluster = Cluster(release_secret(1, "superseded", **OLD), release_secret(2, status, **NEW))
    restorer = cluster.restorer(binary="/opt/helm", history_max=7, timeout_seconds=9)
    done = restorer.rollback_to(1)
    assert (done.revision, done.config, done.status) == (3, {"a": 1}, "deployed")
    expected = "rollback image-swap 1 --namespace default --history-max 7 --timeout 9s"
    assert cluster.commands == [["/opt/helm", *expected.split()]]
    assert restorer.remarks == []


def test_helm_meets_no_field_that_a_former_run_owns() -> None:
    cluster = Cluster(release_secret(1, "superseded", **OLD), release_secret(2, **NEW))
    assert cluster.webhook is not None
    owned: dict[str, t.Any] = {
        "f:webhooks": {'k:{"name":"w"}': {"f:clientConfig": {"f:caBundle": {}}}}
    }
    cluster.webhook["metadata"]["managedFields"] = [
        {"manager": "helm", "operation": "Apply", "fieldsV1": {"f:webhooks": {}}},
        {"manager": "OpenAPI-Generator", "operation": "Update", "fieldsV1": owned},
    ]
    cluster.restorer().rollback_to(1)
    assert cluster.owners == ["helm"]


def test_what_is_there_already_is_left_alone() -> None:
    cluster = Cluster(release_secret(1, "superseded", **OLD), release_secret(2, **OLD))
    assert cluster.restorer().rollback_to(1).revision == 2
    assert cluster.commands == []


@pytest.mark.parametrize("content", [NEW, {"manifest": ""}])
def test_another_content_than_the_revisions_is_found_out(content: dict[str, t.Any]) -> None:
    cluster = Cluster(release_secret(1, "superseded", **OLD), release_secret(2, "failed", **NEW))
    cluster.deploys = content
    with pytest.raises(Failure, match="revision 3 is deployed, with other content") as raised:
        cluster.restorer().rollback_to(1)
    assert raised.value.code == "rollback_not_verified"


def test_a_revision_that_is_gone_is_named() -> None:
    cluster = Cluster(release_secret(2, **NEW))
    with pytest.raises(Failure, match=r"no revision 1 any more, only 2\b") as raised:
        cluster.restorer().rollback_to(1)
    assert raised.value.code == "revision_gone"
    with pytest.raises(Failure, match="the release is not installed"):
        Cluster().restorer().rollback_to(1)
    assert cluster.commands == []


@pytest.mark.parametrize("code", ["server_error", "unreachable", "no_answer", "conflict"])
def test_what_passes_is_tried_again_within_bounds(code: str) -> None:
    secrets = (release_secret(1, "superseded", **OLD), release_secret(2, "failed", **NEW))
    cluster = Cluster(*secrets)
    cluster.failures = [failure(code), failure("unreachable")]
    assert cluster.restorer().rollback_to(1).config == {"a": 1}
    assert (len(cluster.commands), len(cluster.slept)) == (3, 2)
    cluster = Cluster(*secrets)
    cluster.failures = [failure("server_error")] * 9
    with pytest.raises(Failure, match="because of server_error"):
        cluster.restorer().rollback_to(1)
    assert len(cluster.commands) == 3


def test_what_does_not_pass_ends_at_once() -> None:
    cluster = Cluster(release_secret(1, "superseded", **OLD), release_secret(2, "failed", **NEW))
    cluster.failures = [failure("forbidden")]
    with pytest.raises(Failure, match="because of forbidden"):
        cluster.restorer().rollback_to(1)
    assert len(cluster.commands) == 1


def test_another_manager_does_not_stop_a_restoration_but_is_told() -> None:
    cluster = Cluster(release_secret(1, "superseded", **OLD), release_secret(2, "failed", **NEW))
    cluster.failures = [failure("helm_field_conflict")]
    restorer = cluster.restorer()
    restorer.rollback_to(1)
    assert "--force-conflicts" not in cluster.commands[0]
    assert "--force-conflicts" in cluster.commands[1]
    (remark,) = restorer.remarks
    assert "because of helm_field_conflict" in remark.message


@pytest.mark.parametrize("status", ["deployed", "failed", "pending-install"])
def test_uninstalling_leaves_no_webhook_that_blocks_pods(status: str) -> None:
    cluster = Cluster(release_secret(1, status, **NEW))
    cluster.failures = [failure("unreachable")]
    restorer = cluster.restorer()
    assert restorer.uninstall() is True
    assert (cluster.secrets, cluster.webhook) == ([], None)
    assert restorer.uninstall() is False


@pytest.mark.parametrize(("service", "gone"), [("imageswap", True), ("another", False)])
def test_a_webhook_configuration_that_its_own_pod_made_goes_too(service: str, gone: bool) -> None:
    cluster = Cluster(release_secret(1, manifest=SERVICE))
    assert cluster.webhook is not None
    called = {"namespace": "imageswap-system", "name": service}
    cluster.webhook["webhooks"][0]["clientConfig"]["service"] = called
    assert cluster.restorer().uninstall() is True
    assert (cluster.webhook is None) is gone


NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.UTC)
YOUNG, OLD_ENOUGH = "2026-01-01T11:59:30.5Z", "2026-01-01T11:00:00Z"


def test_a_pending_release_goes_back_to_the_last_that_was_deployed() -> None:
    pending = release_secret(3, "pending-upgrade", deployed_at=OLD_ENOUGH, **NEW)
    cluster = Cluster(
        release_secret(1, **OLD), release_secret(2, "failed", manifest=WEBHOOK), pending
    )
    done = cluster.restorer().recover(decode_release(pending))
    assert done is not None
    assert (done.revision, done.config) == (4, {"a": 1})


def test_a_pending_installation_is_uninstalled() -> None:
    pending = release_secret(1, "pending-install", deployed_at=OLD_ENOUGH, **NEW)
    cluster = Cluster(pending)
    assert cluster.restorer().recover(decode_release(pending)) is None
    assert cluster.secrets == []


def test_a_young_pending_release_is_left_alone_unless_it_is_ones_own() -> None:
    pending = release_secret(2, "pending-upgrade", deployed_at=YOUNG, **NEW)
    cluster = Cluster(release_secret(1, **OLD), pending)
    restorer = cluster.restorer(timeout_seconds=60)
    with pytest.raises(Failure, match="may run for 31 more seconds") as raised:
        restorer.recover(decode_release(pending))
    assert raised.value.code == "release_pending"
    assert cluster.commands == []
    assert restorer.recover(decode_release(pending), own=True) is not None


def test_an_uninstallation_that_helm_did_not_do_is_found_out() -> None:
    cluster = Cluster(release_secret(1, **NEW))
    cluster.keeps_release = True
    with pytest.raises(Failure, match="revision 1 is still deployed"):
        cluster.restorer().uninstall()
    assert cluster.webhook is not None
