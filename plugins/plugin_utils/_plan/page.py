# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan in words: the page that a change board reads."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import shlex
import typing as t

from ...module_utils._evidence import Finding, Severity
from ...module_utils._registry.copy_script import COPY_FILE, login
from .._report.evidence import Evidence, HostEvidence
from .._report.problems import CauseFound, causes
from .._templates import markdown
from .plan import PROPOSAL_FILE, SECRET_FILE, VALUES_FILE, Plan
from .yaml_files import PASSWORD_PLACEHOLDER, VAULT_VARIABLE

VARS_FILE = "palette_registry.yml"
MARK = "Written by ansible-playbook palette.image_registry.plan"

_PLACEHOLDERS = ("PATH_OF_KUBECONFIG", "CONTEXT")
_CONSTANTS: dict[str, t.Any] = {
    "MARK": MARK,
    "VARS_FILE": VARS_FILE,
    "VAULT_VARIABLE": VAULT_VARIABLE,
    "PASSWORD_PLACEHOLDER": PASSWORD_PLACEHOLDER,
    "PRODUCTS": {"palette": "Palette", "vertex": "VerteX"},
    "HEADINGS": {
        Severity.ERROR: "Errors",
        Severity.WARNING: "Warnings",
        Severity.INFO: "Good to know",
    },
    "FILES": {
        "proposal": PROPOSAL_FILE,
        "secret": SECRET_FILE,
        "values": VALUES_FILE,
        "copy": COPY_FILE,
    },
}


def plan_page(plan: Plan, *, adopted: bool = False) -> str:
    """Return plan.md; `adopted` says that palette_registry was read from the cluster."""
    found = _causes(plan)
    kubeconfig, context = (shlex.quote(word) for word in _way(plan))
    return markdown(
        "_plan/assets/plan.md.j2",
        **_CONSTANTS,
        plan=plan,
        adopted=adopted,
        causes=[(cause, list(_more(cause))) for cause in found],
        errors=sum(cause.severity is Severity.ERROR for cause in found),
        warnings=sum(cause.severity is Severity.WARNING for cause in found),
        files=plan.files(),
        login=login(plan.settings.endpoint) if plan.settings else "",
        kubeconfig=kubeconfig,
        context=context,
        unnamed=[word for word in (kubeconfig, context) if word in _PLACEHOLDERS],
    )


def _causes(plan: Plan) -> tuple[CauseFound, ...]:
    subject = plan.inputs.subject
    host = HostEvidence(subject, subject, plan.checks)
    return causes(Evidence("plan", "", False, (host,)))


def _more(cause: CauseFound) -> t.Iterator[Finding]:
    """Yield the findings of a cause, but for one that is told by the words of the cause."""
    for problem in cause.problems:
        for occurrence in problem.occurrences:
            if occurrence.finding.message != cause.message:
                yield occurrence.finding


def _way(plan: Plan) -> tuple[str, str]:
    """Return kubeconfig and context to type: what a shell has set may be another cluster."""
    named = (plan.inputs.kubeconfig, plan.inputs.context)
    kubeconfig, context = (word or gap for word, gap in zip(named, _PLACEHOLDERS, strict=True))
    return kubeconfig, context


__all__ = ("MARK", "VARS_FILE", "plan_page")
