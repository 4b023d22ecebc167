# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

"""A report's files: read, compared with the one before, written in every form."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
import pathlib
import re
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report import Evidence
from ansible_collections.palette.image_registry.plugins.module_utils._report_changes import (
    Changes,
    changes,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report_config_map import (
    of_cluster,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report_html.page import (
    Assets,
    html_page,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report_junit import junit_xml
from ansible_collections.palette.image_registry.plugins.module_utils._report_markdown import (
    markdown_page,
)
from ansible_collections.palette.image_registry.plugins.module_utils._report_merge import merge
from ansible_collections.palette.image_registry.plugins.module_utils._report_read import (
    ReportError,
    read_report,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
)

FORMATS = {"html": ".html", "json": ".json", "markdown": ".md", "junit": ".xml"}
"""The forms of a report and how their files end, the one that people open first."""

_ASSETS = pathlib.Path(__file__).with_name("_report_assets")
# How many files to look at for the report before, the latest first: others may lie there, too.
_LOOKED_AT = 10


@dataclasses.dataclass(frozen=True)
class Folder:
    """Where reports lie; `now` is when this one is written."""

    path: pathlib.Path
    now: datetime.datetime

    def write(
        self, evidence: Evidence, formats: t.Collection[str], next_step: str
    ) -> dict[str, str]:
        """Write a report, and return the path of each format. Raises Failure.

        No file is written over. The report before it, of the same playbook, is what it is
        compared with.
        """
        before = self._before(evidence)
        compared = changes(before, evidence) if before else None
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            stem = self._free_stem(evidence.playbook)
            written = {}
            for name, suffix in FORMATS.items():
                if name in formats:
                    path = self.path / f"{stem}{suffix}"
                    content = rendered(evidence, name, next_step, compared)
                    path.write_bytes(content.encode("utf-8", "replace"))
                    written[name] = str(path.resolve())
        except OSError as exc:
            raise Failure.of(
                "report_dir_unusable",
                str(self.path),
                f"the report cannot be written there: {exc.strerror}",
                "set palette_report_dir to a folder that you may write",
            ) from exc
        return written

    def _free_stem(self, playbook: str) -> str:
        stem = f"{_in_file_name(playbook)}-{self.now:%Y%m%dT%H%M%SZ}"
        names = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
        taken = {path.stem for path in self.path.iterdir()}
        return next((name for name in names if name not in taken), stem)

    def _before(self, evidence: Evidence) -> Evidence | None:
        """Return the latest report of this playbook that was finished before this one."""
        found = sorted(
            self.path.glob(f"{_in_file_name(evidence.playbook)}-*.json"),
            key=lambda path: path.stem,
            reverse=True,
        )
        for path in found[:_LOOKED_AT]:
            try:
                report = read_report(path.read_bytes())
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
        return html_page(evidence, _assets(), next_step=next_step, changes=compared)
    if form == "markdown":
        return markdown_page(evidence, next_step=next_step, changes=compared)
    if form == "junit":
        return junit_xml(evidence)
    return json.dumps(evidence.to_dict(), indent=2) + "\n"


@functools.cache
def _assets() -> Assets:
    css, js = ((_ASSETS / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return Assets(css, js)


def read_inputs(paths: t.Sequence[str]) -> Evidence:
    """Return the report of the whole whose parts lie in files. Raises Failure that names each."""
    reports, findings = [], []
    for path in paths:
        try:
            reports.append(read_report(pathlib.Path(path).expanduser().read_bytes()))
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


def _unreadable(path: str, reason: str) -> Finding:
    fix = "give the JSON file of a report, as a run of this collection has written it"
    return Finding("input_unreadable", Severity.ERROR, str(path), reason, fix)


def write_parts(folder: pathlib.Path, evidence: Evidence) -> dict[str, str]:
    """Write the JSON of each cluster alone, for tasks of the same run, and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for number, cluster in enumerate(evidence.clusters()):
        path = folder / f"part-{number}.json"
        part = of_cluster(evidence, cluster)
        path.write_text(json.dumps(part.to_dict()), encoding="utf-8")
        paths[cluster] = str(path)
    return paths


__all__ = ("FORMATS", "Folder", "read_inputs", "rendered", "write_parts")
