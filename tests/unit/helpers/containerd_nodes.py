# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes as the tests of the evaluation plant them: releases, tables, and what is asked first."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.version import (
    MEASURED,
)
from tests.pages.node_example_files import CERTS, MAIN, OLD, Files
from tests.pages.node_finding_examples import ONE_NODE
from tests.pages.node_findings import literal_codes, module
from tests.unit.helpers.rows import Rows

V16, V17, V20, V21, V22, V23, V24 = ALL = tuple(map(str, MEASURED))
ONE_X, TWO_X = ALL[:2], ALL[2:]
UP_TO_22 = (V20, V21, V22)
HARBOR, OTHER = "harbor.example.org", "other.example.org"
HUB = "registry-1.docker.io"
DOWN, STOPPED = "down", "not started"


def by_release(
    table: t.Iterable[tuple[str, t.Any, t.Mapping[str, t.Iterable[str]]]],
) -> Rows:
    """Yield (planted, release, expected) of each row: a name, what is planted, answers by release."""
    return (
        (f"{name}, {version}", (planted, version, expected))
        for name, planted, answers in table
        for expected, versions in answers.items()
        for version in versions
    )


def in_all(table: t.Iterable[tuple[t.Any, ...]]) -> Rows:
    """Yield each row of a table, without its name, with each release after it."""
    return ((f"{name}, {version}", (*row, version)) for name, *row in table for version in ALL)


def mirror(table: str, host: str = "docker.io", endpoint: str = HARBOR) -> str:
    return f'[{table}.registry.mirrors."{host}"]\nendpoint = ["https://{endpoint}"]\n'


def config_path(table: str, path: str = CERTS) -> str:
    return f'[{table}.registry]\nconfig_path = "{path}"\n'


def certs(text: str, folder: str = "docker.io") -> Files:
    """Return a node whose certs.d has one hosts.toml."""
    return {MAIN: "version = 2\n" + config_path(OLD), f"{CERTS}/{folder}/hosts.toml": text}


def first_host(files: Files, version: str, image: str = "nginx") -> str:
    """Return the first host asked for an image, or the state where CRI is not up."""
    node = load(NodeFiles(files, version))
    if node.cri != "up":
        assert node.reason
        return node.cri
    requests = node.requests(image)
    return requests[0].split("/")[2] if requests else ""


def by_mirrors(table: str, version: str, image: str) -> list[str]:
    """Return the requests of a node whose [mirrors] holds a text."""
    text = f"version = 2\n[{OLD}.registry.mirrors]\n{table}"
    return list(load(NodeFiles({MAIN: text}, version)).requests(image))


def by_hosts(files: Files, version: str, image: str = "nginx") -> list[str]:
    """Return the requests of a node with files under certs.d, each `folder/file`."""
    under = {f"{CERTS}/{path}": content for path, content in files.items()}
    main = {MAIN: "version = 2\n" + config_path(OLD)}
    return list(load(NodeFiles({**main, **under}, version)).requests(image))


def codes(files: Files, version: str = V17) -> set[str]:
    """Return the codes of a node's findings."""
    return {finding.code for finding in analyse(load(NodeFiles(files, version)))}


# Where a call takes its code from a variable, this is where the code stands.
ELSEWHERE = {
    **dict.fromkeys(
        (
            "mirrors_and_config_path",
            "mirrors_break_2_2_0",
            "tls_and_config_path",
            "cni_bin_dir_twice",
            "auths_invalid",
        ),
        "registry",
    ),
    **dict.fromkeys(
        ("endpoint_without_v2", "endpoint_v2_misplaced", "endpoint_v2_doubled"), "lint_mirrors"
    ),
    **dict.fromkeys(("override_path_missing", "override_path_without_v2"), "lint_host_url"),
}


def examples_of(name: str) -> pytest.MarkDecorator:
    """Return the examples of the findings that a module reports, for `assert_found`."""
    own = set(literal_codes(module(name)))
    rows = [row for row in ONE_NODE if row[0] in own or ELSEWHERE.get(row[0]) == name]
    ids = [f"{row[0]}-{number}" for number, row in enumerate(rows)]
    assert rows, f"no finding of {name} has an example"
    return pytest.mark.parametrize(("code", "version", "bad", "good", "subject"), rows, ids=ids)


def assert_found(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    """Expect a finding where it belongs, and its absence from a node that differs in that alone."""
    found = [one for one in analyse(load(NodeFiles(bad, version))) if one.code == code]
    assert found and found[0].subject == subject
    assert found[0].message.endswith(".") and found[0].fix.endswith(".")
    good_version = V23 if code.startswith("version_") else version
    assert code not in codes(good, good_version)
