# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image-swap release, deployed with the real Ansible, kubernetes.core and both Helms."""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t

import pytest

from tests.integration.releases import ReleaseLab as Lab
from tests.integration.tasks import (
    HELMS,
    SETTINGS,
    Controller,
    assert_nothing_let_out,
    forms,
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


@pytest.fixture(name="lab", params=list(HELMS))
def fixture_lab(server: ApiServer, tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Lab:
    """Return a laboratory with either Helm."""
    return Lab(server, tmp_path, HELMS[request.param])


@pytest.fixture(name="one_lab")
def fixture_one_lab(server: ApiServer, tmp_path: pathlib.Path) -> Lab:
    """Return a laboratory for what does not depend on the Helm."""
    return Lab(server, tmp_path, HELMS["helm-v4"])


def test_install_then_nothing_to_do(lab: Lab) -> None:
    start = len(lab.server.requests())
    task = lab.task(values={"passwords": PASSWORDS, "{{": "kept"})
    checked = lab.play({**task, "check_mode": True, "diff": True})
    assert checked.changed == [True], checked.output
    assert "would be installed" in checked.messages[0]
    assert "+      endpoint: harbor.example.org" in checked.output
    assert writes(lab.server, start) == []
    done = lab.play(task, task)
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


def test_the_password_itself_is_deployed_to_the_letter(one_lab: Lab) -> None:
    passwords = ["12e4", "n"]
    tasks = [one_lab.task(settings={**SETTINGS, "password": password}) for password in passwords]
    done = one_lab.play(*(task for task in tasks for _time in range(2)))
    assert done.changed == [True, False, True, False], done.output
    assert [
        one_lab.values(revision)["config"]["ociImageRegistry"]["password"]
        for revision in one_lab.revisions()
    ] == passwords


def test_a_chart_changed_at_the_same_version_and_nobodys_values_lost(lab: Lab) -> None:
    assert lab.play(lab.task()).changed == [True]
    lab.helm(
        "upgrade",
        "image-swap",
        str(lab.chart),
        "--reset-then-reuse-values",
        "--set",
        "theirs.by=hand",
    )
    folder = unpacked("nested", lab.folder / "edited")
    template = folder / "templates" / "namespace.yaml"
    template.write_text(template.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    edited = lab.task(chart=str(folder))
    done = lab.play(lab.task(), {**edited, "check_mode": True}, edited, edited, options=("--diff",))
    assert done.changed == [False, True, True, False], done.output
    assert done.results[2]["changed_chart"] == ["templates/namespace.yaml"]
    assert lab.revisions() == [1, 2, 3]
    assert lab.values()["theirs"] == {"by": "hand"}
    history = lab.play(lab.task(values={"more": 1}, history_max=2))
    assert history.changed == [True]
    assert lab.revisions() == [3, 4]


MAPS = "/api/v1/namespaces/imageswap-system/configmaps/imageswap-maps"
SERVICE = "/api/v1/namespaces/imageswap-system/services/imageswap"


def test_what_others_change_is_mended_and_a_merged_chart_is_no_change(lab: Lab) -> None:
    assert lab.play(lab.task()).changed == [True]
    wanted = lab.server.client.get(MAPS)["data"]["maps"]
    # Merged values take the place of the chart's own in the release.
    lab.helm("upgrade", "image-swap", str(lab.chart), "--reuse-values", "--set", "config.theirs=1")
    merged = lab.play(lab.task(), lab.task(check_mode=True, diff=True))
    assert merged.changed == [False, False], merged.output

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
    former = {**SETTINGS, "password": "planted-former-password"}
    users = {"config": {"imagePullSecret": {"dockerConfigJson": "planted-docker-config"}}}
    lab.play(lab.task(settings=former))
    lab.controller = Controller(lab.folder / "another-controller")
    done = lab.play(lab.task(values=users), options=("-vvvv", "--diff"), watch=True)
    assert done.changed == [True]
    secrets = [PASSWORD, "planted-former-password", "planted-docker-config"]
    assert_nothing_let_out(lab.controller, done, *secrets)
    log = (lab.folder / "controller" / "helm.log").read_text(encoding="utf-8")
    assert "\nupgrade -i" in log
    for form in (form for secret in secrets for form in forms(secret)):
        assert form not in log
    shown = [line for line in done.output.splitlines() if line[1:].lstrip().startswith("password:")]
    assert len(set(shown)) == 2
    # The Kubernetes client keeps the API's discovery there, which is no secret.
    left = [path.name for path in (lab.controller.folder / "tmp").iterdir()]
    assert all(name.startswith("k8srcp-") for name in left)


def test_the_other_layout_and_a_glob(one_lab: Lab) -> None:
    pack("toplevel", one_lab.folder / "charts")
    glob = str(one_lab.folder / "charts" / "image-swap-*.tgz")
    assert one_lab.play(one_lab.task(chart=glob)).changed == [True]
    assert one_lab.values()["ociImageRegistry"]["endpoint"] == "harbor.example.org"
    assert "ociImageRegistry" not in one_lab.values()["config"]


def test_an_eks_cluster_is_known_by_its_nodes(one_lab: Lab) -> None:
    labels = {"eks.amazonaws.com/nodegroup": "a"}
    one_lab.server.set_nodes([Node("eks-1", "127.0.0.1", labels)])
    one_lab.play(one_lab.task())
    assert one_lab.values()["config"]["imageSwapConfig"] == {"isEKSCluster": True}


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


def test_the_role_reads_the_collections_variables(one_lab: Lab) -> None:
    task = {"ansible.builtin.include_role": {"name": "palette.image_registry.image_swap"}}
    variables = {
        "palette_kubeconfig": str(one_lab.server.kubeconfig),
        "palette_image_swap_chart": str(one_lab.chart),
        "palette_image_swap_wait": "false",
        "palette_helm_binary": str(one_lab.helm_binary),
        "palette_image_swap_is_eks": "false",
        "palette_image_swap_values": {"apiToken": "planted-user-token"},
    }
    done = one_lab.play(task, options=("-vvv", "--diff"), variables=variables)
    assert one_lab.values()["config"]["imageSwapConfig"] == {"isEKSCluster": False}, done.output
    assert_nothing_let_out(one_lab.controller, done, PASSWORD, "planted-user-token")
