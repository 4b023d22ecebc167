# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check everything that must hold before an override, and change nothing."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Severity,
    Status,
    describe,
)
from ansible_collections.palette.image_registry.plugins.module_utils._input_lint import lint_inputs
from ansible_collections.palette.image_registry.plugins.module_utils._settings import (
    chart_images,
    settings_secrets,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._chart_check import chart_check
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster_reader import (
    ClusterReader,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
    KubernetesCoreAction,
    Result,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight import (
    ClusterPreflight,
    attempt,
    failed,
    findings_check,
    helm_check,
    python_check,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._settings_files import (
    read_file,
)


class ActionModule(KubernetesCoreAction):
    """The action of the preflight role."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "settings": {"type": "raw", "required": True, "no_log": True},
        "airgap": {"type": "bool", "default": True},
        "product": {"type": "str", "default": "palette", "choices": ["palette", "vertex"]},
        "node_path_style": {
            "type": "str",
            "default": "verbatim",
            "choices": ["verbatim", "v2_prefix"],
        },
        "expected_cluster_uid": {"type": "str", "default": ""},
        "require_healthy": {"type": "bool", "default": False},
        "write": {"type": "bool", "default": True},
        "chart": {"type": "str", "default": ""},
        "chart_sha256": {"type": "str", "default": ""},
        "helm_binary": {"type": "str", "default": "helm"},
        "release_namespace": {"type": "str", "default": "default"},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Return all checks; the role fails if one of them has."""
        subject = self._task_vars.get("inventory_hostname", "cluster")
        checks = [python_check(subject)]
        images: tuple[str, ...] = ()
        if arguments["airgap"] and arguments["write"]:
            binary = arguments["helm_binary"]
            checks.append(helm_check(subject, binary, self.helm_version(binary)))
            check, chart = chart_check(subject, arguments["chart"], arguments["chart_sha256"])
            checks.append(check)
            images = chart_images(chart.values) if chart else ()
        checks.append(self._inputs(subject, arguments, images))
        facts = self._cluster(subject, arguments, checks)
        return {
            "changed": False,
            "cluster": facts,
            "ready": all(check.status is not Status.FAIL for check in checks),
            "msg": self._redactor.text(_message(checks)),
            "checks": self.shown(checks),
        }

    def open_cluster(self, arguments: t.Mapping[str, t.Any]) -> None:
        """Take the kubeconfig; without one the checks that need no cluster are still made."""
        self._no_access: Failure | None = None
        try:
            super().open_cluster(arguments)
        except Failure as failure:
            self._no_access = failure

    def _inputs(
        self, subject: str, arguments: t.Mapping[str, t.Any], images: tuple[str, ...]
    ) -> Check:
        now = datetime.datetime.now(datetime.UTC)
        settings, findings = lint_inputs(
            arguments["settings"],
            airgap=arguments["airgap"],
            product=arguments["product"],
            node_path_style=arguments["node_path_style"],
            now=now,
            read_file=read_file,
            chart_images=images,
        )
        actual = "not usable"
        if settings is not None:
            self.keep_secret(settings_secrets(settings))
            actual = f"{len(settings.mirrors.entries)} mirror entries"
        return findings_check("inputs", subject, actual, findings)

    def _cluster(
        self, subject: str, arguments: t.Mapping[str, t.Any], checks: list[Check]
    ) -> dict[str, t.Any]:
        """Add the cluster's checks; none but the first when it does not answer."""
        if self._no_access:
            checks.append(failed("cluster identity", subject, self._no_access))
            return {}
        reader = ClusterReader(self.run_module)
        preflight = ClusterPreflight(reader, subject, self._access.server)
        try:
            identity = preflight.identity(arguments["expected_cluster_uid"])
        except Failure as failure:
            checks.append(failed("cluster identity", subject, failure))
            return preflight.facts
        checks.append(identity)
        if identity.status is Status.FAIL:
            return preflight.facts
        checks += attempt(
            "platform health",
            subject,
            lambda: preflight.platform(require_healthy=arguments["require_healthy"]),
        )
        if arguments["write"]:
            checks += attempt(
                "permissions",
                subject,
                lambda: preflight.permissions(
                    airgap=arguments["airgap"],
                    release_namespace=arguments["release_namespace"],
                ),
            )
        return preflight.facts


def _message(checks: t.Iterable[Check]) -> str:
    """Return in words what failed, every error with what to do."""
    failures = [check for check in checks if check.status is Status.FAIL]
    if not failures:
        return "everything holds"
    found = (finding for check in failures for finding in check.findings)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    number = f"{len(failures)} check{'s' * (len(failures) > 1)} failed"
    return f"{number}; nothing was changed.\n{describe(errors)}"
