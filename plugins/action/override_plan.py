# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action override_plan; its documentation is in plugins/modules/override_plan.py."""

from __future__ import annotations

import base64
import datetime
import pathlib
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._copy_script import COPY_FILE
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Status,
    status_of,
)
from ansible_collections.palette.image_registry.plugins.module_utils._input_lint import lint_inputs
from ansible_collections.palette.image_registry.plugins.module_utils._override_state import (
    merge_values,
)
from ansible_collections.palette.image_registry.plugins.module_utils._plan import Plan, PlanInputs
from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.module_utils._registry_images import MODES
from ansible_collections.palette.image_registry.plugins.module_utils._settings import (
    CA_CERT_ENCODINGS,
    Settings,
    chart_images,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings_input import (
    fields_with,
)
from ansible_collections.palette.image_registry.plugins.module_utils._values import secrets_in
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster_reader import (
    ClusterReader,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
    KubernetesCoreAction,
    Result,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan_bundle import (
    render_bundle,
    write_bundle,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan_cluster import (
    PlanCluster,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan_sources import (
    PlanSources,
    gather,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan_webhook import (
    WebhookPlanner,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight import failed
from ansible_collections.palette.image_registry.plugins.plugin_utils._registry_talk import (
    REGISTRY_ARGUMENTS,
    Inventory,
    RegistryAnswer,
    RegistryTalk,
    Wish,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._settings_files import (
    parse,
    read_file,
)

_ANSWERS: dict[str, bool | None] = {"unknown": None, "true": True, "false": False}


class ActionModule(KubernetesCoreAction):
    """The action of the playbook plan."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        **REGISTRY_ARGUMENTS,
        "settings": {"type": "raw", "default": {}, "no_log": True},
        "airgap": {"type": "bool", "default": True},
        "product": {"type": "str", "default": "palette", "choices": ["palette", "vertex"]},
        "node_path_style": {
            "type": "str",
            "default": "verbatim",
            "choices": ["verbatim", "v2_prefix"],
        },
        "assume_default": {
            "type": "str",
            "default": "unknown",
            "choices": list(_ANSWERS),
        },
        "chart": {"type": "str", "default": ""},
        "values_files": {"type": "list", "elements": "path", "default": []},
        "values": {"type": "dict", "default": {}, "no_log": True},
        "is_eks": {"type": "bool"},
        "ca_cert_encoding": {"type": "str", "default": "pem", "choices": list(CA_CERT_ENCODINGS)},
        "release_name": {"type": "str", "default": "image-swap"},
        "release_namespace": {"type": "str", "default": "default"},
        "images": {"type": "list", "elements": "str", "default": []},
        "images_file": {"type": "path", "default": ""},
        "from_cluster": {"type": "bool", "default": False},
        "helm_binary": {"type": "path", "default": ""},
        "directory": {"type": "path", "default": ""},
        "missing_images": {"type": "str", "default": "warn", "choices": list(MODES)},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Plan, write the bundle, and return the verdict; only a bundle in the way is a failure."""
        subject = self._task_vars.get("inventory_hostname", "cluster")
        self._keep_password(arguments["settings"])
        cluster = self._cluster(subject)
        sources = gather(arguments, subject, cluster, self._redactor.text)
        if self._no_access:
            sources.checks.append(failed("cluster", subject, self._no_access))
        raw = arguments["settings"] if sources.adopted is None else sources.adopted
        self._keep_password(raw)
        self.keep_secret(secrets_in(sources.chart.user))
        sources = sources.redacted(self._redactor_of_data(raw))
        settings, findings = self._settings(raw, arguments, sources)
        answer = RegistryAnswer()
        if settings is not None and status_of(findings) is not Status.FAIL:
            answer = self._registry(subject, arguments, settings, sources)
        redact = self._redactor_of_data(raw).text
        inputs = PlanInputs(
            subject,
            settings,
            findings,
            (*sources.checks, *(check.rewritten(redact) for check in answer.checks)),
            *self._way(arguments),
            airgap=arguments["airgap"],
            product=arguments["product"],
            node_path_style=arguments["node_path_style"],
            assume_default=_ANSWERS[arguments["assume_default"]],
            chart=sources.chart,
            live=sources.live,
            images=sources.images,
            images_from=sources.images_from,
            missing_copies=tuple(map(redact, answer.copies)),
        )
        reader = cluster.cluster if cluster and sources.live.server else None
        webhook = WebhookPlanner(self.run_module, reader, arguments["helm_binary"])
        plan = Plan(webhook.settled(inputs))
        files = render_bundle(plan, sources.adopted)
        path = ""
        if arguments["directory"] and not self.check_mode:
            folder = pathlib.Path(arguments["directory"]).expanduser().absolute()
            write_bundle(folder, files)
            path = str(folder)
        return {
            "changed": False,
            "ready": plan.ready,
            "path": path,
            "files": sorted(files) if path else [],
            "missing_copies": list(plan.inputs.missing_copies),
            "checks": [check.to_dict() for check in plan.checks],
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

    def _cluster(self, subject: str) -> PlanCluster | None:
        if not self._wants_cluster or self._no_access:
            return None
        reader = ClusterReader(self.run_module)
        return PlanCluster(reader, subject, self._access.server, self.keep_secret)

    def _way(self, arguments: t.Mapping[str, t.Any]) -> tuple[str, str]:
        """Return kubeconfig and context for commands: those in use, else those that were named."""
        if self._wants_cluster and not self._no_access:
            return self._access.kubeconfig, self._access.context
        return arguments["kubeconfig"], arguments["context"]

    def _settings(
        self, raw: object, arguments: t.Mapping[str, t.Any], sources: PlanSources
    ) -> tuple[Settings | None, tuple[Finding, ...]]:
        """Return the settings as far as they can be read, errors or not, and all findings."""
        own = sources.chart.own
        findings = lint_inputs(
            raw,
            airgap=arguments["airgap"],
            product=arguments["product"],
            node_path_style=arguments["node_path_style"],
            now=datetime.datetime.now(datetime.UTC),
            read_file=read_file,
            chart_images=chart_images(own) if own else (),
            images=sources.images,
            allow_ecr_token=arguments["allow_ecr_token"],
        )[1]
        style = arguments["node_path_style"]
        return parse(raw, airgap=arguments["airgap"], node_path_style=style).settings, findings

    def _registry(
        self,
        subject: str,
        arguments: t.Mapping[str, t.Any],
        settings: Settings,
        sources: PlanSources,
    ) -> RegistryAnswer:
        """Return what the registry says; of images only those count that somebody named or runs."""
        own, user = sources.chart.own, sources.chart.user
        inventory = Inventory(
            sources.images if sources.images_from else (),
            chart_images(merge_values(own, user)) if own else (),
            tuple(arguments["architectures"]) or sources.platforms,
        )
        written = arguments["directory"] and not self.check_mode
        copies = f"all of them in {COPY_FILE}" if written else Wish.copies
        wish = Wish.of(arguments, arguments["missing_images"], copies)
        talk = RegistryTalk(wish, settings, subject, self.environment(), self.keep_secret)
        return talk.hold(lambda: inventory)

    def _keep_password(self, raw: object) -> None:
        """Keep what must not be shown even where the settings cannot be read."""
        if isinstance(raw, t.Mapping) and raw.get("password"):
            # Not `user:password` as it is: the user name stands in the files to be applied.
            pair = f"{raw.get('username') or ''}:{raw['password']}"
            self.keep_secret([str(raw["password"]), base64.b64encode(pair.encode()).decode()])

    def _redactor_of_data(self, raw: object) -> Redactor:
        """Return what redacts images and values of a chart.

        A secret that stands in the settings as well is in the clear in the files to be applied;
        gaps elsewhere would only point at it.
        """
        settings = raw if isinstance(raw, t.Mapping) else {}
        return Redactor(secret for secret in self._secrets if not fields_with(settings, secret))
