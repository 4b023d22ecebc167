# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read an override back from a cluster and compare it with the settings, field by field."""

from __future__ import annotations

import typing as t

from ..module_utils._evidence import Status
from ..module_utils._settings.settings import (
    CA_CERT_ENCODINGS,
    settings_secrets,
)
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._override.compare import release_checks, secret_checks
from ..plugin_utils._override.location import OVERRIDE_ARGUMENTS
from ..plugin_utils._release.reader import read_release
from ..plugin_utils._settings import SETTINGS_ARGUMENTS, settings_or_error


class ActionModule(KubernetesCoreAction):
    """The action of the verify_cluster role."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        **SETTINGS_ARGUMENTS,
        **OVERRIDE_ARGUMENTS,
        "is_eks": {"type": "bool"},
        "ca_cert_encoding": {
            "type": "str",
            "default": "pem",
            "choices": list(CA_CERT_ENCODINGS),
        },
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Return one check a field."""
        subject = self.subject
        settings = settings_or_error(
            arguments["settings"],
            airgap=arguments["airgap"],
            node_path_style=arguments["node_path_style"],
        )
        self.redactor.add(settings_secrets(settings))
        name, namespace = arguments["name"], arguments["namespace"]
        secret = self.cluster.get("v1", "Secret", name, namespace=namespace)
        checks = list(secret_checks(subject, settings, secret, name, namespace))
        if arguments["airgap"]:
            release, place = arguments["release_name"], arguments["release_namespace"]
            checks += release_checks(
                subject,
                settings,
                read_release(self.cluster, release, place),
                f"release {release} in {place}",
                is_eks=arguments["is_eks"],
                ca_cert_encoding=arguments["ca_cert_encoding"],
            )
        return {
            "changed": False,
            "in_place": all(check.status is not Status.FAIL for check in checks),
            "checks": self.shown(checks),
        }
