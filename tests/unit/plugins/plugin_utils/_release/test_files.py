# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts and values files on the controller."""

from __future__ import annotations

import hashlib
import io
import pathlib
import tarfile

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._release.files import (
    find_chart,
    is_remote,
    read_chart,
    read_values_file,
    require_checksum,
)

CHART_YAML = b"name: image-swap\nversion: 1.5.3\n"


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a chart as a folder."""
    folder = tmp_path / "image-swap"
    for path, content in {
        "Chart.yaml": CHART_YAML,
        "values.yaml": b"ociImageRegistry: {}\n",
        "templates/a.yaml": b"a",
        "templates/.hidden.yaml": b"editor",
        "templates/a.yaml.bak": b"backup",
        "ci/values.yaml": b"ci",
        "docs/notes.md": b"notes",
        ".helmignore": b"# comment\n\n*.bak\nci/\n/docs/*.md\n",
    }.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


@pytest.fixture(name="package")
def fixture_package(tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a chart as a .tgz."""
    package = tmp_path / "image-swap-1.5.3.tgz"
    with tarfile.open(package, "w:gz") as archive:
        member = tarfile.TarInfo("image-swap/Chart.yaml")
        member.size = len(CHART_YAML)
        archive.addfile(member, io.BytesIO(CHART_YAML))
    return package


def test_a_folder_is_read_as_helm_reads_it(folder: pathlib.Path) -> None:
    chart = read_chart(folder)
    assert chart.label == "image-swap-1.5.3"
    assert set(chart.contents) == {"templates/a.yaml", ".helmignore"}


def test_a_path_and_a_glob_find_the_chart(
    package: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(package.parent)
    monkeypatch.setenv("HOME", str(package.parent))
    for name in (package.name, str(package), "image-swap-*.tgz", "~/image-swap-*.tgz"):
        assert find_chart(name) == package
    assert read_chart(package).version == "1.5.3"


def test_only_oci_charts_are_pulled() -> None:
    assert is_remote("oci://harbor.example.org/charts/image-swap")
    assert not is_remote("image-swap.tgz")


def test_what_was_found_instead_is_named(package: pathlib.Path) -> None:
    parent = package.parent
    other = parent / "image-swap-1.5.4.tgz"
    other.write_bytes(package.read_bytes())
    with pytest.raises(
        ValueError, match=r"matches 2 charts.*: image-swap-1\.5\.3\.tgz, image-swap-1\.5\.4\.tgz"
    ):
        find_chart(str(parent / "image-swap-*.tgz"))
    with pytest.raises(ValueError, match=r"holds image-swap-1\.5\.3\.tgz, image-swap-1\.5\.4\.tgz"):
        find_chart(str(parent / "image-swop-*.tgz"))


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        ("", "no chart is named: set palette_image_swap_chart"),
        ("  ", "no chart is named"),
        ("https://example.org/a.tgz", "download the chart first"),
        ("/nowhere/a.tgz", "there is no folder /nowhere"),
    ],
)
def test_unusable_charts_are_named(chart: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_chart(chart)


def test_an_empty_folder_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match=r"holds no \.tgz"):
        find_chart(str(tmp_path / "a.tgz"))
    with pytest.raises(ValueError, match=r"there is no Chart\.yaml in it"):
        read_chart(tmp_path)


def test_a_path_that_would_break_helms_command_line_is_refused(package: pathlib.Path) -> None:
    quoted = package.with_name("it's.tgz")
    package.rename(quoted)
    with pytest.raises(ValueError, match="neither quote nor backslash"):
        find_chart(str(quoted))


def test_values_files(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "values.yaml"
    path.write_text("password: 12e4\nname: y\n", encoding="utf-8")
    assert read_values_file(str(path)) == {"password": 120000, "name": True}
    with pytest.raises(ValueError, match=r"values file /nowhere/v\.yaml cannot be read: No such"):
        read_values_file("/nowhere/v.yaml")
    path.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="is no UTF-8 text"):
        read_values_file(str(path))


def test_a_checksum_is_compared_however_it_is_written(tmp_path: pathlib.Path) -> None:
    archive = tmp_path / "image-swap-1.5.3.tgz"
    archive.write_bytes(b"chart")
    actual = hashlib.sha256(b"chart").hexdigest()
    for expected in ("", actual, actual.upper(), f"sha256:{actual}", f" {actual}\n"):
        require_checksum(archive, expected)
    with pytest.raises(ValueError, match=f"{actual}, expected {'0' * 64}"):
        require_checksum(archive, "0" * 64)


@pytest.mark.parametrize(
    ("name", "expected", "message"),
    [
        (".", "0" * 64, "only an archive has a checksum"),
        ("gone.tgz", "0" * 64, "cannot be read: No such file"),
        ("gone.tgz", "md5:1", "'md5:1' is no SHA-256 checksum"),
    ],
)
def test_what_has_no_checksum_is_refused(
    tmp_path: pathlib.Path, name: str, expected: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        require_checksum(tmp_path / name, expected)
