# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images that real pods run: they stay until they are asked to go, or are the webhook."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import sysconfig
import typing as t

from . import images
from .paths import CHECKOUT, debian_program

_CHART_TAG = "v1.5.3-spectro-4.5.1"
_CERT_MANAGER = "us-docker.pkg.dev/palette-images-fips/palette/spectro-cert-manager/cert-manager"
_WEBHOOK = "gcr.io/spectro-images-public/release/thewebroot/imageswap"

SOURCES = {
    "docker.io": "docker.io/library/nginx:1.25",
    "gcr.io": "gcr.io/spectro-images-public/agent:4.7.0",
    "ghcr.io": "ghcr.io/stefanprodan/podinfo:6.5.4",
    "k8s.gcr.io": "k8s.gcr.io/coredns:1.7.0",
    "registry.k8s.io": "registry.k8s.io/coredns/coredns:v1.11.1",
    "quay.io": "quay.io/prometheus/node-exporter:v1.7.0",
    "us-docker.pkg.dev": "us-docker.pkg.dev/palette-images/palette/palette-agent:4.6.1",
}
"""An image of each source registry that the documentation's example names; the registry has it."""

_MORE = (
    # repository under the base path, tag: those of `SOURCES` that `IMAGES` lacks, and the seed's
    ("gcr.io/spectro-images-public/agent", "4.7.0"),
    ("gcr.io/coredns", "1.7.0"),
    ("gcr.io/spectro-images-public/jet", "4.7.0"),
    ("gcr.io/spectro-images-public/hubble", "4.7.0"),
    ("k8s.io/coredns/coredns", "v1.12.0"),
    # the image-swap chart's own
    *(
        (f"{_CERT_MANAGER}-{part}", "v1.17.0-spectro-4.6.1")
        for part in ("acmesolver", "cainjector", "controller", "webhook")
    ),
)
_STAY = ("/bin/sh", "-c", "trap 'exit 0' TERM INT; sleep 2147483647 & wait")
# Large, and of no use to the webhook.
_LEFT_OUT = frozenset(
    {"__pycache__", "distutils", "ensurepip", "idlelib", "lib2to3", "pydoc_data",
     "site-packages", "dist-packages", "test", "tests", "tkinter", "turtledemo", "unittest"}
)  # fmt: skip


class Image(t.NamedTuple):
    """An image to push: its repository under the base path, and what it runs."""

    repository: str
    tag: str
    layer: images.Blob
    command: t.Sequence[str]


def pod_images() -> t.Iterator[Image]:
    """Make all images that the pods of a world run."""
    busybox = debian_program("usr/bin/busybox")
    layer = images.make_layer(busybox)
    for repository, tag in (*images.IMAGES, *_MORE):
        yield Image(repository, tag, layer, _STAY)
    yield Image(f"{_WEBHOOK}-init", _CHART_TAG, layer, ("/bin/echo", "ready"))
    python = pathlib.Path(sys.executable).resolve()
    layer = images.make_layer(busybox, _python_files(python))
    webhook = ("/bin/env", "PYTHONPATH=/app", str(python), "-m", "tests.sandbox.webhook.pod")
    yield Image(_WEBHOOK, _CHART_TAG, layer, webhook)


def _python_files(python: pathlib.Path) -> t.Iterator[tuple[str, pathlib.Path]]:
    """Return this Python with its libraries and the webhook: places in an image, and files.

    Python is where it is here, since there it looks for its own library.
    """
    library = pathlib.Path(sysconfig.get_path("stdlib"))
    found = [python, *_files(library)]
    yield from ((str(path), path) for path in found)
    programs = [path for path in found if path == python or path.suffix == ".so"]
    listing = subprocess.run(
        ["ldd", *programs], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    ).stdout
    for name in sorted(set(re.findall(r"(/\S+) \(0x", listing))):
        yield name, pathlib.Path(name).resolve()
    sandbox = CHECKOUT / "tests" / "sandbox"
    for path in (sandbox / "__init__.py", *sorted((sandbox / "webhook").glob("*.py"))):
        yield f"/app/{path.relative_to(CHECKOUT)}", path


def _files(folder: pathlib.Path) -> t.Iterator[pathlib.Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _LEFT_OUT or path.name.startswith(("config-", "_tkinter")):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix in (".py", ".so"):
            yield path


__all__ = ("SOURCES", "Image", "pod_images")
