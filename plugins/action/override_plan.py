# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_plan; its documentation is in plugins/modules/override_plan.py."""

from __future__ import annotations

import datetime
import pathlib
import typing as t

from ..module_utils._evidence import Status, overall
from ..module_utils._mirrors.swap import ASSUME_DEFAULT
from ..module_utils._registry.access import MODES
from ..module_utils._settings.settings import CA_CERT_ENCODINGS
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._numbers import Range
from ..plugin_utils._override.location import RELEASE_ARGUMENTS
from ..plugin_utils._plan.bundle import render_bundle, write_bundle
from ..plugin_utils._plan.cluster import PlanCluster, WebhookPlanner
from ..plugin_utils._plan.plan import Plan
from ..plugin_utils._plan.planner import Planner
from ..plugin_utils._preflight.checks import failed
from ..plugin_utils._preflight.registry import REGISTRY_ARGUMENTS, REGISTRY_NUMBERS
from ..plugin_utils._settings import SETTINGS_ARGUMENTS
from ..plugin_utils._variables import require_known_variables


class ActionModule(KubernetesCoreAction):
    """The action of the playbook plan."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        **REGISTRY_ARGUMENTS,
        **SETTINGS_ARGUMENTS,
        # An override that is there already may stand in for them.
        "settings": {"type": "raw", "default": {}, "no_log": True},
        "product": {"type": "str", "default": "palette", "choices": ["palette", "vertex"]},
        "assume_default": {
            "type": "str",
            "default": "unknown",
            "choices": list(ASSUME_DEFAULT),
        },
        "chart": {"type": "str", "default": ""},
        "chart_sha256": {"type": "str", "default": ""},
        "values_files": {"type": "list", "elements": "path", "default": []},
        "values": {"type": "dict", "default": {}, "no_log": True},
        "is_eks": {"type": "bool"},
        "ca_cert_encoding": {"type": "str", "default": "pem", "choices": list(CA_CERT_ENCODINGS)},
        **RELEASE_ARGUMENTS,
        "images": {"type": "list", "elements": "str", "default": []},
        "images_file": {"type": "path", "default": ""},
        "from_cluster": {"type": "bool", "default": False},
        "helm_binary": {"type": "path", "default": ""},
        "directory": {"type": "path", "default": ""},
        "check_images": {"type": "str", "default": "warn", "choices": list(MODES)},
    }

    NUMBERS: t.ClassVar[dict[str, Range]] = REGISTRY_NUMBERS

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Plan, write the bundle, and return the verdict, also where no file can be written."""
        require_known_variables(self._loader)
        subject = self.subject
        cluster = self._plan_cluster(subject)
        bundled = bool(arguments["directory"]) and not self.check_mode
        planner = Planner(
            subject,
            arguments,
            cluster,
            *self._way(arguments),
            self.cluster.runner.environment(),
            self.redactor,
            self.say,
            bundled,
        )
        sources = planner.sources()
        if self._no_access:
            sources.checks.append(failed("cluster", subject, self._no_access))
        inputs = planner.inputs(sources, datetime.datetime.now(datetime.UTC))
        answers = bool(cluster and inputs.live.server)
        webhook = WebhookPlanner(self.cluster, answers, arguments["helm_binary"])
        plan = Plan(webhook.settled(inputs))
        for line in inputs.proposal.table(whole=not bundled) if inputs.proposal else ():
            self.say(line)
        raw = arguments["settings"] if sources.adopted is None else sources.adopted
        files = render_bundle(plan, raw, adopted=sources.adopted is not None)
        path, checks = "", list(plan.checks)
        if bundled:
            folder = pathlib.Path(arguments["directory"]).expanduser().absolute()
            try:
                write_bundle(folder, files)
                path = str(folder)
            except Failure as failure:
                checks.append(failed("plan files", subject, failure))
        return {
            "changed": False,
            "ready": overall(check.status for check in checks) is not Status.FAIL,
            "path": path,
            "files": sorted(files) if path else [],
            "missing_copies": list(plan.inputs.missing_copies),
            "proposal": plan.to_dict()["proposal"],
            "checks": [check.to_dict() for check in checks],
        }

    def open_cluster(self, arguments: t.Mapping[str, t.Any]) -> None:
        """Take the kubeconfig if a cluster is wanted; without access the rest is still planned."""
        self._wants_cluster = bool(arguments["kubeconfig"] or arguments["from_cluster"])
        self._no_access: Failure | None = None
        try:
            if self._wants_cluster:
                super().open_cluster(arguments)
        except Failure as failure:
            self._no_access = failure

    def _plan_cluster(self, subject: str) -> PlanCluster | None:
        if not self._wants_cluster or self._no_access:
            return None
        return PlanCluster(self.cluster, subject)

    def _way(self, arguments: t.Mapping[str, t.Any]) -> tuple[str, str]:
        """Return kubeconfig and context for commands: those in use, else those that were named."""
        if self._wants_cluster and not self._no_access:
            return self.cluster.access.kubeconfig, self.cluster.access.context
        return arguments["kubeconfig"], arguments["context"]
