# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a real module: its options by its own spec, its result as Ansible would get it."""

from __future__ import annotations

import types
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator


class _EndError(Exception):
    """The module has told its result."""

    def __init__(self, result: dict[str, t.Any]) -> None:
        super().__init__(str(result))
        self.result = result


class FakeModule:
    """Stands for AnsibleModule, which would read standard input and end the process."""

    spec: t.ClassVar[dict[str, t.Any]] = {}
    given: t.ClassVar[dict[str, t.Any]] = {}

    def __init__(self, argument_spec: dict[str, t.Any], supports_check_mode: bool) -> None:
        assert supports_check_mode
        type(self).spec = argument_spec
        validated = ArgumentSpecValidator(argument_spec).validate(dict(self.given))
        if validated.error_messages:
            self.fail_json(msg="\n".join(validated.error_messages))
        self.params = validated.validated_parameters

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        raise _EndError(result)

    def fail_json(self, **result: t.Any) -> t.NoReturn:
        raise _EndError({"failed": True, **result})


def run_module(
    monkeypatch: pytest.MonkeyPatch, module: types.ModuleType, options: dict[str, t.Any]
) -> dict[str, t.Any]:
    """Return what a module returns."""
    monkeypatch.setattr(module, "AnsibleModule", FakeModule)
    monkeypatch.setattr(FakeModule, "given", options)
    with pytest.raises(_EndError) as end:
        module.main()
    return end.value.result


def documented(module: types.ModuleType) -> dict[str, t.Any]:
    """Return the options as a module's documentation has them, and no more than the spec has."""
    return dict(yaml.safe_load(module.DOCUMENTATION)["options"])


def shape(option: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    """Return what a spec and a documentation both say of an option."""
    inner = option.get("options") or option.get("suboptions") or {}
    named = {name: shape(one) for name, one in inner.items()}
    keys = ("default", "required", "choices", "elements")
    return (option.get("type") or "str", named, *(option.get(key) or None for key in keys))
