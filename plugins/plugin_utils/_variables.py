# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Extra variables whose names nearly are those of the collection: nobody would read them."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import difflib
import pathlib
import re
import typing as t

from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

from ..module_utils._evidence import Finding, Severity
from ._failure import Failure

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_SPECIFICATIONS = ("playbooks/meta/argument_specs.yml", "roles/*/meta/argument_specs.yml")
# By where they stand: to read all specifications as YAML takes ten times as long.
_OPTION = re.compile(r"^      (\w+):$", re.MULTILINE)
# One letter wrong, or two in a longer name. A plural and a singular are more.
_NEARLY = 0.9


def require_known_variables(loader: DataLoader) -> None:
    """Raise Failure, which names all, if extra variables (`-e`) of this run are misspelt."""
    given = load_extra_vars(loader)
    findings = misspelt(given, specified()) if given else ()
    if findings:
        raise Failure(*findings)


def specified() -> frozenset[str]:
    """Return the names of all variables that roles and playbooks specify."""
    texts = (path.read_text("utf-8") for each in _SPECIFICATIONS for path in _ROOT.glob(each))
    return frozenset(name for text in texts for name in _OPTION.findall(text))


def misspelt(given: t.Iterable[str], known: t.Collection[str]) -> tuple[Finding, ...]:
    """Return an error for each name that is none of the known ones, and nearly is one.

    Not for one that goes on after a known one, such as `palette_registry_lab`: that is of one's own.
    """
    findings = []
    for name in sorted(set(given) - set(known)):
        near = difflib.get_close_matches(name, known, n=1, cutoff=_NEARLY)
        if near and not re.match(rf"{near[0]}[_0-9]", name):
            findings.append(
                Finding(
                    "variable_misspelt",
                    Severity.ERROR,
                    f"extra variable {name}",
                    "nothing reads a variable of that name",
                    f"did you mean {near[0]}?",
                )
            )
    return tuple(findings)


__all__ = ("misspelt", "require_known_variables", "specified")
