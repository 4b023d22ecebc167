# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather the checks of a run from its hosts, write them down, and show what they say."""

from __future__ import annotations

import datetime
import json
import pathlib
import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Check, Status
from ansible_collections.palette.image_registry.plugins.module_utils._report import (
    Evidence,
    HostEvidence,
    next_step,
)
from ansible_collections.palette.image_registry.plugins.module_utils._summary import summary

_COLOURS = {
    Status.PASS: "green",
    Status.WARN: "bright yellow",
    Status.FAIL: "red",
    Status.SKIP: "cyan",
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible's base class has no types
    """The action of the report role."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None
    ) -> dict[str, t.Any]:
        """Return the verdicts; see the documentation of the module of this name."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _valid, options = self.validate_argument_spec(
            argument_spec={
                "playbook": {"type": "str", "required": True},
                "results": {"type": "list", "elements": "str", "required": True},
                "hosts": {"type": "list", "elements": "str", "required": True},
                "directory": {"type": "str", "default": ""},
                "next_step": {"type": "str", "default": ""},
            }
        )
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        evidence = Evidence(
            playbook=options["playbook"],
            finished=now.isoformat(),
            check_mode=bool(self._task.check_mode),
            hosts=_gather(task_vars or {}, options["hosts"], options["results"]),
        )
        path = ""
        if options["directory"] and not self._task.check_mode:
            path = str(_write(evidence, options["directory"], now))
        self._show(evidence, options["next_step"], path)
        result.update(
            changed=False,
            path=path,
            status=evidence.status.value,
            counts=evidence.counts(),
            clusters={name: status.value for name, status in evidence.clusters().items()},
        )
        return result

    def _show(self, evidence: Evidence, step: str, path: str) -> None:
        display = Display()
        lines = summary(evidence, next_step=step or next_step(evidence), report_path=path)
        for line in lines:
            display.display(line.text, color=_COLOURS[line.status] if line.status else None)


def _gather(
    task_vars: t.Mapping[str, t.Any], hosts: t.Sequence[str], results: t.Sequence[str]
) -> tuple[HostEvidence, ...]:
    """Read the registered results of each host; a host without any has nothing to show."""
    hostvars = task_vars["hostvars"]
    clusters = [*task_vars["groups"].get("palette_clusters", ())]
    gathered = []
    for host in hosts:
        variables = hostvars[host]
        found = [variables.get(name) or {} for name in results]
        checks = tuple(Check.from_dict(check) for one in found for check in one.get("checks", ()))
        if checks:
            gathered.append(HostEvidence(host, _cluster_of(host, found, clusters), checks))
    return tuple(gathered)


def _cluster_of(
    host: str, results: t.Iterable[t.Mapping[str, t.Any]], clusters: t.Sequence[str]
) -> str:
    """Return the cluster that answers for a host; the first one for nodes that name none."""
    if host in clusters or not clusters:
        return host
    named = next((str(one["palette_cluster"]) for one in results if "palette_cluster" in one), "")
    return named if named in clusters else clusters[0]


def _write(evidence: Evidence, directory: str, now: datetime.datetime) -> pathlib.Path:
    folder = pathlib.Path(directory).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{evidence.playbook}-{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(evidence.to_dict(), indent=2) + "\n", encoding="utf-8")
    return path.resolve()
