# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts and values files on the controller."""

from __future__ import annotations

import hashlib
import io
import os
import pathlib
import socket
import stat
import tarfile

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils import _chart_files
from ansible_collections.palette.image_registry.plugins.plugin_utils._chart_files import (
    find_chart,
    is_remote,
    private_folder,
    read_chart,
    read_values_file,
    require_checksum,
    write_values,
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


@pytest.fixture(name="root")
def fixture_root(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return the folder in which private folders are made."""
    monkeypatch.setattr(_chart_files.constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "run"))
    return tmp_path


def test_values_are_written_for_this_user_alone_and_deleted(root: pathlib.Path) -> None:
    with private_folder() as folder:
        path = pathlib.Path(
            write_values(folder, "values.json", {"password": "12e4", "ü": "\u2028"})
        )
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert path.read_text(encoding="utf-8") == '{"password": "12e4", "ü": "\\u2028"}'
    assert list(root.iterdir()) == []


def test_values_are_deleted_after_a_failure(root: pathlib.Path) -> None:
    with pytest.raises(RuntimeError), private_folder() as folder:
        write_values(folder, "values.json", {"password": "12e4"})
        raise RuntimeError
    assert list(root.iterdir()) == []


def test_what_a_killed_run_left_is_deleted(root: pathlib.Path) -> None:
    host = f"palette.image_registry.{socket.gethostname()}"
    # No process has this number: it is the highest of a 32-bit system, and beyond Linux's limit.
    dead = root / f"{host}.2147483647.abc"
    alive = root / f"{host}.{os.getppid()}.abc"
    elsewhere = root / "palette.image_registry.another-host.2147483647.abc"
    odd = root / f"{host}.odd.abc"
    for left in (dead, alive, elsewhere, odd):
        left.mkdir()
        (left / "values.json").write_text("{}", encoding="utf-8")
    with private_folder():
        pass
    assert sorted(root.iterdir()) == sorted([alive, elsewhere, odd])


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
