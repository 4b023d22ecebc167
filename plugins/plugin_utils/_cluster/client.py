# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads of a cluster through kubernetes.core, as objects that the core understands."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ...module_utils._objects import JsonObject, dig
from .runner import ModuleRunner
from .state import Permission


class ClusterReader:
    """Asks one cluster. Every method raises Failure when the cluster does not answer."""

    def __init__(self, run: ModuleRunner) -> None:
        """Keep the runner, which knows the kubeconfig."""
        self._run = run

    def objects(
        self,
        api_version: str,
        kind: str,
        *,
        namespace: str = "",
        labels: t.Sequence[str] = (),
        fields: t.Sequence[str] = (),
    ) -> list[JsonObject]:
        """Return all objects of a kind that its selectors pick, in one namespace or in all."""
        arguments: dict[str, t.Any] = {"api_version": api_version, "kind": kind}
        if namespace:
            arguments["namespace"] = namespace
        if labels:
            arguments["label_selectors"] = list(labels)
        if fields:
            arguments["field_selectors"] = list(fields)
        return self._info(arguments, f"reading {kind} objects")

    def object(
        self, api_version: str, kind: str, name: str, *, namespace: str = ""
    ) -> JsonObject | None:
        """Return one object, None if it is not there."""
        arguments = {"api_version": api_version, "kind": kind, "name": name}
        if namespace:
            arguments["namespace"] = namespace
        found = self._info(arguments, f"reading {kind} {name}")
        return found[0] if found else None

    def allowed(self, permissions: t.Sequence[Permission]) -> list[tuple[Permission, bool]]:
        """Return what the kubeconfig's user may do; the reviews leave nothing in the cluster."""
        result = self._run(
            "k8s",
            {"definition": [item.review() for item in permissions], "state": "present"},
            "asking what this user may do",
            reads=True,
        )
        answers = result.get("result", {}).get("results") or [result]
        return [
            (permission, bool(dig(answer, "result", "status", "allowed")))
            for permission, answer in zip(permissions, answers, strict=True)
        ]

    def _info(self, arguments: t.Mapping[str, t.Any], attempt: str) -> list[JsonObject]:
        result = self._run("k8s_info", arguments, attempt, reads=True)
        return list(result.get("resources") or ())


__all__ = ("ClusterReader",)
