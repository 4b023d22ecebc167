# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action evidence_config_map; its documentation is in the module of this name."""

from __future__ import annotations

import typing as t

from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._report.files import read_inputs


class ActionModule(KubernetesCoreAction):
    """Keeps the last report of a playbook in the cluster that it is about."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "report": {"type": "path", "required": True},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Write the ConfigMap if what it says is no longer so."""
        # Each run of a playbook loads this file, and few keep a report.
        from ..plugin_utils._report.config_map import (
            KEY,
            NAMESPACE,
            config_map,
            config_map_name,
            says_the_same,
        )

        evidence = read_inputs([arguments["report"]])
        name = config_map_name(evidence.playbook)
        wanted = config_map(evidence, name)
        live = self.cluster.get("v1", "ConfigMap", name, namespace=NAMESPACE)
        subject = f"configmap/{name} in {NAMESPACE}"
        if says_the_same(live, wanted):
            return {"changed": False, "name": name, "msg": f"{subject}: the verdicts are the same"}
        self.cluster.create(wanted, f"writing {subject}")
        verb = "created" if live is None else "updated"
        size = len(wanted["data"][KEY])
        return {"changed": True, "name": name, "msg": f"{subject}: {verb}, {size} bytes"}
