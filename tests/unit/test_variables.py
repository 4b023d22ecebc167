# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables that an operator may set: few, each with one name, one meaning and one default."""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import typing as t

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.options import (
    _AS_THEY_ARE,
    _LOOKS,
)
from tests.pages.variables import (
    PAGE,
    ROOT,
    WIDE,
    load,
    playbooks,
    read_by,
    render,
    roles,
    variables,
)

OF_NODES = {f"verify_nodes_{option}" for option in (*_AS_THEY_ARE, *_LOOKS)}
MOST = 72
"""How many there may be. An operator has to read all of them: less is better."""

PLAYS = sorted(ROOT.glob("playbooks/*.yml"))
TASKS = sorted(ROOT.glob("roles/*/tasks/*.yml"))
DEFAULTS = sorted(ROOT.glob("roles/*/defaults/main.yml"))
# What Ansible brings, and what plays and tasks set for themselves.
_OF_ANSIBLE = re.compile(r"_?ansible_\w+|groups|hostvars|inventory_hostname|omit|verify_nodes_look")
_OPTION = re.compile(r'^ +(\w+): "\{\{ (\w+) \| default\(omit\) \}\}"$', re.MULTILINE)
_DEFAULT = re.compile(r"\b(\w+) \| default\(((?:[^()]|\(\))*)\)")


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.pages.variables"


def test_there_are_no_more_than_there_were() -> None:
    assert len(variables()) <= MOST


def test_every_playbook_has_a_specification() -> None:
    assert {path.stem for path in PLAYS} == set(playbooks())
    for spec in playbooks().values():
        assert spec["short_description"] and spec["description"]
        assert all(option["description"] and option["type"] for option in spec["options"].values())


def test_what_several_take_is_of_the_whole_collection() -> None:
    for name, spec in variables().items():
        assert name.startswith((WIDE, *(f"{owner}_" for owner in spec.owners))), name
        assert len(set(spec.owners)) == 1 or name.startswith(WIDE), name


def test_a_name_has_one_specification() -> None:
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        for entry in load(path).values():
            for name, option in entry["options"].items():
                assert option == variables()[name].option, f"{name} of {path.parent.parent.name}"


@functools.cache
def module(name: str) -> dict[str, t.Any]:
    """Return the options of a module, fragments included."""
    path = ROOT / "plugins" / "modules" / f"{name}.py"
    own = _documentation(path, "DOCUMENTATION")
    options = dict(own.get("options") or {})
    for fragment in own.get("extends_documentation_fragment", []):
        file, _dot, part = fragment.removeprefix("palette.image_registry.").partition(".")
        found = _documentation(
            ROOT / "plugins" / "doc_fragments" / f"{file}.py", (part or "documentation").upper()
        )
        options = {**found["options"], **options}
    return options


def _documentation(path: pathlib.Path, name: str) -> dict[str, t.Any]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return dict(yaml.safe_load(ast.literal_eval(node.value)))
    raise AssertionError(f"{path} has no {name}")


def handed_on() -> t.Iterator[tuple[str, str, str]]:
    """Yield module, option and variable, where an option is what a variable says or its default."""
    for path in (*PLAYS, *TASKS):
        for task in re.split(r"^ *- name: ", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            for name in re.findall(r"^ +palette\.image_registry\.(\w+):$", task, re.MULTILINE):
                for option, variable in _OPTION.findall(task):
                    yield name, option, variable


def test_the_default_of_a_variable_is_that_of_the_module() -> None:
    seen = 0
    for name, option, variable in handed_on():
        spec = variables()[variable].option
        if "default" in spec:
            assert module(name)[option].get("default") == spec["default"], (name, variable)
        assert module(name)[option]["type"] in (spec["type"], "raw", "str"), (name, variable)
        if "choices" in spec:
            assert module(name)[option]["choices"] == spec["choices"], (name, variable)
        seen += 1
    assert seen > 60


def test_a_default_in_a_template_is_that_of_the_specification() -> None:
    """`palette_airgap | default(true)` in a condition, say, which no module sees."""
    seen = 0
    for path in (*PLAYS, *TASKS, *DEFAULTS):
        for name, text in _DEFAULT.findall(path.read_text(encoding="utf-8")):
            if name not in variables() or text == "omit":
                continue
            default = variables()[name].option.get("default")
            words = {"true": True, "false": False}
            try:
                found = words[text] if text in words else ast.literal_eval(text)
            except (ValueError, SyntaxError):  # it is worked out, as the description says
                assert default is None, f"{path}: {name}"
                continue
            assert (found or None) == (default or None), f"{path}: {name}"
            seen += 1
    assert seen > 10


def test_every_variable_that_is_read_has_a_specification() -> None:
    for path in (*PLAYS, *TASKS):
        text = path.read_text(encoding="utf-8")
        set_here = set(re.findall(r"^ +(\w+): ?(?:>-|\"|\S|$)", text, re.MULTILINE))
        set_here |= set(re.findall(r"(?:register|loop_var): (\w+)", text))
        for template in re.findall(r"\{\{(.*?)\}\}", text, re.DOTALL):
            words = set(re.findall(r"(?<![\w.'/-])[a-z]\w*_\w+(?![\w'(])", template))
            for name in words - set_here:
                known = name in variables() or _OF_ANSIBLE.fullmatch(name)
                assert known or name.endswith("_result"), f"{path}: {name}"


@pytest.fixture(name="texts", scope="module")
def fixture_texts() -> list[str]:
    paths = (*PLAYS, *TASKS, *DEFAULTS, *ROOT.glob("plugins/**/*.py"))
    return [path.read_text(encoding="utf-8") for path in paths]


@pytest.mark.parametrize("name", sorted(variables()))
def test_somebody_reads_it(name: str, texts: list[str]) -> None:
    """What no task reads would be accepted, and change nothing."""
    owners = variables()[name].owners
    used = {owner for owner in owners if owner in roles() or name in read_by(owner)}
    assert used
    pattern = re.compile(rf"(?:\{{\{{[^}}]*|when:.*|that:.*|- |\")\b{name}\b")
    # The action of a node reads them by itself, without a template.
    assert name in OF_NODES or any(pattern.search(text) for text in texts)


def test_names_of_timeouts_are_one() -> None:
    named = [name for name in variables() if "timeout" in name or "seconds" in name]
    assert named
    assert all(name.endswith("_timeout") for name in named)
    for path in ROOT.glob("plugins/modules/*.py"):
        options = module(path.stem)
        odd = [name for name in options if "seconds" in name or re.search("timeout_", name)]
        assert not odd, path.stem
