#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evidence_config_map
short_description: Keep the last report of a playbook in its cluster
version_added: 1.0.0
description:
  - Writes a JSON report into a ConfigMap in namespace C(jet-system), under the key C(report.json).
    Its name is C(image-registry-report-) and the name of the playbook. A controller that is a pod,
    as in AWX, loses its files; this stays.
  - It is written only if its verdicts are not those that are there already. Times and the words of
    actual values do not count. So RV(ignore:changed) tells that something has become better or worse, and
    the time in the ConfigMap is the one since which it is so.
  - A report of more than 900 KiB is shortened, what passed first, and says so in C(left_out). Its
    status and its counts stay those of the whole.
  - The report holds no secret, as its file does not.
extends_documentation_fragment:
  - palette.image_registry.cluster
attributes:
  check_mode:
    support: full
    description: Nothing is written; the API server is asked whether it would take the ConfigMap.
  diff_mode:
    support: none
    description: The report's HTML shows what has changed.
options:
  report:
    description: The JSON file on the controller.
    type: path
    required: true
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Keep the evidence in the cluster
  palette.image_registry.evidence_config_map:
    kubeconfig: ~/palette.kubeconfig
    report: report/verify-20260102T030405Z.json
"""

RETURN = r"""
name:
  description: The name of the ConfigMap.
  returned: success
  type: str
  sample: image-registry-report-verify
msg:
  description: What became of it.
  returned: always
  type: str
  sample: "configmap/image-registry-report-verify in jet-system: updated, 18034 bytes"
"""
