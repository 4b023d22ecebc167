# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry settings in force: which plugin table counts, and whether CRI loads (SPEC 1)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from .config import NEW, OLD, RUNTIME, SHORT, ConfigFile, wrong_type
from .imports import Merged
from .schema import (
    NEW_SCHEMA,
    OLD_SCHEMA,
    Table,
    in_order_of_names,
    mismatch,
    misspelt,
    named,
    table_at,
)
from .urls import parse_url
from .version import Version

DEFAULT_FOLDERS = "/etc/containerd/certs.d:/etc/docker/certs.d"


@dataclasses.dataclass(frozen=True)
class Registry:
    """What the CRI plugin does about registries.

    `folders` are the roots in which hosts.toml files are looked up; None where the plugin goes
    by `mirrors`. `config_path` is the text in force, `is_default` tells that it is built in.
    """

    table: Table
    config_path: str
    is_default: bool
    local_pull: bool
    folders: tuple[str, ...] | None

    @property
    def mirrors(self) -> Table:
        """Return the mirror tables by image host."""
        return table_at(self.table, "mirrors")

    @property
    def configs(self) -> Table:
        """Return the tables of credentials and TLS by mirror host."""
        return table_at(self.table, "configs")

    @property
    def list_not_split(self) -> bool:
        """Return whether config_path is a colon list that the transfer service reads as one."""
        return not self.local_pull and ":" in self.config_path


def table_name(merged: Merged, version: Version) -> str:
    """Return the plugin table that the release reads from the merged configuration."""
    if not version.old:
        return NEW
    return OLD if merged.version >= 2 else SHORT


def counts(file: ConfigFile, name: str, merged: Merged, version: Version) -> bool:
    """Return whether the registry settings under a plugin name of a file are read at all."""
    if version.old:
        return name == table_name(merged, version)
    if name == NEW:
        return True
    if version.migrates_each_file:
        newest, oldest = 4, 1
        return file.version < newest and (name == OLD or file.version <= oldest)
    return merged.version <= 2 and (name == OLD or file.version <= 1)


def read_registry(merged: Merged, version: Version) -> Registry:
    """Return the settings in force. Raises ConfigError where a type is wrong."""
    name = table_name(merged, version)
    plugin = _plugin(merged, version, name)
    if name not in merged.disabled:
        _check_types(merged, plugin, version, name)
    table = table_at(plugin, "registry")
    config_path = str(table.get("config_path", ""))
    is_default = version.has_default_config_path and not config_path and not table.get("mirrors")
    if is_default:
        config_path = DEFAULT_FOLDERS
    local = not version.has_transfer_service or _pulls_locally(plugin)
    folders: tuple[str, ...] | None = tuple(filter(None, config_path.split(":")))
    if not local:
        folders = (config_path,) if config_path else ()
    elif not config_path:
        folders = None
    return Registry(table, config_path, is_default, local, folders)


def _plugin(merged: Merged, version: Version, name: str) -> t.Any:
    """Return a plugin's table, its options named as the release takes them."""
    table = merged.plugins.get(name, {})
    if merged.from_dump or not isinstance(table, dict):
        return table
    schema = OLD_SCHEMA if version.old else NEW_SCHEMA
    if next(misspelt(table, schema), None) is None:
        return table
    return named(table if version.old else in_order_of_names(table), schema, version.old)


def _check_types(merged: Merged, plugin: t.Any, version: Version, name: str) -> None:
    schema = OLD_SCHEMA if version.old else NEW_SCHEMA
    wrong = mismatch(plugin, schema, ("plugins", name))
    if wrong is None:
        return
    holders = [file for file in merged.files if wrong[-1] in file.text]
    raise wrong_type(holders[-1].where(wrong[-1]) if holders else name, wrong)


def _pulls_locally(plugin: t.Any) -> bool:
    """Return whether a switch sends 2.1+ back from the transfer service to the local puller."""
    registry = table_at(plugin, "registry")
    return (
        any(registry.get(key) for key in ("mirrors", "configs", "auths"))
        or plugin.get("use_local_image_pull") is True
        or plugin.get("max_concurrent_downloads", 3) != 3
        or plugin.get("image_pull_with_sync_fs") is True
        or plugin.get("discard_unpacked_layers") is True
        or plugin.get("disable_snapshot_annotations") is False
    )


def disabled_by(merged: Merged, version: Version) -> str:
    """Return the entry of disabled_plugins that keeps CRI from loading, empty if none."""
    names = {table_name(merged, version)} if version.old else {OLD, NEW, RUNTIME}
    return next((name for name in merged.disabled if name in names), "")


def is_required(merged: Merged) -> bool:
    """Return whether the daemon itself refuses to run without CRI."""
    return not {SHORT, OLD, NEW}.isdisjoint(merged.required)


def conflict(registry: Registry, merged: Merged, version: Version) -> tuple[str, str]:
    """Return (code, message) of settings on which CRI fails to load; two empty ones if none."""
    cni = table_at(merged.plugins, RUNTIME, "cni")
    if version.knows_cni_bin_dir_twice and cni.get("bin_dir") and cni.get("bin_dirs"):
        return (
            "cni_bin_dir_twice",
            "`cni.bin_dir` and `cni.bin_dirs` cannot be set at the same time",
        )
    mirrors, config_path = registry.mirrors, registry.table.get("config_path")
    if mirrors and config_path:
        return "mirrors_and_config_path", "`mirrors` cannot be set when `config_path` is provided"
    if mirrors and (version.major, version.minor, version.patch) == (2, 2, 0):
        return (
            "mirrors_break_2_2_0",
            "containerd 2.2.0 sets config_path by itself and then fails to load CRI with mirrors",
        )
    tls = [host for host, config in registry.configs.items() if "tls" in config]
    if version.old and tls and config_path:
        return "tls_and_config_path", "`configs.tls` cannot be set when `config_path` is provided"
    for endpoint in table_at(registry.table, "auths"):
        try:
            parse_url(endpoint)
        except ValueError as error:
            return "auths_invalid", f"the key {endpoint!r} of registry.auths is no URL ({error})"
    return "", ""


__all__ = (
    "DEFAULT_FOLDERS",
    "Registry",
    "conflict",
    "counts",
    "disabled_by",
    "is_required",
    "read_registry",
    "table_name",
)
