# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report in a ConfigMap of its cluster: small enough, and rewritten only for something new."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ...module_utils._evidence import Status
from ...module_utils._objects import dig
from ...module_utils._settings.settings import SECRET_NAMESPACE
from .evidence import Evidence, HostEvidence
from .problems import report_data

NAMESPACE = SECRET_NAMESPACE
KEY = "report.json"
LARGEST = 900 * 1024
"""Bytes. An API server takes 1 MiB for the object as a whole."""

_NAME = "image-registry-report"
_NAME_LENGTH = 253
# What tells only when or in which words: none of it makes a report a new one.
_NO_NEWS = ("finished", "actual", "counts")


def config_map_name(playbook: str) -> str:
    """Return the name of the ConfigMap for the reports of a playbook."""
    suffix = re.sub(r"[^a-z0-9]+", "-", playbook.lower()).strip("-") or "run"
    return f"{_NAME}-{suffix}"[:_NAME_LENGTH].rstrip("-")


def of_cluster(evidence: Evidence, cluster: str) -> Evidence:
    """Return the part of a report that is about one cluster and its nodes."""
    hosts = tuple(host for host in evidence.hosts if host.cluster == cluster)
    return Evidence(evidence.playbook, evidence.finished, evidence.check_mode, hosts)


def kept_json(evidence: Evidence, largest: int = LARGEST) -> str:
    """Return the report as JSON of at most that many bytes.

    What is too much is left out, what passed first, and `left_out` says so. Verdict and counts
    stay those of the whole.
    """
    codes = evidence.codes_by_host()
    data = report_data(evidence)
    for left_out, hosts in _ever_smaller(evidence):
        data["hosts"] = [host.to_dict(codes[host.host]) for host in hosts]
        if left_out:
            data["left_out"] = left_out
        text = json.dumps(data, separators=(",", ":")) + "\n"
        if len(text) <= largest:  # ASCII: a character is a byte
            return text
    data["clusters"], data["causes"] = {}, []
    return json.dumps(data, separators=(",", ":")) + "\n"


def _ever_smaller(evidence: Evidence) -> t.Iterator[tuple[str, tuple[HostEvidence, ...]]]:
    yield "", evidence.hosts
    told = "the report was too large for a ConfigMap, so {} are left out; its file has them"
    without = told.format("checks that passed or were skipped")
    yield without, _only(evidence, Status.WARN, Status.FAIL)
    failed = _only(evidence, Status.FAIL)
    yield told.format("all checks but those that failed"), failed
    failed = tuple(dataclasses.replace(host, missing_copies=()) for host in failed)
    yield told.format("all but checks that failed"), failed
    number = len(failed) // 2
    while number:
        words = f"all checks but those that failed on the first {number} of {len(failed)} hosts"
        yield told.format(words), failed[:number]
        number //= 2
    yield told.format("all checks"), ()


def _only(evidence: Evidence, *statuses: Status) -> tuple[HostEvidence, ...]:
    hosts = []
    for host in evidence.hosts:
        checks = tuple(check for check in host.checks if check.status in statuses)
        if checks:
            hosts.append(dataclasses.replace(host, checks=checks))
    return tuple(hosts)


def config_map(evidence: Evidence, name: str) -> dict[str, t.Any]:
    """Return the ConfigMap as it is to be."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/managed-by": "palette.image_registry"},
        },
        "data": {KEY: kept_json(evidence)},
    }


def says_the_same(live: t.Mapping[str, t.Any] | None, wanted: t.Mapping[str, t.Any]) -> bool:
    """Return whether a ConfigMap that is there has the verdicts of the wanted one.

    Times do not count, nor do an actual value's words: `created` once and `is as wanted` ever
    after is no news where both have passed.
    """
    texts = [dig(one, "data", KEY) for one in (live, wanted)]
    try:
        kept, new = (json.loads(text) for text in texts)
    except (TypeError, ValueError, RecursionError):  # absent, or edited by hand
        return False
    return bool(_news(kept) == _news(new))


def _news(data: t.Any) -> t.Any:
    if isinstance(data, dict):
        return {key: _news(value) for key, value in data.items() if key not in _NO_NEWS}
    if isinstance(data, list):
        return [_news(item) for item in data]
    return data


__all__ = (
    "KEY",
    "LARGEST",
    "NAMESPACE",
    "config_map",
    "config_map_name",
    "kept_json",
    "of_cluster",
    "says_the_same",
)
