# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observe a real containerd: needs root (namespaces, mounts) and grpcio."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types

from tests.sandbox.containerd.model import Observation, Setup
from tests.sandbox.paths import CHECKOUT, SandboxError

_NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child")


class Lab:
    """A containerd out of unpacked packages, in namespaces that end with this object.

    ``packages`` is a folder with ``usr/bin/containerd``. Use it as a context manager.
    """

    def __init__(self, packages: pathlib.Path) -> None:
        self.packages = packages
        self.version = version_of(packages)
        self._folder = tempfile.TemporaryDirectory(prefix="containerd-lab-")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()
        self._process = subprocess.Popen(
            [
                "unshare",
                *_NAMESPACES,
                sys.executable,
                "-m",
                "tests.sandbox.containerd.inside",
                self._folder.name,
                str(packages),
            ],
            cwd=CHECKOUT,
            env={**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0", "GRPC_VERBOSITY": "NONE"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        self.close()

    def observe(self, setup: Setup) -> Observation:
        """Run the daemon over a setup. Raises SandboxError if the lab itself fails."""
        if self._process.stdin is None or self._process.stdout is None:
            raise SandboxError("The containerd lab has no pipes.")
        try:
            self._process.stdin.write(json.dumps(dataclasses.asdict(setup)) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self._process.stdout.readline()
        if not answer:
            self._errors.seek(0)
            reason = self._errors.read().decode(errors="replace").strip().splitlines()
            raise SandboxError(
                f"The containerd lab ended: {reason[-1] if reason else 'it does not say why'}. "
                "It needs root, and a kernel that allows namespaces and mounts."
            )
        return Observation.from_data(json.loads(answer))

    def close(self) -> None:
        """End the daemon, the servers and the namespaces."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()
        self._folder.cleanup()


def version_of(packages: pathlib.Path) -> str:
    """Return the version of an unpacked containerd, such as 1.6.20.

    Raises SandboxError if it cannot be run.
    """
    program = packages / "usr/bin/containerd"
    try:
        output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SandboxError(
            f"{program} does not run ({error}). "
            "`.venv/bin/python -m tests.sandbox tools` fetches it."
        ) from error
    match = re.search(r" v?(\d+\.\d+\.\d+)", output.stdout)
    if not match:
        raise SandboxError(f"{program} tells no version: {output.stdout.strip()}")
    return match[1]
