# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the rules of mirror tables: current, and each code is on it."""

from __future__ import annotations

import re

from tests.pages.mirror_rules import PAGE, ROOT, documented, render


def test_reference_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.pages.mirror_rules"


def test_every_code_is_documented() -> None:
    folder = ROOT / "plugins" / "module_utils" / "_mirrors"
    emitted = re.compile(r'(?:reading\.(?:error|warn)|Finding)\(\s*"(\w+)"')
    codes = {
        code
        for path in folder.rglob("*.py")
        for code in emitted.findall(path.read_text(encoding="utf-8"))
    }

    assert len(codes) > 20
    assert codes - set(documented()) == set()
