# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of containerd, and what changed in which release."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import functools
import re

_VERSION = re.compile(
    r"(?<![\w.])v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,6}))?(?:[-~]((?:alpha|beta|rc)[.\d]*))?"
)
_LATE_CANDIDATE = re.compile(r"rc\.?(?:[6-9]|\d\d)")


@dataclasses.dataclass(frozen=True)
class Version:
    """A release of containerd; `pre` is empty or `beta.1`, `rc.5` ..."""

    major: int
    minor: int
    patch: int
    pre: str = ""

    def __str__(self) -> str:
        """Return `major.minor.patch`."""
        return f"{self.major}.{self.minor}.{self.patch}"

    def at_least(self, major: int, minor: int, patch: int = 0) -> bool:
        """Return whether this is that release or a later one."""
        return (self.major, self.minor, self.patch) >= (major, minor, patch)

    def fixed_in(self, *releases: tuple[int, int, int]) -> bool:
        """Return whether a change is in this release, given where each branch received it."""
        same = [fix for fix in releases if fix[:2] == (self.major, self.minor)]
        return self.at_least(*(same or releases[-1:])[0])

    @property
    def measured(self) -> bool:
        """Return whether the rules of this release were measured."""
        lines = {(one.major, one.minor) for one in MEASURED}
        return (self.major, self.minor) in lines and not self.newer_than_measured

    @property
    def newer_than_measured(self) -> bool:
        """Return whether this is later than every release that was measured."""
        newest = NEWEST_MEASURED
        return (self.major, self.minor, self.patch) > (newest.major, newest.minor, newest.patch)

    @property
    def old(self) -> bool:
        """Return whether this is 1.x, with one CRI plugin and the old merge of imports."""
        return not self.at_least(2, 0)

    @property
    def migrates_each_file(self) -> bool:
        """Return whether each file is migrated from its own version before the merge (2.3)."""
        return self.at_least(2, 3)

    @property
    def refuses_newer_imports(self) -> bool:
        """Return whether an import may not have a higher `version` than the main file."""
        return self.migrates_each_file and not self.at_least(2, 3, 5)

    @property
    def knows_toml_1_1(self) -> bool:
        r"""Return whether inline tables may span lines and end in a comma, and `\x` is an escape.

        That came with the parser of 2.4; Debian builds 2.1 with it, too.
        """
        return self.at_least(2, 4) or (self.major, self.minor) == (2, 1)

    @property
    def replaces_plugin_tables(self) -> bool:
        """Return whether an import replaces whole plugin tables (1.x, 2.0.0 up to rc.5)."""
        late = _LATE_CANDIDATE.match(self.pre)
        return self.old or (self.pre != "" and not self.at_least(2, 0, 1) and not late)

    @property
    def max_config_version(self) -> int:
        """Return the highest `version` that the daemon starts with; 1.6 takes any."""
        if not self.at_least(1, 7):
            return 1 << 63
        return 2 if self.old else 4 if self.at_least(2, 3) else 3

    @property
    def relative_globs(self) -> bool:
        """Return whether a relative import with `*` starts at the importing file's folder."""
        return self.fixed_in((1, 6, 30), (1, 7, 16), (2, 0, 0))

    @property
    def has_transfer_service(self) -> bool:
        """Return whether CRI pulls go through the transfer service by default (2.1)."""
        return self.at_least(2, 1)

    @property
    def has_default_config_path(self) -> bool:
        """Return whether an empty `config_path` means the two certs.d folders (2.2)."""
        return self.at_least(2, 2)

    @property
    def knows_referrers(self) -> bool:
        """Return whether hosts.toml may name the capability `referrers` (2.2)."""
        return self.at_least(2, 2)

    @property
    def knows_cni_bin_dir_twice(self) -> bool:
        """Return whether CRI's `cni` may have `bin_dir` or `bin_dirs`, and not both (2.1 to 2.3)."""
        return self.at_least(2, 1) and not self.at_least(2, 4)

    @property
    def knows_dial_timeout(self) -> bool:
        """Return whether hosts.toml may have a `dial_timeout` (2.0)."""
        return not self.old

    @property
    def https_first(self) -> bool:
        """Return whether http entries with TLS options are asked over https first."""
        return self.fixed_in((1, 6, 25), (1, 7, 7), (2, 0, 0))

    @property
    def server_alone(self) -> bool:
        """Return whether a hosts.toml with `server` and no `[host]` counts."""
        return self.fixed_in((1, 7, 32), (2, 0, 0))

    @property
    def reads_host_headers_only(self) -> bool:
        """Return whether hosts are found by their `[host."..."]` headers alone (2.x)."""
        return not self.old


MEASURED = (
    Version(1, 6, 20),
    Version(1, 7, 24),
    Version(2, 0, 11),
    Version(2, 1, 9),
    Version(2, 2, 7),
    Version(2, 3, 7),
    Version(2, 4, 2),
)
"""The newest release of each line that was measured."""

NEWEST_MEASURED = MEASURED[-1]


@functools.lru_cache(maxsize=64)
def parse_version(text: str) -> Version | None:
    """Return the version in the output of `containerd --version`, or a bare one; None if none.

    Debian's, Ubuntu's and k3s's suffixes (`1.6.20~ds1-1`, `v2.0.5-k3s1`) do not matter.
    """
    found = _VERSION.search(text)
    if found is None:
        return None
    major, minor, patch, pre = found.groups()
    return Version(int(major), int(minor), int(patch or 0), pre or "")


def is_fork(text: str) -> bool:
    """Return whether `containerd --version` is that of k3s or RKE2, which knows rewrites."""
    return "k3s" in text or "rke2" in text


__all__ = ("MEASURED", "NEWEST_MEASURED", "Version", "is_fork", "parse_version")
