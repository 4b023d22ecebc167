# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook plan as a user runs it: without anything, with errors, from a live Secret."""

from __future__ import annotations

import base64
import pathlib
import re
import typing as t

import pytest
import yaml

from tests.integration.planner import Planned, Planner
from tests.integration.tasks import SETTINGS, forms, writes
from tests.sandbox.chart.pack import pack
from tests.sandbox.kubernetes.client import RequestFailed
from tests.sandbox.kubernetes.server import ApiServer

pytestmark = pytest.mark.sandbox

SECRETS = "/api/v1/namespaces/jet-system/secrets"
PASSWORD = SETTINGS["password"]
LIVE_PASSWORD = "planted-live-W0rd"
PLACEHOLDER = "REPLACE_WITH_CUSTOM_REGISTRY_PASSWORD"
# A file that somebody else wrote.
MINE = "mine: true\n"


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


Planneds = dict[str, Planned]
# The word is a status and a file as well: the collection's own words stay, too.
WORDS = ("harbor", "plan", "pass")
LAYOUTS: dict[str, list[str]] = {"toplevel": [], "nested": ["config"]}


def word_of_the_domain(word: str) -> dict[str, t.Any]:
    return {
        "palette_registry": {**SETTINGS, "endpoint": f"{word}.example.org", "password": word},
        "palette_image_swap_values": {"extra": {"image": f"{word}.example.org/a:1"}},
        "palette_images": [f"{word}.example.org/a:1"],
    }


def of_chart(layout: str, folder: pathlib.Path) -> dict[str, t.Any]:
    return {
        "palette_registry": SETTINGS,
        "palette_image_swap_chart": str(pack(layout, folder)),
        "palette_image_swap_is_eks": True,
        "palette_image_swap_values": {"extra": {"token": "planted-user-T0ken"}},
    }


@pytest.fixture(name="well", scope="module")
def fixture_well(tmp_path_factory: pytest.TempPathFactory) -> Planner:
    """Return a planner for clusters whose plans are well."""
    return Planner(tmp_path_factory.mktemp("well"))


@pytest.fixture(name="planned", scope="module")
def fixture_planned(well: Planner) -> Planneds:
    """What becomes of clusters whose plans are well, all in one run, as loud as it can be."""
    planner = well
    (planner.desk / "images.txt").write_text("# ours\nquay.io/a/b:1\nnginx:1\n", "utf-8")
    folder = planner.controller.folder
    planned = planner.plans(
        {
            "settings": {"palette_registry": SETTINGS},
            **{f"word-{word}": word_of_the_domain(word) for word in WORDS},
            "no-airgap": {"palette_registry": SETTINGS, "palette_airgap": "false"},
            **{layout: of_chart(layout, folder / layout) for layout in LAYOUTS},
            "images": {
                "palette_registry": SETTINGS,
                "palette_images": ["nginx:1", "gcr.io/c:1"],
                "palette_images_file": "images.txt",
                "palette_assume_default": True,
            },
        },
        "-vvv",
    )
    assert planned["settings"].code == 0, planned["settings"].output
    assert str(planner.desk / "plan" / "settings") in planned["settings"].output
    planner.assert_no_secret(planned["settings"], PASSWORD, "planted-user-T0ken")
    return planned


@pytest.fixture(name="again", scope="module")
def fixture_again(well: Planner, planned: Planneds) -> Planneds:
    """What becomes of some of them when they are planned once more, and of a folder of others'."""
    assert "registry-secret.yaml" in planned["no-airgap"].files
    mine = well.desk / "plan" / "mine" / "registry-secret.yaml"
    mine.parent.mkdir()
    mine.write_text(MINE, "utf-8")
    again = well.plans(
        {
            "settings": {"palette_registry": SETTINGS},
            "no-airgap": {"palette_registry": {}, "palette_airgap": "false"},
            "mine": {"palette_registry": SETTINGS},
        },
        "-vvv",
    )
    assert again["mine"].code != 0
    return again


@pytest.fixture(name="failed", scope="module")
def fixture_failed(tmp_path_factory: pytest.TempPathFactory) -> Planneds:
    """What becomes of clusters whose plans have errors, all in one run."""
    planner = Planner(tmp_path_factory.mktemp("failed"))
    broken = {**SETTINGS, "endpoint": "https://harbor.example.org/", "base_content_path": "/x/"}
    planned = planner.plans(
        {
            # Somebody gives the vars file as the list of images, and the password as a value.
            "of-others": {
                "palette_registry": SETTINGS,
                "palette_image_swap_values": {"extra": {"environment": [f"REGISTRY={PASSWORD}"]}},
                "palette_images": [f"password/{PASSWORD}:1"],
            },
            "errors": {
                "palette_registry": {**broken, "insecure_skip_verify": "maybe", "surprise": 1},
                "palette_images_file": "missing.txt",
            },
            "vertex": {
                "palette_registry": {**SETTINGS, "insecure_skip_verify": True},
                "palette_product": "vertex",
            },
            **{
                f"no-boolean-{name}": {"palette_registry": SETTINGS, name: "perhaps"}
                for name in BOOLEANS
            },
            **{
                code: {
                    "palette_registry": SETTINGS,
                    "palette_kubeconfig": kubeconfig,
                    "plan_from_cluster": from_cluster,
                }
                for code, (kubeconfig, from_cluster) in NO_ACCESS.items()
            },
        },
        "-vvv",
    )
    assert planned["errors"].code != 0
    planner.assert_no_secret(planned["errors"], PASSWORD)
    return planned


def test_settings_alone_are_enough(planned: Planneds) -> None:
    files = planned["settings"].files
    assert set(files) == {
        "plan.md",
        "plan.json",
        "registry-secret.yaml",
        "registry.yml",
        "values.yaml",
    }
    secret = yaml.safe_load(files["registry-secret.yaml"])
    assert secret["metadata"] == {"name": "registry-info", "namespace": "jet-system"}
    assert secret["stringData"]["PASSWORD"] == PLACEHOLDER
    assert secret["stringData"]["USERNAME"] == SETTINGS["username"]
    assert secret["stringData"]["MIRROR_REGISTRIES"] == SETTINGS["mirrors"]
    values = yaml.safe_load(files["values.yaml"])
    assert values["config"]["ociImageRegistry"]["password"] == PLACEHOLDER
    assert planned["settings"].data["live_secret"] == "not asked"
    assert "Image registry plan: PASSED WITH WARNINGS" in planned["settings"].output


@pytest.mark.parametrize("word", WORDS)
def test_a_password_that_is_a_word_of_the_domain_leaves_files_whole(
    planned: Planneds, word: str
) -> None:
    one = planned[f"word-{word}"]
    assert "password_in_settings" in one.codes
    for name, text in one.files.items():
        assert "redacted" not in text, name
    secret = yaml.safe_load(one.files["registry-secret.yaml"])["stringData"]
    assert (secret["DOMAIN"], secret["PASSWORD"]) == (f"{word}.example.org", PLACEHOLDER)
    values = yaml.safe_load(one.files["values.yaml"])
    assert values["extra"]["image"] == f"{word}.example.org/a:1"


def test_the_password_is_taken_out_of_what_others_wrote(failed: Planneds) -> None:
    files = failed["of-others"].files
    values = yaml.safe_load(files["values.yaml"])
    assert values["extra"]["environment"] == ["REGISTRY=<redacted>"]
    for name, text in files.items():
        assert all(form not in text for form in forms(PASSWORD)), name


BOOLEANS = ("palette_airgap", "plan_from_cluster")


@pytest.mark.parametrize("name", BOOLEANS)
def test_what_is_no_boolean_is_refused(failed: Planneds, name: str) -> None:
    one = failed[f"no-boolean-{name}"]
    assert one.files == {}
    assert f"argument '{name.partition('_')[2]}'" in one.output
    assert "is not a valid boolean" in " ".join(one.output.split())
    # It may be a password in the wrong field.
    assert "perhaps" not in one.output


def test_outside_an_airgap_there_is_no_chart(planned: Planneds) -> None:
    files = planned["no-airgap"].files
    assert "values.yaml" not in files
    assert "helm" not in files["plan.md"]


@pytest.mark.parametrize(("layout", "path"), LAYOUTS.items(), ids=LAYOUTS)
def test_values_go_where_the_chart_has_them(
    planned: Planneds, layout: str, path: list[str]
) -> None:
    one = planned[layout]
    values = yaml.safe_load(one.files["values.yaml"])
    assert values["extra"]["token"] == "<redacted>"
    assert values["config"]["imageSwapConfig"]["isEKSCluster"] is True
    for key in path:
        values = values[key]
    assert values["ociImageRegistry"]["endpoint"] == SETTINGS["endpoint"]
    assert "chart_not_read" not in one.codes
    assert re.search(rf"image-swap \S+/{layout}/image-swap-\S+ --install", one.files["plan.md"])


def test_errors_are_all_named_after_the_bundle_is_written(failed: Planneds) -> None:
    one = failed["errors"]
    assert set(one.files) == {"plan.md", "plan.json"}
    expected = {
        "endpoint_not_bare",
        "base_content_path_slash",
        "settings_not_a_boolean",
        "images_file_unreadable",
    }
    assert expected <= one.codes
    for code in one.codes:
        assert code in one.output
        assert code in one.files["plan.md"]
    assert "**Not ready: " in one.files["plan.md"]


def test_files_with_errors_say_so(failed: Planneds) -> None:
    assert "vertex_insecure" in failed["vertex"].codes
    secret = failed["vertex"].files["registry-secret.yaml"]
    assert secret.splitlines()[1].startswith("# NOT READY")


def test_images_of_a_list_and_a_file(planned: Planneds) -> None:
    swapped = {image["image"]: image["swapped"] for image in planned["images"].data["images"]}
    assert swapped == {
        "nginx:1": "harbor.example.org/airgap-images/docker.io/nginx:1",
        "gcr.io/c:1": "gcr.io/c:1",
        "quay.io/a/b:1": "harbor.example.org/airgap-images/quay.io/a/b:1",
    }


# The code of the finding: the kubeconfig, and whether the settings come from the cluster.
NO_ACCESS = {"kubeconfig_missing": ("", True), "kubeconfig_unreadable": ("/nonexistent", False)}


@pytest.mark.parametrize("code", NO_ACCESS)
def test_no_access_is_an_error_and_the_rest_is_planned(failed: Planneds, code: str) -> None:
    assert code in failed[code].codes
    assert "registry-secret.yaml" in failed[code].files


def test_the_same_plan_gives_the_same_files(planned: Planneds, again: Planneds) -> None:
    assert again["settings"].files == planned["settings"].files


def test_check_mode_writes_nothing(planner: Planner) -> None:
    planned = planner.plan("--check", palette_registry=SETTINGS)
    assert (planned.code, planned.files) == (0, {}), planned.output


def test_files_of_an_earlier_plan_do_not_outlive_an_error(again: Planneds) -> None:
    assert set(again["no-airgap"].files) == {"plan.md", "plan.json"}


def test_what_others_wrote_is_not_written_over(again: Planneds) -> None:
    assert again["mine"].files == {"registry-secret.yaml": MINE}
    assert "Set plan_dir to another folder" in " ".join(again["mine"].output.split())


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


def test_without_a_secret_it_is_created_and_there_is_none_to_start_from(
    planner: Planner, kubeconfig: str
) -> None:
    planned = planner.plans(
        {
            "new": {"palette_registry": SETTINGS, "palette_kubeconfig": kubeconfig},
            "adopting": {"palette_kubeconfig": kubeconfig, "plan_from_cluster": True},
        }
    )
    new, adopting = planned["new"], planned["adopting"]
    failures = re.findall(r"^(\w+) +: ok=.* failed=(\d)", new.output, re.MULTILINE)
    assert sorted(failures) == [("adopting", "1"), ("new", "0")], new.output
    assert new.data["live_secret"] == "missing"
    assert "kubectl create --filename registry-secret.yaml" in new.files["plan.md"]
    assert "secret_missing" in adopting.codes


def test_adopt_a_live_secret_without_retyping_and_edit_what_was_adopted(
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

    path = planner.desk / "plan" / "palette_registry.yml"
    path.write_text(f"{adopted}# edited\n", "utf-8")
    third = planner.plan(palette_kubeconfig=kubeconfig, plan_from_cluster=True)
    assert third.code != 0
    assert third.files["palette_registry.yml"] == f"{adopted}# edited\n"
