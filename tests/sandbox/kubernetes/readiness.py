# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The knob that decides whether a workload's pods come up."""

from __future__ import annotations

import dataclasses

DEFAULT_REASON = "ImagePullBackOff"


@dataclasses.dataclass
class Readiness:
    """Which workloads stay unready, and why (the waiting reason of their containers).

    A workload is named by its namespace and the name of the Deployment, StatefulSet,
    DaemonSet, Job or single Pod. `default` holds for all that are not named.
    """

    default: bool = True
    exceptions: dict[tuple[str, str], str] = dataclasses.field(default_factory=dict)

    def set(self, namespace: str, name: str, ready: bool, reason: str = DEFAULT_REASON) -> None:
        """Make one workload unready, or (`ready`) let it come up."""
        if ready:
            self.exceptions[(namespace, name)] = ""
        else:
            self.exceptions[(namespace, name)] = reason

    def clear(self) -> None:
        """Let everything come up."""
        self.default = True
        self.exceptions.clear()

    def waiting_reason(self, namespace: str, name: str) -> str:
        """Return why a workload's containers wait, an empty string if they run."""
        default = "" if self.default else DEFAULT_REASON
        return self.exceptions.get((namespace, name), default)
