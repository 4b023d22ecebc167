# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The frame around every action: what leaves it are results and findings, in visible text."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import abc
import gc
import re
import traceback
import typing as t

from ansible import errors
from ansible.module_utils.parsing.convert_bool import BOOLEANS
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._python import refusal
from ..module_utils._redact import Redactor, redacting
from ..module_utils._visible import visible_data
from ._failure import Failure
from ._terminal import tell

Result = dict[str, t.Any]

_PLAIN = re.compile(
    r"\{\{ (?P<name>\w+)(\.(?P<key>\w+))?( \| default\((?P<default>omit|\{\}|'')\))? \}\}"
)
_EMPTY: dict[str, type] = {"{}": dict, "''": str}
_ABSENT = object()
_COLLECTION = "ansible_collections.palette.image_registry."
_VARIABLE = re.compile(r"\s*\{\{\s*(\w+)")


class GuardedAction(ActionBase):  # type: ignore[misc]  # ansible-core has no types
    """An action that ends in a result or in findings, whatever happens in it."""

    def __init__(self, *arguments: t.Any, **options: t.Any) -> None:
        """Know no secret yet."""
        super().__init__(*arguments, **options)
        self.redactor = Redactor()

    def run(
        self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None
    ) -> dict[str, t.Any]:
        """Return what `answer` does, or why it does not; nothing of it is secret or hidden."""
        # What this worker has from ansible-playbook outlives it: to look for garbage in that costs
        # a fifth of its time, and copies the memory that both share.
        gc.freeze()
        result: Result = super().run(tmp, task_vars)
        try:
            with redacting(self.redacted):
                _require_python()
                result.update(self.answer(task_vars or {}))
        except Failure as failure:
            result.update(failure.result(self.redacted))
        except errors.AnsibleError as error:
            result.update(failed=True, msg=self.redacted(str(error)))
        except Exception as error:  # a defect of ours, or input that none of us thought of
            result.update(self.unexpected(error))
        return t.cast("Result", visible_data(result))

    @classmethod
    def finalize_task_arg(cls, name: str, value: t.Any, templar: t.Any, *more: t.Any) -> t.Any:
        """Return what an argument means, as ansible-core from 2.19 on asks for.

        Most are `{{ variable | default(omit) }}`: to compile that takes a millisecond and more, for
        each of a hundred arguments in a run. A variable that is no template needs none.
        """
        plain = _PLAIN.fullmatch(value) if isinstance(value, str) else None
        if plain:
            variable = _variable(plain, templar.available_variables)
            if variable is _ABSENT and plain["default"] == "omit":
                raise errors.AnsibleValueOmittedError
            if variable is _ABSENT and plain["default"]:
                return _EMPTY[plain["default"]]()
            if variable not in (None, _ABSENT) and not _is_template(variable):
                return templar.template(variable)
        return super().finalize_task_arg(name, value, templar, *more)

    @abc.abstractmethod
    def answer(self, task_vars: dict[str, t.Any]) -> Result:
        """Do what the action is for, and return its result. Raises Failure."""

    def unexpected(self, error: Exception) -> Result:
        """Return the result of an action in which something was raised that nobody expected."""
        return internal_error(error).result(self.redacted)

    def redacted(self, text: str) -> str:
        """Return a text without any secret that is known by now."""
        return self.redactor.text(text)

    def tell(self, text: str) -> None:
        """Show a line to a person while the task runs."""
        tell(self.redacted(text))

    def valid_arguments(
        self, spec: t.Mapping[str, t.Mapping[str, t.Any]], **more: t.Any
    ) -> dict[str, t.Any]:
        """Return the arguments of the task. Raises AnsibleError where they are wrong.

        What stands in place of a boolean may be a password in the wrong line, so it is not shown.
        """
        given = self._task.args
        kept, self.redactor = self.redactor, Redactor(_no_booleans(given, spec))
        try:
            _validated, arguments = self.validate_argument_spec(spec, **more)
        except errors.AnsibleError as error:
            raise errors.AnsibleError(f"{error}{self._given_by(str(error))}") from None
        self.redactor = kept
        return t.cast("dict[str, t.Any]", arguments)

    def _given_by(self, said: str) -> str:
        """Return in words which variables the task gives as options that are said to be wrong.

        Who set a variable of a role knows that, and no option of an action.
        """
        written: t.Mapping[str, t.Any] = getattr(self._task, "get_ds", dict)() or {}
        options = written.get(self._task.action) or {}
        found = [
            f"{name} is given by {variable[1]}"
            for name, text in options.items()
            if re.search(rf"(?:argument|value of|arguments:)\s+'?{name}\b", said)
            and (variable := _VARIABLE.match(str(text)))
        ]
        return f" ({', '.join(found)})" if found else ""


def _require_python() -> None:
    refused = refusal()
    if refused:
        fix = "install ansible-core into Python 3.11 or later, for example a virtual environment"
        raise Failure.of("python_too_old", "the controller", refused, fix)


def _variable(plain: re.Match[str], variables: t.Mapping[str, t.Any]) -> t.Any:
    """Return the variable that a plain argument names, or the value of a key of it."""
    variable = variables.get(plain["name"], _ABSENT)
    if plain["key"] is None:
        return variable
    if isinstance(variable, t.Mapping):
        return variable.get(plain["key"], _ABSENT)
    # What else has attributes is left to the template.
    return _ABSENT if variable is _ABSENT else None


def _is_template(variable: t.Any) -> bool:
    return not isinstance(variable, (bool, int, float, dict, list)) and "{" in str(variable)


def _no_booleans(
    given: t.Mapping[str, t.Any], spec: t.Mapping[str, t.Mapping[str, t.Any]]
) -> t.Iterator[str]:
    for name, option in spec.items():
        value = given.get(name)
        if option.get("type") != "bool" or not isinstance(value, str):
            continue
        if value.strip().lower() not in BOOLEANS:
            yield value


def internal_error(error: Exception) -> Failure:
    """Return what nobody expected as a finding that names the place, and show the way there.

    Neither has the error's own words, which may quote a secret that nobody knows of yet.
    """
    kind = type(error).__name__
    place = "an unknown place"
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = str(frame.f_globals.get("__name__", ""))
        Display().vvv(f"{kind} through {name}:{line} in {frame.f_code.co_name}")
        if name.startswith(_COLLECTION):
            place = f"{name.removeprefix(_COLLECTION)}:{line}"
    return Failure.of(
        "internal_error",
        place,
        f"{kind}: this was not expected, so what was to be done or checked here is unknown",
        "look at what was given to this task, files and answers of servers included. Report this"
        " place, the kind of the error and the versions of the collection and of ansible-core; -vvv"
        " shows the way to it",
    )


__all__ = ("GuardedAction", "Result", "internal_error")
