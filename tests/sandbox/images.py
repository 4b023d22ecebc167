# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small real images, made here and pushed by the registry's own API."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import http.client
import io
import json
import pathlib
import ssl
import tarfile
import typing as t

from .paths import SandboxError

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"

IMAGES = (
    # repository under the base path, tag: where the documentation's example mirrors lead
    ("docker.io/library/nginx", "1.25"),
    ("docker.io/library/busybox", "1.36"),
    ("gcr.io/spectro-images-public/release/thewebroot/imageswap", "v1.5.2-spectro-4.1.1"),
    ("gcr.io/spectro-images-public/release/thewebroot/imageswap-init", "v1.5.2-spectro-4.1.1"),
    ("ghcr.io/stefanprodan/podinfo", "6.5.4"),
    ("k8s.io/pause", "3.9"),
    ("k8s.io/coredns/coredns", "v1.11.1"),
    ("quay.io/prometheus/node-exporter", "v1.7.0"),
    ("palette-images/palette/palette-agent", "4.6.1"),
)
"""What the sandbox's registry holds."""


@dataclasses.dataclass(frozen=True)
class Blob:
    """Some bytes and how a manifest speaks of them."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """Return `sha256:` and the hex digest."""
        return "sha256:" + hashlib.sha256(self.content).hexdigest()

    def descriptor(self) -> dict[str, t.Any]:
        """Return the OCI descriptor."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content)}


def make_layer(busybox: pathlib.Path, more: t.Iterable[tuple[str, pathlib.Path]] = ()) -> Blob:
    """Return a layer with busybox as /bin/sh, the same bytes for the same files.

    `more` are other files: where they lie in the image, and here.
    """
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0, compresslevel=1) as raw,
        tarfile.open(fileobj=raw, mode="w") as archive,
    ):
        for place, path in (("bin/busybox", busybox), *more):
            entry = tarfile.TarInfo(place.lstrip("/"))
            entry.mode, entry.size = 0o755, path.stat().st_size
            with path.open("rb") as content:
                archive.addfile(entry, content)
        for name in ("sh", "echo", "env", "sleep"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return Blob(_LAYER_TYPE, packed.getvalue())


def make_image(layer: Blob, name: str, command: t.Sequence[str] = ()) -> tuple[Blob, Blob]:
    """Return the configuration and the manifest of an image that says its own name."""
    diff_id = hashlib.sha256(gzip.decompress(layer.content)).hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Env": ["PATH=/bin"],
            # An entry point: a pod's arguments come after it, they do not replace it.
            **({"Entrypoint": [*command]} if command else {"Cmd": ["/bin/echo", name]}),
            "Labels": {"org.opencontainers.image.title": name},
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
    }
    config_blob = Blob(_CONFIG_TYPE, _json(config))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": config_blob.descriptor(),
        "layers": [layer.descriptor()],
    }
    return config_blob, Blob(MANIFEST_TYPE, _json(manifest))


class Pusher:
    """A client that can do one thing: put images into a registry, over one connection."""

    def __init__(
        self, address: str, ca_pem: str, username: str, password: str, below: str = ""
    ) -> None:
        context = ssl.create_default_context(cadata=ca_pem)
        self._connection = http.client.HTTPSConnection(address, context=context, timeout=20)
        token = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}
        self._home: dict[str, str] = {}
        self._api = f"{below}/v2"

    def push(self, repository: str, tag: str, layer: Blob, command: t.Sequence[str] = ()) -> str:
        """Make and push an image; return its digest. It says its name, or runs a command."""
        config, manifest = make_image(layer, f"{repository}:{tag}", command)
        for blob in (layer, config):
            self._upload(repository, blob)
        path = f"{self._api}/{repository}/manifests/{tag}"
        self._ask("PUT", path, manifest.content, {"Content-Type": manifest.media_type})
        return manifest.digest

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _upload(self, repository: str, blob: Blob) -> None:
        query = f"?mount={blob.digest}&from={self._home.get(blob.digest, repository)}"
        status, location = self._ask("POST", f"{self._api}/{repository}/blobs/uploads/{query}")
        if status == http.client.ACCEPTED:
            path = location.partition(f"//{self._connection.host}:{self._connection.port}")[2]
            headers = {"Content-Type": "application/octet-stream"}
            self._ask("PUT", f"{path}&digest={blob.digest}", blob.content, headers)
        self._home.setdefault(blob.digest, repository)

    def _ask(
        self, method: str, path: str, body: bytes = b"", headers: t.Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Return the status and the Location of an answer. Raises SandboxError from 400 on."""
        self._connection.request(method, path, body, {**self._headers, **(headers or {})})
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= http.client.BAD_REQUEST:
            text = content.decode(errors="replace").strip()
            raise SandboxError(
                f"The registry answers {method} {path} with {response.status}: {text}"
            )
        return response.status, response.headers.get("Location", "")


def _json(content: dict[str, t.Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
