# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever becomes of an override, the API server trusts the webhook that is there afterwards."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import typing as t

import pytest

from tests.integration.playbooks import Run, run_playbook
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes.client import RequestFailed
from tests.sandbox.pki import Authority, Certificate
from tests.sandbox.webhook.config_map import ConfigMapReader
from tests.sandbox.webhook.server import AdmissionServer
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

Object = dict[str, t.Any]
A = {**page_registry(), "username": "robot", "password": "first-planted"}
B = {**page_registry(), "username": "robot", "password": "second-planted", "name": "Other"}
FAST = {
    "override_lock_duration": 3,
    "preflight_images": "skip",
    "verify_cluster_canary_timeout_seconds": 40,
    "image_swap_timeout_seconds": 60,
}
REGISTRATION = (
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/imageswap-webhook"
)
SECRET = "/api/v1/namespaces/imageswap-system/secrets/imageswap-tls"
PAUSE_SECONDS = 0.1


class ServesTheSecret(AdmissionServer):
    """The webhook as a pod that mounts the chart's Secret, and sees what becomes of it."""

    def __init__(self, world: World) -> None:
        super().__init__(ConfigMapReader(world.kubeconfig).read)
        self._client = world.api.client
        self._stopped = threading.Event()
        self._kubelet = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        super().start()
        self._kubelet.start()

    def stop(self) -> None:
        self._stopped.set()
        self._kubelet.join()
        super().stop()

    def _follow(self) -> None:
        shown = ""
        while not self._stopped.wait(PAUSE_SECONDS):
            with contextlib.suppress(RequestFailed, OSError):
                data = self._client.get(SECRET)["data"]
                if data["tls.crt"] != shown:
                    shown = data["tls.crt"]
                    self.show(Certificate(*map(decoded, (shown, data["tls.key"]))))


def decoded(text: str) -> str:
    return base64.b64decode(text).decode()


@pytest.fixture(scope="module", params=["3", "4"])
def world(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> t.Iterator[World]:
    """One world with either Helm."""
    options = Options(helm=request.param, strict=True, with_nodes=False)
    with World(tmp_path_factory.mktemp("world") / "state", options) as started:
        yield started


def override(world: World, registry: Object, **chart: t.Any) -> Run:
    values = {"sandbox": {"ownCertificate": False, **chart}}
    variables = {**FAST, "palette_registry": registry, "image_swap_values": values}
    return run_playbook(world, "override", variables=variables)


def rollback(world: World) -> Run:
    return run_playbook(world, "rollback", variables=FAST)


def bundle(world: World) -> str:
    (webhook,) = world.api.client.get(REGISTRATION)["webhooks"]
    return str(webhook["clientConfig"]["caBundle"])


def pod_is_created(world: World) -> bool:
    """Ask the API server itself, without a word of the collection's."""
    container = {"name": "one", "image": "docker.io/library/nginx:1"}
    pod = {"metadata": {"name": "proof"}, "spec": {"containers": [container]}}
    try:
        world.api.client.request("POST", "/api/v1/namespaces/jet-system/pods?dryRun=All", pod)
    except RequestFailed as error:
        assert "x509" in str(error), error
        return False
    return True


def test_a_chart_that_makes_its_own_authority_goes_back_with_its_certificate(world: World) -> None:
    server = ServesTheSecret(world)
    server.start()
    chart = {"webhookUrl": server.url, "caBundle": "", "ownCertificate": True}
    try:
        first = override(world, A, **chart)
        assert first.code == 0, first.output
        before = bundle(world)
        second = override(world, B, **chart)
        assert second.code == 0, second.output
        assert bundle(world) != before
        back = rollback(world)
        assert back.code == 0, back.output
        assert bundle(world) == before
        assert pod_is_created(world)
        again = override(world, B, **chart)
        assert again.code == 0, again.output
        assert pod_is_created(world)
    finally:
        server.stop()


def test_a_wrong_ca_bundle_in_the_values_does_not_outlive_the_rollback(world: World) -> None:
    authority, other = Authority("imageswap"), Authority("imageswap")
    server = AdmissionServer(ConfigMapReader(world.kubeconfig).read, authority=authority)
    server.start()
    wrong = base64.b64encode(other.pem.encode()).decode()
    try:
        good = override(world, A, webhookUrl=server.url, caBundle=server.ca_bundle)
        assert good.code == 0, good.output
        failed = override(world, B, webhookUrl=server.url, caBundle=wrong)
        assert failed.code != 0
        assert "webhook_ca_bundle_mismatch" in failed.output
        assert "the clusters are as they were before" in " ".join(failed.output.split())
        assert bundle(world) == server.ca_bundle
        assert pod_is_created(world)

        # What former versions of the collection wrote after a rollback, and own since then.
        patch_as_before(world, wrong)
        assert not pod_is_created(world)
        healed = override(world, B, webhookUrl=server.url, caBundle=server.ca_bundle)
        assert healed.code == 0, healed.output
        assert bundle(world) == server.ca_bundle
        assert owners_of_the_bundle(world) <= {"helm"}
    finally:
        server.stop()


def patch_as_before(world: World, wrong: str) -> None:
    """Send what kubernetes.core sends, in the name that the API server gives it."""
    patch = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": wrong}]
    path = f"{REGISTRATION}?fieldManager=OpenAPI-Generator"
    world.api.client.request("PATCH", path, patch, "application/json-patch+json")
    assert owners_of_the_bundle(world) == {"OpenAPI-Generator"}


def owners_of_the_bundle(world: World) -> set[str]:
    fields = world.api.client.get(REGISTRATION)["metadata"].get("managedFields") or []
    return {str(entry["manager"]) for entry in fields if "f:caBundle" in json.dumps(entry)}
