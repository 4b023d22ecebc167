# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chart values as Helm reads them: parsed, compared, written so that nothing is read otherwise.

Helm and PyYAML disagree on YAML: to Helm `12e4` is a number, `y` a boolean and a date a string.
So values files are parsed by Helm's rules here, and ours are written as JSON in UTF-8, in which
the two agree on everything.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import contextlib
import functools
import json
import re
import typing as t

from ...module_utils._certificates.text import holds_private_key
from ...module_utils._redact import fingerprint
from .yaml_budget import require_small

with contextlib.suppress(ImportError):  # controllers have it: ansible-core needs it
    import yaml

Values = t.Mapping[str, t.Any]

_MISSING = object()

# Keys whose values are secret in whatever chart.
_SECRET_KEY = re.compile(r"passw|secret|token|credential|dockerconfig|privatekey", re.IGNORECASE)

# What Helm's YAML library refuses to read; JSON escapes the rest of the control characters.
_UNPRINTABLE = re.compile("[\x7f-\x84\x86-\x9f\ufffe\uffff]")

_SIGN = r"[-+]?"
_RESOLVERS: tuple[tuple[str, str], ...] = (
    ("bool", r"y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE"),
    ("bool", r"n|N|no|No|NO|off|Off|OFF|false|False|FALSE"),
    ("null", r"~|null|Null|NULL|"),
    ("int", _SIGN + r"(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|0|[1-9][0-9_]*)"),
    ("float", _SIGN + r"(?:\.?[0-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*)(?:[eE][-+]?[0-9]+)?"),
    ("merge", r"<<"),
)


def _construct_bool(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() in ("y", "yes", "on", "true")


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | float:
    text = str(loader.construct_scalar(node)).replace("_", "")
    sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text.lstrip("+"))
    number = int(digits, 8 if re.match(r"0[0-7]+\Z", digits) else 0)
    # Beyond 64 bits Helm goes on with a floating-point number.
    return sign * (number if number < 2**64 else float(number))


def _construct_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)).replace("_", ""))


def _construct_binary(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return base64.b64decode(str(loader.construct_scalar(node))).decode()


@functools.cache
def _helm_loader() -> type[yaml.SafeLoader]:
    """Return what reads plain scalars as Helm's YAML library does."""

    # In C where PyYAML has it, as Helm's library is a port of that: a chart may be long.
    class HelmLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    # PyYAML's own rules, which a subclass inherits, must not be asked first.
    HelmLoader.yaml_implicit_resolvers = {}
    for kind, pattern in _RESOLVERS:
        # First character None: to be tried whatever the scalar begins with.
        HelmLoader.add_implicit_resolver(
            f"tag:yaml.org,2002:{kind}", re.compile(rf"(?:{pattern})\Z"), None
        )
    HelmLoader.add_constructor("tag:yaml.org,2002:binary", _construct_binary)
    HelmLoader.add_constructor("tag:yaml.org,2002:bool", _construct_bool)
    HelmLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)
    HelmLoader.add_constructor("tag:yaml.org,2002:float", _construct_float)
    return HelmLoader


def parse_values(text: str, name: str) -> dict[str, t.Any]:
    """Return the values in a values file, as Helm would read it.

    Raises ValueError with a sentence that names the file.
    """
    try:
        require_small(text, _helm_loader())
    except yaml.YAMLError:
        pass  # told below
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}: this is no file of values") from exc
    try:
        values = yaml.load(text, Loader=_helm_loader())
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(exc, "problem", None) or "it cannot be read"
        raise ValueError(f"{name}{place}: this is no YAML: {problem}") from exc
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ValueError(f"{name}: values must be a mapping at the top level")
    try:
        return t.cast("dict[str, t.Any]", _with_string_keys(values))
    except TypeError as exc:
        raise ValueError(f"{name}: {exc}") from exc


def _with_string_keys(value: t.Any) -> t.Any:
    """Return plain data as Helm has it. Raises TypeError for what a tag made something else of."""
    if isinstance(value, dict):
        return {_key(key): _with_string_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_string_keys(item) for item in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError("values are text, numbers, booleans, lists and mappings, and one is not")


def _key(key: t.Any) -> str:
    """Return a key as Helm has it once the values are JSON: `n:` becomes "false"."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def values_json(values: Values) -> str:
    """Return values as JSON that Helm's YAML reader takes to the letter, for a UTF-8 file.

    Raises ValueError for what no file can carry (a lone surrogate, infinity, a foreign type), and
    for control characters that Helm deploys but cannot print again, so that kubernetes.core fails.
    """
    try:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError) as exc:
        raise ValueError(
            "a value cannot be written for Helm: only text in Unicode, numbers, booleans, lists"
            " and mappings can"
        ) from exc
    control = _UNPRINTABLE.search(text)
    if control:
        raise ValueError(
            f"a value holds the control character U+{ord(control.group()):04X}, which Helm deploys"
            " but cannot print again"
        )
    # YAML forbids some characters and reads others as line breaks; their escapes are safe.
    return "".join(
        char if char.isprintable() or ord(char) > 0xFFFF else f"\\u{ord(char):04x}" for char in text
    )


def same(one: t.Any, other: t.Any) -> bool:
    """Return whether two values are one and the same to Helm: `true` is not 1, but 1.0 is 1."""
    if isinstance(one, t.Mapping) and isinstance(other, t.Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return float(one) == float(other)
    return bool(one == other)


def changed_paths(before: Values, after: Values, path: str = "") -> list[str]:
    """Return the dotted paths at which values differ, those of leaves, sorted."""
    paths: list[str] = []
    for key in {*before, *after}:
        old, new = before.get(key, _MISSING), after.get(key, _MISSING)
        here = f"{path}.{key}" if path else str(key)
        if isinstance(old, t.Mapping) and isinstance(new, t.Mapping):
            paths += changed_paths(old, new, here)
        elif isinstance(new, t.Mapping) and new and old is _MISSING:
            paths += changed_paths({}, new, here)
        elif not same(old, new):
            paths.append(here)
    return sorted(paths)


def merge_values(below: Values, above: Values) -> dict[str, t.Any]:
    """Return chart values merged as Helm merges them: mappings by key, all else replaced."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, t.Mapping) and isinstance(value, t.Mapping):
            merged[key] = merge_values(under, value)
        else:
            merged[key] = value
    return merged


def secrets_in(values: t.Any, secret: bool = False) -> t.Iterator[str]:
    """Yield the strings under keys such as password or dockerConfigJson, and private keys."""
    if isinstance(values, t.Mapping):
        for key, value in values.items():
            yield from secrets_in(value, secret or bool(_SECRET_KEY.search(str(key))))
    elif isinstance(values, list):
        for value in values:
            yield from secrets_in(value, secret)
    elif isinstance(values, str) and values and (secret or holds_private_key(values)):
        yield values


def without_secrets(value: t.Any, secret: bool = False) -> t.Any:
    """Return a copy in which what `secrets_in` yields stands as its fingerprint."""
    if isinstance(value, t.Mapping):
        return {
            key: without_secrets(item, secret or bool(_SECRET_KEY.search(str(key))))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(item, secret) for item in value]
    if isinstance(value, str) and (secret or holds_private_key(value)):
        return fingerprint(value)
    return value


def flatten(
    values: t.Mapping[str, t.Any], path: tuple[str, ...] = ()
) -> t.Iterator[tuple[tuple[str, ...], t.Any]]:
    """Yield each leaf of nested values with its path."""
    for key, value in values.items():
        if isinstance(value, t.Mapping):
            yield from flatten(value, (*path, str(key)))
        else:
            yield (*path, str(key)), value


__all__ = (
    "Values",
    "changed_paths",
    "flatten",
    "merge_values",
    "parse_values",
    "same",
    "secrets_in",
    "values_json",
    "without_secrets",
)
