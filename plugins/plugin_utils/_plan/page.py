# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan in words: the page that a change board reads."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import shlex
import typing as t

from ...module_utils._causes import merge_findings
from ...module_utils._evidence import Finding, Severity, Status
from ...module_utils._images.outcome import Outcome
from ...module_utils._registry.copy_script import COPY_FILE, login
from .._markdown import markdown_code, markdown_text
from .nodes import NodeType
from .plan import PROPOSAL_FILE, SECRET_FILE, VALUES_FILE, Plan
from .yaml_files import PASSWORD_PLACEHOLDER, VAULT_VARIABLE

VARS_FILE = "palette_registry.yml"
MARK = "Written by ansible-playbook palette.image_registry.plan"

_HEADINGS = {
    Severity.ERROR: "Errors",
    Severity.WARNING: "Warnings",
    Severity.INFO: "Good to know",
}
_PLACEHOLDERS = ("PATH_OF_KUBECONFIG", "CONTEXT")
_PRODUCTS = {"palette": "Palette", "vertex": "VerteX"}

Lines = t.Iterator[str]


def plan_page(plan: Plan, *, adopted: bool = False) -> str:
    """Return plan.md; `adopted` says that palette_registry was read from the cluster."""
    parts = [
        _head(plan),
        _what(plan),
        _findings(plan),
        _proposal(plan),
        _changes(plan),
        _mirrors(plan),
        _images(plan),
        _missing(plan),
        _nodes(plan),
        _apply(plan, adopted) if plan.ready else _not_ready(),
    ]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def _head(plan: Plan) -> Lines:
    yield f"<!-- {MARK}. -->"
    yield "# Plan: override the image registry"
    yield ""
    errors = sum(finding.severity is Severity.ERROR for finding in plan.findings)
    warnings = len(_worth_telling(plan, Severity.WARNING))
    if errors:
        yield f"**Not ready: {_count(errors, 'error')}.** Nothing may be applied yet."
    elif plan.status is Status.FAIL:
        yield "**Not ready.** Nothing may be applied yet."
    elif warnings:
        yield f"**Ready, with {_count(warnings, 'warning')}** to read before it is applied."
    else:
        yield "**Ready.**"
    yield ""
    yield "Nothing was changed to make this plan."


def _what(plan: Plan) -> Lines:
    inputs, settings = plan.inputs, plan.settings
    if settings is not None:
        yield f"- Registry: {_code(settings.prefix)}"
        yield f"- User: {_code(settings.username) if settings.username else 'none'}"
        yield f"- TLS: {_trust(plan)}"
    install = f"{_PRODUCTS[inputs.product]}, {'airgap' if inputs.airgap else 'not airgap'}"
    yield f"- Installation: {install}"
    yield f"- Cluster: {_code(inputs.live.server) if inputs.live.server else 'none was asked'}"
    if inputs.airgap:
        label = inputs.chart.label
        yield f"- Image-swap chart: {_code(label) if label else 'none was read'}"


def _trust(plan: Plan) -> str:
    settings = plan.settings
    if settings is None or settings.insecure_skip_verify:
        return "certificates are **not** checked"
    return "checked with the given CA" if settings.ca_cert else "checked with public CAs"


def _findings(plan: Plan) -> Lines:
    gap = False
    for severity, heading in _HEADINGS.items():
        found = _worth_telling(plan, severity)
        if found:
            yield from ("",) if gap else ()
            yield f"## {heading}"
            yield ""
            for finding in found:
                yield from _finding(finding)
            gap = True


def _worth_telling(plan: Plan, severity: Severity) -> tuple[Finding, ...]:
    """Return the findings of one severity; errors one by one, all else once a code."""
    found = tuple(finding for finding in plan.findings if finding.severity is severity)
    return found if severity is Severity.ERROR else merge_findings(found)


def _finding(finding: Finding) -> Lines:
    message = finding.message.rstrip(".")
    yield f"- **{markdown_text(finding.subject)}**: {markdown_text(message)}. `{finding.code}`"
    if finding.fix:
        yield f"  - Fix: {markdown_text(finding.fix.rstrip('.'))}."


def _proposal(plan: Plan) -> Lines:
    proposal = plan.inputs.proposal
    if proposal is None:
        return
    yield "## Proposed mirrors"
    yield ""
    if not proposal.changes:
        yield f"Nothing to change ({markdown_text(proposal.how)})."
        return
    yield (
        f"`{PROPOSAL_FILE}` holds them as variables: give it to plan and override with "
        f"`-e @{PROPOSAL_FILE}`. It differs from what was given in this ({markdown_text(proposal.how)}):"
    )
    yield ""
    yield from _table_head("What", "Given", "Proposed", "Why")
    for change in proposal.changes:
        yield _row(*map(markdown_text, change))


def _changes(plan: Plan) -> Lines:
    live = plan.inputs.live
    if not live.known or plan.settings is None:
        return
    yield "## What changes in the Secret"
    yield ""
    if live.secret is None:
        yield "There is no Secret `registry-info` yet: it is created."
    elif not plan.differences:
        yield "Nothing: the Secret `registry-info` is as planned already."
    else:
        yield from _table_head("Field", "Now", "Planned")
        for one in plan.differences:
            yield _row(
                markdown_text(one.field), markdown_text(one.live), markdown_text(one.planned)
            )


def _mirrors(plan: Plan) -> Lines:
    if plan.settings is None:
        return
    yield "## Mirror table"
    yield ""
    yield from _table_head("Pulls from", "go to")
    for entry in plan.settings.mirrors:
        target = _code(entry.target) if entry.target else "where they went before"
        yield _row(_code(entry.source), target)


def _images(plan: Plan) -> Lines:
    if not plan.images:
        return
    yield "## Images"
    yield ""
    yield f"From {plan.images_from}. {_image_words(plan)}"
    yield ""
    yield from _table_head("Image", "In the pod", "First request of the node")
    for image in plan.images:
        yield _row(_code(image.image), _in_pod(image), _first(image.pulled_from))


def _missing(plan: Plan) -> Lines:
    copies = plan.inputs.missing_copies
    if not copies or plan.settings is None:
        return
    yield "## Images that the registry lacks"
    yield ""
    yield (
        f"`{COPY_FILE}` copies {_count(len(copies), 'image')}, with `skopeo`, from a host that "
        "reaches both registries. Log in before, as a user who may push:"
    )
    yield ""
    yield "```shell"
    yield login(plan.settings.endpoint)
    yield f"sh {COPY_FILE}"
    yield "```"


def _image_words(plan: Plan) -> str:
    if not plan.inputs.airgap:
        return "Pods keep the names of their images; the nodes redirect the pulls."
    words = (
        "The webhook swaps images in pods that are created in namespaces with the label "
        "`k8s.twr.io/imageswap=enabled`."
    )
    if any(image.without_default for image in plan.images):
        words += (
            " This table holds **if the chart adds a `default` entry**; without one these images "
            "stay as they are, and the requests are those under Nodes. Once you know, set "
            "`palette_assume_default` to true or false."
        )
    return words


def _in_pod(image: Outcome) -> str:
    if image.swapped is None:
        return "none: the webhook fails"
    return "unchanged" if image.swapped == image.image else _code(image.swapped)


def _first(urls: t.Sequence[str]) -> str:
    return _code(urls[0]) if urls else "none"


def _nodes(plan: Plan) -> Lines:
    if not plan.nodes:
        return
    yield "## Nodes"
    yield ""
    yield (
        "What containerd requests for an image whose name the pod keeps. Palette writes the "
        "mirrors to `config.toml`; `hosts.toml` is the form that is to replace them there."
    )
    for node in plan.nodes:
        yield ""
        yield f"### Nodes with {node.label}"
        yield ""
        yield from _node(node)


def _node(node: NodeType) -> Lines:
    if node.cri != "up":
        yield f"CRI is {node.cri}: {markdown_text(node.reason)}"
        return
    yield from _table_head("Source", "First request", "Path of a registry's API?")
    for source in node.sources:
        answer = "yes" if source.working else "**no**"
        yield _row(_code(source.source), _first(source.requests), answer)


def _not_ready() -> Lines:
    yield "## Next"
    yield ""
    yield "Correct the errors above and plan again. The files beside this page are not to be used."


def _apply(plan: Plan, adopted: bool) -> Lines:
    command = "ansible-playbook palette.image_registry.override"
    yield "## Apply with Ansible"
    yield ""
    if adopted:
        yield (
            f"`{VARS_FILE}` holds the cluster's settings as variables. Put the password into a "
            f"vault: `ansible-vault create vault.yml`, with `{VAULT_VARIABLE}: ...` in it."
        )
        yield ""
        command += f" -e @{VARS_FILE} -e @vault.yml --ask-vault-pass"
    yield (
        "With the same inventory and variables as for this plan: add your options `-i` and `-e`. "
        "First as a dry run:"
    )
    yield ""
    yield "```shell"
    yield f"{command} --check --diff"
    yield command
    yield "```"
    yield ""
    yield "It checks first, changes nothing if a check fails, and reads back what it has written."
    yield from _by_hand(plan)


def _by_hand(plan: Plan) -> Lines:
    files = plan.files()
    yield ""
    yield "## Or by hand"
    yield ""
    if plan.settings and plan.settings.password:
        names = " and ".join(f"`{name}`" for name in sorted(files))
        yield f"First write the password over `{PASSWORD_PLACEHOLDER}` in {names}."
        yield ""
    kubeconfig, context = (shlex.quote(word) for word in _way(plan))
    unnamed = [f"`{word}`" for word in (kubeconfig, context) if word in _PLACEHOLDERS]
    if unnamed:
        yield f"In the commands, name the management cluster for {' and '.join(unnamed)}."
        yield ""
    exists = plan.inputs.live.secret is not None
    yield "```shell"
    if VALUES_FILE in files:
        chart = plan.inputs.chart
        yield (
            f"helm upgrade --values {VALUES_FILE} {chart.release} {chart.reference} --install"
            f" --namespace {chart.namespace} --kubeconfig {kubeconfig} --kube-context {context}"
        )
    kubectl = f"--filename {SECRET_FILE} --kubeconfig {kubeconfig} --context {context}"
    yield f"kubectl {'apply' if exists else 'create'} {kubectl}"
    yield "```"
    yield ""
    if exists:
        yield (
            "`kubectl apply` keeps a copy of the password in the Secret's annotation "
            "`kubectl.kubernetes.io/last-applied-configuration`; the playbook does not."
        )
    elif not plan.inputs.live.known:
        yield "If the Secret exists, `create` fails: then use `apply` with the same options."


def _way(plan: Plan) -> tuple[str, str]:
    """Return kubeconfig and context to type: what a shell has set may be another cluster."""
    named = (plan.inputs.kubeconfig, plan.inputs.context)
    kubeconfig, context = (word or gap for word, gap in zip(named, _PLACEHOLDERS, strict=True))
    return kubeconfig, context


def _table_head(*names: str) -> Lines:
    yield _row(*names)
    yield f"|{'---|' * len(names)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return f"`{markdown_code(text)}`"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


__all__ = ("MARK", "VARS_FILE", "plan_page")
