# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Differences as people read them: an object's YAML before and after."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import functools
import json
import typing as t

with contextlib.suppress(ImportError):  # controllers have it: ansible-core needs it
    import yaml


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


@functools.cache
def _readable_dumper() -> type[yaml.SafeDumper]:
    """Return what writes text of several lines as a block, so that a diff shows its lines."""

    class ReadableDumper(yaml.SafeDumper):
        pass

    ReadableDumper.add_representer(str, _represent_text)
    return ReadableDumper


def readable(value: t.Any) -> str:
    """Return plain data as YAML for a person; empty for None, as a diff of nothing is."""
    if value is None:
        return ""
    plain = json.loads(json.dumps(value))
    return yaml.dump(plain, Dumper=_readable_dumper(), allow_unicode=True, width=1000)


def readable_diff(header: str, before: t.Any, after: t.Any) -> dict[str, str]:
    """Return a diff of plain data as Ansible shows it, with one header for both sides."""
    return text_diff(header, readable(before), readable(after))


def text_diff(header: str, before: str, after: str) -> dict[str, str]:
    """Return a diff of texts as Ansible shows it, with one header for both sides."""
    return {"before_header": header, "after_header": header, "before": before, "after": after}


__all__ = ("readable", "readable_diff", "text_diff")
