#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mirror_registries
short_description: Read, judge and write a table of registry mirrors
version_added: 1.0.0
description:
  - Reads a mirror table from any notation, says everything that is wrong with it at once, and
    writes it in others. Changes nothing, and needs neither a cluster nor a network.
  - The findings tell what the image-swap webhook and containerd will really do with an entry, not
    only whether it is well formed. The page on mirror rules of this collection lists them all.
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  mirrors:
    description:
      - The mirror table. Palette's comma-joined string C(source::target,source::target), a list
        of dictionaries with C(source) and C(target) (or of such texts), or a mapping of sources
        to targets.
      - Also what is live somewhere. The webhook's map file, the block C(imageSwap.imageChange) of
        a Kubernetes pack, a C(config.toml) of containerd, a tree of C(hosts.toml) files as a
        mapping of paths to contents, or the C(registries.yaml) of K3s and RKE2.
      - Also what such a table is wrapped in. The manifest of Secret C(registry-info) or of the
        webhook's ConfigMap, the chart's values with C(mirrorRegistries), and the user data of an
        Edge host with C(registryMappingRules).
    type: raw
    required: true
  notation:
    description: How O(mirrors) is written. With V(auto) it is detected.
    type: str
    default: auto
    choices:
      - auto
      - palette
      - list
      - mapping
      - imageswap_map
      - image_change
      - containerd_hosts
      - containerd_mirrors
      - k3s_registries
  formats:
    description:
      - The notations to write. One that cannot express the table is an error that names every
        such entry.
      - If empty, all that can express the table are written, and RV(not_rendered) has the reasons
        for the others.
    type: list
    elements: str
    default: []
    choices:
      - palette
      - list
      - mapping
      - imageswap_map
      - image_change
      - containerd_hosts
      - containerd_mirrors
      - k3s_registries
  fail_on:
    description:
      - The least severity of a finding that fails the task. V(never) leaves the judgement to the
        caller.
    type: str
    default: error
    choices: [error, warning, never]
  airgap:
    description:
      - Whether the image-swap webhook reads the table, too. Severities count the consumers that
        read it. Nodes always do.
    type: bool
    default: true
  product:
    description: What is installed. V(vertex) allows no insecure connections.
    type: str
    default: palette
    choices: [palette, vertex]
  node_path_style:
    description:
      - How targets reach the nodes. V(verbatim) as they are written, as on Palette's page;
        V(v2_prefix) as URL of the registry's API, with C(/v2/) in front of the path. Also how
        V(containerd_mirrors) is written.
    type: str
    default: verbatim
    choices: [verbatim, v2_prefix]
  endpoint:
    description: The registry's host, to find targets outside of it. Not checked if empty.
    type: str
    default: ""
  base_content_path:
    description: The path of the override's images in the registry.
    type: str
    default: ""
  insecure_skip_verify:
    description: Whether the override goes without verification of the registry's certificate.
    type: bool
    default: false
  images:
    description: Images that are to be pulled, to find those that the table sends nowhere.
    type: list
    elements: str
    default: []
  chart_images:
    description: The images of the image-swap chart itself, without the registry's prefix.
    type: list
    elements: str
    default: []
  config_version:
    description: The version of the C(config.toml) that V(containerd_mirrors) writes.
    type: int
    default: 2
    choices: [2, 3]
  certs_dir:
    description: The folder of the tree that V(containerd_hosts) writes.
    type: str
    default: /etc/containerd/certs.d
requirements:
  - Python >= 3.11 on the host that runs it
  - PyYAML, for YAML notations
seealso:
  - plugin: palette.image_registry.parse_mirrors
    plugin_type: filter
  - plugin: palette.image_registry.lint_mirrors
    plugin_type: filter
  - plugin: palette.image_registry.render_mirrors
    plugin_type: filter
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Judge the mirrors before they are used
  palette.image_registry.mirror_registries:
    mirrors: "docker.io::harbor.example.org/p/docker.io,quay.io::harbor.example.org/p/quay.io"
    endpoint: harbor.example.org
    base_content_path: p
    fail_on: error

- name: Write the mirrors for a K3s node
  palette.image_registry.mirror_registries:
    mirrors:
      - source: docker.io
        target: harbor.example.org/airgap-images/docker.io
      - source: quay.io
        target: harbor.example.org/airgap-images/quay.io
    airgap: false
    formats: [k3s_registries]
  register: mirrors
  # mirrors.rendered.k3s_registries is the text of registries.yaml

- name: Turn the map of a running webhook into Palette's string
  palette.image_registry.mirror_registries:
    mirrors: |
      # the map of the test cluster
      default::
      docker.io::harbor.example.org/airgap-images/docker.io
    formats: [palette]
  register: migrated
  # migrated.rendered.palette is "default::,docker.io::harbor.example.org/airgap-images/docker.io"

- name: See all findings, fail on none
  palette.image_registry.mirror_registries:
    mirrors: "docker.io::https://harbor.example.org/x/,gcr.io:443"
    fail_on: never
  register: judged
"""

RETURN = r"""
mirrors:
  description: The entries in order.
  returned: always
  type: list
  elements: dict
  sample: [{source: docker.io, target: harbor.example.org/airgap-images/docker.io}]
  contains:
    source:
      description:
        - The registry, or C(default), C(noswap_wildcards), C([EXACT]image), C([REPLACE]glob).
      returned: always
      type: str
    target:
      description: Where its images are. Empty if the source is exempted.
      returned: always
      type: str
notation:
  description: The notation that was read.
  returned: always
  type: str
  sample: palette
findings:
  description: Everything that is to say about the table.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description: A stable name, the anchor of the rule in the page on mirror rules.
      returned: always
      type: str
    severity:
      description: V(error), V(warning) or V(info).
      returned: always
      type: str
    subject:
      description: The entry (position and text), source or image.
      returned: always
      type: str
    message:
      description: What is wrong and what will happen.
      returned: always
      type: str
    fix:
      description: What to write or do instead.
      returned: always
      type: str
rendered:
  description:
    - The table in each notation, by name. Text, or a mapping or list where the notation is one.
  returned: when reading gave no error
  type: dict
  sample: {palette: "docker.io::harbor.example.org/airgap-images/docker.io"}
not_rendered:
  description: The notations that cannot express the table, and why. Only with an empty O(formats).
  returned: when reading gave no error
  type: dict
  sample: {k3s_registries: "k3s_registries cannot express 'quay.io::': ..."}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._mirrors.module import FAIL_ON, judge
from ..module_utils._mirrors.notation import NODE_PATH_STYLES, NOTATIONS
from ..module_utils._python import refusal
from ..module_utils._visible import visible_data


def main() -> None:
    """Read the options and return the judgement."""
    notations = list(NOTATIONS)
    names = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "mirrors": {"type": "raw", "required": True},
            "notation": {"type": "str", "default": "auto", "choices": ["auto", *notations]},
            "formats": {**names, "choices": notations},
            "fail_on": {"type": "str", "default": "error", "choices": list(FAIL_ON)},
            "airgap": {"type": "bool", "default": True},
            "product": {"type": "str", "default": "palette", "choices": ["palette", "vertex"]},
            "node_path_style": {
                "type": "str",
                "default": "verbatim",
                "choices": list(NODE_PATH_STYLES),
            },
            "endpoint": {"type": "str", "default": ""},
            "base_content_path": {"type": "str", "default": ""},
            "insecure_skip_verify": {"type": "bool", "default": False},
            "images": names,
            "chart_images": names,
            "config_version": {"type": "int", "default": 2, "choices": [2, 3]},
            "certs_dir": {"type": "str", "default": "/etc/containerd/certs.d"},
        },
        supports_check_mode=True,
    )
    if refused := refusal():
        module.fail_json(msg=refused)
    result = visible_data(judge(module.params))
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
