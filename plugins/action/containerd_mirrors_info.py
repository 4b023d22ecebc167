# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say what containerd of a node does with the registry mirrors it should have."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors import (
    NODE_PATH_STYLES,
    node_endpoints,
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._node_connection import (
    ConnectionShell,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._node_probe import (
    check_of,
    run_probe,
    target_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._node_reader import (
    NodeReading,
    read_node,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._node_script import (
    Limits,
    NodeError,
    Shell,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._node_verdict import (
    Expectation,
    Verdict,
    describe_source,
    judge,
    no_cluster,
    unread,
)

_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "mirrors": {"type": "raw", "required": True},
    "cluster": {"type": "str", "default": ""},
    "node_path_style": {"type": "str", "default": "verbatim", "choices": list(NODE_PATH_STYLES)},
    "require_working": {"type": "bool", "default": False},
    "subject": {"type": "str"},
    "timeout": {"type": "int", "default": 10},
    "images": {"type": "list", "elements": "str", "default": []},
    "assume_version": {"type": "str", "default": "1.7.24"},
    "probe": {"type": "bool", "default": False},
    "probe_image": {"type": "str", "default": "docker.io/library/busybox:latest"},
}
# Beside the time on the node: logging in, and becoming another user.
_CONNECT_SECONDS = 20


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible's base class has no types
    """Read-only, one round trip, no Python on the node; see the documentation of the module."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None
    ) -> dict[str, t.Any]:
        """Return checks; a node that is out of reach or unreadable is one of them, no failure."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _valid, options = self.validate_argument_spec(argument_spec=_ARGUMENTS)
        subject = options["subject"] or (task_vars or {}).get("inventory_hostname", "")
        result["palette_cluster"] = options["cluster"]
        clusters = (task_vars or {}).get("groups", {}).get("palette_clusters", [])
        if clusters and options["cluster"] not in clusters:
            return {**result, **_returned([no_cluster(subject, clusters)], reached=False)}
        parsed = parse_mirrors(options["mirrors"])
        if not parsed.ok:
            table = Check("mirror table", subject, Status.FAIL, findings=parsed.findings)
            return {**result, **_returned([table], reached=False)}
        endpoints = node_endpoints(parsed.table, options["node_path_style"])
        expectation = Expectation(
            subject,
            tuple((entry.source, entry.target) for entry in endpoints),
            options["require_working"],
            options["assume_version"],
        )
        with self._quiet_connection():
            return {**result, **self._verify(options, expectation)}

    def _verify(self, options: dict[str, t.Any], expectation: Expectation) -> dict[str, t.Any]:
        limits = Limits(seconds=options["timeout"])
        shell = ConnectionShell(self._low_level_execute_command, limits.seconds + _CONNECT_SECONDS)
        try:
            reading = read_node(shell, limits)
        except NodeError as error:
            return _returned([unread(error, expectation.subject)], reached=False)
        verdict = judge(reading, expectation)
        checks = list(verdict.checks)
        if options["probe"]:
            checks.append(_probe(shell, limits, options, reading, verdict, expectation))
        containerd = verdict.containerd
        return _returned(
            checks,
            reached=True,
            containerd=verdict.described,
            mirrors=[describe_source(source, checks) for source in verdict.sources],
            images={
                image: list(containerd.requests(image)) if containerd else []
                for image in options["images"]
            },
        )

    @contextlib.contextmanager
    def _quiet_connection(self) -> t.Iterator[None]:
        """Keep the node's files out of the log that connection plugins write at -vvv."""
        before = self._play_context.no_log
        self._play_context.no_log = True
        try:
            yield
        finally:
            self._play_context.no_log = before


def _probe(
    shell: Shell,
    limits: Limits,
    options: t.Mapping[str, t.Any],
    reading: NodeReading,
    verdict: Verdict,
    expectation: Expectation,
) -> Check:
    image = options["probe_image"]
    urls = verdict.containerd.requests(image) if verdict.containerd else ()
    if not urls:
        return Check(f"probe of {image}", expectation.subject, Status.SKIP, actual="no request")
    try:
        probe = run_probe(shell, target_of(urls[0], reading.files), limits)
    except NodeError as error:
        return unread(error, expectation.subject)
    return check_of(image, expectation.subject, probe, expectation.require_working)


def _returned(checks: t.Sequence[Check], *, reached: bool, **answers: t.Any) -> dict[str, t.Any]:
    findings = [finding.to_dict() for check in checks for finding in check.findings]
    return {
        "changed": False,
        "reached": reached,
        "verified": all(check.status is not Status.FAIL for check in checks),
        "containerd": {},
        "mirrors": [],
        "images": {},
        **answers,
        "checks": [check.to_dict() for check in checks],
        "findings": findings,
    }
