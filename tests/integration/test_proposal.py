# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mirrors proposed by asking a real registry that is filled in five layouts."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.module_utils._registry.session import (
    RegistrySession,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Limits,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.discovery import (
    RegistryHoldings,
    holdings_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.places import (
    NoHoldings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.proposal import (
    Proposal,
    propose,
    starting_settings,
)
from tests.integration.planner import Planner
from tests.sandbox import images as sandbox_images
from tests.sandbox.paths import debian_program
from tests.sandbox.processes import ProcessTable
from tests.sandbox.registry import Registry, RegistryInfo

pytestmark = pytest.mark.sandbox

PASSWORD = 'planted-q"uo-W0rd'
# Source -> repository of the one image that matters.
REPOSITORIES = {
    "docker.io": "bitnami/redis",
    "gcr.io": "distroless/static",
    "ghcr.io": "acme/app",
    "k8s.gcr.io": "coredns",
    "registry.k8s.io": "pause",
    "quay.io": "jetstack/cert",
    "us-docker.pkg.dev": "palette-images/agent",
}
# Layout, which is also the tag and the base path -> source -> path of its target in the registry.
LAYOUTS: dict[str, dict[str, str]] = {
    "since": {source: f"since/{source}" for source in REPOSITORIES},
    "before": {
        **{source: f"before/{source}" for source in REPOSITORIES},
        "k8s.gcr.io": "before/gcr.io",
        "registry.k8s.io": "before/k8s.io",
        "us-docker.pkg.dev": "before",
    },
    "flat": dict.fromkeys(REPOSITORIES, "flat"),
    "proxies": {
        "docker.io": "dockerhub",
        "gcr.io": "gcr-proxy",
        "ghcr.io": "ghcr",
        "k8s.gcr.io": "k8s-gcr",
        "registry.k8s.io": "k8s",
        "quay.io": "quay-proxy",
        "us-docker.pkg.dev": "us-docker",
    },
    "odd": {source: f"team-{n}/mirror" for n, source in enumerate(REPOSITORIES)},
}


@pytest.fixture(name="registry", scope="module")
def fixture_registry(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[RegistryInfo]:
    """Return a registry that holds every layout at once, each under a tag of its own."""
    folder = tmp_path_factory.mktemp("registry")
    processes = ProcessTable(folder / "processes.json", folder / "logs")
    processes.reopen()
    try:
        info = Registry(folder / "registry", processes).start(PASSWORD)
        pusher = sandbox_images.Pusher(info.address, info.ca, info.username, info.password)
        layer = sandbox_images.make_layer(debian_program("usr/bin/busybox"))
        for layout, paths in LAYOUTS.items():
            for source, path in paths.items():
                pusher.push(f"{path}/{REPOSITORIES[source]}", layout, layer, ())
        pusher.close()
        yield info
    finally:
        processes.stop_all()


def settings(info: RegistryInfo, layout: str, mirrors: object = None) -> dict[str, t.Any]:
    return {
        "endpoint": info.endpoint,
        "name": "sandbox",
        "base_content_path": layout,
        "username": info.username,
        "password": info.password,
        "ca_cert": info.ca,
        "mirrors": mirrors,
    }


def images(layout: str) -> list[str]:
    return [f"{source}/{path}:{layout}" for source, path in REPOSITORIES.items()]


def targets(info: RegistryInfo, layout: str) -> dict[str, str]:
    return {source: f"{info.endpoint}/{path}" for source, path in LAYOUTS[layout].items()}


@contextlib.contextmanager
def opened(
    settings: Settings, timeout: int, say: t.Callable[[str], None]
) -> t.Iterator[RegistryHoldings | NoHoldings]:
    session = RegistrySession.opened(settings, {}, Limits(timeout, attempts=1), Redactor())
    with contextlib.closing(session):
        found = holdings_of(session, say)
        assert isinstance(found, RegistryHoldings | NoHoldings)
        yield found


def asked(
    raw: t.Mapping[str, t.Any], layout: str, said: list[str]
) -> tuple[Proposal, RegistryHoldings]:
    mended, changes = starting_settings(raw)
    parsed = parse_settings(mended).settings
    assert parsed is not None
    with opened(parsed, 10, said.append) as registry:
        assert isinstance(registry, RegistryHoldings)
        return propose(parsed, changes, images(layout), registry, airgap=True), registry


@pytest.mark.parametrize("layout", LAYOUTS)
def test_images_are_found_in_every_layout(registry: RegistryInfo, layout: str) -> None:
    said: list[str] = []
    found, _holdings = asked(settings(registry, layout), layout, said)
    assert found.settings.mirrors.targets() == targets(registry, layout)
    assert found.questions == ()
    again, holdings = asked(settings(registry, layout, targets(registry, layout)), layout, said)
    assert [change.subject for change in again.changes] == ["palette_node_path_style"]
    assert holdings.how == f"{registry.endpoint} was asked for {len(REPOSITORIES)} images"
    assert all("Asking" in line for line in said)


def test_a_refused_password_leaves_the_rules(registry: RegistryInfo) -> None:
    raw = settings(registry, "since", {"quay.io": f"{registry.endpoint}/team-0/mirror"})
    found, holdings = asked({**raw, "password": "wrong"}, "since", [])
    assert found.settings.mirrors.targets()["quay.io"] == f"{registry.endpoint}/team-0/mirror"
    assert holdings.how.startswith("by the rules alone: ")
    assert "password" in holdings.how
    assert "wrong" not in holdings.how


def test_a_port_where_nobody_listens_is_not_asked(registry: RegistryInfo) -> None:
    parsed = parse_settings({**settings(registry, "since", targets(registry, "since"))}).settings
    assert parsed is not None
    nobody = dataclasses.replace(parsed, endpoint="127.0.0.1:9")
    with opened(nobody, 2, lambda _text: None) as found:
        assert found == NoHoldings("by the rules alone: 127.0.0.1:9: nothing listens there")


def test_a_plan_of_endpoint_and_base_path_gives_variables_that_need_no_change(
    registry: RegistryInfo, tmp_path: pathlib.Path
) -> None:
    planner = Planner(tmp_path)
    given = settings(registry, "before")
    first = planner.plan("-vvv", palette_registry=given, palette_images=images("before"))
    assert first.code == 2
    assert "registry.yml" in first.files, first.output
    text = first.files["registry.yml"]
    proposed = yaml.safe_load(text)
    assert proposed["palette_registry"]["mirrors"] == targets(registry, "before")
    assert proposed["palette_node_path_style"] == "v2_prefix"
    assert proposed["palette_registry"]["password"] == "{{ vault_registry_password }}"
    planner.assert_no_secret(first, PASSWORD)
    again = planner.plan(
        "-e@plan/registry.yml",
        palette_images=images("before"),
        vault_registry_password=PASSWORD,
    )
    assert again.code == 0, again.output
    assert again.data["proposal"]["changes"] == []
    assert again.files["registry.yml"] == text
