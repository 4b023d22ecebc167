# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one node gave: as data and packed, with what a probe and a pull add."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
    checks_of,
)
from ansible_collections.palette.image_registry.plugins.module_utils._images.samples import (
    Sample,
    SourceSamples,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes import result
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.outweigh import (
    Proof,
    outweigh,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.probe import read_probe
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import (
    Daemon,
    NodeReading,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.result import (
    NodeResult,
    probe,
    pull,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import (
    Answer,
    Limits,
    NodeError,
    Shell,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.verdict import (
    Expectation,
    Verdict,
    judge,
)

CONFIG = "/etc/containerd/config.toml"
PAGE = (
    "version = 2\n"
    '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n'
    '  endpoint = ["https://harbor.example.org/v2/p"]\n'
)
EXPECTED = ("docker.io", "https://harbor.example.org/v2/p")
DAEMON = Daemon("containerd", True, "/usr/bin/containerd", CONFIG, "1.7.24", 1000.0)
READING = NodeReading((DAEMON,), {CONFIG: PAGE}, {}, {CONFIG: 900.0}, "", ())
EXPECTATION = Expectation("n1", (EXPECTED,), False, "1.7.24")
VERDICT = judge(READING, EXPECTATION)
DOWN = judge(NodeReading((DAEMON,), {CONFIG: "broken ["}, {}, {}, "", ()), EXPECTATION)
FAILED = Check("mirror of docker.io", "n1", Status.FAIL, "a", "b")
DIGEST = f"sha256:{'a' * 64}"
IMAGES = [SourceSamples("docker.io", (Sample("nginx:1", "h/nginx:1", DIGEST, (), 1),)).to_dict()]


def test_a_node_that_was_read() -> None:
    found = NodeResult(VERDICT.checks, VERDICT, ("nginx", "B A D"))
    data = found.to_dict()
    assert (data["reached"], data["verified"], data["pending"]) == (True, True, False)
    assert data["containerd"]["version"] == "1.7.24"
    assert data["images"]["nginx"][0].startswith("https://harbor.example.org/v2/p/library/nginx/")
    assert data["images"]["B A D"] == []
    assert [mirror["source"] for mirror in data["mirrors"]] == ["docker.io"]
    assert [check["name"] for check in data["checks"]] == [one.name for one in VERDICT.checks]
    assert len(data["findings"]) == sum(len(check.findings) for check in VERDICT.checks)


def test_what_a_pull_has_shown_is_in_the_data() -> None:
    page = {CONFIG: PAGE.replace("/v2/p", "/p")}
    reading = dataclasses.replace(READING, files=page)
    verdict = judge(reading, Expectation("n1", (("docker.io", "harbor.example.org/p"),), True, ""))
    (before,) = NodeResult(verdict.checks, verdict).to_dict()["mirrors"]
    assert (before["working"], before["status"]) == (False, "fail")
    proof = Proof("docker.io", "https://harbor.example.org/p/a/manifests/1", pulled=True)
    checks = outweigh(verdict.checks, [proof], verdict.containerd, verdict.sources)
    (after,) = NodeResult(checks, verdict).to_dict()["mirrors"]
    assert (after["working"], after["status"]) == (True, "pass")
    assert [one["code"] for one in after["findings"]] == ["node_not_as_predicted"]


def test_packed_it_says_the_same() -> None:
    found = NodeResult((*VERDICT.checks, FAILED), VERDICT, pending=True)
    packed = found.told(compact=True)
    assert checks_of(packed) == found.checks
    assert not {"checks", "mirrors", "findings"} & set(packed)
    assert (packed["verified"], packed["pending"]) == (False, True)
    assert "evidence" not in found.told(compact=False)


def test_a_node_that_was_not_read() -> None:
    data = NodeResult((FAILED,), images=("nginx",)).to_dict()
    assert (data["reached"], data["verified"], data["containerd"]) == (False, False, {})
    assert (data["images"], data["mirrors"]) == ({"nginx": []}, [])


def test_texts_are_rewritten_and_nothing_else() -> None:
    found = NodeResult((FAILED,), VERDICT, pending=True).rewritten(str.upper)
    assert found.checks[0].actual == "B"
    assert (found.verdict, found.pending, found.checks[0].status) == (VERDICT, True, Status.FAIL)


def refuse(script: bytes) -> Answer:
    raise NodeError("unreachable", "the node is gone")


def stumble(script: bytes) -> Answer:
    raise RuntimeError("whatever it is")


@pytest.mark.parametrize(
    ("verdict", "shell", "status", "code"),
    [
        (DOWN, refuse, Status.SKIP, ""),
        (VERDICT, refuse, Status.FAIL, "node_unreachable"),
        (VERDICT, stumble, Status.FAIL, "node_not_judged"),
    ],
)
def test_a_probe_never_loses_the_node(
    verdict: Verdict, shell: Shell, status: Status, code: str
) -> None:
    seen = probe(shell, Limits(), {"probe_image": "nginx"}, READING, verdict, EXPECTATION)
    (check,) = seen.checks
    assert seen.proofs == ()
    assert check.status is status
    assert [finding.code for finding in check.findings] == ([code] if code else [])
    assert check.subject == "n1"


@pytest.mark.parametrize(
    ("status", "proven"), [("200", True), ("401", False), ("404", False), ("403", False)]
)
def test_what_a_probe_proves(monkeypatch: pytest.MonkeyPatch, status: str, proven: bool) -> None:
    url = "https://harbor.example.org/v2/p/library/nginx/manifests/latest?ns=docker.io"
    probed = read_probe(f"curl {url}", f"HTTP/1.1 {status} as it is\n\nexit 0\n")
    monkeypatch.setattr(result, "run_probe", lambda *_all: probed)
    options = {"probe_image": "nginx"}
    seen = probe(refuse, Limits(), options, READING, VERDICT, EXPECTATION)
    assert seen.proofs == ((Proof("docker.io", url, pulled=False),) if proven else ())


# options, verdict, check mode, and why nothing is pulled
TEST_LEFT_OUT: list[tuple[dict[str, t.Any], Verdict, bool, str]] = [
    ({}, VERDICT, True, "this is check mode"),
    (
        {},
        dataclasses.replace(VERDICT, checks=(FAILED,)),
        False,
        "its mirror is another one than expected",
    ),
    ({"pull_images": []}, VERDICT, False, "no image was chosen"),
    (
        {"pull_images": [{"source": "x", "images": [{}]}]},
        VERDICT,
        False,
        "this is no image to pull",
    ),
]


@pytest.mark.parametrize(("changes", "verdict", "check_mode", "reason"), TEST_LEFT_OUT)
def test_why_nothing_is_pulled(
    changes: dict[str, t.Any], verdict: Verdict, check_mode: bool, reason: str
) -> None:
    def connect(_seconds: int) -> Shell:
        raise AssertionError("nobody is to be asked")

    options = {"pull_images": IMAGES, "pull_timeout": 60, **changes}
    (check,) = pull(connect, options, READING, verdict, "n1", check_mode=check_mode).checks
    assert check.status is Status.SKIP
    assert reason in check.actual


def test_nothing_is_pulled_where_containerd_does_not_run() -> None:
    reading = dataclasses.replace(READING, daemons=(dataclasses.replace(DAEMON, running=False),))
    options = {"pull_images": IMAGES, "pull_timeout": 60}
    seen = pull(lambda _seconds: refuse, options, reading, VERDICT, "n1", check_mode=False)
    assert [check.actual for check in seen.checks] == ["not tried: containerd does not run"]


def test_what_its_files_let_expect_of_cri_stops_no_pull() -> None:
    options = {"pull_images": IMAGES, "pull_timeout": 60}
    seen = pull(lambda _seconds: refuse, options, READING, DOWN, "n1", check_mode=False)
    assert [one.code for check in seen.checks for one in check.findings] == ["node_unreachable"]


@pytest.mark.parametrize(
    ("shell", "code"), [(refuse, "node_unreachable"), (stumble, "node_not_judged")]
)
def test_a_pull_never_loses_the_node_either(shell: Shell, code: str) -> None:
    asked: list[int] = []

    def connect(seconds: int) -> Shell:
        asked.append(seconds)
        return shell

    options = {"pull_images": IMAGES, "pull_timeout": 60}
    (check,) = pull(connect, options, READING, VERDICT, "n1", check_mode=False).checks
    assert [finding.code for finding in check.findings] == [code]
    # The way to the node waits longer than the pulls there may take.
    assert asked and asked[0] > 60
