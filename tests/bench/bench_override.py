# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`override`, its first and its second run, against the page's own commands on a real API server.

The page's commands are `helm upgrade --install`, `kubectl apply`, and to look at it `kubectl get`
with `base64`. The first run meets a cluster without an override, the second one that has it. No
playbook goes below Ansible itself: a task that says hello, and as many of these as an override has
tasks. In turn, round by round, the best counts. Time on the clock depends on who else works on the
machine, the time of the processor hardly does: both are shown.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time
import typing as t

from tests.bench.runner import Bench, measured
from tests.integration.playbooks import helm, kubectl, remove_override, run_playbook
from tests.sandbox.paths import ANSIBLE_BIN
from tests.sandbox.world import Options, World

ROUNDS = 3
_METADATA = ("name", "namespace")
_HELLO: dict[str, t.Any] = {"ansible.builtin.debug": {"msg": "hello"}}


@dataclasses.dataclass(frozen=True)
class Seconds:
    """The best time of each, on the clock or of the processor."""

    page_first: float
    page_second: float
    override_first: float
    override_second: float
    hello: float
    hellos: float


class Time(t.NamedTuple):
    """What something took, in seconds."""

    clock: float
    processor: float


@functools.cache
def seconds() -> tuple[Seconds, Seconds]:
    """Measure all in one world, on one server; return the times of the clock and the processor."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        options = Options(strict=True, with_nodes=False, built_in=False)
        with World(folder / "state", options) as world:
            tasks = _override(world)
            page = _page(world, folder)
            hello, hellos = (_playbook(folder, number) for number in (1, tasks))
            found = []
            for _round in range(ROUNDS):
                times: list[Time] = []
                for ways in (functools.partial(_run, world, page), lambda: _override(world)):
                    remove_override(world)
                    times += [_timed(ways), _timed(ways)]
                times += [_timed(lambda: _run(world, hello)), _timed(lambda: _run(world, hellos))]
                found.append(times)
    clock, processor = (
        Seconds(*(min(time[kind] for time in times) for times in zip(*found, strict=True)))
        for kind in (0, 1)
    )
    return clock, processor


def _page(world: World, folder: pathlib.Path) -> list[str]:
    """Return what a person types, with the values and the Secret that an override has made."""
    values = helm(world, "get", "values", "image-swap", "--output", "json")
    (folder / "values.yaml").write_text(values, encoding="utf-8")
    secret = kubectl(world, "get", "secret/registry-info", "--namespace=jet-system")
    secret["metadata"] = {key: secret["metadata"][key] for key in _METADATA}
    (folder / "registry-secret.yaml").write_text(json.dumps(secret), encoding="utf-8")
    script = (
        f"set -e; cd {folder};"
        f" helm upgrade --values values.yaml image-swap {world.chart()} --install;"
        " kubectl apply --filename registry-secret.yaml; kubectl get secret registry-info"
        " --namespace jet-system --output jsonpath='{.data.DOMAIN}' | base64 --decode"
    )
    return ["sh", "-c", script]


def _playbook(folder: pathlib.Path, tasks: int) -> list[str]:
    """Return the command of a playbook with some tasks that do nothing."""
    path = folder / f"hello-{tasks}.json"
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [_HELLO] * tasks}
    path.write_text(json.dumps([play]), encoding="utf-8")
    return [str(ANSIBLE_BIN / "ansible-playbook"), str(path)]


def _override(world: World) -> int:
    """Return how many tasks it had."""
    # As the page's commands, as an administrator.
    variables = {"palette_check_images": "skip", "palette_kubeconfig": str(world.kubeconfig)}
    run = run_playbook(world, "override", variables=variables)
    if run.code:
        raise RuntimeError(run.output)
    return run.output.count("\nTASK [")


def _run(world: World, command: t.Sequence[str]) -> None:
    environment = {**os.environ, **world.environment()}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=600)


def _timed(work: t.Callable[[], object]) -> Time:
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Time(clock, used)


def benches() -> t.Iterator[Bench]:
    """Yield the runs and their floors: the page's commands, and for the second Ansible's least."""
    commands = "helm, kubectl apply, kubectl get"
    rows: list[tuple[str, str, str, str, float]] = [
        ("override, first run", "override_first", "page_first", commands, 8.0),
        ("override, second run", "override_second", "page_second", commands, 4.0),
        ("override, second run, of Ansible", "override_second", "hello", "debug: hello", 3.0),
        (
            "override, second run, of empty tasks",
            "override_second",
            "hellos",
            "as many hellos",
            2.0,
        ),
        ("an empty task for each of an override", "hellos", "page_second", commands, 4.0),
    ]
    for kind, words in enumerate(("", ", processor")):
        for name, subject, floor, floor_name, goal in rows:

            def figures(
                kind: int = kind, subject: str = subject, floor: str = floor
            ) -> tuple[float, float]:
                return getattr(seconds()[kind], subject), getattr(seconds()[kind], floor)

            yield measured(f"{name}{words}", figures, floor_name, 1, "run", goal)


__all__ = ("benches",)
