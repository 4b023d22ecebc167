# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measured vectors of containerd against the evaluation, and the table that shows it.

`python -m tests.pages.conformance` writes docs/docsite/rst/containerd_conformance.rst; with `--check`
it only tells whether that file is current.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import itertools
import json
import pathlib
import sys
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".cache" / "collections"))

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    UP,
    NodeFiles,
)

VECTORS = tuple(
    ROOT / "tests" / "vectors" / name for name in ("containerd.json", "containerd_more.json")
)
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
    def answers(self) -> int:
        """Return how many facts the observation holds: one a pull, or the state alone."""
        return max(1, len(self.pulls))


def cases() -> list[Case]:
    """Return every configuration with every release that it was run on."""
    vectors = [vector for file in VECTORS for vector in json.loads(file.read_text("utf-8"))]
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
    return [url for url, _same in itertools.groupby(urls)]


_HEAD = """\
..
  SPDX-FileCopyrightText: 2026 The palette.image_registry authors
  SPDX-License-Identifier: GPL-3.0-or-later

  Written by `python -m tests.pages.conformance`. Do not edit.

.. _ansible_collections.palette.image_registry.docsite.containerd_conformance:

What containerd does, measured and predicted
============================================

The filter :ansplugin:`palette.image_registry.containerd_requests#filter` and the action
:ansplugin:`palette.image_registry.containerd_mirrors_info#module` predict from a node's files
whether containerd's CRI plugin runs, and which URLs it requests for an image. The prediction was
compared with real releases of containerd: {configurations} configurations, {observations}
observations (a configuration on a release) with {answers} answers (the requests of a pull, or a
daemon whose CRI plugin does not serve).

A prediction agrees where the state of CRI is the same and the requests are those that were seen:
in the predicted order, from the first one on, and all of them where no server had the image.

Each cell is the number of answers that agree, of those observed; a dot means that the release was
not run with that configuration. Disagreements: {disagreements}.

.. csv-table::
  :header: {header}
  :widths: auto

"""


def render() -> str:
    """Return the page of the documentation."""
    every = cases()
    versions = sorted(
        {case.version for case in every}, key=lambda text: [int(part) for part in text.split(".")]
    )
    rows: dict[str, dict[str, str]] = collections.defaultdict(dict)
    wrong = 0
    for case in every:
        agreed = 0 if disagreement(case) else case.answers
        wrong += agreed == 0
        rows[case.vector][case.version] = f"{agreed}/{case.answers}"
    head = _HEAD.format(
        configurations=len(rows),
        observations=len(every),
        answers=sum(case.answers for case in every),
        disagreements=wrong or "none",
        header=", ".join(f'"{cell}"' for cell in ("Configuration", *versions)),
    )
    lines = (
        ", ".join(
            f'"{cell}"' for cell in (name, *(cells.get(version, ".") for version in versions))
        )
        for name, cells in rows.items()
    )
    return head + "".join(f"  {line}\n" for line in lines)


def main() -> int:
    """Write the page, or check it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.pages.conformance", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the page is not current")
    text = render()
    if parser.parse_args().check:
        return 0 if TABLE.is_file() and TABLE.read_text(encoding="utf-8") == text else 1
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(text, encoding="utf-8")
    print(f"{TABLE.relative_to(ROOT)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
