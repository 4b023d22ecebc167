#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of this name does the work; this file holds its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evidence_report
short_description: Gather, write and show the evidence of a run
description:
  - Gathers the checks that the tasks of a run have registered on their hosts, writes them as one
    JSON file on the controller, and shows a summary that ends with what to do next.
  - It never fails because of what the checks say; use RV(ignore:status) and RV(ignore:clusters)
    to judge.
attributes:
  check_mode:
    support: full
    description: Shows the summary and writes no file in check mode.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  playbook:
    description: What ran, such as V(override). The first part of the file's name.
    type: str
    required: true
  results:
    description:
      - Names of registered variables that carry RV(ignore:checks). Those that a host lacks are
        passed over.
    type: list
    elements: str
    required: true
  hosts:
    description: The inventory hosts to gather from, clusters and nodes.
    type: list
    elements: str
    required: true
  directory:
    description: The folder on the controller for the JSON file. No file is written if empty.
    type: str
    default: ""
  next_step:
    description: What to do next, in words. Made from the checks if empty.
    type: str
    default: ""
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Show what the verification of the cluster found
  palette.image_registry.evidence_report:
    playbook: verify
    results: [verify_cluster_result]
    hosts: "{{ groups['palette_clusters'] }}"
    directory: "{{ playbook_dir }}/report"
  run_once: true
  register: report_result

- name: Fail if anything failed
  ansible.builtin.assert:
    that: report_result.status != 'fail'
"""

RETURN = r"""
status:
  description: The worst status of all checks, one of V(pass), V(warn), V(fail), V(skip).
  returned: success
  type: str
  sample: warn
counts:
  description: How many checks ended how.
  returned: success
  type: dict
  sample: {"pass": 20, "warn": 2, "fail": 0, "skip": 0}
clusters:
  description: The worst status over each cluster, its nodes included.
  returned: success
  type: dict
  sample: {"production": "warn"}
path:
  description: The JSON file, empty if none was written.
  returned: success
  type: str
  sample: /home/ops/report/verify-20260102T030405Z.json
"""
