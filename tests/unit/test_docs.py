# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of guides, READMEs, modules and filters hold, and what they name exists."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t

import pytest
import yaml
from ansible.cli.playbook import PlaybookCLI

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.state import (
    Permission,
    needed_permissions,
)
from tests.doc_examples import GUIDES, READMES, ROOT, Example, examples, in_languages
from tests.pages.variables import variables as specified

NAME = "palette.image_registry."
HOME = "https://github.com/palette-image-registry/palette.image_registry/blob/main/"
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
PLAYBOOKS = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
OWN = re.compile(
    r"(?:palette|plan|override|break_glass|forget|verify|rollback|"
    + "|".join(ROLES)
    + r")_[a-z0-9_]*[a-z0-9]"
)
"""What looks like a variable of the collection."""

# In a checkout the collection is linked there; ansible-test has it where collections are.
LINKED = ROOT / ".cache" / "collections"
COLLECTIONS = {"ANSIBLE_COLLECTIONS_PATH": str(LINKED if LINKED.exists() else ROOT.parents[2])}

# ansible-test has settings of its own: a host pattern without a host is an error.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
    **COLLECTIONS,
}

OTHERS = {
    *("ansible-builder", "ansible-doc", "ansible-galaxy", "ansible-inventory", "ansible-vault"),
    *(
        "ansible-rulebook",
        "awx",
        "curl",
        "eval",
        "export",
        "kubectl",
        "pip",
        "podman",
        "sh",
        "sha256sum",
        "skopeo",
        "tar",
    ),
}
"""What examples run that is not ours."""

ABSENT = re.compile(r"^ +- (?:role: )?(?:infra|awx)\.", re.MULTILINE)
"""A role of a collection that is not installed here, so that no syntax check passes."""

YAML = in_languages("yaml")
SHELL = in_languages("shell", "console")


def ids(example: Example) -> str:
    return example.place


def files(*patterns: str) -> str:
    paths = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def program(name: str) -> str:
    beside = pathlib.Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else name


@functools.cache
def ansible_doc(kind: str) -> dict[str, t.Any]:
    """Return the documentation of every plugin of a kind, fragments included."""
    names = [
        f"{NAME}{path.stem}"
        for path in (ROOT / "plugins" / {"module": "modules"}.get(kind, kind)).glob("*.*")
        if path.suffix == (".yml" if kind == "filter" else ".py")
    ]
    done = subprocess.run(
        [program("ansible-doc"), "--json", "--type", kind, *names],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


@functools.cache
def variables() -> frozenset[str]:
    """Return what the specifications have, and results, facts and settings of AWX beside them."""
    known = set(specified())
    known |= set(OWN.findall(files("playbooks/*.yml", "roles/*/tasks/*", "awx/**/*.yml")))
    known |= set(re.findall(f'"({OWN.pattern})"', files("plugins/*/*.py")))
    return frozenset(known | {"palette_image_registry", "palette_nodes"})  # AWX reads the first


def plays(example: Example) -> list[dict[str, t.Any]]:
    """Return an example as plays: its own, or one around its tasks; none if it is variables."""
    content = example.content
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        return []
    if any("hosts" in item or "import_playbook" in str(item) for item in content):
        return content
    if any("." in key for item in content for key in item):
        return [{"name": "Example", "hosts": "all", "gather_facts": False, "tasks": content}]
    return []


@pytest.mark.parametrize("example", YAML, ids=ids)
def test_yaml_is_yaml(example: Example) -> None:
    assert example.content is not None


def test_there_are_examples_of_each_kind() -> None:
    """Else the tests below would pass since they find nothing."""
    places = {example.place.partition(":")[0] for example in YAML if plays(example)}
    assert {f"roles/{role}/README.md" for role in ROLES} <= places
    for pattern in ("plugins/modules/", "plugins/filter/", "docs/docsite/rst/"):
        assert any(place.startswith(pattern) for place in places)
    assert any(example.place.startswith("README.md") for example in SHELL)


def test_plays_pass_the_syntax_check(tmp_path: pathlib.Path) -> None:
    """All in one run. Paths of the user's own files in examples are made up there."""
    names = []
    for number, example in enumerate(YAML):
        if plays(example) and not ABSENT.search(example.text):
            path = tmp_path / f"{number}.yml"
            text = example.text.strip("\n")
            if plays(example) != example.content:
                head = f"- name: {example.place}\n  hosts: all\n  tasks:\n"
                text = head + "\n".join(
                    f"    {line}" for line in text.splitlines() if line != "---"
                )
            path.write_text(f"# {example.place}\n{text}\n", encoding="utf-8")
            names.append(path.name)
    done = subprocess.run(
        [
            program("ansible-playbook"),
            "--syntax-check",
            "--inventory=localhost,",
            *names,
        ],
        cwd=tmp_path,
        env={
            **ENVIRONMENT,
            "ANSIBLE_HOME": str(tmp_path / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert len(names) > 30


def dicts(value: t.Any) -> t.Iterator[dict[str, t.Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from dicts(inner)


def test_tasks_give_options_that_there_are() -> None:
    unknown = []
    for example in YAML:
        for item in dicts(plays(example)):
            for key, value in item.items():
                if key.startswith(NAME) and isinstance(value, dict):
                    options = ansible_doc("module")[key]["doc"].get("options", {})
                    unknown += [f"{example.place}: {key} {name}" for name in value.keys() - options]
                    needed = {name for name, option in options.items() if option.get("required")}
                    unknown += [f"{example.place}: {key} lacks {n}" for n in needed - value.keys()]
    assert not unknown


def test_what_is_called_by_its_full_name_exists() -> None:
    known = {*PLAYBOOKS, *ROLES}
    known |= {path.stem for path in ROOT.glob("plugins/*/*.*") if not path.stem.startswith("_")}
    known |= set(re.findall(r'"(\w+)": _?\w+', files("plugins/filter/*.py")))
    known |= {"NAME", "docsite", "git"}
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (*GUIDES, *READMES)}
    texts |= {example.place: example.text for example in examples()}
    pattern = re.compile(re.escape(NAME) + r"(\w+)")
    unknown = {
        f"{place}: {name}"
        for place, text in texts.items()
        for name in pattern.findall(text)
        if name not in known
    }
    assert not unknown


def test_references_lead_somewhere() -> None:
    guides = files("docs/docsite/rst/*.rst")
    labels = set(re.findall(r"^\.\. _(\S+):$", guides, re.MULTILINE))
    asked = re.findall(r":ref:`(?:[^`<]*<)?([^`<>]+)>?`", guides)
    assert asked
    assert not set(asked) - labels
    wrong = []
    for name, kind in re.findall(r":ansplugin:`palette\.image_registry\.(\w+)#(\w+)`", guides):
        folder = {"module": "plugins/modules", "role": "roles"}.get(kind, f"plugins/{kind}")
        wrong += [f"{name}#{kind}"] * (not list((ROOT / folder).glob(f"{name}*")))
    assert not wrong


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: pathlib.Path) -> None:
    """Galaxy shows the collection's README away from its files, so its links are whole."""
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if target.startswith(HOME):
            assert (ROOT / target.removeprefix(HOME)).exists(), target
        elif not target.startswith("https://"):
            assert path != ROOT / "README.md", f"{target}: write {HOME}{target}"
            assert (path.parent / target).exists(), target


def test_every_guide_is_in_the_table_of_contents_and_in_the_readme() -> None:
    toc = yaml.safe_load(files("docs/docsite/extra-docs.yml"))
    listed = [name for section in toc["sections"] for name in section["toctree"]]
    assert sorted(listed) == [path.stem for path in GUIDES]
    readme = files("README.md")
    assert not [name for name in listed if f"{HOME}docs/docsite/rst/{name}.rst" not in readme]


@pytest.mark.parametrize("path", [*GUIDES, *READMES], ids=lambda path: str(path.relative_to(ROOT)))
def test_variables_in_the_text_exist(path: pathlib.Path) -> None:
    """What a text marks as code and has a prefix of the collection's variables."""
    text = path.read_text(encoding="utf-8")
    marked = re.findall(r"``([^`]+)``" if path.suffix == ".rst" else r"`([^`\n]+)`", text)
    marked += [
        line
        for example in examples()
        if example.place.startswith(f"{path.relative_to(ROOT)}:")
        and example.language in ("yaml", "shell", "console")
        for line in example.text.splitlines()
    ]
    words = {
        word
        for piece in marked
        for word in re.findall(rf"(?<![\w./-]){OWN.pattern}(?![\w./(-])", piece)
    }
    plugins = {**ansible_doc("module"), **ansible_doc("filter")}
    modules = {name.removeprefix(NAME) for name in plugins}
    codes = set(re.findall(r"^\.\. _\S+\.(\w+):$", files("docs/docsite/rst/*.rst"), re.MULTILINE))
    others = modules | codes | set(ROLES) | {path.stem for path in ROOT.glob("playbooks/*")}
    assert not words - variables() - others


class _Parser(PlaybookCLI):  # type: ignore[misc]  # Ansible has no types
    """The options of ansible-playbook, without running it."""

    def parsed(self) -> t.Any:
        self.init_parser()
        return self.parser.parse_args(self.args[1:])


@pytest.mark.parametrize("example", SHELL, ids=ids)
def test_commands_name_what_there_is(example: Example) -> None:
    commands = [command for command in example.commands() if command[0] != "cd"]
    assert commands
    for command in commands:
        name = pathlib.Path(command[0]).name
        if name == "ansible-playbook":
            check_playbook(_Parser(command).parsed())
        elif name == "make":
            assert re.search(rf"^{command[1]}:", files("Makefile"), re.MULTILINE), command
        elif name == "python" and command[1] == "-m":
            module = ROOT / command[2].replace(".", "/")
            assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), command
        else:
            assert name in OTHERS, command


def check_playbook(options: t.Any) -> None:
    for name in options.args:
        own = name.startswith(NAME) and name.removeprefix(NAME) in PLAYBOOKS
        assert own or name.endswith(".yml"), name
    for given in options.extra_vars:
        if given.startswith("{"):
            assert json.loads(given).keys() <= variables(), given
        elif not given.startswith("@"):
            names = {pair.partition("=")[0] for pair in given.split()}
            assert names <= variables(), given


@pytest.mark.parametrize("airgap", [False, True])
def test_the_manifest_allows_what_the_preflight_asks_for(airgap: bool) -> None:
    documents = yaml.safe_load(files("docs/rbac.yml"))["items"]
    roles = ["image-registry-audit", "image-registry-override"]
    roles += ["image-registry-image-swap"] if airgap else []
    rules = [
        (rule, document["metadata"].get("namespace"))
        for document in documents
        for rule in document.get("rules", ())
        if document["metadata"]["name"] in roles
    ]
    asked = needed_permissions(airgap, "default")
    granted = [
        Permission(verb, resource, namespace or "", group)
        for rule, namespace in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]

    def grants(granted: Permission, asked: Permission) -> bool:
        same = dataclasses.replace(asked, namespace="", required=True)
        return granted.namespace in ("", asked.namespace) and same == dataclasses.replace(
            granted, namespace=""
        )

    assert not [str(item) for item in asked if not any(grants(one, item) for one in granted)]
    # Nor does it allow anything of which the preflight would not say that it is missing.
    assert not [str(one) for one in granted if not any(grants(one, item) for item in asked)]


def test_the_readme_shows_what_the_terminal_shows() -> None:
    """Its first example is that of Palette's page, whose text is pinned; `...` leaves lines out."""
    text = (ROOT / "README.md").read_text("utf-8")
    shown = text.partition("$ ansible-playbook palette.image_registry.plan")[2].partition("```")[0]
    golden = (ROOT / "tests/unit/golden/page_example.txt").read_text("utf-8").splitlines()
    lines = [line for line in shown.splitlines()[1:] if line != "..."]
    assert len(lines) > 8
    assert set(lines) <= set(golden)
