#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: override_transaction
short_description: Make one transaction of the tasks of an override
version_added: 1.0.0
description:
  - With O(state=begun) it takes the lock of the cluster. Actions that are given
    RV(transaction) then renew the lock at each step, and the first of them that writes keeps a
    snapshot before.
  - The lock is the Lease C(image-registry-override) beside the Secret, taken by compare-and-swap.
    Where somebody holds it who is alive, the task fails and nothing is changed. A holder that was
    killed does not renew it; the task says so, waits until its time is over and one step more,
    and takes it over.
  - A snapshot is a Secret of type C(palette.image-registry/snapshot). It holds the data, type,
    labels and annotations of Secret C(registry-info) and the revision of the release. Nothing of
    it is ever written to the controller.
  - What an interrupted override left is adopted. Its snapshot stays the state before.
  - With O(state=completed) the override is noted as completed, old snapshots are removed and the
    lock is released.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.cluster.override
attributes:
  check_mode:
    support: full
    description:
      - Only reads, as with O(state=listed). Nothing is locked; options that cannot work are refused.
  diff_mode:
    support: none
    description: What it writes belongs to the transaction, not to the override.
options:
  state:
    description:
      - V(abandoned) releases the lock alone, so that the snapshot is that of an interrupted
        override. V(listed) tells which snapshots there are, and whether an override stopped
        half-way.
    type: str
    required: true
    choices: [begun, completed, abandoned, listed]
  airgap:
    description: Whether the image-swap release is part of the override, and of the snapshot.
    type: bool
    default: true
  lock_duration:
    description: The seconds for which the lock holds unless it is renewed, from 1 to 86400.
    type: int
    default: 120
  keep:
    description: The number of completed snapshots that are kept, from 1 to 99.
    type: int
    default: 5
  history_max:
    description:
      - The number of revisions of the release that Helm keeps. Less than twice O(keep)
        and two is refused, as by M(palette.image_registry.image_swap_release) less than 2.
    type: int
    default: 12
seealso:
  - module: palette.image_registry.override_rollback
  - module: palette.image_registry.registry_secret
  - module: palette.image_registry.image_swap_release
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Lock the cluster
  palette.image_registry.override_transaction:
    kubeconfig: "{{ palette_kubeconfig }}"
    state: begun
  register: begun

- name: Write the Secret; what was there before is kept first
  palette.image_registry.registry_secret:
    kubeconfig: "{{ palette_kubeconfig }}"
    settings: "{{ palette_registry }}"
    transaction: "{{ begun.transaction }}"

- name: Note that all is well
  palette.image_registry.override_transaction:
    kubeconfig: "{{ palette_kubeconfig }}"
    state: completed
    transaction: "{{ begun.transaction }}"

- name: Look which snapshots there are
  palette.image_registry.override_transaction:
    kubeconfig: "{{ palette_kubeconfig }}"
    state: listed
  register: listed
"""

RETURN = r"""
transaction:
  description: What the other tasks of the transaction need. It holds no secret. Empty unless begun.
  returned: success
  type: dict
snapshot:
  description:
    - The id of the snapshot, taken or still to be taken. After O(state=completed) it is empty where
      nothing had to be written.
  returned: success and not O(state=listed)
  type: str
  sample: 20261126-041500-3f9a
adopted:
  description: Whether it goes on from an interrupted override.
  returned: O(state=begun)
  type: bool
snapshots:
  description: The snapshots, without any value.
  returned: O(state=listed), and in check mode
  type: list
  elements: dict
  sample:
    - id: 20261126-041500-3f9a
      state: completed
      taken_at: "2026-11-26T04:15:00+00:00"
      taken_by: operator@controller
      holds: >-
        secret/registry-info in jet-system absent, release image-swap in default absent
checks:
  description: Whether an override stopped half-way, for the report.
  returned: O(state=listed), and in check mode
  type: list
  elements: dict
msg:
  description: What was found or done, in words.
  returned: always
  type: str
"""
