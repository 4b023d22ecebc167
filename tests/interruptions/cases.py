# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which interruptions there are.

| kind | the interruption |
|---|---|
| `task` | killed where a task begins; nothing else of the run lives then |
| `moment` | everything of the run is killed at a random moment |
| `orphan` | ansible-playbook alone is killed, and its module goes on beside the second run |
| `401` ... `500` | one request is refused |
| `cut` | the connection is cut instead of one answer, nothing was done |
| `stall` | one request is never answered; who waits for ever is killed |
| `lost` | a write is carried out, its answer is cut |
| `late` | a write is carried out and answered late |
| `gone` | the API server is gone from a write on, to the end of the run |
| `before`, `after` | everything is killed at a write, before or after it is carried out |
| `orphan-write` | the same at a write, which is carried out only when the second run works |
"""

from __future__ import annotations

import dataclasses
import itertools
import random
import typing as t

from tests.interruptions.stage import Request, Start

STATUSES = ("401", "403", "409", "429", "500")
ANY_REQUEST = (*STATUSES, "cut", "stall")
WRITES = ("lost", "late", "gone", "before", "after", "orphan-write")
TIMES = ("task", "moment", "orphan")
KINDS = (*TIMES, *ANY_REQUEST, *WRITES)
KILLS = (*TIMES, "before", "after", "orphan-write")
FAILURES = tuple(kind for kind in KINDS if kind not in KILLS)
_TRIES = 4


@dataclasses.dataclass(frozen=True)
class Case:
    """One interruption: of a kind, at a place, from a start, healed by a playbook (`then`).

    `place` is the number of a task, of a request in the start's list, or of a random moment.
    """

    start: str
    kind: str
    place: int
    then: str

    @property
    def name(self) -> str:
        """Return the name by which it can be repeated."""
        return f"{self.start}.{self.kind}.{self.place}.{self.then}"

    @classmethod
    def parse(cls, name: str) -> Case:
        """Read a name. Raises ValueError."""
        parts = name.split(".")
        if len(parts) != 4 or parts[1] not in KINDS or not parts[2].isdecimal():
            raise ValueError(f"{name!r} is no name of a case, such as older.409.12.override")
        return cls(parts[0], parts[1], int(parts[2]), parts[3])

    def fraction(self, seed: int) -> float:
        """Return which part of a clean run is over at the random moment."""
        return random.Random(f"{seed} {self.start} {self.kind} {self.place}").random()


def all_cases(
    starts: t.Sequence[Start], moments: int, heals: t.Sequence[str], kinds: t.Container[str] = KINDS
) -> list[Case]:
    """Return all cases; `heals` are the playbooks that heal, taken by turns.

    A request that several starts have is broken in the first of them alone.
    """
    then = itertools.cycle(heals)
    met: set[Request] = set()
    cases = []
    for start in starts:
        places = [("task", task.task) for task in start.tasks]
        places += [(kind, number) for kind in TIMES[1:] for number in range(moments)]
        for place, request in enumerate(start.requests):
            if request not in met:
                places += [(kind, place) for kind in _kinds_of(request)]
        met.update(start.requests)
        cases += [Case(start.name, *place, next(then)) for place in places if place[0] in kinds]
    return cases


def of_each_kind(cases: t.Sequence[Case], seed: int) -> list[list[Case]]:
    """Return a few cases of each kind, at places that the seed gives, for who runs one of them."""
    mixed = sample(cases, len(cases), seed)
    kinds = [kind for kind in KINDS if any(case.kind == kind for case in mixed)]
    return [[case for case in mixed if case.kind == kind][:_TRIES] for kind in kinds]


def _kinds_of(request: Request) -> t.Sequence[str]:
    if request.writes:
        return (*ANY_REQUEST, *WRITES)
    # The same question asked again can only be answered as it was the first time.
    return ANY_REQUEST if request.number == 0 else ()


def sample(cases: t.Iterable[Case], count: int, seed: int) -> list[Case]:
    """Return some cases: every kind in turn, from start to start, at places that the seed gives."""
    shuffled = list(cases)
    random.Random(seed).shuffle(shuffled)
    heaps: dict[tuple[str, str], list[Case]] = {}
    for case in shuffled:
        heaps.setdefault((case.kind, case.start), []).append(case)
    starts = sorted({start for _kind, start in heaps})
    kinds = [kind for kind in KINDS if any(kind == key for key, _start in heaps)]
    chosen: list[Case] = []
    for turn in itertools.count():
        for place, kind in enumerate(kinds):
            if len(chosen) == min(count, len(shuffled)):
                return chosen
            # Each kind begins with another start than its neighbour.
            order = starts[(turn + place) % len(starts) :] + starts
            heap = next((heaps[kind, start] for start in order if heaps.get((kind, start))), None)
            if heap:
                chosen.append(heap.pop())
    raise AssertionError("unreachable")
