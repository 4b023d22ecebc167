# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""containerd's notations: the mirrors of config.toml, and a tree of hosts.toml files.

How containerd reads both: config.toml adds `/v2` to an endpoint only if its path is empty;
hosts.toml adds it at the end, unless `override_path` is true.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import json
import re
import typing as t

from ..table import DEFAULT, MirrorEntry, MirrorTable, Reading, shown
from .endpoint import (
    ANY_HOST,
    Endpoint,
    endpoint_of,
    has_v2,
    load_toml,
    meant,
    names_api,
    no_endpoint,
    note_more_endpoints,
    note_no_v2,
    note_unknown_options,
    read_endpoint,
    source_key,
    source_of,
    split_endpoint,
    unsupported,
)

OLD = "io.containerd.grpc.v1.cri"
NEW = "io.containerd.cri.v1.images"
VERSION_1 = "cri"

HOSTS_FILE = "hosts.toml"
DEFAULT_FOLDER = "_default"
UNUSED_FOLDERS = ("*", "registry-1.docker.io", "index.docker.io")

_DEEPEST = 5
"""So many keys lead to a table that may be mirrors: plugins, the plugin, registry, mirrors."""

_PORT_FOLDER = re.compile(r"(.+)_(\d+)_\Z")


def toml_string(text: str) -> str:
    """Return text as a TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


# config.toml


def render_config(table: MirrorTable, config_version: int, path_style: str) -> str:
    """Write the registry part of config.toml, version 2 or 3.

    `path_style` verbatim writes targets as Palette's page does, v2_prefix writes the URLs that
    containerd needs. Raises ValueError on another version.
    """
    plugins = {2: OLD, 3: NEW}
    if config_version not in plugins:
        raise ValueError(f"config_version is {config_version!r}: choose 2 or 3")
    prefix = f"plugins.{toml_string(plugins[config_version])}.registry.mirrors"
    endpoint = endpoint_of if path_style == "v2_prefix" else str
    parts = [f"version = {config_version}\n"]
    for entry in table:
        endpoints = toml_string(endpoint(entry.target)) if entry.target else ""
        parts.append(f"[{prefix}.{toml_string(source_key(entry))}]\n  endpoint = [{endpoints}]\n")
    return "\n".join(parts)


def read_config(raw: object) -> Reading:
    """Read the mirrors of a config.toml, from the plugin table that its version makes count."""
    reading = Reading()
    data = load_toml(str(raw), reading, "config.toml")
    if data is None:
        return reading
    mirrors = _mirrors_that_count(data, reading)
    for key, mirror in mirrors.items():
        _add_mirror(reading, key, mirror, hides=ANY_HOST in mirrors and key != ANY_HOST)
    return reading


def _mirrors_that_count(data: dict[str, t.Any], reading: Reading) -> dict[str, t.Any]:
    """Return the mirrors of the plugin table that counts, and note those that do not."""
    version = data.get("version", 1)
    ranked = {2: (OLD, NEW, VERSION_1), 3: (NEW, OLD, VERSION_1), 4: (NEW, OLD, VERSION_1)}
    order = ranked.get(version, (VERSION_1, OLD, NEW)) if isinstance(version, int) else (OLD, NEW)
    tables = {name: _table(data, "plugins", name, "registry") for name in order}
    found = [name for name in order if _table(tables[name], "mirrors")]
    if not found:
        _note_no_mirrors(reading, tables)
        if not reading.items:
            _note_misplaced(reading, data, f"plugins.{toml_string(order[0])}.registry.mirrors")
        return {}
    if found[0] != order[0] or len(found) > 1:
        ignored = found[1:] if found[0] == order[0] else found
        reading.warn(
            "table_of_another_version",
            f'config.toml plugins."{ignored[0]}"',
            f"With version = {version} some releases of containerd ignore the mirrors of "
            f"plugins.{', plugins.'.join(toml_string(name) for name in ignored)}.",
            f"Move them to plugins.{toml_string(order[0])}.registry.mirrors.",
        )
    return _table(tables[found[0]], "mirrors")


def _note_no_mirrors(reading: Reading, tables: dict[str, dict[str, t.Any]]) -> None:
    for table in tables.values():
        if table.get("config_path"):
            reading.error(
                "mirrors_elsewhere",
                "config.toml config_path",
                f"config_path is {shown(str(table['config_path']))}: mirrors are in the "
                "hosts.toml files below that folder, not in this file.",
                "Read that tree instead: {path: content}.",
            )
            return


def _note_misplaced(reading: Reading, data: dict[str, t.Any], right: str) -> None:
    """Tell of tables that look like mirrors, under a name that no release reads."""
    for path in _like_mirrors(data):
        reading.error(
            "mirrors_misplaced",
            f"config.toml {path}",
            f"What stands there looks like mirrors, but no release of containerd reads {path}.",
            f"Did you mean {right}? Write that name.",
        )


def _like_mirrors(table: dict[str, t.Any], path: tuple[str, ...] = ()) -> t.Iterator[str]:
    """Yield the paths of tables in which each table has an endpoint."""
    below = [one for one in table.values() if isinstance(one, dict)]
    if below and all("endpoint" in one for one in below):
        yield ".".join(key if key.isidentifier() else toml_string(key) for key in path)
        return
    for key, value in table.items():
        if isinstance(value, dict) and len(path) < _DEEPEST:
            yield from _like_mirrors(value, (*path, key))


def _table(data: dict[str, t.Any], *keys: str) -> dict[str, t.Any]:
    """Return a nested table, empty if there is none."""
    for key in keys:
        value = data.get(key)
        data = value if isinstance(value, dict) else {}
    return data


def _add_mirror(reading: Reading, key: str, mirror: object, hides: bool) -> None:
    where = f"mirrors.{toml_string(key)}"
    options = mirror if isinstance(mirror, dict) else {}
    if note_unknown_options(reading, where, options, ("endpoint",)):
        return
    endpoints = mirror.get("endpoint", []) if isinstance(mirror, dict) else None
    if not isinstance(endpoints, list) or not all(isinstance(text, str) for text in endpoints):
        reading.error(
            "wrong_endpoint_type",
            where,
            "endpoint is not a list of texts; containerd refuses to start with that.",
            'Write endpoint = ["registry.example.org/path"].',
        )
        return
    note_more_endpoints(reading, where, len(endpoints))
    if not endpoints:
        no_endpoint(reading, where, "endpoint = []", source_of(key), hides=hides)
        return
    endpoint = read_endpoint(reading, where, endpoints[0])
    if endpoint is None:
        return
    if endpoint.scheme and endpoint.path and not names_api(endpoint.literal):
        note_no_v2(reading, where, endpoint, f"containerd asks https://{endpoint.literal}")
    reading.add(where, endpoints[0], source_of(key), endpoint.target)


# hosts.toml


def render_hosts(table: MirrorTable, certs_dir: str) -> dict[str, str]:
    """Write a tree {path: content} of hosts.toml files below the folder of `config_path`."""
    return {
        f"{certs_dir.rstrip('/')}/{_folder(entry)}/{HOSTS_FILE}": _hosts_file(entry)
        for entry in table
    }


def _folder(entry: MirrorEntry) -> str:
    if entry.kind == "default":
        return DEFAULT_FOLDER
    host, colon, port = entry.source.partition(":")
    return f"{host}_{port}_" if colon else host


def _hosts_file(entry: MirrorEntry) -> str:
    url = endpoint_of(entry.target)
    override = "  override_path = true\n" if split_endpoint(url).path not in ("", "v2") else ""
    return f'[host.{toml_string(url)}]\n  capabilities = ["pull", "resolve"]\n{override}'


def hosts_unsupported(entry: MirrorEntry) -> str:
    """Return why hosts.toml cannot hold an entry, empty if it can."""
    reason = unsupported(entry)
    if not reason and not entry.target:
        reason = "hosts.toml has no entry that exempts a registry"
    if not reason and has_v2(entry.target) and entry.target.startswith("http"):
        reason = "containerd misreads a host whose name begins with 'http' there"
    return reason


def read_hosts(raw: t.Mapping[object, object]) -> Reading:
    """Read a tree {path: content}: a folder's name is the source, its first host the target."""
    reading = Reading()
    never = _never_read([str(path) for path in raw])
    for path, content in raw.items():
        parts = str(path).rstrip("/").split("/")
        if parts[-1] != HOSTS_FILE or len(parts) < 2:
            _note_unread(reading, str(path), "only <registry>/hosts.toml files are read")
        elif not isinstance(content, str):
            _note_unread(reading, str(path), "its content is not text")
        elif str(path) in never:
            _note_unread(reading, str(path), never[str(path)])
        elif parts[-2] in UNUSED_FOLDERS:
            _note_unread(reading, str(path), "containerd never looks into a folder of this name")
        else:
            _add_hosts_file(reading, str(path), _source(parts[-2]), content)
    return reading


def _never_read(paths: list[str]) -> dict[str, str]:
    """Return the hosts.toml files that containerd passes over, with the reason.

    These are the ones deeper than in the folder of a registry below a root, such as those of a
    copy of the tree, and those of a registry whose folder is found before.
    """
    places = {path: path.rsplit("/", 2) for path in paths if path.endswith(f"/{HOSTS_FILE}")}
    roots = {path: f"{parts[0]}/" if len(parts) == 3 else "" for path, parts in places.items()}
    found: dict[str, str] = {}
    served: dict[str, str] = {}
    # A folder with the port after `_` is looked up first, else the first root has it.
    for path in sorted(places, key=lambda path: not places[path][-2].endswith("_")):
        source = _source(places[path][-2])
        if any(roots[path] != root and roots[path].startswith(root) for root in roots.values()):
            found[path] = "containerd does not look into folders below those of registries"
        elif source in served:
            found[path] = f"containerd takes {served[source]} for {source}, which it finds before"
        else:
            served[source] = path
    return found


def _note_unread(reading: Reading, path: str, reason: str) -> None:
    reading.warn(
        "file_not_read",
        shown(path),
        f"The file is left out: {reason}.",
        "Name files like /etc/containerd/certs.d/docker.io/hosts.toml.",
    )


def _source(folder: str) -> str:
    if folder == DEFAULT_FOLDER:
        return DEFAULT
    port = _PORT_FOLDER.match(folder)
    return f"{port[1]}:{port[2]}" if port else folder


def _add_hosts_file(reading: Reading, path: str, source: str, content: str) -> None:
    data = load_toml(content, reading, path)
    if data is None:
        return
    hosts = _table(data, "host")
    name: object = next(iter(hosts), data.get("server"))
    if not isinstance(name, str) or not name:
        reading.error(
            "no_host",
            path,
            "The file names neither [host] nor server; containerd asks the registry itself.",
            next(filter(None, (meant(key, ("host", "server")) for key in data)), "")
            or 'Write [host."https://registry.example.org/v2/path"] with override_path = true.',
        )
        return
    note_more_endpoints(reading, path, len(hosts))
    settings = _table(hosts, name) if hosts else data
    endpoint = read_endpoint(reading, path, name)
    if endpoint is None:
        return
    _note_asked_path(reading, path, endpoint, settings.get("override_path") is True)
    reading.add(path, name, source, endpoint.target)


def _note_asked_path(reading: Reading, where: str, endpoint: Endpoint, override: bool) -> None:
    """Warn where containerd will not ask the registry API at the target's path."""
    path = f"/{endpoint.path}".rstrip("/")
    as_written = override or path.endswith("/v2")
    if as_written and names_api(endpoint.literal) and not has_v2(endpoint.literal):
        return
    if not override and not path.endswith("/v2"):
        path = f"{path}/v2"
    rest = endpoint.target.partition("/")[2].removeprefix("v2").strip("/")
    if path != f"/v2/{rest}".rstrip("/"):
        asked = f"containerd asks https://{endpoint.host}{path}"
        note_no_v2(reading, where, endpoint, asked, " with override_path = true")


__all__ = (
    "HOSTS_FILE",
    "hosts_unsupported",
    "read_config",
    "read_hosts",
    "render_config",
    "render_hosts",
    "toml_string",
)
