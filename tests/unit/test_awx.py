# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made in AWX asks for variables that there are, and AWX would take it."""

from __future__ import annotations

import functools
import pathlib
import re
import typing as t

import pytest
import yaml

from tests.awx import config, rules
from tests.pages.variables import WIDE, read_by, variables
from tests.sandbox import tools

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
JOBS = config.load("jobs")
TEMPLATES = {template["name"]: template for template in JOBS["controller_templates"]}
CREDENTIALS = config.load("credentials")
SECRET = re.compile(r"password|secret|token$|kubeconfig|api_key|ca_cert$")

# could_be_playbook in awx/main/utils/ansible.py, as of all releases.
AWX_PLAYBOOK = re.compile(r"^\s*?-?\s*?(?:hosts|include|import_playbook):", re.MULTILINE)
SURVEY_TYPES = {
    "bool": "multiplechoice",
    "int": "integer",
    "float": "float",
    "str": "text",
    "path": "text",
}

Question = dict[str, t.Any]
QUESTIONS: list[tuple[str, Question]] = [
    (name, question)
    for name, template in TEMPLATES.items()
    for question in template["survey_spec"]["spec"]
]
each_question = pytest.mark.parametrize(
    ("template", "question"),
    QUESTIONS,
    ids=[f"{name}: {question['variable']}" for name, question in QUESTIONS],
)


# A boolean is one of these, so a role's specification cannot name them: YAML reads true as one.
WORDS = {"palette_assume_default": ["unknown", "true", "false"]}
HOW_TO_RUN = re.compile(
    r"palette_(check_\w+|allow_ecr_token|assume_default|secret_replace"
    r"|image_swap_(wait|recover_pending))"
)
"""What begins with palette_ and does not say what a cluster is."""


@functools.cache
def options() -> dict[str, dict[str, t.Any]]:
    """Return all variables by name. A default that is worked out is that template."""
    paths = [*CHECKOUT.glob("roles/*/defaults/*.yml"), *CHECKOUT.glob("roles/*/tasks/*.yml")]
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        name: {
            "default": next((one for one in lines if "{{" in one and name in one), ""),
            "choices": WORDS.get(name),
            **spec.option,
        }
        for name, spec in variables().items()
    }


@each_question
def test_a_question_is_an_option_of_its_type_and_choices(template: str, question: Question) -> None:
    option = options()[question["variable"]]
    choices = ["true", "false"] if option["type"] == "bool" else option["choices"]
    assert question.get("choices") == choices
    expected = "multiplechoice" if choices else SURVEY_TYPES[option["type"]]
    assert question["type"] == expected


@each_question
def test_an_untouched_survey_is_the_playbooks_default(template: str, question: Question) -> None:
    default = options()[question["variable"]]["default"]
    if isinstance(default, str) and "{{" in default:
        assert str(question["default"]).lower() in default  # the default is worked out
    else:
        shown = str(default).lower() if isinstance(default, bool) else default
        assert question["default"] == shown


@each_question
def test_the_playbook_reads_the_answer(template: str, question: Question) -> None:
    path = CHECKOUT / TEMPLATES[template]["playbook"]
    (play,) = yaml.safe_load(path.read_text(encoding="utf-8"))
    name = play["import_playbook"].removeprefix("palette.image_registry.")
    assert question["variable"] in read_by(name)


@each_question
def test_no_question_asks_for_a_secret_or_for_what_a_cluster_is(
    template: str, question: Question
) -> None:
    assert question["type"] != "password"
    option = options()[question["variable"]]
    assert option["type"] == "bool" or not SECRET.search(question["variable"])
    name = question["variable"]
    assert not name.startswith(WIDE) or HOW_TO_RUN.fullmatch(name)
    assert not option.get("no_log")


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_awx_takes_the_survey(name: str) -> None:
    assert rules.survey_errors(TEMPLATES[name]["survey_spec"]) == []


def test_awx_takes_the_survey_of_the_workflow() -> None:
    (workflow,) = JOBS["controller_workflows"]
    assert rules.survey_errors(workflow["survey_spec"]) == []


BAD_SURVEY: list[tuple[dict[str, t.Any], str]] = [
    ({"type": "boolean"}, "type"),
    ({"choices": [True, False]}, "choices"),
    ({"default": True}, "default"),
    ({"default": "maybe"}, "not a choice"),
    ({"required": "yes"}, "required"),
    ({"variable": None}, "variable"),
    ({"choices": None}, "choices"),
    ({"min": "1"}, "min"),
]


@pytest.mark.parametrize(("change", "error"), BAD_SURVEY)
def test_the_rules_would_tell_a_survey_that_awx_refuses(
    change: dict[str, t.Any], error: str
) -> None:
    question = {**TEMPLATES["Palette override"]["survey_spec"]["spec"][-1], **change}
    found = rules.survey_errors({"name": "", "description": "", "spec": [question]})
    assert found
    assert all(error in one for one in found)


@pytest.mark.parametrize(
    "kind", CREDENTIALS["controller_credential_types"], ids=lambda k: k["name"]
)
def test_awx_takes_the_credential_type(kind: dict[str, t.Any]) -> None:
    assert rules.credential_type_errors(kind) == []
    secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
    # Every program that a job starts is handed the environment.
    injectors = [kind["injectors"].get(name, {}) for name in ("env", "extra_vars")]
    for template in [text for names in injectors for text in names.values()]:
        assert not any(re.search(rf"(?<!\.){name}\b", template) for name in secret)


BAD_TYPE: list[tuple[dict[str, t.Any], str]] = [
    ({"kind": "ssh"}, "kind"),
    ({"injectors": {"env": {"ANSIBLE_X": "{{ username }}"}}}, "ANSIBLE_X"),
    ({"injectors": {"extra_vars": {"x": "{{ user }}"}}}, "'user' is undefined"),
    ({"injectors": {"file": {"template": "", "template.b": ""}}}, "not mixed"),
    ({"injectors": {"files": {}}}, "files"),
    ({"inputs": {"fields": [{"id": "tower", "label": ""}]}}, "tower"),
    ({"inputs": {"fields": [{"id": "a", "label": "", "hidden": True}]}}, "hidden"),
    ({"inputs": {"fields": [], "required": ["username"]}}, "username"),
]


@pytest.mark.parametrize(("change", "error"), BAD_TYPE)
def test_the_rules_would_tell_a_type_that_awx_refuses(change: dict[str, t.Any], error: str) -> None:
    kind = {**CREDENTIALS["controller_credential_types"][0], **change}
    if "inputs" in change:
        kind["injectors"] = {}
    assert any(error in found for found in rules.credential_type_errors(kind))


def test_credentials_fill_the_fields_of_their_types() -> None:
    types = {kind["name"]: kind for kind in CREDENTIALS["controller_credential_types"]}
    for name in ("registry", "kubeconfig", "nodes"):
        credential = CREDENTIALS[f"palette_awx_{name}_credential"]
        fields = types[credential["credential_type"]]["inputs"]["fields"]
        assert set(credential["inputs"]) == {field["id"] for field in fields}


def test_the_inventory_source_is_told_its_kubeconfig() -> None:
    """By a name that the plugin reads: a source gets no extra variables."""
    types = {kind["name"]: kind for kind in CREDENTIALS["controller_credential_types"]}
    source = config.load("inventory")["palette_awx_nodes_source"]
    (name,) = types[source["credential"]]["injectors"]["env"]
    plugin = (CHECKOUT / "plugins/inventory/cluster_nodes.py").read_text(encoding="utf-8")
    assert re.search(rf"^  kubeconfig:(\n    .*)*- name: {name}$", plugin, re.MULTILINE)
    example = yaml.safe_load((CHECKOUT / "awx/nodes.cluster_nodes.yml").read_text("utf-8"))
    assert all("kubeconfig" not in cluster for cluster in example["clusters"])
    assert not source.get("overwrite_vars"), "it would take the variables of the inventory away"


def test_templates_name_what_is_made() -> None:
    made = {
        "project": "controller_projects",
        "execution_environment": "controller_execution_environments",
    }
    inventories = config.load("inventory")["controller_inventories"]
    for template in TEMPLATES.values():
        for key, variable in made.items():
            assert template[key] in {item["name"] for item in JOBS[variable]}
        assert template["inventory"] in {item["name"] for item in inventories}
        text = (CHECKOUT / template["playbook"]).read_text(encoding="utf-8")
        assert AWX_PLAYBOOK.search(text), "AWX would not list it"
        assert template["ask_limit_on_launch"] is True


def test_the_workflow_asks_before_it_changes_something() -> None:
    (workflow,) = JOBS["controller_workflows"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    order = ["plan"]
    while following := nodes[order[-1]].get("related", {}).get("success_nodes"):
        (one,) = following
        order.append(one["identifier"])
    assert order == list(nodes) == ["plan", "dry_run", "approval", "override", "verify"]
    kinds = [node["unified_job_template"]["type"] for node in nodes.values()]
    job, approval = "job_template", "workflow_approval"
    assert kinds == [job, job, approval, job, job]
    assert TEMPLATES[nodes["dry_run"]["unified_job_template"]["name"]]["job_type"] == "check"
    for node in nodes.values():
        template = node["unified_job_template"]
        assert template["type"] == "workflow_approval" or template["name"] in TEMPLATES
    assert workflow["survey_spec"] == TEMPLATES["Palette override"]["survey_spec"]


def test_the_schedule_looks_for_drift_and_awx_takes_it() -> None:
    (schedule,) = JOBS["controller_schedules"]
    assert TEMPLATES[schedule["unified_job_template"]]["playbook"].endswith("/verify.yml")
    assert rules.rrule_errors(schedule["rrule"]) == []


SURVEYS = [
    *(pytest.param(one["survey_spec"], id=name) for name, one in TEMPLATES.items()),
    *(pytest.param(one["survey_spec"], id=one["name"]) for one in JOBS["controller_workflows"]),
]


@pytest.mark.parametrize("survey", SURVEYS)
def test_a_launch_without_answers_runs_with_the_defaults(survey: dict[str, t.Any]) -> None:
    """AWX refuses it with "value missing" where a question is required, whatever its default."""
    variables, errors = rules.launch(survey, {})
    assert errors == []
    assert variables == {one["variable"]: one["default"] for one in survey["spec"]}
    asked = {**survey, "spec": [{**one, "required": True} for one in survey["spec"]]}
    assert len(rules.launch(asked, {})[1]) == len(survey["spec"])


@each_question
def test_blank_and_wrong_answers_are_refused(template: str, question: Question) -> None:
    survey = TEMPLATES[template]["survey_spec"]
    wrong: list[t.Any] = [None, ["x"]]
    if question["variable"] != "forget_confirm":
        wrong.append("")
    of_type: dict[str, list[t.Any]] = {
        "multiplechoice": ["True"],
        "integer": ["5", -1, 10**6],
    }
    wrong += of_type.get(question["type"], [7])
    for answer in wrong:
        assert rules.launch(survey, {question["variable"]: answer})[1], answer


def test_the_rulebook_starts_the_workflow_and_hands_nothing_on() -> None:
    """The gate `rulebook` runs it."""
    text = (CHECKOUT / "extensions/eda/rulebooks/override.yml").read_text(encoding="utf-8")
    (ruleset,) = yaml.safe_load(text)
    (source,) = ruleset["sources"]
    assert source["eda.builtin.webhook"]["token"] == "{{ PALETTE_EDA_TOKEN }}"
    (workflow,) = JOBS["controller_workflows"]
    (schedule,) = JOBS["controller_schedules"]
    changed, drifted = ruleset["rules"]
    assert f'event.payload.name == "{schedule["unified_job_template"]}"' in drifted["condition"]
    for rule in (changed, drifted):
        launched = rule["action"]["run_workflow_template"]
        assert launched["name"] == workflow["name"]
        assert launched["include_events"] is False
        assert "job_args" not in launched
    guide = (CHECKOUT / "docs" / "docsite" / "rst" / "awx.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"PALETTE_EDA_\w+|PALETTE_AWX_\w+", text)) <= set(
        re.findall(r"\w+", guide)
    )


def test_the_schedule_needs_no_answers() -> None:
    (schedule,) = JOBS["controller_schedules"]
    assert "extra_data" not in schedule


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T043000 RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T043000Z RRULE:FREQ=DAILY",
        "DTSTART:20260101T043000Z RRULE:FREQ=SECONDLY;INTERVAL=1",
    ],
)
def test_the_rules_would_tell_a_schedule_that_awx_refuses(rule: str) -> None:
    assert rules.rrule_errors(rule)


def test_secrets_are_not_logged() -> None:
    settings = config.load("settings")
    logging = {name: value for name, value in settings.items() if name.endswith("_secure_logging")}
    assert logging
    assert set(logging.values()) == {True}


def test_nothing_secret_is_in_the_files() -> None:
    settings = config.load("settings")
    for name in ("registry_username", "registry_password", "registry_ca_cert"):
        assert settings[f"palette_awx_{name}"] == ""
    for name in ("kubeconfig", "nodes_kubeconfig", "notification_url"):
        assert settings[f"palette_awx_{name}"] == ""


def test_the_execution_environment_is_pinned() -> None:
    path = CHECKOUT / "awx" / "execution-environment.yml"
    definition = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert definition["version"] == 3
    assert re.search(r":[\d.]+@sha256:[0-9a-f]{64}$", definition["images"]["base_image"]["name"])
    dependencies = definition["dependencies"]
    galaxy = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    collections = {item["name"]: item["version"] for item in dependencies["galaxy"]["collections"]}
    assert collections["palette.image_registry"] == galaxy["version"]
    for place in (
        "awx/execution-environment.yml",
        "awx/config/settings.yml",
        "docs/docsite/rst/awx.rst",
    ):
        tags = re.findall(r"palette-image-registry-ee:(\S+)", (CHECKOUT / place).read_text("utf-8"))
        assert set(tags) == {galaxy["version"]}, place
    assert set(galaxy["dependencies"]) < set(collections)
    wanted = (CHECKOUT / "requirements.txt").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)>=", wanted, re.MULTILINE)) == {
        item.partition("==")[0] for item in dependencies["python"]
    }
    pinned = [
        *dependencies["python"],
        dependencies["ansible_core"]["package_pip"],
        dependencies["ansible_runner"]["package_pip"],
        *(f"x=={version}" for version in collections.values()),
    ]
    assert all(re.search(r"==\d+(\.\d+)+$", item) for item in pinned)
    assert definition["options"]["user"] not in ("0", "root")


def test_its_helm_is_of_a_release_that_the_tests_use_and_its_checksum_is_checked() -> None:
    text = (CHECKOUT / "awx" / "execution-environment.yml").read_text(encoding="utf-8")
    (release,) = re.findall(r"HELM_VERSION=(\d+\.\d+)\.\d+$", text, re.MULTILINE)
    assert any(part.title.startswith(f"helm {release}.") for part in tools.parts())
    assert len(set(re.findall(r"HELM_SHA256_\w+=([0-9a-f]{64})$", text, re.MULTILINE))) == 2
    assert "sha256sum --check --strict" in text


def test_the_guide_names_templates_questions_and_files() -> None:
    guide = (CHECKOUT / "docs" / "docsite" / "rst" / "awx.rst").read_text(encoding="utf-8")
    shown = set(re.findall(r"``([^`]+)``", guide))
    assert set(TEMPLATES) <= shown
    assert {question["variable"] for _template, question in QUESTIONS} <= shown
    injected = [
        kind["injectors"].get("extra_vars") or kind["injectors"]["env"]
        for kind in CREDENTIALS["controller_credential_types"]
    ]
    assert {name for names in injected for name in names} <= shown
    files = {path for path in shown if path.startswith("config/") or path.endswith(".yml")}
    of_the_collection = {"extensions/eda/rulebooks/override.yml"}
    for name in files - {"vault.yml", "awx/nodes.cluster_nodes.yml"} - of_the_collection:
        assert (CHECKOUT / "awx" / name).exists()
    assert {f"config/{path.name}" for path in (CHECKOUT / "awx" / "config").iterdir()} <= files


def test_the_guides_inventory_is_the_shipped_one() -> None:
    guide = (CHECKOUT / "docs" / "docsite" / "rst" / "awx.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"code-block:: yaml\n\n((?:  .*\n|\n)+)", guide)
    (shown,) = (yaml.safe_load(block) for block in blocks if "  palette_registry:" in block)
    (inventory,) = config.load("inventory")["controller_inventories"]
    shipped = inventory["variables"]["palette_registry"]
    for name, value in shown["palette_registry"].items():
        assert name == "mirrors" or shipped[name] == value
    assert shown["palette_registry"]["mirrors"].items() <= shipped["mirrors"].items()
