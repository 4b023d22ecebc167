# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference of all rules about mirror tables, written from the rules themselves.

`python -m tests.pages.mirror_rules` writes docs/docsite/rst/mirror_rules.rst; with `--check` it only
tells whether that file is current.
"""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".cache" / "collections"))

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.entry_rules import (
    INPUT_RULES,
    LAST_RESORT,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintRule,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import (
    RULES,
    lint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.palette import (
    SEPARATORS,
)
from tests.pages.mirror_rule_examples import EXAMPLES
from tests.pages.rst import escape, run, title, wrap

PAGE = ROOT / "docs" / "docsite" / "rst" / "mirror_rules.rst"
LABEL = "ansible_collections.palette.image_registry.docsite.mirror_rules"
SHOWN = 200
"""An example longer than this is not printed."""

HEAD = f"""\
..
  SPDX-FileCopyrightText: 2026 The palette.image_registry authors
  SPDX-License-Identifier: GPL-3.0-or-later

  Written by `python -m tests.pages.mirror_rules`. Do not edit.

.. _{LABEL}:

The rules of mirror tables
==========================

Every finding about a mirror table has a code. This page lists them all: first what is asked of
every entry, whoever reads it, then what the webhook and the nodes make of a table.

The module :ansplugin:`palette.image_registry.mirror_registries#module` and the filter
:ansplugin:`palette.image_registry.lint_mirrors#filter` report them.
"""

READING: dict[str, tuple[str, str]] = {
    "empty_entry": ("error", "A leading, trailing or double comma leaves an empty entry."),
    "wildcard_comma": ("error", "Palette's string cannot hold a comma within noswap_wildcards."),
    "duplicate_source": ("error", "Two entries have the same source; the last one wins silently."),
    "empty_target": ("error", "An empty target exempts from 'default', and there is none."),
    "no_entries": ("error", "There is no entry at all."),
    "not_text": ("error", "An entry, source or target is not text."),
    "wrong_keys": ("error", "An entry's mapping has other keys than source and target."),
    "wrong_type": ("error", "The notation is not read from a value of this type."),
    "unknown_notation": ("error", "There is no notation of this name."),
    "not_utf8": ("error", "The bytes are no UTF-8 text."),
    "two_comments": ("error", "The webhook cuts a line of its map at the last '#' only."),
    "no_image_change": ("error", "There is no text under imageSwap.imageChange."),
    "broken_yaml": ("error", "The text is no YAML."),
    "no_yaml": ("error", "PyYAML is missing."),
    "broken_toml": ("error", "The text is no TOML."),
    "no_host": ("error", "A hosts.toml names neither [host] nor server."),
    "no_mirrors": (
        "error",
        "registries.yaml has no mapping under mirrors, or a manifest, values or user data no table.",
    ),
    "several_tables": ("error", "Manifests hold several tables."),
    "unreadable_value": ("error", "A value in a manifest is encrypted, or no base64 of text."),
    "mirrors_misplaced": (
        "error",
        "Mirrors stand in a table of config.toml that no release of containerd reads.",
    ),
    "option_not_known": (
        "error",
        "An option of a mirror is misspelt: its endpoint, or (a warning) another one.",
    ),
    "mirrors_elsewhere": ("error", "config.toml has a config_path and no mirrors."),
    "wrong_endpoint_type": ("error", "An endpoint is not a list of texts."),
    "table_of_another_version": (
        "warning",
        "Mirrors stand in a plugin table that the version of config.toml does not make count.",
    ),
    "file_not_read": ("warning", "A file of a hosts.toml tree is left out."),
    "mirror_without_endpoint": (
        "info",
        "A registry has no endpoint of its own, as where nodes share images: it is no entry.",
    ),
    "more_endpoints": ("warning", "An entry has one target, so only the first endpoint is read."),
    "plain_http": ("warning", "An endpoint is plain HTTP, which no target can carry."),
    "endpoint_unusable": (
        "error",
        "An endpoint has no host, or a scheme other than http and https.",
    ),
    "endpoint_parts_dropped": ("warning", "Query and fragment of an endpoint are not used."),
    "endpoint_v2_doubled": ("warning", "An endpoint has /v2 twice in a row."),
    "endpoint_without_v2": ("warning", "An endpoint does not lead to the registry API."),
    "configs_not_read": ("warning", "Credentials and TLS of registries.yaml are not carried over."),
    "rewrite_not_read": ("warning", "A rewrite is more than one prefix for every repository."),
}
"""What the readers of notations say themselves; all else is in tables of rules."""


def documented() -> dict[str, str]:
    """Return the text of each section by its code."""
    sections = {rule.code: _input_section(rule.code, rule.message) for rule in SEPARATORS}
    for rule in (*INPUT_RULES, *LAST_RESORT):
        sections[rule.code] = _input_section(rule.code, rule.message)
    for code, (severity, what) in READING.items():
        sections[code] = _section(code, f"Severity: {severity}.", what)
    for lint_rule in RULES:
        sections[lint_rule.code] = _lint_section(lint_rule)
    return sections


def render() -> str:
    """Return the whole page."""
    sections = documented()
    linted = {rule.code for rule in RULES}
    parts = [HEAD, title("What every entry must keep", "-")]
    parts += [text for code, text in sections.items() if code not in linted]
    parts += [
        title("What the webhook and the nodes make of it", "-"),
        wrap(
            "A severity counts only where its consumer reads the table: nodes always do, the "
            "webhook in an airgap. The worse one of both is reported; a single case may be "
            "reported as less bad than its rule."
        ),
    ]
    parts += [sections[rule.code] for rule in RULES]
    return "\n".join(parts)


def _input_section(code: str, message: str) -> str:
    severity = "error"
    if code == "deprecated_separator":
        severity = "error; warning in map files and for 'default'"
    return _section(code, f"Severity: {severity}.", message)


def _lint_section(rule: LintRule) -> str:
    severities = f"Webhook: {_name(rule.webhook)}. Nodes: {_name(rule.node)}."
    return _section(rule.code, severities, rule.title) + _example(rule)


def _name(severity: Severity | None) -> str:
    return severity.value if severity else "harmless"


def _example(rule: LintRule) -> str:
    """Return what the rule says about its example."""
    example = EXAMPLES[rule.code]
    findings = lint(parse_mirrors(example.broken), example.context)
    finding = next(finding for finding in findings if finding.code == rule.code)
    if not isinstance(example.broken, str) or len(example.broken) > SHOWN:
        return ""
    lines = [*example.broken.split("\n"), *(f"image {name}" for name in example.context.images)]
    shown = "\n".join(f"  {line}" for line in lines)
    told = wrap(escape(f"{finding.message} {finding.fix}"))
    return f"\nFor example:\n\n.. code-block:: text\n\n{shown}\n\n{told}"


def _section(code: str, severity: str, text: str) -> str:
    label = f".. _{LABEL}.{code}:"
    return f"{label}\n\n{title(code, '~')}\n{severity}\n\n{wrap(escape(text))}"


if __name__ == "__main__":
    sys.exit(run(__doc__, PAGE, render()))
