# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The findings that decide a node's state."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

from .._evidence import Finding, Severity
from .imports import DUMP, Merged
from .urls import masked

_FIXES = {
    "mirrors_and_config_path": "Keep one: hosts.toml files under config_path without mirrors, or "
    "mirrors with config_path empty. Look for the other one in the drop-ins, too.",
    "mirrors_break_2_2_0": "Update containerd to 2.2.1 or later, or move the mirrors to hosts.toml "
    "files.",
    "tls_and_config_path": "Move ca and skip_verify to the hosts.toml files under config_path.",
    "cni_bin_dir_twice": "Keep bin_dirs, and write the folder of bin_dir into that list.",
    "auths_invalid": "Write the key as https://host, or move the credentials to configs.",
}


def version_unknown(text: str) -> Finding:
    """Return the finding of a version that cannot be read."""
    return Finding(
        "version_unknown",
        Severity.ERROR,
        "containerd --version",
        f"{text.strip()!r} names no version of containerd; the rules of the newest measured "
        "release were used, and these differ from those of 1.x.",
        "Give what `containerd --version` prints, or a bare version such as 1.7.24.",
    )


def dump_broken(cause: Finding) -> Finding:
    """Return the finding of a dump that cannot be read, such as a truncated one."""
    return Finding(
        "dump_broken",
        Severity.WARNING,
        cause.subject,
        "The output of `containerd config dump` cannot be read, it may be truncated; the files "
        "are evaluated instead where they are at hand.",
        "Take the standard output alone and whole; warnings go to the standard error.",
    )


def cri_disabled(merged: Merged, name: str) -> Finding:
    """Return the finding of a CRI plugin that disabled_plugins keeps from loading."""
    return Finding(
        "cri_disabled",
        Severity.ERROR,
        place(merged, "disabled_plugins"),
        f"disabled_plugins holds {name!r}: the CRI plugin is not loaded, the kubelet can pull "
        "nothing. The lists of all files are joined, so no drop-in can undo this.",
        f"Take {name!r} out of disabled_plugins.",
    )


def cri_conflict(merged: Merged, code: str, message: str) -> Finding:
    """Return the finding of settings on which the CRI plugin fails to load."""
    needle = "config_path" if "config_path" in code else code.partition("_")[0]
    return Finding(
        code,
        Severity.ERROR,
        place(merged, needle),
        f"The CRI plugin fails to load: {message}. The daemon runs, but every call of the kubelet "
        "fails with 'unknown service runtime.v1.ImageService'.",
        _FIXES[code],
    )


def place(merged: Merged, *needles: str) -> str:
    """Return `path:line` in the last file that has all of some words in one line."""
    for file in reversed(merged.files):
        found = file.where(*needles)
        if found != file.path:
            return found
    return merged.files[-1].path if merged.files else DUMP


def mirror_place(merged: Merged, host: str) -> str:
    """Return `path:line` of the mirror table of a host, or of the first line that names it."""
    for needles in (("mirrors", host), (f'"{host}"',), (host,)):
        found = place(merged, *needles)
        if ":" in found:
            return found
    return place(merged, "mirrors")


def without_credentials(finding: Finding) -> Finding:
    """Return a finding whose texts show no user and no password of a URL."""
    return Finding(
        finding.code,
        finding.severity,
        masked(finding.subject),
        masked(finding.message),
        masked(finding.fix),
    )


__all__ = (
    "cri_conflict",
    "cri_disabled",
    "dump_broken",
    "mirror_place",
    "place",
    "version_unknown",
    "without_credentials",
)
