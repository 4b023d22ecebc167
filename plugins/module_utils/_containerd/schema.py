# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of containerd's files: their types, and the letter case in which they count."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import difflib
import typing as t

Table = dict[str, t.Any]

# A type, [type] for a list of it, a tuple for one of several, {"*": x} for any keys.
Schema: t.TypeAlias = "type | tuple[Schema, ...] | list[Schema] | dict[str, Schema]"

_ANY_TABLE: dict[str, Schema] = {"*": object}
FILE_SCHEMA: dict[str, Schema] = {
    "version": int,
    "imports": [str],
    "disabled_plugins": [str],
    "required_plugins": [str],
    "root": str,
    "state": str,
    "temp": str,
    "oom_score": int,
    "plugins": _ANY_TABLE,
    "grpc": _ANY_TABLE,
    "ttrpc": _ANY_TABLE,
    "debug": _ANY_TABLE,
    "metrics": _ANY_TABLE,
    "cgroup": _ANY_TABLE,
    "proxy_plugins": {"*": _ANY_TABLE},
    "stream_processors": {"*": _ANY_TABLE},
    "timeouts": {"*": str},
}
_AUTH: Schema = {"username": str, "password": str, "auth": str, "identitytoken": str}
MIRROR_OPTIONS: dict[str, Schema] = {"endpoint": [str]}
_TLS: Schema = {"insecure_skip_verify": bool, "ca_file": str, "cert_file": str, "key_file": str}
_IMAGES: dict[str, Schema] = {
    "max_concurrent_downloads": int,
    "image_pull_with_sync_fs": bool,
    "image_pull_progress_timeout": str,
}
_SNAPSHOTS: dict[str, Schema] = {
    "snapshotter": str,
    "disable_snapshot_annotations": bool,
    "discard_unpacked_layers": bool,
}


def _registry_schema(config: dict[str, Schema]) -> Schema:
    return {
        "config_path": str,
        "mirrors": {"*": MIRROR_OPTIONS},
        "configs": {"*": config},
        "auths": {"*": _AUTH},
        "headers": {"*": [str]},
    }


OLD_SCHEMA: dict[str, Schema] = {
    **_IMAGES,
    "sandbox_image": str,
    "registry": _registry_schema({"auth": _AUTH, "tls": _TLS}),
    "containerd": {**_SNAPSHOTS, "default_runtime_name": str, "runtimes": {"*": _ANY_TABLE}},
}
NEW_SCHEMA: dict[str, Schema] = {
    **_IMAGES,
    **_SNAPSHOTS,
    "use_local_image_pull": bool,
    "pinned_images": {"*": str},
    "registry": _registry_schema({"auth": _AUTH}),
}


def table_at(data: t.Any, *keys: str) -> Table:
    """Return the table under some keys, an empty one if there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def mismatch(value: t.Any, schema: Schema, where: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """Return the keys that lead to the first value of a wrong type, None if all types fit."""
    if isinstance(schema, tuple):
        return None if any(mismatch(value, one) is None for one in schema) else where
    if isinstance(schema, list):
        fits = isinstance(value, list) and all(mismatch(x, schema[0]) is None for x in value)
        return None if fits else where
    if isinstance(schema, dict):
        return _table_mismatch(value, schema, where)
    fits = isinstance(value, schema) and (schema is not int or not isinstance(value, bool))
    return None if fits else where


def _table_mismatch(
    value: t.Any, schema: dict[str, Schema], where: tuple[str, ...]
) -> tuple[str, ...] | None:
    if not isinstance(value, dict):
        return where
    every = schema.get("*")
    if every is object:
        return None
    for key, item in value.items():
        known = every if every is not None else schema.get(key)
        if known is not None:
            wrong = mismatch(item, known, (*where, key))
            if wrong is not None:
                return wrong
    return None


class Spelling(t.NamedTuple):
    """An option in an unusual letter case; `doubled` tells that the usual form is there, too."""

    key: str
    option: str
    doubled: bool

    def taken(self, old: bool) -> bool:
        """Return whether 1.x (`old`) or 2.x takes the key for the option."""
        return not old or (self.key == self.key.upper() and not self.doubled)


def named(table: Table, schema: dict[str, Schema], old: bool) -> Table:
    """Return a table with the names of its options as the schema has them.

    1.x takes an option in capitals alone where the usual form is missing; 2.x takes any case, and
    of two forms the later one. What no release would take keeps its name.
    """
    every = schema.get("*")
    if every is not None:
        if not isinstance(every, dict) or every.get("*") is object:
            return table
        return {key: _named(value, every, old) for key, value in table.items()}
    result: Table = {}
    for key, value in table.items():
        name = key
        if key not in schema and key.lower() in schema:
            spelling = Spelling(key, key.lower(), key.lower() in table)
            name = spelling.option if spelling.taken(old) else key
        value = _named(value, schema.get(name), old)
        if name in result and isinstance(value, dict) and isinstance(result[name], dict):
            value = union(result[name], value)
        result[name] = value
    return result


def _named(value: t.Any, schema: Schema | None, old: bool) -> t.Any:
    if isinstance(value, dict) and isinstance(schema, dict):
        return named(value, schema, old)
    return value


def in_order_of_names(table: Table) -> Table:
    """Return a table with all its keys sorted, as 2.x writes a plugin's table out and reads it."""
    return {
        key: in_order_of_names(value) if isinstance(value, dict) else value
        for key, value in sorted(table.items())
    }


def misspelt(table: t.Any, schema: Schema) -> t.Iterator[Spelling]:
    """Yield each key that is an option but for its letter case."""
    if not isinstance(table, dict) or not isinstance(schema, dict):
        return
    every = schema.get("*")
    for key, value in table.items():
        name = key if every is not None or key in schema else key.lower()
        if name != key and name in schema:
            yield Spelling(key, name, name in table)
        if isinstance(value, dict):
            yield from misspelt(value, every if every is not None else schema.get(name, str))


def nearest(key: str, names: t.Iterable[str], cutoff: float = 0.75) -> str:
    """Return the name that a key was probably meant to be, empty if none."""
    found = difflib.get_close_matches(key.lower(), list(names), 1, cutoff)
    return found[0] if found and found[0] != key.lower() else ""


def strangers(
    table: t.Any, schema: Schema, where: tuple[str, ...] = ()
) -> t.Iterator[tuple[tuple[str, ...], dict[str, Schema]]]:
    """Yield where a key is no option, in whatever letter case, and the options of that place."""
    if not isinstance(table, dict) or not isinstance(schema, dict):
        return
    every = schema.get("*")
    for key, value in table.items():
        known = schema.get(key.lower()) if every is None else every
        if known is None:
            yield (*where, key), schema
        else:
            yield from strangers(value, known, (*where, key))


def union(older: Table, newer: Table, deep: bool = True) -> Table:
    """Return both tables as one; the newer wins, tables are united only if `deep`."""
    if not older:
        return newer
    result = dict(older)
    for key, value in newer.items():
        if deep and isinstance(value, dict) and isinstance(result.get(key), dict):
            value = union(result[key], value, deep)
        result[key] = value
    return result


__all__ = (
    "FILE_SCHEMA",
    "MIRROR_OPTIONS",
    "NEW_SCHEMA",
    "OLD_SCHEMA",
    "Schema",
    "Spelling",
    "Table",
    "in_order_of_names",
    "mismatch",
    "misspelt",
    "named",
    "nearest",
    "strangers",
    "table_at",
    "union",
)
