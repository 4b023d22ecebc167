#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: preflight_info
short_description: Check everything that must hold before an override
description:
  - Checks the inputs (with the whole lint), the controller's tools, the chart, and the cluster.
    Which cluster it is, whether Palette is there and healthy, and what the kubeconfig's user may.
  - All failures are collected in RV(ignore:msg), each with what to do. The task itself does not
    fail; RV(ignore:ready) says whether everything holds.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.cluster.settings
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  airgap:
    description: Whether the image-swap chart is part of the override.
    type: bool
    default: true
  product:
    description: What is installed. V(vertex) allows no insecure connections.
    type: str
    choices: [palette, vertex]
    default: palette
  node_path_style:
    description:
      - How the Secret, and with it the nodes, spell the mirrors' paths.
      - V(verbatim) is as Palette's page has it. V(v2_prefix) puts C(/v2/) in front of the path of
        each registry's target, which containerd needs there; the chart keeps the targets as they
        are, since the webhook must not have it.
    type: str
    choices: [verbatim, v2_prefix]
    default: verbatim
  expected_cluster_uid:
    description: UID of namespace C(kube-system) of the cluster that is meant. Any if empty.
    type: str
    default: ""
  require_healthy:
    description: Whether workloads that are not ready are an error. They are a warning otherwise.
    type: bool
    default: false
  write:
    description: Whether a change is going to follow, for which permissions, Helm and the chart are
      checked as well.
    type: bool
    default: true
  chart:
    description: The image-swap chart, a C(.tgz), a glob that matches one, a folder, or an OCI
      reference. Needed with O(airgap) and O(write).
    type: str
    default: ""
  helm_binary:
    description: The helm program, a name on PATH or a path.
    type: str
    default: helm
  release_namespace:
    description: Namespace of the Helm release.
    type: str
    default: default
seealso:
  - module: palette.image_registry.override_info
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Check what must hold before the Secret is written
  palette.image_registry.preflight_info:
    settings: "{{ palette_registry }}"
    airgap: false
    kubeconfig: "{{ palette_kubeconfig }}"

- name: Check before an airgap override, on exactly this cluster
  palette.image_registry.preflight_info:
    settings: "{{ palette_registry }}"
    kubeconfig: "{{ palette_kubeconfig }}"
    chart: "{{ palette_image_swap_chart }}"
    expected_cluster_uid: 5f0c1d5e-1c4e-4f6e-9a3c-0d6c1a2b3c4d

- name: Ask who the cluster is, and show it
  palette.image_registry.preflight_info:
    settings: "{{ palette_registry }}"
    kubeconfig: "{{ palette_kubeconfig }}"
    write: false
  register: preflight_result
  failed_when: not preflight_result.ready
"""

RETURN = r"""
ready:
  description: Whether everything holds that must.
  returned: always
  type: bool
msg:
  description: What failed and what to do, in words.
  returned: always
  type: str
cluster:
  description: Who the cluster is. C(uid) is that of namespace C(kube-system).
  returned: when the cluster answers
  type: dict
  sample:
    server: https://10.10.0.5:6443
    uid: 5f0c1d5e-1c4e-4f6e-9a3c-0d6c1a2b3c4d
checks:
  description: What was checked.
  returned: always
  type: list
  elements: dict
  sample:
    - name: permissions
      subject: production
      status: pass
      expected: 13 permissions
      actual: 13 of 13 permissions
      findings: []
"""
