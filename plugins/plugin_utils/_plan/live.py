# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The override that a cluster has already: how a plan differs from it, and how to adopt it."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._mirrors.notation import parse_mirrors, render_mirrors
from ...module_utils._mirrors.table import MirrorTable
from ...module_utils._settings.parse import read_boolean
from ...module_utils._settings.settings import Settings, secret_data
from .._override.secret import LiveSecret, fields_of

_NOT_SET = "not set"
_EMPTY = "empty"
# Long, or secret: only whether they are set is shown.
_HIDDEN = frozenset({"PASSWORD", "CA_CERT"})


Redact = t.Callable[[str], str]


@dataclasses.dataclass(frozen=True)
class Difference:
    """One field that a plan changes: `live` now, `planned` then, never a secret in either."""

    field: str
    live: str
    planned: str

    def to_dict(self) -> dict[str, str]:
        """Return plain data."""
        return dataclasses.asdict(self)


_REORDERED = Difference("MIRROR_REGISTRIES", "the same entries", "in another order or spelling")


def differences(
    settings: Settings, live: LiveSecret | None, redact: Redact = str
) -> tuple[Difference, ...]:
    """Return what a plan changes in the Secret, mirror entries one by one; all if there is none.

    `redact` is for what the cluster has, in which people put anything.
    """
    found: list[Difference] = []
    for key, before, planned, same in fields_of(live.data if live else None, secret_data(settings)):
        if same:
            continue
        if key == "MIRROR_REGISTRIES" and before:
            found += _mirror_differences(before, settings.mirrors, redact) or [_REORDERED]
        else:
            found.append(_difference(key, before, planned, redact))
    return tuple(found)


def _difference(key: str, before: str | None, planned: str, redact: Redact) -> Difference:
    if key not in _HIDDEN:
        return Difference(key, _shown(before, redact), _shown(planned))
    live = "set" if before else _shown(before)
    return Difference(key, live, ("another value" if before else "set") if planned else _EMPTY)


def _shown(value: str | None, redact: Redact = str) -> str:
    if value is None:
        return _NOT_SET
    return redact(value) or _EMPTY


def _mirror_differences(before: str, planned: MirrorTable, redact: Redact) -> list[Difference]:
    old, new = parse_mirrors(before, "palette").table.targets(), planned.targets()
    return [
        Difference(
            f"MIRROR_REGISTRIES {source if source in new else redact(source)}",
            _shown(old.get(source), redact) if source in old else _NOT_SET,
            _shown(new.get(source)) if source in new else "removed",
        )
        for source in dict.fromkeys((*old, *new))
        if old.get(source) != new.get(source)
    ]


def adopted_settings(live: LiveSecret, name: str) -> dict[str, t.Any]:
    """Return `palette_registry` as a live Secret has it, for the same Secret to come out of it.

    The Secret does not hold the `name` of the registry; the chart does. Nothing is corrected:
    what is wrong in the cluster is for the lint to find.
    """
    text = {key: value.decode("utf-8", "replace") for key, value in live.data.items()}
    insecure = text.get("INSECURE", "")
    boolean = read_boolean(insecure)
    return {
        "endpoint": text.get("DOMAIN", ""),
        "name": name,
        "base_content_path": text.get("BASE_PATH", ""),
        "username": text.get("USERNAME", ""),
        "password": text.get("PASSWORD", ""),
        "insecure_skip_verify": insecure if boolean is None else boolean,
        "ca_cert": text.get("CA_CERT", ""),
        "mirrors": _adopted_mirrors(text.get("MIRROR_REGISTRIES", "")),
    }


def _adopted_mirrors(text: str) -> str | dict[str, str]:
    """Return the entries as a mapping, for people to read, where that means the same string."""
    parsed = parse_mirrors(text, "palette")
    try:
        if parsed.ok and render_mirrors(parsed.table, "palette") == text:
            return parsed.table.targets()
    except ValueError:
        pass
    return text


__all__ = ("Difference", "adopted_settings", "differences")
