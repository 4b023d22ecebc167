# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action registry_secret; its documentation is in plugins/modules/registry_secret.py."""

from __future__ import annotations

import typing as t

from ..module_utils._settings.settings import (
    secret_data,
    settings_secrets,
)
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._override.location import SECRET_ARGUMENTS
from ..plugin_utils._override.secret_writer import Outcome, SecretWriter, check_of
from ..plugin_utils._settings import SETTINGS_ARGUMENTS, settings_or_error


class ActionModule(KubernetesCoreAction):
    """Keeps the Secret from which Palette reads the override."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "settings": {"type": "dict", "no_log": True},
        "data": {"type": "dict", "no_log": True},
        **SECRET_ARGUMENTS,
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "replace": {"type": "bool", "default": False},
        "node_path_style": SETTINGS_ARGUMENTS["node_path_style"],
    }
    MUTUALLY_EXCLUSIVE: t.ClassVar[list[tuple[str, ...]]] = [("settings", "data")]

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Bring the Secret to its state."""
        writer = SecretWriter(
            self.cluster, arguments["name"], arguments["namespace"], self.before_write
        )
        if arguments["state"] == "absent":
            outcome = writer.remove()
        else:
            outcome = writer.ensure(self._wanted(arguments), replace=arguments["replace"])
        return self._result(outcome, writer.subject)

    def _wanted(self, arguments: t.Mapping[str, t.Any]) -> dict[str, str]:
        if arguments["settings"] is not None:
            settings = settings_or_error(
                arguments["settings"],
                airgap=False,
                node_path_style=arguments["node_path_style"],
            )
            self.redactor.add(settings_secrets(settings))
            return secret_data(settings)
        data = arguments["data"]
        if not data:
            raise Failure.of(
                "settings_missing",
                "settings",
                "there is nothing to write",
                'give settings: "{{ palette_registry }}", or data with the Secret\'s keys',
            )
        wrong = sorted(key for key, value in data.items() if not isinstance(value, str))
        if wrong:
            raise Failure.of(
                "data_not_text",
                f"data {', '.join(wrong)}",
                "a value of a Secret is text",
                'quote it, such as INSECURE: "false"',
            )
        self.redactor.add(value for key, value in data.items() if key == "PASSWORD")
        return {str(key): str(value) for key, value in data.items()}

    def _result(self, outcome: Outcome, subject: str) -> Result:
        check = check_of(outcome, subject, check_mode=self.check_mode)
        result: Result = {
            "changed": outcome.changed,
            "changed_keys": list(outcome.changed_keys),
            "checks": [check.to_dict()],
            "msg": f"{subject}: {check.actual}",
        }
        if self.diff_mode:
            from ..plugin_utils._diff import readable_diff

            shown = readable_diff(subject, outcome.before, outcome.after)
            result["diff"] = self.redactor.data(shown)
        return result
