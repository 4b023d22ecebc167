#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: override_info
short_description: Compare what a cluster holds with the registry settings
version_added: 1.0.0
description:
  - Reads Secret C(registry-info) and, in an airgap, the release of the image-swap chart from the
    cluster, and compares every field with the settings.
  - Each rendering has its own expectation, so a difference names the field, what it is and what
    it should be. The password is shown as a fingerprint.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.cluster.settings
  - palette.image_registry.cluster.path_style
  - palette.image_registry.cluster.override
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
  is_eks:
    description: The expected C(isEKSCluster). Not compared when not given.
    type: bool
  ca_cert_encoding:
    description: How the chart wants C(caCert).
    type: str
    choices: [pem, base64]
    default: pem
seealso:
  - module: palette.image_registry.registry_secret
  - module: palette.image_registry.image_swap_release
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Compare the Secret alone, as after the page's non-airgap tab
  palette.image_registry.override_info:
    settings: "{{ palette_registry }}"
    airgap: false
    kubeconfig: "{{ palette_kubeconfig }}"
  register: override_state

- name: Compare Secret and chart, and fail on drift
  palette.image_registry.override_info:
    settings: "{{ palette_registry }}"
    kubeconfig: "{{ palette_kubeconfig }}"
  register: override_state
  failed_when: not override_state.in_place
"""

RETURN = r"""
in_place:
  description: Whether nothing differs.
  returned: success
  type: bool
checks:
  description: One check a field.
  returned: success
  type: list
  elements: dict
  sample:
    - name: Secret DOMAIN
      subject: production
      status: pass
      expected: harbor.example.org
      actual: harbor.example.org
      findings: []
"""
