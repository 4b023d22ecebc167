# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of a cluster whose modules a test answers, without Ansible and without waiting."""

from __future__ import annotations

import types
import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.client import Client
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.runner import Runner

Answer = t.Callable[[str, t.Mapping[str, t.Any], str], dict[str, t.Any]]

SERVER = "https://api:6443"


class FakeClient(Client):
    """Its verbs are those of the real one; `answer`, or `run` of a subclass, answers the modules.

    `delays` says how often it is asked again. `said` is what a person was told.
    """

    def __init__(
        self,
        answer: Answer | None = None,
        *,
        check_mode: bool = False,
        delays: t.Sequence[float] = (),
    ) -> None:
        self.said: list[str] = []
        self._answer = answer
        runner = types.SimpleNamespace(
            access=types.SimpleNamespace(server=SERVER), helm=self.helm_command
        )
        super().__init__(t.cast(Runner, runner), Redactor(), self.said.append, check_mode, delays)

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool = False,
        own: bool = False,
    ) -> dict[str, t.Any]:
        assert self._answer is not None, f"nobody answers {module}"
        return self._answer(module, arguments, attempt)

    @property
    def hidden(self) -> list[str]:
        """Return what has to be redacted."""
        return [*self.redactor.secrets]
