# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull or a probe that works outweighs what the node's files let expect; drift stays drift."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.outweigh import (
    Proof,
    drifted,
    outweigh,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import (
    Daemon,
    NodeReading,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.verdict import (
    Expectation,
    Verdict,
    judge,
)

CONFIG = "/etc/containerd/config.toml"
CERTS = "/etc/containerd/certs.d"
CRI = 'plugins."io.containerd.grpc.v1.cri"'
URL = "https://h.io/p/library/nginx/manifests/1?ns=docker.io"
UPSTREAM = "https://registry-1.docker.io/v2/library/nginx/manifests/1"
PULLED, PROBED = Proof("docker.io", URL, pulled=True), Proof("docker.io", URL, pulled=False)


def node(files: dict[str, str], version: str = "1.7.24", *, gate: bool = True) -> Verdict:
    daemon = Daemon("containerd", True, "/usr/bin/containerd", CONFIG, version, 1000.0)
    reading = NodeReading((daemon,), files, {}, dict.fromkeys(files, 900.0), "", ())
    return judge(reading, Expectation("n1", (("docker.io", "h.io/p"),), gate, version))


def mirror(endpoint: str) -> dict[str, str]:
    text = f'version = 2\n[{CRI}.registry.mirrors."docker.io"]\nendpoint = ["{endpoint}"]\n'
    return {CONFIG: text}


WITHOUT_V2 = mirror("h.io/p")
TAKEN_FOR_DOWN = {CONFIG: WITHOUT_V2[CONFIG] + '[plugins.bad]\nendpoint = "\n'}
CA_MISSING = {
    CONFIG: f'version = 2\n[{CRI}.registry]\nconfig_path = "{CERTS}"\n',
    f"{CERTS}/docker.io/hosts.toml": '[host."https://h.io/p"]\nca = "/gone.crt"\n'
    "override_path = true\n",
}


PENDING = Finding("restart_pending", Severity.WARNING, CONFIG, "it is newer", "Restart it.")


def errors(checks: tuple[Check, ...]) -> list[str]:
    found = (finding for check in checks for finding in check.findings)
    return [finding.code for finding in found if finding.severity is not Severity.INFO]


# files, proofs, and the checks that fail before and after
TEST_PROOFS: list[tuple[str, dict[str, str], list[Proof], set[str], set[str]]] = [
    ("nothing", WITHOUT_V2, [], {"endpoint"}, {"endpoint"}),
    ("a pull from the mirror", WITHOUT_V2, [PULLED], {"endpoint"}, set()),
    ("a registry that answered", WITHOUT_V2, [PROBED], {"endpoint"}, set()),
    (
        "a pull from upstream",
        WITHOUT_V2,
        [Proof("docker.io", UPSTREAM, pulled=True)],
        {"endpoint"},
        {"endpoint"},
    ),
    (
        "a pull from nobody knows where",
        WITHOUT_V2,
        [Proof("docker.io", "", pulled=True)],
        {"endpoint"},
        {"endpoint"},
    ),
    (
        "a pull of another source",
        WITHOUT_V2,
        [Proof("quay.io", "https://h.io/p/a/manifests/1", pulled=True)],
        {"endpoint"},
        {"endpoint"},
    ),
    ("another mirror", mirror("i.io/p"), [PULLED], {"mirror", "endpoint"}, {"mirror"}),
    ("CRI taken for down", TAKEN_FOR_DOWN, [PULLED], {"containerd", "mirror", "endpoint"}, set()),
    (
        "CRI taken for down, and a registry that answered",
        TAKEN_FOR_DOWN,
        [PROBED],
        {"containerd", "mirror", "endpoint"},
        {"containerd", "mirror"},
    ),
    ("a CA taken for missing", CA_MISSING, [PULLED], {"containerd", "endpoint"}, set()),
    (
        "a CA taken for missing, and a registry that answered",
        CA_MISSING,
        [PROBED],
        {"containerd", "endpoint"},
        {"containerd"},
    ),
]


@pytest.mark.parametrize(
    ("files", "proofs", "before", "after"),
    [row[1:] for row in TEST_PROOFS],
    ids=[row[0] for row in TEST_PROOFS],
)
def test_what_works_outweighs_what_was_predicted(
    files: dict[str, str], proofs: list[Proof], before: set[str], after: set[str]
) -> None:
    verdict = node(files)
    failed = {check.name.split()[0] for check in verdict.checks if check.status is Status.FAIL}
    assert failed == before
    checks = outweigh(verdict.checks, proofs, verdict.containerd, verdict.sources)
    assert {check.name.split()[0] for check in checks if check.status is Status.FAIL} == after
    for check, former in zip(checks, verdict.checks, strict=True):
        assert dataclasses.replace(check, status=former.status, actual="", findings=()) == (
            dataclasses.replace(former, actual="", findings=())
        )
        if check.status is not former.status:
            codes = {finding.code for finding in check.findings}
            assert "node_not_as_predicted" in codes or not former.findings
            assert set(errors((check,))) <= {"mirrors_deprecated"}


def test_cri_that_was_taken_for_down_is_up() -> None:
    verdict = node(TAKEN_FOR_DOWN)
    proof = Proof("docker.io", "", pulled=True)
    checks = {
        one.name: one
        for one in outweigh(verdict.checks, [proof], verdict.containerd, verdict.sources)
    }
    assert checks["containerd"].status is Status.PASS
    assert checks["containerd"].actual.startswith("up, as a pull shows; by its files it would be")
    # Nobody knows where it came from, so what the mirror is worth is not known either.
    assert checks["mirror of docker.io"].status is Status.WARN


def test_only_another_mirror_is_drift() -> None:
    assert drifted(node(mirror("i.io/p")).checks) == {"docker.io"}
    assert drifted(node(TAKEN_FOR_DOWN).checks) == set()
    assert drifted(node(WITHOUT_V2).checks) == set()


def test_of_files_that_are_not_read_yet_a_pull_tells_nothing() -> None:
    verdict = node(WITHOUT_V2)
    pending = Check("containerd", "n1", Status.WARN, findings=(PENDING,))
    checks = (pending, *verdict.checks[2:])
    assert outweigh(checks, [PULLED], verdict.containerd, verdict.sources) == checks
