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
version_added: 1.0.0
description:
  - Checks the inputs (with the whole lint), the controller's tools, the chart, and the cluster.
    Which cluster it is, whether Palette is there and healthy, and what the kubeconfig's user may.
  - Asks the registry, from the controller, whether it takes the credentials and what its certificate
    verifies with, and then for the images that matter. A registry that cannot be reached from here
    proves nothing and is skipped.
  - All failures are collected in RV(ignore:msg), each with what to do. The task itself does not
    fail; RV(ignore:ready) says whether everything holds.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.registry
  - palette.image_registry.cluster.settings
  - palette.image_registry.cluster.path_style
attributes:
  check_mode:
    support: full
    description: Reads only, and writes no file in check mode.
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
  expected_cluster_uid:
    description: UID of namespace C(kube-system) of the cluster that is meant. Any if empty.
    type: str
    default: ""
  identity_only:
    description:
      - Whether to check only Python and which cluster it is, before something that needs no
        settings.
    type: bool
    default: false
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
  chart_sha256:
    description: SHA-256 checksum that the chart's C(.tgz) must have. Not checked if empty; of an OCI
      reference it is checked when the chart is pulled.
    type: str
    default: ""
  helm_binary:
    description: Path of helm (3.14 or later). The one on C(PATH) if empty.
    type: path
    default: ""
  secret_name:
    description: Name of the override's Secret. One that could not be written stops the run here.
    type: str
    default: registry-info
  secret_namespace:
    description: Namespace of the Secret, in which the override needs permissions.
    type: str
    default: jet-system
  secret_replace:
    description: Whether a Secret of another type, or an immutable one, is going to be replaced.
    type: bool
    default: false
  release_namespace:
    description: Namespace of the Helm release.
    type: str
    default: default
  values_files:
    description: Your own values files for the chart, whose images count.
    type: list
    elements: path
    default: []
  values:
    description: Your own values for the chart, over those of O(values_files).
    type: dict
    default: {}
  check_images:
    description:
      - What it means when the registry lacks an image that the cluster runs, the chart needs, or
        that is named here. An error with V(required), a warning with V(warn). With V(skip) no image
        is asked for.
      - Images are followed through the webhook (with O(airgap)) and the nodes' mirrors.
    type: str
    choices: [required, warn, skip]
    default: warn
  images:
    description: Images to ask for in addition to those of the cluster and of the chart.
    type: list
    elements: str
    default: []
  images_file:
    description: A text file on the controller with such images, one a line. C(#) begins a comment.
    type: path
    default: ""
  assume_default:
    description: Whether the webhook's map has a C(default) entry where the mirrors have none. With
      V(unknown) one is assumed.
    type: str
    choices: [unknown, "true", "false"]
    default: unknown
  copy_script:
    description:
      - Path on the controller for a shell script that copies the images that are missing. None is
        written if empty, and in check mode.
      - Where nothing is missing any more, the script of an earlier run is removed.
    type: path
    default: ""
seealso:
  - module: palette.image_registry.override_info
  - module: palette.image_registry.registry_images_info
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

- name: Stop where the registry lacks an image
  palette.image_registry.preflight_info:
    settings: "{{ palette_registry }}"
    kubeconfig: "{{ palette_kubeconfig }}"
    chart: "{{ palette_image_swap_chart }}"
    check_images: required
    images_file: images.txt
    copy_script: copy-images.sh

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
images_summary:
  description:
    - How many images the registry has or lacks, as RV(palette.image_registry.registry_images_info#module:summary).
    - Empty where none was asked for.
  returned: when the settings are usable
  type: dict
missing_copies:
  description: Commands that copy what is missing. They hold no credentials.
  returned: when the settings are usable
  type: list
  elements: str
  sample:
    - >-
      skopeo copy --all docker://docker.io/library/nginx:1.25
      docker://harbor.example.org/airgap-images/docker.io/library/nginx:1.25
copy_script:
  description: The path of the script with these commands, empty if none was written.
  returned: when the settings are usable
  type: str
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
