# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing but results and findings leaves an action."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible import errors
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.palette.image_registry.plugins.plugin_utils import _guarded_action
from ansible_collections.palette.image_registry.plugins.plugin_utils._action import (
    KubernetesCoreAction,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials import (
    docker_config as _docker_config,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._guarded_action import (
    GuardedAction,
    Result,
)
from tests.unit.helpers.acting import run_action, write_kubeconfig

ROOT = pathlib.Path(__file__).parents[4]
PASSWORD = "planted-passw0rd"
HOSTILE = "\x1b[2J\u202e\r\x9b"


class Guarded(GuardedAction):
    """Does what a test says."""

    what: t.ClassVar[t.Callable[[], Result]]

    def answer(self, task_vars: dict[str, t.Any]) -> Result:
        self.valid_arguments({"insecure": {"type": "bool"}, "mode": {"choices": ["a", "b"]}})
        return type(self).what()


class Kubernetes(KubernetesCoreAction):
    """Does what a test says, after it has opened the cluster."""

    what: t.ClassVar[t.Callable[[], Result]]

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        return type(self).what()


def answered(kind: t.Any, what: t.Callable[[], t.Any], arguments: dict[str, t.Any]) -> Result:
    action = type(kind.__name__, (kind,), {"what": staticmethod(what), "__module__": "x.y"})
    return run_action(action, arguments, lambda *_: {}).result


def raiser(error: BaseException) -> t.Callable[[], t.Any]:
    def raises() -> t.Any:
        raise error

    return raises


def test_an_older_python_is_told_so_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_guarded_action, "refusal", lambda: "it is too old")
    result = answered(Guarded, raiser(AssertionError()), {})
    assert [finding["code"] for finding in result["findings"]] == ["python_too_old"]
    assert "it is too old" in result["msg"]


TEST_ERRORS: list[Exception] = [
    ValueError(f"invalid literal: {PASSWORD}"),
    KeyError(PASSWORD),
    MemoryError(),
    RecursionError(PASSWORD),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, PASSWORD),
    AssertionError(PASSWORD),
]


@pytest.mark.parametrize("error", TEST_ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("kind", [Guarded, Kubernetes])
def test_whatever_is_raised_becomes_a_finding_without_its_words(
    kind: t.Any, error: Exception, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {"kubeconfig": write_kubeconfig(tmp_path)} if kind is Kubernetes else {}
    display = Display()
    verbosity, display.verbosity = display.verbosity, 6
    try:
        result = answered(kind, raiser(error), arguments)
    finally:
        display.verbosity = verbosity
    assert result["failed"] is True
    (finding,) = result["findings"]
    assert finding["code"] == "internal_error"
    assert type(error).__name__ in finding["message"]
    assert "Traceback" not in json.dumps(result)
    output = "".join(capsys.readouterr())
    assert f"{type(error).__name__} through " in output  # the way there, at -vvv
    assert PASSWORD not in json.dumps(result) + output


def test_the_place_is_ours(capsys: pytest.CaptureFixture[str]) -> None:
    def raises() -> Result:
        return {"x": _docker_config.login_of(7, "x")}  # type: ignore[attr-defined]

    finding = answered(Guarded, raises, {})["findings"][0]
    # To ansible-test the tests are a part of the collection.
    assert finding["subject"].startswith(("plugins.", "tests."))
    assert finding["subject"].rpartition(":")[2].isdigit()


def test_whoever_stops_the_run_stops_it() -> None:
    with pytest.raises(KeyboardInterrupt):
        answered(Guarded, raiser(KeyboardInterrupt()), {})


TEST_RESULTS: list[t.Callable[[], t.Any]] = [
    lambda: {"msg": HOSTILE, "checks": [{"actual": HOSTILE}], HOSTILE: 1, "diff": [[HOSTILE]]},
    raiser(Failure.of("code", HOSTILE, HOSTILE, HOSTILE)),
]


@pytest.mark.parametrize("what", TEST_RESULTS)
def test_what_it_returns_is_visible(what: t.Callable[[], t.Any]) -> None:
    text = json.dumps(answered(Guarded, what, {}), ensure_ascii=False)
    assert "\\u202e" in text
    assert not any(char in text for char in "\x1b\u202e\r\x9b")


def test_a_password_in_place_of_a_boolean_is_not_shown() -> None:
    message = answered(Guarded, dict, {"insecure": PASSWORD})["msg"]
    assert PASSWORD not in message
    assert "insecure" in message
    assert "c" in answered(Guarded, dict, {"mode": "c"})["msg"]
    assert "failed" not in answered(Guarded, dict, {"insecure": "Yes"})


def test_each_action_of_ours_is_guarded() -> None:
    for path in sorted((ROOT / "plugins" / "action").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert "class ActionModule(KubernetesCoreAction):" in text or (
            "class ActionModule(GuardedAction):" in text
        ), path.name
        assert "def run(" not in text, path.name


# what the task gives, what it says in its file, what the error says of variables
TEST_GIVEN: list[tuple[dict[str, t.Any], dict[str, t.Any], str]] = [
    (
        {"mode": "c"},
        {"mode": "{{ palette_mode | default(omit) }}"},
        " (mode is given by palette_mode)",
    ),
    ({"mode": "c"}, {"mode": "{{palette_mode}}", "insecure": "{{ x }}"}, "palette_mode)"),
    ({"insecure": "so"}, {"insecure": "{{ palette_insecure }}"}, "palette_insecure)"),
    ({"mode": "c"}, {"mode": "c"}, ""),
    ({"mode": "c"}, {}, ""),
]


@pytest.mark.parametrize(("given", "written", "says"), TEST_GIVEN)
def test_a_wrong_option_is_told_with_the_variable_that_gives_it(
    given: dict[str, t.Any], written: dict[str, t.Any], says: str
) -> None:
    class Written(Guarded):
        """An action whose task knows how it is written."""

        what: t.ClassVar[t.Callable[[], Result]] = staticmethod(dict)

        def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> Result:
            self._task.get_ds = lambda: {"name": "x", self._task.action: written}
            return super().run(tmp, task_vars)

    message = run_action(Written, given, lambda *_: {}).result["msg"]
    assert says in message
    assert ("is given by" in message) is bool(says)


MAPPING = {"a": 1, "template": "{{ text }}"}


class Templates:
    """Stands for what renders templates: what was not rendered is returned as it is."""

    def __init__(self) -> None:
        self.available_variables = {
            "text": "abc",
            "number": 5,
            "no": False,
            "mapping": MAPPING,
            "nothing": None,
            "template": "{{ text }}",
        }
        self.rendered: list[t.Any] = []

    def template(self, value: t.Any) -> t.Any:
        self.rendered.append(value)
        return value


ARGUMENTS: list[tuple[t.Any, t.Any]] = [
    ("{{ text | default(omit) }}", "abc"),
    ("{{ text }}", "abc"),
    ("{{ number | default(omit) }}", 5),
    ("{{ no | default(omit) }}", False),
    ("{{ mapping | default(omit) }}", MAPPING),
    ("{{ mapping | default({}) }}", MAPPING),
    ("{{ text | default('') }}", "abc"),
    ("{{ mapping.a | default({}) }}", 1),
    ("{{ mapping.a }}", 1),
    # Whatever has more to it is rendered as always.
    ("{{ template | default(omit) }}", "{{ template | default(omit) }}"),
    ("{{ nothing | default(omit) }}", "{{ nothing | default(omit) }}"),
    ("{{ unknown }}", "{{ unknown }}"),
    ("{{ unknown.a }}", "{{ unknown.a }}"),
    ("{{ text.a | default({}) }}", "{{ text.a | default({}) }}"),
    ("{{ mapping.template | default({}) }}", "{{ mapping.template | default({}) }}"),
    ("{{ text | default('x') }}", "{{ text | default('x') }}"),
    ("a {{ text }}", "a {{ text }}"),
    (True, True),
]


ASKED = pytest.mark.skipif(
    not hasattr(ActionBase, "finalize_task_arg"),
    reason="ansible-core before 2.19 asks no action about its arguments",
)


@ASKED
@pytest.mark.parametrize(("value", "rendered"), ARGUMENTS)
def test_an_argument_that_is_one_variable_needs_no_template(value: t.Any, rendered: t.Any) -> None:
    templates = Templates()
    assert Guarded.finalize_task_arg("mode", value, templates, None) == rendered
    assert templates.rendered == [rendered]


@ASKED
@pytest.mark.parametrize("name", ["unknown", "unknown.a", "mapping.b"])
def test_an_argument_whose_variable_is_not_there(name: str) -> None:
    templates = Templates()

    def final(default: str) -> t.Any:
        value = f"{{{{ {name} | default({default}) }}}}"
        return Guarded.finalize_task_arg("mode", value, templates, None)

    with pytest.raises(errors.AnsibleValueOmittedError):
        final("omit")
    assert (final("{}"), final("''")) == ({}, "")
    assert templates.rendered == []
