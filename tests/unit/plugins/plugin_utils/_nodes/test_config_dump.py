# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import posixpath
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    UP,
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.config_dump import doubt
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import (
    Daemon,
    NodeReading,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.verdict import (
    Expectation,
    Verdict,
    judge,
)
from tests.pages.conformance import Case, cases, disagreement
from tests.unit.helpers.planted_node import CERTS_D, CONFIG

PATTERN = "/etc/containerd/conf.d/*.toml"
MIRRORS = (
    "version = 2\n"
    f'imports = ["{PATTERN}", "near.toml"]\n'
    '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n'
    '  endpoint = ["https://h/v2/a"]\n'
)
CERTS = f'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "{CERTS_D}/"\n'
HOSTS = '[host."https://h/v2/a"]\n  override_path = true\n'
FILES = {CONFIG: MIRRORS, "/etc/containerd/near.toml": "version = 2\n"}
DAEMON = Daemon(
    "containerd", True, "/usr/bin/containerd", CONFIG, "1.7.24", 1000.0, dump_left_out=True
)
READING = NodeReading(
    (DAEMON,),
    FILES,
    {},
    dict.fromkeys(FILES, 900.0),
    "",
    (),
    imports=frozenset({PATTERN, "/etc/containerd/near.toml"}),
    trees=frozenset({CERTS_D}),
)
FINDING = Finding("node_file_unreadable", Severity.WARNING, "/x", "could not be read")


def doubted(reading: NodeReading, *endpoints: tuple[str, str]) -> str:
    expected = Expectation("n1", endpoints or (("docker.io", "https://h/v2/a"),), False, "1.7.24")
    return doubt(reading, judge(reading, expected))


def reading(daemon: dict[str, t.Any] | None = None, **changes: t.Any) -> NodeReading:
    daemons = (dataclasses.replace(DAEMON, **(daemon or {})),)
    return dataclasses.replace(READING, daemons=daemons, **changes)


def with_config(text: str) -> dict[str, t.Any]:
    return {"files": {CONFIG: text}, "changed": {CONFIG: 900.0}}


IN_CERTS_D = with_config(CERTS)
IN_CERTS_D["files"][f"{CERTS_D}/docker.io/hosts.toml"] = HOSTS

TEST_DOUBTS: list[tuple[str, NodeReading, str]] = [
    ("mirrors", READING, ""),
    ("certs.d", reading(**IN_CERTS_D), ""),
    ("spectro", reading({"flavour": "spectro-containerd"}), ""),
    ("no containerd", reading() and dataclasses.replace(READING, daemons=()), ""),
    ("not read to the end", reading(findings=(FINDING,)), "not read to the end"),
    ("does not run", reading({"started": None}), "not known to run"),
    ("no version", reading({"version": ""}), "not measured"),
    ("a version to come", reading({"version": "2.9.0"}), "not measured"),
    ("restart pending", reading(changed={**READING.changed, CONFIG: 1100.0}), "have changed"),
    ("a drop-in is newer", reading(changed={**READING.changed, "/x.toml": 1100.0}), "have changed"),
    ("times unknown", reading(changed={}), "have changed"),
    ("a glob that the shell cannot do", reading(imports=frozenset()), f"import {PATTERN}"),
    ("an import overlooked", reading(imports=frozenset({PATTERN})), "import near.toml"),
    ("a folder overlooked", reading(trees=frozenset(), **IN_CERTS_D), "not looked into"),
    ("another mirror", reading(**with_config(MIRRORS.replace("v2/a", "v2/b"))), "does not show"),
    (
        "CRI down",
        reading(**with_config(CERTS + MIRRORS.partition("\n[")[2].join(("[", "")))),
        "does not show",
    ),
    (
        "an unusual letter case",
        reading(**with_config(MIRRORS.replace("imports", "Imports"))),
        "letter case",
    ),
]


@pytest.mark.parametrize(
    ("given", "why"), [row[1:] for row in TEST_DOUBTS], ids=[row[0] for row in TEST_DOUBTS]
)
def test_doubt(given: NodeReading, why: str) -> None:
    told = doubted(given)
    assert why in told if why else told == ""


def test_a_state_other_than_up_is_doubtful_even_if_nothing_is_expected() -> None:
    both = CERTS + '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."a"]\nendpoint = ["b"]\n'
    given = reading(**with_config(both))
    verdict = judge(given, Expectation("n1", (), False, "1.7.24"))
    assert doubt(given, verdict) == "the files make it down"


def of_case(case: Case) -> tuple[NodeReading, Verdict]:
    """Return what the script reads where a release was measured, and what the files make of it."""
    node = load(NodeFiles(case.files, case.version))
    imports = [
        posixpath.join(posixpath.dirname(file.path), name)
        for file in (node.merged.files if node.merged else ())
        for name in file.names("imports")
    ]
    given = dataclasses.replace(
        READING,
        daemons=(dataclasses.replace(DAEMON, version=case.version),),
        files=case.files,
        changed=dict.fromkeys(case.files, 900.0),
        imports=frozenset(imports),
        trees=frozenset((node.registry.folders if node.registry else None) or ()),
    )
    return given, Verdict(node, (), (), {})


def test_what_the_files_settle_is_what_was_measured() -> None:
    """Of every observation: what no dump is asked for, containerd does as predicted, and is up."""
    settled = [case for case in cases() if not doubt(*of_case(case))]
    assert [case for case in settled if case.cri != UP or disagreement(case)] == []
    assert len(settled) > 500
