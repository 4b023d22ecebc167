# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever becomes of an override, the API server trusts the webhook that is there afterwards."""

from __future__ import annotations

import base64
import contextlib
import json
import pathlib
import re
import threading
import typing as t

import pytest

from tests.integration.releases import ReleaseLab
from tests.integration.tasks import HELMS
from tests.sandbox.kubernetes.client import RequestFailed
from tests.sandbox.kubernetes.server import ApiServer
from tests.sandbox.pki import Authority, Certificate
from tests.sandbox.webhook.config_map import ConfigMapReader
from tests.sandbox.webhook.server import AdmissionServer

pytestmark = pytest.mark.sandbox

Task = dict[str, t.Any]
REGISTRATION = (
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/imageswap-webhook"
)
SECRET = "/api/v1/namespaces/imageswap-system/secrets/imageswap-tls"
PAUSE_SECONDS = 0.25
# Of an authority that has issued nothing.
WRONG = base64.b64encode(Authority("imageswap").pem.encode()).decode()


class ServesTheSecret(AdmissionServer):
    """The webhook as a pod that mounts the chart's Secret, and sees what becomes of it."""

    def __init__(self, server: ApiServer) -> None:
        super().__init__(ConfigMapReader(server.kubeconfig).read)
        self._client = server.client
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


class Lab(ReleaseLab):
    """A laboratory with the tasks of an override and of a rollback."""

    def begun(self) -> Task:
        return self._task("override_transaction", state="begun", release_name="image-swap")

    def completed(self, begun: int = 0) -> Task:
        given = {"state": "completed", "release_name": "image-swap"}
        return self._task("override_transaction", transaction=transaction(begun), **given)

    def rolled_back(self, **given: t.Any) -> Task:
        options = {"timeout": 60, "helm_binary": str(self.helm_binary)}
        return self._task("override_rollback", **options, **given)

    def upgraded(self, password: str, chart: t.Mapping[str, t.Any], begun: int = 0) -> Task:
        settings = {**self.settings, "password": password}
        values = {"sandbox": {"ownCertificate": False, **chart}}
        return self.task(settings=settings, values=values, transaction=transaction(begun))

    def _task(self, name: str, **given: t.Any) -> Task:
        return {
            f"palette.image_registry.{name}": {"kubeconfig": str(self.server.kubeconfig), **given}
        }

    @property
    def bundle(self) -> str:
        (webhook,) = self.server.client.get(REGISTRATION)["webhooks"]
        return str(webhook["clientConfig"].get("caBundle"))

    def bundle_of(self, revision: int) -> str:
        """Return the caBundle that a revision of the release has."""
        manifest = self.helm("get", "manifest", "image-swap", f"--revision={revision}")
        (found,) = re.findall(r"caBundle: \"?([\w+/=]+)", manifest)
        return str(found)

    def pod_is_created(self) -> bool:
        """Ask the API server itself, without a word of the collection's."""
        container = {"name": "one", "image": "docker.io/library/nginx:1"}
        pod = {"metadata": {"name": "proof"}, "spec": {"containers": [container]}}
        path = "/api/v1/namespaces/jet-system/pods?dryRun=All"
        try:
            self.server.client.request("POST", path, pod)
        except RequestFailed as error:
            assert "x509" in str(error), error
            return False
        return True

    def overwrite_bundle(self, bundle: str) -> None:
        """Write what former versions of the collection wrote after a rollback, and own since then."""
        patch = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": bundle}]
        path = f"{REGISTRATION}?fieldManager=OpenAPI-Generator"
        self.server.client.request("PATCH", path, patch, "application/json-patch+json")

    @property
    def owners(self) -> set[str]:
        """Return who owns the caBundle."""
        fields = self.server.client.get(REGISTRATION)["metadata"].get("managedFields") or []
        return {str(entry["manager"]) for entry in fields if "f:caBundle" in json.dumps(entry)}


def transaction(begun: int) -> str:
    """Return the transaction that a task of the play has begun, by its number."""
    return f"{{{{ task_result_{begun}.transaction }}}}"


@pytest.fixture(name="server")
def fixture_server(plane: ApiServer) -> ApiServer:
    """Return the API server as it was when it had just started."""
    plane.start_over()
    return plane


@pytest.fixture(name="lab", params=list(HELMS))
def fixture_lab(server: ApiServer, tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Lab:
    """Return a laboratory with either Helm."""
    return Lab(server, tmp_path, HELMS[request.param])


@pytest.fixture(name="one_lab")
def fixture_one_lab(server: ApiServer, tmp_path: pathlib.Path) -> Lab:
    """Return a laboratory with the Helm to which it matters who owns a field."""
    return Lab(server, tmp_path, HELMS["helm-v4"])


def test_a_chart_that_makes_its_own_authority_goes_back_with_its_certificate(lab: Lab) -> None:
    webhook = ServesTheSecret(lab.server)
    webhook.start()
    chart = {"webhookUrl": webhook.url, "caBundle": "", "ownCertificate": True}
    try:
        done = lab.play(
            lab.begun(),
            lab.upgraded("planted-1", chart),
            lab.completed(),
            lab.begun(),
            lab.upgraded("planted-2", chart, begun=3),
            lab.completed(begun=3),
            lab.rolled_back(),
        )
        assert done.changed[1] and done.changed[4] and done.changed[6], done.output
        checks = {check["name"]: check for check in done.results[6]["checks"]}
        assert checks["webhook answers"]["status"] == "pass", checks
        before = lab.bundle
        assert before == lab.bundle_of(1) != lab.bundle_of(2)
        assert lab.pod_is_created()

        lab.overwrite_bundle(WRONG)
        assert not lab.pod_is_created()
        third = lab.play(lab.begun(), lab.upgraded("planted-3", chart), lab.completed())
        assert third.changed[1], third.output
        assert lab.bundle not in (before, WRONG)
        assert lab.owners <= {"helm"}
    finally:
        webhook.stop()


def test_a_wrong_ca_bundle_in_the_values_does_not_outlive_the_rollback(one_lab: Lab) -> None:
    """With Helm 4, since Helm 3 knows no owners: whatever others write, it writes over."""
    lab, authority = one_lab, Authority("imageswap")
    webhook = AdmissionServer(ConfigMapReader(lab.server.kubeconfig).read, authority=authority)
    webhook.start()
    good = {"webhookUrl": webhook.url, "caBundle": webhook.ca_bundle}
    bad = {"webhookUrl": webhook.url, "caBundle": WRONG}
    try:
        done = lab.play(
            lab.begun(),
            lab.upgraded("planted-1", good),
            lab.completed(),
            lab.begun(),
            lab.upgraded("planted-2", bad, begun=3),
            lab.rolled_back(transaction=transaction(3)),
        )
        assert done.changed[1] and done.changed[4] and done.changed[5], done.output
        assert {check["status"] for check in done.results[5]["checks"]} == {"pass"}
        assert lab.bundle == webhook.ca_bundle
        assert lab.pod_is_created()

        lab.overwrite_bundle(WRONG)
        assert not lab.pod_is_created()
        healed = lab.play(lab.begun(), lab.upgraded("planted-3", good), lab.completed())
        assert healed.changed[1], healed.output
        assert lab.bundle == webhook.ca_bundle
        assert lab.owners <= {"helm"}
    finally:
        webhook.stop()
