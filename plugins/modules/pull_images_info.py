#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: pull_images_info
short_description: Choose of each source the smallest image that the registry holds
version_added: 1.0.0
description:
  - Finds images with which pulls can be tried. They are those of O(images) and O(images_file), and those that
    the cluster runs, by the names that they have outside of the registry.
  - Asks the registry for at most thirty images of each source of the mirror table, and reads the manifests of those that it
    holds. Up to three of each are returned, the smallest first, with their digests. Of an image for several platforms
    those of the cluster's nodes count.
  - Changes nothing. A registry that cannot be asked is a skipped check.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.cluster.path_style
  - palette.image_registry.cluster.settings
options:
  airgap:
    description: Whether the image-swap chart is part of the override.
    type: bool
    default: true
  images:
    description: More images, as pods name them.
    type: list
    elements: str
    default: []
  images_file:
    description: A text file on the controller with more images, one a line.
    type: path
    default: ""
  architectures:
    description: Platforms of the nodes, such as V(linux/arm64). If empty, those of the cluster's nodes.
    type: list
    elements: str
    default: []
  largest_mib:
    description: The largest image that may be chosen, in MiB as it is packed in the registry.
    type: int
    default: 100
  registry_timeout:
    description: Seconds that one attempt at the registry may take.
    type: float
    default: 10.0
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Changes nothing.
seealso:
  - module: palette.image_registry.pull_pod
  - module: palette.image_registry.containerd_mirrors_info
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Choose images to pull
  palette.image_registry.pull_images_info:
    settings: "{{ palette_registry }}"
    kubeconfig: "{{ palette_kubeconfig }}"
    images:
      - registry.k8s.io/pause:3.9
  register: chosen
"""

RETURN = r"""
sources:
  description: The sources of the mirror table with their images; without any, C(reason) says why.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The registry that the images come from.
      type: str
    images:
      description: The smallest images, each with C(image), C(place), C(digest), C(ids) and C(size) in bytes.
      type: list
      elements: dict
    reason:
      description: Why there is none, in words.
      type: str
checks:
  description: The check C(images to pull).
  returned: success
  type: list
  elements: dict
  sample:
    - name: images to pull
      subject: production
      status: pass
      expected: one for each source
      actual: 7 of 7 sources
      findings: []
"""
