# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook plan as a user runs it: without anything, with errors, from a live Secret."""

from __future__ import annotations

import base64
import pathlib

import pytest
import yaml

from tests.integration.planner import Planner
from tests.integration.tasks import SETTINGS, forms, writes
from tests.sandbox.chart.pack import pack
from tests.sandbox.kubernetes.client import RequestFailed
from tests.sandbox.kubernetes.server import ApiServer

pytestmark = pytest.mark.sandbox

SECRETS = "/api/v1/namespaces/jet-system/secrets"
PASSWORD = SETTINGS["password"]
LIVE_PASSWORD = "planted-live-W0rd"
PLACEHOLDER = "REPLACE_WITH_CUSTOM_REGISTRY_PASSWORD"


@pytest.fixture(name="planner")
def fixture_planner(tmp_path: pathlib.Path) -> Planner:
    """Return a planner that nobody has used."""
    return Planner(tmp_path)


@pytest.fixture(name="server", scope="module")
def fixture_server(plane: ApiServer) -> ApiServer:
    """Return an API server for all tests of this file."""
    return plane


@pytest.fixture(name="kubeconfig")
def fixture_kubeconfig(server: ApiServer) -> str:
    """Return the kubeconfig of a server that has no Secret yet."""
    try:
        server.client.request("DELETE", f"{SECRETS}/registry-info")
    except RequestFailed as error:
        assert error.code == 404
    return str(server.state_dir / "kubeconfig")


def plant(server: ApiServer, **changes: str) -> None:
    """Write the Secret that a person made of the page."""
    data = {
        "DOMAIN": SETTINGS["endpoint"],
        "BASE_PATH": SETTINGS["base_content_path"],
        "USERNAME": SETTINGS["username"],
        "PASSWORD": LIVE_PASSWORD,
        "INSECURE": "false",
        "CA_CERT": "",
        "MIRROR_REGISTRIES": SETTINGS["mirrors"],
        **changes,
    }
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    metadata = {"name": "registry-info"}
    body = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata}
    server.client.request("POST", SECRETS, {**body, "data": encoded})


def test_a_misspelt_variable_is_named_and_nothing_is_planned(planner: Planner) -> None:
    planned = planner.plan("-vvv", palette_registery=SETTINGS, palette_registry_lab={"a": 1})
    assert planned.code != 0
    assert planned.files == {}
    assert "Did you mean palette_registry?" in " ".join(planned.output.split())
    assert "palette_registry_lab" not in planned.output
    planner.assert_no_secret(planned, PASSWORD)


def test_settings_alone_are_enough(planner: Planner) -> None:
    planned = planner.plan("-vvv", palette_registry=SETTINGS)
    assert planned.code == 0, planned.output
    assert set(planned.files) == {
        "plan.md",
        "plan.json",
        "registry-secret.yaml",
        "registry.yml",
        "values.yaml",
    }
    secret = yaml.safe_load(planned.files["registry-secret.yaml"])
    assert secret["metadata"] == {"name": "registry-info", "namespace": "jet-system"}
    assert secret["stringData"]["PASSWORD"] == PLACEHOLDER
    assert secret["stringData"]["USERNAME"] == SETTINGS["username"]
    assert secret["stringData"]["MIRROR_REGISTRIES"] == SETTINGS["mirrors"]
    values = yaml.safe_load(planned.files["values.yaml"])
    assert values["config"]["ociImageRegistry"]["password"] == PLACEHOLDER
    assert planned.data["live_secret"] == "not asked"
    assert "Image registry plan: PASSED WITH WARNINGS" in planned.output
    assert str(planner.desk / "plan") in planned.output
    planner.assert_no_secret(planned, PASSWORD)


def test_a_password_that_is_a_word_of_the_domain_leaves_files_whole(planner: Planner) -> None:
    # The word is a status and a file as well: the collection's own words stay, too.
    for word in ("harbor", "plan", "pass"):
        planned = planner.plan(
            palette_registry={**SETTINGS, "endpoint": f"{word}.example.org", "password": word},
            palette_image_swap_values={"extra": {"image": f"{word}.example.org/a:1"}},
            palette_images=[f"{word}.example.org/a:1"],
        )
        assert planned.code == 0, planned.output
        assert "password_in_settings" in planned.codes
        for name, text in planned.files.items():
            assert "redacted" not in text, name
        secret = yaml.safe_load(planned.files["registry-secret.yaml"])["stringData"]
        assert (secret["DOMAIN"], secret["PASSWORD"]) == (f"{word}.example.org", PLACEHOLDER)
        values = yaml.safe_load(planned.files["values.yaml"])
        assert values["extra"]["image"] == f"{word}.example.org/a:1"


def test_the_password_is_taken_out_of_what_others_wrote(planner: Planner) -> None:
    """Somebody gives the vars file as the list of images, and the password as a value."""
    planned = planner.plan(
        "-vvv",
        palette_registry=SETTINGS,
        palette_image_swap_values={"extra": {"environment": [f"REGISTRY={PASSWORD}"]}},
        palette_images=[f"password/{PASSWORD}:1"],
    )
    values = yaml.safe_load(planned.files["values.yaml"])
    assert values["extra"]["environment"] == ["REGISTRY=<redacted>"]
    for name, text in planned.files.items():
        assert all(form not in text for form in forms(PASSWORD)), name


@pytest.mark.parametrize("name", ["palette_airgap", "plan_from_cluster"])
def test_what_is_no_boolean_is_refused(planner: Planner, name: str) -> None:
    planned = planner.plan("-e", f"{name}=maybe", palette_registry=SETTINGS)
    assert planned.code != 0
    assert planned.files == {}
    assert f"argument '{name.partition('_')[2]}'" in planned.output
    assert "is not a valid boolean" in " ".join(planned.output.split())
    # It may be a password in the wrong field.
    assert "maybe" not in planned.output


def test_the_same_plan_gives_the_same_files(planner: Planner) -> None:
    first = planner.plan(palette_registry=SETTINGS)
    assert planner.plan(palette_registry=SETTINGS).files == first.files


def test_check_mode_writes_nothing(planner: Planner) -> None:
    planned = planner.plan("--check", palette_registry=SETTINGS)
    assert (planned.code, planned.files) == (0, {}), planned.output


def test_outside_an_airgap_there_is_no_chart(planner: Planner) -> None:
    planned = planner.plan(palette_registry=SETTINGS, palette_airgap="false")
    assert planned.code == 0, planned.output
    assert "values.yaml" not in planned.files
    assert "helm" not in planned.files["plan.md"]


@pytest.mark.parametrize(("layout", "path"), [("toplevel", []), ("nested", ["config"])])
def test_values_go_where_the_chart_has_them(planner: Planner, layout: str, path: list[str]) -> None:
    chart = pack(layout, planner.controller.folder)
    planned = planner.plan(
        palette_registry=SETTINGS,
        palette_image_swap_chart=str(chart),
        palette_image_swap_is_eks=True,
        palette_image_swap_values={"extra": {"token": "planted-user-T0ken"}},
    )
    assert planned.code == 0, planned.output
    values = yaml.safe_load(planned.files["values.yaml"])
    assert values["extra"]["token"] == "<redacted>"
    assert values["config"]["imageSwapConfig"]["isEKSCluster"] is True
    for key in path:
        values = values[key]
    assert values["ociImageRegistry"]["endpoint"] == SETTINGS["endpoint"]
    assert "chart_not_read" not in planned.codes
    assert f"image-swap {chart} --install" in planned.files["plan.md"]
    planner.assert_no_secret(planned, PASSWORD, "planted-user-T0ken")


def test_errors_are_all_named_after_the_bundle_is_written(planner: Planner) -> None:
    broken = {**SETTINGS, "endpoint": "https://harbor.example.org/", "base_content_path": "/x/"}
    planned = planner.plan(
        "-vvv",
        palette_registry={**broken, "insecure_skip_verify": "maybe", "surprise": 1},
        palette_images_file="missing.txt",
    )
    assert planned.code != 0
    assert set(planned.files) == {"plan.md", "plan.json"}
    expected = {
        "endpoint_not_bare",
        "base_content_path_slash",
        "settings_not_a_boolean",
        "images_file_unreadable",
    }
    assert expected <= planned.codes
    for code in planned.codes:
        assert code in planned.output
        assert code in planned.files["plan.md"]
    assert "**Not ready: " in planned.files["plan.md"]
    planner.assert_no_secret(planned, PASSWORD)


def test_files_with_errors_say_so(planner: Planner) -> None:
    planned = planner.plan(
        palette_registry={**SETTINGS, "insecure_skip_verify": True}, palette_product="vertex"
    )
    assert planned.code != 0
    assert "vertex_insecure" in planned.codes
    assert planned.files["registry-secret.yaml"].splitlines()[1].startswith("# NOT READY")


def test_files_of_an_earlier_plan_do_not_outlive_an_error(planner: Planner) -> None:
    assert "registry-secret.yaml" in planner.plan(palette_registry=SETTINGS).files
    assert set(planner.plan(palette_registry={}).files) == {"plan.md", "plan.json"}


def test_what_others_wrote_is_not_written_over(planner: Planner) -> None:
    mine = planner.desk / "plan" / "registry-secret.yaml"
    mine.parent.mkdir()
    mine.write_text("mine: true\n", "utf-8")
    planned = planner.plan(palette_registry=SETTINGS)
    assert planned.code != 0
    assert planned.files == {"registry-secret.yaml": "mine: true\n"}
    assert "Set plan_dir to another folder" in " ".join(planned.output.split())


def test_images_of_a_list_and_a_file(planner: Planner) -> None:
    (planner.desk / "images.txt").write_text("# ours\nquay.io/a/b:1\nnginx:1\n", "utf-8")
    planned = planner.plan(
        palette_registry=SETTINGS,
        palette_images=["nginx:1", "gcr.io/c:1"],
        palette_images_file="images.txt",
        palette_assume_default=True,
    )
    assert planned.code == 0, planned.output
    swapped = {image["image"]: image["swapped"] for image in planned.data["images"]}
    assert swapped == {
        "nginx:1": "harbor.example.org/airgap-images/docker.io/nginx:1",
        "gcr.io/c:1": "gcr.io/c:1",
        "quay.io/a/b:1": "harbor.example.org/airgap-images/quay.io/a/b:1",
    }


def test_a_cluster_is_compared_and_not_changed(
    planner: Planner, server: ApiServer, kubeconfig: str
) -> None:
    plant(server, DOMAIN="harbor.old.example.org")
    start = len(server.requests())
    planned = planner.plan("-vvv", palette_registry=SETTINGS, palette_kubeconfig=kubeconfig)
    assert planned.code == 0, planned.output
    fields = [one["field"] for one in planned.data["differences"]]
    assert fields == ["DOMAIN", "PASSWORD"]
    # Where the bundle ends with its job, the output is what an approval is given on.
    assert (
        "live Secret: the plan changes DOMAIN from harbor.old.example.org to harbor.example.org;"
        " PASSWORD from set to another value"
    ) in " ".join(planned.output.split())
    assert (
        f"kubectl apply --filename registry-secret.yaml --kubeconfig {kubeconfig} --context "
        in planned.files["plan.md"]
    )
    assert "CONTEXT" not in planned.files["plan.md"]
    images = [image["image"] for image in planned.data["images"]]
    assert "registry.k8s.io/coredns/coredns:v1.12.0" in images
    assert writes(server, start) == []
    planner.assert_no_secret(planned, PASSWORD, LIVE_PASSWORD)


def test_without_a_secret_it_is_created(planner: Planner, kubeconfig: str) -> None:
    planned = planner.plan(palette_registry=SETTINGS, palette_kubeconfig=kubeconfig)
    assert planned.code == 0, planned.output
    assert planned.data["live_secret"] == "missing"
    assert "kubectl create --filename registry-secret.yaml" in planned.files["plan.md"]


def test_adopt_a_live_secret_without_retyping(
    planner: Planner, server: ApiServer, kubeconfig: str
) -> None:
    plant(server)
    first = planner.plan("-vvv", palette_kubeconfig=kubeconfig, plan_from_cluster=True)
    assert first.code == 0, first.output
    assert first.data["differences"] == []
    adopted = first.files["palette_registry.yml"]
    assert 'password: "{{ vault_registry_password }}"' in adopted
    planner.assert_no_secret(first, LIVE_PASSWORD)
    second = planner.plan(
        "-e@plan/palette_registry.yml",
        folder="again",
        plan_dir="again",
        palette_kubeconfig=kubeconfig,
        vault_registry_password=LIVE_PASSWORD,
    )
    assert second.code == 0, second.output
    assert second.data["differences"] == []
    assert second.data["secret"] == first.data["secret"]
    planner.assert_no_secret(second, LIVE_PASSWORD)


def test_adopted_variables_that_were_edited_stay(
    planner: Planner, server: ApiServer, kubeconfig: str
) -> None:
    plant(server)
    planner.plan(palette_kubeconfig=kubeconfig, plan_from_cluster=True)
    path = planner.desk / "plan" / "palette_registry.yml"
    edited = path.read_text("utf-8") + "# edited\n"
    path.write_text(edited, "utf-8")
    again = planner.plan(palette_kubeconfig=kubeconfig, plan_from_cluster=True)
    assert again.code != 0
    assert again.files["palette_registry.yml"] == edited


# kubeconfig, from the cluster, code of the finding
TEST_NO_ACCESS: list[tuple[str, bool, str]] = [
    ("", True, "kubeconfig_missing"),
    ("/nonexistent", False, "kubeconfig_unreadable"),
]


@pytest.mark.parametrize(("kubeconfig_given", "from_cluster", "code"), TEST_NO_ACCESS)
def test_no_access_is_an_error_and_the_rest_is_planned(
    planner: Planner, kubeconfig_given: str, from_cluster: bool, code: str
) -> None:
    planned = planner.plan(
        palette_registry=SETTINGS,
        palette_kubeconfig=kubeconfig_given,
        plan_from_cluster=from_cluster,
    )
    assert planned.code != 0
    assert code in planned.codes
    assert "registry-secret.yaml" in planned.files


def test_no_secret_to_start_from_is_an_error(planner: Planner, kubeconfig: str) -> None:
    planned = planner.plan(palette_kubeconfig=kubeconfig, plan_from_cluster=True)
    assert planned.code != 0
    assert "secret_missing" in planned.codes


def test_each_cluster_of_an_inventory_has_its_bundle(planner: Planner, kubeconfig: str) -> None:
    hosts = {"one": {"palette_kubeconfig": kubeconfig}, "two": {"palette_airgap": False}}
    inventory = {"palette_clusters": {"hosts": hosts}}
    (planner.desk / "inventory.yml").write_text(yaml.safe_dump(inventory), "utf-8")
    planned = planner.plan("-i", "inventory.yml", folder="plan/one", palette_registry=SETTINGS)
    assert planned.code == 0, planned.output
    assert planned.data["live_secret"] == "missing"
    assert not (planner.desk / "plan" / "two" / "values.yaml").exists()
    assert (planner.desk / "plan" / "two" / "plan.md").exists()
