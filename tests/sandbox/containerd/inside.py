# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of a lab that runs inside its namespaces: ``lab.py`` starts it and talks to it.

Each line on standard input is a setup, each line on standard output its observation, both JSON.
It ends with its standard input, and the namespaces with it.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import time

import grpc

from tests.sandbox.containerd.cri import CriClient
from tests.sandbox.containerd.model import HOSTS, UNTRUSTED_PEM, Observation, Pull, Setup
from tests.sandbox.containerd.recorder import Recorder

_START_SECONDS = 30
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_PACKAGES = "opt/containerd"
_AUTHORITY = "etc/lab-authority.pem"


class Node:
    """A root file system in memory: the host's programs, read-only, and a configuration of its own.

    Nothing of the host's /etc, /var and /run is in it.
    """

    def __init__(self, root: pathlib.Path, packages: pathlib.Path) -> None:
        self.root = root
        _mount("--make-rprivate", "/")
        _mount("-t", "tmpfs", "-o", "size=1g,mode=755", "containerd-lab", root)
        for name in ("dev", "etc", "proc", "run", "sys", "tmp", "usr", "var/lib", _PACKAGES):
            (root / name).mkdir(parents=True)
        for name in ("bin", "lib", "lib64", "sbin"):
            (root / name).symlink_to(f"usr/{name}")
        for source, target in (("/usr", root / "usr"), (packages, root / _PACKAGES)):
            _mount("--bind", source, target)
            _mount("-o", "remount,bind,ro", target)
        _mount("--rbind", "/dev", root / "dev")
        _mount("--rbind", "/sys", root / "sys")
        _mount("-t", "proc", "proc", root / "proc")
        names = " ".join(("localhost", *HOSTS))
        (root / "etc/hosts").write_text(f"127.0.0.1 {names}\n", encoding="ascii")

    def reset(self, setup: Setup, recorder: Recorder) -> None:
        """Forget the last setup and write the files of this one."""
        for name in ("etc/containerd", "etc/docker", "run/containerd", "var/lib/containerd"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        (self.root / _AUTHORITY).write_text(recorder.authority, encoding="ascii")
        for name, content in setup.files.items():
            path = self.root / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.replace(UNTRUSTED_PEM, recorder.untrusted), encoding="utf-8")

    def start(self) -> subprocess.Popen[bytes]:
        """Start the daemon as its systemd unit does: without any option."""
        with (self.root / "tmp/containerd.log").open("wb") as log:
            return subprocess.Popen(
                ["chroot", self.root, f"/{_PACKAGES}/usr/bin/containerd"],
                env={
                    "PATH": f"/{_PACKAGES}/usr/sbin:/usr/sbin:/usr/bin",
                    "SSL_CERT_FILE": f"/{_AUTHORITY}",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def socket(self) -> pathlib.Path:
        """Return the daemon's socket."""
        return self.root / "run/containerd/containerd.sock"

    @property
    def log(self) -> str:
        """Return the end of the daemon's log."""
        log = (self.root / "tmp/containerd.log").read_text(encoding="utf-8", errors="replace")
        return log[-4000:]


def observe(setup: Setup, node: Node, recorder: Recorder) -> Observation:
    """Run the daemon over the setup, pull its images, stop it."""
    node.reset(setup, recorder)
    recorder.servers = setup.servers
    recorder.take()
    daemon = node.start()
    try:
        if not _is_listening(daemon, node.socket):
            return Observation("not started", log=node.log)
        client = CriClient(node.socket)
        try:
            if not client.is_served():
                return Observation("down", log=node.log)
            pulls = tuple(_pull(client, image, recorder) for image in setup.images)
        finally:
            client.close()
        return Observation("up", pulls, node.log)
    except grpc.RpcError as error:
        raise RuntimeError(f"containerd gives no answer: {error}; its log: {node.log}") from error
    finally:
        _stop(daemon)


def _pull(client: CriClient, image: str, recorder: Recorder) -> Pull:
    ok = client.pull(image)
    requests: list[str] = []
    for request in recorder.take():
        requests.append(request)
        if " -> 200" in request:
            break
    return Pull(image, tuple(requests), ok)


def _is_listening(daemon: subprocess.Popen[bytes], path: pathlib.Path) -> bool:
    """Wait until the daemon accepts connections, or has ended."""
    end = time.monotonic() + _START_SECONDS
    while daemon.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return True
        if time.monotonic() > end:
            raise RuntimeError(f"containerd opened no socket within {_START_SECONDS} seconds")
        time.sleep(0.02)
    return False


def _stop(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(5)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _mount(*arguments: str | pathlib.Path) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _bring_loopback_up() -> None:
    with socket.socket() as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def main() -> None:
    """Answer setups until standard input ends."""
    root, packages = map(pathlib.Path, sys.argv[1:])
    # Standard output is for answers: whatever a library prints goes to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _bring_loopback_up()
    recorder = Recorder()
    recorder.listen()
    node = Node(root, packages)
    for line in sys.stdin:
        observation = observe(Setup.from_data(json.loads(line)), node, recorder)
        print(json.dumps(dataclasses.asdict(observation)), file=answers, flush=True)


if __name__ == "__main__":
    main()
