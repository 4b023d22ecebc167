# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the script that pulls, on a planted node with a crictl that is a script."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Check, Status
from ansible_collections.palette.image_registry.plugins.module_utils._images.samples import (
    Sample,
    SourceSamples,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.pull import Puller
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import Daemon
from tests.unit.helpers.planted_node import CONFIG, LocalShell, PlantedNode

IMAGE = "docker.io/library/nginx:1.25"
DIGEST = f"sha256:{'a' * 64}"
ID = f"sha256:{'b' * 64}"
CRICTL = """\
#!/bin/sh
# Keeps what was pulled in a file.
store=%(root)s/pulled
[ -n "$CRI_CONFIG_FILE" ] && exit 9
while [ $# -gt 0 ]; do case $1 in --*) shift 2 ;; *) break ;; esac; done
echo "$*" >>%(root)s/asked
case $1 in
images) [ -e "$store" ] && printf 'ID: %(id)s\\nRepoTags: %(image)s\\n'; exit 0 ;;
imagefsinfo) echo '{"mountpoint": "/"}' ;;
pull) [ -e %(root)s/broken ] && cat %(root)s/broken >&2 && exit 1; : >"$store" ;;
inspecti) [ -e "$store" ] && echo "%(id)s %(image)s docker.io/library/nginx@%(digest)s" ;;
ps) ;;
rmi) rm "$store" ;;
esac
"""


class Planted(PlantedNode):
    """A node with a crictl and a socket of CRI."""

    def __init__(self, root: pathlib.Path) -> None:
        super().__init__(root)
        words = {"root": root, "id": ID, "image": IMAGE, "digest": DIGEST}
        self.crictl = self.write("/usr/local/bin/crictl", CRICTL % words, 0o755)
        self.write("/run/containerd/containerd.sock", "")

    def pull(self) -> tuple[Check, ...]:
        daemon = Daemon("containerd", True, "/usr/bin/containerd", CONFIG, pid="1")
        containerd = load(NodeFiles({CONFIG: "version = 2\n"}, "1.7.24"))
        sample = Sample(IMAGE, "harbor.example.org/nginx:1.25", DIGEST, (ID,), 1000)
        puller = Puller(LocalShell(), "n1", daemon, containerd, 20)
        pulled = puller.pull([SourceSamples("docker.io", (sample,))], str(self.root))
        return tuple(one.check for one in pulled)

    def asked(self) -> list[str]:
        file = self.root / "asked"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture(name="node")
def fixture_node(tmp_path: pathlib.Path) -> t.Iterator[Planted]:
    tmp_path.chmod(0o755)
    yield Planted(tmp_path)


def codes(checks: t.Iterable[Check]) -> list[str]:
    return [finding.code for check in checks for finding in check.findings]


def test_what_was_pulled_is_compared_and_removed(node: Planted) -> None:
    (check,) = node.pull()
    assert (check.status, codes([check])) == (Status.PASS, []), check
    assert f"pull {IMAGE}" in node.asked()
    assert f"rmi {ID}" in node.asked()
    assert not (node.root / "pulled").exists()
    # The only place that a node without mirrors asks is the upstream itself.
    assert check.actual == (
        f"{DIGEST} from https://registry-1.docker.io/v2/library/nginx/manifests/1.25, "
        "the only place it asks"
    )


def test_an_image_that_is_there_stays_and_its_tag_does_not_move(node: Planted) -> None:
    node.write("/pulled", "")
    (check,) = node.pull()
    assert check.status is Status.PASS, check
    assert f"pull docker.io/library/nginx@{DIGEST}" in node.asked()
    assert (node.root / "pulled").exists()


# what containerd says, and what mends it
TEST_FAILURES: list[tuple[str, str]] = [
    ("failed: x509", "Mend what the message names"),
    (
        "failed to resolve image: pull access denied, repository does not exist or may require "
        "authorization: server message: insufficient_scope: authorization failed",
        "kubelet passes on those of the registry that the pod names",
    ),
    (
        "unexpected status from HEAD request to https://h.io/v2/p/nginx/manifests/1: 401 "
        "Unauthorized",
        "kubelet passes on those of the registry that the pod names",
    ),
    ("no such manifest: https://h.io:401/v2/403/manifests/401", "Mend what the message names"),
    ("remote error: tls: certificate required", "The registry asks for a client certificate"),
]


@pytest.mark.parametrize(("said", "remedy"), TEST_FAILURES)
def test_a_failure_is_told_in_its_own_words(node: Planted, said: str, remedy: str) -> None:
    node.write("/broken", said)
    (check,) = node.pull()
    assert (check.status, codes([check])) == (Status.FAIL, ["pull_failed"])
    assert said[-300:] in check.findings[0].message
    assert remedy in check.findings[0].fix


def test_what_a_killed_run_left_is_taken_back(node: Planted) -> None:
    node.write("/pulled", "")
    node.write("/run/palette-image-registry-pull", f"{IMAGE}\n\n")
    checks = node.pull()
    assert codes(checks) == ["pull_settled"]
    assert f"pull {IMAGE}" in node.asked()
    assert not (node.root / "pulled").exists()


TEST_OTHERS: list[tuple[str, str]] = [
    ("the program", "/usr/local/bin/crictl"),
    ("its folder", "/usr/local/bin"),
    ("the folder of the socket", "/run/containerd"),
    ("the folder of the lock", "/run"),
]


@pytest.mark.parametrize("path", [row[1] for row in TEST_OTHERS], ids=[r[0] for r in TEST_OTHERS])
def test_no_program_that_others_may_write_is_run(node: Planted, path: str) -> None:
    (node.root / path.lstrip("/")).chmod(0o777)
    (check,) = node.pull()
    assert (check.status, codes([check])) == (Status.SKIP, ["pull_prevented"])
    assert node.asked() == []
