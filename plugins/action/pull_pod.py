# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action pull_pod; its documentation is in plugins/modules/pull_pod.py."""

from __future__ import annotations

import typing as t

from ..module_utils._evidence import Check, Status
from ..module_utils._images.samples import samples_from
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._numbers import Range
from ..plugin_utils._pull.cluster import ClusterPull
from ..plugin_utils._pull.pod import CHECK_NAME


class ActionModule(KubernetesCoreAction):
    """Lets a pod pull the images that were chosen; what goes wrong is a check, no failure."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "sources": {"type": "list", "elements": "dict", "required": True},
        "namespace": {"type": "str", "default": ""},
        "timeout": {"type": "int", "default": 120},
    }
    NUMBERS: t.ClassVar[dict[str, Range]] = {"timeout": (1, 3600)}

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Return the checks."""
        return {"changed": False, "checks": self.shown(self._checks(arguments))}

    def _checks(self, arguments: t.Mapping[str, t.Any]) -> t.Sequence[Check]:
        if self.check_mode:
            actual = "not tried: this is check mode"
            return [Check(CHECK_NAME, self.subject, Status.SKIP, "pulls", actual)]
        pull = ClusterPull(self.cluster, self.subject, arguments["timeout"], self.heartbeat)
        try:
            sources = samples_from(arguments["sources"])
            return pull.run(sources, arguments["namespace"])
        except ValueError as error:
            return [Check(CHECK_NAME, self.subject, Status.SKIP, "pulls", f"not tried: {error}")]
        except Failure as failure:
            actual = "not tried to the end"
            found = tuple(failure.findings)
            return [Check(CHECK_NAME, self.subject, Status.FAIL, "pulls", actual, found)]
