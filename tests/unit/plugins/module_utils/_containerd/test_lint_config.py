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
from tests.pages.node_example_files import DROP, IMPORTS, OLD, Files, v2
from tests.unit.helpers.containerd_nodes import V17, V21, assert_found, codes, examples_of, mirror


@examples_of("lint_config")
def test_findings(code: str, version: str, bad: Files, good: Files, subject: str) -> None:
    assert_found(code, version, bad, good, subject)


MAIN_TABLE = (
    f'[{OLD}]\nsandbox_image = "harbor.example.org/pause:3.9"\n'
    f"[{OLD}.containerd.runtimes.nvidia]\nruntime_type = 'io.containerd.runc.v2'\n"
    f"[{OLD}.containerd.runtimes.runc.options]\nSystemdCgroup = true\n"
)


def dropped(version: str) -> str:
    """Return what is told of a drop-in that sets a mirror and no more."""
    drop = "version = 2\n" + mirror(OLD)
    node = load(NodeFiles(v2(IMPORTS, MAIN_TABLE) | {DROP: drop}, version))
    return "".join(one.message for one in analyse(node) if one.code == "dropin_replaces_table")


@pytest.mark.parametrize("lost", ["sandbox_image", "the runtime nvidia", "SystemdCgroup"])
def test_what_a_drop_in_takes_away_is_named_with_its_consequence(lost: str) -> None:
    message = dropped(V17)
    assert lost in message.partition("Lost: ")[2].partition(".")[0]
    consequence = {
        "sandbox_image": "an airgap none starts",
        "the runtime nvidia": "whose runtime is gone",
        "SystemdCgroup": "cgroupfs",
    }
    assert consequence[lost] in message
    assert dropped(V21) == ""


def test_many_lost_settings_are_counted() -> None:
    hosts = [f"r{number}.example.org" for number in range(11)]
    main = v2(IMPORTS, *(mirror(OLD, host) for host in hosts))
    node = load(NodeFiles(main | {DROP: "version = 2\n" + mirror(OLD)}, V17))
    (message,) = (one.message for one in analyse(node) if one.code == "dropin_replaces_table")
    assert "the mirror of r7.example.org and 3 more." in message
    assert "r8.example.org" not in message


@pytest.mark.parametrize(
    ("version", "severity"), [("2.3.4", ""), ("2.9.0", "info"), ("1.5.9", "warning")]
)
def test_releases_without_a_measurement(version: str, severity: str) -> None:
    found = [one for one in analyse(load(NodeFiles(v2(), version))) if "measured" in one.code]
    assert [one.severity.value for one in found] == ([severity] if severity else [])


def test_a_dump_is_not_told_of_its_files() -> None:
    dump = "version = 2\n" + mirror("plugins.Cri") + "[grpc]\nimports = []\n"
    files = v2(mirror("plugins.Cri"), "[grpc]\nimports = []\n")
    assert codes(files, V21) >= {"imports_misplaced"}
    assert analyse(load(NodeFiles(files, V21, dump=dump))) == ()


# what stands at the top and what in a table; the code; how to bring what is meant there
TEST_IMPORTS: list[tuple[str, str, str, str]] = [
    ("", "", "dropin_not_imported", "Write imports = ["),
    (
        'imports = ["/x/*.toml"]\n',
        "",
        "dropin_not_imported",
        'Add "/etc/containerd/conf.d/*.toml" to',
    ),
    ("", IMPORTS, "imports_misplaced", "Move it to the top of the file"),
    ('imports = ["/x/*.toml"]\n', IMPORTS, "imports_misplaced", "Add what it names to the imports"),
]


@pytest.mark.parametrize(("top", "inside", "code", "fix"), TEST_IMPORTS)
def test_no_second_list_of_imports_is_asked_for(top: str, inside: str, code: str, fix: str) -> None:
    files = {**v2(top, f"[grpc]\n{inside}"), DROP: "version = 2\n"}
    found = {one.code: one.fix for one in analyse(load(NodeFiles(files, V17)))}
    assert found[code].startswith(fix), found
