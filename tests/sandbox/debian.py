# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs out of Debian's packages, unpacked into a folder: nothing is installed on the host.

Packages come by `apt-get download`. Where the host's package lists are empty or stale, lists of
our own are fetched beside them, so that the host's apt is left as it was.

Which version is fetched is what the mirror has: its signed index names each file by digest, and apt
takes no other. A list of what was fetched, with digests, is left beside the unpacked programs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import typing as t

from .paths import SandboxError

PACKAGES = (
    "busybox-static",
    "containerd",
    "containernetworking-plugins",
    "docker-registry",
    "etcd-server",
    "openssh-server",
    "openssh-sftp-server",
    "runc",
    "sudo",
)
CLIENT_PACKAGE = "openssh-client"
"""Fetched only where the host has no `ssh`."""

PROGRAMS = (
    "usr/sbin/sshd",
    "usr/lib/openssh/sftp-server",
    "usr/bin/containerd",
    "usr/bin/docker-registry",
    "usr/bin/etcd",
    "usr/sbin/runc",
)
"""What must find all its libraries, on the host or beside itself (sudo brings its own)."""

CLIENT = "bin/ssh"
"""Where the fetched client lies: a wrapper, so that it finds libraries that came with it."""

_WRAPPER = """\
#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
LD_LIBRARY_PATH=$(echo "$root"/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
exec "$root/usr/bin/ssh" "$@"
"""
_TOP_LEVEL_LINKS = ("bin", "sbin", "lib", "lib64")
# The host's configuration may have let these through.
_SIGNED_ALONE = (
    "-o",
    "APT::Get::AllowUnauthenticated=false",
    "-o",
    "Acquire::AllowInsecureRepositories=false",
    "-o",
    "Acquire::AllowDowngradeToInsecureRepositories=false",
)
_SANDBOX_USER = "_apt"
FETCHED = "fetched.txt"
"""Beside what was unpacked: the digest and the file name, with version, of each package."""
_APT_TIMEOUTS = ("-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=2")


def packages() -> tuple[str, ...]:
    """Return the packages that this host needs."""
    return PACKAGES if shutil.which("ssh") else (*PACKAGES, CLIENT_PACKAGE)


def unpack_packages(destination: pathlib.Path, work: pathlib.Path) -> None:
    """Fetch the sandbox's packages with the libraries that the host lacks, and unpack them.

    `destination` becomes a folder with `usr` alone (merged, as Debian 12 has it).
    Raises SandboxError where apt is missing, nothing can be fetched, or a library stays missing.
    """
    unpack(packages(), destination, work)
    if CLIENT_PACKAGE in packages():
        _wrap_client(destination)
    check_libraries(destination, PROGRAMS)


def unpack(names: tuple[str, ...], destination: pathlib.Path, work: pathlib.Path) -> None:
    """Fetch packages with the libraries that the host lacks, and unpack them into a folder."""
    for program in ("apt-get", "apt-cache", "dpkg-deb"):
        if not shutil.which(program):
            raise SandboxError(
                f"{program} is missing: {names[0]} and the like come from Debian's packages. Run "
                "this on Debian 12 or later (a container will do)."
            )
    fetched = []
    with tempfile.TemporaryDirectory() as folder:  # not below a home, which apt's user cannot enter
        apt = _Apt(pathlib.Path(folder))
        apt.prepare(names)
        apt.download([*names, *_missing_libraries(apt, names)])
        for archive in sorted(apt.folder.glob("*.deb")):
            fetched.append(f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n")
            with tempfile.TemporaryDirectory(dir=work) as unpacked:
                _run(["dpkg-deb", "-x", str(archive), unpacked])
                _merge(pathlib.Path(unpacked), destination)
    (destination / FETCHED).write_text("".join(fetched), encoding="utf-8")


class _Apt:
    """Downloads by the host's apt, first with its own lists, then with lists of ours."""

    def __init__(self, work: pathlib.Path) -> None:
        self.folder = work / "archives"
        self.folder.mkdir()
        self._lists = work / "apt"
        _give_to_apt(work, self.folder)
        self._options: list[str] = [*_SIGNED_ALONE, *_APT_TIMEOUTS]

    def prepare(self, names: tuple[str, ...]) -> None:
        """See to it that the lists name these packages, by lists of ours if need be."""
        if not self._fetch(["--print-uris", *names]):
            self._use_own_lists()

    def download(self, names: list[str]) -> None:
        """Fetch packages into `folder`; the host's lists may name files that are gone."""
        if not self._fetch(names):
            self._use_own_lists()
            _run(self._download_command(names), cwd=self.folder)

    def depends(self, names: tuple[str, ...]) -> list[str]:
        """Return the direct dependencies of packages."""
        output = subprocess.run(
            ["apt-cache", *self._options, "depends", "--important", *names],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        lines = (line.strip() for line in output.splitlines())
        return sorted({line.split()[1] for line in lines if line.startswith("Depends: ")})

    def _fetch(self, arguments: t.Iterable[str]) -> bool:
        result = subprocess.run(
            self._download_command(arguments),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return result.returncode == 0

    def _download_command(self, arguments: t.Iterable[str]) -> list[str]:
        return ["apt-get", *self._options, "-qq", "download", *arguments]

    def _use_own_lists(self) -> None:
        own = ["-o", f"Dir::State={self._lists / 'state'}", "-o", f"Dir::Cache={self._lists}"]
        if self._options[-len(own) :] == own:
            return
        (self._lists / "state" / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (self._lists / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        _give_to_apt(*self._lists.rglob("partial"))
        self._options += own
        _run(["apt-get", *self._options, "-qq", "update"])


def _give_to_apt(*folders: pathlib.Path) -> None:
    """Let the user as whom apt talks to the network write there; as root it gives up its rights."""
    if os.geteuid() == 0:
        with contextlib.suppress(LookupError):  # a system without that user has no such sandbox
            for folder in folders:
                shutil.chown(folder, _SANDBOX_USER)


def _missing_libraries(apt: _Apt, names: tuple[str, ...]) -> list[str]:
    """Return the libraries that packages need, directly or not, and the host has not installed."""
    missing: set[str] = set()
    while names:
        libraries = (name for name in apt.depends(names) if name.startswith("lib"))
        names = tuple(name for name in libraries if name not in missing and not _installed(name))
        missing.update(names)
    return sorted(missing)


def _installed(package: str) -> bool:
    result = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}\n", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return "installed" in result.stdout.split()


def _merge(unpacked: pathlib.Path, destination: pathlib.Path) -> None:
    """Copy one unpacked package, its /bin, /sbin and /lib folded into /usr."""
    for name in _TOP_LEVEL_LINKS:
        if (unpacked / name).is_dir():
            _copy_tree(unpacked / name, destination / "usr" / name)
    if (unpacked / "usr").is_dir():
        _copy_tree(unpacked / "usr", destination / "usr")


def _copy_tree(source: pathlib.Path, destination: pathlib.Path) -> None:
    ignore = shutil.ignore_patterns("doc", "man", "locale")
    shutil.copytree(source, destination, symlinks=True, dirs_exist_ok=True, ignore=ignore)


def _wrap_client(destination: pathlib.Path) -> None:
    wrapper = destination / CLIENT
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text(_WRAPPER, encoding="utf-8")
    wrapper.chmod(0o755)


def check_libraries(
    root: pathlib.Path, programs: t.Iterable[str], more: t.Iterable[pathlib.Path] = ()
) -> None:
    """Raise SandboxError naming each library that a program will not find."""
    found = [*(root / "usr" / "lib").glob("*-linux-gnu*"), *more]
    folders = ":".join(str(folder) for folder in found)
    missing = [
        f"{name} ({line.split()[0]})"
        for name in programs
        for line in linked_libraries(root / name, folders).splitlines()
        if "not found" in line
    ]
    if missing:
        raise SandboxError(
            f"Libraries are missing for {', '.join(missing)}. Install them with apt-get, "
            "or run the sandbox on Debian 12."
        )


def linked_libraries(program: pathlib.Path, folders: str) -> str:
    """Return what `ldd` says of a program, our libraries' folders searched first."""
    return subprocess.run(
        ["ldd", str(program)],
        env={**os.environ, "LD_LIBRARY_PATH": folders, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def _run(command: list[str], cwd: pathlib.Path | None = None) -> None:
    result = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode:
        reason = (result.stderr or result.stdout).strip().splitlines()[-3:]
        raise SandboxError(
            f"`{command[0]}` failed: {' '.join(reason)}. "
            "The sandbox needs Debian's packages: check /etc/apt/sources.list and the network."
        )
