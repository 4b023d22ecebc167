# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it means that a fix helps, and how the files of a node are after its edits."""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._fix import Edit

SAME = 3
"""So many findings of the same code are followed in one input."""


def helps(before: t.Iterable[Finding], after: t.Iterable[Finding], fixed: Finding) -> None:
    """Assert that one finding less of this code is left, and of no error more than before."""
    was = collections.Counter(one.code for one in before)
    now = collections.Counter(one.code for one in after)
    serious = collections.Counter(one.code for one in before if one.severity is Severity.ERROR)
    errors = collections.Counter(one.code for one in after if one.severity is Severity.ERROR)

    assert now[fixed.code] < was[fixed.code], (fixed, "is still there")
    new = {code for code in errors if errors[code] > serious[code]}
    assert not new, (new, fixed)


def edited(files: t.Mapping[str, str], edits: t.Iterable[Edit]) -> dict[str, str]:
    """Return the files of a node after some edits, each of which must find what it changes."""
    changed = dict(files)
    lines: dict[str, list[tuple[int, Edit]]] = {}
    for edit in edits:
        if edit.kind == "file":
            changed = _moved(changed, edit)
        else:
            path, _colon, line = edit.place.rpartition(":")
            lines.setdefault(path, []).append((int(line), edit))
    for path, wanted in lines.items():
        text = changed[path].split("\n")
        # From the end, so that numbers stay right; what stands there changes before a line is added.
        for number, edit in sorted(wanted, key=lambda one: (-one[0], not one[1].old)):
            if not edit.old:
                text.insert(number, edit.new)
                continue
            assert edit.old in text[number - 1], (edit, text)
            text[number - 1] = text[number - 1].replace(edit.old, edit.new, 1)
        changed[path] = "\n".join(text)
    return changed


def _moved(files: dict[str, str], edit: Edit) -> dict[str, str]:
    moved = {}
    for path, text in files.items():
        if path != edit.old and not path.startswith(f"{edit.old}/"):
            moved[path] = text
        elif edit.new:
            to = edit.new + path.removeprefix(edit.old)
            assert to not in files, edit
            moved[to] = text
    assert moved != files, edit
    return moved
