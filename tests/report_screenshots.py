# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make report-screenshots: the HTML report as a browser shows and prints it, to be looked at.

    python -m tests.report_screenshots [JSON report ...]

A fleet of 1,000 nodes, and the reports named, such as those of make demo; in light and dark, wide
and narrow, and as PDF.
"""

from __future__ import annotations

import pathlib
import shutil
import sys

from ansible_collections.palette.image_registry.plugins.plugin_utils._report.changes import changes
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.files import (
    read_inputs,
    rendered,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.next_step import (
    next_step,
)
from tests.pages.example_reports import fleet, mended
from tests.sandbox.chromium import Chromium, chromium
from tests.sandbox.paths import CHECKOUT, SandboxError

OUTPUT = CHECKOUT / "tests" / "output" / "report"
_VIEWS = {
    # name: what follows the address, width, height
    "light": ("", 1280, 3600),
    "dark": ("#theme=dark", 1280, 3600),
    "narrow": ("", 400, 6000),
    "failures": ("#only=fail&sort=name", 1280, 3600),
}


def write_page(path: pathlib.Path, evidence: Evidence, before: Evidence | None = None) -> str:
    """Write a report's page, and return its address."""
    compared = changes(before, evidence) if before else None
    content = rendered(evidence, "html", next_step(evidence), compared)
    path.write_text(content, encoding="utf-8")
    return path.as_uri()


def main(inputs: list[str]) -> int:
    """Write the pictures, and say where they are."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    try:
        browser = chromium()
        _pictures(browser, "fleet", mended(fleet()), fleet())
        for path in inputs:
            _pictures(browser, pathlib.Path(path).stem, read_inputs([path]), None)
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Look at {OUTPUT.relative_to(CHECKOUT)}/*.png and *.pdf")
    return 0


def _pictures(browser: Chromium, name: str, evidence: Evidence, before: Evidence | None) -> None:
    address = write_page(OUTPUT / f"{name}.html", evidence, before)
    for view, (state, width, height) in _VIEWS.items():
        browser.screenshot(address + state, OUTPUT / f"{name}-{view}.png", width, height)
    browser.pdf(address, OUTPUT / f"{name}.pdf")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
