# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an override lies in a cluster."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._settings.settings import SECRET_NAME, SECRET_NAMESPACE


@dataclasses.dataclass(frozen=True)
class Override:
    """Where an override lives in a cluster: its Secret and its Helm release."""

    secret_name: str = SECRET_NAME
    secret_namespace: str = SECRET_NAMESPACE
    release_name: str = "image-swap"
    release_namespace: str = "default"

    @property
    def owner(self) -> str:
        """Return the release as the owner of what it makes."""
        return f"{self.release_namespace}/{self.release_name}"

    def has_revision(self, name: str, namespace: str) -> bool:
        """Return whether a Secret of Helm's is a revision of this release."""
        prefix, _separator, revision = name.rpartition(".v")
        ours = f"sh.helm.release.v1.{self.release_name}"
        return (prefix, namespace) == (ours, self.release_namespace) and revision.isdecimal()


# The options that say which override is meant; the fragment `cluster.OVERRIDE` documents them.
SECRET_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "default": Override.secret_name},
    "namespace": {"type": "str", "default": Override.secret_namespace},
}
RELEASE_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "release_name": {"type": "str", "default": Override.release_name},
    "release_namespace": {"type": "str", "default": Override.release_namespace},
}
OVERRIDE_ARGUMENTS = {**SECRET_ARGUMENTS, **RELEASE_ARGUMENTS}


def override_of(arguments: t.Mapping[str, t.Any]) -> Override:
    """Return the override that the options name."""
    return Override(
        arguments["name"],
        arguments["namespace"],
        arguments["release_name"],
        arguments["release_namespace"],
    )


__all__ = (
    "OVERRIDE_ARGUMENTS",
    "RELEASE_ARGUMENTS",
    "SECRET_ARGUMENTS",
    "Override",
    "override_of",
)
