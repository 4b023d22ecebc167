# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make setup` installs is what was locked: each package by version and by hashes."""

from __future__ import annotations

import functools
import importlib.metadata
import re

import pytest
from packaging.requirements import Requirement

from tests.sandbox.paths import CHECKOUT

LOCKS = {
    "requirements-dev.lock": ("requirements.txt", "requirements-dev.txt"),
    "tests/gates/requirements.lock": ("requirements.txt", "tests/gates/requirements.txt"),
}


@functools.cache
def locked(lock: str) -> dict[str, str]:
    """Return the versions of all packages, each of which has to have a hash."""
    versions = {}
    for entry in re.split(r"\n(?=\w)", (CHECKOUT / lock).read_text(encoding="utf-8")):
        if entry.startswith("#"):
            continue
        match = re.match(r"([\w.-]+)==([\w.]+)[ \\;]", entry)
        assert match, entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]
        versions[match[1].lower().replace("_", "-").replace(".", "-")] = match[2]
    return versions


def wanted() -> list[tuple[str, str]]:
    lines = [
        (lock, line.partition("#")[0].strip())
        for lock, inputs in LOCKS.items()
        for name in inputs
        for line in (CHECKOUT / name).read_text(encoding="utf-8").splitlines()
    ]
    return [(lock, line) for lock, line in lines if line and not line.startswith("-r")]


@pytest.mark.parametrize(("lock", "line"), wanted())
def test_the_lock_holds_what_is_asked_for(lock: str, line: str) -> None:
    requirement = Requirement(line)
    name = requirement.name.lower().replace("_", "-").replace(".", "-")
    assert requirement.specifier.contains(locked(lock)[name], prereleases=True), "make lock"


def test_the_lock_is_what_is_installed() -> None:
    assert importlib.metadata.version("urllib3") == locked("requirements-dev.lock")["urllib3"]
    script = (CHECKOUT / "tests/sandbox/make_venv.sh").read_text(encoding="utf-8")
    installs = re.findall(r"pip\"? install .*", re.sub(r"\\\n\s*", "", script))
    assert installs
    for command in installs:
        assert "--require-hashes -r requirements-dev.lock" in command or "--no-index" in command
    assert "AllowUnauthenticated=false" in script
    assert not re.search(r'apt-get (?!"\$@")', script)
