# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a finding tells to do: a sentence, and as data the edits that need no thought."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

Kind = t.Literal["entry", "setting", "line", "file"]


@dataclasses.dataclass(frozen=True)
class Edit:
    """One change: at a place `old` becomes `new`; an empty `old` adds, an empty `new` removes.

    `entry`: an entry of the mirror table, as one writes it. `setting`: a variable or a field of
    palette_registry, which `place` names. `line`: a part of the line `place` (path:line) of a file
    of a node, or a line of its own after it. `file`: the file or folder `old` of a node.
    """

    kind: Kind
    old: str
    new: str
    place: str = ""

    def __str__(self) -> str:
        """Return the words that ask for it, as a sentence has them in its middle."""
        if self.kind == "setting":
            return f"set {self.place}: {self.new}"
        if self.kind == "file":
            folder, _slash, name = self.new.rpartition("/")
            same = folder == self.old.rpartition("/")[0]
            moved = f"rename it to {name}" if same else f"move it to {self.new}"
            return moved if self.new else "remove it"
        if self.kind == "line":
            return f"write {self.new}" if self.new else f"remove {self.old}"
        if not self.new:
            return f"remove the entry '{self.old}'"
        return f"{'write' if self.old else 'add'} '{self.new}'"


class Fix(str):
    """A sentence with its edits. Whoever rewrites the text gets a plain one, without them."""

    edits: tuple[Edit, ...]

    def __new__(cls, text: str, edits: t.Iterable[Edit] = ()) -> Fix:
        """Join both."""
        fix = super().__new__(cls, text)
        fix.edits = tuple(edits)
        return fix

    def __getnewargs__(self) -> tuple[str, tuple[Edit, ...]]:  # type: ignore[override]  # str has but its text
        """Return what a copy is made of."""
        return str(self), self.edits


def fix_of(*edits: Edit | None, before: str = "", after: str = ".", otherwise: str = "") -> str:
    """Return the sentence that asks for some edits, between other words.

    One that is None cannot be made here: then the sentence is `otherwise`, and has no edits.
    """
    made = [edit for edit in edits if edit is not None]
    if len(made) < len(edits):
        return otherwise
    words = " and ".join(map(str, made))
    return Fix(f"{before or words[:1].upper()}{words if before else words[1:]}{after}", made)


def edits_of(fix: str) -> tuple[Edit, ...]:
    """Return the edits of a fix, none where it is a mere sentence."""
    return fix.edits if isinstance(fix, Fix) else ()


__all__ = ("Edit", "Fix", "edits_of", "fix_of")
