# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of the chart before anything is written."""

from __future__ import annotations

import hashlib
import io
import pathlib
import tarfile

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.check import (
    chart_check,
    values_checks,
)

IMAGE_SWAP = b"config: {ociImageRegistry: {endpoint: ''}}\n"
WRONG = "0" * 64


def packed(folder: pathlib.Path, values: bytes = IMAGE_SWAP) -> pathlib.Path:
    """Write a chart's archive and return its path."""
    path = folder / "image-swap-1.5.3.tgz"
    files = {"Chart.yaml": b"name: image-swap\nversion: 1.5.3\n", "values.yaml": values}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"image-swap/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_the_right_checksum_or_none(tmp_path: pathlib.Path) -> None:
    path = packed(tmp_path)
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    for sha256 in ("", actual):
        check, chart = chart_check("mgmt", str(path), sha256)
        assert (check.status, check.actual) == (Status.PASS, "image-swap-1.5.3")
        assert chart is not None


def test_a_wrong_checksum_names_both(tmp_path: pathlib.Path) -> None:
    path = packed(tmp_path)
    check, chart = chart_check("mgmt", str(path), WRONG)
    assert (check.status, chart) == (Status.FAIL, None)
    (finding,) = check.findings
    assert hashlib.sha256(path.read_bytes()).hexdigest() in finding.message
    assert f"expected {WRONG}" in finding.message


def test_the_checksum_of_a_chart_that_is_pulled_is_left_to_the_run() -> None:
    check, _chart = chart_check("mgmt", "oci://harbor.example.org/charts/image-swap", WRONG)
    assert check.status is Status.SKIP


@pytest.mark.parametrize(
    ("sha256", "message"), [(WRONG, "only an archive has a checksum"), ("", "no Chart.yaml")]
)
def test_a_folder(tmp_path: pathlib.Path, sha256: str, message: str) -> None:
    check, _chart = chart_check("mgmt", str(tmp_path), sha256)
    assert check.status is Status.FAIL
    assert message in check.findings[0].message


def test_another_chart(tmp_path: pathlib.Path) -> None:
    check, chart = chart_check("mgmt", str(packed(tmp_path, b"replicas: 1\n")))
    assert (check.status, chart) == (Status.FAIL, None)
    assert check.findings[0].code == "not_an_image_swap_chart"


def test_values_files_are_read_as_far_as_they_can_be(tmp_path: pathlib.Path) -> None:
    for name, text in (("a", "x: 1\nz: {p: 1}\n"), ("bad", "- no mapping\n"), ("b", "z: {q: 2}\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [str(tmp_path / name) for name in ("a", "bad", "b")]
    (wrong,), values = values_checks("mgmt", files)
    assert values == {"x": 1, "z": {"p": 1, "q": 2}}
    assert (wrong.subject, wrong.status) == ("mgmt", Status.FAIL)
    assert [(item.code, item.subject) for item in wrong.findings] == [("values_file", files[1])]
