# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every role has to keep, whoever adds one."""

from __future__ import annotations

import functools
import importlib
import pathlib
import re
import typing as t

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (CHECKOUT / "roles").iterdir())

_ACTIONS = "ansible_collections.palette.image_registry.plugins.action"

SECRETS = re.compile(r"\b(palette_registry|image_swap_values)\b")


@functools.cache
def load(role: str, path: str) -> t.Any:
    return yaml.safe_load((CHECKOUT / "roles" / role / path).read_text(encoding="utf-8"))


def options(role: str) -> dict[str, t.Any]:
    specs = load(role, "meta/argument_specs.yml")["argument_specs"]
    assert list(specs) == ["main"]
    return dict(specs["main"]["options"])


def template_of_no_text(option: dict[str, t.Any], default: t.Any) -> bool:
    return "{{" in str(default) and option["type"] in ("bool", "int", "float", "dict")


@pytest.mark.parametrize("role", ROLES)
def test_the_specs_are_the_defaults(role: str) -> None:
    """Options with secrets show no default, nor do templates of what is no text.

    Where an argument is wrong, Ansible prints the whole spec, its templates evaluated. And a
    template is text, which linters refuse there; the description names the variable.
    """
    defaults = load(role, "defaults/main.yml")
    specs = options(role)
    assert list(specs) == list(defaults)
    for name, option in specs.items():
        if SECRETS.search(str(defaults[name])):
            assert option["no_log"] is True
            assert "default" not in option
        elif template_of_no_text(option, defaults[name]):
            variables = re.findall(r"\w+", str(defaults[name]))
            assert variables[0] in str(option["description"])
            assert "default" not in option
        else:
            assert option["default"] == defaults[name]


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_prefixed_described_and_in_the_readme(role: str) -> None:
    readme = (CHECKOUT / "roles" / role / "README.md").read_text(encoding="utf-8")
    for name, option in options(role).items():
        assert name.startswith(f"{role}_")
        assert option["description"]
        assert f"`{name}`" in readme, f"{name} is missing in the README"


@pytest.mark.parametrize("role", ROLES)
def test_every_boolean_is_read_as_one(role: str) -> None:
    """A survey sends "false" as a string, which is true where nobody converts it.

    The option of an action converts what it is given alone, so that is allowed as well.
    """
    tasks = (CHECKOUT / "roles" / role / "tasks" / "main.yml").read_text(encoding="utf-8")
    for name, option in options(role).items():
        if option["type"] == "bool":
            rest = re.sub(rf'^    \w+: "{{{{ {name} }}}}"$', "", tasks, flags=re.MULTILINE)
            assert not re.search(rf"\b{name}\b(?! *[|] *bool)", rest), f"{name} without | bool"


@pytest.mark.parametrize("role", ROLES)
def test_every_registered_result_is_the_roles_own(role: str) -> None:
    tasks = load(role, "tasks/main.yml")
    for task in tasks:
        assert re.fullmatch(rf"{role}_(\w+_)?result", task.get("register", f"{role}_result"))
        assert task["name"]


# The options that say which Secret and which release are meant: some of them is not enough.
WHICH = {"name", "namespace", "release_name", "release_namespace"}


@pytest.mark.parametrize("role", ROLES)
def test_every_action_is_told_which_secret_and_release(role: str) -> None:
    for path in sorted((CHECKOUT / "roles" / role / "tasks").iterdir()):
        for task in yaml.safe_load(path.read_text(encoding="utf-8")):
            for key, given in task.items():
                collection, _dot, action = key.rpartition(".")
                if collection == "palette.image_registry":
                    module = f"{_ACTIONS}.{action}"
                    plugin = importlib.import_module(module).ActionModule
                    arguments = getattr(plugin, "ARGUMENTS", {})
                    assert WHICH.intersection(arguments) <= set(given), f"{path}: {action}"
