# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One node: its configuration, the requests of 20 sources, and the whole judgement."""

from __future__ import annotations

import tomllib

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    compare,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.node import (
    Containerd,
)
from tests.bench.runner import Bench

SOURCES = ("docker.io", "quay.io", "ghcr.io", *(f"r{number}.example.org" for number in range(17)))
TARGET = "https://harbor.example.org/v2/airgap-images"
IMAGES = "io.containerd.cri.v1.images"
CERTS = "/etc/containerd/certs.d"


def dump(registry: str) -> str:
    """Return a text like `containerd config dump` of 2.x: about 60 plugins, 14 kB."""
    plugins = "".join(
        f"  [plugins.'io.containerd.plugin.v1.number{number}']\n"
        "    root_path = '/var/lib/containerd/somewhere'\n"
        "    default_runtime_name = 'runc'\n"
        "    enable_something = false\n"
        "    max_concurrent_downloads = 3\n"
        "    timeout = '5s'\n"
        "    names = ['overlayfs', 'native']\n\n"
        for number in range(60)
    )
    return (
        "version = 3\nroot = '/var/lib/containerd'\nimports = ['/etc/containerd/conf.d/*.toml']\n"
        f"\n[plugins]\n  [plugins.'{IMAGES}']\n    max_concurrent_downloads = 3\n"
        f"    disable_snapshot_annotations = true\n{registry}{plugins}"
    )


MIRRORS = dump(
    f"    [plugins.'{IMAGES}'.registry]\n      config_path = ''\n"
    + "".join(
        f"      [plugins.'{IMAGES}'.registry.mirrors.'{source}']\n"
        f"        endpoint = ['{TARGET}/{source}']\n"
        for source in SOURCES
    )
)
FOLDERS = dump(f"    [plugins.'{IMAGES}'.registry]\n      config_path = '{CERTS}'\n")
HOSTS = {
    f"{CERTS}/{source}/hosts.toml": f'server = "{TARGET}/{source}"\noverride_path = true\n\n'
    f'[host."{TARGET}/{source}"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n'
    for source in SOURCES
}
EXPECTED = [(source, f"{TARGET}/{source}") for source in SOURCES]


def resolved(node: NodeFiles) -> Containerd:
    """Evaluate a node and resolve an image of every source."""
    containerd = load(node)
    for source in SOURCES:
        containerd.requests(f"{source}/team/app:1.2")
    return containerd


def judged(node: NodeFiles) -> None:
    """Evaluate a node with all findings, and compare it with what is expected."""
    containerd = load(node)
    analyse(containerd)
    compare(containerd, EXPECTED, "node")


def floor_of(*texts: str) -> None:
    """Parse the same texts and do nothing with them."""
    for text in texts:
        tomllib.loads(text)


def benches() -> list[Bench]:
    """Return the benches of this module."""
    mirrors = NodeFiles({}, "2.1.9", dump=MIRRORS)
    hosts = NodeFiles(HOSTS, "2.1.9", dump=FOLDERS)
    count, name = len(SOURCES), "tomllib"
    return [
        Bench(
            "containerd, 20 sources in mirrors",
            lambda: resolved(mirrors),
            lambda: floor_of(MIRRORS),
            name,
            count,
            "sources",
            goal=1.5,
        ),
        Bench(
            "containerd, 20 hosts.toml files",
            lambda: resolved(hosts),
            lambda: floor_of(FOLDERS, *HOSTS.values()),
            name,
            count,
            "sources",
            goal=1.5,
        ),
        Bench(
            "containerd, compared and with all findings",
            lambda: judged(mirrors),
            lambda: floor_of(MIRRORS),
            name,
            count,
            "sources",
        ),
    ]
