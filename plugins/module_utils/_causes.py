# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cause behind a finding: what is one mistake to correct is told as one.

A finding whose code follows from another one that was found is a symptom of it. All other findings
are causes themselves.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

from ._evidence import Finding, worst

FINDINGS_URL = (
    "https://github.com/palette-image-registry/palette.image_registry/blob/main/docs/docsite/rst/"
    "findings.rst"
)
"""Where the findings are documented; each code has a section of its name there."""


@dataclasses.dataclass(frozen=True)
class Cause:
    """What several kinds of findings have in common, in a line each.

    `subject` names what is to be corrected, `message` says what happens, `fix` what to do.
    `breaks_pulls`: it is told before others that are as bad by their severity.
    """

    subject: str
    message: str
    fix: str
    breaks_pulls: bool = False


CAUSES: dict[str, Cause] = {
    "v2_missing_for_nodes": Cause(
        "targets without /v2",
        "Nodes request these targets as they stand, where most registries have no API: pulls fail.",
        "Set palette_node_path_style: v2_prefix. Nothing, if the registry's API lies there.",
        breaks_pulls=True,
    ),
    "no_default": Cause(
        "the webhook's default entry",
        "Without a default entry the webhook swaps next to nothing; does the chart add one?",
        "Give plan the chart (palette_image_swap_chart), or set palette_assume_default.",
        breaks_pulls=True,
    ),
    "paths_before_4_8": Cause(
        "targets of the page up to Palette 4.7",
        "Since 4.8 each path is named after its source; newer airgap binaries fill only those.",
        "Before an upgrade to 4.8 let each target end in its source, and copy the images there.",
    ),
}
"""Causes that explain findings of other codes, by the code that tells them, the worst first."""

ALWAYS: dict[str, str] = {
    "default_unknown": "no_default",
    "endpoint_without_v2": "v2_missing_for_nodes",
    "override_path_missing": "v2_missing_for_nodes",
    "override_path_without_v2": "v2_missing_for_nodes",
    "package_target_before_4_8": "paths_before_4_8",
}
"""The cause of a symptom, even where nothing else tells it."""

_CRI = (
    "auths_invalid config_version_above_main config_version_panics config_version_unsupported"
    " cri_disabled dump_broken file_broken file_unreadable import_missing import_pattern_broken"
    " mirrors_and_config_path mirrors_break_2_2_0 short_plugin_name tls_and_config_path wrong_type"
    " containerd_not_found cni_bin_dir_twice"
)
_IGNORED = (
    "config_path_not_split dropin_not_imported dropin_replaces_endpoint dropin_replaces_table"
    " folder_never_used folder_shadowed hosts_toml_ignored hosts_toml_misnamed hosts_toml_misplaced"
    " hosts_toml_missing imports_misplaced import_not_followed mirror_key_never_matches"
    " mirror_without_endpoint new_table_overwritten restart_pending table_ignored table_misspelt"
    " certs_d_not_read certs_d_blocked config_missing"
)
_CERTIFICATE = (
    "webhook_ca_bundle_empty webhook_ca_bundle_expired webhook_ca_bundle_invalid"
    " webhook_ca_bundle_mismatch webhook_certificate_expired webhook_certificate_invalid"
    " webhook_certificate_name"
)

FOLLOWS: dict[str, tuple[str, ...]] = {
    symptom: tuple(causes.split())
    for symptom, causes in {
        "chart_images_elsewhere": "package_target_before_4_8",
        "shared_target": "paths_before_4_8",
        "no_default": "webhook_no_default",
        # A node that shows another endpoint than wanted is told of that, not of the settings.
        "endpoint_without_v2": "v2_missing_for_nodes endpoint_differs",
        "override_path_missing": "v2_missing_for_nodes endpoint_differs",
        "override_path_without_v2": "v2_missing_for_nodes endpoint_differs",
        "cri_not_up": _CRI,
        "source_missing": _IGNORED,
        "endpoint_differs": _IGNORED,
        "endpoint_not_first": _IGNORED,
        "endpoint_not_working": "endpoint_invalid endpoint_unusable endpoint_v2_doubled"
        " endpoint_without_v2 override_path_missing override_path_without_v2 endpoint_differs"
        " source_missing cri_not_up v2_missing_for_nodes",
        "probe_wrong_path": "endpoint_not_working v2_missing_for_nodes",
        "unauthorized": "credentials_missing",
        "certificate_unknown_authority": "ca_cert_of_another ca_expired",
        "webhook_certificate_refused": _CERTIFICATE,
        "webhook_no_endpoints": "workload_not_ready webhook_not_rolled_out",
        "webhook_down": "webhook_no_endpoints workload_not_ready webhook_not_rolled_out",
        "webhook_blocks_pods": f"webhook_no_endpoints webhook_down {_CERTIFICATE}"
        " webhook_service_missing webhook_timeout",
        "webhook_not_rolled_out": "workload_not_ready",
        "webhook_swaps_nothing": "webhook_not_registered webhook_without_pods"
        " webhook_selects_no_namespace webhook_no_default webhook_not_synced",
        "webhook_map_differs": "value_differs override_missing",
        "check_warn": "cri_not_up source_missing",
        "check_fail": "cri_not_up source_missing",
        "no_evidence": "task_failed",
        "node_not_judged": "task_failed",
    }.items()
}
"""Of a symptom the causes that may be behind it, the likeliest first: the first one found counts."""


def cause_of(code: str, found: t.Container[str]) -> str:
    """Return the code of the cause behind a finding, itself if it is one.

    `found` are the codes of all findings of the same host and of its cluster.
    """
    passed = [code]
    while True:
        behind = (one for one in FOLLOWS.get(passed[-1], ()) if one in found and one not in passed)
        cause = next(behind, ALWAYS.get(passed[-1]))
        if cause is None or cause in passed:
            return passed[-1]
        passed.append(cause)


def page_of(code: str) -> str:
    """Return the address at which a finding is documented."""
    return f"{FINDINGS_URL}#{urllib.parse.quote(code, safe='', errors='replace')}"


# Words with which a sentence may begin as they are written.
_PROGRAMS = ("containerd", "helm", "kubectl", "pip", "ssh")


def sentence(text: str) -> str:
    """Return what to do as a sentence: a capital letter, unless a name stands there, a full stop."""
    text = text.strip()
    first = re.split(r"[\s,:;]", text, maxsplit=1)[0]
    if first.isalpha() and first.islower() and first not in _PROGRAMS:
        text = text[0].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


# So many findings of one code are told whole; of more the first is, and the others are named.
_WHOLE = 3
_NAMED = 12


def merge_findings(findings: t.Iterable[Finding], named: int = 4) -> tuple[Finding, ...]:
    """Return one finding a code, in order of appearance, with the worst severity.

    The message is that of the first, and says for what else it holds, the first few by name.
    """
    return tuple(_merge(group, named) for group in _by_code(findings))


def _by_code(findings: t.Iterable[Finding]) -> list[list[Finding]]:
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    return list(by_code.values())


def _merge(group: t.Sequence[Finding], named: int) -> Finding:
    first = group[0]
    severity = worst(finding.severity for finding in group) or first.severity
    others = list(dict.fromkeys(f.subject for f in group if f.subject != first.subject))
    more = len({f.message for f in group if f.subject == first.subject}) - 1
    tail = ""
    if others:
        rest = f" and {len(others) - named} more" if len(others) > named else ""
        tail = f" The same goes for {', '.join(others[:named])}{rest}."
    elif more:
        tail = f" The same goes for {more} more."
    return dataclasses.replace(first, severity=severity, message=f"{first.message}{tail}")


def describe(findings: t.Iterable[Finding]) -> str:
    """Return findings as lines for a person, worst first, each with its fix.

    What many entries have in common is said once: of the others only the names follow.
    """
    told: list[Finding] = []
    for group in _by_code(findings):
        told += group if len(group) <= _WHOLE else (_merge(group, _NAMED),)
    return "\n".join(_line(finding) for finding in sorted(told, key=_badness, reverse=True))


def _badness(finding: Finding) -> int:
    return finding.severity.rank


def _line(finding: Finding) -> str:
    fix = f" Fix: {sentence(finding.fix)}" if finding.fix else ""
    stop = "" if finding.message.endswith((".", "!", "?")) else "."
    text = f"{finding.subject}: {finding.message}{stop}{fix}"
    line = f"{finding.severity.value}: {text} [{finding.code}]"
    return line.replace("\n", "\n  ")  # a line that the text begins is none of ours


__all__ = (
    "ALWAYS",
    "CAUSES",
    "FINDINGS_URL",
    "FOLLOWS",
    "Cause",
    "cause_of",
    "describe",
    "merge_findings",
    "page_of",
    "sentence",
)
