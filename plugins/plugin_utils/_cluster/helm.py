# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Helm is to work, as options of the modules that run it."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import os
import subprocess
import typing as t

from .._failure import Failure
from .environment import chooses_cluster

# Debug output holds every value. A diff plugin would decide in our place what is a change.
HELM_ENVIRONMENT = {"HELM_DEBUG": "false", "HELM_PLUGINS": os.devnull}

_LEAST_HISTORY = 2


@dataclasses.dataclass(frozen=True)
class HelmOptions:
    """How Helm is to work; it waits for hooks alone, `timeout_seconds` at most."""

    binary: str = ""
    timeout_seconds: int = 300
    history_max: int = 12

    @classmethod
    def of(cls, arguments: t.Mapping[str, t.Any]) -> HelmOptions:
        """Return what an action's options say."""
        return cls(arguments["helm_binary"], arguments["timeout"], arguments["history_max"])

    def require_history(self) -> None:
        """Raise Failure where Helm would keep all revisions, or too few."""
        if self.history_max >= _LEAST_HISTORY:
            return
        raise Failure.of(
            "history_unbounded",
            "palette_image_swap_history_max",
            f"{self.history_max} is not possible: below {_LEAST_HISTORY} there is no"
            " revision to go back to, and with 0 Helm keeps all of them for good, and in them all"
            " passwords that ever were",
            f"write a number from {_LEAST_HISTORY} on; 12 is the default",
        )

    def arguments(self) -> dict[str, t.Any]:
        """Return them as options of kubernetes.core.helm."""
        arguments: dict[str, t.Any] = {
            "wait": False,
            "timeout": f"{self.timeout_seconds}s",
            "history_max": self.history_max,
        }
        return {**arguments, **binary_argument(self.binary)}


def binary_argument(binary: str) -> dict[str, str]:
    """Return the option that names the helm program, none for the one on PATH."""
    return {"binary_path": binary} if binary else {}


def helm_version(program: str, environment: t.Mapping[str, str], seconds: float) -> str | None:
    """Return what `helm version --short` prints, which asks no cluster.

    None if that program does not run, or not to its end within some seconds.
    """
    path = os.path.expanduser(os.path.expandvars(program))
    allowed = {name: text for name, text in environment.items() if not chooses_cluster(name)}
    try:
        done = subprocess.run(
            [path, "version", "--short"],
            env={**allowed, **HELM_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


__all__ = ("HELM_ENVIRONMENT", "HelmOptions", "binary_argument", "helm_version")
