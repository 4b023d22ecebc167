# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.action.evidence_report import ActionModule
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)
from tests.pages.example_reports import fleet
from tests.unit.helpers.acting import run_action

WHOLE = fleet(2, 12)


def report(folder: pathlib.Path, *, check_mode: bool = False, **more: t.Any) -> dict[str, t.Any]:
    """Merge the whole out of two slices."""
    inputs = []
    for number in range(2):
        path = folder / f"slice-{number}.json"
        part = dataclasses.replace(WHOLE, hosts=WHOLE.hosts[number::2])
        path.write_text(json.dumps(report_data(part)), encoding="utf-8")
        inputs.append(str(path))
    arguments = {"playbook": "x", "results": [], "hosts": [], "inputs": inputs, **more}
    return run_action(ActionModule, arguments, lambda *_: {}, check_mode=check_mode).result


def test_the_result_and_the_stats_tell_the_same(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = report(tmp_path, directory=str(tmp_path / "out"), formats=["json", "html"])
    assert result["changed"] is False
    assert result["status"] == "fail"
    assert result["clusters"] == {"site-01": "warn", "site-02": "fail"}
    assert set(result["paths"]) == {"json", "html"}
    assert json.loads(pathlib.Path(result["path"]).read_text("utf-8")) == report_data(WHOLE)
    told = result["ansible_stats"]["data"]["palette_image_registry"]
    for key in ("status", "counts", "clusters"):
        assert told[key] == result[key]
    assert told["report"] == result["path"]
    shown = capsys.readouterr().out
    assert "Image registry verify: FAILED" in shown
    assert f"Report: {result['paths']['html']} (also .json)" in shown


def test_check_mode_writes_nothing(tmp_path: pathlib.Path) -> None:
    result = report(tmp_path, check_mode=True, directory=str(tmp_path / "out"), parts=True)
    assert (result["paths"], result["path"], result["parts"]) == ({}, "", {})
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_fails_after_the_verdict(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = report(tmp_path, directory=str(tmp_path / "slice-0.json"))
    assert result["failed"] is True
    assert "Set palette_report_dir" in result["msg"]
    assert result["status"] == "fail"
    assert "Image registry verify: FAILED" in capsys.readouterr().out


def test_a_bad_input_is_named_and_nothing_else_is_said(tmp_path: pathlib.Path) -> None:
    result = report(tmp_path, inputs=[str(tmp_path / "none.json")])
    assert result["failed"] is True
    assert "none.json: it cannot be read" in result["msg"]
    assert "ansible_stats" not in result


def test_a_report_loads_no_client_of_kubernetes() -> None:
    """A control node that only merges reports need not have one."""
    module = ActionModule.__module__
    script = (
        f"import sys; sys.path = {sys.path!r}; import {module}; print('kubernetes' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.split() == [b"False"]
