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

from ansible_collections.palette.image_registry.plugins.plugin_utils._action import ACCESS_ARGUMENTS
from tests.pages.variables import WIDE, roles

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (CHECKOUT / "roles").iterdir())

_ACTIONS = "ansible_collections.palette.image_registry.plugins.action"

SECRETS = {"palette_registry", "palette_image_swap_values"}


@functools.cache
def load(role: str, path: str) -> t.Any:
    file = CHECKOUT / "roles" / role / path
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}


def template_of_no_text(option: dict[str, t.Any], default: t.Any) -> bool:
    return "{{" in str(default) and option["type"] in ("bool", "int", "float", "dict")


@pytest.mark.parametrize("role", ROLES)
def test_the_specs_are_the_defaults(role: str) -> None:
    """A template of what is no text shows no default, since that is text, which linters refuse.

    The description names its variable then. Variables of the whole collection have no default in
    a role: those of the actions hold.
    """
    defaults = load(role, "defaults/main.yml")
    specs = {name: spec for name, spec in roles()[role].items() if not name.startswith(WIDE)}
    assert set(specs) == set(defaults)
    for name, option in specs.items():
        if template_of_no_text(option, defaults[name]):
            assert re.findall(r"[a-z]\w+_\w+", defaults[name])[0] in str(option["description"])
            assert "default" not in option
        else:
            assert option["default"] == defaults[name]


def test_secrets_show_no_default() -> None:
    """Where an argument is wrong, Ansible prints the whole spec, its templates evaluated."""
    for options in roles().values():
        for name in SECRETS & options.keys():
            assert options[name]["no_log"] is True
            assert "default" not in options[name]


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_prefixed_described_and_in_the_readme(role: str) -> None:
    readme = (CHECKOUT / "roles" / role / "README.md").read_text(encoding="utf-8")
    for name, option in roles()[role].items():
        assert name.startswith((f"{role}_", WIDE))
        assert option["description"]
        assert f"`{name}`" in readme, f"{name} is missing in the README"


@pytest.mark.parametrize("role", ROLES)
def test_every_boolean_is_read_as_one(role: str) -> None:
    """A survey sends "false" as a string, which is true where nobody converts it.

    The option of an action converts what it is given alone, so that is allowed as well.
    """
    for path in (CHECKOUT / "roles" / role / "tasks").glob("*.yml"):
        tasks = path.read_text(encoding="utf-8")
        for name, option in roles()[role].items():
            if option["type"] == "bool":
                alone = rf'^    \w+: "{{{{ {name}( \| default\(omit\))? }}}}"$'
                rest = re.sub(alone, "", tasks, flags=re.MULTILINE)
                converted = r"(?: \| default\(\w+\))? \| bool"
                assert not re.search(rf"\b{name}\b(?!{converted})", rest), f"{name} without | bool"


@pytest.mark.parametrize("role", ROLES)
def test_every_registered_result_is_the_roles_own(role: str) -> None:
    tasks = load(role, "tasks/main.yml")
    for task in tasks:
        assert re.fullmatch(rf"{role}_(\w+_)?result", task.get("register", f"{role}_result"))
        assert task["name"]


# The options that say which release is meant: some of them is not enough.
WHICH = {"release_name", "release_namespace"}


@pytest.mark.parametrize("role", ROLES)
def test_every_action_is_told_which_release(role: str) -> None:
    for path in sorted((CHECKOUT / "roles" / role / "tasks").iterdir()):
        for task in yaml.safe_load(path.read_text(encoding="utf-8")):
            for key, given in task.items():
                collection, _dot, action = key.rpartition(".")
                if collection == "palette.image_registry" and not given.get("identity_only"):
                    module = f"{_ACTIONS}.{action}"
                    plugin = importlib.import_module(module).ActionModule
                    arguments = getattr(plugin, "ARGUMENTS", {})
                    assert WHICH.intersection(arguments) <= set(given), f"{path}: {action}"


# The playbooks do not let Ansible validate the variables of these, in a task of its own each.
VALIDATED_BY_THEIR_ACTION = (
    "preflight",
    "transaction",
    "image_swap",
    "registry_secret",
    "rollback",
)
# Every action on a cluster reads this one itself.
READ_BY_ACTIONS = {"palette_api_timeout"}


def given_to_the_action(role: str) -> dict[str, t.Any]:
    """Return the option of a role's one action by the variable that it is given by."""
    (task,) = (
        (key, given)
        for task in load(role, "tasks/main.yml")
        for key, given in task.items()
        if key.startswith("palette.image_registry.")
    )
    plugin = importlib.import_module(f"{_ACTIONS}.{task[0].rpartition('.')[2]}").ActionModule
    arguments = {**ACCESS_ARGUMENTS, **plugin.ARGUMENTS}
    found = {}
    for name, text in task[1].items():
        variable = re.match(r"\s*\{\{\s*(\w+)", str(text))
        if variable:
            found[variable[1]] = arguments[name]
    return found


@pytest.mark.parametrize("role", VALIDATED_BY_THEIR_ACTION)
def test_an_action_refuses_what_the_roles_spec_refuses(role: str) -> None:
    given = given_to_the_action(role)
    for name, option in roles()[role].items():
        if name in READ_BY_ACTIONS or (name not in given and option["type"] == "path"):
            continue  # a path takes any text
        taken = given[name]
        # Settings are judged one by one, in words of their own.
        anything = option["type"] == "str" or name == "palette_registry"
        assert anything or taken["type"] == option["type"], f"{name}: {taken}"
        assert option.get("choices") in (None, taken.get("choices")), f"{name}: {taken}"


def test_only_these_are_not_validated_by_ansible() -> None:
    texts = [path.read_text("utf-8") for path in (CHECKOUT / "playbooks").glob("*.yml")]
    named = re.findall(r"name: palette\.image_registry\.(\w+)\n +(.*)", "".join(texts))
    loose = {role for role, after in named if after.startswith("rolespec_validate: false")}
    assert loose == {*VALIDATED_BY_THEIR_ACTION, "report"}
