# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import html.parser
import json
import pathlib
import re

import hypothesis
import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._causes import FINDINGS_URL
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.changes import changes
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.html.page import (
    html_page,
)
from tests.evidence_strategies import EVIDENCE
from tests.pages.example_reports import fleet, mended

ASSETS = pathlib.Path(__file__).resolve().parents[6] / "plugins/plugin_utils/_report/assets"
_VOID = {"meta", "input"}


class Page(html.parser.HTMLParser):
    """The page's elements, which must be nested as they are closed."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "script":
            self.scripts.append(data)
        elif inside != "style":
            self.texts.append(data)

    @property
    def words(self) -> str:
        return " ".join(self.texts)

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for element, attributes in self.elements if element == name]


def page_of(evidence: Evidence, before: Evidence | None = None) -> Page:
    compared = changes(before, evidence) if before else None
    return Page(html_page(evidence, next_step="do it", changes=compared))


@hypothesis.given(EVIDENCE)
def test_no_text_becomes_markup_or_ends_a_script(evidence: Evidence) -> None:
    page = page_of(evidence)
    assert [element for element, _attributes in page.elements].count("script") == 2
    assert page.scripts[0] == (ASSETS / "report.js").read_text(encoding="utf-8")
    data = json.loads(page.scripts[1])
    assert {*data["hosts"]} == {host.host for host in evidence.hosts}
    assert not [name for _tag, found in page.elements for name in found if name.startswith("on")]


def test_the_data_for_the_script_has_every_check() -> None:
    evidence = fleet(2, 30)
    data = json.loads(page_of(evidence).scripts[1])
    for host in evidence.hosts:
        for entry, check in zip(data["hosts"][host.host], host.checks, strict=True):
            name, status, expected, actual, numbers = data["checks"][entry]
            assert (name, status) == (check.name, check.status.value)
            assert (expected, actual) == (check.expected, check.actual)
            found = [data["findings"][number] for number in numbers]
            assert found == [
                [one.severity.value, one.code, one.subject, one.message, one.fix]
                for one in check.findings
            ]


def test_a_subject_of_its_own_stays_with_the_check() -> None:
    report = fleet(1, 0)
    (host,) = report.hosts
    check = dataclasses.replace(host.checks[0], subject="secret/x")
    report = dataclasses.replace(report, hosts=(dataclasses.replace(host, checks=(check,)),))
    assert json.loads(page_of(report).scripts[1])["hosts"] == {"site-01": [[0, "secret/x"]]}


def test_nothing_is_asked_for_outside() -> None:
    content = html_page(fleet(3, 50), next_step="x")
    policy = Page(content).named("meta")[1]["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    elements = Page(content).elements
    for name in ("src", "srcset", "data", "action", "style", "xlink:href"):
        assert not [element for element, attributes in elements if name in attributes]
    links = [attributes["href"] for _element, attributes in elements if "href" in attributes]
    assert links
    # What may be followed by hand: nothing is loaded from there, and no referrer is sent.
    assert all(str(link).startswith(("#", FINDINGS_URL)) for link in links)
    assert not [element for element, _found in elements if element in ("link", "img", "iframe")]


def test_all_that_counts_is_there_without_the_script() -> None:
    before = fleet(2, 20)
    words = page_of(mended(before), before).words
    for said in (
        "Failed",
        "Next: ",
        "do it",
        "endpoint_differs",
        "quay.io is configured with old.example.org/quay.io",
        "Write harbor.example.org/airgap-images/quay.io",
        "old.example.org/quay.io",
        "Compared with the report of",
        "Worse: 1",
        "Better: 1",
        "harbor.example.org/airgap-images/docker.io",
        "node-19",
    ):
        assert said in words, said


def test_it_can_be_read_by_ear_and_used_by_keyboard() -> None:
    before = fleet(2, 20)
    page = page_of(mended(before), before)
    names = {element for element, _attributes in page.elements}
    assert {"header", "nav", "main", "footer", "h1", "h2", "caption"} <= names
    assert page.named("html")[0]["lang"] == "en"
    assert len(page.named("h1")) == 1
    assert all(attributes.get("scope") in ("row", "col") for attributes in page.named("th"))
    identifiers = {attributes["id"] for _element, attributes in page.elements if "id" in attributes}
    for _element, attributes in page.elements:
        label = attributes.get("aria-labelledby")
        assert label is None or label in identifiers
        target = attributes.get("href")
        outside = target is not None and target.startswith(FINDINGS_URL)
        assert target is None or outside or target[1:] in identifiers
    regions = [one for _element, one in page.elements if one.get("role") == "region"]
    assert len(regions) == 2
    assert all(one["tabindex"] == "0" for one in regions)
    assert [one for _element, one in page.elements if one.get("aria-live") == "polite"]
    (form,) = page.named("form")
    assert "hidden" in form  # it does nothing before the script has begun
    assert form["aria-label"]


@pytest.mark.parametrize(
    ("evidence", "absent"),
    [(fleet(1, 0), "nodes"), (dataclasses.replace(fleet(1, 0), hosts=()), "mirrors")],
)
def test_what_there_is_not_has_no_part(evidence: Evidence, absent: str) -> None:
    page = page_of(evidence)
    identifiers = {attributes.get("id") for _element, attributes in page.elements}
    assert absent not in identifiers
    assert "changes" not in identifiers


def test_check_mode_is_said() -> None:
    report = dataclasses.replace(fleet(1, 0), check_mode=True)
    assert "nothing was changed" in page_of(report).words


def test_a_thousand_nodes_stay_small() -> None:
    content = html_page(fleet(3, 1000), next_step="x")
    assert len(content) < 1_000_000


def test_hundreds_of_clusters_show_the_worst_and_count_the_rest() -> None:
    words = page_of(fleet(200, 0)).words
    assert "And 176 more clusters, none of them worse, in the table below." in words


PLANTED = "{{ 7 * 7 }}{% for x in y %}{# gone #}<b onclick='x'>\"&amp;\0\x1b]8;;"


def planted(where: str) -> str:
    return f"{where} {PLANTED}"


def hostile() -> Evidence:
    """Return a report whose every text is markup and a template, and tells where it stood."""
    finding = Finding(
        *(planted("code"), Severity.ERROR, planted("subject"), planted("message"), planted("Fix"))
    )
    check = Check(
        *(planted("check"), planted("of"), Status.FAIL, planted("expected"), planted("actual")),
        (finding,),
    )
    pair = (planted("source"), planted("target"))
    cluster = HostEvidence(planted("cluster"), planted("cluster"), (check,), (pair,))
    node = HostEvidence(planted("node"), planted("cluster"), (check,))
    return Evidence(planted("playbook"), "2026-01-02T03:04:05+00:00", False, (cluster, node))


def test_planted_markup_and_templates_stay_text_in_every_field() -> None:
    report = hostile()
    before = dataclasses.replace(report, hosts=(dataclasses.replace(report.hosts[0], checks=()),))
    compared = dataclasses.replace(changes(before, report), gone_hosts=(planted("gone"),))
    page = Page(html_page(report, next_step=planted("next"), changes=compared))
    shown = PLANTED.replace("\0", "\ufffd").replace("\x1b", "\ufffd")
    fields = "code subject message Fix check expected actual source target cluster node playbook"
    for where in (*fields.split(), "next", "gone"):
        assert f"{where} {shown}" in page.words, where
    assert {name for name, _attributes in page.elements if name == "b"} == set()
    titles = [found["title"] for _name, found in page.elements if "title" in found]
    assert f"node {shown}: fail" in titles
    assert {found["data-host"] for found in page.named("tr") if "data-host" in found} == {
        f"cluster {shown}",
        f"node {shown}",
    }
    data = json.loads(page.scripts[1])
    assert planted("node") in data["hosts"]


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_colours_can_be_told_from_what_is_behind_them() -> None:
    """WCAG AA: 4.5 to 1 for text, 3 to 1 for what is drawn; in light and in dark."""
    css = (ASSETS / "report.css").read_text(encoding="utf-8")
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    colours = {name: (light, dark) for name, light, dark in found}
    statuses = ("pass", "warn", "fail", "skip")
    pairs = [
        (name, back, 4.5)
        for name in ("text", "muted", "accent")
        for back in ("page", "surface", "raised")
    ]
    pairs += [(name, f"{name}-back", 4.5) for name in statuses]
    pairs += [("text", "pass-back", 4.5), *((name, "surface", 4.5) for name in statuses)]
    for front, back, least in pairs:
        for one, other in zip(colours[front], colours[back], strict=True):
            lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
            ratio = (lighter + 0.05) / (darker + 0.05)
            assert ratio >= least, f"{front} on {back}: {ratio:.2f}"
