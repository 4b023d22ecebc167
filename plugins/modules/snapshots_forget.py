#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapshots_forget
short_description: Delete what an override keeps for a rollback
version_added: 1.0.0
description:
  - Deletes the snapshots of Secret C(registry-info) and the older revisions of the image-swap
    release, both of which keep former passwords. A rollback is then no longer possible.
  - Revisions that Helm may still need stay, which are the last one, the deployed one, and every
    one that is neither superseded nor failed.
  - Nothing is deleted unless O(confirm) is the cluster's own name, so that one variable given to
    many clusters by accident deletes nothing on the others. Without it the task lists what would
    go, and fails.
  - It refuses while a snapshot is not completed or a revision is pending, since then an override
    or a Helm command is at work, or was interrupted and may have to be taken back.
  - Each Secret is deleted only as it was read. One that was changed since ends the task with what
    was deleted until then; running it again goes on.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.cluster.override
attributes:
  check_mode:
    support: full
    description: Lists what would be deleted, and needs no confirmation.
  diff_mode:
    support: full
    description: Shows what is deleted, by name.
options:
  confirm:
    description: The value of O(subject), to confirm that the history of this cluster may go.
    type: str
    default: ""
  subject:
    description: The name of the cluster. Its inventory name if empty.
    type: str
    default: ""
seealso:
  - module: palette.image_registry.credential_places_info
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Forget how production's override was before
  palette.image_registry.snapshots_forget:
    kubeconfig: "{{ palette_kubeconfig }}"
    subject: production
    confirm: production
  register: forgotten

- name: Name what still holds a former password
  ansible.builtin.debug:
    msg: "{{ forgotten.places }}"
"""

RETURN = r"""
history:
  description: What was deleted, or would be in check mode, in this order.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: V(helm_revision) or V(snapshot).
      type: str
    namespace:
      description: Namespace of the Secret.
      type: str
    name:
      description: Name of the Secret.
      type: str
    note:
      description: Which revision or snapshot it was, in words.
      type: str
  sample:
    - kind: helm_revision
      namespace: default
      name: sh.helm.release.v1.image-swap.v1
      note: revision 1, superseded
places:
  description:
    - What still holds a former password, as far as it could be read, as
      M(palette.image_registry.credential_places_info) returns it.
    - Former ones are all that the history kept and that C(registry-info) no longer has.
  returned: success
  type: list
  elements: dict
checks:
  description: The check C(history of the override), and C(old credential) for what is left.
  returned: success
  type: list
  elements: dict
  sample:
    - name: history of the override
      subject: production
      status: warn
      expected: forgotten
      actual: 2 snapshots and 1 Helm revision deleted
      findings: []
msg:
  description: What happened, in words.
  returned: always
  type: str
  sample: "history of the override on production: 2 snapshots and 1 Helm revision deleted"
"""
