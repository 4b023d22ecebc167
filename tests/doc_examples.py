# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the examples of guides, READMEs, modules and filters, for the tests that run them."""

from __future__ import annotations

import ast
import dataclasses
import functools
import pathlib
import re
import shlex
import textwrap
import typing as t

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[1]
GUIDES = tuple(sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst")))
READMES = tuple(
    sorted([*ROOT.glob("*.md"), *ROOT.glob("roles/*/README.md"), *ROOT.glob("tests/*/README.md")])
)
_RST = re.compile(
    r"^(?P<indent> *)\.\. code-block:: (?P<language>\w+)\n\n(?P<body>(?:(?P=indent) +\S.*\n|\n)+)",
    re.MULTILINE,
)
_MARKDOWN = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Example:
    """One example: where it stands, in which language, its text."""

    place: str
    language: str
    text: str

    @property
    def content(self) -> t.Any:
        """Return YAML parsed, several documents as a tuple; what Ansible's own tags mark is text.

        Raises YAMLError.
        """
        documents = tuple(yaml.load_all(self.text, Loader=_Loader))
        return documents[0] if len(documents) == 1 else documents

    def commands(self) -> list[list[str]]:
        """Return the words of each command of a shell; in a console only what follows `$ `."""
        text = self.text.replace("\\\n", " ")
        lines = [line.strip() for line in text.splitlines()]
        if self.language == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        words = [shlex.split(line, comments=True) for line in lines]
        return [line for line in words if line]


class _Loader(yaml.CSafeLoader):
    """Takes Ansible's tags."""


_Loader.add_multi_constructor("!", lambda loader, _tag, node: loader.construct_scalar(node))


@functools.cache
def examples() -> tuple[Example, ...]:
    """Return every example that has a language."""
    found = []
    for path in (*GUIDES, *READMES):
        pattern = _RST if path.suffix == ".rst" else _MARKDOWN
        text = path.read_text(encoding="utf-8")
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            place = f"{path.relative_to(ROOT)}:{line}"
            found.append(Example(place, match["language"], textwrap.dedent(match["body"])))
    return (*found, *_of_plugins())


def in_languages(*languages: str) -> list[Example]:
    """Return the examples in some languages."""
    return [example for example in examples() if example.language in languages]


def _of_plugins() -> t.Iterator[Example]:
    for path in sorted((ROOT / "plugins").glob("*/*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield Example(place, "yaml", str(ast.literal_eval(node.value)))
    for path in sorted((ROOT / "plugins" / "filter").glob("*.yml")):
        text = yaml.load(path.read_text(encoding="utf-8"), _Loader)["EXAMPLES"]
        yield Example(str(path.relative_to(ROOT)), "yaml", text)


__all__ = ("GUIDES", "READMES", "ROOT", "Example", "examples", "in_languages")
