# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one case: interrupts an override, looks at the cluster, heals it, and judges."""

from __future__ import annotations

import pathlib
import shutil
import time
import typing as t

from tests.interruptions import leftovers, processes
from tests.interruptions.cases import STATUSES, Case, of_each_kind
from tests.interruptions.outcome import Outcome
from tests.interruptions.playbooks import HELM_SECONDS, Run, inputs_of
from tests.interruptions.stage import PASSWORDS, Stage, settings
from tests.interruptions.state import State
from tests.sandbox.kubernetes.faults import Fault

# Who has not given up a request that stalls by then waits for ever.
_PATIENCE_SECONDS = 10.0
_LATE_SECONDS = 3.0
_ORPHAN_SECONDS = 120.0
_LAST_LINES = 12
_ENDS_BY_ITSELF = ("task", *STATUSES, "cut")


class Runner:
    """Runs cases on one stage, one after the other."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self._stage = stage
        self._seed = seed

    def run(self, case: Case) -> Outcome:
        """Run one case. Its folder stays only where it ended badly."""
        began = time.monotonic()
        folder = self._stage.folder / case.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        outcome = Outcome(case, self.place(case))
        self._stage.restore(case.start)
        version = self._stage.state().version
        try:
            self._interrupt(case, folder, outcome)
            self._heal(case, folder, outcome, version)
            self._look_for_leftovers(folder, outcome)
        finally:
            processes.kill_all(folder)
            self._stage.world.api.heal()
        outcome.seconds = time.monotonic() - began
        if outcome.is_good:
            shutil.rmtree(folder)
            inputs_of(folder).unlink(missing_ok=True)
        return outcome

    def run_each_kind(self, cases: t.Sequence[Case]) -> list[Outcome]:
        """Run cases of each kind up to the first whose place a run gets to; none may come to harm.

        The lock is renewed now and then, so a faster run has fewer requests than the clean one.
        """
        outcomes: list[Outcome] = []
        for few in of_each_kind(cases, self._seed):
            for case in few:
                outcomes.append(self.run(case))
                if not outcomes[-1].missed:
                    break
        return outcomes

    def place(self, case: Case) -> str:
        """Return in words where a case interrupts."""
        start = self._stage.starts[case.start]
        if case.kind == "task":
            return start.tasks[case.place].name
        if case.kind in ("moment", "orphan"):
            task, seconds = self._moment(case)
            return f"{seconds:.1f} s after {start.tasks[task].name}"
        return str(start.requests[case.place])

    def _interrupt(self, case: Case, folder: pathlib.Path, outcome: Outcome) -> None:
        """Run the override up to the interruption, and what it leads to by itself."""
        if case.kind == "task":
            run = self._override(folder, case.place)
            run.wait()
            outcome.missed = len(run.tasks()) <= case.place
        elif case.kind in ("moment", "orphan"):
            run = self._kill_at_moment(case, folder, outcome)
        else:
            run = self._break_request(case, folder, outcome)
        if not run.has_ended:
            outcome.remarks.append("the first run hung, and was killed")
            run.kill_all()

    def _override(self, folder: pathlib.Path, kill_at_task: int = -1) -> Run:
        return Run(self._stage.world, folder, "override", settings(1), kill_at_task)

    def _kill_at_moment(self, case: Case, folder: pathlib.Path, outcome: Outcome) -> Run:
        run = self._override(folder)
        task, seconds = self._moment(case)
        run.wait_until(lambda: len(run.tasks()) > task)
        run.wait_until(lambda: False, seconds)
        outcome.missed = run.has_ended
        self._kill(case, run)
        return run

    def _moment(self, case: Case) -> tuple[int, float]:
        """Return the random moment as a task and seconds after it has begun.

        So a busy machine does not move all moments towards the beginning.
        """
        start = self._stage.starts[case.start]
        moment = start.tasks[0].time + start.seconds * case.fraction(self._seed)
        task = [task for task in start.tasks if task.time <= moment][-1]
        return task.task, moment - task.time

    def _kill(self, case: Case, run: Run) -> None:
        if case.kind.startswith("orphan"):
            run.kill()
        else:
            run.kill_all()

    def _break_request(self, case: Case, folder: pathlib.Path, outcome: Outcome) -> Run:
        api = self._stage.world.api
        api.fail(self._fault(case))
        run = self._override(folder)
        kills = case.kind in ("stall", "before", "after", "orphan-write")
        if kills:
            run.wait_until(self._was_hit)
            if case.kind == "stall" and run.wait(_PATIENCE_SECONDS) is None:
                outcome.remarks.append(f"the run waits longer than {_PATIENCE_SECONDS:.0f} s")
            if not run.has_ended:
                self._kill(case, run)
        else:
            run.wait()
        outcome.missed = not self._was_hit()
        return run

    def _was_hit(self) -> bool:
        return any(rule["hits"] for rule in self._stage.world.api.faults())

    def _fault(self, case: Case) -> Fault:
        request = self._stage.starts[case.start].requests[case.place]
        options: dict[str, t.Any] = {
            "method": request.method,
            "path": request.pattern,
            "skip": request.number,
            "user_agent": "(?!sandbox).*",
        }
        if case.kind in STATUSES:
            return Fault(status=int(case.kind), **options)
        if case.kind in ("cut", "lost", "gone"):
            lasting, after = case.kind == "gone", case.kind == "lost"
            return Fault(kind="cut", lasting=lasting, after=after, **options)
        if case.kind == "late":
            return Fault(kind="stall", seconds=_LATE_SECONDS, after=True, **options)
        return Fault(kind="stall", after=case.kind == "after", **options)

    def _heal(self, case: Case, folder: pathlib.Path, outcome: Outcome, version: int) -> None:
        """Classify what is there, run the second playbook, and judge the cluster."""
        start = self._stage.starts[case.start]
        with_orphan = case.kind.startswith("orphan")
        if not with_orphan:
            self._wait_for_orphans(folder, outcome)
            self._stage.world.api.heal()
        found = self._stage.state()
        outcome.found = _class(found, start.old, start.new)
        outcome.lost += self._stage.lost(case.start, found)
        if found.version == version and case.kind in _ENDS_BY_ITSELF:
            # Nothing was written and nothing cut short: the second run would be the clean one.
            outcome.second = bool(leftovers.files_with(folder, PASSWORDS))
        if not outcome.second:
            return
        if found.is_pending and not with_orphan:
            time.sleep(HELM_SECONDS)
        wanted = start.new if case.then == "override" else start.old
        second = Run(self._stage.world, folder, case.then, settings(1))
        if case.kind == "orphan-write":
            second.wait(_LATE_SECONDS)
            self._stage.world.api.heal()
        code = second.wait()
        self._wait_for_orphans(folder, outcome)
        found = self._stage.state()
        outcome.unhealed = [f"{name} differs" for name in wanted.differences(found)]
        outcome.unhealed += found.unsettled()
        outcome.lost += self._stage.lost(case.start, found)
        if code != 0 and (case.then == "override" or outcome.unhealed):
            outcome.unhealed.append(f"{case.then} ended with {code}: {_failure(second.output)}")

    def _wait_for_orphans(self, folder: pathlib.Path, outcome: Outcome) -> None:
        if not processes.wait_all(folder, _ORPHAN_SECONDS):
            outcome.remarks.append(f"something ran on for {_ORPHAN_SECONDS:.0f} s, and was killed")
            outcome.left_processes = len(processes.of_folder(folder))
            processes.kill_all(folder)

    def _look_for_leftovers(self, folder: pathlib.Path, outcome: Outcome) -> None:
        outcome.left_files = leftovers.files_with(folder, PASSWORDS)
        outcome.left_processes += len(processes.of_folder(folder))


def _class(found: State, old: State, new: State) -> str:
    if not found.unsettled():
        if not found.differences(old):
            return "old"
        if not found.differences(new):
            return "new"
    return "between"


def _failure(output: pathlib.Path) -> str:
    """Return the failures that a playbook printed."""
    lines = output.read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line for line in lines if "FAILED!" in line or line.startswith(("ERROR", "[ERROR]"))]
    return " / ".join(line[:600] for line in told or lines[-_LAST_LINES:])
