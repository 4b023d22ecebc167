# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why the webhook turns an image into another one, and what may go wrong with the result."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

from .._causes import describe
from .._evidence import Finding, Severity
from .._image_name import parse_image
from .._mirrors.notation import NOTATIONS, parse_mirrors
from .._mirrors.notations.text import load_yaml
from .._mirrors.notations.wrapping import Inner, unwrap
from .._mirrors.swap import Swap, SwapMap
from .._mirrors.table import Reading

_MAP_FILE = "imageswap_map"
_IMAGE_CHANGE = "image_change"
_ENTRIES = ("list", "mapping")
# In YAML and TOML, "::" is part of an IPv6 address, behind a quote, "=" or "//".
_ENTRY = re.compile(r"^(?:(?!//)[^\"'=#\n])*?::", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class SwapMaps:
    """The map that the webhook reads, or the two that it may read.

    `doubt` is the map without a `default` entry. There is one only where nobody told whether
    Palette's chart adds that entry, and the mirrors hold none of their own.
    """

    likely: SwapMap
    doubt: SwapMap | None = None


def read_swap_maps(
    mirrors: object, notation: str = "auto", assume_default: bool | None = None
) -> SwapMaps:
    """Compile mirrors in any notation; map files reach the webhook's parser as they are.

    `assume_default` None means unknown; it says nothing in the notations of map files. Raises
    ValueError with a sentence that says what to write instead.
    """
    if notation != "auto" and notation not in NOTATIONS:
        raise ValueError(f"{notation!r} is no notation: use auto, {', '.join(NOTATIONS)}")
    mirrors, notation = unwrapped(mirrors, notation)
    if isinstance(mirrors, str):
        return _read_text(mirrors, notation, assume_default)
    if notation == "auto":
        is_list = isinstance(mirrors, (list, tuple))
        notation = "list" if is_list else parse_mirrors(mirrors).notation
    return _compile(_as_lines(mirrors, notation), notation, assume_default)


def unwrapped(mirrors: object, notation: str) -> Inner:
    """Return mirrors out of what they are wrapped in, with their notation, if that is `auto`.

    Raises ValueError where none are inside.
    """
    if notation != "auto":
        return Inner(mirrors, notation)
    reading = Reading()
    inner = unwrap(mirrors, reading)
    faults = [item for item in reading.items if isinstance(item, Finding)]
    if faults:
        raise ValueError(describe(faults))
    return inner


# Filters see one image a call: the caches let all images of a template share one table.
@functools.lru_cache(maxsize=32)
def _read_text(text: str, notation: str, assume_default: bool | None) -> SwapMaps:
    name = detect_notation(text) if notation == "auto" else notation
    lines = text if name in (_MAP_FILE, "palette") else _as_lines(text, name)
    return _compile(lines, name, assume_default)


@functools.lru_cache(maxsize=32)
def _compile(text: str, notation: str, assume_default: bool | None) -> SwapMaps:
    if notation in (_MAP_FILE, _IMAGE_CHANGE):
        return SwapMaps(SwapMap.from_map_file(text))
    compiled = SwapMap.from_palette if notation == "palette" else SwapMap.from_map_file
    if assume_default is not None:
        return SwapMaps(compiled(text, assume_default))
    without = compiled(text, False)
    return SwapMaps(without) if without.has_default else SwapMaps(compiled(text, True), without)


def detect_notation(text: str) -> str:
    """Return the notation of a text: with a line end or a comment it is a map file.

    Else, and where a single line holds several entries, it is Palette's string. The block of
    a pack is known by its first words; text without any entry may be YAML or TOML of nodes.
    """
    known = parse_mirrors(text).notation
    if known == _IMAGE_CHANGE or (known not in (_MAP_FILE, "palette") and not _ENTRY.search(text)):
        return known
    lines = text.strip().splitlines()
    several_in_one = len(lines) == 1 and text.count("::") > 1 and "#" not in text
    return _MAP_FILE if re.search(r"[\n\r#]", text) and not several_in_one else "palette"


def _as_lines(mirrors: object, notation: str) -> str:
    """Return mirrors as the lines of a map file. Raises ValueError if that cannot be."""
    if notation in (_MAP_FILE, "palette"):
        raise ValueError(f"notation {notation} is text, got {type(mirrors).__name__}")
    if notation == _IMAGE_CHANGE:
        return _image_change(mirrors)
    lines = _lines(mirrors) if notation in _ENTRIES else None
    if lines is not None:
        return "\n".join(lines)
    parsed = parse_mirrors(mirrors, notation)
    if not parsed.ok:
        raise ValueError(describe(parsed.findings))
    return "\n".join(map(str, parsed.table))


def _image_change(raw: object) -> str:
    """Return the map file inside a pack's block `imageSwap.imageChange`."""
    reading = Reading()
    data = load_yaml(raw, reading) if isinstance(raw, str) else raw
    block = data.get("imageSwap", data) if isinstance(data, t.Mapping) else None
    text = block.get("imageChange") if isinstance(block, t.Mapping) else None
    if not isinstance(text, str):
        raise ValueError("there is no text under imageSwap.imageChange")
    return text


def _lines(mirrors: object) -> list[str] | None:
    """Return entries as lines of a map file, untouched; None if there is anything but text."""
    if isinstance(mirrors, t.Mapping):
        pairs: list[object] = [
            {"source": source, "target": target} for source, target in mirrors.items()
        ]
    elif isinstance(mirrors, (list, tuple)):
        pairs = list(mirrors)
    else:
        return None
    lines = [_line(pair) for pair in pairs]
    return None if None in lines else t.cast("list[str]", lines)


def _line(entry: object) -> str | None:
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, t.Mapping) or set(entry) - {"api_path"} != {"source", "target"}:
        return None
    source, target = entry["source"], entry["target"]
    target = "" if target is None else target
    return f"{source}::{target}" if isinstance(source, str) and isinstance(target, str) else None


@dataclasses.dataclass(frozen=True)
class Explanation:
    """What becomes of an image, by which rule, and what is wrong with it.

    `second_admission` is what the webhook would make of its own result, which it sees again
    with every update of the pod; None where the first or the second answer is an error.
    """

    swap: Swap
    second_admission: str | None
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, the form in which explanations travel between tasks."""
        return {
            "image": self.swap.image,
            "swapped": self.swap.swapped,
            "rule": self.swap.rule,
            "error": self.swap.error,
            "second_admission": self.second_admission,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def explain(swap_map: SwapMap, image: str) -> Explanation:
    """Explain one image under one map. Never raises."""
    swap = swap_map.swap(image)
    second = swap_map.swap(swap.swapped) if swap.swapped is not None else None
    findings = [*_lint_first(swap), *_lint_second(swap, second)]
    if swap.swapped not in (None, image):
        findings += _lint_replacement(swap)
        findings += _lint_registry(image)
        findings.append(_ephemeral(image))
    return Explanation(swap, second.swapped if second else None, tuple(findings))


def explain_doubt(likely: Swap, doubtful: Swap) -> Finding:
    """Return the finding for an image whose fate hangs on the `default` entry."""
    return Finding(
        "default_unknown",
        Severity.WARNING,
        likely.image,
        f"With a default entry the pod gets {_shown(likely)}, without one {_shown(doubtful)}. "
        "Palette's string holds none, and whether the image-swap chart adds one is not known.",
        "Look at the map in the cluster (or at helm template of the chart), then set "
        "assume_default to true or false.",
    )


def _shown(swap: Swap) -> str:
    return "a server error" if swap.swapped is None else swap.swapped


def _lint_first(swap: Swap) -> t.Iterator[Finding]:
    image = swap.image
    if swap.swapped is None:
        yield Finding(
            "webhook_error",
            Severity.ERROR,
            image,
            f"The webhook answers with a server error, so the pod is not created. {swap.rule}",
            "Correct the entry that the rule names.",
        )
        return
    reason = _invalid(swap.swapped)
    if reason and swap.swapped == image:
        yield Finding("image_invalid", Severity.WARNING, image, f"This is no image: {reason}.")
    elif reason:
        yield Finding(
            "swapped_image_invalid",
            Severity.ERROR,
            image,
            f"The pod gets {swap.swapped!r} and fails with InvalidImageName: {reason}.",
            "Write the target of the entry as host[:port][/path]: no scheme, tag or last slash.",
        )


def _invalid(image: str) -> str:
    """Return why a container runtime cannot read the image, "" if it can."""
    try:
        parse_image(image)
    except ValueError as error:
        return str(error)
    return ""


def _lint_second(swap: Swap, second: Swap | None) -> t.Iterator[Finding]:
    if second is None or second.swapped == swap.swapped:
        return
    host = str(swap.swapped).partition("/")[0]
    yield Finding(
        "swap_recursion",
        Severity.ERROR,
        swap.image,
        f"The webhook swaps its own result: {swap.swapped} becomes {_shown(second)} when the pod "
        f"is admitted again, as with each update. {second.rule}",
        f'Add the entry "{host}::" without a target, which exempts your registry.'
        if "." in host.partition(":")[0]
        else "Write the target with a name or address that has a dot: to the webhook a host without "
        "one is a project of docker.io, so no entry can exempt it.",
    )


def _lint_replacement(swap: Swap) -> t.Iterator[Finding]:
    if swap.replacements > 1:
        yield Finding(
            "source_replaced_repeatedly",
            Severity.WARNING,
            swap.image,
            "The webhook takes the source for a regular expression, which matches this image "
            f"{swap.replacements} times: the path of {swap.swapped} is hardly what was meant.",
            f"Name this image in an entry of its own: [EXACT]{swap.image}::target.",
        )


def _lint_registry(image: str) -> t.Iterator[Finding]:
    head = image.partition("/")[0]
    try:
        registry = parse_image(image).registry
    except ValueError:
        return
    if registry and "." not in head:
        yield Finding(
            "registry_without_dot",
            Severity.WARNING,
            image,
            f"To the webhook {head} is no registry, for it has no dot: it takes the image for one "
            f"of docker.io. Container runtimes pull it from {head}.",
            f"Name the image in an entry [EXACT]{image}::target, or give the registry a full name.",
        )


def _ephemeral(image: str) -> Finding:
    return Finding(
        "ephemeral_containers_not_swapped",
        Severity.INFO,
        image,
        "The webhook swaps containers and init containers only. In an ephemeral container "
        "(kubectl debug) the image stays as it is.",
        "Name the swapped image there yourself.",
    )


__all__ = (
    "Explanation",
    "SwapMaps",
    "detect_notation",
    "explain",
    "explain_doubt",
    "read_swap_maps",
    "unwrapped",
)
