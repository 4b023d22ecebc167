# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kubeconfig that modules, lookups and Helm are given: a file of one task, renewed in time."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import json
import pathlib
import re
import typing as t

from ...module_utils._redact import Redactor
from .._failure import Failure
from .access import ClusterAccess
from .private_files import write_private

# Those of YAML that JSON writes as they are.
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff]")


class PrivateKubeconfig:
    """Has one cluster and one user, in a private folder whose name means nothing to any client."""

    def __init__(
        self,
        open_access: t.Callable[[float, float], ClusterAccess],
        folder: pathlib.Path,
        redactor: Redactor,
    ) -> None:
        """Take the access. `open_access` is told how many seconds it has to last, and the time

        after which its credential has to be obtained. Raises Failure when there is none.
        """
        self._open = open_access
        self._path = folder / "kubeconfig"
        self._redactor = redactor
        if ":" in str(folder):
            raise Failure.of(
                "temporary_folder_unusable",
                str(folder),
                "clients of Kubernetes take a path with a colon for two",
                "set ANSIBLE_LOCAL_TEMP to a folder without a colon in its path",
            )
        self.access = self._taken(0.0, 0.0)

    def way(
        self, module: str, seconds: float, helm: t.Mapping[str, str]
    ) -> tuple[dict[str, t.Any], dict[str, str]]:
        """Return the options and the environment with which a module finds the cluster.

        `helm` is the environment of Helm's modules beside that. Raises Failure.
        """
        if not module.startswith("helm"):
            return self.options(seconds), {}
        # Given as an option, the module would copy the kubeconfig once more.
        environment = {**helm, "KUBECONFIG": self.path(seconds)}
        return ({"context": self.access.context} if module == "helm" else {}), environment

    def options(self, seconds: float) -> dict[str, t.Any]:
        """Return the options of kubernetes.core, good for some seconds. Raises Failure."""
        path = self.path(seconds)
        return {"kubeconfig": path, "context": self.access.context, **self.access.options}

    def lasting(self, seconds: float) -> ClusterAccess:
        """Return the access itself, good for some seconds, for this process. Raises Failure."""
        if not self.access.lasts(seconds):
            self.access = self._taken(seconds, 0.0)
        return self.access

    def path(self, seconds: float) -> str:
        """Return the path of the file, good for some seconds. Raises Failure."""
        self.lasting(seconds)
        return str(self._path)

    def renew(self) -> bool:
        """Return whether there is another credential now that the server has refused this one."""
        if not self.access.may_be_stale():
            return False
        self.access = self._taken(0.0, self.access.obtained)
        return True

    def _taken(self, seconds: float, not_after: float) -> ClusterAccess:
        access = self._open(seconds, not_after)
        self._redactor.add(access.secrets)
        text = json.dumps(access.config, ensure_ascii=False)
        self._path.unlink(missing_ok=True)
        write_private(
            self._path, _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
        )
        return access


__all__ = ("PrivateKubeconfig",)
