# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node's files in a folder, and real shells that run the script on them."""

from __future__ import annotations

import os
import pathlib
import subprocess
import typing as t

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.reader import (
    NodeReading,
    read_node,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import (
    Answer,
    Limits,
)

CONFIG = "/etc/containerd/config.toml"
CERTS_D = "/etc/containerd/certs.d"
BOOT = 1_700_000_000
HERTZ = os.sysconf("SC_CLK_TCK")
VERSION_LINE = "containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6"
MIRRORS = 'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\n'
HOSTS = 'server = "https://registry-1.docker.io"\n[host."https://harbor.example.org"]\n'


_GIVEN: dict[pathlib.Path, int] = {}
"""The users of files that are not the node's root's, where the tests are run by another one."""


def give(path: pathlib.Path, user: int) -> None:
    """Let a user own a file of a planted node."""
    if os.geteuid() == 0:
        os.chown(path, user, user)
    else:
        _GIVEN[path] = user


def _owners() -> str:
    """Return what lets `stat` say that who runs the tests is root; nothing where root does."""
    user = os.geteuid()
    if user == 0:
        return ""
    given = "".join(f" -e 's|^0 \\(.*\t{path}\\)$|{to} \\1|'" for path, to in _GIVEN.items())
    return f'stat() {{\n  command stat "$@" | sed -e "s/^{user} /0 /"{given}\n}}\n'


class LocalShell:
    """A shell of this machine as the node's `/bin/sh`; counts its round trips.

    Files that who runs the tests has planted are root's there.
    """

    def __init__(self, argv: t.Sequence[str] = ("sh",), path: str = "", user: int = 0) -> None:
        self.argv = list(argv)
        self.environment = {"PATH": path or os.environ["PATH"]}
        self.user = user
        self.calls = 0

    def __call__(self, script: bytes) -> Answer:
        self.calls += 1
        done = subprocess.run(
            self.argv,
            input=_owners().encode() + script,
            capture_output=True,
            env=self.environment,
            cwd="/",
            check=False,
            timeout=60,
            user=self.user or None,
            group=self.user or None,
            extra_groups=[] if self.user else None,
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


class PlantedNode:
    """A folder that stands for a node's root."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.write("/proc/stat", f"cpu 1 2 3\nbtime {BOOT}\n")
        for pid in ("1", "self"):
            self.spaces(pid)

    def spaces(self, process: int | str, **other: str) -> None:
        """Put a process in the namespaces of the node, but for some."""
        folder = self.root / f"proc/{process}/ns"
        folder.mkdir(parents=True, exist_ok=True)
        for space in ("mnt", "pid", "user"):
            name = other.get(space, "node")
            self.write(f"/spaces/{space}-{name}", "")
            (folder / space).unlink(missing_ok=True)
            (folder / space).symlink_to(self.root / f"spaces/{space}-{name}")

    def write(self, path: str, content: str | bytes, mode: int = 0o644) -> pathlib.Path:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        target.chmod(mode)
        return target

    def program(self, path: str, dump: str = 'cat "$2"', version: str = VERSION_LINE) -> None:
        """Plant a program that knows `--version` and `--config FILE config dump`."""
        script = f"#!/bin/sh\ncase $1 in\n--version) echo '{version}' ;;\n*) {dump} ;;\nesac\n"
        self.write(path, script, mode=0o755)

    def process(
        self,
        pid: int,
        comm: str,
        *arguments: str,
        exe: str = "",
        started: int = 100,
        user: int = 0,
    ) -> None:
        """Plant a process that started some seconds after the boot.

        It runs `exe`, by default the first argument where that is a path, or /usr/bin/COMM.
        """
        exe = exe or (arguments[0] if arguments[0].startswith("/") else f"/usr/bin/{comm}")
        ticks = started * HERTZ
        fields = " ".join(["S", "1", *["0"] * 17, str(ticks), "0", "0"])
        self.write(f"/proc/{pid}/comm", f"{comm}\n")
        self.write(f"/proc/{pid}/stat", f"{pid} ({comm}) {fields}\n")
        self.write(f"/proc/{pid}/cmdline", "".join(f"{word}\0" for word in arguments))
        users = "\t".join([str(user)] * 4)
        self.write(f"/proc/{pid}/status", f"Name:\t{comm}\nUid:\t{users}\nNSpid:\t{pid}\n")
        self.spaces(pid)
        if not (self.root / exe.lstrip("/")).exists():
            self.write(exe, "", mode=0o644)
        (self.root / f"proc/{pid}/exe").symlink_to(self.root / exe.lstrip("/"))

    def read(self, shell: LocalShell | None = None, limits: Limits | None = None) -> NodeReading:
        return read_node(shell or LocalShell(), limits or Limits(), str(self.root))


def codes(reading: NodeReading) -> list[str]:
    """Return the codes of what was found."""
    return [finding.code for finding in reading.findings]
