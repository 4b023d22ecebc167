# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page as a whole: its head, its parts, and the data for its script."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import dataclasses
import hashlib
import typing as t

from ..changes import Changes
from ..evidence import SCHEMA, Evidence
from ..summary import VERDICTS
from .changes import changes_section
from .data import details_json
from .findings import findings_section
from .markup import Html, count, tag, text
from .mirrors import map_section
from .overview import overview_section
from .tables import hosts_section

_LINKS = {
    "glance": "At a glance",
    "findings": "Findings",
    "changes": "Changes",
    "mirrors": "Mirrors",
    "hosts": "Clusters and nodes",
}


@dataclasses.dataclass(frozen=True)
class Assets:
    """The page's style sheet and script; neither holds a closing tag of its element."""

    css: str
    js: str


def html_page(
    evidence: Evidence, assets: Assets, *, next_step: str, changes: Changes | None = None
) -> str:
    """Return the report as one HTML page. It asks nobody for anything: its policy forbids that."""
    parts = {
        "glance": overview_section(evidence),
        "findings": findings_section(evidence),
        "changes": changes_section(changes),
        "mirrors": map_section(evidence),
        "hosts": hosts_section(evidence),
    }
    shown = {name: part for name, part in parts.items() if part}
    body = tag(
        "body",
        tag("a", text("Skip to the findings"), href="#findings", class_="skip"),
        _header(evidence, next_step),
        _navigation(shown),
        tag("main", *shown.values(), id="main"),
        _footer(),
        tag("script", details_json(evidence), type="application/json", id="details"),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(assets)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", text(_title(evidence))),
        tag("style", Html(assets.css)),
        tag("script", Html(assets.js)),
    )
    page = tag("html", head, Html("\n"), body, lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _policy(assets: Assets) -> str:
    """Return the policy under which only this style sheet and this script run."""
    style, script = _digest(assets.css), _digest(assets.js)
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}';"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _title(evidence: Evidence) -> str:
    return f"{VERDICTS[evidence.status]}: image registry {evidence.playbook}"


def _header(evidence: Evidence, next_step: str) -> Html:
    toggle = tag("button", text("Dark"), type="button", id="theme", class_="plain", hidden=True)
    product = tag("p", text("palette.image_registry"), class_="product")
    title = tag(
        "h1",
        tag(
            "span",
            text(VERDICTS[evidence.status].capitalize()),
            class_=f"verdict {evidence.status.value}",
        ),
        text(f"Image registry {evidence.playbook}"),
    )
    following = tag("p", tag("strong", text("Next: ")), text(next_step), class_="next")
    return tag(
        "header",
        tag("div", product, toggle, class_="bar"),
        title,
        _facts(evidence),
        following,
        class_=f"top {evidence.status.value}",
    )


def _facts(evidence: Evidence) -> Html:
    nodes = sum(host.is_node for host in evidence.hosts)
    finished = evidence.finished.replace("T", " ").replace("+00:00", " UTC")
    facts = [
        tag("time", text(finished), datetime=evidence.finished),
        text(count(len(evidence.clusters()), "cluster")),
        text(count(nodes, "node")),
        text(count(sum(evidence.counts().values()), "check")),
    ]
    if evidence.check_mode:
        facts.append(tag("strong", text("check mode: nothing was changed")))
    return tag("ul", *(tag("li", fact) for fact in facts), class_="facts")


def _navigation(parts: t.Iterable[str]) -> Html:
    links = [tag("li", tag("a", text(_LINKS[name]), href=f"#{name}")) for name in parts]
    return tag("nav", tag("ul", *links), aria_label="Parts of the report")


def _footer() -> Html:
    return tag(
        "footer",
        tag(
            "p",
            text("Written by palette.image_registry. The JSON report has every check"),
            text(f" (schema {SCHEMA})."),
        ),
    )


__all__ = ("Assets", "html_page")
