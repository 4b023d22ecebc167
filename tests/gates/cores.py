# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gates that every supported ansible-core has to open: ansible-test, and real playbooks."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys

from tests.sandbox.paths import CHECKOUT

from . import published, workplace
from .workplace import COLLECTION, GateError, NotCovered, run

# The playbooks on the oldest and the newest core: plan, check mode, override, verify, and each job
# template with each boolean of its survey as the strings "true" and "false".
_PLAYBOOK_TESTS = (
    "tests/integration/test_awx.py",
    "tests/integration/test_playbooks.py::test_the_pages_example_twice_whatever_the_environment_says",
    "tests/integration/test_playbooks.py::test_check_mode_on_an_empty_cluster_writes_nothing",
    "tests/integration/test_playbooks.py::test_without_an_airgap_the_secret_alone",
    "tests/integration/test_plan.py::test_settings_alone_are_enough",
)


@dataclasses.dataclass(frozen=True)
class Core:
    """A release of ansible-core and the Pythons that it and the collection run on, best first."""

    release: str
    pythons: tuple[str, ...]

    def python(self) -> tuple[str, pathlib.Path]:
        """Return the version and the program to take. Raises NotCovered."""
        found = workplace.pythons()
        for version in self.pythons:
            if version in found:
                return version, found[version]
        raise NotCovered(
            f"ansible-core {self.release} needs Python {' or '.join(self.pythons)}: "
            f"found {', '.join(found)}"
        )

    def programs(self) -> pathlib.Path:
        """Return where its programs are, with what the collection and its unit tests need."""
        _version, program = self.python()
        return workplace.environment(
            f"core-{self.release}",
            program,
            f"ansible-core~={self.release}.0",
            *("pytest", "pytest-xdist", "pytest-mock", "mock"),
            CHECKOUT / "requirements.txt",
            CHECKOUT / "tests" / "unit" / "requirements.txt",
        )


_OLDER, _NEWER = ("3.11", "3.12"), ("3.13", "3.12", "3.14")
CORES = (
    Core("2.16", _OLDER),
    Core("2.17", _OLDER),
    Core("2.18", (*_OLDER, "3.13")),
    Core("2.19", (*_OLDER, "3.13")),
    Core("2.20", _NEWER),
    Core("2.21", _NEWER),
)
OLDEST_AND_NEWEST = (CORES[0], CORES[-1])


def sanity(core: Core, log: pathlib.Path, folder: pathlib.Path = COLLECTION, *options: str) -> str:
    """ansible-test sanity, all tests unless options say otherwise, no ignored line."""
    ignored = [path.name for path in folder.glob("tests/sanity/ignore-*")]
    if ignored:
        raise GateError(f"errors are ignored in {', '.join(ignored)}")
    workplace.pip_wheel()
    output = _ansible_test(core, log, "sanity", *options, cwd=folder)
    lacking = re.findall(r"^WARNING: Required program .*", output, re.MULTILINE)
    if lacking:
        raise GateError("\n".join(lacking))
    tests = len(set(re.findall(r'^Running sanity test "(.*?)"', output, re.MULTILINE)))
    if not tests:
        raise GateError("no test ran")
    absent = sorted(set(re.findall(r"on Python (\S+) because it could not be found", output)))
    return f"{tests} tests" + (f", without Python {', '.join(absent)}" if absent else "")


def archive(core: Core, log: pathlib.Path) -> str:
    """The same of the published archive, as it is after somebody has installed it.

    The newest core's pylint speaks for all.
    """
    options = () if core is CORES[-1] else ("--skip-test", "pylint")
    with published.extracted() as folder:
        return sanity(core, log, folder, *options)


def units(core: Core, log: pathlib.Path) -> str:
    """ansible-test units."""
    version, _program = core.python()
    output = _ansible_test(core, log, "units", "--python", version, "--num-workers", "2")
    return _counts(output)


def playbooks(core: Core, log: pathlib.Path) -> str:
    """Real playbooks against the sandbox."""
    programs = core.programs()
    command = [sys.executable, "-m", "pytest", "--quiet", *_PLAYBOOK_TESTS]
    output = run(log, *command, cwd=CHECKOUT, ANSIBLE_BIN=str(programs))
    return _counts(output)


def _counts(output: str) -> str:
    """Return what pytest counted in its last line."""
    found = re.findall(r"(\d+ passed.*?) in \d", output)
    if not found:
        raise GateError("no test ran")
    return str(found[-1])


def _ansible_test(
    core: Core, log: pathlib.Path, command: str, *options: str, cwd: pathlib.Path = COLLECTION
) -> str:
    programs = core.programs()
    words = [command, "--local", "--color", "no", *options]
    path = [programs, workplace.programs()]
    return run(log, programs / "ansible-test", *words, cwd=cwd, path=path)
