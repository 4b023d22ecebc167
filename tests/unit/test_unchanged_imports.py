# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An override that has nothing to change loads nothing that only a change needs.

ansible-core keeps no compiled code of collections, so whatever is imported costs each run.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils import _evidence

# Where the collection lies that is tested: for ansible-test that is another place.
COLLECTIONS = pathlib.Path(_evidence.__file__).parents[5]
PLUGINS = "ansible_collections.palette.image_registry.plugins."

# The actions of a run, and all filters: Ansible reads these to find one.
LOADED = [
    "action.credential_places_info",
    "action.evidence_config_map",
    "action.evidence_report",
    "action.image_swap_release",
    "action.override_info",
    "action.override_transaction",
    "action.preflight_info",
    "action.registry_secret",
    "action.webhook_info",
    "filter.containerd",
    "filter.evidence",
    "filter.images",
    "filter.mirrors",
    "filter.nodes",
    "filter.settings",
]
# What is imported where it is used.
UNNEEDED = [
    "module_utils._containerd.evaluate",
    "module_utils._images.explain",
    "module_utils._images.pulls",
    "module_utils._registry.copy_script",
    "module_utils._registry.pool",
    "module_utils._registry.results",
    "module_utils._registry.targets",
    "module_utils._registry.weight",
    "plugin_utils._cluster.errors",
    "plugin_utils._cluster.exec_credential",
    "plugin_utils._diff",
    "plugin_utils._nodes.inventory",
    "plugin_utils._override.snapshot_checks",
    "plugin_utils._release.waiter",
    "plugin_utils._report.changes",
    "plugin_utils._report.config_map",
    "plugin_utils._report.merge",
    "plugin_utils._report.read",
    "plugin_utils._webhook.bypass_patch",
    "plugin_utils._webhook.proof",
]


@pytest.fixture(scope="module")
def modules() -> frozenset[str]:
    """Return the modules of ours that these have loaded, in a process that has no others."""
    names = "".join(f"import {PLUGINS}{name}\n" for name in LOADED)
    shown = "import sys\nprint(*sys.modules)"
    command = [sys.executable, "-c", names + shown]
    done = subprocess.run(
        command,
        env={"PYTHONPATH": str(COLLECTIONS), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    words = done.stdout.split()
    return frozenset(name.removeprefix(PLUGINS) for name in words if name.startswith(PLUGINS))


def test_nothing_is_loaded_that_only_a_change_needs(modules: frozenset[str]) -> None:
    assert modules >= {*LOADED}
    assert not modules.intersection(UNNEEDED)


@pytest.mark.parametrize("name", UNNEEDED)
def test_what_is_not_to_be_loaded_is_there(name: str) -> None:
    path = COLLECTIONS / "ansible_collections/palette/image_registry/plugins"
    assert (path / f"{name.replace('.', '/')}.py").is_file()
