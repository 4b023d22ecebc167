# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action webhook_info; its documentation is in plugins/modules/webhook_info.py."""

from __future__ import annotations

import datetime
import time
import typing as t

from ..module_utils._mirrors.notation import parse_mirrors
from ..module_utils._mirrors.table import MirrorTable
from ..module_utils._settings.settings import settings_secrets
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._cluster.retries import PASSING
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._numbers import A_DAY, Range
from ..plugin_utils._settings import settings_or_error
from ..plugin_utils._webhook.canary import probes
from ..plugin_utils._webhook.checks import WebhookVerdict
from ..plugin_utils._webhook.objects import NAMESPACE
from ..plugin_utils._webhook.reader import WebhookReader

_STEP_SECONDS = 5.0


class ActionModule(KubernetesCoreAction):
    """Looks at the webhook until it is live, nothing can change any more, or the time is up."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "settings": {"type": "raw", "default": {}, "no_log": True},
        "namespace": {"type": "str", "default": NAMESPACE},
        "canary_namespace": {"type": "str", "default": ""},
        "timeout": {"type": "int", "default": 0},
    }

    NUMBERS: t.ClassVar[dict[str, Range]] = {"timeout": (0, A_DAY)}

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Return the checks of the last look."""
        wanted = self._wanted(arguments["settings"])
        started = time.monotonic()
        deadline = started + arguments["timeout"]
        while True:
            verdict = self._look_once(arguments, wanted, deadline)
            now = time.monotonic()
            if verdict and (not verdict.waits_for or now >= deadline):
                break
            waits_for = verdict.waits_for if verdict else "the API server to answer again"
            self._tell(waits_for, now - started, arguments["timeout"])
            time.sleep(min(_STEP_SECONDS, max(deadline - now, 0.0)))
        return {
            "changed": False,
            "live": verdict.live,
            "webhooks": [webhook.subject for webhook in verdict.state.webhooks],
            "images": self.redactor.data([one.to_dict() for one in verdict.compared]),
            "checks": self.shown(verdict.checks),
        }

    def _look_once(
        self, arguments: t.Mapping[str, t.Any], wanted: MirrorTable | None, deadline: float
    ) -> WebhookVerdict | None:
        """Return what is seen, None where the API server may answer again before the deadline."""
        try:
            self.heartbeat()
            return self._look(arguments, wanted)
        except Failure as failure:
            if failure.code not in PASSING or time.monotonic() >= deadline:
                raise
            return None

    def _wanted(self, raw: t.Any) -> MirrorTable | None:
        """Return the mirror table of the settings, None if there are no settings."""
        if not raw:
            return None
        settings = settings_or_error(raw, airgap=True)
        self.redactor.add(settings_secrets(settings))
        return settings.mirrors

    def _look(self, arguments: t.Mapping[str, t.Any], wanted: MirrorTable | None) -> WebhookVerdict:
        reader = WebhookReader(self.cluster, arguments["namespace"])
        state = reader.state()
        table = wanted
        if table is None:
            text = state.live_map.text if state.live_map else ""
            table = parse_mirrors(text, "imageswap_map").table
        asked = probes(table)
        return WebhookVerdict(
            self.subject,
            state,
            wanted,
            asked,
            reader.canary(state, asked, arguments["canary_namespace"]),
            datetime.datetime.now(datetime.UTC),
        )

    def _tell(self, waits_for: str, elapsed: float, timeout: int) -> None:
        self.say(f"waiting for {waits_for} ({elapsed:.0f} of {timeout} s)")
