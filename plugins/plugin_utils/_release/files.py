# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts and values files on the controller: found and read."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import fnmatch
import glob
import hashlib
import pathlib
import re
import typing as t

from .._cluster.private_files import write_private
from .chart import Chart, chart_from_archive, chart_from_files
from .values import Values, parse_values, values_json

OCI = "oci://"


def is_remote(chart: str) -> bool:
    """Return whether Helm has to pull the chart first."""
    return chart.startswith(OCI)


def find_chart(chart: str) -> pathlib.Path:
    """Return the one .tgz or folder that a path or a glob such as image-swap-*.tgz means.

    Raises ValueError with a sentence that names what was found instead.
    """
    if not chart.strip():
        raise ValueError(
            "no chart is named: set palette_image_swap_chart to the image-swap chart (.tgz, glob,"
            " folder or oci:// reference); support@spectrocloud.com has it"
        )
    if chart.startswith(("http://", "https://")):
        raise ValueError(f"{chart}: download the chart first, or give its oci:// reference")
    path = pathlib.Path(chart).expanduser()
    if path.exists():
        return _usable(path.absolute())
    matches = sorted(pathlib.Path(match) for match in glob.glob(str(path)))
    if len(matches) == 1:
        return _usable(matches[0].absolute())
    if matches:
        names = ", ".join(match.name for match in matches)
        raise ValueError(f"{chart} matches {len(matches)} charts, one is needed: {names}")
    raise ValueError(f"there is no chart {chart}: {_neighbours(path.parent)}")


def _neighbours(folder: pathlib.Path) -> str:
    """Say which charts a folder holds, for somebody who mistyped one."""
    if not folder.is_dir():
        return f"there is no folder {folder.absolute()}"
    names = sorted(path.name for path in folder.glob("*.tgz"))
    return f"{folder.absolute()} holds {', '.join(names) or 'no .tgz'}"


def _usable(path: pathlib.Path) -> pathlib.Path:
    # kubernetes.core puts the path between quotes into a command line.
    if "'" in str(path) or "\\" in str(path):
        raise ValueError(f"{path}: rename it, a chart's path must hold neither quote nor backslash")
    return path


def read_chart(path: pathlib.Path) -> Chart:
    """Return the chart in an archive or a folder. Raises ValueError, naming it."""
    try:
        if path.is_dir():
            return chart_from_files(_files_of(path), str(path))
        return chart_from_archive(path.read_bytes(), str(path))
    except OSError as exc:
        raise ValueError(f"{path} cannot be read: {exc.strerror}") from exc


def require_checksum(path: pathlib.Path, expected: str) -> None:
    """Refuse a chart whose archive has not the SHA-256 checksum that is expected.

    An empty one is not checked. Raises ValueError with a sentence that names both checksums.
    """
    wanted = expected.strip().lower().removeprefix("sha256:")
    if not wanted:
        return
    if not re.fullmatch("[0-9a-f]{64}", wanted):
        raise ValueError(
            f"the checksum {expected.strip()!r} is no SHA-256 checksum: write the 64 hexadecimal"
            " digits that sha256sum prints for the .tgz"
        )
    if path.is_dir():
        raise ValueError(
            f"{path} is a folder, and only an archive has a checksum: pack it (helm package) and"
            " give the .tgz, or drop palette_image_swap_chart_sha256"
        )
    try:
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        raise ValueError(f"{path} cannot be read: {exc.strerror}") from exc
    if actual != wanted:
        raise ValueError(
            f"{path.name} has the SHA-256 checksum {actual}, expected {wanted}: it is another"
            " chart, or was changed on its way"
        )


def _files_of(folder: pathlib.Path) -> dict[str, bytes]:
    """Return a chart folder's files by path, without those that Helm ignores."""
    ignored = ["templates/.?*"]
    with contextlib.suppress(FileNotFoundError):
        lines = (folder / ".helmignore").read_text(encoding="utf-8").splitlines()
        ignored += [line.strip() for line in lines if line.strip()[:1] not in ("", "#", "!")]
    files = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(_ignores(pattern, relative) for pattern in ignored):
            files[relative.as_posix()] = path.read_bytes()
    return files


def _ignores(pattern: str, path: pathlib.PurePath) -> bool:
    """Return whether a line of .helmignore means this file or a folder above it."""
    bare = pattern.strip("/")
    for part in (path, *path.parents[:-1]):
        if part is path and pattern.endswith("/"):
            continue
        subject = part.as_posix() if "/" in pattern.rstrip("/") else part.name
        if fnmatch.fnmatchcase(subject, bare):
            return True
    return False


def read_values_file(path: str) -> dict[str, t.Any]:
    """Return the values in a user's file, as Helm reads it. Raises ValueError, naming it."""
    try:
        text = pathlib.Path(path).expanduser().read_text(encoding="utf-8")
    except OSError as exc:
        raise ValueError(f"the values file {path} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ValueError(f"the values file {path} is no UTF-8 text") from exc
    return parse_values(text, path)


def write_values(folder: pathlib.Path, name: str, values: Values) -> str:
    """Write values as a JSON file that only this user can read, and return its path.

    Raises ValueError for a value that Helm could not read back.
    """
    return write_private(folder / name, values_json(values))


__all__ = (
    "find_chart",
    "is_remote",
    "read_chart",
    "read_values_file",
    "require_checksum",
    "write_values",
)
