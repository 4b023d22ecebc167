# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mirror tables: read and write every notation."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t

from .entry_rules import check_pieces
from .notations import containerd, k3s, palette
from .notations import map_file as image_swap
from .notations.endpoint import api_path
from .notations.endpoint import unsupported as containerd_unsupported
from .notations.wrapping import Inner, unwrap
from .table import WILDCARDS, MirrorEntry, MirrorTable, ParsedMirrors, Reading

Rendered: t.TypeAlias = str | dict[str, str] | list[dict[str, str]]

NODE_PATH_STYLES = ("verbatim", "v2_prefix")
"""How Palette's endpoints reach the nodes: as the page writes them, or with `/v2/`."""


@dataclasses.dataclass(frozen=True)
class RenderOptions:
    """What the notations of nodes leave open.

    `path_style` is one of NODE_PATH_STYLES and `config_version` 2 or 3, for config.toml;
    `certs_dir` is the folder that `config_path` names.
    """

    path_style: str = "verbatim"
    config_version: int = 2
    certs_dir: str = "/etc/containerd/certs.d"


class Notation(t.NamedTuple):
    """One notation: the types it is read from, and its two directions."""

    types: tuple[type, ...]
    read: t.Callable[[t.Any], Reading]
    render: t.Callable[[MirrorTable, RenderOptions], Rendered]
    unsupported: t.Callable[[MirrorEntry], str]


def _anything(_entry: MirrorEntry) -> str:
    return ""


NOTATIONS: dict[str, Notation] = {
    "palette": Notation(
        (str,),
        palette.read_string,
        lambda table, _: palette.render_string(table),
        palette.unsupported,
    ),
    "list": Notation((list, tuple), palette.read_list, lambda table, _: table.to_list(), _anything),
    "mapping": Notation(
        (t.Mapping,), palette.read_mapping, lambda table, _: table.targets(), _anything
    ),
    "imageswap_map": Notation(
        (str,),
        image_swap.read_map,
        lambda table, _: image_swap.render_map(table),
        image_swap.unsupported,
    ),
    "image_change": Notation(
        (str, t.Mapping),
        image_swap.read_image_change,
        lambda table, _: image_swap.render_image_change(table),
        image_swap.unsupported,
    ),
    "containerd_hosts": Notation(
        (t.Mapping,),
        containerd.read_hosts,
        lambda table, options: containerd.render_hosts(table, options.certs_dir),
        containerd.hosts_unsupported,
    ),
    "containerd_mirrors": Notation(
        (str,),
        containerd.read_config,
        lambda table, options: containerd.render_config(
            table, options.config_version, options.path_style
        ),
        containerd_unsupported,
    ),
    "k3s_registries": Notation(
        (str, t.Mapping),
        k3s.read_registries,
        lambda table, _: k3s.render_registries(table),
        k3s.unsupported,
    ),
}


def parse_mirrors(raw: object, notation: str = "auto") -> ParsedMirrors:
    """Read a mirror table from any notation. Never raises: what is wrong becomes findings.

    `raw` is text (also UTF-8 bytes), a list, a mapping, a table or an entry tuple of ours;
    `notation` is `auto` or one of NOTATIONS. With `auto` it may be wrapped in a manifest, the
    chart's values or user data.
    """
    reading = Reading()
    raw, name = _plain(raw, reading), notation
    if name == "auto":
        raw, name = _detected(raw, reading)
    if not reading.items:
        reading = _read(raw, name)
    table, findings = check_pieces(reading, name)
    return ParsedMirrors(table, findings, name)


def _plain(raw: object, reading: Reading) -> object:
    """Return raw with bytes as text and a table as list."""
    if isinstance(raw, MirrorTable):
        return raw.to_list()
    if isinstance(raw, (bytes, bytearray)):
        try:
            return bytes(raw).decode("utf-8")
        except UnicodeDecodeError as error:
            reading.error(
                "not_utf8",
                f"byte {error.start + 1}",
                "The input is no UTF-8 text, so nothing is read.",
                "Give it as text, or as UTF-8 bytes.",
            )
    return raw


def _read(raw: object, name: str) -> Reading:
    chosen = NOTATIONS.get(name)
    reading = Reading()
    if chosen is None:
        reading.error(
            "unknown_notation",
            "notation",
            f"{name!r} is no notation, so nothing is read.",
            f"Choose auto or one of {', '.join(NOTATIONS)}.",
        )
    elif isinstance(raw, chosen.types):
        reading = chosen.read(raw)
    else:
        reading.error(
            "wrong_type",
            "mirrors",
            f"The {name} notation is not read from a {type(raw).__name__}.",
            "Give the mirrors as text source::target,source::target, as a list of "
            "{source, target} or as a mapping {source: target}.",
        )
    return reading


_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("containerd_mirrors", re.compile(r"^\s*(?:\[\[?\s*[\w\"'.-]+.*\]|version\s*=)", re.MULTILINE)),
    ("image_change", re.compile(r"^\s*(?:imageSwap|imageChange)\s*:(?!:)", re.MULTILINE)),
    (
        "k3s_registries",
        re.compile(r"^(?:(?:mirrors|configs)\s*:(?!:)|mirror\s*:\s*$)", re.MULTILINE),
    ),
)


def _detected(raw: object, reading: Reading) -> Inner:
    """Return what holds the entries, and the notation that it is most likely written in."""
    inner = unwrap(raw, reading)
    return inner if inner.notation != "auto" else Inner(raw, _detect(raw))


def _detect(raw: object) -> str:
    if isinstance(raw, str):
        return _detect_text(raw)
    if isinstance(raw, t.Mapping):
        keys = [str(key) for key in raw]
        if keys and all(key.endswith(".toml") for key in keys):
            return "containerd_hosts"
        if "imageSwap" in keys or "imageChange" in keys:
            return "image_change"
        if isinstance(raw.get("mirrors"), t.Mapping):
            return "k3s_registries"
        return "mapping"
    return "list"


def _detect_text(text: str) -> str:
    for name, sign in _SIGNS:
        if "[EXACT]" not in text and "[REPLACE]" not in text and sign.search(text):
            return name
    lines = [line for line in text.splitlines() if line.strip()]
    listed = any(
        line.rstrip().endswith(",") or line.count("::") > 1
        for line in lines
        if not line.lstrip().startswith(WILDCARDS)
    )
    commented = any(line.startswith("#") for line in lines)
    return "imageswap_map" if commented or (len(lines) > 1 and not listed) else "palette"


def render_mirrors(
    table: MirrorTable,
    notation: str,
    *,
    path_style: str = "verbatim",
    config_version: int = 2,
    certs_dir: str = RenderOptions.certs_dir,
) -> Rendered:
    """Write a mirror table in a notation; see RenderOptions for what nodes leave open.

    Raises ValueError, naming every entry that the notation cannot express: what comes back from
    reading the result is the table, never less.
    """
    _check_path_style(path_style)
    chosen = NOTATIONS.get(notation)
    if chosen is None:
        raise ValueError(f"{notation!r} is no notation: choose one of {', '.join(NOTATIONS)}")
    reasons = [(entry, chosen.unsupported(entry)) for entry in table]
    _refuse(notation, [(entry, reason) for entry, reason in reasons if reason])
    table = _told(table, notation, path_style)
    rendered = chosen.render(table, RenderOptions(path_style, config_version, certs_dir))
    back = parse_mirrors(rendered, notation)
    if not back.ok or back.table != table:
        told = "; ".join(dict.fromkeys(finding.message for finding in back.findings))
        known = set(back.table.entries) if back.ok else set()
        lost = [entry for entry in table if entry not in known]
        _refuse(notation, [(entry, told or "it reads back differently") for entry in lost])
        raise ValueError(f"{notation} cannot express this table: {told or 'it reads back changed'}")
    return rendered


def _told(table: MirrorTable, notation: str, path_style: str) -> MirrorTable:
    """Return a table with what is told of APIs, as a notation has it.

    A list keeps it. URLs of nodes have it as `/v2` within the path. Other notations hold names.
    """
    if notation == "list":
        return table
    urls = ("containerd_hosts", "k3s_registries")
    if notation in urls or (notation == "containerd_mirrors" and path_style == "v2_prefix"):
        return MirrorTable(
            tuple(
                MirrorEntry(entry.source, api_path(entry.target, entry.api_path))
                if entry.api_path
                else entry
                for entry in table
            )
        )
    return table.names()


def render_each(
    table: MirrorTable,
    notations: t.Iterable[str],
    *,
    path_style: str = "verbatim",
    config_version: int = 2,
    certs_dir: str = RenderOptions.certs_dir,
) -> tuple[dict[str, Rendered], dict[str, str]]:
    """Return what each notation gives, and for those that cannot express the table the reason."""
    rendered: dict[str, Rendered] = {}
    refused: dict[str, str] = {}
    for notation in notations:
        try:
            rendered[notation] = render_mirrors(
                table,
                notation,
                path_style=path_style,
                config_version=config_version,
                certs_dir=certs_dir,
            )
        except ValueError as error:
            refused[notation] = str(error)
    return rendered, refused


def _refuse(notation: str, reasons: t.Sequence[tuple[MirrorEntry, str]]) -> None:
    if reasons:
        told = "; ".join(f"{str(entry)!r}: {reason}" for entry, reason in reasons)
        raise ValueError(f"{notation} cannot express {told}")


def node_table(table: MirrorTable, path_style: str = "verbatim") -> MirrorTable:
    """Return the table as nodes get it, which Palette writes to them as it stands in the Secret.

    `verbatim` leaves the targets as written, as Palette's page does. `v2_prefix` puts `/v2/` in
    front of the path of each registry's target, where containerd's `mirrors` need it, and where an
    entry's `api_path` is told behind that one. Raises ValueError on another style.
    """
    _check_path_style(path_style)
    if path_style == "verbatim":
        return table
    return MirrorTable(
        tuple(
            MirrorEntry(entry.source, api_path(entry.target, entry.api_path))
            if _on_nodes(entry)
            else entry
            for entry in table
        )
    )


def node_endpoints(table: MirrorTable, path_style: str = "verbatim") -> tuple[MirrorEntry, ...]:
    """Return what the first endpoint of each registry must literally be on a node.

    Only registries have one: `default`, wildcards, exact and replace entries and exemptions have
    none. Raises ValueError on another style than those of `node_table`.
    """
    return tuple(entry for entry in node_table(table, path_style) if _on_nodes(entry))


def _on_nodes(entry: MirrorEntry) -> bool:
    return entry.kind == "registry" and bool(entry.target)


def _check_path_style(path_style: str) -> None:
    if path_style not in NODE_PATH_STYLES:
        raise ValueError(f"{path_style!r} is no path style: {' or '.join(NODE_PATH_STYLES)}")


__all__ = (
    "NODE_PATH_STYLES",
    "NOTATIONS",
    "RenderOptions",
    "Rendered",
    "node_endpoints",
    "node_table",
    "parse_mirrors",
    "render_each",
    "render_mirrors",
)
