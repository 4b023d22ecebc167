# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guide about reports shows is so."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.config_map import (
    config_map_name,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.files import FORMATS
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.next_step import stats
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.problems import (
    report_data,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.read import read_report
from tests.evidence_schema import assert_valid
from tests.pages.example_reports import fleet

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = (CHECKOUT / "docs" / "docsite" / "rst" / "report.rst").read_text(encoding="utf-8")


def examples() -> list[t.Any]:
    """Return the guide's pieces of JSON."""
    blocks = re.findall(r"code-block:: json\n\n((?:  .*\n|\n)+)", GUIDE)
    return [json.loads(block) for block in blocks]


def test_the_report_is_one() -> None:
    report, _shown = examples()
    assert_valid(report)
    assert report_data(read_report(json.dumps(report).encode())) == report


def test_the_stats_have_this_shape() -> None:
    _report, shown = examples()
    made = stats(fleet(1, 10), next_step="x", path="y")
    (example,) = shown.values()
    assert {key: type(value) for key, value in example.items()} == {
        key: type(value) for key, value in made.items()
    }


def test_stats_stay_small() -> None:
    made = stats(fleet(1, 5000), next_step="x", path="y")
    assert made["failed_nodes_count"] > len(made["failed_nodes"]) == 20
    assert len(json.dumps(made)) < 2_000


def test_copies_in_the_stats_are_bounded_and_counted() -> None:
    copies = tuple(f"skopeo copy docker://a.example/{n:090}" for n in range(2_000))
    lacking = HostEvidence("prod", "prod", (Check("c", "s", Status.WARN),), missing_copies=copies)
    evidence = dataclasses.replace(fleet(1, 1), hosts=(lacking, dataclasses.replace(lacking)))
    made = stats(evidence, next_step="x", path="y")
    assert made["missing_copies_count"] == len(copies)
    assert made["missing_copies"] == list(copies[: len(made["missing_copies"])])
    assert 60_000 < sum(map(len, made["missing_copies"])) < 65_537


def test_every_format_and_the_config_map_are_named() -> None:
    assert all(f"``{name}``" in GUIDE for name in FORMATS)
    assert config_map_name("verify") in GUIDE
