# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import datetime
import json
import multiprocessing
import multiprocessing.connection
import os
import pathlib
import resource
import signal
import xml.etree.ElementTree as ET

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._plain_files import LARGEST
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.files import (
    FORMATS,
    Folder,
    read_inputs,
    write_parts,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)
from tests.evidence_schema import assert_valid
from tests.pages.example_reports import fleet, mended

NOW = datetime.datetime(2026, 1, 3, 3, 4, 5, tzinfo=datetime.UTC)
BEFORE = fleet(2, 9)
AFTER = mended(BEFORE)


def write(path: pathlib.Path, evidence: Evidence, *formats: str) -> dict[str, str]:
    written, findings = Folder(path, NOW).write(evidence, formats or tuple(FORMATS), "do it")
    assert not findings
    return written


def test_every_form_is_written_beside_the_others(tmp_path: pathlib.Path) -> None:
    written = write(tmp_path / "new", AFTER)
    names = {form: pathlib.Path(path).name for form, path in written.items()}
    assert names == {
        "html": "verify-20260103T030405Z.html",
        "json": "verify-20260103T030405Z.json",
        "markdown": "verify-20260103T030405Z.md",
        "junit": "verify-20260103T030405Z.xml",
    }
    data = json.loads(pathlib.Path(written["json"]).read_text(encoding="utf-8"))
    assert_valid(data)
    assert data == report_data(AFTER)
    ET.parse(written["junit"])
    page = pathlib.Path(written["html"]).read_text(encoding="utf-8")
    assert "--page: light-dark" in page  # the style sheet and the script are in it
    assert 'addEventListener("hashchange"' in page


def test_only_what_was_asked_for_is_written_and_nothing_written_over(
    tmp_path: pathlib.Path,
) -> None:
    first = write(tmp_path, AFTER, "json")
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]
    second = write(tmp_path, AFTER, "json")
    assert second["json"] == first["json"].replace("Z.json", "Z-2.json")


def test_it_is_compared_with_the_last_report_of_its_playbook(tmp_path: pathlib.Path) -> None:
    def put(name: str, evidence: Evidence) -> None:
        content = json.dumps(report_data(evidence))
        (tmp_path / name).write_text(content, encoding="utf-8")

    put("verify-20260102T030405Z.json", BEFORE)
    other = dataclasses.replace(BEFORE, playbook="verify-nodes", hosts=())
    put("verify-nodes-20260102T040405Z.json", other)
    later = dataclasses.replace(BEFORE, finished="2026-01-04T00:00:00+00:00", hosts=())
    put("verify-20260104T000000Z.json", later)
    (tmp_path / "verify-20260105T000000Z.json").write_bytes(b"\xff not ours")
    page = pathlib.Path(write(tmp_path, AFTER, "markdown")["markdown"]).read_text(encoding="utf-8")
    assert "## Since the report of 2026-01-02T03:04:05+00:00" in page
    assert "- Better: 1" in page


def test_a_playbooks_name_is_no_path(tmp_path: pathlib.Path) -> None:
    odd = dataclasses.replace(AFTER, playbook="../a/b [x]*")
    written = write(tmp_path, odd, "json")
    assert list(written) == ["json"]
    assert pathlib.Path(written["json"]) == tmp_path / "..-a-b-x--20260103T030405Z.json"


def test_a_folder_that_cannot_be_is_a_finding(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "fifo")
    for name in ("file/reports", "file", "link", "fifo"):
        written, (finding,) = Folder(tmp_path / name, NOW).write(AFTER, ["json"], "do it")
        assert not written
        assert (finding.code, finding.subject) == ("report_dir_unusable", str(tmp_path / name))
        assert "palette_report_dir" in finding.fix


def test_what_lies_in_the_folder_neither_holds_nor_hides_a_report(tmp_path: pathlib.Path) -> None:
    """Each of these hung a run, or was read for ever."""
    stems = [f"verify-2026010{day}T000000Z" for day in range(2, 7)]
    os.mkfifo(tmp_path / f"{stems[0]}.json")
    (tmp_path / f"{stems[1]}.json").mkdir()
    (tmp_path / f"{stems[2]}.json").symlink_to("/dev/zero")
    (tmp_path / f"{stems[3]}.json").symlink_to(tmp_path / "nowhere")
    with (tmp_path / f"{stems[4]}.json").open("wb") as huge:
        huge.truncate(LARGEST + 1)
    os.mkfifo(tmp_path / "verify-20260103T030405Z.html")
    before = json.dumps(report_data(BEFORE))
    (tmp_path / "verify-20260102T030405Z.json").write_text(before, encoding="utf-8")
    written = write(tmp_path, AFTER)
    assert {pathlib.Path(path).stem for path in written.values()} == {"verify-20260103T030405Z-2"}
    page = pathlib.Path(written["markdown"]).read_text(encoding="utf-8")
    assert "## Since the report of 2026-01-02T03:04:05+00:00" in page


def write_on_a_full_disk(folder: pathlib.Path, told: multiprocessing.connection.Connection) -> None:
    """Write a report where the limit of a file's size ends a write in its middle."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    written, findings = Folder(folder, NOW).write(AFTER, tuple(FORMATS), "x")
    told.send((set(written), [(one.code, one.subject.rpartition(".")[2]) for one in findings]))


def test_a_full_disk_leaves_no_half_page_and_the_finding_names_the_file(
    tmp_path: pathlib.Path,
) -> None:
    forks = multiprocessing.get_context("fork")
    here, there = forks.Pipe(duplex=False)
    process = forks.Process(target=write_on_a_full_disk, args=(tmp_path, there))
    process.start()
    there.close()
    written, findings = here.recv()
    process.join(60)
    assert process.exitcode == 0
    assert ("report_dir_unusable", "html") in findings
    assert "markdown" in written
    names = sorted(path.suffix for path in tmp_path.iterdir())
    assert ".html" not in names
    assert ".partial" not in names
    assert ".md" in names


def test_lone_surrogates_are_written(tmp_path: pathlib.Path) -> None:
    first = dataclasses.replace(AFTER.hosts[0].checks[0], actual="\udcff")
    host = dataclasses.replace(AFTER.hosts[0], checks=(first,))
    assert set(write(tmp_path, dataclasses.replace(AFTER, hosts=(host,)))) == set(FORMATS)


def test_parts_are_one_a_cluster_and_make_the_whole(tmp_path: pathlib.Path) -> None:
    parts, findings = write_parts(tmp_path / "parts", AFTER)
    assert not findings
    assert list(parts) == ["site-01", "site-02"]
    assert read_inputs(list(parts.values())) == AFTER


def test_every_bad_input_is_named(tmp_path: pathlib.Path) -> None:
    good, bad, gone = (tmp_path / name for name in ("good.json", "bad.json", "gone.json"))
    good.write_text(json.dumps(report_data(AFTER)), encoding="utf-8")
    bad.write_text("{", encoding="utf-8")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(Failure) as caught:
        read_inputs([str(good), str(bad), str(gone), str(tmp_path), str(tmp_path / "fifo")])
    found = [(finding.subject, finding.message) for finding in caught.value.findings]
    assert found[0][0] == str(bad)
    assert found[0][1].startswith("it is no JSON")
    assert found[1] == (str(gone), f"it cannot be read: {os.strerror(2)}")
    assert found[2] == (str(tmp_path), f"it cannot be read: {os.strerror(21)}")
    assert found[3] == (str(tmp_path / "fifo"), "it cannot be read: it is no regular file")


def test_inputs_of_two_playbooks_are_refused_by_name(tmp_path: pathlib.Path) -> None:
    paths = []
    for playbook in ("override", "verify"):
        path = tmp_path / f"{playbook}.json"
        evidence = dataclasses.replace(AFTER, playbook=playbook)
        path.write_text(json.dumps(report_data(evidence)), encoding="utf-8")
        paths.append(str(path))
    with pytest.raises(Failure, match="different playbooks: override, verify"):
        read_inputs(paths)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(st.binary(max_size=100))
def test_any_bytes_in_an_input_name_the_file(tmp_path: pathlib.Path, content: bytes) -> None:
    path = tmp_path / "input.json"
    path.write_bytes(content)
    with pytest.raises(Failure) as caught:
        read_inputs([str(path)])
    assert [finding.subject for finding in caught.value.findings] == [str(path)]
