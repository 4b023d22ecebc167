# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of awx/config, as they stand: templates are not evaluated."""

from __future__ import annotations

import typing as t

import yaml

from tests.sandbox.paths import CHECKOUT


class _Loader(yaml.SafeLoader):
    """Reads !unsafe as the text that it is."""


def _unsafe(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor("!unsafe", _unsafe)


def load(name: str) -> dict[str, t.Any]:
    """Return the variables of one file."""
    text = (CHECKOUT / "awx" / "config" / f"{name}.yml").read_text(encoding="utf-8")
    return dict(yaml.load(text, _Loader))
