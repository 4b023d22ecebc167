# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables that an operator may set, from the specifications of roles and playbooks.

`python -m tests.pages.variables` writes docs/docsite/rst/variables.rst; with `--check` it only tells
whether that file is current.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import re
import sys
import typing as t

import yaml

from tests.pages.rst import run, title

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "docsite" / "rst" / "variables.rst"
WIDE = "palette_"
"""What the variables of the whole collection begin with; those of one role begin with its name."""

HEAD = """\
..
  SPDX-FileCopyrightText: 2026 The palette.image_registry authors
  SPDX-License-Identifier: GPL-3.0-or-later

  Written by `python -m tests.pages.variables`. Do not edit.

.. _ansible_collections.palette.image_registry.docsite.variables:

Variables
=========

All that can be set, and nothing that has to be but ``palette_registry``, ``palette_kubeconfig`` and, in an
airgap, ``palette_image_swap_chart``. What begins with ``palette_`` is said once, for all roles and
playbooks, also where a role is used alone. What begins with the name of a role or of a playbook is its
own. In the inventory they are variables of the clusters (group ``palette_clusters``), those of
``verify_nodes`` variables of the nodes (group ``palette_nodes``). All timeouts are in seconds.

An extra variable (``-e``) that nearly has one of these names, a letter amiss, stops the run before anything
is changed, and the error names the one that was meant.
"""

SPECS = pathlib.PurePath("meta") / "argument_specs.yml"
_NONE: t.Final[dict[str, t.Any]] = {"options": {}}
_ROLE = re.compile(
    r"(?:_role:\n +name: palette\.image_registry\.|\.\./roles/)(\w+)(?:\n +tasks_from: (\w+)\.yml)?"
)
_RST = (
    (re.compile(r"\bC\(([^)]*)\)"), r"``\1``"),
    (re.compile(r"\bV\(([^)]*)\)"), r"``\1``"),
)


@dataclasses.dataclass(frozen=True)
class Spec:
    """The specification of one variable, and whose it is: names of roles and playbooks."""

    option: t.Mapping[str, t.Any]
    owners: tuple[str, ...]


def load(path: pathlib.Path) -> dict[str, t.Any]:
    """Return the specifications of one file by their names."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"])


@functools.cache
def roles() -> dict[str, dict[str, t.Any]]:
    """Return the options of each role, those of all its entry points."""
    found = {}
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        entries = load(path).values()
        found[path.parent.parent.name] = {
            name: option for entry in entries for name, option in entry["options"].items()
        }
    return found


@functools.cache
def playbooks() -> dict[str, dict[str, t.Any]]:
    """Return the specification of each playbook."""
    return load(ROOT / "playbooks" / "meta" / "argument_specs.yml")


@functools.cache
def variables() -> dict[str, Spec]:
    """Return every variable by its name."""
    owners: dict[str, list[str]] = {}
    options: dict[str, t.Any] = {}
    given = [*roles().items(), *((name, spec["options"]) for name, spec in playbooks().items())]
    for owner, found in given:
        for name, option in found.items():
            options.setdefault(name, option)
            owners.setdefault(name, []).append(owner)
    return {name: Spec(options[name], tuple(owners[name])) for name in sorted(options)}


@functools.cache
def read_by(playbook: str) -> frozenset[str]:
    """Return the variables that a playbook takes: its own, those of its roles, those it names."""
    text = (ROOT / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8")
    found = {*playbooks()[playbook]["options"]}
    found |= set(re.findall(r"\b[a-z]\w+", text)) & set(variables())
    for role, entry in _ROLE.findall(text):
        found |= set(load(ROOT / "roles" / role / SPECS).get(entry or "main", _NONE)["options"])
    for other in re.findall(r"import_playbook: (\w+)\.yml", text):
        found |= read_by(other)
    # Whatever asks a cluster reads it by itself.
    return frozenset(found | ({"palette_api_timeout"} if "palette_kubeconfig" in found else set()))


def render() -> str:
    """Return the whole page."""
    wide = {name: spec for name, spec in variables().items() if name.startswith(WIDE)}
    parts = [HEAD, title("Of the whole collection", "-"), _table(wide, takers=True)]
    for kind, owners in (("playbook", playbooks()), ("role", roles())):
        for owner in owners:
            own = {
                name: spec
                for name, spec in variables().items()
                if name not in wide and owner in spec.owners and name.startswith(f"{owner}_")
            }
            both = owner in playbooks() and owner in roles()
            if own and not (both and kind == "playbook"):
                kinds = "playbook and role" if both else kind
                parts += [title(f"Of the {kinds} {owner}", "-"), _table(own)]
    return "\n".join(parts)


def _table(specs: t.Mapping[str, Spec], *, takers: bool = False) -> str:
    """Return a table; with `takers` it says which playbooks take a variable."""
    lines = [".. list-table::", "  :header-rows: 1", ""]
    lines += ["  * - Variable", "    - Default", "    - Meaning"]
    lines += ["    - Playbooks"] if takers else []
    for name, spec in specs.items():
        lines += [f"  * - ``{name}``", f"    - {_default(spec.option)}".rstrip()]
        lines += [f"    - {_meaning(spec.option)}"]
        taking = [playbook for playbook in playbooks() if name in read_by(playbook)]
        lines += [f"    - {', '.join(taking)}"] if takers else []
    return "\n".join(lines) + "\n"


def _meaning(option: t.Mapping[str, t.Any]) -> str:
    given = option["description"]
    text = " ".join([given] if isinstance(given, str) else given)
    for pattern, instead in _RST:
        text = pattern.sub(instead, text)
    choices = option.get("choices")
    if choices:
        text += f" One of {', '.join(f'``{choice}``' for choice in choices)}."
    kind = option["type"] + (f" of {option['elements']}" if "elements" in option else "")
    return f"{text} ({kind})"


def _default(option: t.Mapping[str, t.Any]) -> str:
    """Return the default as one would write it; that of a template the description tells."""
    value = option.get("default")
    if value in (None, "", []) or "{{" in str(value):
        return ""
    words = value if isinstance(value, list) else [value]
    shown = [str(word).lower() if isinstance(word, bool) else str(word) for word in words]
    return ", ".join(f"``{word}``" for word in shown)


if __name__ == "__main__":
    sys.exit(run(__doc__, PAGE, render()))
