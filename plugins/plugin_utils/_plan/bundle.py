# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of a plan: its files, the same for the same plan, and nobody else's overwritten."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import typing as t

from ...module_utils._certificates.text import normalise_ca
from ...module_utils._mirrors.table import MirrorTable
from ...module_utils._registry.copy_script import COPY_FILE, copy_script
from ...module_utils._settings.parse import FIELDS
from .._failure import Failure
from .._plain_files import make_folder, obstacle, read_plain, write_whole
from .page import MARK, VARS_FILE, plan_page
from .plan import PROPOSAL_FILE, SCHEMA, SECRET_FILE, VALUES_FILE, Plan
from .proposal import Proposal
from .yaml_files import CA_PLACEHOLDER, VAULT_VARIABLE, vars_yaml

_NOT_READY = "# NOT READY: plan.md names the errors of this plan. Do not apply this file.\n"

# Fingerprints differ from run to run, and the same plan is to give the same files.
_FINGERPRINT = re.compile(r"<redacted [0-9a-f]{6}>")


_GENERATED = (SECRET_FILE, VALUES_FILE, COPY_FILE, PROPOSAL_FILE)


def render_bundle(plan: Plan, given: t.Mapping[str, t.Any], *, adopted: bool) -> dict[str, str]:
    """Return the files of a plan by name, with nothing secret in them.

    `given` is `palette_registry`; `adopted` says that it was read from the cluster.
    """
    warning = "" if plan.ready else _NOT_READY
    files = {name: f"# {MARK}.\n{warning}{text}" for name, text in plan.files().items()}
    files["plan.md"] = plan_page(plan, adopted=adopted)
    files["plan.json"] = json.dumps(plan.to_dict(), indent=2) + "\n"
    if plan.inputs.missing_copies and plan.settings is not None:
        files[COPY_FILE] = copy_script(plan.inputs.missing_copies, plan.settings.endpoint, MARK)
    if plan.inputs.proposal is not None:
        files[PROPOSAL_FILE] = _proposal(plan.inputs.proposal, given)
    if adopted:
        files[VARS_FILE] = (
            f"# {MARK}\n# from the Secret in the cluster. {VAULT_VARIABLE} belongs into a vault.\n"
            + vars_yaml(_without_private_key(given))
        )
    return {name: _FINGERPRINT.sub("<redacted>", text) for name, text in files.items()}


def _proposal(proposal: Proposal, given: t.Mapping[str, t.Any]) -> str:
    """Return the proposal as variables; its own fingerprint tells whether somebody edited it."""
    settings = proposal.settings
    proposed = {
        **{key: value for key, value in given.items() if key in FIELDS},
        "endpoint": settings.endpoint,
        "base_content_path": settings.base_content_path,
        "mirrors": _plain_mirrors(settings.mirrors),
    }
    if settings.api_path:
        proposed["api_path"] = settings.api_path
    body = vars_yaml(
        _without_private_key(proposed), palette_node_path_style=settings.node_path_style
    )
    head = f"# {MARK}: proposed mirrors, for -e @{PROPOSAL_FILE}. See plan.md for the reasons.\n"
    if proposed.get("password"):
        head += f"# {VAULT_VARIABLE} belongs into a vault.\n"
    return f"{head}# {_unedited_mark(body)}\n{body}"


def _plain_mirrors(mirrors: MirrorTable) -> t.Any:
    """Return a table for people to read: a mapping, unless an entry tells more than its target."""
    told = any(entry.api_path for entry in mirrors)
    return mirrors.to_list() if told else mirrors.targets()


def _unedited_mark(body: str) -> str:
    return f"unedited: {hashlib.sha256(body.encode()).hexdigest()[:16]}"


def _without_private_key(adopted: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return settings whose CA is left out unless it is one: people paste private keys there."""
    shown = dict(adopted)
    try:
        if shown.get("ca_cert"):
            normalise_ca(shown["ca_cert"])
    except ValueError:
        shown["ca_cert"] = CA_PLACEHOLDER
    return shown


def write_bundle(folder: pathlib.Path, files: t.Mapping[str, str]) -> None:
    """Write the files of a plan, and remove those of an earlier one that it does not have.

    A file that this playbook did not write is somebody's own, perhaps with a password in it; and
    a vars file may have been edited since. Raises Failure, before anything is written, if one
    would be lost, and where the folder cannot be written.
    """
    gone = [folder / name for name in _GENERATED if name not in files]
    try:
        kept = [path for path in gone if not _replaceable(path, "")]
        kept += [folder / name for name in files if not _replaceable(folder / name, files[name])]
        if kept:
            names = ", ".join(path.name for path in kept)
            raise Failure.of(
                "plan_dir_in_use",
                str(folder),
                f"{names} there would be lost: it was not written by this playbook, or edited",
                "set plan_dir to another folder, or move what is there",
            )
        make_folder(folder)
        for path in gone:
            path.unlink(missing_ok=True)
        for name, text in files.items():
            write_whole(folder / name, text.encode("utf-8"))
    except OSError as exc:
        raise Failure.of(
            "plan_dir_unusable",
            str(folder),
            f"it cannot be written: {obstacle(folder, exc)}",
            "set plan_dir to a folder that you may write",
        ) from exc


def _replaceable(path: pathlib.Path, text: str) -> bool:
    if path.name == VARS_FILE:
        return not path.exists() or _text_of(path) == text
    if path.name == PROPOSAL_FILE and path.exists():
        head, separator, body = _text_of(path).partition("---\n")
        return _unedited_mark(f"{separator}{body}") in head
    return _ours(path)


def _ours(path: pathlib.Path) -> bool:
    """Return whether a file is absent or was written by this playbook."""
    if not path.exists():
        return True
    text = _text_of(path)
    return MARK in text or SCHEMA in text


def _text_of(path: pathlib.Path) -> str:
    return read_plain(path).decode("utf-8", "replace")


__all__ = ("render_bundle", "write_bundle")
