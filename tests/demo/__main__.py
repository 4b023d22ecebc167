# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make demo: the real playbooks against the sandbox, ending with the report.

The page's example is planned, overridden with what the plan proposes, and proven by images that
nodes really pull through the mirrors; then a node is broken, and verify names it.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import types
import typing as t

from tests.sandbox import go_programs
from tests.sandbox.faults import FAULTS, break_node
from tests.sandbox.images import IMAGES
from tests.sandbox.inventory import CLUSTER
from tests.sandbox.nodes import default_specs
from tests.sandbox.paths import CACHE, CHECKOUT, SandboxError
from tests.sandbox.pki import write_private
from tests.sandbox.world import Options, World

REPORTS = CHECKOUT / "report"
PROPOSAL = REPORTS / "plan" / CLUSTER / "registry.yml"
_BROKEN = "node-certsd"
# Of many nodes these are broken as well, each in another way.
_BROKEN_TOO = ("17", "42", "99")


class DemoError(Exception):
    """A step did not end as it should have."""


def main() -> int:
    """Run the steps, and return the exit code of the demonstration."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores SIGINT
        signal.signal(number, _interrupt)
    more = max(0, _arguments().nodes - len(default_specs()))
    options = Options(clean_nodes=True, propagate=True, more_nodes=more, pulls=True)
    world = World(CACHE / "demo", options)
    started = time.monotonic()
    try:
        go_programs.build_crictl(_say)
        _title("Starting the sandbox: Kubernetes API, webhook, registry and nodes, on loopback")
        with world:
            for warning in world.warnings:
                _say(f"left out: {warning}")
            report = _steps(world)
    except (DemoError, SandboxError) as error:
        _say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("stopped")
        return 130
    _title(f"Done in {time.monotonic() - started:.0f} s; the sandbox is stopped")
    _say(f"Open the report in a browser: {report.relative_to(CHECKOUT)}")
    return 0


def _steps(world: World) -> pathlib.Path:
    nodes = world.nodes.all()
    shutil.rmtree(REPORTS, ignore_errors=True)
    _write_variables(world)
    _title("1/5  Plan the documentation's example: one cause, and a proposal")
    _playbook(world, "plan")
    proposal = "@" + _short(PROPOSAL)
    _title("2/5  Override with the proposal, and let every node pull an image of each source")
    _playbook(world, "override", proposal, "verify_nodes_pull=true")
    if nodes and not _pulled():
        raise DemoError("no node has pulled")
    report = max(REPORTS.glob("override-*.html"))
    _title("3/5  The same again: nothing is left to change")
    output = _playbook(world, "override", proposal)
    if re.search(r"changed=[1-9]", output):
        raise DemoError("the second run has changed something")
    if not nodes:
        _title("4/5 and 5/5 need nodes, which this machine could not give: see above")
        return report
    broken = [_BROKEN, *(node.name for node in nodes if node.name.endswith(_BROKEN_TOO))]
    _title(f"4/5  Break {' and '.join(broken)} by hand")
    for name, fault in zip(broken, itertools.cycle(FAULTS)):
        _say(f"{name}: {break_node(world.nodes, world.nodes.get(name), fault)}")
    _title("5/5  Verify: what is broken is named, and the playbook fails, as it should")
    output = _playbook(world, "verify", proposal, "verify_nodes_retries=0", expected=2)
    missing = [name for name in broken if name not in output]
    if missing:
        raise DemoError(f"the report does not name {', '.join(missing)}")
    return max(REPORTS.glob("verify-*.html"))


def _pulled() -> int:
    """Return how many pulls the last override proves."""
    report = json.loads(max(REPORTS.glob("override-*.json")).read_text(encoding="utf-8"))
    checks = [check for host in report["hosts"] for check in host["checks"]]
    return sum(
        check["name"].startswith("pull of ") and check["status"] == "pass" for check in checks
    )


def _write_variables(world: World) -> None:
    """Write what all playbooks are given: the password, as a vault has it, images, the report."""
    if world.registry is None:
        raise DemoError("there is no registry: see above")
    variables = {
        "vault_registry_password": world.registry.password,
        "palette_images": [_source_image(repository, tag) for repository, tag in IMAGES],
        "palette_report_dir": str(REPORTS.relative_to(CHECKOUT)),
        "verify_nodes_retries": 20,
        "verify_nodes_delay": 1,
    }
    write_private(world.state_dir / "demo.yml", json.dumps(variables) + "\n")


def _source_image(repository: str, tag: str) -> str:
    """Return the name of an image of the registry outside of it."""
    repository = repository.replace("k8s.io/", "registry.k8s.io/", 1)
    if repository.startswith("palette-images/"):
        repository = f"us-docker.pkg.dev/{repository}"
    return f"{repository}:{tag}"


def _short(path: pathlib.Path) -> str:
    return str(path.relative_to(CHECKOUT))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--nodes", type=int, default=3, help="so many nodes (default: 3)")
    return parser.parse_args()


def _playbook(world: World, name: str, *variables: str, expected: int = 0) -> str:
    """Run a playbook, show what it prints while it runs, and return that."""
    playbook = f"palette.image_registry.{name}"
    argv = [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), playbook]
    argv += ["--inventory", str(world.inventory)]
    for given in ("@" + _short(world.state_dir / "demo.yml"), *variables):
        argv += ["--extra-vars", given]
    _say("$ " + shlex.join(argv).replace(f"{CHECKOUT}/", ""))
    environment = {
        **os.environ,
        **world.environment(),
        "ANSIBLE_FORCE_COLOR": "1" if sys.stdout.isatty() else "0",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        [*world.seeing_registry(), *argv],
        env=environment,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        lines = []
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    if process.returncode != expected:
        raise DemoError(f"{playbook} ended with {process.returncode}, expected {expected}")
    return "".join(lines)


def _title(text: str) -> None:
    _say(f"\n=== {text}")


def _say(text: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(text, flush=True)


def _interrupt(_number: int, _frame: types.FrameType | None) -> t.NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
