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
from ansible_collections.palette.image_registry.plugins.module_utils._override_state import (
    merge_values,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry_images import MODES
from ansible_collections.palette.image_registry.plugins.module_utils._registry_report import (
    ASSUME_DEFAULT,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings import (
    SECRET_NAMESPACE,
    Settings,
    chart_images,
    settings_secrets,
)
from ansible_collections.palette.image_registry.plugins.module_utils._values import secrets_in
from ansible_collections.palette.image_registry.plugins.plugin_utils._chart_check import chart_check
from ansible_collections.palette.image_registry.plugins.plugin_utils._chart_files import (
    read_values_file,
)
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
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight_images import (
    ClusterImages,
    ImageSources,
    read_image_list,
    write_copy_script,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._registry_talk import (
    REGISTRY_ARGUMENTS,
    RegistryTalk,
    Wish,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._settings_files import (
    read_file,
)


class ActionModule(KubernetesCoreAction):
    """The action of the preflight role."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        **REGISTRY_ARGUMENTS,
        "settings": {"type": "raw", "required": True, "no_log": True},
        "airgap": {"type": "bool", "default": True},
        "product": {"type": "str", "default": "palette", "choices": ["palette", "vertex"]},
        "node_path_style": {
            "type": "str",
            "default": "verbatim",
            "choices": ["verbatim", "v2_prefix"],
        },
        "expected_cluster_uid": {"type": "str", "default": ""},
        "identity_only": {"type": "bool", "default": False},
        "require_healthy": {"type": "bool", "default": False},
        "write": {"type": "bool", "default": True},
        "chart": {"type": "str", "default": ""},
        "chart_sha256": {"type": "str", "default": ""},
        "helm_binary": {"type": "str", "default": "helm"},
        "release_namespace": {"type": "str", "default": "default"},
        "secret_namespace": {"type": "str", "default": SECRET_NAMESPACE},
        "values_files": {"type": "list", "elements": "path", "default": []},
        "values": {"type": "dict", "default": {}, "no_log": True},
        "images": {"type": "str", "default": "warn", "choices": list(MODES)},
        "images_list": {"type": "list", "elements": "str", "default": []},
        "images_file": {"type": "path", "default": ""},
        "assume_default": {"type": "str", "default": "unknown", "choices": list(ASSUME_DEFAULT)},
        "copy_script": {"type": "path", "default": ""},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Return all checks; the role fails if one of them has."""
        subject = self._task_vars.get("inventory_hostname", "cluster")
        checks = [python_check(subject)]
        if arguments["identity_only"]:
            facts, _images = self._cluster(subject, arguments, checks)
            return self._result(checks, {"cluster": facts})
        images: tuple[str, ...] = ()
        if arguments["airgap"] and arguments["write"]:
            binary = arguments["helm_binary"]
            checks.append(helm_check(subject, binary, self.helm_version(binary)))
            images = self._chart(subject, arguments, checks)
        settings = self._inputs(subject, arguments, images, checks)
        facts, running = self._cluster(subject, arguments, checks)
        named = self._named(subject, arguments, checks)
        asked: Result = {}
        if settings is not None:
            sources = ImageSources(images, named, tuple(arguments["architectures"]), running)
            asked = self._registry(subject, arguments, settings, sources, checks)
        return self._result(checks, {"cluster": facts, **asked})

    def _result(self, checks: t.Sequence[Check], found: Result) -> Result:
        return {
            "changed": False,
            **found,
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

    def _chart(
        self, subject: str, arguments: t.Mapping[str, t.Any], checks: list[Check]
    ) -> tuple[str, ...]:
        """Add the chart's checks, and return its own images, where the user's values count."""
        check, chart = chart_check(subject, arguments["chart"], arguments["chart_sha256"])
        checks.append(check)
        user: dict[str, t.Any] = {}
        try:
            for path in arguments["values_files"]:
                user = merge_values(user, read_values_file(path))
        except ValueError as exc:
            fix = "correct image_swap_values_files"
            failure = Failure.of("values_file", "image_swap_values_files", str(exc), fix)
            checks.append(failed("values file", subject, failure))
        user = merge_values(user, arguments["values"])
        self.keep_secret(secrets_in(user))
        return chart_images(merge_values(chart.values, user)) if chart else ()

    def _named(
        self, subject: str, arguments: t.Mapping[str, t.Any], checks: list[Check]
    ) -> tuple[str, ...]:
        """Return the images that the user names; add a check where they cannot be read."""
        named: tuple[str, ...] = tuple(arguments["images_list"])
        if arguments["images_file"]:
            try:
                named += read_image_list(arguments["images_file"])
            except Failure as failure:
                checks.append(failed("images file", subject, failure))
        return named

    def _inputs(
        self,
        subject: str,
        arguments: t.Mapping[str, t.Any],
        images: tuple[str, ...],
        checks: list[Check],
    ) -> Settings | None:
        now = datetime.datetime.now(datetime.UTC)
        settings, findings = lint_inputs(
            arguments["settings"],
            airgap=arguments["airgap"],
            product=arguments["product"],
            node_path_style=arguments["node_path_style"],
            now=now,
            read_file=read_file,
            chart_images=images,
            allow_ecr_token=arguments["allow_ecr_token"] or not arguments["write"],
        )
        actual = "not usable"
        if settings is not None:
            self.keep_secret(settings_secrets(settings))
            actual = f"{len(settings.mirrors.entries)} mirror entries"
        checks.append(findings_check("inputs", subject, actual, findings))
        return settings

    def _registry(
        self,
        subject: str,
        arguments: t.Mapping[str, t.Any],
        settings: Settings,
        sources: ImageSources,
        checks: list[Check],
    ) -> Result:
        """Add the registry's checks, and return what else is to be told of them."""
        script = arguments["copy_script"]
        copies = "set preflight_copy_script for a script with all of them"
        if script:
            writes = "a run without --check writes" if self.check_mode else "this run wrote"
            copies = f"{writes} all of them to {script}"
        wish = Wish.of(arguments, arguments["images"], copies)
        answer = RegistryTalk(wish, settings, subject, self.environment(), self.keep_secret).hold(
            sources.inventory
        )
        checks += answer.checks
        written = ""
        if script and answer.summary and not self.check_mode:
            try:
                written = write_copy_script(script, answer.copies, settings.endpoint)
            except Failure as failure:
                checks.append(failed("copy script", subject, failure))
        return {
            "images_summary": dict(answer.summary),
            "missing_copies": [self._redactor.text(command) for command in answer.copies],
            "copy_script": written,
        }

    def _cluster(
        self, subject: str, arguments: t.Mapping[str, t.Any], checks: list[Check]
    ) -> tuple[dict[str, t.Any], ClusterImages | None]:
        """Add the cluster's checks; none but the first when it does not answer.

        Return who it is, and its images if it is the one that was meant.
        """
        if self._no_access:
            checks.append(failed("cluster identity", subject, self._no_access))
            return {}, None
        reader = ClusterReader(self.run_module)
        preflight = ClusterPreflight(reader, subject, self._access.server)
        try:
            identity = preflight.identity(arguments["expected_cluster_uid"])
        except Failure as failure:
            checks.append(failed("cluster identity", subject, failure))
            return preflight.facts, None
        checks.append(identity)
        if identity.status is Status.FAIL or arguments["identity_only"]:
            return preflight.facts, None
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
                    secret_namespace=arguments["secret_namespace"],
                ),
            )
        return preflight.facts, preflight.images


def _message(checks: t.Iterable[Check]) -> str:
    """Return in words what failed, every error with what to do."""
    failures = [check for check in checks if check.status is Status.FAIL]
    if not failures:
        return "everything holds"
    found = (finding for check in failures for finding in check.findings)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    number = f"{len(failures)} check{'s' * (len(failures) > 1)} failed"
    return f"{number}; nothing was changed.\n{describe(errors)}"
