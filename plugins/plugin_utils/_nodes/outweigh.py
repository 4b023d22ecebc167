# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pull or a probe on a node shows outweighs what was told beforehand from its files."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from ...module_utils._containerd.compare import SourceResult
from ...module_utils._containerd.model import UP
from ...module_utils._containerd.node import Containerd
from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from .checks import literal_source, source_of
from .verdict import DAEMON_CHECK

_CRI_NOT_UP, _PENDING = "cri_not_up", "restart_pending"
_OF_PATHS = frozenset(
    {
        "endpoint_v2_doubled",
        "endpoint_v2_misplaced",
        "endpoint_without_v2",
        "override_path_missing",
        "override_path_without_v2",
    }
)
"""What is said of an endpoint whose path is not the usual one."""


@dataclasses.dataclass(frozen=True)
class Proof:
    """What was seen to work of a source. `place` is the URL that answered, "" if not known."""

    source: str
    place: str
    pulled: bool

    @property
    def words(self) -> str:
        """Return it in words."""
        what = "An image of it was pulled" if self.pulled else "A registry answered the node"
        return f"{what} from {self.place}" if self.place else f"{what} through CRI"

    def is_of(self, endpoint: str) -> bool:
        """Return whether the host of an endpoint answered."""
        host = endpoint.rpartition("://")[2].partition("/")[0]
        return urllib.parse.urlsplit(self.place).netloc == host


def drifted(checks: t.Iterable[Check]) -> set[str]:
    """Return the sources whose endpoint on the node is another one than expected, or none."""
    return {
        literal_source(check.name)
        for check in checks
        if check.status is Status.FAIL and not _is_unknown(check)
    } - {""}


def outweigh(
    checks: t.Iterable[Check],
    proofs: t.Sequence[Proof],
    containerd: Containerd | None,
    sources: t.Sequence[SourceResult],
) -> tuple[Check, ...]:
    """Return the checks of a node, in which what was disproven is a remark.

    Of files that containerd has not read yet, a pull of today tells nothing.
    """
    checks = tuple(checks)
    codes = {finding.code for check in checks for finding in check.findings}
    if not proofs or containerd is None or _PENDING in codes:
        return checks
    expected = {one.source: one.expected for one in sources}
    return tuple(_weighed(check, proofs, containerd, expected) for check in checks)


def _weighed(
    check: Check, proofs: t.Sequence[Proof], containerd: Containerd, expected: t.Mapping[str, str]
) -> Check:
    if check.name == DAEMON_CHECK:
        return _daemon(check, proofs, containerd, expected)
    source = source_of(check.name)
    proof = next((one for one in proofs if one.source == source), None)
    if proof is None or source not in expected:
        return check
    at_mirror = proof.is_of(expected[source])
    doubtful = _is_unknown(check) and proof.pulled if literal_source(check.name) else at_mirror
    if not doubtful or check.status is Status.PASS:
        return check
    findings = tuple(_remark(finding, proof) for finding in check.findings)
    status = Status.PASS if at_mirror else Status.WARN
    return dataclasses.replace(check, status=status, findings=findings)


def _daemon(
    check: Check, proofs: t.Sequence[Proof], containerd: Containerd, expected: t.Mapping[str, str]
) -> Check:
    """Take back that CRI is not up, and what is said of sources that work."""
    findings, actual = check.findings, check.actual
    pulled = next((proof for proof in proofs if proof.pulled), None)
    if containerd.cri != UP and pulled:
        actual = f"up, as a pull shows; by its files it would be {containerd.cri}"
        findings = tuple(
            _remark(finding, pulled) if finding.severity is Severity.ERROR else finding
            for finding in findings
        )
    elif containerd.cri == UP:
        for proof in proofs:
            at_mirror = proof.is_of(expected.get(proof.source, ""))
            findings = tuple(
                _remark(finding, proof)
                if _is_disproven(finding, proof, containerd.where(proof.source), at_mirror)
                else finding
                for finding in findings
            )
    if findings == check.findings:
        return check
    return dataclasses.replace(check, status=status_of(findings), actual=actual, findings=findings)


def _is_disproven(finding: Finding, proof: Proof, where: str, at_mirror: bool) -> bool:
    """Return whether a finding says of a source's entry what its proof contradicts."""
    if finding.subject != where and not finding.subject.startswith(f"{where}:"):
        return False
    if finding.code in _OF_PATHS:
        return at_mirror and urllib.parse.urlsplit(proof.place).netloc in finding.message
    return proof.pulled and finding.severity is Severity.ERROR


def _is_unknown(check: Check) -> bool:
    """Return whether a check failed since CRI was taken to be down, and for nothing else."""
    return any(finding.code == _CRI_NOT_UP for finding in check.findings)


def _remark(finding: Finding, proof: Proof) -> Finding:
    if finding.severity is Severity.INFO:
        return finding
    return Finding(
        "node_not_as_predicted",
        Severity.INFO,
        finding.subject,
        f"{proof.words}, though by the node's files: {finding.message}",
        "Nothing has to be done on the node. Report this with its files: the prediction is wrong.",
    )


__all__ = ("Proof", "drifted", "outweigh")
