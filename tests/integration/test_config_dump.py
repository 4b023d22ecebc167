# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the files of a node are taken as proof, a real `containerd config dump` says the same."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.node import (
    Containerd,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.config_dump import doubt
from tests.pages.conformance import Case, cases
from tests.sandbox.node_roots import make_busybox_root
from tests.unit.plugins.plugin_utils._nodes.test_config_dump import of_case

pytestmark = pytest.mark.sandbox

RELEASE = "1.6.20"  # Debian's, the one that is here as a program
HOSTS = "/hosts.toml"


def dump_of(root: pathlib.Path, files: t.Mapping[str, str]) -> str:
    for path, text in files.items():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    try:
        command = ["chroot", str(root), "/usr/bin/containerd", "config", "dump"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    finally:
        # What is a folder in one case is a file in another.
        for path in files:
            shutil.rmtree(root.joinpath(*path.split("/")[1:3]), ignore_errors=True)
    assert done.returncode == 0, (files, done.stderr)
    return done.stdout


def answers(node: Containerd, case: Case) -> object:
    pulls = [(image, node.requests(image)) for image, _seen in case.pulls]
    sources = sorted({image.partition("/")[0] for image, _seen in case.pulls})
    return node.cri, pulls, [(source, node.endpoints(source)) for source in sources]


def test_the_dump_adds_nothing_where_it_is_left_out(tmp_path: pathlib.Path) -> None:
    make_busybox_root(tmp_path)
    settled = [case for case in cases() if case.version == RELEASE and not doubt(*of_case(case))]
    assert len(settled) > 100
    dumps: dict[frozenset[tuple[str, str]], str] = {}
    for case in settled:
        # A dump reads no file hosts.toml, so cases with the same others have the same dump.
        read = frozenset(item for item in case.files.items() if not item[0].endswith(HOSTS))
        if read not in dumps:
            dumps[read] = dump_of(tmp_path, case.files)
        by_dump = load(NodeFiles(case.files, case.version, dump=dumps[read]))
        assert answers(by_dump, case) == answers(load(NodeFiles(case.files, case.version)), case), (
            case.vector
        )
