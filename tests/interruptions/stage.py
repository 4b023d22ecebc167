# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster that every case starts from, in its states, and what clean overrides do with them."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import re
import typing as t

from tests.interruptions import state
from tests.interruptions.playbooks import Run, Task
from tests.interruptions.state import SECRET_NAME, SECRETS, State
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.world import World

STARTS = ("older", "empty")
PASSWORDS = ("0ld-planted-passw0rd", "n3w-planted-passw0rd")
# What others wrote to the older override's Secret and chart: it has to outlive everything.
_FOREIGN_DATA = {"OTHERS": "stays"}
_FOREIGN_METADATA = {
    "labels": {"example.org/owner": "others"},
    "annotations": {"example.org/a": "b"},
}
_FOREIGN_VALUES = {"others": {"value": "stays"}}
# Not our clients': the sandbox's own.
_OWN_USER_AGENT = "sandbox"


class StageError(Exception):
    """A run without any interruption did not do what the cases build on."""


# What each run chooses anew in a path, as `*` in a Request's.
_VARYING = (r"(?<=resourceVersion=)\d+", r"(?<=-snapshot-)\d+-\d+-\w+")


@dataclasses.dataclass(frozen=True)
class Request:
    """The `number`-th request (from 0) of a run with this method and path.

    In the path, `*` stands for what is another one in each run: a version, a snapshot's id.
    """

    method: str
    path: str
    number: int

    @property
    def writes(self) -> bool:
        """Return whether it changes the cluster."""
        reads = self.method in ("GET", "HEAD") or "dryRun=All" in self.path
        return not reads and "selfsubject" not in self.path

    @property
    def pattern(self) -> str:
        """Return the path as a regular expression."""
        return "^" + r"[\w-]+".join(map(re.escape, self.path.split("*"))) + "$"

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" ({self.number + 1})" if self.number else "")


@dataclasses.dataclass(frozen=True)
class Start:
    """One state to start from, what an override makes of it, and how a clean run gets there."""

    name: str
    old: State
    new: State
    tasks: tuple[Task, ...]
    seconds: float
    requests: tuple[Request, ...]


def settings(which: int) -> dict[str, t.Any]:
    """Return the variables of the older override (0) or the new one (1)."""
    endpoint = ("old.example.org", "new.example.org")[which]
    page = page_registry()
    return {
        "palette_registry": {
            **page,
            "endpoint": endpoint,
            "username": "robot",
            "password": PASSWORDS[which],
            "mirrors": page["mirrors"].replace("harbor.example.org", endpoint),
        }
    }


class Stage:
    """One world, prepared: every case starts from one of its states."""

    def __init__(
        self, world: World, folder: pathlib.Path, starts: t.Sequence[str] = STARTS
    ) -> None:
        self.world = world
        self.folder = folder
        self._client = world.api.client
        world.api.keep_state("empty")
        if "older" in starts:
            self._prepare_older()
        self.starts = {name: self._start(name) for name in starts}

    def state(self) -> State:
        """Return the cluster's state."""
        return state.read(self._client)

    def restore(self, start: str) -> None:
        """Put the cluster back and let all requests pass."""
        self.world.api.heal()
        self.world.api.restore_state(start)

    def lost(self, start: str, found: State) -> list[str]:
        """Return what others had written and is gone."""
        if start == "empty":
            return []
        secret = found.secret or {"metadata": {"labels": {}, "annotations": {}}}
        wanted = [(secret.get("data") or {}, key) for key in _FOREIGN_DATA]
        for field, entries in _FOREIGN_METADATA.items():
            wanted += [(secret["metadata"][field], key) for key in entries]
        wanted += [((found.release or {}).get("config") or {}, key) for key in _FOREIGN_VALUES]
        return [key for mapping, key in wanted if key not in mapping]

    def _prepare_older(self) -> None:
        before = self._names(SECRETS)
        values = {**self._chart_values(), **_FOREIGN_VALUES}
        self._clean_run("prepare", {**settings(0), "palette_image_swap_values": values})
        body = {"stringData": _FOREIGN_DATA, "metadata": _FOREIGN_METADATA}
        self._client.merge(f"{SECRETS}/{SECRET_NAME}", body)
        # What the collection notes beside the Secret is not part of an override made by hand.
        for name in self._names(SECRETS) - before - {SECRET_NAME}:
            self._client.request("DELETE", f"{SECRETS}/{name}")
        self.world.api.keep_state("older")

    def _chart_values(self) -> Object:
        values: Object = self.world.cluster_variables()["palette_image_swap_values"]
        return values

    def _names(self, path: str) -> set[str]:
        return {item["metadata"]["name"] for item in self._client.get(path)["items"]}

    def _start(self, name: str) -> Start:
        self.restore(name)
        old = self.state()
        logged = len(self.world.api.requests())
        run = self._clean_run(f"clean-{name}", settings(1))
        new = self.state()
        if not new.differences(old) or new.unsettled() or self.lost(name, new):
            raise StageError(f"a clean override of {name} is not clean: see {run.output}")
        tasks = tuple(run.tasks())
        seconds = run.output.stat().st_mtime - tasks[0].time
        requests = tuple(requests_of(self.world.api.requests()[logged:]))
        return Start(name, old, new, tasks, seconds, requests)

    def _clean_run(self, name: str, variables: t.Mapping[str, t.Any]) -> Run:
        folder = self.folder / name
        folder.mkdir(parents=True)
        run = Run(self.world, folder, "override", variables)
        if run.wait() != 0:
            raise StageError(run.output.read_text(encoding="utf-8"))
        return run


def requests_of(log: t.Iterable[Object]) -> t.Iterator[Request]:
    """Return the clients' requests of the API server's log."""
    seen: collections.Counter[tuple[str, str]] = collections.Counter()
    for entry in log:
        if entry["user_agent"] == _OWN_USER_AGENT or entry["path"].startswith("/sandbox/"):
            continue
        place = (entry["method"], re.sub("|".join(_VARYING), "*", entry["path"]))
        yield Request(*place, seen[place])
        seen[place] += 1
