# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The root file systems under the nodes: the host's with Debian's programs, or busybox alone."""

from __future__ import annotations

import pathlib
import re
import subprocess

from . import debian
from .paths import DEBIAN_ROOT, debian_program, library_folders

_NODE_PROGRAMS = (
    "usr/sbin/sshd",
    "usr/lib/openssh/sftp-server",
    "usr/bin/containerd",
    "usr/sbin/runc",
)
_SUDO = ("usr/bin/sudo", "usr/libexec/sudo")
_FOLDERS = ("dev", "etc", "home", "lib64", "opt", "proc", "root", "run", "sys", "tmp", "var")


def make_program_layer(folder: pathlib.Path) -> None:
    """Lay out what a node needs over the host's own root: sshd, containerd, sudo, libraries."""
    for program in _NODE_PROGRAMS:
        _copy(debian_program(program), folder / program)
    for path in _SUDO:
        _copy(DEBIAN_ROOT / path, folder / path)
    for libraries in library_folders():
        _copy(libraries, folder / "usr" / "lib" / libraries.name)


def make_busybox_root(folder: pathlib.Path) -> None:
    """Lay out a root with busybox, sshd and containerd: no Python, no bash.

    So are the nodes of Palette Edge: what must run there is a POSIX shell script at most.
    """
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("bin", "sbin"):
        (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(f"usr/{name}")
    busybox = folder / "usr" / "bin" / "busybox"
    _copy(debian_program("usr/bin/busybox"), busybox)
    for applet in _applets(debian_program("usr/bin/busybox")):
        if applet != "busybox":
            (busybox.parent / applet).symlink_to("busybox")
    for program in _NODE_PROGRAMS:
        _copy(debian_program(program), folder / program)
        _copy_libraries(debian_program(program), folder)


def _applets(busybox: pathlib.Path) -> list[str]:
    listing = subprocess.run([str(busybox), "--list"], check=True, capture_output=True, text=True)
    return listing.stdout.split()


def _copy_libraries(program: pathlib.Path, folder: pathlib.Path) -> None:
    """Copy each shared library that `ldd` names, to the path under which it is looked for."""
    ours = {library.name: library for libs in library_folders() for library in libs.iterdir()}
    folders = ":".join(str(libs) for libs in library_folders())
    for found in re.findall(r"(/\S+) \(0x", debian.linked_libraries(program, folders)):
        library = pathlib.Path(found)
        # Ours lie outside of the root of a node: there they belong to the usual folder.
        place = "/usr/lib/" + library.name if library.name in ours else found
        target = folder / place.lstrip("/")
        if not target.exists():
            _copy(library.resolve(), target)


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copy a program or a folder, by `cp`.

    A file that this process has open for writing could be inherited by a child that another thread
    starts at that moment; to run the program would then fail with "Text file busy".
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        target.mkdir(exist_ok=True)
        source = source / "."
    # -T: the target is the copy itself, never a folder to copy into.
    subprocess.run(["cp", "-a", "-T", source, target], check=True)
