# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same address is judged by the same rules wherever it stands."""

from __future__ import annotations

import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Finding
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import lint
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from tests.pages.addresses import ADDRESSES, PLACES, Address
from tests.pages.node_example_files import Files, certs, mirror, v2
from tests.unit.helpers.rows import every

OTHER = "https://m.example.org"


def node(files: Files) -> tuple[Finding, ...]:
    return analyse(load(NodeFiles(files, "2.4.2")))


def table(raw: object) -> tuple[Finding, ...]:
    return lint(parse_mirrors(raw), LintContext(airgap=False))


def bare(url: str) -> str:
    return url.partition("://")[2]


def settings(url: str) -> tuple[Finding, ...]:
    given = {"endpoint": bare(url), "name": "n", "base_content_path": "p"}
    return parse_settings({**given, "mirrors": "docker.io::h.example.org/p"}).findings


# Each place, and where it differs from that alone in the source, both ways to be there.
WRITTEN: tuple[tuple[t.Callable[[str], tuple[Finding, ...]], ...], ...] = (
    (lambda url: node(v2(mirror(url))), lambda url: node(v2(mirror(url, host="*")))),
    (
        lambda url: node(certs(f'[host."{url}"]\n')),
        lambda url: node(certs(f'[host."{url}"]\n', "_default")),
    ),
    (lambda url: node(certs(f'server = "{url}"\n[host."{OTHER}"]\n')),),
    (
        lambda url: table({"mirrors": {"docker.io": {"endpoint": [url]}}}),
        lambda url: table({"mirrors": {"*": {"endpoint": [url]}}}),
    ),
    (lambda url: table(f"docker.io::{bare(url)}"),),
    (settings,),
)
REMARKS = {
    *("upstream_fallback", "mirrors_deprecated", "missing_source", "exempted_registry"),
    *("short_target_host", "v2_missing_for_nodes", "endpoint_without_v2"),
}
"""Told beside what an address is judged as: of the whole, or of what is left of it."""


@every(
    (f"{place}, {address.what}", (address, number))
    for number, place in enumerate(PLACES)
    for address in ADDRESSES
)
def test_each_place_has_the_code_of_the_table(address: Address, number: int) -> None:
    expected = {address.codes[number]} - {""}
    for write in WRITTEN[number]:
        codes = {one.code for one in write(address.url)}
        assert codes - (REMARKS - expected) == expected


def test_the_table_is_whole() -> None:
    assert len(WRITTEN) == len(PLACES)
    assert {len(one.codes) for one in ADDRESSES} == {len(PLACES)}
