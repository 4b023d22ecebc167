# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What meta/ says about the plugins is true of all of them."""

from __future__ import annotations

import ast
import functools
import pathlib
import typing as t

import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
MODULES = sorted((CHECKOUT / "plugins" / "modules").glob("*.py"))
CLUSTER_FRAGMENT = "palette.image_registry.cluster"


@functools.cache
def documentation(module: pathlib.Path) -> dict[str, t.Any]:
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION":
            return dict(yaml.safe_load(ast.literal_eval(node.value)))
    raise AssertionError(f"{module.name} is not documented")


def takes_a_kubeconfig(module: pathlib.Path) -> bool:
    documented = documentation(module)
    fragments = documented.get("extends_documentation_fragment", [])
    return "kubeconfig" in documented.get("options", {}) or CLUSTER_FRAGMENT in fragments


def test_the_action_group_has_all_that_take_a_kubeconfig() -> None:
    """So that one entry in module_defaults names the cluster for all of them."""
    runtime = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    grouped = [module.stem for module in MODULES if takes_a_kubeconfig(module)]
    assert "registry_secret" in grouped
    assert runtime["action_groups"] == {"cluster": grouped}
