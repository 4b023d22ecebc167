# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate of molecule: a role alone, check mode before the first run, the same run again."""

from __future__ import annotations

import pathlib

from tests.sandbox.paths import CHECKOUT, COLLECTIONS, TOOLS

from . import workplace
from .workplace import run


def molecule(log: pathlib.Path) -> str:
    """Every scenario of extensions/molecule, each in a world of the sandbox of its own."""
    tools = workplace.tools()
    scenarios = sorted(
        path.parent.name for path in CHECKOUT.glob("extensions/molecule/*/molecule.yml")
    )
    for scenario in scenarios:
        run(
            log,
            *(tools / "molecule", "test", "--scenario-name", scenario),
            cwd=CHECKOUT,
            path=[tools, TOOLS / "helm-v3"],
            ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
        )
    return ", ".join(scenarios)
