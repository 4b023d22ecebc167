# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a look at a node, from the variables of the role verify_nodes.

Templates in a task's arguments are compiled anew for every host, a millisecond and more each. As
long as the variables are plain values, reading them here costs nothing.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError

from ...module_utils._evidence import Finding
from ...module_utils._settings.parse import parse_settings
from .._numbers import A_DAY, Range, number_findings

Variables = t.Mapping[str, t.Any]
Template = t.Callable[[t.Any], t.Any]

SECRETS = "secrets"
"""What is no option, and must not be shown."""

_AS_THEY_ARE = (
    "require_working",
    "timeout",
    "config_dump",
    "images",
    "probe",
    "probe_image",
    "pull",
)
# What the cluster's part of the run has chosen.
_CHOICE = "verify_cluster_images_result"
_PASSWORDS = (
    "ansible_password",
    "ansible_ssh_pass",
    "ansible_become_password",
    "ansible_become_pass",
)
# Of the looks of wait.yml, which make no task that could refuse them.
_LOOKS: dict[str, Range] = {"retries": (0, 9999), "delay": (0, A_DAY)}


def options_from(prefix: str, variables: Variables, template: Template) -> dict[str, t.Any]:
    """Return the options that the variables `<prefix>_<option>` of a host give.

    The settings and their spelling are those of the cluster to which the host belongs. Where it
    has none, or is not in the inventory, they are the host's own.
    """

    def of(source: Variables, name: str) -> t.Any:
        value = source.get(name)
        # Even to find no template in a number costs.
        return template(value) if value and not isinstance(value, int) else value

    def value(name: str) -> t.Any:
        return of(variables, f"{prefix}_{name}")

    cluster = str(of(variables, "palette_cluster") or only_cluster(variables["groups"]))
    hostvars = variables.get("hostvars", {})
    # It has no templates: hostvars evaluates them. An unknown host is no key, but undefined.
    known = cluster in hostvars
    of_cluster = hostvars[cluster] if known else {}

    def setting(name: str) -> t.Any:
        return of_cluster.get(name) or of(variables, name)

    registry = setting("palette_registry")
    settings = registry if isinstance(registry, t.Mapping) else {}
    given = {
        "cluster": cluster,
        "mirrors": _mirrors(settings),
        SECRETS: [_password(settings)],
        "node_path_style": setting("palette_node_path_style"),
        # What the inventory of a cluster knows of the node.
        "containerd_version": of(variables, "node_containerd_version"),
        "containerd_version_seen": of(variables, "node_containerd_version_seen"),
        **{name: value(name) for name in _AS_THEY_ARE},
    }
    if given["pull"]:
        given["pull_images"] = (of_cluster.get(_CHOICE) or {}).get("sources")
    return {name: found for name, found in given.items() if found is not None}


def look_findings(prefix: str, variables: Variables, template: Template) -> tuple[Finding, ...]:
    """Return what is wrong with the numbers of the looks that are to follow."""
    numbers: dict[str, t.Any] = {}
    for name in _LOOKS:
        value = variables.get(f"{prefix}_{name}")
        numbers[f"{prefix}_{name}"] = template(value) if isinstance(value, str) else value or 0
    return number_findings(numbers, {f"{prefix}_{name}": _LOOKS[name] for name in _LOOKS})


def _mirrors(settings: Variables) -> t.Any:
    """Return the mirrors, with where the API lies in each entry if it is told for all of them."""
    if not settings.get("api_path"):
        return settings.get("mirrors", "")
    # The CA may be a file, which need not be read to know the mirrors.
    parsed = parse_settings({**settings, "ca_cert": ""}, airgap=False)
    return parsed.settings.mirrors.to_list() if parsed.settings else settings.get("mirrors", "")


def _password(settings: Variables) -> str:
    try:
        return str(settings.get("password") or "")
    except AnsibleError:  # not defined here, and not needed to look at nodes
        return ""


def passwords(variables: Variables, template: Template) -> t.Iterator[str]:
    """Yield the passwords with which a host is logged in to: an answer may repeat them."""
    for name in _PASSWORDS:
        if variables.get(name):
            yield str(template(variables[name]))


def only_cluster(groups: t.Mapping[str, t.Sequence[str]]) -> str:
    """Return the one host of palette_clusters, empty where there are several or none."""
    clusters = groups.get("palette_clusters", [])
    return str(clusters[0]) if len(clusters) == 1 else ""


__all__ = ("SECRETS", "look_findings", "only_cluster", "options_from", "passwords")
