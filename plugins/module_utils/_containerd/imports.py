# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports: which files the daemon loads, in which order, and what their merge is (SPEC 2)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import collections
import dataclasses
import functools
import posixpath
import re
import typing as t

from .._evidence import Finding, Severity
from .config import NEW, OLD, SHORT, ConfigError, ConfigFile, read_file, unreadable, wrong_type
from .model import DEFAULT_CONFIG_PATH, NodeFiles
from .schema import Table, union
from .version import Version

DUMP = "containerd config dump"

_PART = re.compile(r"\\.|\[\^?[^\]]*\]|.", re.DOTALL)
_SPECIAL = re.compile(r"[?\[\\]")

_COPIED = ("registry", "max_concurrent_downloads", "image_pull_with_sync_fs")
_COPIED_FROM_CONTAINERD = ("disable_snapshot_annotations", "discard_unpacked_layers")


@dataclasses.dataclass(frozen=True)
class Merged:
    """The configuration as the daemon has it after all imports."""

    version: int
    plugins: Table
    disabled: tuple[str, ...]
    required: tuple[str, ...]
    files: tuple[ConfigFile, ...]

    @property
    def from_dump(self) -> bool:
        """Return whether this was read from `containerd config dump`."""
        return len(self.files) == 1 and self.files[0].path == DUMP


def merge_node(node: NodeFiles, version: Version) -> Merged:
    """Load and merge what a node's daemon loads. Raises ConfigError where it does not start."""
    merged = _merge(load_files(node, version), version)
    _validate(merged, version)
    return merged


def merge_dump(dump: str, version: Version) -> Merged:
    """Read `containerd config dump`; its imports are merged already."""
    return _merge([read_file(DUMP, dump, None)], version)


def load_files(node: NodeFiles, version: Version) -> list[ConfigFile]:
    """Return the files in the order of loading: breadth first, each once."""
    if node.config_path not in node.files and node.config_path not in node.unreadable:
        if node.config_path == DEFAULT_CONFIG_PATH:
            return []
        raise ConfigError(_missing(node.config_path, node.config_path))
    loaded: dict[str, ConfigFile] = {}
    pending = collections.deque([(node.config_path, node.config_path)])
    while pending:
        path, wanted_by = pending.popleft()
        if path in loaded:
            continue
        loaded[path] = file = _load(node, path, wanted_by, version)
        for pattern in file.names("imports"):
            pending.extend((found, path) for found in _resolve(node, path, pattern, version))
    return list(loaded.values())


def _load(node: NodeFiles, path: str, wanted_by: str, version: Version) -> ConfigFile:
    if path in node.unreadable:
        raise unreadable(path, node.unreadable[path])
    if path not in node.files:
        raise ConfigError(_missing(path, wanted_by))
    return read_file(path, node.files[path], version)


def _missing(path: str, wanted_by: str) -> Finding:
    by = "given with --config" if path == wanted_by else f"imported by {wanted_by}"
    return Finding(
        "import_missing",
        Severity.ERROR,
        wanted_by,
        f"{path}, {by}, does not exist: containerd refuses to start. Only a `*` makes an import "
        "a pattern that may match nothing.",
        f"Create {path} or take it out of imports.",
    )


def _resolve(node: NodeFiles, parent: str, pattern: str, version: Version) -> list[str]:
    is_glob = "*" in pattern
    if not pattern.startswith("/"):
        if is_glob and not version.relative_globs:
            return []
        pattern = posixpath.join(posixpath.dirname(parent), pattern)
    pattern = posixpath.normpath(pattern)
    if not is_glob:
        return [pattern]
    try:
        matches = _matcher(pattern)
    except re.error as error:
        raise ConfigError(_bad_pattern(parent, pattern)) from error
    found = {path for path in _entries(node) if matches(path)}
    return sorted(found, key=lambda path: path.split("/"))


def _entries(node: NodeFiles) -> t.Iterator[str]:
    """Yield every file that is known, and every folder above one."""
    for path in (*node.files, *node.unreadable):
        while len(path) > 1:
            yield path
            path = posixpath.dirname(path)


def _matcher(pattern: str) -> t.Callable[[str], bool]:
    """Return what tells the paths that a pattern matches."""
    head, _star, tail = pattern.partition("*")
    if _SPECIAL.search(head) or _SPECIAL.search(tail) or "/" in tail or "*" in tail:
        parts = _glob(pattern)
        return lambda path: _matches(parts, path.split("/"))

    # The usual one, `/folder/*.toml`: a process of its own compiles it for each node.
    def matches(path: str) -> bool:
        middle = path[len(head) : len(path) - len(tail)]
        long_enough = len(path) >= len(head) + len(tail)
        return path.startswith(head) and path.endswith(tail) and long_enough and "/" not in middle

    return matches


# What matches one character, None for a star.
_Glob: t.TypeAlias = "list[re.Pattern[str] | None]"


@functools.lru_cache(maxsize=64)
def _glob(pattern: str) -> list[_Glob]:
    """Return Go's filepath.Match of a pattern, by the parts of a path.

    `*` stops at a slash and matches dot files.
    """
    return [[_character(part) for part in _PART.findall(name)] for name in _names(pattern)]


def _names(pattern: str) -> list[str]:
    """Return a pattern's parts between slashes outside of sets."""
    names = [""]
    for part in _PART.findall(pattern):
        if part == "/":
            names.append("")
        else:
            names[-1] += part
    return names


def _character(part: str) -> re.Pattern[str] | None:
    if part == "*":
        return None
    if part == "?":
        return re.compile(r"[^/]", re.DOTALL)
    if part == "[":
        raise re.error("unterminated character set")
    if part.startswith("["):
        body = re.escape(part[1:-1].removeprefix("^")).replace("\\-", "-")
        return re.compile(f"[^/{body}]" if part[1] == "^" else f"[{body}]", re.DOTALL)
    return re.compile(re.escape(part[-1]), re.DOTALL)


def _matches(parts: list[_Glob], names: list[str]) -> bool:
    return len(parts) == len(names) and all(map(_matches_name, parts, names))


def _matches_name(glob: _Glob, name: str) -> bool:
    """Return whether a name matches, without going back beyond the last star: that is enough."""
    at = place = 0
    star, after_star = -1, 0
    while place < len(name):
        matcher = glob[at] if at < len(glob) else None
        if at < len(glob) and matcher is None:
            star, after_star = at, place
            at += 1
        elif matcher is not None and matcher.fullmatch(name, place, place + 1):
            at, place = at + 1, place + 1
        elif star >= 0:
            after_star += 1
            at, place = star + 1, after_star
        else:
            return False
    return all(matcher is None for matcher in glob[at:])


def _bad_pattern(parent: str, pattern: str) -> Finding:
    return Finding(
        "import_pattern_broken",
        Severity.ERROR,
        parent,
        f"The import {pattern!r} is no valid pattern: containerd refuses to start.",
        "Close every [ in the pattern.",
    )


def _merge(files: t.Sequence[ConfigFile], version: Version) -> Merged:
    if version.migrates_each_file:
        return _merge_migrated(files, version)
    merged = Merged(1 if version.old else 3, {}, (), (), tuple(files))
    for file in files:
        merged = _merge_file(merged, file, version)
    if not version.old and merged.version <= 2:
        merged = dataclasses.replace(merged, plugins=migrate(merged.plugins, merged.files))
    return merged


def _merge_file(merged: Merged, file: ConfigFile, version: Version) -> Merged:
    lift = not version.old and file.version in (0, 1)
    if lift and merged.version > version.max_config_version:
        raise ConfigError(_cannot_lift(file, merged.version, version))
    plugins = _lengthened(file.plugins) if lift else file.plugins
    return dataclasses.replace(
        merged,
        version=file.version if file.version and not lift else merged.version,
        plugins=union(merged.plugins, plugins, deep=not version.replaces_plugin_tables),
        disabled=merged.disabled + _long_names(file.names("disabled_plugins"), lift),
        required=merged.required + _long_names(file.names("required_plugins"), lift),
    )


def _merge_migrated(files: t.Sequence[ConfigFile], version: Version) -> Merged:
    """Merge as 2.3 does: each file is brought to version 4 on its own."""
    first = next((file.version for file in files if file.version), 0)
    merged = Merged(4, {}, (), (), tuple(files))
    for file in files:
        if version.refuses_newer_imports and first and file.version > first:
            raise ConfigError(_version_above(file, first))
        lift = file.version <= 1
        plugins = _lengthened(file.plugins) if lift else file.plugins
        if file.version < 4:
            plugins = migrate(plugins, (file,))
        merged = dataclasses.replace(
            merged,
            version=max(merged.version, file.version),
            plugins=union(merged.plugins, plugins, deep=True),
            disabled=merged.disabled + _long_names(file.names("disabled_plugins"), lift),
            required=merged.required + _long_names(file.names("required_plugins"), lift),
        )
    return merged


def _cannot_lift(file: ConfigFile, above: int, version: Version) -> Finding:
    return Finding(
        "config_version_panics",
        Severity.ERROR,
        file.where("version") if file.version else file.path,
        f"This file has version {file.version or 'none'}, a file before it has {above}: containerd "
        f"{version} tries to lift it that far, panics (index out of range) and does not start.",
        f"Write version = {version.max_config_version} and its plugin tables to both files.",
    )


def _version_above(file: ConfigFile, first: int) -> Finding:
    return Finding(
        "config_version_above_main",
        Severity.ERROR,
        file.where("version"),
        f"This file has version {file.version}, the first file with a version has {first}: "
        "containerd 2.3.0 to 2.3.4 refuses to start on a drop-in with a higher version.",
        f"Write this file for version {first}, or raise the version of the main file; 2.3.5 and "
        "later take both as they are.",
    )


def _long_name(name: str) -> str:
    if "." in name:
        return name
    return OLD if name == SHORT else f"io.containerd.grpc.v1.{name}"


def _long_names(names: tuple[str, ...], lift: bool) -> tuple[str, ...]:
    return tuple(_long_name(name) for name in names) if lift else names


def _lengthened(plugins: Table) -> Table:
    return {_long_name(name): value for name, value in plugins.items()}


def migrate(plugins: Table, files: t.Sequence[ConfigFile]) -> Table:
    """Return the plugin tables with what 2.x copies from the old CRI table to the new one."""
    if OLD not in plugins:
        return plugins
    old, new = plugins[OLD], plugins.get(NEW, {})
    if not isinstance(old, dict) or not isinstance(new, dict):
        raise wrong_type(files[-1].where(OLD), ["plugins", OLD])
    result = {**new, **{key: old[key] for key in _COPIED if key in old}}
    snapshots = old.get("containerd")
    if isinstance(snapshots, dict) and "runtimes" in snapshots:
        result |= {key: snapshots[key] for key in _COPIED_FROM_CONTAINERD if key in snapshots}
    return {**plugins, NEW: result}


def _validate(merged: Merged, version: Version) -> None:
    last = next((file for file in reversed(merged.files) if file.version), None)
    if merged.version > version.max_config_version:
        raise ConfigError(
            Finding(
                "config_version_unsupported",
                Severity.ERROR,
                last.where("version") if last else DEFAULT_CONFIG_PATH,
                f"containerd {version} knows configuration versions up to "
                f"{version.max_config_version}, this is version {merged.version}: "
                "it refuses to start.",
                f"Write version = {version.max_config_version} and its plugin tables.",
            )
        )
    for name in _short_names(merged, version):
        file = next((file for file in reversed(merged.files) if name in file.text), None)
        raise ConfigError(
            Finding(
                "short_plugin_name",
                Severity.ERROR,
                file.where(name) if file else DEFAULT_CONFIG_PATH,
                f"The plugin name {name!r} is a short one, and the merged configuration has "
                f"version {merged.version}: containerd refuses to start.",
                f"Write the whole name, such as {OLD!r}.",
            )
        )


def _short_names(merged: Merged, version: Version) -> t.Iterator[str]:
    listed = (*merged.disabled, *merged.required)
    if not version.old:
        yield from (name for name in listed if "." not in name)
    elif merged.version >= 2:
        yield from (name for name in (*listed, *merged.plugins) if name.count(".") < 3)


__all__ = ("DUMP", "Merged", "load_files", "merge_dump", "merge_node", "migrate")
