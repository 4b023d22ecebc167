# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about the configuration files: tables and files that do not count (SPEC 1 and 2)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import posixpath
import typing as t

from .._evidence import Finding, Severity
from .config import NEW, OLD, SHORT, ConfigFile
from .imports import Merged
from .lint_mirrors import other_case
from .lint_names import lint_names
from .model import NodeFiles
from .registry import DEFAULT_FOLDERS, Registry, counts, table_name
from .schema import NEW_SCHEMA, OLD_SCHEMA, Table, misspelt, table_at
from .states import place
from .version import NEWEST_MEASURED, Version


def lint_version(version: Version) -> t.Iterator[Finding]:
    """Tell where no measurement stands behind the answers."""
    if version.newer_than_measured:
        yield Finding(
            "version_not_measured",
            Severity.INFO,
            f"containerd {version}",
            f"containerd {version} is newer than {NEWEST_MEASURED}, the newest release that was "
            "measured: what is told of this node follows the rules of that one.",
            "Check one pull on a node by hand, with crictl.",
        )
    elif not version.measured:
        yield Finding(
            "version_not_measured",
            Severity.WARNING,
            f"containerd {version}",
            f"containerd {version} was not measured; the rules of 1.6 are used.",
            "Check one pull on a node by hand, with crictl.",
        )


def lint_config(node: NodeFiles, merged: Merged, version: Version) -> t.Iterator[Finding]:
    """Tell which tables, imports and drop-ins have no effect, or take the effect of others."""
    if not merged.from_dump:
        yield from _letter_case(merged, version)
        for file in merged.files:
            yield from lint_names(file)
        yield from _ignored_tables(merged, version)
        yield from _overwritten(merged, version)
        yield from _replaced_by_dropin(merged, version)
        yield from _misplaced_imports(merged)
        yield from _not_imported(node, merged)


def lint_folders(node: NodeFiles, merged: Merged, registry: Registry) -> t.Iterator[Finding]:
    """Tell where hosts.toml files are on the node, but not read."""
    if registry.list_not_split and not registry.is_default:
        yield Finding(
            "config_path_not_split",
            Severity.ERROR,
            place(merged, "config_path"),
            f"config_path is the list {registry.config_path!r}. The transfer service of containerd "
            "2.1 and later takes it for one folder and finds nothing: no hosts.toml is read, all "
            "images come from upstream.",
            f'Name one folder, or set use_local_image_pull = true in [plugins."{NEW}"].',
        )
        return
    roots = tuple(f"{root}/" for root in DEFAULT_FOLDERS.split(":"))
    read = tuple(f"{root.rstrip('/')}/" for root in registry.folders or ())
    unread = [
        path
        for path in (*node.files, *node.unreadable)
        if path.startswith(roots) and path.endswith("/hosts.toml") and not path.startswith(read)
    ]
    if unread:
        others = "the mirrors" if registry.mirrors else "the others" if registry.folders else ""
        fix = 'Set config_path = "/etc/containerd/certs.d" in the registry table.'
        if others:
            move = ", and take the mirrors out: both exclude each other" if registry.mirrors else ""
            fix = f"Nothing, if {others} are to count; else let config_path name this folder{move}."
        yield Finding(
            "certs_d_not_read",
            Severity.INFO if others else Severity.WARNING,
            unread[0],
            f"{len(unread)} hosts.toml file(s) are on the node, but containerd does not read them: "
            f"config_path is {registry.table.get('config_path', '')!r}"
            + (" and mirrors are set." if registry.mirrors else "."),
            fix,
        )


def _letter_case(merged: Merged, version: Version) -> t.Iterator[Finding]:
    for file in merged.files:
        for spelling in file.misspelt:
            yield other_case(file.path, file.text, spelling, version)
        for name, schema in ((SHORT, OLD_SCHEMA), (OLD, OLD_SCHEMA), (NEW, NEW_SCHEMA)):
            table = file.plugins.get(name)
            for spelling in dict.fromkeys(misspelt(table, schema)):
                # Out of its old table 2.x copies what has the usual names.
                lost = name != NEW and not version.old and spelling.key in table_at(table)
                yield other_case(file.path, file.text, spelling, version, lost)


def _ignored_tables(merged: Merged, version: Version) -> t.Iterator[Finding]:
    for file in merged.files:
        for name in (SHORT, OLD, NEW):
            settings = table_at(file.plugins, name, "registry")
            if settings and not counts(file, name, merged, version):
                yield Finding(
                    "table_ignored",
                    Severity.WARNING,
                    file.where(name, "registry"),
                    f"containerd {version} ignores the registry settings of {name!r} (file version "
                    f"{file.version or 'none'}, merged version {merged.version}), without an error."
                    f" Lost: {', '.join(_summary(settings))}.",
                    _right_table(merged, version),
                )


def _right_table(merged: Merged, version: Version) -> str:
    if version.old and merged.version < 2:
        return f'Write version = 2 at the top of the main file, and [plugins."{OLD}".registry].'
    return f'Write the settings to [plugins."{table_name(merged, version)}".registry].'


def _summary(settings: Table) -> list[str]:
    mirrors = [f"the mirror of {host}" for host in table_at(settings, "mirrors")]
    return [*mirrors, *(key for key in settings if key != "mirrors")]


def _overwritten(merged: Merged, version: Version) -> t.Iterator[Finding]:
    """2.x copies the old registry table over the new one as a whole, even an empty one."""
    if version.old:
        return
    groups = [[file] for file in merged.files] if version.migrates_each_file else [merged.files]
    for group in groups:
        old = [file for file in group if _has_old_registry(file, merged, version)]
        new = [file for file in group if table_at(file.plugins, NEW, "registry")]
        if old and new:
            yield Finding(
                "new_table_overwritten",
                Severity.WARNING,
                new[-1].where(NEW, "registry"),
                f"{old[-1].path} sets the registry of {OLD!r}, which replaces that of {NEW!r} as a "
                f"whole. Lost: {', '.join(_summary(table_at(new[-1].plugins, NEW, 'registry')))}.",
                f'Keep one of the two: [plugins."{NEW}".registry] for containerd 2.x.',
            )


def _has_old_registry(file: ConfigFile, merged: Merged, version: Version) -> bool:
    return any(
        counts(file, name, merged, version) and "registry" in table_at(file.plugins, name)
        for name in (SHORT, OLD)
    )


def _replaced_by_dropin(merged: Merged, version: Version) -> t.Iterator[Finding]:
    if version.replaces_plugin_tables:
        yield from _tables_replaced(merged, table_name(merged, version))
    else:
        yield from _endpoints_replaced(merged, version)


def _tables_replaced(merged: Merged, name: str) -> t.Iterator[Finding]:
    earlier: ConfigFile | None = None
    for file in merged.files:
        if name not in file.plugins:
            continue
        before = table_at(earlier.plugins, name) if earlier else {}
        lost = _lost(before, table_at(file.plugins, name))
        if earlier and lost:
            yield Finding(
                "dropin_replaces_table",
                Severity.WARNING,
                file.where(name),
                f"This file sets something in the table {name!r}, and before containerd 2.0 that "
                f"drops the whole table of {earlier.path}. Lost: {_few(lost)}."
                + "".join(
                    text
                    for key, text in _CONSEQUENCES.items()
                    if any(one.startswith(key) for one in lost)
                ),
                f"Write what is lost to {file.path}, too, or all settings of this table to one "
                "file.",
            )
        earlier = file


_CONSEQUENCES = {
    "sandbox_image": " Pods start with the built-in sandbox image of registry.k8s.io instead: in "
    "an airgap none starts unless a mirror serves it.",
    "the runtime ": " Pods of a RuntimeClass whose runtime is gone do not start.",
    "SystemdCgroup": " Without SystemdCgroup the runtime falls back to the cgroup driver cgroupfs.",
}
"""What follows from the loss of settings that break more than mirrors."""

_NAMED = 8
"""How many lost settings a finding names."""


def _few(lost: t.Sequence[str]) -> str:
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return ", ".join(lost[:_NAMED]) + more


def _lost(before: Table, after: Table) -> list[str]:
    """Return the settings of a plugin's table that a table in its place does not set."""
    registry, left = table_at(before, "registry"), table_at(after, "registry")
    mirrors = {
        host: table
        for host, table in table_at(registry, "mirrors").items()
        if host not in table_at(left, "mirrors")
    }
    others = {key: value for key, value in registry.items() if key not in left}
    named = _summary({**others, "mirrors": mirrors})
    rest = {key: value for key, value in before.items() if key != "registry"}
    gone = [f"the runtime {name}" for name in _runtimes(before) if name not in _runtimes(after)]
    return list(dict.fromkeys([*named, *gone, *_missing(rest, after)]))


def _runtimes(plugin: Table) -> list[str]:
    """Return the runtimes of a plugin's table besides runc, which is built in."""
    return [name for name in table_at(plugin, "containerd", "runtimes") if name != "runc"]


def _missing(before: Table, after: Table) -> t.Iterator[str]:
    """Yield the names of the settings that a table has and another one has not."""
    for key, value in before.items():
        if isinstance(value, dict) and value:
            yield from _missing(value, table_at(after, key))
        elif key not in after:
            yield key


def _endpoints_replaced(merged: Merged, version: Version) -> t.Iterator[Finding]:
    before: dict[str, tuple[ConfigFile, t.Any]] = {}
    for file in merged.files:
        for host, table in _mirrors(file, merged, version).items():
            if host in before and before[host][1] != table:
                yield Finding(
                    "dropin_replaces_endpoint",
                    Severity.WARNING,
                    file.where("mirrors", host),
                    f"This file replaces the endpoints of {host} that {before[host][0].path} sets; "
                    "the lists are not joined.",
                    f"Write all endpoints of {host} to the file that is loaded last.",
                )
            before[host] = (file, table)


def _mirrors(file: ConfigFile, merged: Merged, version: Version) -> Table:
    mirrors: Table = {}
    for name in (SHORT, OLD, NEW):
        if counts(file, name, merged, version):
            mirrors |= table_at(file.plugins, name, "registry", "mirrors")
    return mirrors


def _misplaced_imports(merged: Merged) -> t.Iterator[Finding]:
    for file in merged.files:
        tables = {**file.data, **file.plugins}
        for name in [name for name, table in tables.items() if "imports" in table_at(table)]:
            yield Finding(
                "imports_misplaced",
                Severity.WARNING,
                file.where("imports"),
                f"This `imports` line stands after a [table] header, so it belongs to {name!r}: "
                "containerd ignores it and loads no drop-in.",
                "Add what it names to the imports at the top of the file."
                if "imports" in file.data
                else "Move it to the top of the file, above the first [table].",
            )


def _not_imported(node: NodeFiles, merged: Merged) -> t.Iterator[Finding]:
    folder = posixpath.join(posixpath.dirname(node.config_path), "conf.d/")
    loaded = {file.path for file in merged.files}
    written = f'Write imports = ["{folder}*.toml"] at the top of {node.config_path}.'
    if any(file.path == node.config_path and "imports" in file.data for file in merged.files):
        written = f'Add "{folder}*.toml" to the list imports of {node.config_path}.'
    for path in node.files:
        if path.startswith(folder) and path.endswith(".toml") and path not in loaded:
            yield Finding(
                "dropin_not_imported",
                Severity.WARNING,
                path,
                "No `imports` names this file, so containerd does not load it; conf.d is not read "
                "by itself in any release.",
                written,
            )


__all__ = ("lint_config", "lint_folders", "lint_version")
