# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Helm chart out of its files: name, version, own values and what its release will keep of it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing as t

from .archive import read_archive
from .values import parse_values

# What Helm takes for a name, and for a version.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,249}\Z")

_BOM = b"\xef\xbb\xbf"
# Files that Helm parses; all others are kept as they are, templates apart from the rest.
_PARSED = frozenset({"Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"})


@dataclasses.dataclass(frozen=True)
class Chart:
    """A chart. `values` are its own; `contents` maps each path within it to a digest.

    `contents` holds what Helm keeps in a release: templates and other files, without the parsed
    ones and without subcharts. `has_dependencies` says that Helm merges values of subcharts in.
    """

    name: str
    version: str
    app_version: str
    values: t.Mapping[str, t.Any]
    contents: t.Mapping[str, str]
    schema: str = ""
    has_dependencies: bool = False

    @property
    def label(self) -> str:
        """Return `name-version`, as `helm list` shows it."""
        return f"{self.name}-{self.version}"


def digest(content: bytes) -> str:
    """Return the digest under which two contents are compared."""
    return hashlib.sha256(content).hexdigest() if content else ""


def chart_from_archive(content: bytes, name: str) -> Chart:
    """Return the chart in the bytes of a .tgz.

    Raises ValueError with a sentence that names the archive.
    """
    return chart_from_files(read_archive(content, name), name)


def chart_from_files(files: t.Mapping[str, bytes], name: str) -> Chart:
    """Return the chart in some files, given by their paths within the chart.

    Raises ValueError with a sentence that names the chart and its file.
    """
    texts = {path: _text(files[path], f"{name}, {path}") for path in _PARSED if path in files}
    if "Chart.yaml" not in texts:
        raise ValueError(f"{name}: there is no Chart.yaml in it: this is no Helm chart")
    metadata = parse_values(texts["Chart.yaml"], f"{name}, Chart.yaml")
    missing = [key for key in ("name", "version") if not metadata.get(key)]
    if missing:
        raise ValueError(f"{name}, Chart.yaml: it has no {' and no '.join(missing)}")
    for key in ("name", "version"):
        if not _WORD.match(str(metadata[key])):
            raise ValueError(f"{name}, Chart.yaml: its {key} is none")
    return Chart(
        name=str(metadata["name"]),
        version=str(metadata["version"]),
        app_version=_scalar(metadata.get("appVersion")),
        values=parse_values(texts.get("values.yaml", ""), f"{name}, values.yaml"),
        contents={
            path: digest(_without_bom(content))
            for path, content in files.items()
            if path not in _PARSED and not path.startswith("charts/")
        },
        schema=digest(_without_bom(files.get("values.schema.json", b""))),
        has_dependencies=bool(metadata.get("dependencies")),
    )


def _scalar(value: t.Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _without_bom(content: bytes) -> bytes:
    return content.removeprefix(_BOM)


def _text(content: bytes, name: str) -> str:
    try:
        return _without_bom(content).decode()
    except UnicodeDecodeError as exc:
        raise ValueError(f"{name}: this is no UTF-8 text") from exc


__all__ = ("Chart", "chart_from_archive", "chart_from_files", "digest")
