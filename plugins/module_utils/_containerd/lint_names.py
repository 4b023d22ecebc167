# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about tables that are named almost like those of mirrors, or stand beside them."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from .._evidence import Finding, Severity
from .config import NEW, OLD, SHORT, ConfigFile
from .schema import (
    FILE_SCHEMA,
    NEW_SCHEMA,
    OLD_SCHEMA,
    Schema,
    Table,
    nearest,
    strangers,
    table_at,
)

_PLUGINS = {SHORT: OLD_SCHEMA, OLD: OLD_SCHEMA, NEW: NEW_SCHEMA}
# What decides at the top of a file about mirrors.
_TOP = ("plugins", "imports", "version", "disabled_plugins", "required_plugins")
# That of OLD has the `tls` as well, whose place in NEW another rule tells of.
_REGISTRY = t.cast("dict[str, Schema]", OLD_SCHEMA["registry"])
# Names of more than one letter amiss, where the options of a place are all known.
_FAR = 0.4


def lint_names(file: ConfigFile) -> t.Iterator[Finding]:
    """Tell which tables hold mirrors under a name that containerd passes over."""
    for key in file.data:
        near = nearest(key, _TOP) if key.lower() not in FILE_SCHEMA else ""
        if near:
            yield _misspelt(file, key, (key,), (near,))
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
    if head in (OLD, NEW) and (tail == "registry" or nearest(tail, ("registry",))):
        yield _misspelt(file, name, ("plugins", name), ("plugins", head, "registry"))
        return
    near = nearest(name, (OLD, NEW))
    if near and (table_at(table, "registry") or "registry" in table):
        yield _misspelt(file, name, ("plugins", name), ("plugins", near))


def _lint_plugin(file: ConfigFile, name: str, table: Table) -> t.Iterator[Finding]:
    at = ("plugins", name)
    for key in table:
        if key in _REGISTRY:
            yield _misspelt(file, key, (*at, key), (*at, "registry", key))
        elif key.lower() not in (*_PLUGINS[name], "registry") and nearest(key, ("registry",)):
            yield _misspelt(file, key, (*at, key), (*at, "registry"))
    for keys, known in strangers(table_at(table, "registry"), _REGISTRY):
        if keys[0] != "mirrors":  # whose options have a rule of their own
            yield from _lint_option(file, (*at, "registry", *keys), known)


def _lint_option(
    file: ConfigFile, keys: tuple[str, ...], known: dict[str, Schema]
) -> t.Iterator[Finding]:
    """Tell of a key in the registry's table that is no option, as far as it resembles one."""
    *place, key = keys
    below = (name for name, options in known.items() if key.lower() in table_at(options))
    table = next(below, "")
    near = nearest(key, known, 0.75 if known is _REGISTRY else _FAR)
    if table:
        yield _misspelt(file, key, keys, (*place, table, key))
    elif near:
        yield _misspelt(file, key, keys, (*place, near))


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
