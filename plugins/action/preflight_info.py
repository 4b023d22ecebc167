# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check everything that must hold before an override, and change nothing."""

from __future__ import annotations

import datetime
import platform
import typing as t

from ..module_utils._evidence import Check, Status
from ..module_utils._mirrors.swap import ASSUME_DEFAULT
from ..module_utils._registry.access import MODES
from ..module_utils._settings.settings import SECRET_NAME, SECRET_NAMESPACE, Settings, secret_data
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._numbers import Range
from ..plugin_utils._preflight.checks import attempt, failed, helm_check, verdict
from ..plugin_utils._preflight.cluster import ClusterPreflight
from ..plugin_utils._preflight.images import ClusterImages, ImageSources
from ..plugin_utils._preflight.inputs import InputsPreflight
from ..plugin_utils._preflight.registry import (
    REGISTRY_ARGUMENTS,
    REGISTRY_NUMBERS,
    RegistryPreflight,
)
from ..plugin_utils._settings import SETTINGS_ARGUMENTS
from ..plugin_utils._variables import require_known_variables


class ActionModule(KubernetesCoreAction):
    """The action of the preflight role."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        **REGISTRY_ARGUMENTS,
        **SETTINGS_ARGUMENTS,
        "product": {"type": "str", "default": "palette", "choices": ["palette", "vertex"]},
        "expected_cluster_uid": {"type": "str", "default": ""},
        "identity_only": {"type": "bool", "default": False},
        "require_healthy": {"type": "bool", "default": False},
        "write": {"type": "bool", "default": True},
        "chart": {"type": "str", "default": ""},
        "chart_sha256": {"type": "str", "default": ""},
        "helm_binary": {"type": "path", "default": ""},
        "release_namespace": {"type": "str", "default": "default"},
        "secret_name": {"type": "str", "default": SECRET_NAME},
        "secret_namespace": {"type": "str", "default": SECRET_NAMESPACE},
        "secret_replace": {"type": "bool", "default": False},
        "values_files": {"type": "list", "elements": "path", "default": []},
        "values": {"type": "dict", "default": {}, "no_log": True},
        "check_images": {"type": "str", "default": "warn", "choices": list(MODES)},
        "images": {"type": "list", "elements": "str", "default": []},
        "images_file": {"type": "path", "default": ""},
        "assume_default": {"type": "str", "default": "unknown", "choices": list(ASSUME_DEFAULT)},
        "copy_script": {"type": "path", "default": ""},
    }

    NUMBERS: t.ClassVar[dict[str, Range]] = REGISTRY_NUMBERS

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Return all checks; the role fails if one of them has."""
        require_known_variables(self._loader)
        subject = self.subject
        python = platform.python_version()  # an older one was refused
        checks = [Check("controller Python", subject, Status.PASS, "3.11 or later", python)]
        if arguments["identity_only"]:
            facts, _images = self._asked(subject, arguments, checks)
            return self._result(checks, {"cluster": facts})
        inputs = InputsPreflight(subject, arguments, self.redactor, checks)
        images: tuple[str, ...] = ()
        if arguments["airgap"] and arguments["write"]:
            binary = arguments["helm_binary"] or "helm"
            checks.append(helm_check(subject, binary, self.cluster.helm_version(binary)))
            images = inputs.chart_images()
        settings = inputs.settings(images, datetime.datetime.now(datetime.UTC))
        facts, running = self._asked(subject, arguments, checks, settings)
        named = inputs.named_images()
        asked: Result = {}
        if settings is not None:
            sources = ImageSources(images, named, tuple(arguments["architectures"]), running)
            registry = RegistryPreflight(
                subject,
                arguments,
                self.cluster.runner.environment(),
                self.redactor,
                self.check_mode,
                checks,
            )
            asked = registry.ask(settings, sources)
        return self._result(checks, {"cluster": facts, **asked})

    def _result(self, checks: t.Sequence[Check], found: Result) -> Result:
        return {
            "changed": False,
            **found,
            "ready": all(check.status is not Status.FAIL for check in checks),
            "msg": self.redacted(verdict(checks)),
            "checks": self.shown(checks),
        }

    def open_cluster(self, arguments: t.Mapping[str, t.Any]) -> None:
        """Take the kubeconfig; without one the checks that need no cluster are still made."""
        self._no_access: Failure | None = None
        try:
            super().open_cluster(arguments)
        except Failure as failure:
            self._no_access = failure

    def _asked(
        self,
        subject: str,
        arguments: t.Mapping[str, t.Any],
        checks: list[Check],
        settings: Settings | None = None,
    ) -> tuple[dict[str, t.Any], ClusterImages | None]:
        """Add the cluster's checks; return who it is, and its images if it is the one meant."""
        if self._no_access:
            checks.append(failed("cluster identity", subject, self._no_access))
            return {}, None
        preflight = ClusterPreflight(self.cluster, subject)
        checks += preflight.checks(arguments)
        if settings is not None and arguments["write"] and preflight.confirmed:
            name, namespace = arguments["secret_name"], arguments["secret_namespace"]
            replace, wanted = arguments["secret_replace"], secret_data(settings)
            checks += attempt(
                "secret can be written",
                subject,
                lambda: preflight.secret(name, namespace, wanted, replace=replace),
            )
        return preflight.facts, preflight.images if preflight.confirmed else None
