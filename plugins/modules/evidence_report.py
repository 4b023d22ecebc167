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
version_added: 1.0.0
description:
  - Gathers the checks that the tasks of a run have registered on their hosts, writes them down on
    the controller as HTML, JSON, Markdown and JUnit XML, and shows a summary that ends with what
    to do next.
  - With O(inputs) it puts the reports of several runs together instead, such as those of job
    slices, to exactly the report that one run over all hosts would have written.
  - HTML and Markdown are compared with the report of the same playbook that was written before
    into the same folder.
  - It never fails because of what the checks say; use RV(ignore:status) and RV(ignore:clusters)
    to judge.
  - It sets custom stats as M(ansible.builtin.set_stats) does, a dictionary C(palette_image_registry)
    with the few facts by which an AWX workflow can decide how to go on.
attributes:
  check_mode:
    support: full
    description: Shows the summary and writes no file in check mode.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  playbook:
    description:
      - What ran, such as V(override). The first part of the files' names.
      - Not used with O(inputs), which say it themselves.
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
  inputs:
    description:
      - JSON reports of this collection, to be merged instead of gathering anything.
      - All must be of one playbook. A host on which two of them do not agree keeps the worse status
        of each check, and gets a check that warns of it.
      - A file that is no such report is named in the error, with what is wrong with it.
    type: list
    elements: path
    default: []
  directory:
    description: The folder on the controller for the files. None is written if empty.
    type: str
    default: ""
  formats:
    description: The forms in which the report is written.
    type: list
    elements: str
    choices: [html, json, markdown, junit]
    default: [html, json, markdown, junit]
  parts:
    description:
      - Whether to keep the JSON of each cluster alone in Ansible's temporary folder until the run
        ends, for M(palette.image_registry.evidence_config_map).
    type: bool
    default: false
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

- name: Put the reports of three job slices together
  palette.image_registry.evidence_report:
    playbook: verify
    results: []
    hosts: []
    inputs: [slice-1.json, slice-2.json, slice-3.json]
    directory: "{{ playbook_dir }}/report"
    formats: [html]

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
paths:
  description: The files that were written, by their format.
  returned: success
  type: dict
  sample: {"html": "/home/ops/report/verify-20260102T030405Z.html"}
parts:
  description: The JSON file of each cluster, with O(parts). They are gone after the run.
  returned: success
  type: dict
  sample: {"production": "/home/ops/.ansible/tmp/ansible-local-1/report-2/part-0.json"}
path:
  description: The JSON file, empty if none was written.
  returned: success
  type: str
  sample: /home/ops/report/verify-20260102T030405Z.json
"""
