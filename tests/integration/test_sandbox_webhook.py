# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's webhook: every observed answer, the admission protocol, and its chart."""

from __future__ import annotations

import base64
import json
import re
import signal
import ssl
import subprocess
import sys
import time
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.sandbox.chart.pack import LAYOUTS, pack
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.webhook.server import AdmissionServer
from tests.sandbox.webhook.swap import read_maps, swap_image

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/image_swap.json").read_text(encoding="utf-8"))
HELMS = [ROOT / f".cache/tools/helm-{major}/helm" for major in ("v3", "v4")]
MAP = "default::\ndocker.io::harbor.example.org/airgap/docker.io\nquay.io/library::h.example.org\n"


def answer(image: str, maps: t.Any) -> dict[str, str]:
    """Return what a vector's case says besides the image."""
    try:
        swapped = swap_image(image, maps)
    except (KeyError, re.error) as error:
        return {"error": type(error).__name__}
    return {"swapped": image if swapped is None else swapped}


def test_every_observed_answer() -> None:
    wrong = []
    count = 0
    for vector in VECTORS:
        maps = read_maps(vector["map"])
        for case in vector["cases"]:
            count += 1
            got = {"image": case["image"], **answer(case["image"], maps)}
            if got != case:
                wrong.append((vector["map"], case, got))
    assert wrong == []
    assert count == 1280


@pytest.fixture(name="server")
def fixture_server() -> t.Iterator[AdmissionServer]:
    server = AdmissionServer(lambda: MAP)
    server.start()
    yield server
    server.stop()


def post(server: AdmissionServer, review: object) -> t.Any:
    """Send a review as an API server does: trusting the bundle and nothing else."""
    bundle = base64.b64decode(server.ca_bundle).decode()
    request = urllib.request.Request(
        server.url, json.dumps(review).encode(), {"Content-Type": "application/json"}
    )
    context = ssl.create_default_context(cadata=bundle)
    with urllib.request.urlopen(request, timeout=10, context=context) as response:
        return json.load(response)


def pod_review(spec: dict[str, t.Any], labels: dict[str, str] | None = None) -> dict[str, t.Any]:
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "7",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "namespace": "apps",
            "operation": "CREATE",
            "object": {"metadata": {"generateName": "web-", "labels": labels}, "spec": spec},
        },
    }


def containers(*images: str) -> list[dict[str, str]]:
    return [{"name": f"c{index}", "image": image} for index, image in enumerate(images)]


def replaced(path: str, image: str) -> dict[str, str]:
    return {"op": "replace", "path": f"{path}/image", "value": image}


HARBOR = "harbor.example.org/airgap/docker.io"
TEST_PATCHES: list[tuple[str, dict[str, t.Any], dict[str, str] | None, t.Any]] = [
    (
        "containers and initContainers, but no ephemeralContainers",
        {
            "containers": containers("gcr.io/a:1", "nginx:1"),
            "initContainers": containers("docker.io/bitnami/redis:7"),
            "ephemeralContainers": containers("busybox"),
        },
        None,
        [
            replaced("/spec/containers/1", f"{HARBOR}/nginx:1"),
            replaced("/spec/initContainers/0", f"{HARBOR}/bitnami/redis:7"),
        ],
    ),
    ("nothing to swap", {"containers": containers("gcr.io/a:1")}, None, None),
    (
        "opted out",
        {"containers": containers("nginx")},
        {"k8s.twr.io/imageswap": "disabled"},
        None,
    ),
    (
        "another value of the label",
        {"containers": containers("nginx")},
        {"k8s.twr.io/imageswap": "off"},
        [replaced("/spec/containers/0", f"{HARBOR}/nginx")],
    ),
]


@pytest.mark.parametrize(
    ("spec", "labels", "patch"),
    [row[1:] for row in TEST_PATCHES],
    ids=[row[0] for row in TEST_PATCHES],
)
def test_patch(
    server: AdmissionServer, spec: dict[str, t.Any], labels: dict[str, str] | None, patch: t.Any
) -> None:
    response = post(server, pod_review(spec, labels))["response"]
    assert (response["uid"], response["allowed"]) == ("7", True)
    if patch is None:
        assert "patch" not in response
    else:
        assert response["patchType"] == "JSONPatch"
        assert json.loads(base64.b64decode(response["patch"])) == patch


TEST_CRASHES: list[tuple[str, object]] = [
    ("library without its host", pod_review({"containers": containers("quay.io/a/b")})),
    ("a container without a name", pod_review({"containers": [{"image": "nginx"}]})),
    ("no review at all", {}),
]


@pytest.mark.parametrize(
    "review", [row[1] for row in TEST_CRASHES], ids=[row[0] for row in TEST_CRASHES]
)
def test_crash_is_a_server_error(server: AdmissionServer, review: object) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(server, review)
    assert caught.value.code == 500
    caught.value.close()


@pytest.mark.sandbox
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("helm", HELMS, ids=[helm.parent.name for helm in HELMS])
def test_chart(helm: Path, layout: str, tmp_path: Path) -> None:
    package = pack(layout, tmp_path)
    registry = {
        "endpoint": "harbor.example.org",
        "username": "robot",
        "password": "s3cret",
        "mirrorRegistries": "docker.io::h.example.org/d,gcr.io::h.example.org/g",
    }
    values: dict[str, t.Any] = {
        "sandbox": {"webhookUrl": "https://127.0.0.1:1/", "caBundle": "QQ=="}
    }
    if layout == "nested":
        values |= {"config": {"ociImageRegistry": registry}, "ociImageRegistry": {"username": "no"}}
    else:
        values |= {"ociImageRegistry": registry, "config": {"ociImageRegistry": {"username": "no"}}}
    (tmp_path / "values.json").write_text(json.dumps(values), encoding="utf-8")
    subprocess.run([helm, "lint", "--strict", package], check=True, capture_output=True)
    rendered = subprocess.run(
        [helm, "template", "image-swap", package, "--values", tmp_path / "values.json"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    objects = {
        (found["kind"], found["metadata"]["name"]): found for found in yaml.safe_load_all(rendered)
    }
    maps = objects["ConfigMap", "imageswap-maps"]["data"]["maps"]
    assert maps == "default::\ndocker.io::h.example.org/d\ngcr.io::h.example.org/g\n"
    secret = objects["Secret", "imageswap-registry"]["data"]
    assert base64.b64decode(secret["username"]) == b"robot"
    webhook = objects["MutatingWebhookConfiguration", "imageswap-webhook"]["webhooks"][0]
    assert webhook["clientConfig"] == {"url": "https://127.0.0.1:1/", "caBundle": "QQ=="}
    assert pack(layout, tmp_path / "again").read_bytes() == package.read_bytes()


@pytest.fixture(name="cluster", scope="module", params=["real", "built in"])
def fixture_cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> t.Iterator[ApiServer]:
    if request.param == "real":
        yield request.getfixturevalue("plane")
        return
    with ApiServer(tmp_path_factory.mktemp("api"), built_in=True) as server:
        yield server


@pytest.fixture(name="webhook", scope="module")
def fixture_webhook(
    cluster: ApiServer, tmp_path_factory: pytest.TempPathFactory
) -> t.Iterator[dict[str, str]]:
    state_dir = tmp_path_factory.mktemp("webhook")
    ready = state_dir / "ready.json"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.sandbox.webhook"),
            *("--state-dir", state_dir, "--kubeconfig", cluster.kubeconfig),
        ],
        cwd=ROOT,
    )
    try:
        deadline = time.monotonic() + 20
        while not ready.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        yield json.loads(ready.read_text(encoding="utf-8"))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not ready.exists()


def helm_release(
    helm: Path, cluster: ApiServer, webhook: dict[str, str], mirrors: str, folder: Path
) -> None:
    """Install or upgrade the release with a mirror string, as the page's command does."""
    values = {
        "config": {"ociImageRegistry": {"mirrorRegistries": mirrors}},
        "sandbox": {"webhookUrl": webhook["url"], "caBundle": webhook["caBundle"]},
    }
    (folder / "values.json").write_text(json.dumps(values), encoding="utf-8")
    command = ["upgrade", "--install", "image-swap", str(pack("nested", folder))]
    subprocess.run(
        [helm, *command, "--values", folder / "values.json", "--kubeconfig", cluster.kubeconfig],
        check=True,
        capture_output=True,
    )


def kubectl(helm: Path, cluster: ApiServer, *arguments: str, given: str = "") -> tuple[int, str]:
    result = subprocess.run(
        [helm.with_name("kubectl"), "--kubeconfig", cluster.kubeconfig, *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


@pytest.mark.sandbox
@pytest.mark.parametrize("helm", HELMS, ids=[helm.parent.name for helm in HELMS])
def test_release(helm: Path, cluster: ApiServer, webhook: dict[str, str], tmp_path: Path) -> None:
    namespace = f"apps-{helm.parent.name}"
    assert kubectl(helm, cluster, "create", "namespace", namespace)[0] == 0
    enabled = ("label", "namespace", namespace, "k8s.twr.io/imageswap=enabled")
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "canary"},
        "spec": {"containers": containers("nginx:1.25")},
    }

    def created_image() -> tuple[int, str]:
        options = ("--dry-run=server", "-o", "jsonpath={.spec.containers[0].image}")
        return kubectl(
            helm, cluster, "create", "-n", namespace, "-f", "-", *options, given=json.dumps(pod)
        )

    helm_release(helm, cluster, webhook, "docker.io::harbor.example.org/one", tmp_path)
    assert created_image() == (0, "nginx:1.25")
    assert kubectl(helm, cluster, *enabled)[0] == 0
    assert created_image() == (0, "harbor.example.org/one/nginx:1.25")
    helm_release(helm, cluster, webhook, "docker.io::harbor.example.org/two", tmp_path)
    assert created_image() == (0, "harbor.example.org/two/nginx:1.25")
    # The trap of the uninstallation: the webhook configuration stays, its map is gone.
    uninstall = [str(helm), "uninstall", "image-swap", "--kubeconfig", str(cluster.kubeconfig)]
    subprocess.run(uninstall, check=True, capture_output=True)
    code, output = created_image()
    assert code != 0
    assert "imageswap.webhook.k8s.twr.io" in output
    left = "mutatingwebhookconfiguration/imageswap-webhook"
    assert kubectl(helm, cluster, "delete", left, "namespace/imageswap-system")[0] == 0
    assert created_image() == (0, "nginx:1.25")
