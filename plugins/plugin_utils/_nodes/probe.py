# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask a registry for one manifest from a node, with whatever the node has."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re

from ...module_utils._containerd.trust import Target
from ...module_utils._evidence import Check, Finding, Severity, Status
from ...module_utils._redact import cut
from .bounds import bounded
from .script import Limits, NodeError, Shell, run_task

_ANSWER = re.compile(r"HTTP/[0-9.]+ ([0-9]{3})")
_CONTENT_TYPE = re.compile(
    r"^[ \t]*content-type:[ \t]*([^;\s]{1,255})", re.IGNORECASE | re.MULTILINE
)
_EXIT = re.compile(r"\nexit ([0-9]+)\s*\Z")
_TLS = re.compile(r"certificate|ssl|tls", re.IGNORECASE)
_MANIFEST = re.compile(r"application/(vnd\.(oci|docker)\.|json)")
_EXCERPT = 300


@dataclasses.dataclass(frozen=True)
class Probe:
    """The answer to one HEAD: `status` is 0 where there was none, `verdict` is stable."""

    url: str
    tool: str
    status: int
    content_type: str
    verdict: str
    message: str

    @property
    def good(self) -> bool:
        """Return whether a registry answered in the way that containerd needs."""
        return self.verdict in ("present", "needs_login")


_FIXES = {
    "missing": "Push the image to that path of the registry.",
    "wrong_path": "Let the endpoint lead to the registry's API: for most /v2/ in front of its path.",
    "tls": "Give the node the CA of the registry, and a certificate with its name to the registry.",
    "no_connection": "Check name resolution, port and firewalls from the node to the registry.",
    "refused": "Let the node's address, or its credentials, read this repository.",
    "other": "Ask the URL by hand from the node.",
}


def run_probe(shell: Shell, target: Target, limits: Limits) -> Probe | None:
    """Ask once. Returns None if the node has neither curl nor wget. Raises NodeError."""
    insecure = "insecure" if target.insecure else ""
    words = (target.url, target.ca_file, insecure, *target.client)
    line = " ".join(word or "-" for word in words)
    answer = run_task(
        shell, "probe", limits, targets=line, probe_limit=str(max(1, limits.seconds - 2))
    )
    for record in answer.records:
        if record.kind == "no_tool":
            return None
        if record.kind == "probe":
            with bounded():
                return read_probe(record.words, record.text())
    raise NodeError("no_answer", "the probe ended without an answer", "Run the task again.")


def read_probe(words: str, text: str) -> Probe:
    """Judge what curl or wget printed for `TOOL URL`."""
    tool, _blank, url = words.partition(" ")
    ended = _EXIT.search(text)
    printed = _EXIT.sub("", text).strip()
    statuses = _ANSWER.findall(printed)
    types = _CONTENT_TYPE.findall(printed)
    status = int(statuses[-1]) if statuses else 0
    content_type = types[-1].lower() if types else ""
    verdict = _verdict(status, content_type, printed)
    if status:
        message = f"{status} {content_type}".strip()
    elif printed:
        message = cut(" ".join(printed.split()), _EXCERPT, tail=True)
    else:
        message = f"{tool} ended with code {ended.group(1) if ended else '?'}"
    return Probe(url, tool, status, content_type, verdict, message)


def _verdict(status: int, content_type: str, printed: str) -> str:
    if not status:
        return "tls" if _TLS.search(printed) else "no_connection"
    if content_type == "text/html" and status in (200, 404):
        return "wrong_path"
    if status == 200:
        known = not content_type or _MANIFEST.match(content_type)
        return "present" if known else "wrong_path"
    return {401: "needs_login", 403: "refused", 404: "missing"}.get(status, "other")


def check_of(image: str, subject: str, probe: Probe | None, gate: bool) -> Check:
    """Return the check of a probe; what is not good warns, or fails where it gates."""
    name = f"probe of {image}"
    if probe is None:
        finding = Finding(
            "probe_without_tool",
            Severity.INFO,
            image,
            "not asked: the node has neither curl nor wget",
            "Pull the image there with crictl pull.",
        )
        return Check(name, subject, Status.SKIP, findings=(finding,))
    if probe.good:
        return Check(name, subject, Status.PASS, probe.url, probe.message)
    finding = Finding(
        f"probe_{probe.verdict}",
        Severity.ERROR if gate else Severity.WARNING,
        probe.url,
        f"the node asked with {probe.tool} and got: {probe.message}",
        _FIXES[probe.verdict],
    )
    status = Status.FAIL if gate else Status.WARN
    return Check(name, subject, status, probe.url, probe.message, (finding,))


__all__ = ("Probe", "check_of", "read_probe", "run_probe")
