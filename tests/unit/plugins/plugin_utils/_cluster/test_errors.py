# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of kubernetes.core and Helm, as they were printed, and what we make of them."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import explain
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.bounds import bounded

STATUS = (
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'
    '"message":"MESSAGE","reason":"REASON","code":CODE}'
)


def status(code: int, reason: str, message: str) -> str:
    """Return what kubernetes.core says when the API answers with a Status."""
    text = STATUS.replace("CODE", str(code)).replace("REASON", reason)
    return f"Failed to create object: {text.replace('MESSAGE', message)}"


HELM = "Failure when executing Helm command. Exited 1.\nstdout: \nstderr: Error: "

TEST_FAILURES: list[tuple[str, str, str]] = [
    (
        status(404, "NotFound", r"namespaces \"jet-system\" not found"),
        "namespace_missing",
        "the cluster has no namespace jet-system",
    ),
    (status(401, "Unauthorized", "Unauthorized"), "unauthorized", "does not accept"),
    ("401\nReason: Unauthorized\nHTTP response headers: ...", "unauthorized", "does not accept"),
    (
        HELM + "Kubernetes cluster unreachable: the server has asked for the client to provide"
        " credentials",
        "unauthorized",
        "does not accept",
    ),
    (
        status(
            403, "Forbidden", r"secrets \"registry-info\" is forbidden: User \"x\" cannot patch"
        ),
        "forbidden",
        'secrets "registry-info" is forbidden: User "x" cannot patch',
    ),
    (
        status(409, "Conflict", "the object has been modified; please apply your changes"),
        "conflict",
        "somebody else changed the object",
    ),
    (
        "HTTPSConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /version"
        " (Caused by NewConnectionError: [Errno 111] Connection refused)",
        "unreachable",
        "the cluster cannot be reached",
    ),
    (
        "HTTPSConnectionPool(host='h', port=443): Max retries exceeded with url: /version (Caused"
        " by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate"
        " verify failed: unable to get local issuer certificate')))",
        "certificate_not_trusted",
        "is not trusted",
    ),
    (
        HELM
        + 'Kubernetes cluster unreachable: Get "https://h/version": dial tcp: lookup h: no such'
        " host",
        "unreachable",
        "the cluster cannot be reached",
    ),
    (
        HELM + "namespaces is forbidden: unable to create new content in namespace imageswap-system"
        " because it is being terminated",
        "namespace_terminating",
        "the namespace imageswap-system is being deleted",
    ),
    (
        HELM + "UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
        "helm_pending",
        "another command works on the release",
    ),
    (
        HELM + 'Unable to continue with install: ConfigMap "cm" in namespace "default" exists and'
        " cannot be imported into the current release: invalid ownership metadata",
        "helm_ownership",
        'ConfigMap "cm" in namespace "default" exists, but does not belong',
    ),
    (
        HELM
        + 'UPGRADE FAILED: Apply failed with 1 conflict: conflict with "argocd" using v1: .data',
        "helm_field_conflict",
        "argocd owns .data",
    ),
    (
        HELM + "INSTALLATION FAILED: timed out waiting for the condition",
        "helm_timeout",
        "a hook of the chart, or the API server, was not done in time",
    ),
    (
        HELM + "execution error at (image-swap/templates/a.yaml:1:3): set the endpoint",
        "chart_does_not_render",
        "execution error at (image-swap/templates/a.yaml:1:3): set the endpoint",
    ),
    (
        "Failed to import the required Python library (kubernetes) on host's Python /usr/bin/py",
        "library_missing",
        "lacks the library kubernetes",
    ),
    (
        'Failed to find required executable "helm" in paths: /usr/bin:/bin',
        "helm_missing",
        "helm cannot be found",
    ),
    (
        status(400, "BadRequest", r"admission webhook \"policy.example.org\" denied the request"),
        "admission_denied",
        "the cluster's policy policy.example.org refused it",
    ),
    (status(500, "InternalError", "etcd is gone"), "server_error", "etcd is gone"),
    (status(429, "TooManyRequests", "slow down"), "server_error", "slow down"),
    ("Error: UPGRADE FAILED: Internal error occurred: etcd", "server_error", "UPGRADE FAILED"),
    ("Error: etcdserver: leader changed", "server_error", "leader changed"),
    ("something new", "module_failed", "something new"),
]


@pytest.mark.parametrize(("text", "code", "message"), TEST_FAILURES)
def test_failures_are_explained(text: str, code: str, message: str) -> None:
    finding = explain(text, "secret/x", "creating the Secret")
    assert finding.code == code
    assert finding.message.startswith("creating the Secret failed: ")
    assert message in finding.message
    assert finding.fix


def test_numbers_that_are_no_status_are_not_taken_for_one() -> None:
    assert explain("image v1.401 of 403 images", "x", "y").code == "module_failed"


def test_a_traceback_is_left_out() -> None:
    text = (
        "MODULE FAILURE\nTraceback (most recent call last):\n"
        '  File "urllib3/connection.py", line 401, in connect\n'
        "urllib3.exceptions.MaxRetryError: Max retries exceeded: Connection refused\n"
    )
    finding = explain(text, "x", "reading it")
    assert finding.code == "unreachable"
    assert finding.message == (
        "reading it failed: the cluster cannot be reached:"
        " urllib3.exceptions.MaxRetryError: Max retries exceeded: Connection refused"
    )


def test_long_answers_are_cut() -> None:
    assert len(explain("x" * 10_000, "x", "y").message) < 2_000


@pytest.mark.parametrize("unit", ["\\", 'conflict with "x" ', "{", "b'"])
def test_much_of_anything_is_explained_at_once(unit: str) -> None:
    """An API server says what it wants; this took a time that grew with the square."""
    text = "Apply failed with 1 conflicts: " + unit * (2**17 // len(unit))
    with bounded(cpu_seconds=3):
        finding = explain(text, "https://api.example.org", "reading the nodes")
    assert len(finding.message) < 2000
