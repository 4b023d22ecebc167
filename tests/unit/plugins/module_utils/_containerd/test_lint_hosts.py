# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

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
from tests.pages.node_example_files import CERTS, OLD, Files, v2
from tests.unit.helpers.containerd_nodes import (
    HARBOR,
    HUB,
    V16,
    V17,
    V21,
    assert_found,
    certs,
    codes,
    config_path,
    examples_of,
    first_host,
)

PATH = f"{CERTS}/docker.io/hosts.toml"


@examples_of("lint_hosts")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


def test_an_unread_hosts_file_is_a_finding() -> None:
    files = v2(config_path(OLD))
    unread = NodeFiles(files, V17, unreadable={PATH: "truncated"})
    (finding,) = analyse(load(unread))
    assert (finding.code, finding.subject) == ("file_unreadable", PATH)
    assert codes(files) == set()


def test_a_bracket_makes_1x_ignore_a_hosts_toml() -> None:
    files = certs(f'[host."https://{HARBOR}"]\n[host."https://[fd00::1]:5000"]\n')
    assert [first_host(files, version) for version in (V16, V17, V21)] == [HUB, HUB, HARBOR]
    finding = next(
        one for one in analyse(load(NodeFiles(files, V17))) if one.code == "hosts_toml_ignored"
    )
    assert finding.subject == f"{PATH}:2" and "1.x cannot read" in finding.message


HEADER = f'[host."https://{HARBOR}"]\n'

# a hosts.toml, what is said of its options, and what to do about each
TEST_OPTIONS: list[tuple[str, list[tuple[str, str]]]] = [
    (
        f'[hosts."https://{HARBOR}"]\n',
        [("'hosts' at the top of the file", "Did you mean host? Write that name.")],
    ),
    (
        f'sever = "https://{HARBOR}"\n{HEADER}',
        [("'sever' at the top of the file", "Did you mean server? Write that name.")],
    ),
    (
        f'{HEADER}capabilties = ["pull"]\nskipverify = true\n',
        [
            (f"'capabilties' in the entry of https://{HARBOR}", "Did you mean capabilities?"),
            (f"'skipverify' in the entry of https://{HARBOR}", "Did you mean skip_verify?"),
        ],
    ),
    (
        f'{HEADER}server = "https://{HARBOR}"\n',
        [("'server' in the entry", "Write server at the top of the file, above the first [host].")],
    ),
    (f"{HEADER}zzz = 1\n", [("'zzz' in the entry", "Remove zzz.")]),
    (f'server = "https://{HARBOR}"\nskip_verify = false\n{HEADER}', []),
    (f'[rewrite]\na = "b"\n{HEADER}CAPABILITIES = ["pull", "resolve"]\n', []),
]


@pytest.mark.parametrize(("text", "said"), TEST_OPTIONS)
def test_options_that_no_release_knows(text: str, said: list[tuple[str, str]]) -> None:
    found = [
        finding
        for finding in analyse(load(NodeFiles(certs(text), V21)))
        if finding.code == "host_option_ignored"
    ]
    assert len(found) == len(said)
    for finding, (message, fix) in zip(found, said, strict=True):
        assert f"containerd does not know {message}" in finding.message
        assert finding.fix.startswith(fix)


def test_1x_says_what_was_meant_by_a_table_of_another_name() -> None:
    files = certs(f'[hosts."https://{HARBOR}"]\n')
    (finding,) = (
        one for one in analyse(load(NodeFiles(files, V17))) if one.code == "hosts_toml_ignored"
    )
    assert "did you mean that by [hosts]?" in finding.message
