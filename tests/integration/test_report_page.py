# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report in a real browser: filter, sorting, details, colours, paper, no network."""

from __future__ import annotations

import html
import html.parser
import json
import pathlib
import re
import struct
import typing as t

import pytest

from tests.pages.example_reports import fleet, mended
from tests.report_screenshots import write_page
from tests.sandbox.chromium import Chromium, chromium

pytestmark = pytest.mark.sandbox

REPORT = mended(fleet())


@pytest.fixture(scope="module")
def browser() -> Chromium:
    return chromium()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    return write_page(path, REPORT, fleet())


class Rows(html.parser.HTMLParser):
    """The rows of both tables that are shown, in their order, and what the filter says."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.details = 0
        self.feed(content)
        found = re.search(r'<p role="status"[^>]*>([^<]*)</p>', content)
        assert found
        self.said = found[1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        host = attributes.get("data-host")
        if tag == "tr" and host and "hidden" not in attributes:
            self.shown.append(host)
        self.details += attributes.get("class") == "detail-box"


def test_the_address_chooses_what_is_shown(browser: Chromium, page: str) -> None:
    rows = Rows(browser.dom(f"{page}#only=fail&q=node-1&sort=-name&open=node-102"))
    assert rows.shown == ["node-199", "node-102", "node-1"]
    assert rows.said == "Showing 0 of 3 clusters and 3 of 1000 nodes."
    assert rows.details == 1


# What a reader does; each step returns what can be seen then. It runs in the page beside.
STEPS = """
const rows = () => [...page.querySelectorAll("tr[data-host]")]
  .filter((row) => row.offsetParent).map((row) => row.dataset.host);
const said = () => page.querySelector("[role=status]").textContent;
const form = page.getElementById("filter");
const set = (name, value) => {
  form.elements[name].value = value;
  form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
};
const out = { begin: [rows().slice(0, 5), said()] };
set("q", "NODE-10");
out.find = [rows(), said(), view.location.hash];
set("only", "fail");
out.failures = [rows(), view.location.hash];
page.querySelector('[data-host="node-102"] button').click();
const detail = page.querySelector(".detail").textContent;
out.details = [detail.includes("quay.io is configured with old.example.org"),
  page.querySelector('[data-host="node-102"] button').getAttribute("aria-expanded"),
  view.location.hash];
set("cluster", "site-02");
out.cluster = [rows(), page.querySelectorAll(".detail").length];
form.querySelector("[type=reset]").click();
await new Promise((resolve) => setTimeout(resolve, 50));
out.reset = [rows().length, view.location.hash];
const head = page.querySelector('#nodes [data-sort="name"]');
head.querySelector("button").click();
out.sorted = [rows().slice(3, 6), head.getAttribute("aria-sort")];
head.querySelector("button").click();
out.reversed = [rows().slice(3, 5), head.getAttribute("aria-sort")];
const worst = page.querySelector('#nodes [data-sort="cell7"]');
worst.querySelector("button").click();
out.column = [worst.textContent, rows().slice(3, 5)];
const colour = () => view.getComputedStyle(page.body).backgroundColor;
const before = colour();
page.getElementById("theme").click();
out.theme = [before !== colour(), page.getElementById("theme").textContent];
view.dispatchEvent(new Event("beforeprint"));
const folded = page.querySelectorAll("details:not([open])").length;
view.dispatchEvent(new Event("afterprint"));
out.paper = [folded, page.querySelectorAll("details:not([open])").length > 0];
"""


def test_a_reader_finds_sorts_and_unfolds(
    browser: Chromium, page: str, tmp_path: pathlib.Path
) -> None:
    driver = tmp_path / "driver.html"
    driver.write_text(
        f'<iframe src="{page}" width="1200" height="900"></iframe><pre id="out"></pre>'
        '<script>onload = async () => { const view = document.querySelector("iframe")'
        f".contentWindow; const page = view.document;\n{STEPS}"
        'document.getElementById("out").textContent = JSON.stringify(out); };</script>',
        encoding="utf-8",
    )
    options = ("--allow-file-access-from-files", "--virtual-time-budget=20000")
    text = browser.dom(driver.as_uri(), *options)
    found = re.search(r'<pre id="out">(.+?)</pre>', text, re.DOTALL)
    assert found, text[-2000:]
    out: dict[str, t.Any] = json.loads(html.unescape(found[1]))
    first = ["site-01", "site-02", "site-03"]
    worst = ["node-102", "node-393"]
    assert out["begin"] == [[*first, *worst], "Showing 3 of 3 clusters and 1000 of 1000 nodes."]
    ten = ["node-10", *(f"node-{number}" for number in range(100, 110))]
    assert sorted(out["find"][0]) == sorted(ten)
    assert out["find"][1:] == ["Showing 0 of 3 clusters and 11 of 1000 nodes.", "#q=NODE-10"]
    assert out["failures"] == [["node-102"], "#only=fail&q=NODE-10"]
    assert out["details"] == [True, "true", "#only=fail&q=NODE-10&open=node-102"]
    assert out["cluster"] == [[], 0]
    assert out["reset"] == [1003, ""]
    assert out["sorted"] == [["node-0", "node-1", "node-2"], "ascending"]
    assert out["reversed"] == [["node-999", "node-998"], "descending"]
    assert out["column"][0] == "quay.io"
    assert set(out["column"][1]) <= {f"node-{number}" for number in range(5, 1000, 97)}
    assert out["theme"] == [True, "Light colours"]
    assert out["paper"] == [0, True]


ASKING = """<!DOCTYPE html>
<link rel="stylesheet" href="http://style.invalid/">
<img src="http://image.invalid/">
<iframe src="https://frame.invalid/"></iframe>
<script>
fetch("https://fetch.invalid/").catch(() => 0);
navigator.sendBeacon("https://beacon.invalid/", "");
new WebSocket("wss://socket.invalid/");
</script>
"""


def test_the_page_asks_nobody(browser: Chromium, page: str, tmp_path: pathlib.Path) -> None:
    assert browser.asked(f"{page}#only=fail", tmp_path / "net.json") == []


def test_what_a_page_asks_for_is_seen(browser: Chromium, tmp_path: pathlib.Path) -> None:
    asking = tmp_path / "asking.html"
    asking.write_text(ASKING, encoding="utf-8")
    asked = browser.asked(asking.as_uri(), tmp_path / "net.json")
    assert sorted(asked) == sorted(re.findall(r'"((?:https?|wss)://[^"]+)"', ASKING))


def size(picture: pathlib.Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    return width, height


def test_it_is_drawn_in_both_colours_and_printed(
    browser: Chromium, page: str, tmp_path: pathlib.Path
) -> None:
    light, dark, paper = (tmp_path / name for name in ("light.png", "dark.png", "page.pdf"))
    browser.screenshot(page, light, 1280, 900)
    browser.screenshot(f"{page}#theme=dark", dark, 1280, 900)
    assert size(light) == size(dark) == (1280, 900)
    assert min(path.stat().st_size for path in (light, dark)) > 40_000  # more than a blank page
    assert light.read_bytes() != dark.read_bytes()
    small = write_page(tmp_path / "small.html", fleet(1, 3))
    browser.pdf(small, paper)
    content = paper.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") <= 6
