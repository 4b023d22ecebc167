# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every file says under which licence it is, itself or in REUSE.toml."""

from __future__ import annotations

import pathlib
import subprocess
import tomllib

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
TAGS = ("SPDX-FileCopyrightText:", "SPDX-License-Identifier: GPL-3.0-or-later")
_HEAD_BYTES = 1000


def tracked() -> list[pathlib.Path]:
    command = ["git", "-C", str(CHECKOUT), "ls-files", "-z"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    paths = [CHECKOUT / name for name in names.split("\0") if name]
    return [path for path in paths if path.is_file()]


def annotated(path: pathlib.Path) -> set[pathlib.Path]:
    """Return the files that a REUSE.toml speaks for."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        file
        for annotation in content["annotations"]
        for pattern in annotation["path"]
        for file in path.parent.glob(pattern)
    }


def unlicensed(files: list[pathlib.Path], covered: set[pathlib.Path]) -> list[pathlib.Path]:
    """Return the files without a header that nothing else speaks for."""
    found = []
    for file in files:
        with file.open("rb") as handle:
            head = handle.read(_HEAD_BYTES).decode("utf-8", "replace")
        if file not in covered and not all(tag in head for tag in TAGS):
            found.append(file)
    return found


def test_every_tracked_file_has_a_licence() -> None:
    files = tracked()
    assert CHECKOUT / "galaxy.yml" in files
    found = unlicensed(files, annotated(CHECKOUT / "REUSE.toml"))
    assert [str(path.relative_to(CHECKOUT)) for path in found] == []


def test_reuse_names_only_what_cannot_say_it_itself() -> None:
    covered = annotated(CHECKOUT / "REUSE.toml")
    assert sorted(covered) == sorted(unlicensed(list(covered), set()))


TEST_UNLICENSED = [
    # content of a.txt, whether REUSE.toml names it, whether it lacks a licence
    (f"# {TAGS[0]} 2026 x\n# {TAGS[1]}\n", False, False),
    (f"# {TAGS[1]}\n", False, True),
    ("", False, True),
    ("", True, False),
]


@pytest.mark.parametrize(("content", "named", "lacks"), TEST_UNLICENSED)
def test_a_file_without_licence_is_found(
    tmp_path: pathlib.Path, content: str, named: bool, lacks: bool
) -> None:
    file = tmp_path / "a.txt"
    file.write_text(content, encoding="utf-8")
    reuse = tmp_path / "REUSE.toml"
    pattern = "*.txt" if named else "*.json"
    reuse.write_text(f'[[annotations]]\npath = ["{pattern}"]\n', encoding="utf-8")
    assert unlicensed([file], annotated(reuse)) == ([file] if lacks else [])
