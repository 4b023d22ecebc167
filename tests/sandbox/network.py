# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network of its own, for what would disturb the host's: a real node, its pods and registry.

A process holds the network namespace: interfaces, addresses and routes go with it. From outside
it is reached through forwarded ports of loopback.
"""

from __future__ import annotations

import os
import pathlib
import sys
import time
import typing as t

from .paths import CHECKOUT, PartMissingError, SandboxError, debian_program
from .processes import ProcessTable

NODE_ADDRESS = "10.77.0.1"
REGISTRY_ADDRESS = "10.77.0.2"
POD_SUBNET = "10.77.1.0/24"
_HOLDER = "network"
_START_TIMEOUT = 20.0
_POLL_SECONDS = 0.01
# No more than loopback: the first pod brings the bridge (CNI).
_SCRIPT = """\
busybox=$1 ready=$2
shift 2
"$busybox" ip link set lo up
for address; do "$busybox" ip address add "$address/32" dev lo; done
: >"$ready"
exec sleep infinity
"""
Address = tuple[str, int]


class Network:
    """The network of one world."""

    def __init__(self, folder: pathlib.Path, processes: ProcessTable) -> None:
        self._folder = folder
        self._processes = processes

    def start(self) -> None:
        """Make it. Raises PartMissingError where this machine does not allow it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        ready = self._folder / "ready"
        command: list[str | pathlib.Path] = ["unshare", "--net", "sh", "-e", "-c", _SCRIPT, "sh"]
        command += [debian_program("usr/bin/busybox"), ready, NODE_ADDRESS, REGISTRY_ADDRESS]
        holder = self._processes.start(_HOLDER, command, polite=False)
        deadline = time.monotonic() + _START_TIMEOUT
        while not ready.exists():
            if not holder.alive or time.monotonic() > deadline:
                log = self._processes.log_file(_HOLDER).read_text(encoding="utf-8").strip()
                raise PartMissingError(
                    f"A network namespace cannot be made here: {log} "
                    "Run as root; in a container, give it CAP_SYS_ADMIN and CAP_NET_ADMIN."
                )
            time.sleep(_POLL_SECONDS)

    @property
    def file(self) -> pathlib.Path:
        """Return the file that names the namespace."""
        return pathlib.Path(f"/proc/{self._processes.get(_HOLDER).pid}/ns/net")

    def enter(self) -> list[str]:
        """Return the words that make a command run in it."""
        return ["nsenter", f"--net={self.file}", "--"]

    def forward(self, name: str, target: Address, address: str = "127.0.0.1", port: int = 0) -> int:
        """Let a port of the host lead to one in here; return it. Port 0 is any that is free."""
        ready = self._folder / f"{name}.port"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.sandbox.forward", str(self.file), str(ready)]
        process = self._processes.start(
            f"forward-{name}",
            [*command, address, str(port), target[0], str(target[1])],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            polite=False,
        )
        deadline = time.monotonic() + _START_TIMEOUT
        while not ready.exists():
            if not process.alive or time.monotonic() > deadline:
                log = self._processes.log_file(process.name).read_text(encoding="utf-8").strip()
                raise SandboxError(f"{address}:{port} cannot be forwarded: {log}")
            time.sleep(_POLL_SECONDS)
        return int(ready.read_text(encoding="ascii"))


__all__: t.Sequence[str] = (
    "NODE_ADDRESS",
    "POD_SUBNET",
    "REGISTRY_ADDRESS",
    "Address",
    "Network",
)
