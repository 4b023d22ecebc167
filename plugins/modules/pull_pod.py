#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: pull_pod
short_description: Let a pod of the cluster pull an image of each source
version_added: 1.0.0
description:
  - Creates a Job with one pod and a container for each of O(sources), in a namespace that the image-swap webhook selects, and
    waits until kubelet has pulled its images or has given up. What was pulled is compared with the digest that the
    registry holds. Events tell the image, the node and the cause of a pull that failed.
  - The pod meets the restricted Pod Security Standard, and has no token. Of the images nothing is run but C(/pause), where one
    has it. A container whose image has no such program ends at once, after its pull.
  - The Job is deleted whatever happens. Where this process is killed, the Job ends by itself after O(timeout), is
    removed a minute later, and the next run deletes it as well.
  - Never fails for what a pull shows. That is in RV(checks).
extends_documentation_fragment:
  - palette.image_registry.cluster
options:
  sources:
    description: The RV(palette.image_registry.pull_images_info#module:sources) of M(palette.image_registry.pull_images_info).
    type: list
    elements: dict
    required: true
  namespace:
    description: The namespace of the Job. If empty, one that the webhook selects, Palette's own first.
    type: str
    default: ""
  timeout:
    description: How long all pulls of the pod may take.
    type: int
    default: 120
attributes:
  check_mode:
    support: partial
    description: In check mode no Job is created, and the check is skipped.
  diff_mode:
    support: none
    description: What is created is deleted again.
seealso:
  - module: palette.image_registry.pull_images_info
  - module: palette.image_registry.webhook_info
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Choose images to pull
  palette.image_registry.pull_images_info:
    settings: "{{ palette_registry }}"
    kubeconfig: "{{ palette_kubeconfig }}"
  register: chosen

- name: Pull them in the cluster
  palette.image_registry.pull_pod:
    sources: "{{ chosen.sources }}"
    kubeconfig: "{{ palette_kubeconfig }}"
  register: pulled
"""

RETURN = r"""
checks:
  description: A check for each source.
  returned: success
  type: list
  elements: dict
  sample:
    - name: pod pulls from docker.io
      subject: production
      status: pass
      expected: sha256:4f5c... as harbor.example.org/airgap-images/docker.io/library/nginx:1.25
      actual: sha256:4f5c... as harbor.example.org/airgap-images/docker.io/library/nginx:1.25 on node worker-1
      findings: []
"""
