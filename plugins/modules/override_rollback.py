#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: override_rollback
short_description: Put a cluster back to what it was before an override
version_added: 1.0.0
description:
  - Puts back what a snapshot holds, and proves it. Data, type, labels and annotations of Secret
    C(registry-info) become what they were, or the Secret is removed where there was none. The
    release goes back by C(helm rollback), or is uninstalled where it was not installed.
  - The C(caBundle) of webhooks is never put back. A former one would block every pod.
  - It looks first and does nothing twice, so one that was interrupted is run again. A snapshot
    whose revision Helm does not have any more is refused before anything is written.
  - It takes the lock of the cluster, see M(palette.image_registry.override_transaction).
extends_documentation_fragment:
  - palette.image_registry.cluster
attributes:
  check_mode:
    support: full
    description: Tells what would be put back.
  diff_mode:
    support: full
    description: Shows the Secret before and after, with fingerprints for secrets.
options:
  snapshot:
    description:
      - The id of a snapshot, or V(latest). That is the state before the last override that
        completed. Where an override was interrupted, it is the state before that one.
      - Not looked at with O(transaction), whose own snapshot is put back.
    type: str
    default: latest
  name:
    description: Name of the Secret of the override.
    type: str
    default: registry-info
  namespace:
    description: Its namespace, where the snapshots lie as well.
    type: str
    default: jet-system
  helm_binary:
    description: The helm program. The one on C(PATH) if empty.
    type: path
    default: ""
  timeout:
    description: How long Helm may take.
    type: int
    default: 300
  history_max:
    description: The number of revisions of the release that Helm keeps.
    type: int
    default: 12
  lock_duration:
    description: The seconds for which the lock holds unless it is renewed, from 1 to 86400.
    type: int
    default: 120
seealso:
  - module: palette.image_registry.override_transaction
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Put back what was there before the last override
  palette.image_registry.override_rollback:
    kubeconfig: "{{ palette_kubeconfig }}"

- name: Put back what a certain snapshot holds
  palette.image_registry.override_rollback:
    kubeconfig: "{{ palette_kubeconfig }}"
    snapshot: 20261126-041500-3f9a
"""

RETURN = r"""
snapshot:
  description:
    - The snapshot that was put back, without any value. Empty where the transaction had written
      nothing.
  returned: success
  type: dict
  sample:
    id: 20261126-041500-3f9a
    state: completed
    taken_at: "2026-11-26T04:15:00+00:00"
    taken_by: operator@controller
    holds: secret/registry-info in jet-system absent, release image-swap in default absent
checks:
  description: The proof that it is back, for the report.
  returned: success
  type: list
  elements: dict
msg:
  description: What was done, in words.
  returned: always
  type: str
"""
