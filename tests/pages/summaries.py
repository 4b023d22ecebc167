# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the terminal shows after a run, pinned as golden texts to be read before they are committed.

`python -m tests.pages.summaries` writes them anew into tests/unit/golden; with `--check` it only tells
whether they are current.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import (
    lint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.checks import (
    unseen_check,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import (
    Daemon,
    NodeReading,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.verdict import (
    Expectation,
    judge,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.evidence import (
    Evidence,
    HostEvidence,
    in_order,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.next_step import (
    next_step,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._report.summary import summary
from tests.pages.example_reports import MIRRORS, fleet

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = CHECKOUT / "tests" / "unit" / "golden"
PAGE_EXAMPLE = CHECKOUT / "tests" / "sandbox" / "page_example.yml"
FINISHED = "2026-01-02T03:04:05+00:00"

_CONFIG = "/etc/containerd/config.toml"
_TABLE = '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."{}"]\n  endpoint = ["{}"]\n'
_V2 = "https://harbor.example.org/v2/airgap-images/"


def _node(name: str, written: dict[str, str], expected: dict[str, str]) -> HostEvidence:
    """Return what is judged of a node whose config.toml has these mirrors."""
    tables = "".join(_TABLE.format(source, endpoint) for source, endpoint in written.items())
    daemon = Daemon("containerd", True, "/usr/bin/containerd", _CONFIG, "1.7.24", 1000.0)
    files = {_CONFIG: f"version = 2\n{tables}"}
    reading = NodeReading((daemon,), files, {}, {_CONFIG: 900.0}, "", ())
    verdict = judge(reading, Expectation(name, tuple(expected.items()), False, "1.7.24"))
    return HostEvidence(name, "production", verdict.checks)


def _verify(cluster: HostEvidence, *nodes: HostEvidence) -> Evidence:
    return Evidence("verify", FINISHED, False, in_order((cluster, *nodes)))


def _cluster(inputs: Check) -> HostEvidence:
    """Return a cluster that is as wanted but for its inputs."""
    whole = fleet(2, 0).hosts[0]
    checks = [inputs if check.name == "inputs" else check for check in whole.checks]
    return dataclasses.replace(whole, host="production", cluster="production", checks=tuple(checks))


def clean_run() -> Evidence:
    """Return a run in which all is as it should be."""
    table = {source: target.replace("harbor.example.org/", "") for source, target in MIRRORS}
    wanted = {source: f"{_V2}{path.partition('/')[2]}" for source, path in table.items()}
    nodes = [_node(f"node-{number}", wanted, wanted) for number in range(1, 4)]
    return _verify(_cluster(Check("inputs", "production", Status.PASS)), *nodes)


def broken_node() -> Evidence:
    """Return a run in which one node shows another registry for one source."""
    sound = clean_run()
    wanted = {source: f"{_V2}{source}" for source, _target in MIRRORS}
    other = {**wanted, "quay.io": "https://old.example.org/v2/quay.io"}
    nodes = [host for host in sound.hosts if host.is_node]
    cluster = sound.hosts[0]
    return _verify(cluster, *nodes[:2], _node("node-3", other, wanted))


def two_hundred_nodes() -> Evidence:
    """Return a run over nodes that all show the page's targets, which lack /v2; some are broken."""
    wanted = dict(MIRRORS)
    without = {source: target for source, target in wanted.items() if source != "ghcr.io"}
    nodes = [_node(f"node-{number}", wanted, wanted) for number in range(1, 199)]
    nodes += [_node("node-199", without, wanted)]
    timed_out = "ssh: connect to host node-200.example.org port 22: Connection timed out"
    fix = "Check the address, the network and that the node is up."
    unseen = unseen_check("node-200", "timeout", timed_out, fix)
    nodes.append(HostEvidence("node-200", "production", (unseen,)))
    parsed = parse_mirrors(",".join(f"{source}::{target}" for source, target in MIRRORS))
    findings = tuple(
        finding for finding in lint(parsed, LintContext()) if finding.code != "no_default"
    )
    inputs = Check("inputs", "production", Status.WARN, "no errors", "7 entries", findings)
    return _verify(_cluster(inputs), *nodes)


def many_errors() -> Evidence:
    """Return a run in which more is wrong than a screen tells."""
    checks = [
        Check(
            f"check {number}",
            "production",
            Status.FAIL,
            findings=(
                Finding(f"code_{number}", Severity.ERROR, "an object", "It is wrong.", "Mend it."),
            ),
        )
        for number in range(5)
    ]
    return _verify(HostEvidence("production", "production", tuple(checks)))


EVIDENCE = {
    "clean_run": clean_run,
    "broken_node": broken_node,
    "200_nodes": two_hundred_nodes,
    "many_errors": many_errors,
}
"""The runs whose texts are pinned, but for the page's example, which a playbook plans."""

_PATHS = ["/home/me/report/verify-20260102T030405Z.html", "/home/me/report/verify.json"]


def shown(name: str) -> str:
    """Return what the terminal shows of a run."""
    evidence = EVIDENCE[name]()
    lines = summary(evidence, next_step=next_step(evidence), report_paths=_PATHS)
    return "\n".join(line.text for line in lines).strip() + "\n"


def planned() -> str:
    """Return what `make plan` shows of the page's example."""
    playbook = "palette.image_registry.plan"
    with tempfile.TemporaryDirectory() as folder:
        argv = ["ansible-playbook", playbook, "--extra-vars", f"@{PAGE_EXAMPLE}"]
        done = subprocess.run(
            [f"{pathlib.Path(sys.executable).parent}/{argv[0]}", *argv[1:]],
            cwd=folder,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".cache" / "collections"),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_FORCE_COLOR": "0",
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    return summary_in(done.stdout)


def summary_in(output: str) -> str:
    """Return the summary that a playbook has shown, without the folder in which it ran."""
    found = re.search(r"^(Image registry .*?\n\nNext: .*?)\n\n", output, re.DOTALL | re.MULTILINE)
    if not found:
        raise ValueError(f"there is no summary in this: {output}")
    causes, _next, after = found[1].partition("\n\nNext: ")
    after = re.sub(r"(?<=[ @])/\S+/plan/", "plan/", " ".join(after.split()))
    return f"{causes}\n\n{textwrap.fill(f'Next: {after}', 100, subsequent_indent=' ' * 6)}\n"


def main(arguments: list[str]) -> int:
    """Write the golden texts; with --check tell which are not current."""
    texts = {name: shown(name) for name in EVIDENCE} | {"page_example": planned()}
    stale = []
    for name, text in texts.items():
        path = GOLDEN / f"{name}.txt"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if "--check" not in arguments:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    print("\n".join(stale) or "all golden texts are current")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
