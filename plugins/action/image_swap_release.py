# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action image_swap_release; its documentation is in plugins/modules/image_swap_release.py."""

from __future__ import annotations

import typing as t

from ..module_utils._evidence import Check, Status
from ..module_utils._settings.settings import CA_CERT_ENCODINGS, settings_secrets
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._cluster.helm import HelmOptions
from ..plugin_utils._cluster.private_files import private_folder
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._numbers import A_DAY, Range
from ..plugin_utils._override.location import RELEASE_ARGUMENTS
from ..plugin_utils._preflight.checks import helm_check
from ..plugin_utils._release.drift_reader import ReleaseDrift
from ..plugin_utils._release.inputs import eks_of, our_values, users_values
from ..plugin_utils._release.plan import ReleasePlan
from ..plugin_utils._release.release import Release
from ..plugin_utils._release.restart import WebhookRestart
from ..plugin_utils._release.restorer import ReleaseRestorer
from ..plugin_utils._release.source import ChartSource
from ..plugin_utils._release.update import ReleaseUpdate
from ..plugin_utils._release.values import secrets_in
from ..plugin_utils._release.writer import ReleaseWriter
from ..plugin_utils._settings import settings_or_error


class ActionModule(KubernetesCoreAction):
    """Keeps the Helm release whose webhook swaps images."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "chart": {"type": "str", "required": True},
        "chart_version": {"type": "str", "default": ""},
        "chart_sha256": {"type": "str", "default": ""},
        "settings": {"type": "dict", "required": True, "no_log": True},
        "values_files": {"type": "list", "elements": "path", "default": []},
        "values": {"type": "dict", "default": {}, "no_log": True},
        "reset_values": {"type": "bool", "default": False},
        **RELEASE_ARGUMENTS,
        "is_eks": {"type": "bool"},
        "ca_cert_encoding": {"type": "str", "default": "pem", "choices": list(CA_CERT_ENCODINGS)},
        "helm_binary": {"type": "path", "default": ""},
        "wait": {"type": "bool", "default": False},
        "timeout": {"type": "int", "default": 300},
        "history_max": {"type": "int", "default": 12},
        "recover_pending": {"type": "bool", "default": False},
    }

    NUMBERS: t.ClassVar[dict[str, Range]] = {"timeout": (1, A_DAY)}

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Bring the release to the chart and the values."""
        options = HelmOptions.of(arguments)
        options.require_history()
        settings = settings_or_error(arguments["settings"], airgap=True)
        self.redactor.add(settings_secrets(settings))
        update = self._update(arguments, options)
        with private_folder() as folder:
            path, chart = ChartSource.of(arguments).fetch(settings, folder, self.cluster)
            user = users_values(arguments["values_files"], arguments["values"])
            self.redactor.add(secrets_in(user))
            eks, findings = eks_of(arguments["is_eks"], user, self.cluster, update.subject)
            encoding = arguments["ca_cert_encoding"]
            ours = our_values(settings, chart, user, is_eks=eks, ca_cert_encoding=encoding)
            plan = update.plan(chart, user, ours, reset_values=arguments["reset_values"])
            if plan.changed:
                self._require_helm(options.binary or "helm")
            release = update.write(plan, path, folder)
            if plan.changed:
                # Helm's time is over: so long need nobody wait for this run, if it is killed now.
                self.before_write()
        restart = WebhookRestart(self.cluster, self.before_write)
        restarted = restart.run(release)
        checks = [update.check(plan, release, (*findings, *restarted))]
        if arguments["wait"] and release and not self.check_mode:
            checks.append(self._ready(release, options, update.subject))
        result = self._result(plan, release, checks, update.subject)
        return {**result, "changed": plan.changed or bool(restarted)}

    def _update(self, arguments: t.Mapping[str, t.Any], options: HelmOptions) -> ReleaseUpdate:
        name, namespace = arguments["release_name"], arguments["release_namespace"]
        token = self.transaction.token if self.transaction else None
        seconds = self.cluster.runner.seconds(options.timeout_seconds)
        return ReleaseUpdate(
            self.cluster,
            ReleaseWriter(self.cluster, name, namespace, options),
            ReleaseRestorer(self.cluster, name, namespace, options),
            lambda: self.before_write(seconds),
            ReleaseDrift(self.cluster),
            recover=arguments["recover_pending"] or bool(token and token.adopted),
            own=bool(token and token.took_over),
        )

    def _require_helm(self, program: str) -> None:
        """Raise Failure where helm is missing or too old for this chart."""
        check = helm_check("helm", program, self.cluster.helm_version(program))
        if check.status is Status.FAIL:
            raise Failure(*check.findings)

    def _ready(self, release: Release, options: HelmOptions, subject: str) -> Check:
        from ..plugin_utils._release.waiter import ReleaseWaiter

        waiter = ReleaseWaiter(self.cluster, self.heartbeat)
        return waiter.check(release, options.timeout_seconds, subject)

    def _result(
        self, plan: ReleasePlan, release: Release | None, checks: list[Check], subject: str
    ) -> Result:
        result: Result = {
            "changed": plan.changed,
            "changed_values": self.redactor.data(plan.changed_values),
            "changed_chart": plan.changed_chart if plan.reasons else [],
            "drift": [str(drift) for drift in plan.drift],
            "status": release.summary() if release else {},
            "checks": self.shown(checks),
            "msg": self.redacted(f"{subject}: {checks[0].actual}"),
        }
        if self.diff_mode:
            from ..plugin_utils._diff import readable_diff

            before, after = plan.shown() if plan.changed else (None, None)
            result["diff"] = self.redactor.data(readable_diff(subject, before, after))
        return result
