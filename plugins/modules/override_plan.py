#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: override_plan
short_description: Tell what an override would do, and write it down
version_added: 1.0.0
description:
  - Lints the inputs, renders Secret and chart values, explains what becomes of images, and tells
    what nodes of each type would request. Changes nothing.
  - Needs neither a cluster nor a network. With O(kubeconfig) it also compares the plan with the
    live Secret, and takes the images of the cluster; with O(from_cluster) it can start from the
    live Secret, so that nobody has to retype it.
  - Where the registry can be reached from here, it is asked whether it takes the credentials, what
    its certificate verifies with, and which images it lacks. C(copy-images.sh) copies these.
  - Writes a bundle for a change board into O(directory). The same plan gives the same files, and
    none of them holds a secret.
  - C(plan.md) is the plan in words, C(plan.json) the same as data.
    C(registry-secret.yaml) and, in an airgap, C(values.yaml) are the files of Palette's page, with
    V(REPLACE_WITH_CUSTOM_REGISTRY_PASSWORD) for the password. C(palette_registry.yml) is written
    with O(from_cluster) and without O(settings), and holds the settings as variables.
  - C(registry.yml) proposes mirrors as variables that the playbooks take. Targets that hold their
    images stay; for others the registry is asked at the places that people use.
  - Files that this action has not written are never written over.
  - Errors in the plan do not fail the task. RV(ready) tells whether there are any.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.cluster.path_style
  - palette.image_registry.registry
attributes:
  check_mode:
    support: full
    description: Plans, and writes no file in check mode.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  settings:
    description:
      - The registry settings, as C(palette_registry).
      - May be empty with O(from_cluster).
    type: raw
    default: {}
  airgap:
    description: Whether the image-swap chart is part of the override.
    type: bool
    default: true
  product:
    description: What is installed. V(vertex) allows no insecure connections.
    type: str
    choices: [palette, vertex]
    default: palette
  assume_default:
    description:
      - Whether the chart adds a C(default) entry to the webhook's map, without which hardly
        anything is swapped.
      - With V(unknown) the chart is asked, which Helm renders with the planned values, or the live
        map of the cluster. Where there is neither chart nor map, or no Helm, both answers are given.
    type: str
    choices: ['unknown', 'true', 'false']
    default: unknown
  chart:
    description:
      - The image-swap chart, a C(.tgz), a glob that matches one, or a folder. Its own values decide
        where the override's values go, and which images are prefixed.
      - Without it C(values.yaml) has the layout of Palette's page.
    type: str
    default: ""
  chart_sha256:
    description: SHA-256 checksum that the chart's C(.tgz) must have. Not checked if empty.
    type: str
    default: ""
  values_files:
    description: Your own values files for the chart.
    type: list
    elements: path
    default: []
  values:
    description: Your own values for the chart, over those of O(values_files).
    type: dict
    default: {}
  is_eks:
    description: Whether the cluster is Amazon EKS. Told by the cluster, if there is one.
    type: bool
  ca_cert_encoding:
    description: How the chart wants C(caCert).
    type: str
    choices: [pem, base64]
    default: pem
  release_name:
    description: Name of the Helm release.
    type: str
    default: image-swap
  release_namespace:
    description: Namespace of the Helm release.
    type: str
    default: default
  images:
    description:
      - Images to explain. Without this and O(images_file), those of the pods and workload templates
        of the cluster, or one example for each source of the mirrors.
    type: list
    elements: str
    default: []
  images_file:
    description: A text file with one image a line, such as C(images.txt). C(#) begins a comment.
    type: path
    default: ""
  from_cluster:
    description:
      - Whether to start from the live Secret. Without O(settings) its values are the plan, and are
        written down as variables.
    type: bool
    default: false
  helm_binary:
    description: Path of helm, which renders the chart. The one on C(PATH) if empty.
    type: path
    default: ""
  directory:
    description: The folder on the controller for the bundle. No file is written if empty.
    type: path
    default: ""
  check_images:
    description:
      - What it means when the registry lacks one of the chart's images, or of those that are named
        here or run in the cluster. An error with V(required), a warning with V(warn). With V(skip)
        no image is asked for.
    type: str
    choices: [required, warn, skip]
    default: warn
seealso:
  - module: palette.image_registry.preflight_info
  - module: palette.image_registry.override_info
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Plan without a cluster, for the images of a release
  palette.image_registry.override_plan:
    settings: "{{ palette_registry }}"
    chart: image-swap-*.tgz
    images_file: images.txt
    directory: plan
  register: plan_result

- name: Take over what somebody set up by hand
  palette.image_registry.override_plan:
    kubeconfig: "{{ palette_kubeconfig }}"
    from_cluster: true
    directory: plan

- name: Fail on errors
  ansible.builtin.assert:
    that: plan_result.ready
"""

RETURN = r"""
ready:
  description: Whether nothing speaks against the override but warnings.
  returned: success
  type: bool
path:
  description: The folder of the bundle, empty if none was written.
  returned: success
  type: str
  sample: /home/ops/plan
files:
  description: The names of the files in it.
  returned: success
  type: list
  elements: str
  sample: [plan.json, plan.md, registry-secret.yaml, registry.yml, values.yaml]
missing_copies:
  description: Commands that copy what the registry lacks. They hold no credentials.
  returned: success
  type: list
  elements: str
  sample:
    - >-
      skopeo copy --all docker://docker.io/library/nginx:1.25
      docker://harbor.example.org/airgap-images/docker.io/library/nginx:1.25
proposal:
  description:
    - The mirrors that are proposed, with RV(proposal.changes) against what was given. Null where
      not even the registry can be read.
  returned: success
  type: dict
  contains:
    mirrors:
      description: The table, as C(source) and C(target).
      type: list
      elements: dict
    node_path_style:
      description: How nodes are to show it.
      type: str
    changes:
      description: What differs, as C(subject), C(given), C(proposed) and C(reason).
      type: list
      elements: dict
    questions:
      description: What neither rules nor registry can decide, as findings.
      type: list
      elements: dict
    how:
      description: On what ground it stands.
      type: str
      sample: harbor.example.org was asked for 21 images
checks:
  description: What was checked, with all findings.
  returned: success
  type: list
  elements: dict
  sample:
    - name: inputs
      subject: localhost
      status: pass
      expected: no errors
      actual: 7 mirror entries
      findings: []
"""
