# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings read on the controller, where `ca_cert` may be the path of a file."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import pathlib
import typing as t

from ansible.errors import AnsibleError

from ..module_utils._causes import describe
from ..module_utils._evidence import Severity
from ..module_utils._mirrors.notation import NODE_PATH_STYLES
from ..module_utils._settings.parse import ParsedSettings, parse_settings
from ..module_utils._settings.settings import Settings

SETTINGS_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "settings": {"type": "raw", "required": True, "no_log": True},
    "airgap": {"type": "bool", "default": True},
    "node_path_style": {
        "type": "str",
        "default": NODE_PATH_STYLES[0],
        "choices": list(NODE_PATH_STYLES),
    },
}
"""The options of actions that decide what `palette_registry` means."""


def read_file(path: str) -> bytes:
    """Return a file of the controller. Raises OSError."""
    return pathlib.Path(path).expanduser().read_bytes()


def parse(raw: object, *, airgap: bool, node_path_style: str = "verbatim") -> ParsedSettings:
    """Read `palette_registry`; the findings say what is wrong with it."""
    return parse_settings(raw, airgap=airgap, node_path_style=node_path_style, read_file=read_file)


def settings_or_error(raw: object, *, airgap: bool, node_path_style: str = "verbatim") -> Settings:
    """Return the settings, or raise AnsibleError with every finding that is an error."""
    parsed = parse(raw, airgap=airgap, node_path_style=node_path_style)
    if parsed.settings is None:
        errors = [item for item in parsed.findings if item.severity is Severity.ERROR]
        raise AnsibleError(f"palette_registry is not usable:\n{describe(errors)}")
    return parsed.settings


__all__ = ("SETTINGS_ARGUMENTS", "parse", "read_file", "settings_or_error")
