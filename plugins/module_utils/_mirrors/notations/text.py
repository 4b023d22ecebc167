# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML as the notations need it: every scalar stays text, faults become findings."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ..table import Reading

try:
    import yaml
except ImportError:
    HAS_YAML = False
else:
    HAS_YAML = True


def load_yaml(text: str, reading: Reading) -> object:
    """Return the data of one YAML document, all scalars as text; None beside a finding."""
    # BaseLoader makes nothing but text, lists and mappings.
    return _loaded(lambda: yaml.load(text, Loader=yaml.BaseLoader), reading)


def load_documents(text: str, reading: Reading) -> list[t.Any]:
    """Return the data of all YAML documents, all scalars as text; none beside a finding."""
    return _loaded(lambda: list(yaml.load_all(text, Loader=yaml.BaseLoader)), reading) or []


def _loaded(load: t.Callable[[], t.Any], reading: Reading) -> t.Any:
    if not HAS_YAML:
        reading.error("no_yaml", "PyYAML", "PyYAML is missing, so YAML is not read.", "Install it.")
        return None
    try:
        return load()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "YAML text"
        problem = getattr(error, "problem", None) or type(error).__name__
        reading.error(
            "broken_yaml", where, f"This is no YAML ({problem}), so nothing is read.", "Mend it."
        )
        return None


def dump_yaml(data: t.Mapping[str, t.Any]) -> str:
    """Write data as a YAML document. Raises ValueError without PyYAML."""
    if not HAS_YAML:
        raise ValueError("PyYAML is missing: install it to write YAML")
    text: str = yaml.safe_dump(data, sort_keys=False, default_flow_style=False, width=4096)
    return text


__all__ = ("dump_yaml", "load_documents", "load_yaml")
