# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One cluster, in the verbs of its API and of Helm."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ...module_utils._objects import JsonObject, dig
from ...module_utils._redact import Redactor
from .access import ClusterAccess
from .manifest import ObjectName
from .retries import DELAYS, persistently
from .runner import Result, Runner
from .state import EVERYTHING, Permission

Objects = list[JsonObject]

T = t.TypeVar("T")


@dataclasses.dataclass
class Client:
    """Asks and changes one cluster through kubernetes.core.

    Every method raises Failure, redacted, where the cluster does not do it; `attempt` says in
    words what is tried. In check mode nothing is written: the API server is asked what it would
    do. What only reads is tried again, after `delays` in seconds; a write is for the caller to
    try again, who knows whether it may be done twice. `redactor` knows all secrets of the task,
    `say` tells a person while the task runs what it waits for.
    """

    runner: Runner
    redactor: Redactor
    say: t.Callable[[str], None]
    check_mode: bool
    delays: t.Sequence[float] = DELAYS

    @property
    def access(self) -> ClusterAccess:
        """Return the cluster and the user that the kubeconfig names."""
        return self.runner.access

    def get(
        self, api_version: str, kind: str, name: str, *, namespace: str = ""
    ) -> JsonObject | None:
        """Return one object, None if it is not there."""
        arguments = _named(ObjectName(api_version, kind, name, namespace))
        found = self._read("k8s_info", arguments, f"reading {kind} {name}").get("resources")
        return found[0] if found else None

    def list(
        self,
        api_version: str,
        kind: str,
        *,
        namespace: str = "",
        labels: t.Sequence[str] = (),
        fields: t.Sequence[str] = (),
    ) -> Objects:
        """Return all objects of a kind that its selectors pick, in one namespace or in all."""
        arguments: dict[str, t.Any] = {"api_version": api_version, "kind": kind}
        if namespace:
            arguments["namespace"] = namespace
        if labels:
            arguments["label_selectors"] = [*labels]
        if fields:
            arguments["field_selectors"] = [*fields]
        found = self._read("k8s_info", arguments, f"reading {kind} objects").get("resources")
        return [*(found or ())]

    def allowed(self, permissions: t.Sequence[Permission]) -> t.Sequence[tuple[Permission, bool]]:
        """Return what the kubeconfig's user may do; the reviews leave nothing in the cluster.

        Administrators may do everything, and so are asked one question in place of all.
        """
        if self._reviewed([EVERYTHING]) == [True]:
            return [(permission, True) for permission in permissions]
        return list(zip(permissions, self._reviewed(permissions), strict=True))

    def _reviewed(self, permissions: t.Sequence[Permission]) -> t.Sequence[bool]:
        result = self._read(
            "k8s",
            {"definition": [item.review() for item in permissions], "state": "present"},
            "asking what this user may do",
        )
        answers = result.get("result", {}).get("results") or [result]
        return [bool(dig(answer, "result", "status", "allowed")) for answer in answers]

    def create(
        self, manifest: t.Mapping[str, t.Any], attempt: str, *, own: bool = False
    ) -> JsonObject | None:
        """Create an object, or bring one that is there to the manifest, and return it.

        Returns None where somebody else creates it at the same moment. One that is the run's `own`
        has this content, or is returned as it is.
        """
        arguments = {"state": "present", "resource_definition": manifest}
        return self._write("k8s", arguments, attempt, own=own)

    def patch(
        self, manifest: t.Mapping[str, t.Any], attempt: str, *, own: bool = False
    ) -> JsonObject | None:
        """Merge a manifest into its object and return that, None if it is not there any more."""
        arguments = {
            "state": "patched",
            "merge_type": ["merge"],
            "resource_definition": manifest,
        }
        return self._write("k8s", arguments, attempt, own=own)

    def json_patch(
        self,
        name: ObjectName,
        patch: t.Sequence[t.Mapping[str, t.Any]],
        attempt: str,
        *,
        own: bool = False,
    ) -> None:
        """Patch an object; the server refuses a patch of which a test does not hold."""
        self._write("k8s_json_patch", {**_named(name), "patch": patch}, attempt, own=own)

    def delete(
        self,
        name: ObjectName,
        attempt: str,
        *,
        uid: str = "",
        resource_version: str = "",
        with_dependents: bool = False,
    ) -> bool:
        """Delete an object, and return whether it was there.

        With a uid and a version the very one that was read, unless it was changed since. What
        depends on it, as a Job's pods do, goes by default only where its kind says so.
        """
        arguments: dict[str, t.Any] = {"state": "absent", **_named(name)}
        if uid:
            preconditions = {"uid": uid, "resourceVersion": resource_version}
            arguments["delete_options"] = {"preconditions": preconditions}
        if with_dependents:
            options = arguments.setdefault("delete_options", {})
            options["propagationPolicy"] = "Background"
        result = self.run("k8s", arguments, attempt, check_mode=self.check_mode)
        return bool(result.get("changed"))

    def dry_run(
        self, manifest: t.Mapping[str, t.Any], attempt: str, *, namespace: str = ""
    ) -> tuple[JsonObject, bool]:
        """Return an object as the API server would keep it, and whether that changes one."""
        arguments: dict[str, t.Any] = {"state": "present", "definition": manifest}
        if namespace:
            arguments["namespace"] = namespace
        result = self.run("k8s", arguments, attempt, check_mode=True)
        return result.get("result") or {}, bool(result.get("changed"))

    def helm(self, arguments: t.Mapping[str, t.Any], attempt: str) -> None:
        """Install, upgrade or uninstall a release."""
        self.run("helm", arguments, attempt, check_mode=self.check_mode)

    def helm_command(self, argv: t.Sequence[str], attempt: str) -> None:
        """Run helm itself, for what no module of kubernetes.core does, in check mode as well.

        `argv` begins with the program and names neither kubeconfig nor context.
        """
        self.runner.helm(argv, attempt)

    def helm_pull(
        self, arguments: t.Mapping[str, t.Any], environment: t.Mapping[str, str], attempt: str
    ) -> None:
        """Pull a chart; `environment` is what Helm needs besides, such as a registry's login."""
        self.runner.helm_environment = environment
        self._read("helm_pull", arguments, attempt)

    def helm_template(self, arguments: t.Mapping[str, t.Any], attempt: str) -> str:
        """Return the manifests of a chart, for which no cluster is asked."""
        return str(self._read("helm_template", arguments, attempt).get("stdout") or "")

    def helm_version(self, program: str) -> str | None:
        """Return what `helm version --short` prints, None if that program does not run."""
        version = self.runner.helm_version(program)
        return None if version is None else self.redactor.text(version)

    def persistently(self, work: t.Callable[[], T], *, also: t.Collection[str] = ()) -> T:
        """Return what the work returns, tried again where what was wrong may pass.

        The work has to be harmless if it is done twice. `also`: codes that may pass here.
        """
        return persistently(work, self.delays, also=also)

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool,
        own: bool = False,
    ) -> Result:
        """Run a module of kubernetes.core against this cluster, and return its result."""
        return self.runner.run(module, arguments, attempt, check_mode=check_mode, own=own)

    def _read(self, module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> Result:
        return self.persistently(
            functools.partial(self.run, module, arguments, attempt, check_mode=False)
        )

    def _write(
        self, module: str, arguments: t.Mapping[str, t.Any], attempt: str, *, own: bool = False
    ) -> JsonObject | None:
        result = self.run(module, arguments, attempt, check_mode=self.check_mode, own=own)
        return result.get("result") or None


def _named(name: ObjectName) -> dict[str, t.Any]:
    """Return the options of kubernetes.core that name an object."""
    arguments = {"api_version": name.api_version, "kind": name.kind, "name": name.name}
    return {**arguments, "namespace": name.namespace} if name.namespace else arguments


__all__ = ("Client", "Objects")
