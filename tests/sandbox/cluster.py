# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster of a world: an API server, and beside it the webhook.

Which real API server it is, `tests.sandbox.kubernetes` decides by the environment.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import time
import typing as t

from .paths import CHECKOUT, SandboxError, private_folders
from .pki import write_private
from .processes import ProcessTable

_START_TIMEOUT = 180.0


class Cluster:
    """The API server and the webhook of one world."""

    def __init__(self, state_dir: pathlib.Path, processes: ProcessTable) -> None:
        self._state_dir = state_dir
        self._processes = processes
        self.kubeconfig = state_dir / "kubeconfig"

    def start(self, plane: pathlib.Path | None, *, built_in: bool) -> dict[str, str]:
        """Start both; return the webhook's `url` and `caBundle`. Raises SandboxError.

        `plane` is the state folder of an API server that runs already, and goes on after us.
        """
        if plane is None:
            self.start_server(["--built-in"] if built_in else [])
        else:
            (self._state_dir / "kubernetes").symlink_to(plane.resolve())
            self._copy_kubeconfigs()
        webhook = self._state_dir / "webhook"
        arguments = ["--state-dir", str(webhook), "--kubeconfig", str(self.kubeconfig)]
        self._run_module("webhook", "tests.sandbox.webhook", webhook, arguments)
        ready = json.loads((webhook / "ready.json").read_text(encoding="utf-8"))
        return {"url": ready["url"], "caBundle": ready["caBundle"]}

    def start_server(self, options: t.Sequence[str], enter: t.Sequence[str] = ()) -> None:
        """Start the API server alone, by a command that enters where it is to run."""
        server = self._state_dir / "kubernetes"
        arguments = [*options, "--state-dir", str(server)]
        self._run_module("kubernetes", "tests.sandbox.kubernetes", server, arguments, enter)
        self._copy_kubeconfigs()

    def _copy_kubeconfigs(self) -> None:
        for source in (self._state_dir / "kubernetes").glob("kubeconfig*"):
            write_private(self._state_dir / source.name, source.read_text(encoding="utf-8"))

    def _run_module(
        self,
        name: str,
        module: str,
        folder: pathlib.Path,
        arguments: list[str],
        enter: t.Sequence[str] = (),
    ) -> None:
        """Start a server of ours and wait for the ready.json that it writes."""
        folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            **private_folders(self._state_dir),
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
        }
        process = self._processes.start(
            name, [*enter, sys.executable, "-m", module, *arguments], env=environment
        )
        deadline = time.monotonic() + _START_TIMEOUT
        while not (folder / "ready.json").exists():
            if not process.alive or time.monotonic() > deadline:
                log = self._processes.log_file(name).read_text(encoding="utf-8").strip()
                raise SandboxError(f"{name} does not start: {log[-2000:]}")
            time.sleep(0.02)
