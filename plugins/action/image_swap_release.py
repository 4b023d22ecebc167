# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action image_swap_release; its documentation is in plugins/modules/image_swap_release.py."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._chart import Chart
from ansible_collections.palette.image_registry.plugins.module_utils._cluster_state import (
    dig,
    is_eks,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Check,
    Finding,
    Status,
    status_of,
)
from ansible_collections.palette.image_registry.plugins.module_utils._override_state import (
    merge_values,
)
from ansible_collections.palette.image_registry.plugins.module_utils._release import (
    Release,
    with_other_secrets,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings import (
    CA_CERT_ENCODINGS,
    Settings,
    chart_values,
    settings_secrets,
)
from ansible_collections.palette.image_registry.plugins.module_utils._values import (
    Values,
    readable,
    secrets_in,
    values_json,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._chart_files import (
    find_chart,
    is_remote,
    read_chart,
    read_values_file,
    require_checksum,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._chart_registry import (
    registry_access,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster_reader import (
    ClusterReader,
    readable_release,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._kubernetes_core import (
    Failure,
    KubernetesCoreAction,
    Result,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight import (
    helm_check,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._private_files import (
    private_folder,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release_restorer import (
    ReleaseRestorer,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release_waiter import (
    ReleaseWaiter,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release_writer import (
    HelmOptions,
    ReleasePlan,
    ReleaseWriter,
    binary_argument,
    check_of,
    old_secrets_kept,
    plan_release,
    unknown_cluster_kind,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._settings_files import (
    settings_or_error,
)

_CHART_FIX = "give the image-swap chart of your Palette release in palette_image_swap_chart"
_LEAST_HISTORY = 2
_VALUES_FIX = "correct image_swap_values_files or image_swap_values"


class ActionModule(KubernetesCoreAction):
    """Keeps the Helm release whose webhook swaps images."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "chart": {"type": "str", "required": True},
        "chart_version": {"type": "str", "default": ""},
        "chart_sha256": {"type": "str", "default": ""},
        "settings": {"type": "dict", "required": True, "no_log": True},
        "values_files": {"type": "list", "elements": "path", "default": []},
        "values": {"type": "dict", "default": {}, "no_log": True},
        "reset_values": {"type": "bool", "default": False},
        "release_name": {"type": "str", "default": "image-swap"},
        "release_namespace": {"type": "str", "default": "default"},
        "is_eks": {"type": "bool"},
        "ca_cert_encoding": {"type": "str", "default": "pem", "choices": list(CA_CERT_ENCODINGS)},
        "helm_binary": {"type": "path", "default": ""},
        "wait": {"type": "bool", "default": False},
        "timeout_seconds": {"type": "int", "default": 300},
        "history_max": {"type": "int", "default": 12},
        "recover_pending": {"type": "bool", "default": False},
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Bring the release to the chart and the values."""
        name, namespace = arguments["release_name"], arguments["release_namespace"]
        options = _helm_options(arguments)
        writer = ReleaseWriter(self.run_module, name, namespace, options)
        restorer = ReleaseRestorer(self.run_module, self.run_helm, name, namespace, options)
        settings = settings_or_error(arguments["settings"], airgap=True)
        self.keep_secret(settings_secrets(settings))
        with private_folder() as folder:
            with _refused_as(_CHART_FIX):
                path = self._chart_path(arguments, settings, folder)
                require_checksum(path, arguments["chart_sha256"])
                chart = read_chart(path)
            plan, findings = self._plan(arguments, settings, chart, writer, restorer)
            if plan.changed:
                self._require_helm(arguments["helm_binary"])
            release = plan.live
            if plan.changed and not self.check_mode:
                release = self._write(plan, writer, restorer, path, folder)
        findings += restorer.remarks
        findings += self._old_secrets(writer, release)
        check = check_of(plan, release, writer.subject, self.check_mode)
        if findings:
            check = dataclasses.replace(check, status=status_of(findings), findings=tuple(findings))
        checks = [check]
        if arguments["wait"] and release and not self.check_mode:
            checks.append(self._wait(release, options, writer.subject))
        result: Result = {
            "changed": plan.changed,
            "changed_values": self._redactor.data(plan.changed_values),
            "changed_chart": plan.changed_chart if plan.reasons else [],
            "status": release.summary() if release else {},
            "checks": self.shown(checks),
            "msg": self._redactor.text(f"{writer.subject}: {check.actual}"),
        }
        if self.diff_mode:
            result["diff"] = self._redactor.data(self._diff(plan, writer.subject))
        return result

    def _write(
        self,
        plan: ReleasePlan,
        writer: ReleaseWriter,
        restorer: ReleaseRestorer,
        path: pathlib.Path,
        folder: pathlib.Path,
    ) -> Release | None:
        """Write to the cluster what the plan says, and return the release as it then is."""
        seconds = self._seconds({"timeout": writer.options.timeout_seconds})
        self.before_write(seconds)
        if plan.left_behind is not None:
            live = restorer.recover(plan.left_behind, own=self._took_over)
            self.before_write(seconds)
            plan = dataclasses.replace(plan, live=live)
        return writer.upgrade(plan, path, folder) if plan.reasons else plan.live

    def _require_helm(self, binary: str) -> None:
        """Raise Failure where helm is missing or too old for this chart."""
        program = binary or "helm"
        check = helm_check("helm", program, self.helm_version(program))
        if check.status is Status.FAIL:
            raise Failure(*check.findings)

    def _wait(self, release: Release, options: HelmOptions, subject: str) -> Check:
        def show(text: str) -> None:
            self._display.display(self._redactor.text(text))

        waiter = ReleaseWaiter(self.run_module, self.heartbeat, show)
        number = waiter.wait(release, options.timeout_seconds)
        return Check(
            "image-swap workloads", subject, Status.PASS, "all ready", f"{number} workloads ready"
        )

    def _old_secrets(self, writer: ReleaseWriter, release: Release | None) -> list[Finding]:
        """Return the remark about former passwords, if Helm still has any."""
        kept = with_other_secrets(writer.history, release) if release else ()
        maximum = writer.options.history_max
        return [old_secrets_kept(writer.subject, writer.namespace, kept, maximum)] if kept else []

    def _chart_path(
        self, arguments: t.Mapping[str, t.Any], settings: Settings, folder: pathlib.Path
    ) -> pathlib.Path:
        chart = arguments["chart"]
        if not is_remote(chart):
            return find_chart(chart)
        target = folder / "chart"
        target.mkdir()
        access = registry_access(chart, settings, folder)
        self.helm_environment = access.environment
        self.run_module(
            "helm_pull",
            {
                "chart_ref": chart,
                "destination": str(target),
                # Helm takes the latest version when it is empty.
                "chart_version": arguments["chart_version"],
                **access.arguments,
                **binary_argument(arguments["helm_binary"]),
            },
            f"pulling {chart}",
            reads=True,
        )
        return find_chart(str(target / "*.tgz"))

    def _plan(
        self,
        arguments: t.Mapping[str, t.Any],
        settings: Settings,
        chart: Chart,
        writer: ReleaseWriter,
        restorer: ReleaseRestorer,
    ) -> tuple[ReleasePlan, list[Finding]]:
        with _refused_as(_VALUES_FIX):
            user = _users_values(arguments["values_files"], arguments["values"])
        self.keep_secret(secrets_in(user))
        eks, findings = self._is_eks(arguments["is_eks"], user, writer.subject)
        with _refused_as(_CHART_FIX):
            ours = chart_values(
                settings,
                merge_values(chart.values, user),
                is_eks=eks,
                ca_cert_encoding=arguments["ca_cert_encoding"],
            )
        live, left_behind, remarks = self._live(writer, restorer, arguments["recover_pending"])
        plan = plan_release(live, chart, user, ours, reset_values=arguments["reset_values"])
        return dataclasses.replace(plan, left_behind=left_behind), [*findings, *remarks]

    def _live(
        self, writer: ReleaseWriter, restorer: ReleaseRestorer, recover: bool
    ) -> tuple[Release | None, Release | None, list[Finding]]:
        """Return the release to start from, and one that was left behind pending before it.

        Raises Failure for a pending one that is not to be recovered, or not yet.
        """
        with readable_release(writer.name, writer.namespace):
            live = writer.read().last()
        if live is None:
            return None, None, []
        self.keep_secret(secrets_in(live.config))
        if not live.pending:
            return live, None, []
        pending = restorer.pending(live)
        recover = recover or self._goes_on
        if not self._took_over and (pending.seconds_left or not recover):
            raise Failure(pending.refusal(writer.subject, recover=recover))
        if pending.last_deployed:
            self.keep_secret(secrets_in(pending.last_deployed.config))
        remark = pending.recovered(writer.subject, check_mode=self.check_mode)
        return pending.last_deployed, live, [remark]

    @property
    def _goes_on(self) -> bool:
        """Return whether this run goes on from one that was interrupted."""
        return self.transaction is not None and self.transaction.token.adopted

    @property
    def _took_over(self) -> bool:
        """Return whether that one was killed just now, and its Helm with it."""
        return self.transaction is not None and self.transaction.token.took_over

    def _is_eks(
        self, told: bool | None, user: Values, subject: str
    ) -> tuple[bool | None, tuple[Finding, ...]]:
        """Return whether the cluster is EKS: as told, as the user's values say, as it looks."""
        if told is not None:
            return told, ()
        for path in (("config", "imageSwapConfig"), ("imageSwapConfig",)):
            said = dig(user, *path, "isEKSCluster")
            if isinstance(said, bool):
                return said, ()
        reader = ClusterReader(self.run_module)
        try:
            return is_eks(reader.objects("v1", "Node")), ()
        except Failure as failure:
            return None, (unknown_cluster_kind(subject, failure),)

    def _diff(self, plan: ReleasePlan, subject: str) -> dict[str, str]:
        before, after = plan.shown() if plan.changed else (None, None)
        return {
            "before_header": subject,
            "after_header": subject,
            "before": readable(before),
            "after": readable(after),
        }


def _helm_options(arguments: t.Mapping[str, t.Any]) -> HelmOptions:
    """Return how Helm is to work. Raises Failure where it would keep all revisions, or too few."""
    if arguments["history_max"] < _LEAST_HISTORY:
        raise Failure.of(
            "history_unbounded",
            "image_swap_history_max",
            f"{arguments['history_max']} is not possible: below {_LEAST_HISTORY} there is no"
            " revision to go back to, and with 0 Helm keeps all of them for good, and in them all"
            " passwords that ever were",
            f"write a number from {_LEAST_HISTORY} on; 12 is the default",
        )
    return HelmOptions(
        arguments["helm_binary"], arguments["timeout_seconds"], arguments["history_max"]
    )


def _users_values(files: t.Iterable[str], values: Values) -> dict[str, t.Any]:
    """Return the user's values, later files over earlier ones. Raises ValueError."""
    merged: dict[str, t.Any] = {}
    for file in files:
        merged = merge_values(merged, read_values_file(file))
    merged = merge_values(merged, values)
    # Refused now, so that check mode knows it as well.
    values_json(merged)
    return merged


@contextlib.contextmanager
def _refused_as(fix: str) -> t.Iterator[None]:
    """Let a ValueError, whose sentence names what is wrong, end the action."""
    try:
        yield
    except ValueError as exc:
        raise Failure.of("input_unusable", "image-swap release", str(exc), fix) from exc
