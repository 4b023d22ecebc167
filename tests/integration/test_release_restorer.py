# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release taken back by the real Ansible and both Helms, from whatever state it is in."""

from __future__ import annotations

import pathlib
import textwrap
import typing as t

import pytest

from tests.integration.releases import SECRETS, ReleaseLab, set_status
from tests.integration.tasks import HELMS, assert_nothing_let_out
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.kubernetes.server import ApiServer

pytestmark = pytest.mark.sandbox

_WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_WEBHOOK = f"{_WEBHOOKS}/imageswap-webhook"

# An action for the test alone: a restoration is a part of others.
_ACTION = """\
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.helm import (
    HelmOptions,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._action import (
    KubernetesCoreAction,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.restorer import (
    ReleaseRestorer,
)


class ActionModule(KubernetesCoreAction):
    ARGUMENTS = {"revision": {"type": "int"}, "helm_binary": {"type": "str"}}

    def work(self, arguments):
        options = HelmOptions(binary=arguments["helm_binary"], history_max=4, timeout_seconds=20)
        restorer = ReleaseRestorer(self.cluster, "image-swap", "default", options)
        if not arguments["revision"]:
            return {"changed": restorer.uninstall(), "revisions": len(restorer.revisions())}
        before = restorer.revisions()[-1].revision
        release = restorer.rollback_to(arguments["revision"])
        return {"changed": release.revision > before, **release.summary()}
"""


class Lab(ReleaseLab):
    """A laboratory with the action of this file."""

    def __init__(self, server: ApiServer, folder: pathlib.Path, helm: pathlib.Path) -> None:
        super().__init__(server, folder, helm)
        actions = self.controller.folder / "action_plugins"
        actions.mkdir()
        (actions / "release_restored.py").write_text(textwrap.dedent(_ACTION), encoding="utf-8")

    def restored(self, revision: int) -> dict[str, t.Any]:
        """Return a task that goes back to a revision, 0 for none."""
        given = {
            "kubeconfig": str(self.server.kubeconfig),
            "helm_binary": str(self.helm_binary),
            "revision": revision,
        }
        return {"release_restored": given}

    def deploy(self, bundle: str, password: str) -> None:
        """Deploy a revision whose webhook has a caBundle, by Helm alone."""
        values = f"sandbox.caBundle={bundle},config.ociImageRegistry.password={password}"
        self.helm("upgrade", "--install", "image-swap", str(self.chart), "--set", values)

    def bundle(self) -> str:
        """Return the caBundle of the live webhook."""
        (webhook,) = self.server.client.get(_WEBHOOK)["webhooks"]
        return str(webhook["clientConfig"]["caBundle"])


@pytest.fixture(name="server", scope="module")
def fixture_server(plane: ApiServer) -> ApiServer:
    """Return an API server for all tests of this file."""
    return plane


@pytest.fixture(name="lab", params=list(HELMS))
def fixture_lab(server: ApiServer, tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Lab:
    """Return a laboratory with either Helm."""
    return Lab(server, tmp_path, HELMS[request.param])


def test_back_to_a_revision_from_any_state_then_out(lab: Lab) -> None:
    lab.deploy("b2xk", "planted-old")
    lab.deploy("bmV3", "planted-new")
    set_status(lab, 2, "pending-upgrade")
    # The first attempt dies in the middle of the release's objects.
    lab.server.fail(Fault(status=500, method="PATCH|PUT", path="/imageswap-system/secrets/"))
    done = lab.play(lab.restored(1), lab.restored(1), options=("-vvvv",))
    assert [fault["hits"] for fault in lab.server.faults()] == [1]
    assert done.changed == [True, False], done.output
    assert_nothing_let_out(lab.controller, done, "planted-old", "planted-new")
    assert done.results[0]["status"] == "deployed"
    assert lab.values()["config"]["ociImageRegistry"]["password"] == "planted-old"
    secret = lab.server.client.get("/api/v1/namespaces/imageswap-system/secrets/imageswap-registry")
    assert secret["data"]["password"] == "cGxhbnRlZC1vbGQ="
    assert lab.bundle() == "b2xk"

    last = lab.revisions()[-1]
    set_status(lab, last, "pending-rollback")
    done = lab.play(lab.restored(2), lab.restored(9))
    assert done.changed == [True, None], done.output
    assert "Helm has no revision 9 any more, only" in done.messages[1]
    assert lab.values()["config"]["ociImageRegistry"]["password"] == "planted-new"
    assert lab.bundle() == "bmV3"

    set_status(lab, lab.revisions()[-1], "pending-upgrade")
    gone = lab.play(lab.restored(0), lab.restored(0))
    assert gone.changed == [True, False], gone.output
    assert gone.results[0]["revisions"] == 0
    assert lab.server.client.get(_WEBHOOKS)["items"] == []
    kept = lab.server.client.get(SECRETS)["items"]
    assert [item["metadata"]["name"] for item in kept if "helm" in item["type"]] == []
