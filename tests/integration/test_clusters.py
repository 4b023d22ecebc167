# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many clusters: side by side, each for itself, and not one more once too many have failed."""

from __future__ import annotations

import contextlib
import datetime
import pathlib
import re
import typing as t

import pytest
import yaml

from tests.integration.playbooks import run_playbook, secret, to_give_back
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.pki import Authority
from tests.sandbox.webhook.server import ADDRESS, AdmissionServer
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

Worlds = tuple[World, World]
SETTINGS = {**page_registry(), "username": "robot", "password": "planted-password"}
VARIABLES = {
    "palette_registry": SETTINGS,
    "palette_check_images": "skip",
    "palette_lock_duration": 5,
}


@pytest.fixture(scope="module")
def worlds(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Worlds]:
    """A management plane, and a PCG on a cluster that somebody else runs."""
    options = Options(strict=True, with_nodes=False)
    folder = tmp_path_factory.mktemp("worlds")
    with (
        World(folder / "management", options, plane) as management,
        ApiServer(folder / "theirs") as theirs,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("SANDBOX_KUBECONFIG", str(theirs.kubeconfig))
        with World(folder / "pcg", options) as pcg:
            for server in (management.api, theirs):
                server.keep_state("empty")
            yield management, pcg


@pytest.fixture
def inventory(worlds: Worlds, tmp_path: pathlib.Path) -> pathlib.Path:
    """Return one inventory of both, whose clusters are empty."""
    hosts = {}
    for name, world in zip(("plane", "pcg"), worlds, strict=True):
        world.api.restore_state("empty")
        hosts[name] = world.cluster_variables()
    path = tmp_path / "inventory.yml"
    content = yaml.safe_dump({"palette_clusters": {"hosts": hosts}}, sort_keys=False)
    path.write_text(content, encoding="utf-8")
    return path


@contextlib.contextmanager
def expired() -> t.Iterator[dict[str, str]]:
    """Give the chart's values for a webhook whose certificate has expired."""
    authority = Authority("imageswap")
    identity = authority.issue((ADDRESS,), datetime.timedelta(days=-1))
    server = AdmissionServer(lambda: "default::\n", authority=authority, identity=identity)
    server.start()
    try:
        yield {"webhookUrl": server.url, "caBundle": server.ca_bundle}
    finally:
        server.stop()


def test_one_that_fails_is_put_back_alone(worlds: Worlds, inventory: pathlib.Path) -> None:
    """All is written as it should be, and only the pod that the webhook is shown tells.

    The other one's override is a whole one: a second run changes nothing.
    """
    plane, pcg = worlds
    empty = to_give_back(plane)
    content = yaml.safe_load(inventory.read_text(encoding="utf-8"))
    with expired() as chart:
        content["palette_clusters"]["hosts"]["plane"]["palette_image_swap_values"] = {
            "sandbox": chart
        }
        inventory.write_text(yaml.safe_dump(content), encoding="utf-8")
        run = run_playbook(plane, "override", f"--inventory={inventory}", variables=VARIABLES)
    assert run.code != 0
    errors = [line for line in run.output.splitlines() if re.match(r"FAIL  \w+: ", line)]
    assert errors[0].startswith("FAIL  webhook_certificate_expired: ")
    said = " ".join(run.output.split())
    assert "rollout restart deployment/imageswap" in said
    assert "until the cluster was put back: " in said
    assert "break_glass" not in said
    assert "the clusters are as they were before" in said
    assert "FAIL  cluster plane" in run.output
    assert "release put back: uninstalled" in run.output
    assert "warn  cluster pcg" in run.output
    assert "planted" not in run.output
    assert to_give_back(plane) == empty
    assert secret(pcg) is not None
    options = (f"--inventory={inventory}", "--limit=pcg")
    again = run_playbook(pcg, "override", *options, variables=VARIABLES)
    assert again.code == 0, again.output
    assert again.changed("pcg") == 0


def test_no_other_is_begun_once_too_many_have_failed(
    worlds: Worlds, inventory: pathlib.Path
) -> None:
    plane, pcg = worlds
    batches = {**VARIABLES, "override_serial": 1, "override_max_fail_percentage": 25}
    with plane.api.failing(Fault(status=403, path="/leases/", count=0)):
        run = run_playbook(plane, "override", f"--inventory={inventory}", variables=batches)
    assert run.code != 0
    assert "FAIL  cluster plane" in run.output
    assert "more than 25 % of the clusters have failed" in " ".join(run.output.split())
    assert secret(plane) is None
    assert secret(pcg) is None
