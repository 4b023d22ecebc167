# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put the chart of a layout together and pack it: ``python -m tests.sandbox.chart.pack FOLDER``.

Both layouts are the chart ``image-swap``: ``nested`` reads ``config.ociImageRegistry``,
``toplevel`` reads ``ociImageRegistry``. They differ in values.yaml and one template.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
CHART = "image-swap"
LAYOUTS = ("nested", "toplevel")


def unpacked(layout: str, folder: Path) -> Path:
    """Write the layout's chart to ``FOLDER/image-swap`` and return that path."""
    chart = folder / CHART
    shutil.copytree(HERE / CHART, chart, copy_function=_copy, dirs_exist_ok=True)
    shutil.copytree(HERE / "layouts" / layout, chart, dirs_exist_ok=True)
    return chart


def _copy(source: str, target: str) -> None:
    """Copy one file. Ours say what they are, so that no linter takes a template for YAML."""
    shutil.copyfile(source, target.removesuffix(".gotmpl"))


def pack(layout: str, folder: Path, version: str = "1.5.3") -> Path:
    """Write ``FOLDER/image-swap-VERSION.tgz``, the same bytes for the same chart, and return it."""
    chart = unpacked(layout, folder)
    metadata = chart / "Chart.yaml"
    text = metadata.read_text(encoding="utf-8")
    metadata.write_text(text.replace("version: 1.5.3", f"version: {version}"), encoding="utf-8")
    package = folder / f"{CHART}-{version}.tgz"
    with (
        package.open("wb") as raw,
        # No name and no time in the header: they would change the bytes.
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path in sorted(chart.rglob("*")):
            if path.is_file():
                entry = tarfile.TarInfo(f"{CHART}/{path.relative_to(chart).as_posix()}")
                entry.size = path.stat().st_size
                with path.open("rb") as content:
                    archive.addfile(entry, content)
    shutil.rmtree(chart)
    return package


def main() -> None:
    """Pack both layouts, each into a folder of its name, and print the packages' paths."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.chart.pack")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--version", default="1.5.3")
    arguments = parser.parse_args()
    for layout in LAYOUTS:
        print(pack(layout, arguments.folder / layout, arguments.version))


if __name__ == "__main__":
    main()
