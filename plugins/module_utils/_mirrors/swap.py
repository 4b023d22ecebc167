# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the imageswap admission webhook (v1.5.3, mode MAPS) makes of an image.

A map is parsed and compiled once, then swaps many images. The webhook is followed to the
letter, oddities included: sources are regular expressions that replace every occurrence,
and some maps make it answer with a server error. Proven by tests/vectors/image_swap.json.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import fnmatch
import re
import typing as t

if t.TYPE_CHECKING:
    from .table import MirrorTable

WEBHOOK_ERROR = "webhook_error"

ASSUME_DEFAULT: dict[str, bool | None] = {"unknown": None, "true": True, "false": False}
"""Whether the map has a `default` entry where the mirrors have none, as people tell it."""

_DEFAULT = "default"
_WILDCARDS = "noswap_wildcards"
_EXACT = "[EXACT]"
_REPLACE = "[REPLACE]"
_DOCKER = "docker.io"

# What Python's `re` raises for a pattern or a replacement that it cannot use.
_REGEX_ERRORS = (re.error, IndexError, OverflowError, RecursionError)
_PORT = re.compile(":.*/")

NO_DEFAULT_RULE = (
    f'The map has no "{_DEFAULT}" entry: nothing is swapped but what {_EXACT} and {_REPLACE} '
    "entries name."
)


class Swap(t.NamedTuple):
    """What the webhook answers for one image.

    `swapped` is the string that ends up in the pod: the image itself where nothing is swapped,
    None where the webhook answers with a server error (then `error` is "webhook_error").
    `rule` says in words which entry decided. `replacements` counts how often its source, a
    regular expression, was found in the image: more than once is hardly ever meant.
    A NamedTuple, for speed: one is made for each image.
    """

    image: str
    swapped: str | None
    rule: str
    error: str = ""
    replacements: int = 0


_Route = t.Callable[[str], Swap]


@dataclasses.dataclass(frozen=True)
class MapFile:
    """The three tables that the webhook reads from its map file, in the order of the file."""

    exact: dict[str, str]
    replace: dict[str, str]
    plain: dict[str, str]


def read_map_file(text: str) -> MapFile:
    """Read a map file as the webhook does: bad lines are skipped, the last duplicate wins."""
    maps = MapFile({}, {}, {})
    # The webhook opens the file in text mode, which ends lines at \r and \r\n too.
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        entry = _read_line(line)
        if entry is None:
            continue
        source, target = entry
        if source.startswith(_EXACT):
            maps.exact[source[len(_EXACT) :].lstrip()] = target
        elif source.startswith(_REPLACE):
            maps.replace[source[len(_REPLACE) :].lstrip()] = target
        else:
            maps.plain[source] = target
    return maps


def _read_line(line: str) -> tuple[str, str] | None:
    """Return source and target of a line, None for a comment, a blank or an unreadable line."""
    if line.startswith("#"):
        return None
    # Only spaces vanish everywhere: a tab inside stays, and makes its source never match.
    line = _without_comment(line).rstrip().replace(" ", "")
    for separator in ("::", ":"):
        parts = line.split(separator)
        if len(parts) == 2:
            return parts[0], parts[1]
    return None


def _without_comment(line: str) -> str:
    """Cut the last comment only: of "a::b#c#d" the webhook keeps "a::b#c"."""
    end = len(line)
    while (end := line.rfind("#", 1, end)) > 0:
        if line[end - 1] != "#":
            return line[:end]
    return line


class SwapMap:
    """A compiled map: parse once, swap many."""

    def __init__(self, maps: MapFile) -> None:
        """Compile the tables of a map file."""
        self.maps = maps
        self._exact = {
            image: Swap(
                image, target, f"{_entry(_EXACT + image, target)} names exactly this image."
            )
            for image, target in maps.exact.items()
        }
        self._replace = tuple(_replacer(glob, target) for glob, target in maps.replace.items())
        self._library = self._route(_DOCKER, library=True, named=False)
        self._short = self._route(_DOCKER, library=False, named=False)
        self._routes: dict[str, _Route] = {}

    @classmethod
    def from_map_file(cls, text: str, assume_default: bool = False) -> SwapMap:
        """Compile the raw text of a map file. Any text is a map file to the webhook.

        With `assume_default` there is an empty `default` entry, if the text itself has none.
        """
        return cls(read_map_file(f"{_DEFAULT}::\n{text}" if assume_default else text))

    @classmethod
    def from_palette(cls, source: str | MirrorTable, assume_default: bool) -> SwapMap:
        """Compile a comma-separated Palette string, or a mirror table, an entry a line.

        With `assume_default` the chart is taken to add an empty `default` entry, which is
        what makes the webhook swap anything; an entry of the source's own wins over it.
        """
        if isinstance(source, str):
            return cls.from_map_file(source.replace(",", "\n"), assume_default)
        lines = "\n".join(f"{entry.source}::{entry.target}" for entry in source.entries)
        return cls.from_map_file(lines, assume_default)

    @property
    def has_default(self) -> bool:
        """Whether there is a `default` entry, without which hardly anything is swapped."""
        return _DEFAULT in self.maps.plain

    def swap(self, image: str) -> Swap:
        """Return what the webhook puts in the pod instead of `image`. Never raises."""
        if image in self._exact:
            return self._exact[image]
        for replacer in self._replace:
            swap = replacer(image)
            if swap is not None:
                return swap
        head, slash, rest = image.partition("/")
        if rest and "." in head:
            route = self._routes.get(head)
            if route is None:
                route = self._routes[head] = self._route(head, library=False, named=True)
            return route(image)
        return self._short(image) if slash else self._library(image)

    def _source(self, registry: str, library: bool) -> str | None:
        plain = self.maps.plain
        host = registry.partition(":")[0]
        source = host if registry not in plain and host in plain else registry
        if library and f"{source}/library" in plain:
            return f"{source}/library"
        return source if source in plain or f"{source}/library" in plain else None

    def _route(self, registry: str, library: bool, named: bool) -> _Route:
        """Compile what happens to images of a registry; `named`: the image names it itself."""
        plain = self.maps.plain
        if not self.has_default:
            return _keep(NO_DEFAULT_RULE)
        source = self._source(registry, library)
        if source is None:
            return self._default_route(registry)
        entry = _entry(source, plain.get(source, ""))
        if source not in plain:
            return _fail(
                f'The map has an entry "{source}/library" but none for "{source}": the webhook '
                f"fails (KeyError) on every other image of {source}."
            )
        target = plain[source]
        if not target:
            return _keep(f"{entry} has no target: the image stays as it is.")
        if target.endswith("-"):
            prefix = target if named else f"{target}{registry}/"
            return _glue(prefix, f"{entry} ends with a dash: the image is glued to it, less ports.")
        return _substitute(source, target, entry)

    def _default_route(self, registry: str) -> _Route:
        target = self.maps.plain[_DEFAULT]
        entry = f'{_entry(_DEFAULT, target)} (there is none for "{registry}")'
        if not target:
            route = _keep(f"{entry} has no target: the image stays as it is.")
        elif target.endswith("-"):
            prefix = f"{target}{registry.partition(':')[0]}/"
            rule = f"{entry} ends with a dash: registry and image are glued to it."
            route = _prefix(prefix, rule)
        else:
            route = _substitute(registry, target, entry)
        wildcards = self.maps.plain.get(_WILDCARDS, "")
        return _unless_wildcard(wildcards, route) if wildcards else route


def _entry(source: str, target: str) -> str:
    return f'The entry "{source}::{target}"'


def _keep(rule: str) -> _Route:
    return lambda image: Swap(image, image, rule)


def _fail(rule: str) -> _Route:
    return lambda image: Swap(image, None, rule, WEBHOOK_ERROR)


def _prefix(prefix: str, rule: str) -> _Route:
    return lambda image: Swap(image, prefix + image, rule)


def _glue(prefix: str, rule: str) -> _Route:
    return lambda image: Swap(image, prefix + _PORT.sub("/", image), rule)


def _substitute(source: str, target: str, entry: str) -> _Route:
    """Replace the source, a regular expression, where the image holds it; else put in front."""
    rule = f'{entry}: the target replaces "{source}" wherever the image holds it.'
    front = f"{entry}: the image does not name {source}, so the target goes in front of it."
    failure = f"{entry}: the webhook fails, for source or target is no valid regular expression."
    try:
        pattern = re.compile(source)
    except _REGEX_ERRORS:
        pattern = None

    def route(image: str) -> Swap:
        if source not in image:
            return Swap(image, f"{target}/{image}", front)
        if pattern is None:
            return Swap(image, None, failure, WEBHOOK_ERROR)
        try:
            swapped, count = pattern.subn(target, image)
        except _REGEX_ERRORS:
            return Swap(image, None, failure, WEBHOOK_ERROR)
        return Swap(image, swapped, rule, "", count)

    return route


def _unless_wildcard(wildcards: str, otherwise: _Route) -> _Route:
    """Keep an image that holds one of the comma-separated texts; an empty text is in any image."""
    rules = [
        (text, f'{_entry(_WILDCARDS, wildcards)} exempts images that hold "{text}".')
        for text in wildcards.split(",")
    ]

    def route(image: str) -> Swap:
        for text, rule in rules:
            if text in image:
                return Swap(image, image, rule)
        return otherwise(image)

    return route


def _replacer(glob: str, target: str) -> t.Callable[[str], Swap | None]:
    """Compile a [REPLACE] entry, which keeps of a matching image what follows the last slash."""
    entry = _entry(_REPLACE + glob, target)
    rule = f"{entry} matches the image, of which it keeps what follows the last slash."
    prefix = target if not target or target.endswith("/") else f"{target}/"
    match = re.compile(fnmatch.translate(glob)).match

    def replace(image: str) -> Swap | None:
        if match(image) is None:
            return None
        return Swap(image, prefix + image.rpartition("/")[2], rule)

    return replace


__all__ = (
    "ASSUME_DEFAULT",
    "NO_DEFAULT_RULE",
    "WEBHOOK_ERROR",
    "MapFile",
    "Swap",
    "SwapMap",
    "read_map_file",
)
