# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What kubernetes.core and Helm say when they fail, as one sentence each with what to do next."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import re
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._redact import cut
from .api_status import status_in

_LONGEST = 1500
_END = 8192  # characters at each end: the time that some patterns take grows with the square


class _Rule(t.NamedTuple):
    """A known failure: its code, what it is recognised by, what it means, what to do."""

    code: str
    pattern: re.Pattern[str]
    message: str
    fix: str


def _rule(code: str, pattern: str, message: str, fix: str) -> _Rule:
    return _Rule(code, re.compile(pattern, re.IGNORECASE), message, fix)


def _status(code: int, reason: str) -> str:
    """Return the pattern of an HTTP status as the API, its client and Helm print it."""
    return rf'"code\W+{code}\b|\({code}\)|\b{code} Reason|\b{code}: |Reason: {reason}|^{code}\b'


# The first that matches wins: the special before the general.
_RULES: tuple[_Rule, ...] = (
    _rule(
        "no_answer",
        r"no answer within (?P<seconds>\d+) s",
        "the cluster did not answer within {seconds} seconds",
        "check the network (VPN, proxy, firewall) and the API server's health, then run again",
    ),
    _rule(
        "webhook_failed",
        r'failed calling webhook \\*"(?P<name>[^"\\]+)\\*"',
        "the API server cannot ask the admission webhook {name}, without which it does not do this:"
        " {detail}",
        "repair that webhook; for the image-swap webhook palette.image_registry.webhook_info says"
        " what is wrong with it",
    ),
    _rule(
        "namespace_missing",
        r"namespaces? \W*(?P<name>[a-z0-9-]+)\W* not found",
        "the cluster has no namespace {name}",
        "check that the kubeconfig and context lead to the Palette or VerteX management cluster"
        " (or the PCG), and that Palette is deployed there",
    ),
    _rule(
        "namespace_terminating",
        r"namespace (?P<name>\S+) because it is being terminated",
        "the namespace {name} is being deleted, as a rollback or an uninstallation does",
        "wait until it is gone (kubectl get namespaces), then run again",
    ),
    _rule(
        "helm_pending",
        r"another operation \(install/upgrade/rollback\) is in progress",
        "Helm says that another command works on the release, or was killed while it did",
        "wait for it; if none runs, run again with palette_image_swap_recover_pending: true",
    ),
    _rule(
        "helm_ownership",
        r"(?P<name>\S+ \S+ in namespace \S+ exists) and cannot be imported",
        "{name}, but does not belong to the release: somebody made it without Helm or by"
        " another release",
        "remove it, or give it the release's labels and annotations"
        " (meta.helm.sh/release-name, meta.helm.sh/release-namespace,"
        " app.kubernetes.io/managed-by=Helm)",
    ),
    _rule(
        "helm_field_conflict",
        r"Apply failed with \d+ conflicts?",
        "another manager owns fields of the chart's objects: {owners}",
        "find out who writes them (kubectl, a GitOps controller) and leave them to one: take them"
        " out of there, or give the chart the value that they have",
    ),
    _rule(
        "helm_timeout",
        r"timed out waiting for the condition|context deadline exceeded|resource not ready",
        "a hook of the chart, or the API server, was not done in time: {detail}",
        "look at kubectl get jobs,pods,events --namespace imageswap-system; a greater"
        " palette_image_swap_timeout gives a hook more time",
    ),
    _rule(
        "chart_does_not_render",
        r"execution error at|parse error at|template: |values don't meet the specifications",
        "the chart cannot be rendered with these values: {detail}",
        "check the chart's requirements on its values, and palette_image_swap_values",
    ),
    _rule(
        "unauthorized",
        _status(401, "Unauthorized") + r"|asked for the client to provide credentials",
        "the cluster does not accept the kubeconfig's credentials (401)",
        "give a kubeconfig whose token or certificate is still valid",
    ),
    _rule(
        "forbidden",
        _status(403, "Forbidden") + r"|\bforbidden: ",
        "the kubeconfig's user may not do this (403): {detail}",
        "use an administrator's kubeconfig, or have this permission granted",
    ),
    _rule(
        "invalid",
        _status(422, "Unprocessable Entity"),
        "the cluster finds it invalid (422): {detail}",
        "correct what it names",
    ),
    _rule(
        "conflict",
        _status(409, "Conflict") + r"|object has been modified",
        "somebody else changed the object in the meantime (409)",
        "find out who else writes it (another run, a GitOps controller), then run again",
    ),
    _rule(
        "certificate_not_trusted",
        r"certificate verify failed|x509: |tls: failed to verify",
        "the API server's certificate is not trusted: {detail}",
        "put the cluster's CA into the kubeconfig (certificate-authority-data)",
    ),
    _rule(
        "unreachable",
        r"Connection refused|Max retries exceeded|Name or service not known|no such host"
        r"|No route to host|timed out|i/o timeout|cluster unreachable|Connection aborted"
        r"|Connection reset|network is unreachable|\bEOF\b",
        "the cluster cannot be reached: {detail}",
        "check the server's address in the kubeconfig, the network (VPN, proxy, firewall) and"
        " that the API server runs",
    ),
    _rule(
        "library_missing",
        r"Failed to import the required Python library \(?(?P<name>[\w-]+)",
        "Python on the controller lacks the library {name}",
        "pip install -r requirements.txt of the collection into the Python that runs Ansible, and"
        " set ansible_python_interpreter to ansible_playbook_python",
    ),
    _rule(
        "helm_missing",
        r"Failed to find required executable \W*helm|No such file or directory: .*helm"
        r"|Unable to determine Helm version",
        "helm cannot be found or run on the controller",
        "install helm 3.14 or newer, or set palette_helm_binary to its path",
    ),
    _rule(
        "admission_denied",
        r"admission webhook \W*(?P<name>[\w.-]+)\W* denied",
        "the cluster's policy {name} refused it: {detail}",
        "ask whoever owns that policy, or exempt this namespace",
    ),
    _rule(
        "server_error",
        r'"code\W+(?:429|5\d\d)\b|\((?:429|5\d\d)\)|\b(?:429|5\d\d) Reason'
        # Helm prints the message alone.
        r"|Internal ?error(?: occurred)?: |etcdserver: |the server is currently unable to handle"
        r"|too many requests|has prevented the request from succeeding",
        "the API server failed or is overloaded: {detail}",
        "look at the API server's health, then run again",
    ),
)


def _ends_of(redacted: str) -> str:
    """Return the two ends of a long text: rules take time with the square of its length."""
    end = _END
    return redacted if len(redacted) <= 2 * end else f"{redacted[:end]}\n{redacted[-end:]}"


def explain(text: str, subject: str, attempt: str) -> Finding:
    """Return what a failure means and what to do, from whatever text it came with.

    `attempt` says in words what was tried. `text` must be free of secrets.
    """
    text = _without_traceback(text)
    detail = _detail(text)
    text = _ends_of(text)
    for rule in _RULES:
        match = rule.pattern.search(text)
        if match:
            owners = owners_in(text) or detail
            message = rule.message.format(detail=detail, owners=owners, **match.groupdict())
            return Finding(
                rule.code, Severity.ERROR, subject, f"{attempt} failed: {message}", rule.fix
            )
    fix = "run again with -vvv for what the cluster answered"
    return Finding("module_failed", Severity.ERROR, subject, f"{attempt} failed: {detail}", fix)


def _without_traceback(text: str) -> str:
    """Return the last line of a module that crashed: the exception itself."""
    lines = text.strip().splitlines()
    return lines[-1] if any(line.startswith("Traceback (most") for line in lines) else text


def _detail(text: str) -> str:
    """Return the heart of an error: the API's own message, Helm's `Error:` line, or all of it."""
    message = status_in(text).get("message")
    helm = re.search(r"^(?:stderr: )?Error: (?P<error>.+)", text, re.MULTILINE | re.DOTALL)
    said = str(message or (helm["error"] if helm else text))
    return cut(" ".join(said.split()), _LONGEST)


# As kube-apiserver writes it: one field on the same line, or each on a line of its own.
_CONFLICT = re.compile(
    r'conflicts? with "(?P<manager>[^"]+)"[^\n]*?:(?P<fields>(?:\s+(?:- )?\.[^\s,]+)+)'
)


_OBJECT = re.compile(r"applying object (?P<name>\S+) \S+, Kind=(?P<kind>\w+)")


def owners_in(text: str) -> str:
    """Return in words who owns which fields of which object, empty if the text names nobody."""
    owners = []
    for match in _CONFLICT.finditer(text.replace("\\n", "\n").replace('\\"', '"')):
        fields = re.findall(r"\.[^\s,]+", match["fields"])
        owners.append(f"{match['manager']} owns {', '.join(fields)}")
    found = _OBJECT.search(text)
    place = f" of {found['kind'].lower()} {found['name']}" if found and owners else ""
    return "; ".join(dict.fromkeys(owners)) + place


__all__ = ("explain", "owners_in")
