# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about tables that are named almost like those of mirrors, or stand beside them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import difflib
import typing as t

from .._evidence import Finding, Severity
from .config import NEW, OLD, SHORT, ConfigFile
from .schema import FILE_SCHEMA, NEW_SCHEMA, OLD_SCHEMA, Table, table_at

_REGISTRY = ("mirrors", "configs", "auths", "headers", "config_path")
_PLUGINS = {SHORT: OLD_SCHEMA, OLD: OLD_SCHEMA, NEW: NEW_SCHEMA}


def lint_names(file: ConfigFile) -> t.Iterator[Finding]:
    """Tell which tables hold mirrors under a name that containerd passes over."""
    for key in file.data:
        if key not in FILE_SCHEMA and _near(key, ("plugins",)):
            yield _misspelt(file, key, (key,), ("plugins",))
    for name, table in file.plugins.items():
        if not isinstance(table, dict):
            continue
        if name in _PLUGINS:
            yield from _lint_plugin(file, name, table)
        else:
            yield from _lint_plugin_name(file, name, table)


def _lint_plugin_name(file: ConfigFile, name: str, table: Table) -> t.Iterator[Finding]:
    """Tell of a plugin that no release has, where it holds what only CRI has."""
    head, _dot, tail = name.rpartition(".")
    if head in (OLD, NEW) and (tail == "registry" or _near(tail, ("registry",))):
        yield _misspelt(file, name, ("plugins", name), ("plugins", head, "registry"))
        return
    near = _near(name, (OLD, NEW))
    if near and (table_at(table, "registry") or "registry" in table):
        yield _misspelt(file, name, ("plugins", name), ("plugins", near))


def _lint_plugin(file: ConfigFile, name: str, table: Table) -> t.Iterator[Finding]:
    at = ("plugins", name)
    for key in table:
        if key in _REGISTRY:
            yield _misspelt(file, key, (*at, key), (*at, "registry", key))
        elif key.lower() not in (*_PLUGINS[name], "registry") and _near(key, ("registry",)):
            yield _misspelt(file, key, (*at, key), (*at, "registry"))
    for key in table_at(table, "registry"):
        near = "" if key.lower() in _REGISTRY else _near(key, _REGISTRY)
        if near:
            yield _misspelt(file, key, (*at, "registry", key), (*at, "registry", near))


def _near(key: str, names: t.Sequence[str]) -> str:
    """Return the name that a key was probably meant to be, empty if none."""
    found = difflib.get_close_matches(key.lower(), names, 1, 0.75)
    return found[0] if found and found[0] != key.lower() else ""


def _path(keys: t.Sequence[str]) -> str:
    return ".".join(f'"{key}"' if "." in key else key for key in keys)


def _misspelt(
    file: ConfigFile, needle: str, wrong: t.Sequence[str], right: t.Sequence[str]
) -> Finding:
    return Finding(
        "table_misspelt",
        Severity.WARNING,
        file.where(needle),
        f"containerd knows no {_path(wrong)} and ignores what is in it, without an error.",
        f"Did you mean {_path(right)}? Write that name.",
    )


__all__ = ("lint_names",)
