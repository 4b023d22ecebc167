# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image-swap release, deployed with the real Ansible, kubernetes.core and both Helms."""

from __future__ import annotations

import base64
import dataclasses
import json
import pathlib
import typing as t

import pytest

from tests.integration.releases import ReleaseLab as Lab
from tests.integration.tasks import (
    HELMS,
    SETTINGS,
    PlayRun,
    assert_nothing_let_out,
    forms,
    of_roles,
    writes,
)
from tests.sandbox.chart.pack import pack, unpacked
from tests.sandbox.kubernetes.seed import Node
from tests.sandbox.kubernetes.server import ApiServer
from tests.sandbox.processes import ProcessTable
from tests.sandbox.registry import Registry

pytestmark = pytest.mark.sandbox

PASSWORD = SETTINGS["password"]
# What YAML readers disagree on, and what shells and templates would evaluate.
PASSWORDS = [
    "12e4",
    "n",
    "1e3",
    "0o17",
    "017",
    "1_000",
    "0x1F",
    "~",
    "yes",
    "2024-01-01",
    "'\"`$(id)\\",
    "a: b # c",
    "öß 漢 🔑",
    "\u00a0\u0085\u2028\ufeff\x1f",
    "line one\nline two\n",
    "\t x ",
    "",
]


@pytest.fixture(name="server", scope="module")
def fixture_server(plane: ApiServer) -> ApiServer:
    """Return an API server for all tests of this file."""
    return plane


@pytest.fixture(name="one_lab")
def fixture_one_lab(server: ApiServer, tmp_path: pathlib.Path) -> Lab:
    """Return a laboratory for what does not depend on the Helm."""
    return Lab(server, tmp_path, HELMS["helm-v4"])


@dataclasses.dataclass(frozen=True)
class Installed:
    """An installation by one of the Helms: first in check mode, then twice."""

    helm: str
    checked: PlayRun
    checks_writes: list[str]
    done: PlayRun


def deployment(lab: Lab) -> dict[str, t.Any]:
    return lab.task(values={"passwords": PASSWORDS, "{{": "kept"})


@pytest.fixture(name="installed", params=list(HELMS), scope="module")
def fixture_installed(
    server: ApiServer, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Installed:
    """Install the release with either Helm, and keep the cluster's state for all that begin there."""
    lab = Lab(server, tmp_path_factory.mktemp("installed"), HELMS[request.param])
    task, start = deployment(lab), len(server.requests())
    checked = lab.play({**task, "check_mode": True, "diff": True})
    checks_writes = writes(server, start)
    done = lab.play(task, task)
    if server.is_ours:
        server.keep_state(request.param)
    return Installed(request.param, checked, checks_writes, done)


@pytest.fixture(name="lab")
def fixture_lab(server: ApiServer, installed: Installed, tmp_path: pathlib.Path) -> Lab:
    """Return a laboratory with either Helm, which has installed the release."""
    lab = Lab(server, tmp_path, HELMS[installed.helm], state=installed.helm)
    if not server.is_ours:
        lab.play(deployment(lab))
    return lab


def test_install_then_nothing_to_do(lab: Lab, installed: Installed) -> None:
    checked, done = installed.checked, installed.done
    assert checked.changed == [True], checked.output
    assert "would be installed" in checked.messages[0]
    assert "+      endpoint: harbor.example.org" in checked.output
    assert installed.checks_writes == []
    assert done.changed == [True, False], done.output
    assert done.results[1]["changed_values"] == []
    assert lab.revisions() == [1]
    values = lab.values()
    assert values["passwords"] == PASSWORDS
    registry = values["config"]["ociImageRegistry"]
    assert registry["password"] == PASSWORD
    assert registry["insecureSkipVerify"] is False
    assert registry["mirrorRegistries"] == SETTINGS["mirrors"]
    assert values["config"]["imageSwapConfig"] == {"isEKSCluster": False}
    assert values["image"]["amceResolverImage"].startswith("harbor.example.org/airgap-images/us-")


def test_a_chart_changed_at_the_same_version_and_nobodys_values_lost(lab: Lab) -> None:
    by_hand = ("upgrade", "image-swap", str(lab.chart))
    lab.helm(*by_hand, "--reset-then-reuse-values", "--set", "theirs.by=hand")
    # Merged values take the place of the chart's own in the release.
    lab.helm(*by_hand, "--reuse-values", "--set", "config.theirs=1")
    folder = unpacked("nested", lab.folder / "edited")
    template = folder / "templates" / "namespace.yaml"
    template.write_text(template.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    edited = lab.task(chart=str(folder))
    # A password that YAML readers take for a number is deployed to the letter.
    more = lab.task(settings={**SETTINGS, "password": "12e4"}, values={"more": 1}, history_max=2)
    done = lab.play(
        lab.task(),
        lab.task(check_mode=True),
        {**edited, "check_mode": True},
        edited,
        edited,
        more,
        more,
        options=("--diff",),
    )
    assert done.changed == [False, False, True, True, False, True, False], done.output
    assert done.results[3]["changed_chart"] == ["templates/namespace.yaml"]
    assert lab.revisions() == [4, 5]
    assert lab.values()["theirs"] == {"by": "hand"}
    assert lab.values()["config"]["ociImageRegistry"]["password"] == "12e4"


MAPS = "/api/v1/namespaces/imageswap-system/configmaps/imageswap-maps"
SERVICE = "/api/v1/namespaces/imageswap-system/services/imageswap"


def test_what_others_change_is_mended(lab: Lab) -> None:
    wanted = lab.server.client.get(MAPS)["data"]["maps"]
    edited = {"data": {"maps": "default::\ndocker.io::typo.example.org\n"}}
    path = f"{MAPS}?fieldManager=kubectl-edit"
    lab.server.client.merge(path, edited)
    lab.server.client.request("DELETE", SERVICE)
    dry, done, again = (
        lab.task(check_mode=True, diff=True),
        lab.task(),
        lab.task(),
    )
    run = lab.play(dry, done, again)
    assert run.changed == [True, True, False], run.output
    drift = [
        "configmap/imageswap-maps in imageswap-system (data.maps)",
        "service/imageswap in imageswap-system (not there)",
    ]
    assert [item["drift"] for item in run.results] == [drift, drift, []]
    assert "would be mended" in run.results[0]["checks"][0]["actual"]
    assert "data.maps" in run.results[0]["diff"]["before"]
    assert "typo.example.org" not in run.output
    assert lab.server.client.get(MAPS)["data"]["maps"] == wanted
    assert lab.server.client.get(SERVICE)["spec"]["selector"] == {"app": "imageswap"}


def test_nothing_is_let_out(lab: Lab) -> None:
    lab.settings["password"] = "planted-new-password"
    users = {"config": {"imagePullSecret": {"dockerConfigJson": "planted-docker-config"}}}
    done = lab.play(lab.task(values=users), options=("-vvvv", "--diff"), watch=True)
    assert done.changed == [True]
    secrets = [PASSWORD, "planted-new-password", "planted-docker-config"]
    assert_nothing_let_out(lab.controller, done, *secrets)
    log = (lab.controller.folder / "helm.log").read_text(encoding="utf-8")
    assert "\nupgrade -i" in log
    for form in (form for secret in secrets for form in forms(secret)):
        assert form not in log
    shown = [line for line in done.output.splitlines() if line[1:].lstrip().startswith("password:")]
    assert len(set(shown)) == 2
    # The Kubernetes client keeps the API's discovery there, which is no secret.
    left = [path.name for path in (lab.controller.folder / "tmp").iterdir()]
    assert all(name.startswith("k8srcp-") for name in left)


def test_an_eks_cluster_is_known_by_its_nodes_unless_a_variable_says_what_it_is(
    one_lab: Lab,
) -> None:
    """The chart has the other layout and is named by a glob, a variable is read by the role."""
    pack("toplevel", one_lab.folder / "charts")
    glob = str(one_lab.folder / "charts" / "image-swap-*.tgz")
    labels = {"eks.amazonaws.com/nodegroup": "a"}
    one_lab.server.set_nodes([Node("eks-1", "127.0.0.1", labels)])
    by_nodes = one_lab.task(chart=glob, settings={**SETTINGS, "password": "n"})
    (role,) = of_roles("image_swap")
    variables = {
        "palette_kubeconfig": str(one_lab.server.kubeconfig),
        "palette_image_swap_chart": glob,
        "palette_image_swap_wait": "false",
        "palette_helm_binary": str(one_lab.helm_binary),
        "palette_image_swap_is_eks": "false",
        "palette_image_swap_values": {"apiToken": "planted-user-token"},
    }
    done = one_lab.play(by_nodes, by_nodes, role, options=("-vvv", "--diff"), variables=variables)
    assert done.changed[:2] == [True, False], done.output
    assert one_lab.revisions() == [1, 2]
    first, second = one_lab.values(1), one_lab.values(2)
    assert first["ociImageRegistry"]["endpoint"] == "harbor.example.org"
    assert first["ociImageRegistry"]["password"] == "n"
    assert "ociImageRegistry" not in first["config"]
    assert first["config"]["imageSwapConfig"] == {"isEKSCluster": True}
    assert second["ociImageRegistry"]["password"] == PASSWORD
    assert second["config"]["imageSwapConfig"] == {"isEKSCluster": False}
    assert_nothing_let_out(one_lab.controller, done, PASSWORD, "planted-user-token")


def test_a_chart_from_a_registry_with_password_and_own_ca(one_lab: Lab) -> None:
    # Helm 3 speaks to a registry on loopback without TLS, so this one is for Helm 4.
    processes = ProcessTable(one_lab.folder / "processes.json", one_lab.folder)
    try:
        info = Registry(one_lab.folder / "registry", processes).start("registry-password")
        settings = {
            **SETTINGS,
            "endpoint": info.endpoint,
            "username": info.username,
            "password": info.password,
            "ca_cert": info.ca,
        }
        push_chart(one_lab, info.endpoint, settings)
        chart = f"oci://{info.endpoint}/charts/image-swap"
        given = {"settings": settings, "chart": chart}
        done = one_lab.play(
            one_lab.task(**given, check_mode=True),
            one_lab.task(**given, chart_version="1.5.3"),
            one_lab.task(**{**given, "chart": f"{chart}:1.5.3"}),
            one_lab.task(**given, chart_version="1.5.3", chart_sha256="0" * 64),
            options=("-vvv",),
        )
        assert done.changed == [True, True, False, None], done.output
        assert "image-swap-1.5.3.tgz has the SHA-256 checksum" in done.messages[3]
        assert_nothing_let_out(one_lab.controller, done, info.password)
    finally:
        processes.stop_all()


def push_chart(lab: Lab, endpoint: str, settings: dict[str, t.Any]) -> None:
    """Push the chart to the registry, logged in with a configuration of this test."""
    authority = lab.folder / "registry-ca.crt"
    authority.write_text(settings["ca_cert"], encoding="utf-8")
    login = base64.b64encode(f"{settings['username']}:{settings['password']}".encode()).decode()
    config = lab.folder / "registry.json"
    config.write_text(json.dumps({"auths": {endpoint: {"auth": login}}}), encoding="utf-8")
    arguments = ["push", str(lab.chart), f"oci://{endpoint}/charts", "--ca-file", str(authority)]
    lab.helm(*arguments, "--registry-config", str(config))
