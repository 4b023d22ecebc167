# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX refuses, after its API: survey specs, credential types, recurrence rules.

Sources in ansible/awx: JobTemplateSurveySpec in awx/api/views, CredentialTypeInputField and
CredentialTypeInjectorField in awx/main/fields.py, SchedulePreviewSerializer in awx/api/serializers.
"""

from __future__ import annotations

import re
import types
import typing as t

import jsonschema
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

_TEXT = {"type": "string"}
_NAME = r"^[a-zA-Z_]+[a-zA-Z0-9_]*$"
_QUESTION: dict[str, t.Any] = {
    "type": "object",
    "required": ["type", "question_name", "variable", "required"],
    "properties": {
        "type": {
            "enum": [
                "text",
                "textarea",
                "password",
                "integer",
                "float",
                "multiplechoice",
                "multiselect",
            ]
        },
        "question_name": _TEXT,
        "question_description": _TEXT,
        "variable": {"type": "string", "pattern": _NAME},
        "required": {"type": "boolean"},
        "min": {"type": ["integer", "null"]},
        "max": {"type": ["integer", "null"]},
        "choices": {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True},
    },
    "allOf": [
        {
            "if": {"properties": {"type": {"enum": names}}},
            "then": {"properties": {"default": {"type": kind}}, "required": required},
        }
        for names, kind, required in (
            (["multiplechoice", "multiselect"], "string", ["choices"]),
            (["text", "textarea", "password"], "string", []),
            (["integer"], "integer", []),
            (["float"], "number", []),
        )
    ],
}
_SURVEY = {
    "type": "object",
    "required": ["name", "description", "spec"],
    "properties": {
        "name": _TEXT,
        "description": _TEXT,
        "spec": {"type": "array", "minItems": 1, "items": _QUESTION},
    },
}
_TEMPLATES = {"type": "object", "patternProperties": {_NAME: _TEXT}, "additionalProperties": False}
_FIELD = {
    "type": "object",
    "required": ["id", "label"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["string", "boolean"]},
        "format": {"enum": ["ssh_private_key", "url"]},
        "choices": {"type": "array", "minItems": 1, "items": _TEXT, "uniqueItems": True},
        "id": {"type": "string", "pattern": _NAME, "not": {"const": "tower"}},
        "label": _TEXT,
        "help_text": _TEXT,
        "multiline": {"type": "boolean"},
        "secret": {"type": "boolean"},
        "ask_at_runtime": {"type": "boolean"},
        "default": {},
    },
}
_CREDENTIAL_TYPE = {
    "type": "object",
    "required": ["name", "kind", "inputs", "injectors"],
    "properties": {
        "kind": {"enum": ["cloud", "net"]},
        "inputs": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "required": {"type": "array", "items": _TEXT},
                "fields": {"type": "array", "items": _FIELD},
            },
        },
        "injectors": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "file": {
                    "type": "object",
                    "patternProperties": {r"^template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?$": _TEXT},
                    "additionalProperties": False,
                },
                "env": _TEMPLATES,
                "extra_vars": _TEMPLATES,
            },
        },
    },
}


def survey_errors(survey: t.Mapping[str, t.Any]) -> list[str]:
    """Return why AWX would refuse a survey."""
    errors = _schema_errors(survey, _SURVEY)
    if errors:
        return errors
    names = [question["variable"] for question in survey["spec"]]
    errors += [f"{name} is asked for twice" for name in set(names) if names.count(name) > 1]
    for question in survey["spec"]:
        default = question.get("default", "")
        if "choices" in question and default not in ("", *question["choices"]):
            errors.append(f"{question['variable']}: {default} is not a choice")
    return errors


def launch(
    survey: t.Mapping[str, t.Any], answers: t.Mapping[str, t.Any]
) -> tuple[dict[str, t.Any], list[str]]:
    """Return the extra variables of a launch with these answers, and why AWX would refuse it.

    After SurveyJobTemplateMixin in awx/main/models/mixins.py, which AWX asks for a launch by its
    web interface, API, webhook and schedule: defaults that are right, and over them the answers.
    """
    questions = {question["variable"]: question for question in survey["spec"]}
    unknown = [f"{name} is not allowed on launch" for name in answers if name not in questions]
    errors = [error for one in questions.values() for error in _answer_errors(one, answers)]
    variables = {
        name: question["default"]
        for name, question in questions.items()
        if question.get("default") is not None
        and not _answer_errors(question, {name: question["default"]})
    }
    return variables | dict(answers), unknown + errors


def _answer_errors(question: t.Mapping[str, t.Any], answers: t.Mapping[str, t.Any]) -> list[str]:
    name, kind = question["variable"], question["type"]
    if name not in answers:
        return [f"'{name}' value missing"] if question["required"] else []
    answer = answers[name]
    if kind == "multiplechoice":
        return [] if answer in question["choices"] else [f"{name}: {answer} is not a choice"]
    expected = int if kind == "integer" else str
    if type(answer) is not expected:
        return [f"{name}: {answer} is no {expected.__name__}"]
    size = int(answer) if kind == "integer" else len(str(answer))
    lowest, highest = question.get("min"), question.get("max")
    too_small = lowest is not None and size < lowest
    too_large = highest is not None and size > highest
    return [f"{name}: {answer} is too small or too large"] if too_small or too_large else []


def credential_type_errors(kind: t.Mapping[str, t.Any]) -> list[str]:
    """Return why AWX would refuse a credential type."""
    errors = _schema_errors(kind, _CREDENTIAL_TYPE)
    if errors:
        return errors
    names = [field["id"] for field in kind["inputs"]["fields"]]
    required = kind["inputs"].get("required", [])
    errors += [f"{name} is required and no field" for name in required if name not in names]
    errors += [f"{name} is there twice" for name in set(names) if names.count(name) > 1]
    files = [name.partition(".")[2] for name in kind["injectors"].get("file", {})]
    if "" in files and len(files) > 1:
        errors.append("one file and several files are not mixed")
    forbidden = [name for name in kind["injectors"].get("env", {}) if name.startswith("ANSIBLE_")]
    errors += [f"{name} is not allowed in the environment" for name in forbidden]
    filename = types.SimpleNamespace(**dict.fromkeys(files, "FILE")) if any(files) else "FILE"
    known = dict.fromkeys(names, "EXAMPLE") | {"tower": types.SimpleNamespace(filename=filename)}
    return errors + _template_errors(kind["injectors"], known)


def rrule_errors(rule: str) -> list[str]:
    """Return why AWX would refuse when a schedule runs."""
    starts = re.findall(r"DTSTART(?:;TZID=[^:]+:\d+T\d+|:\d+T\d+Z)(?=\s)", rule)
    rules = re.findall(r"RRULE:(\S+)", rule)
    errors = [] if len(starts) == 1 else ["one DTSTART with a time zone is required"]
    errors += [] if len(rules) == 1 else ["one RRULE is required"]
    errors += ["INTERVAL is required" for one in rules if "INTERVAL=" not in one]
    return errors + ["SECONDLY is not supported" for one in rules if "SECONDLY" in one]


def _schema_errors(value: t.Any, schema: t.Mapping[str, t.Any]) -> list[str]:
    found = jsonschema.Draft202012Validator(schema).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


def _template_errors(injectors: t.Mapping[str, t.Any], known: t.Mapping[str, t.Any]) -> list[str]:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    errors = []
    for templates in injectors.values():
        for name, template in templates.items():
            try:
                environment.from_string(template).render(known)
            except TemplateError as error:
                errors.append(f"{name}: {error}")
    return errors


__all__ = ("credential_type_errors", "launch", "rrule_errors", "survey_errors")
