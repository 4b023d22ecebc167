#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: webhook_info
short_description: Tell whether the image-swap webhook is live
version_added: 1.0.0
description:
  - Shows the API server a pod with one image for each source of the mirror table, in a server-side
    dry run, so that nothing is created. What the live webhook makes of the images is compared with
    what its map says, and the map with the settings, source by source.
  - Says what keeps the webhook from it, each as a finding of its own, for example no namespace that
    it selects, a webhook that does not answer, an expired certificate, a C(caBundle) that does not
    vouch for the certificate, pods that are not ready and why, a map without C(default).
  - Finds the webhook by the upstream names (C(imageswap-webhook), C(imageswap-system),
    C(imageswap-maps)) and, as the chart is not public, by what it does.
  - The pod keeps to the restricted Pod Security profile and asks for little. If something else
    refuses it, such as a quota or another webhook, that is a warning which names it, because then
    nothing is proven.
extends_documentation_fragment:
  - palette.image_registry.cluster
attributes:
  check_mode:
    support: full
    description: Reads only, and asks for dry runs.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  settings:
    description:
      - The registry settings, as C(palette_registry). Without any, the sources are those of the
        live map, and nothing is compared with settings.
    type: raw
    default: {}
  namespace:
    description: Where the webhook runs, if its registration names no Service.
    type: str
    default: imageswap-system
  canary_namespace:
    description:
      - The namespace in which to show the pod to the API server.
      - If empty, one that the webhook selects, Palette's own first.
    type: str
    default: ""
  timeout:
    description:
      - How long to look again while what is wrong may still pass. A changed ConfigMap reaches the
        webhook's pods only after a minute or two; an expired certificate does not pass.
      - With V(0) there is one look.
    type: int
    default: 0
notes:
  - The user of the kubeconfig needs C(create) on pods, for the dry run. Secrets and pods that may
    not be read are passed over.
seealso:
  - module: palette.image_registry.webhook_break_glass
  - module: palette.image_registry.override_info
  - plugin: palette.image_registry.explain_image
    plugin_type: filter
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Is the override live? Wait for the new map
  palette.image_registry.webhook_info:
    settings: "{{ palette_registry }}"
    kubeconfig: "{{ palette_kubeconfig }}"
    timeout: 150
  register: webhook
  failed_when: not webhook.live

- name: What does the webhook make of its own map, and is it well?
  palette.image_registry.webhook_info:
    kubeconfig: "{{ palette_kubeconfig }}"
  register: webhook
"""

RETURN = r"""
live:
  description:
    - Whether no check failed. Also true where no image-swap webhook is registered, which the check
      C(webhook) then says with status V(skip).
  returned: success
  type: bool
webhooks:
  description: The image-swap webhooks that are registered.
  returned: success
  type: list
  elements: str
  sample: ["mutatingwebhookconfiguration/imageswap-webhook, imageswap.webhook.k8s.twr.io"]
images:
  description: One image a source of the mirror table.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The source.
      type: str
    image:
      description: The image in the pod as it was sent.
      type: str
    actual:
      description: The image in the pod as it would have been created, empty if it was refused.
      type: str
    predicted:
      description: What the live map makes of the image, null if it is not known or an error.
      type: str
    wanted:
      description: What the settings make of the image, null without settings.
      type: str
checks:
  description:
    - The checks C(webhook), C(webhook replicas), C(webhook certificate), C(webhook map) and
      C(webhook canary).
  returned: success
  type: list
  elements: dict
  sample:
    - name: webhook canary
      subject: production
      status: pass
      expected: 6 sources swapped
      actual: 6 of 6 as wanted, in jet-system
      findings: []
"""
