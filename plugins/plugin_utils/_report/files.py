# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report's files: read, compared with the one before, written in every form."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import datetime
import json
import pathlib
import re
import tempfile
import typing as t

from ...module_utils._evidence import Finding, Severity, Status
from .._failure import Failure
from .._plain_files import make_folder, obstacle, read_plain, write_whole
from .._terminal import tell, wants_all
from .evidence import Evidence
from .problems import report_data
from .summary import summary

# Each run shows its report, few write one or read one: ansible-core compiles what is imported each
# time, so what only those need is imported there.
if t.TYPE_CHECKING:
    from .changes import Changes

FORMATS = {"html": ".html", "json": ".json", "markdown": ".md", "junit": ".xml"}
"""The forms of a report and how their files end, the one that people open first."""

# How many files to look at for the report before, the latest first: others may lie there, too.
_LOOKED_AT = 10


@dataclasses.dataclass(frozen=True)
class Folder:
    """Where reports lie; `now` is when this one is written."""

    path: pathlib.Path
    now: datetime.datetime

    def write(
        self, evidence: Evidence, formats: t.Collection[str], next_step: str
    ) -> tuple[dict[str, str], list[Finding]]:
        """Write a report; return the path of each format, and which could not be written and why.

        No file is written over. The report before it, of the same playbook, is what it is
        compared with.
        """
        from .changes import changes

        before = self._before(evidence)
        compared = changes(before, evidence) if before else None
        try:
            make_folder(self.path)
            stem = self._free_stem(evidence.playbook)
        except OSError as exc:
            return {}, [_unwritable(self.path, exc)]
        written, findings = {}, []
        for name, suffix in FORMATS.items():
            if name in formats:
                path = self.path / f"{stem}{suffix}"
                content = rendered(evidence, name, next_step, compared)
                try:
                    write_whole(path, content.encode("utf-8", "replace"))
                except OSError as exc:
                    findings.append(_unwritable(path, exc))
                else:
                    written[name] = str(path.resolve())
        return written, findings

    def _free_stem(self, playbook: str) -> str:
        stem = f"{_in_file_name(playbook)}-{self.now:%Y%m%dT%H%M%SZ}"
        names = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
        taken = {path.stem for path in self.path.iterdir()}
        return next((name for name in names if name not in taken), stem)

    def _before(self, evidence: Evidence) -> Evidence | None:
        """Return the latest report of this playbook that was finished before this one."""
        from .read import ReportError, read_report

        found = sorted(
            self.path.glob(f"{_in_file_name(evidence.playbook)}-*.json"),
            key=lambda path: path.stem,
            reverse=True,
        )
        for path in found[:_LOOKED_AT]:
            try:
                report = read_report(read_plain(path))
            except (ReportError, OSError):
                continue  # somebody else's file
            if report.playbook == evidence.playbook and report.finished < evidence.finished:
                return report
        return None


def _in_file_name(playbook: str) -> str:
    return re.sub(r"[^\w.-]+", "-", playbook)


def rendered(evidence: Evidence, form: str, next_step: str, compared: Changes | None = None) -> str:
    """Return a report in one of FORMATS."""
    if form == "html":
        from .html.page import html_page

        return html_page(evidence, next_step=next_step, changes=compared)
    if form == "markdown":
        from .markdown import markdown_page

        return markdown_page(evidence, next_step=next_step, changes=compared)
    if form == "junit":
        from .junit import junit_xml

        return junit_xml(evidence)
    return json.dumps(report_data(evidence), indent=2) + "\n"


def read_inputs(paths: t.Sequence[str]) -> Evidence:
    """Return the report of the whole whose parts lie in files. Raises Failure that names each."""
    from .merge import merge
    from .read import ReportError, read_report

    reports, findings = [], []
    for path in paths:
        try:
            reports.append(read_report(read_plain(pathlib.Path(path).expanduser())))
        except OSError as exc:
            findings.append(_unreadable(path, f"it cannot be read: {exc.strerror}"))
        except ReportError as exc:
            findings.append(_unreadable(path, str(exc)))
    if findings:
        raise Failure(*findings)
    try:
        return merge(reports)
    except ReportError as exc:
        raise Failure.of(
            "inputs_not_of_one_run",
            ", ".join(paths),
            str(exc),
            "give the JSON reports of one run of one playbook, a file a slice",
        ) from exc


def _unwritable(path: pathlib.Path, error: OSError) -> Finding:
    return Finding(
        "report_dir_unusable",
        Severity.ERROR,
        str(path),
        f"the report cannot be written there: {obstacle(path, error)}",
        "set palette_report_dir to a folder that you may write, with room on its disk",
    )


def _unreadable(path: str, reason: str) -> Finding:
    fix = "give the JSON file of a report, as a run of this collection has written it"
    return Finding("input_unreadable", Severity.ERROR, str(path), reason, fix)


def write_parts(folder: pathlib.Path, evidence: Evidence) -> tuple[dict[str, str], list[Finding]]:
    """Write the JSON of each cluster alone, for tasks of the same run, to a new folder in one.

    Returns the paths, and what could not be written.
    """
    from .config_map import of_cluster

    paths: dict[str, str] = {}
    path = folder
    try:
        make_folder(folder)
        path = pathlib.Path(tempfile.mkdtemp(prefix="report-", dir=folder))
        for number, cluster in enumerate(evidence.clusters()):
            part = path / f"part-{number}.json"
            write_whole(part, json.dumps(report_data(of_cluster(evidence, cluster))).encode())
            paths[cluster] = str(part)
    except OSError as exc:
        return paths, [_unwritable(path, exc)]
    return paths, []


_COLOURS = {
    Status.PASS: "green",
    Status.WARN: "bright yellow",
    Status.FAIL: "red",
    Status.SKIP: "cyan",
}


def show(evidence: Evidence, step: str, paths: t.Mapping[str, str]) -> None:
    """Show the verdict, what to do next and where the files are."""
    lines = summary(evidence, next_step=step, report_paths=list(paths.values()), whole=wants_all())
    for line in lines:
        tell(line.text, _COLOURS[line.status] if line.status else None)


__all__ = ("FORMATS", "Folder", "read_inputs", "rendered", "show", "write_parts")
