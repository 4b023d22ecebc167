# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One configuration file of containerd: its TOML, its types, its place in evidence."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from .._evidence import Finding, Severity
from .._python import tomllib
from .dialect import parse_toml
from .model import NOT_STARTED, UNKNOWN
from .schema import FILE_SCHEMA, Spelling, Table, mismatch, misspelt, named
from .version import Version

SHORT = "cri"
OLD = "io.containerd.grpc.v1.cri"
NEW = "io.containerd.cri.v1.images"
RUNTIME = "io.containerd.cri.v1.runtime"


class ConfigError(Exception):
    """The daemon does not start with these files, or they do not tell (state UNKNOWN)."""

    def __init__(self, finding: Finding, state: str = NOT_STARTED) -> None:
        """Keep the finding that says why, and the state that follows."""
        super().__init__(finding.message)
        self.finding = finding
        self.state = state


@dataclasses.dataclass(frozen=True)
class ConfigFile:
    """A file that the daemon loads; `version` is 0 where the file names none.

    `misspelt` has the options at the top of the file that are in an unusual letter case.
    """

    path: str
    text: str
    data: Table
    misspelt: tuple[Spelling, ...] = ()

    @property
    def version(self) -> int:
        """Return the configuration version that the file names, 0 if none."""
        return t.cast(int, self.data.get("version", 0))

    @property
    def plugins(self) -> Table:
        """Return the tables of the plugins, by the names that the file uses."""
        return t.cast(Table, self.data.get("plugins", {}))

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of strings at the top level: imports, disabled_plugins ..."""
        return tuple(self.data.get(key, ()))

    def where(self, *needles: str) -> str:
        """Return `path:line` of the first line that holds all of some words."""
        return locate(self.path, self.text, *needles)


def locate(path: str, text: str, *needles: str) -> str:
    """Return `path:line` of the first line outside comments with all needles, else the path."""
    found = text.find(needles[-1])
    while found >= 0:
        start, end = text.rfind("\n", 0, found) + 1, text.find("\n", found)
        line = text[start : end if end >= 0 else len(text)]
        if not line.lstrip().startswith("#") and all(needle in line for needle in needles):
            return f"{path}:{text.count(chr(10), 0, start) + 1}"
        found = text.find(needles[-1], end + 1) if end >= 0 else -1
    return path


def wrong_type(where: str, keys: t.Sequence[str]) -> ConfigError:
    """Return the error of a known key with a value of the wrong type."""
    name = ".".join(keys)
    return ConfigError(
        Finding(
            "wrong_type",
            Severity.ERROR,
            where,
            f"{name} has a value of the wrong type: containerd refuses to start.",
            "Write a list of strings for endpoint, a string for config_path, true or false "
            "without quotes for switches.",
        )
    )


def read_file(path: str, text: str, version: Version | None) -> ConfigFile:
    """Parse one file. Raises ConfigError where the daemon refuses to start on it.

    Without `version` the text is one that a daemon wrote: plain TOML 1.0 with the usual names.
    """
    try:
        data = parse_toml(text, version) if version else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(broken(path, str(error))) from error
    spellings = tuple(misspelt(data, FILE_SCHEMA)) if version else ()
    if version and spellings:
        data = named(data, FILE_SCHEMA, version.old)
    wrong = mismatch(data, FILE_SCHEMA)
    if wrong is not None:
        raise wrong_type(locate(path, text, *wrong[-1:]), wrong)
    return ConfigFile(path, text, data, spellings)


def broken(path: str, reason: str) -> Finding:
    """Return the finding of a file that is no TOML."""
    line = reason.rpartition("(at line ")[2].partition(",")[0]
    return Finding(
        "file_broken",
        Severity.ERROR,
        f"{path}:{line}" if line.isdigit() else path,
        f"This is not valid TOML ({reason}): containerd refuses to start.",
        "Correct the syntax; `containerd config dump` shows the same error.",
    )


def unreadable(path: str, reason: str) -> ConfigError:
    """Return the error of a file that exists but could not be read whole."""
    return ConfigError(
        Finding(
            "file_unreadable",
            Severity.ERROR,
            path,
            f"This file could not be read ({reason}): what containerd does is not known.",
            "Read it with become, or give the output of `containerd config dump`.",
        ),
        UNKNOWN,
    )


__all__ = (
    "NEW",
    "OLD",
    "RUNTIME",
    "SHORT",
    "ConfigError",
    "ConfigFile",
    "broken",
    "locate",
    "read_file",
    "unreadable",
    "wrong_type",
)
