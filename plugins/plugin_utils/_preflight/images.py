# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images that must be in the registry before an override, from where they are named."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._images.sources import POD_KINDS, images_of, parse_image_list, platforms_of
from ...module_utils._objects import JsonObject
from .._cluster.client import Client
from .._failure import Failure
from .._plain_files import make_folder, obstacle, write_whole


@dataclasses.dataclass
class ClusterImages:
    """What a cluster runs. Kinds that were read for another reason are not read again.

    Objects are let go at once: of a large cluster only names of images are kept.
    """

    cluster: Client
    remarks: list[Finding] = dataclasses.field(default_factory=list)
    _seen: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def note(self, kind: str, objects: t.Iterable[JsonObject]) -> None:
        """Keep the images of all objects of a kind."""
        self._seen[kind] = images_of(objects)

    def images(self) -> tuple[str, ...]:
        """Return the images of all pods and workload templates that may be listed."""
        for api_version, kind in POD_KINDS:
            if kind not in self._seen:
                self.note(kind, self._objects(api_version, kind, "its images are not known"))
        return tuple(sorted({image for images in self._seen.values() for image in images}))

    def platforms(self) -> tuple[str, ...]:
        """Return what the nodes are, nothing if they may not be listed."""
        said = "whether images are for their architectures was not looked at"
        return platforms_of(self._objects("v1", "Node", said))

    def _objects(self, api_version: str, kind: str, lost: str) -> t.Sequence[JsonObject]:
        try:
            return self.cluster.list(api_version, kind)
        except Failure as failure:
            said = f"{kind} objects cannot be listed: {failure.findings[0].message}; {lost}"
            fix = f"let the kubeconfig's user list {kind} objects in all namespaces"
            self.remarks.append(Finding("not_listed", Severity.WARNING, kind, said, fix))
            return ()


@dataclasses.dataclass(frozen=True)
class ImageSources:
    """Where the images come from that matter. `running` None: the cluster does not say.

    `chart` are the chart's own images without prefix, `named` those that the user lists. What
    nodes there are, the cluster tells unless `platforms` do.
    """

    chart: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    running: ClusterImages | None = None

    def wanted(self) -> WantedImages:
        """Return all of them. The cluster is asked, which takes seconds."""
        images, platforms = self.named, self.platforms
        remarks: tuple[Finding, ...] = ()
        if self.running is not None:
            images = (*self.running.images(), *self.named)
            platforms = platforms or self.running.platforms()
            remarks = tuple(self.running.remarks)
        return WantedImages(tuple(dict.fromkeys(images)), self.chart, platforms, remarks)


def read_image_list(path: str) -> tuple[str, ...]:
    """Return the images of a text file, one a line. Raises Failure if it cannot be read."""
    try:
        text = pathlib.Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = getattr(exc, "strerror", None) or "it is no UTF-8 text"
        fix = "set palette_images_file to a text file with one image a line"
        raise Failure.of("images_file_unreadable", path, reason, fix) from exc
    return parse_image_list(text)


def write_copy_script(path: str, commands: t.Sequence[str], endpoint: str) -> str:
    """Write the script that copies what is missing; return its path, "" if nothing is.

    The script of an earlier run goes where nothing is missing any more. Raises Failure where
    somebody else's file would be lost, and where the script cannot be written.
    """
    from ...module_utils._registry.copy_script import COPY_MARK, copy_script

    file = pathlib.Path(path).expanduser().absolute()
    try:
        if file.exists() and COPY_MARK not in file.read_text(encoding="utf-8", errors="replace"):
            said = "a file is there that this collection did not write"
            raise _unwritable(file, said)
        if not commands:
            file.unlink(missing_ok=True)
            return ""
        make_folder(file.parent)
        write_whole(file, copy_script(commands, endpoint).encode(), mode=0o755)
    except OSError as exc:
        raise _unwritable(file, f"it cannot be written: {obstacle(file, exc)}") from exc
    return str(file)


def _unwritable(file: pathlib.Path, said: str) -> Failure:
    fix = "set preflight_copy_script to another path, or to '' for no script"
    return Failure.of("copy_script_unusable", str(file), said, fix)


@dataclasses.dataclass(frozen=True)
class WantedImages:
    """What to look for: images as pods name them, and the chart's own before they are prefixed.

    `platforms` are those of the nodes, such as linux/amd64. `remarks` tell what could not be found
    out.
    """

    images: tuple[str, ...] = ()
    chart_images: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    remarks: tuple[Finding, ...] = ()


__all__ = ("ClusterImages", "ImageSources", "WantedImages", "read_image_list", "write_copy_script")
