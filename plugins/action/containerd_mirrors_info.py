# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say what containerd of a node does with the registry mirrors it should have."""

from __future__ import annotations

import contextlib
import typing as t

from ..module_utils._evidence import Check, Finding, Status
from ..module_utils._mirrors.notation import NODE_PATH_STYLES, node_endpoints, parse_mirrors
from ..plugin_utils._guarded_action import GuardedAction, Result
from ..plugin_utils._nodes.bounds import bounded
from ..plugin_utils._nodes.config_dump import doubt
from ..plugin_utils._nodes.connection import ConnectionShell
from ..plugin_utils._nodes.options import SECRETS, look_findings, options_from, passwords
from ..plugin_utils._nodes.outweigh import outweigh
from ..plugin_utils._nodes.reader import Known, NodeReading, read_node
from ..plugin_utils._nodes.result import NodeResult, Seen, probe, pull
from ..plugin_utils._nodes.script import Limits, NodeError
from ..plugin_utils._nodes.settled import note_look
from ..plugin_utils._nodes.verdict import (
    Expectation,
    Verdict,
    judge,
    no_cluster,
    unjudged,
    unread,
)
from ..plugin_utils._numbers import A_DAY, Range, number_findings

_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "mirrors": {"type": "raw"},
    "variables": {"type": "str", "default": ""},
    "compact": {"type": "bool", "default": False},
    "cluster": {"type": "str", "default": ""},
    "node_path_style": {"type": "str", "default": "verbatim", "choices": list(NODE_PATH_STYLES)},
    "require_working": {"type": "bool", "default": False},
    "subject": {"type": "str"},
    "timeout": {"type": "int", "default": 10},
    "images": {"type": "list", "elements": "str", "default": []},
    "containerd_version": {"type": "str", "default": ""},
    "containerd_version_seen": {"type": "int", "default": 0},
    "config_dump": {"type": "str", "default": "auto", "choices": ["auto", "always"]},
    "assume_version": {"type": "str", "default": "1.7.24"},
    "probe": {"type": "bool", "default": False},
    "probe_image": {"type": "str", "default": "docker.io/library/busybox:latest"},
    "pull": {"type": "bool", "default": False},
    "pull_images": {"type": "list", "elements": "dict", "default": []},
    "pull_timeout": {"type": "int", "default": 120},
}
_NUMBERS: dict[str, Range] = {"timeout": (1, A_DAY), "pull_timeout": (1, 3600)}
# Beside the time on the node: logging in, and becoming another user.
_CONNECT_SECONDS = 20
# Whose result decides which nodes are looked at again.
_ROLE = "verify_nodes"


class ActionModule(GuardedAction):
    """Changes nothing that it does not take back, no Python on the node; see the documentation of the module."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def answer(self, task_vars: dict[str, t.Any]) -> Result:
        """Return checks; a node that is out of reach or unreadable is one of them, no failure."""
        options = self._options(task_vars)
        subject = options["subject"] or task_vars.get("inventory_hostname", "")
        clusters = task_vars.get("groups", {}).get("palette_clusters", [])
        prefix = options["variables"]
        looks = look_findings(prefix, task_vars, self._templar.template) if prefix else ()
        result = self._result(options, subject, clusters, looks).rewritten(self.redacted)
        if options["variables"] == _ROLE:
            note_look(task_vars.get("inventory_hostname", ""), result.pending)
        try:
            with bounded():
                told = result.told(options["compact"])
        except Exception as error:  # whatever it is, the node is not lost
            told = NodeResult((unjudged(error, subject),)).told(options["compact"])
        return {**told, "palette_cluster": options["cluster"]}

    def _result(
        self,
        options: dict[str, t.Any],
        subject: str,
        clusters: t.Sequence[str],
        looks: tuple[Finding, ...],
    ) -> NodeResult:
        """Return what there is to say about the node; without settings it is not asked.

        `looks` is what is wrong with the looks that are to follow.
        """
        if clusters and options["cluster"] not in clusters:
            return NodeResult((no_cluster(subject, clusters),))
        parsed = parse_mirrors(options["mirrors"])
        if not parsed.ok:
            return NodeResult(
                (Check("mirror table", subject, Status.FAIL, findings=parsed.findings),)
            )
        wrong = (*number_findings(options, _NUMBERS), *looks)
        if wrong:
            return NodeResult((Check("options", subject, Status.FAIL, findings=wrong),))
        endpoints = node_endpoints(parsed.table, options["node_path_style"])
        expectation = Expectation(
            subject,
            tuple((entry.source, entry.target) for entry in endpoints),
            options["require_working"],
            options["assume_version"],
        )
        with self._quiet_connection():
            return self._verify(options, expectation)

    def _options(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return the options, those that are not given from the variables that stand in."""
        given = self._task.args
        secrets = list(passwords(task_vars, self._templar.template))
        if given.get("variables"):
            standing_in = options_from(given["variables"], task_vars, self._templar.template)
            secrets += standing_in.pop(SECRETS)
            self._task.args = {**standing_in, **given}
        self.redactor.add(secrets)
        return self.valid_arguments(_ARGUMENTS, required_one_of=[("mirrors", "variables")])

    def _verify(self, options: dict[str, t.Any], expectation: Expectation) -> NodeResult:
        limits = Limits(seconds=options["timeout"])
        shell = self._shell(limits.seconds)
        try:
            known = Known(options["containerd_version"], options["containerd_version_seen"])
            reading = read_node(shell, limits, config_dump=options["config_dump"], known=known)
            verdict, doubtful = _judged(reading, expectation)
            if doubtful:
                reading = read_node(shell, limits)
                verdict, _doubtful = _judged(reading, expectation)
            seen = self._seen(shell, limits, options, reading, verdict, expectation)
        except NodeError as error:
            return NodeResult((unread(error, expectation.subject),), pending=error.may_pass)
        except Exception as error:  # whatever it is, the node is not lost
            return NodeResult((unjudged(error, expectation.subject),))
        probed, pulled = seen
        checks = outweigh(
            (*verdict.checks, *probed.checks),
            (*pulled.proofs, *probed.proofs),
            verdict.containerd,
            verdict.sources,
        )
        # What a pull shows, no wait heals.
        failed = any(check.status is Status.FAIL for check in checks)
        return NodeResult(
            (*checks, *pulled.checks), verdict, tuple(options["images"]), pending=failed
        )

    def _seen(
        self,
        shell: ConnectionShell,
        limits: Limits,
        options: dict[str, t.Any],
        reading: NodeReading,
        verdict: Verdict,
        expectation: Expectation,
    ) -> tuple[Seen, Seen]:
        """Return what a probe and what pulls show, as far as they are wanted."""
        probed = pulled = Seen(())
        if options["probe"]:
            probed = probe(shell, limits, options, reading, verdict, expectation)
        if options["pull"]:
            pulled = pull(
                self._shell,
                options,
                reading,
                verdict,
                expectation.subject,
                check_mode=bool(self._task.check_mode),
            )
        return probed, pulled

    def _shell(self, seconds: int) -> ConnectionShell:
        """Return the way to the node for what takes so many seconds there."""
        return ConnectionShell(self._low_level_execute_command, seconds + _CONNECT_SECONDS)

    @contextlib.contextmanager
    def _quiet_connection(self) -> t.Iterator[None]:
        """Keep the node's files out of the log that connection plugins write at -vvv."""
        before = self._play_context.no_log
        self._play_context.no_log = True
        try:
            yield
        finally:
            self._play_context.no_log = before


def _judged(reading: NodeReading, expectation: Expectation) -> tuple[Verdict, bool]:
    """Return the verdict, and whether `config dump` is to be asked before it counts."""
    with bounded():
        verdict = judge(reading, expectation)
        return verdict, reading.dump_left_out and bool(doubt(reading, verdict))
