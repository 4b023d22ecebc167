# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A browser without a window: Debian's Chromium, from PATH or fetched when it is first needed."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import debian
from .paths import CACHE, SandboxError
from .tools import Part, debian_release, fetch_part

_ROOT = CACHE / "chromium" / "root"
_PROGRAM = "usr/lib/chromium/chromium-headless-shell"
_PACKAGES = ("chromium-headless-shell", "chromium-common", "fonts-dejavu-core")
_ON_PATH = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_SECONDS = 120
# It shows files of ours and nothing else, so nothing needs to be kept from it; root has no sandbox.
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-features=NetworkTimeServiceQuerying",
    "--disable-sync",
    # What a whole browser asks for itself all the same goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@dataclasses.dataclass(frozen=True)
class Chromium:
    """Opens a page once for each question; `environment` lets it find its libraries."""

    program: pathlib.Path
    environment: dict[str, str]

    def screenshot(self, url: str, path: pathlib.Path, width: int, height: int) -> None:
        """Write what a window of that size shows, as PNG."""
        self._run(url, f"--screenshot={path}", f"--window-size={width},{height}")

    def pdf(self, url: str, path: pathlib.Path) -> None:
        """Write what a printer would print."""
        self._run(url, f"--print-to-pdf={path}", "--no-pdf-header-footer")

    def dom(self, url: str, *options: str) -> str:
        """Return the page as it is after its script has run."""
        return self._run(url, "--dump-dom", *options)

    def asked(self, url: str, log: pathlib.Path) -> list[str]:
        """Return the URLs, of any network, that a page asks for, in their order.

        A browser has requests of its own, such as for updates: those have no origin. `log` is a
        file to write all of them to.
        """
        self.dom(url, f"--log-net-log={log}", "--net-log-capture-mode=Everything")
        with log.open(encoding="utf-8") as file:
            written = json.load(file)
        start = written["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
        began = [
            event["params"]
            for event in written["events"]
            if event["type"] == start and "initiator" in event.get("params", {})
        ]
        return [one["url"] for one in began if one["initiator"] != "not an origin"]

    def _run(self, url: str, *options: str) -> str:
        with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
            argv = [str(self.program), *_OPTIONS, f"--user-data-dir={profile}", *options, url]
            done = subprocess.run(
                argv,
                env={**self.environment, "HOME": profile},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        if done.returncode:
            raise SandboxError(f"{self.program.name} failed: {done.stderr.strip()[-500:]}")
        return done.stdout


def chromium() -> Chromium:
    """Return a browser that runs here. Raises SandboxError, with what to do, where none can."""
    installed = next(filter(None, map(shutil.which, _ON_PATH)), None)
    if installed:
        return Chromium(pathlib.Path(installed), dict(os.environ))
    stamp = f"{debian_release()} {' '.join(_PACKAGES)}"
    fetch_part(Part("chromium (Debian)", stamp, _ROOT, _unpack), print)
    folders = ":".join(str(folder) for folder in _library_folders(_ROOT))
    return Chromium(_ROOT / _PROGRAM, {**os.environ, "LD_LIBRARY_PATH": folders})


def _unpack(destination: pathlib.Path, work: pathlib.Path) -> None:
    debian.unpack(_PACKAGES, destination, work)
    debian.check_libraries(destination, [_PROGRAM], _library_folders(destination))


def _library_folders(root: pathlib.Path) -> list[pathlib.Path]:
    """Return the folders of libraries, those that a library keeps for itself as well."""
    libraries = root / "usr" / "lib"
    return [*libraries.glob("*-linux-gnu"), *libraries.glob("*-linux-gnu/pulseaudio")]
