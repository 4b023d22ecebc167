# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch containerd of other Debian releases: its program runs on this host as it is.

apt works here on lists and a cache of its own; the host's are neither read nor written.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile

from tests.sandbox.paths import CACHE, SandboxError

FOLDER = CACHE / "oracle"
SUITES = ("bookworm", "trixie", "sid")
"""Debian's releases with containerd 1.6, 1.7 and 2."""

_SOURCES = """\
Types: deb
URIs: http://deb.debian.org/debian
Suites: {suite}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def fetch(suite: str) -> pathlib.Path:
    """Return a folder with the suite's containerd and runc, unpacked; fetch it once.

    Raises SandboxError if apt cannot get them.
    """
    root = FOLDER / suite
    if root.is_dir():
        return root
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as name:
        work = pathlib.Path(name)
        options = _own_lists(suite, work)
        _run(["apt-get", *options, "-qq", "update"], work)
        _run(["apt-get", *options, "-qq", "download", "containerd", "runc"], work)
        unpacked = work / "root"
        for archive in work.glob("*.deb"):
            _run(["dpkg-deb", "-x", str(archive), str(unpacked)], work)
        shutil.rmtree(unpacked / "usr/share", ignore_errors=True)
        # Renamed when whole: a folder that exists is complete.
        unpacked.rename(root)
    return root


def _own_lists(suite: str, work: pathlib.Path) -> list[str]:
    sources = work / "debian.sources"
    sources.write_text(_SOURCES.format(suite=suite), encoding="ascii")
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    settings = {
        "APT::Sandbox::User": "root",
        # A suite's Release file may be older than its validity where a mirror or clock lags.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Languages": "none",
        "Dir::Cache": work / "cache",
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": work / "state",
        "Dir::State::status": "/dev/null",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _run(command: list[str], folder: pathlib.Path) -> None:
    try:
        result = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise SandboxError(f"{command[0]} is missing: run this on Debian 12 or later.") from error
    if result.returncode:
        reason = " ".join((result.stderr or result.stdout).strip().splitlines()[-3:])
        raise SandboxError(f"`{command[0]}` failed: {reason}. It needs Debian's mirror.")
