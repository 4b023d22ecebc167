# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module of kubernetes.core is run, for those who need it done and not how."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

Result = dict[str, t.Any]


class ModuleRunner(t.Protocol):
    """Runs one module of kubernetes.core against the cluster."""

    def __call__(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str, *, reads: bool = False
    ) -> Result:
        """Return the module's result, not redacted. Raises Failure, redacted, if it failed.

        `attempt` says in words what is tried; what only `reads` runs in check mode as well.
        """


class DryRunner(t.Protocol):
    """Runs one module of kubernetes.core in check mode, whatever the mode of the task."""

    def __call__(self, module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> Result:
        """Return what the cluster would have answered. Raises Failure."""


class HelmRunner(t.Protocol):
    """Runs helm against the cluster, for what no module of kubernetes.core does."""

    def __call__(self, argv: t.Sequence[str], attempt: str) -> str:
        """Return what it prints, redacted. Raises Failure, redacted, if it failed.

        `argv` begins with the program and names neither kubeconfig nor context.
        """


def said(result: t.Mapping[str, t.Any]) -> str:
    """Return everything that a failed module said.

    One that crashed has its exception in `exception`: a traceback up to ansible-core 2.18, from
    2.19 on an object with the message in its event.
    """
    keys = ("msg", "module_stderr", "module_stdout", "stderr")
    parts = [str(result.get(key) or "") for key in keys]
    exception = result.get("exception")
    if exception and not parts[0]:
        event = getattr(exception, "event", None)
        parts.append(str(getattr(event, "msg", "") or exception))
    return "\n".join(part for part in parts if part)


__all__ = ("DryRunner", "HelmRunner", "ModuleRunner", "Result", "said")
