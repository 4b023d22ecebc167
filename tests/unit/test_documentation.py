# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions take is what the modules of these names document."""

from __future__ import annotations

import importlib
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.plugin_utils._action import (
    ACCESS_ARGUMENTS,
)

PLUGINS = "ansible_collections.palette.image_registry.plugins"
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "plugins"
ACTIONS = sorted(path.stem for path in (FOLDER / "action").glob("[!_]*.py"))


def documented(action: str) -> dict[str, t.Any]:
    """Return the options in the documentation, those of its fragments among them."""
    found = yaml.safe_load(importlib.import_module(f"{PLUGINS}.modules.{action}").DOCUMENTATION)
    options = dict(found.get("options") or {})
    for name in found.get("extends_documentation_fragment") or ():
        fragment, _dot, part = name.removeprefix("palette.image_registry.").partition(".")
        holder = importlib.import_module(f"{PLUGINS}.doc_fragments.{fragment}").ModuleDocFragment
        text = getattr(holder, part.upper() or "DOCUMENTATION")
        options.update(yaml.safe_load(text).get("options") or {})
    return options


def taken(action: str) -> dict[str, t.Any]:
    module = importlib.import_module(f"{PLUGINS}.action.{action}")
    own = getattr(module.ActionModule, "ARGUMENTS", None)
    return dict(module._ARGUMENTS) if own is None else {**ACCESS_ARGUMENTS, **own}


def shape(option: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    keys = ("default", "required", "choices", "elements")
    return (option.get("type") or "str", *(option.get(key) or None for key in keys))


@pytest.mark.parametrize("action", ACTIONS)
def test_every_option_is_documented_as_it_is(action: str) -> None:
    in_words = {name: shape(option) for name, option in documented(action).items()}
    assert in_words == {name: shape(option) for name, option in taken(action).items()}
