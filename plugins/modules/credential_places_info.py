#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: credential_places_info
short_description: Find what still holds a former password of the registry
version_added: 1.0.0
description:
  - After a rotation, lists every Secret of a cluster that still holds a password that the override
    used before. No value is returned.
  - The former passwords are never given. The cluster itself tells them, since it keeps them in
    the snapshots of C(registry-info), in older revisions of the image-swap release, in
    C(registry-info) itself and in kubectl's copy of it. What equals the password in O(settings)
    is not a former one.
  - Looked through are the data of Secrets, the logins of pull Secrets (C(password) and C(auth)),
    values and manifests of Helm releases, and annotations; also in base64 and as JSON, YAML and
    URLs write it. Passwords shorter than four characters, and those that are nothing but a word,
    are found only where they are the whole value.
  - Pull Secrets that log in to the registry with any other password than that of O(settings) are
    remarked on as well. So are those that log in to it alone where O(airgap) is V(false), since
    kubelet looks for a login by the registry that the pod names.
  - What the kubeconfig's user may not list is not looked through, and the check says so.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.cluster.settings
  - palette.image_registry.cluster.override
options:
  airgap:
    description:
      - Whether the webhook rewrites images, so that pods name the registry itself.
      - Without it nodes redirect, and pods name the source.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Changes nothing.
seealso:
  - module: palette.image_registry.snapshots_forget
  - module: palette.image_registry.override_info
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Look for what still holds a former password
  palette.image_registry.credential_places_info:
    settings: "{{ palette_registry }}"
    kubeconfig: "{{ palette_kubeconfig }}"
  register: credentials

- name: Name the pull Secrets that their owners have to update
  ansible.builtin.debug:
    msg: "{{ item.namespace }}/{{ item.name }}: {{ item.note }}"
  loop: "{{ credentials.places | selectattr('kind', 'equalto', 'pull_secret') }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
complete:
  description: Whether the Secrets of all namespaces could be read.
  returned: success
  type: bool
places:
  description: What holds a former password, one entry a place.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - V(registry_secret), V(helm_revision), V(snapshot), V(pull_secret), or V(secret) for any
          other.
      type: str
    namespace:
      description: Namespace of the Secret.
      type: str
    name:
      description: Name of the Secret.
      type: str
    key:
      description: The key of its data, the path of a Helm value, or the name of an annotation.
      type: str
    how:
      description: What stands there, in words.
      type: str
    note:
      description: The revision, the snapshot or the registry, in words. May be empty.
      type: str
    history:
      description: Whether it is kept only to go back to.
      type: bool
    owner:
      description: The Helm release that made the Secret, as NAMESPACE/NAME. Empty if none did.
      type: str
  sample:
    - kind: helm_revision
      namespace: default
      name: sh.helm.release.v1.image-swap.v1
      key: config.ociImageRegistry.password
      how: values
      note: revision 1 of release image-swap, superseded
      history: true
      owner: ""
checks:
  description: >-
    The check C(old credential), and C(pull secrets) where some log in to the registry. They warn
    and never fail.
  returned: success
  type: list
  elements: dict
  sample:
    - name: old credential
      subject: production
      status: warn
      expected: nowhere
      actual: in 1 Secret
      findings: []
"""
