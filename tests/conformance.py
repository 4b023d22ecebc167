# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measured vectors of containerd against the evaluation, and the table that shows it.

`python -m tests.conformance` writes docs/docsite/rst/containerd_conformance.rst.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import pathlib
import sys
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".cache" / "collections"))

from ansible_collections.palette.image_registry.plugins.module_utils._containerd import (
    UP,
    NodeFiles,
    load,
)

VECTORS = ROOT / "tests" / "vectors" / "containerd.json"
TABLE = ROOT / "docs" / "docsite" / "rst" / "containerd_conformance.rst"


@dataclasses.dataclass(frozen=True)
class Case:
    """What one release did with one configuration: `pulls` are (image, requests seen)."""

    vector: str
    version: str
    files: t.Mapping[str, str]
    cri: str
    pulls: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def observations(self) -> int:
        """Return how many facts the case holds: one a pull, or the state alone."""
        return max(1, len(self.pulls))


def cases() -> list[Case]:
    """Return every configuration with every release that it was run on."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [
        Case(
            vector["id"],
            version,
            vector["files"],
            observed["cri"],
            tuple((pull["image"], tuple(pull["requests"])) for pull in observed.get("pulls", ())),
        )
        for vector in vectors
        for observed in vector["observed"]
        for version in observed["containerd"]
    ]


def disagreement(case: Case) -> str:
    """Return in words where prediction and observation differ, empty if they agree (SPEC 10)."""
    node = load(NodeFiles(case.files, case.version))
    if node.cri != case.cri:
        return f"cri is {case.cri}, predicted {node.cri} ({node.reason})"
    if node.cri != UP:
        return ""
    wrong = (_pull_disagreement(node.requests(image), seen) for image, seen in case.pulls)
    return "; ".join(filter(None, wrong))


def _pull_disagreement(predicted: tuple[str, ...], seen: tuple[str, ...]) -> str:
    lines = [line.split(" ") for line in seen if line.startswith(("HEAD ", "GET "))]
    asked = _folded(words[1] for words in lines)
    expected = _folded(predicted)
    text = f"requested {asked}, predicted {expected}"
    if lines and all(words[3] == "404" for words in lines) and len(lines) == len(seen):
        return "" if asked == expected else text
    rest = iter(expected)
    if not all(url in rest for url in asked):
        return text
    unreached = not seen or seen[0].startswith("TLS ") or any(":9/" in url for url in expected[:1])
    return "" if unreached or asked[0] in _first(expected) else text


def _first(predicted: list[str]) -> list[str]:
    """Return the URLs that may be seen first: https on a plain-HTTP server leaves no trace."""
    first, *rest = predicted or [""]
    plain = first.replace("https://", "http://", 1)
    return [first, plain] if rest[:1] == [plain] else [first]


def _folded(urls: t.Iterable[str]) -> list[str]:
    return [url for url, _ in itertools.groupby(urls)]
