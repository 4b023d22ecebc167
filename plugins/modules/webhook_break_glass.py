#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: webhook_break_glass
short_description: Keep the image-swap webhook from blocking pods
version_added: 1.0.0
description:
  - For the emergency in which no pod can be created because the image-swap webhook does not answer,
    or in which it gives pods images that do not exist.
  - Adds one requirement to the C(namespaceSelector) of the webhook's registration, a label that no
    namespace has, so that the API server asks it about no pod any more. This works whatever is
    wrong with the webhook. C(failurePolicy), C(caBundle), rules and the webhook's own objects stay
    as they are, so that taking the requirement away again gives back exactly what was there.
  - C(failurePolicy=Ignore) would not do where the webhook refuses pods, answers with a patch that
    cannot be applied or swaps to the wrong images, and each pod would wait for the timeout. A
    deleted registration would be gone with its C(caBundle).
  - Proves with a server-side dry run that pods are let through, and prints how to undo it.
extends_documentation_fragment:
  - palette.image_registry.cluster
attributes:
  check_mode:
    support: full
    description: Asks the API server for a dry run of the change.
  diff_mode:
    support: full
    description: Shows the namespaceSelector.
options:
  state:
    description:
      - V(bypassed) takes the webhook out of the way of all pods.
      - V(active) undoes that. A webhook that was never bypassed stays as it is.
    type: str
    choices: [bypassed, active]
    default: bypassed
  configuration:
    description: The name of the one MutatingWebhookConfiguration to change. If empty, those of all
      image-swap webhooks.
    type: str
    default: ""
notes:
  - Pods that are created while the webhook is bypassed keep the images that they name. In an airgap
    only those start that name the private registry, or whose nodes redirect the pull.
  - Pods that exist already are not changed; those that wait for an image have to be deleted to be
    created anew.
  - No other action of the collection undoes it. M(palette.image_registry.webhook_info), and with it
    the playbooks override and verify, fails with C(webhook_bypassed) until it is undone.
  - The webhook's init container may register it anew when its pods restart.
seealso:
  - module: palette.image_registry.webhook_info
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Let pods through, whatever is wrong with the webhook
  palette.image_registry.webhook_break_glass:
    kubeconfig: "{{ palette_kubeconfig }}"

- name: Ask the webhook again, once it is well
  palette.image_registry.webhook_break_glass:
    kubeconfig: "{{ palette_kubeconfig }}"
    state: active
"""

RETURN = r"""
webhooks:
  description: The image-swap webhooks that are registered; empty if there is nothing to bypass.
  returned: success
  type: list
  elements: str
  sample: ["mutatingwebhookconfiguration/imageswap-webhook, imageswap.webhook.k8s.twr.io"]
undo:
  description: The commands that undo the bypass, one a registration. Empty in check mode and with
    O(state=active).
  returned: success
  type: list
  elements: str
  sample:
    - >-
      kubectl --kubeconfig=/root/kubeconfig --context=admin patch mutatingwebhookconfiguration
      imageswap-webhook --type=json '--patch=[{"op":"remove","path":"/webhooks/0/..."}]'
checks:
  description: The checks C(webhook bypass) and, with O(state=bypassed), C(pods are let through).
  returned: success
  type: list
  elements: dict
msg:
  description: What was done, and how to undo it.
  returned: success
  type: str
"""
