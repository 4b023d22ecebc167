# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real containerd asks what the collection says that it will ask.

Every server answers 404, so the whole chain is seen: each mirror in order, then the upstream.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.sandbox.containerd.agreement import same_requests
from tests.sandbox.containerd.composed import composed
from tests.sandbox.containerd.lab import Lab
from tests.sandbox.containerd.model import EVERY_HOST, Setup
from tests.sandbox.containerd.prediction import mispredictions
from tests.sandbox.containerd.vectors import Recorded, recordings
from tests.sandbox.paths import DEBIAN_ROOT

pytestmark = pytest.mark.sandbox

NGINX = "docker.io/library/nginx:1.25"
PAUSE = "registry.k8s.io/pause:3.9"
CERTS_D = "/etc/containerd/certs.d"
TAIL = "library/nginx/manifests/1.25"
HARBOR = "https://harbor.example.org"
DOCKER = f"https://registry-1.docker.io/v2/{TAIL}"
PAGE_URL = f"{HARBOR}/airgap-images/docker.io/{TAIL}?ns=docker.io"
V2_URL = f"{HARBOR}/v2/airgap-images/docker.io/{TAIL}?ns=docker.io"


def config(body: str, imports: str = "") -> dict[str, str]:
    """Return a main file of version 2 around the body of its registry table."""
    head = f"version = 2\nimports = [{json.dumps(imports)}]\n" if imports else "version = 2\n"
    table = '[plugins."io.containerd.grpc.v1.cri".registry]\n'
    return {"/etc/containerd/config.toml": f"{head}{table}{body}"}


def mirror(host: str, *endpoints: str) -> str:
    """Return a mirrors entry of the registry table."""
    name = f'[plugins."io.containerd.grpc.v1.cri".registry.mirrors."{host}"]'
    return f"{name}\nendpoint = {json.dumps(endpoints)}\n"


def hosts(host: str, text: str) -> dict[str, str]:
    """Return a node with config_path and one hosts.toml."""
    return config(f'config_path = "{CERTS_D}"\n') | {f"{CERTS_D}/{host}/hosts.toml": text}


def drop_in(text: str) -> dict[str, str]:
    """Return the page's mirror with one imported file beside it."""
    main = config(
        mirror("docker.io", "harbor.example.org/airgap-images/docker.io"),
        imports="/etc/containerd/conf.d/*.toml",
    )
    return main | {"/etc/containerd/conf.d/10.toml": text}


HOST = '[host."https://harbor.example.org/v2/airgap-images/docker.io"]\n'

# What is known of containerd 1.6 is written out: an empty list of requests would agree with itself.
TEST_NODES: list[tuple[str, dict[str, str], str, tuple[str, ...]]] = [
    ("no configuration", {}, "up", (DOCKER,)),
    (
        "the page's example",
        config(mirror("docker.io", "harbor.example.org/airgap-images/docker.io")),
        "up",
        (PAGE_URL, DOCKER),
    ),
    (
        "v2 path",
        config(mirror("docker.io", "https://harbor.example.org/v2/airgap-images/docker.io")),
        "up",
        (V2_URL, DOCKER),
    ),
    (
        "two mirrors",
        config(mirror("docker.io", "https://harbor.example.org", "mirror2.example.org/")),
        "up",
        (
            f"{HARBOR}/v2/{TAIL}?ns=docker.io",
            f"https://mirror2.example.org/{TAIL}?ns=docker.io",
            DOCKER,
        ),
    ),
    (
        "asterisk",
        config(mirror("*", "https://harbor.example.org/v2/any") + mirror("quay.io")),
        "up",
        (f"{HARBOR}/v2/any/{TAIL}?ns=docker.io", DOCKER),
    ),
    (
        "hosts.toml without override_path",
        hosts("docker.io", HOST),
        "up",
        (
            f"{HARBOR}/v2/airgap-images/docker.io/v2/{TAIL}?ns=docker.io",
            DOCKER,
        ),
    ),
    (
        "hosts.toml with override_path",
        hosts("docker.io", f"{HOST}override_path = true\n"),
        "up",
        (V2_URL, DOCKER),
    ),
    (
        "hosts.toml with a server of its own",
        hosts("docker.io", f'server = "https://mirror2.example.org"\n{HOST}override_path = true\n'),
        "up",
        (V2_URL, f"https://mirror2.example.org/v2/{TAIL}?ns=docker.io"),
    ),
    ("_default", hosts("_default", f"{HOST}override_path = true\n"), "up", (V2_URL, DOCKER)),
    ("a broken hosts.toml", hosts("docker.io", f"{HOST}override_path = tru\n"), "up", (DOCKER,)),
    (
        "a drop-in that wipes the mirrors",
        drop_in(
            'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "pause:3.9"\n'
        ),
        "up",
        (DOCKER,),
    ),
    (
        "a drop-in of another plugin",
        drop_in('version = 2\n[plugins."io.containerd.gc.v1.scheduler"]\nmutation_threshold = 9\n'),
        "up",
        (PAGE_URL, DOCKER),
    ),
    ("a broken drop-in", drop_in("version = \n"), "not started", ()),
    (
        "config_path and mirrors",
        config(f'config_path = "{CERTS_D}"\n' + mirror("docker.io", "https://harbor.example.org")),
        "down",
        (),
    ),
    (
        "the CRI plugin disabled",
        {"/etc/containerd/config.toml": 'disabled_plugins = ["cri"]\n'},
        "down",
        (),
    ),
]


@pytest.fixture(name="lab", scope="module")
def fixture_lab() -> Iterator[Lab]:
    with Lab(DEBIAN_ROOT) as lab:
        yield lab


@pytest.mark.parametrize(
    ("files", "cri", "urls"), [row[1:] for row in TEST_NODES], ids=[row[0] for row in TEST_NODES]
)
def test_prediction(lab: Lab, files: dict[str, str], cri: str, urls: tuple[str, ...]) -> None:
    setup = Setup(files, (NGINX, PAUSE), {EVERY_HOST: "404"})
    seen = lab.observe(setup)
    assert (seen.cri, seen.pulls[0].urls if seen.pulls else ()) == (cri, urls), seen.log
    assert mispredictions(setup, lab.version, seen) == ()


RECORDED = ("C07c", "E06", "H08b", "H17", "I01", "M20", "M28b", "M30b", "P01", "X08")
CASES = [case for case in recordings() if case.name.split("-")[0] in RECORDED]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_recorded_vector(lab: Lab, case: Recorded) -> None:
    seen = lab.observe(case.setup)
    assert same_requests(seen, case.observations[lab.version]), seen
    assert mispredictions(case.setup, lab.version, seen) == ()


COMPOSED = list(composed(seed=1, count=16))


@pytest.mark.parametrize("setup", [row[1] for row in COMPOSED], ids=[row[0] for row in COMPOSED])
def test_composed(lab: Lab, setup: Setup) -> None:
    assert mispredictions(setup, lab.version, lab.observe(setup)) == ()


def test_a_wrong_prediction_is_noticed(lab: Lab) -> None:
    files = config(mirror("docker.io", "https://harbor.example.org"))
    seen = lab.observe(Setup(files, (NGINX,), {EVERY_HOST: "404"}))
    other = config(mirror("docker.io", "https://mirror2.example.org"))
    assert mispredictions(Setup(other, (NGINX,)), lab.version, seen) != ()
    assert mispredictions(Setup({}, (NGINX,)), lab.version, seen) != ()
