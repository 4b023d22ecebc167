# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide about the webhook names every finding that the code can report, and no other."""

from __future__ import annotations

import pathlib
import re

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
CODE = re.compile(r'"((?:webhook|canary)_[a-z_]+)"')


def test_every_finding_is_in_the_guide() -> None:
    sources = [
        *(CHECKOUT / "plugins" / "plugin_utils" / "_webhook").glob("*.py"),
        *(CHECKOUT / "plugins" / "action").glob("webhook_*.py"),
    ]
    texts = [path.read_text("utf-8") for path in sources]
    named = {code for text in texts for code in CODE.findall(text)}
    functions = {name for text in texts for name in re.findall(r"def (\w+)", text)}
    page = (CHECKOUT / "docs" / "docsite" / "rst" / "webhook.rst").read_text("utf-8")
    findings = page.partition("The findings\n---")[2]
    # What is left are an option's name and the findings' codes.
    reported = named - functions - {"canary_namespace"}
    assert set(re.findall(r"``((?:webhook|canary)_\w+)``", findings)) == reported
