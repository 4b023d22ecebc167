# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""One configuration file of containerd: its TOML, its types, its place in evidence."""

from __future__ import annotations

import dataclasses
import tomllib
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NOT_STARTED,
    UNKNOWN,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)

SHORT = "cri"
OLD = "io.containerd.grpc.v1.cri"
NEW = "io.containerd.cri.v1.images"
RUNTIME = "io.containerd.cri.v1.runtime"

Table = dict[str, t.Any]

# A type, [type] for a list of it, a tuple for one of several, {"*": x} for any keys.
Schema = type | tuple["Schema", ...] | list["Schema"] | dict[str, "Schema"]

_ANY_TABLE: Schema = {"*": object}
_FILE_SCHEMA: Schema = {
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
        "mirrors": {"*": {"endpoint": [str]}},
        "configs": {"*": config},
        "auths": {"*": _AUTH},
        "headers": {"*": [str]},
    }


OLD_SCHEMA: Schema = {
    **_IMAGES,
    "sandbox_image": str,
    "registry": _registry_schema({"auth": _AUTH, "tls": _TLS}),
    "containerd": {**_SNAPSHOTS, "default_runtime_name": str, "runtimes": {"*": _ANY_TABLE}},
}
NEW_SCHEMA: Schema = {
    **_IMAGES,
    **_SNAPSHOTS,
    "use_local_image_pull": bool,
    "pinned_images": {"*": str},
    "registry": _registry_schema({"auth": _AUTH}),
}


class ConfigError(Exception):
    """The daemon does not start with these files, or they do not tell (state UNKNOWN)."""

    def __init__(self, finding: Finding, state: str = NOT_STARTED) -> None:
        """Keep the finding that says why, and the state that follows."""
        super().__init__(finding.message)
        self.finding = finding
        self.state = state


@dataclasses.dataclass(frozen=True)
class ConfigFile:
    """A file that the daemon loads; `version` is 0 where the file names none."""

    path: str
    text: str
    data: Table

    @property
    def version(self) -> int:
        """Return the configuration version that the file names, 0 if none."""
        return t.cast(int, self.data.get("version", 0))

    @property
    def plugins(self) -> Table:
        """Return the tables of the plugins, by the names that the file uses."""
        return t.cast(Table, self.data.get("plugins", {}))

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of strings at the top level: imports, disabled_plugins ..."""
        return tuple(self.data.get(key, ()))

    def where(self, *needles: str) -> str:
        """Return `path:line` of the first line that holds all of some words."""
        return locate(self.path, self.text, *needles)


def locate(path: str, text: str, *needles: str) -> str:
    """Return `path:line` of the first line outside comments with all needles, else the path."""
    found = text.find(needles[-1])
    while found >= 0:
        start, end = text.rfind("\n", 0, found) + 1, text.find("\n", found)
        line = text[start : end if end >= 0 else len(text)]
        if not line.lstrip().startswith("#") and all(needle in line for needle in needles):
            return f"{path}:{text.count(chr(10), 0, start) + 1}"
        found = text.find(needles[-1], end) if end >= 0 else -1
    return path


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


def wrong_type(where: str, keys: t.Sequence[str]) -> ConfigError:
    """Return the error of a known key with a value of the wrong type."""
    name = ".".join(keys)
    return ConfigError(
        Finding(
            "wrong_type",
            Severity.ERROR,
            where,
            f"{name} has a value of the wrong type: containerd refuses to start.",
            "Write a list of strings for endpoint, a string for config_path, true or false "
            "without quotes for switches.",
        )
    )


def read_file(path: str, text: str) -> ConfigFile:
    """Parse one file. Raises ConfigError where the daemon refuses to start on it."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(broken(path, str(error))) from error
    wrong = mismatch(data, _FILE_SCHEMA)
    if wrong is not None:
        raise wrong_type(locate(path, text, *wrong[-1:]), wrong)
    return ConfigFile(path, text, data)


def broken(path: str, reason: str) -> Finding:
    """Return the finding of a file that is no TOML."""
    line = reason.rpartition("(at line ")[2].partition(",")[0]
    return Finding(
        "file_broken",
        Severity.ERROR,
        f"{path}:{line}" if line.isdigit() else path,
        f"This is not valid TOML ({reason}): containerd refuses to start.",
        "Correct the syntax; `containerd config dump` shows the same error.",
    )


def unreadable(path: str, reason: str) -> ConfigError:
    """Return the error of a file that exists but could not be read whole."""
    return ConfigError(
        Finding(
            "file_unreadable",
            Severity.ERROR,
            path,
            f"This file could not be read ({reason}): what containerd does is not known.",
            "Read it with become, or give the output of `containerd config dump`.",
        ),
        UNKNOWN,
    )


__all__ = (
    "NEW",
    "NEW_SCHEMA",
    "OLD",
    "OLD_SCHEMA",
    "RUNTIME",
    "SHORT",
    "ConfigError",
    "ConfigFile",
    "Schema",
    "Table",
    "broken",
    "locate",
    "mismatch",
    "read_file",
    "table_at",
    "unreadable",
    "wrong_type",
)
