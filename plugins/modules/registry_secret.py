# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a virtual module that is entirely implemented as an action plugin: plugins/action/.

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_secret
short_description: Keep the Secret from which Palette reads its image registry override
version_added: 1.0.0
description:
  - Creates, updates or removes the Secret C(registry-info) in namespace C(jet-system), through
    M(kubernetes.core.k8s).
  - The Secret is read first and compared by its decoded bytes. Only keys that differ are written,
    by a patch that holds
    for this very version of the Secret, so nobody else's write is lost. Keys that others added
    stay.
  - Neither the result nor the diff holds a secret. A changed password shows as two different
    fingerprints, whose digits
    mean nothing outside of the run.
  - Values reach the cluster by standard input alone. They are never in arguments of a process, in
    its environment, in a
    file or in syslog. Pipelining is turned on for that, and with C(ANSIBLE_KEEP_REMOTE_FILES) the
    action refuses to work.
  - The environment variables that lead M(kubernetes.core.k8s) elsewhere (E(KUBECONFIG),
    C(K8S_AUTH_*)) do not count.
extends_documentation_fragment:
  - palette.image_registry.cluster
  - palette.image_registry.cluster.path_style
options:
  settings:
    description:
      - The override as C(palette_registry) holds it. See the README of the collection for its keys.
      - Exactly one of O(settings) and O(data) must be given with O(state=present).
      - Ansible evaluates C({{) in a password that comes from a variable. Write C(!unsafe) before
        such a password.
    type: dict
  data:
    description:
      - The Secret's keys and their decoded values, instead of O(settings). Every value is a string.
    type: dict
  name:
    description:
      - Name of the Secret. Palette reads V(registry-info).
    type: str
    default: registry-info
  namespace:
    description:
      - Namespace of the Secret. Palette reads V(jet-system). It is not created.
    type: str
    default: jet-system
  state:
    description:
      - Whether the Secret should exist.
    type: str
    default: present
    choices: [present, absent]
  replace:
    description:
      - A Secret of another type than V(Opaque) and an immutable Secret cannot be changed in place.
        With V(false) they are refused. With V(true) they are deleted and created again, and their
        other keys, labels and
        annotations are kept.
      - If the cluster refuses the new Secret, the old one is put back.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description:
      - Can run in check mode and return changed status prediction without modifying target.
    details:
      - The cluster itself is asked, by a server-side dry run, so permissions and policies count.
  diff_mode:
    support: full
    description:
      - Will return details on what has changed (or possibly needs changing in check mode), when in
        diff mode.
    details: Without a secret.
  idempotent:
    support: full
    description:
      - When run twice in a row outside check mode, with the same arguments, the second run
        indicates no change.
seealso:
  - module: palette.image_registry.override_transaction
  - module: palette.image_registry.image_swap_release
  - module: kubernetes.core.k8s
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Point Palette at the registry
  palette.image_registry.registry_secret:
    kubeconfig: ~/palette/admin.kubeconfig
    settings:
      endpoint: harbor.example.org
      name: Internal Registry
      base_content_path: airgap-images
      username: robot
      password: "{{ vault_registry_password }}"
      insecure_skip_verify: false
      ca_cert: ""
      mirrors:
        docker.io: harbor.example.org/airgap-images/docker.io
        quay.io: harbor.example.org/airgap-images/quay.io

- name: See what would change, key by key
  palette.image_registry.registry_secret:
    kubeconfig: ~/palette/admin.kubeconfig
    settings: "{{ palette_registry }}"
  check_mode: true
  diff: true

- name: Take the override back
  palette.image_registry.registry_secret:
    kubeconfig: ~/palette/admin.kubeconfig
    context: palette-mgmt
    state: absent
"""

RETURN = r"""
changed_keys:
  description:
    - Keys of the Secret that were written, or would be. No values.
  returned: success
  type: list
  elements: str
  sample: [PASSWORD, MIRROR_REGISTRIES]
checks:
  description:
    - One check for the report, with what was done in C(actual).
  returned: success
  type: list
  elements: dict
  sample:
    - name: registry secret
      subject: secret/registry-info in jet-system
      status: pass
      expected: as wanted
      actual: "updated: PASSWORD"
      findings: []
diff:
  description:
    - The Secret before and after, decoded. Passwords and keys that the collection does not know are
      fingerprints.
  returned: success, in diff mode
  type: dict
  sample:
    before_header: secret/registry-info in jet-system
    after_header: secret/registry-info in jet-system
    before: "data:\n  PASSWORD: <redacted 1f2e3d>\n"
    after: "data:\n  PASSWORD: <redacted 4c5b6a>\n"
findings:
  description:
    - What went wrong and what to do about it.
  returned: failure
  type: list
  elements: dict
  sample:
    - code: namespace_missing
      severity: error
      subject: kubernetes.core.k8s
      message: "creating the Secret failed: the cluster has no namespace jet-system"
      fix: check that the kubeconfig and context lead to the Palette or VerteX management cluster
msg:
  description:
    - The outcome in one line, or the findings as text.
  returned: always
  type: str
  sample: "secret/registry-info in jet-system: created: DOMAIN, BASE_PATH, USERNAME, PASSWORD"
"""
