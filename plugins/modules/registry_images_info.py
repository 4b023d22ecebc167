#!/usr/bin/python

# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: registry_images_info
short_description: Tell whether a registry holds the images that an override leads to it
version_added: 1.0.0
description:
  - Follows each image through the image-swap webhook and the nodes' mirrors, and asks the
    registry for what they make of it (C(HEAD) of the manifest). Nothing is pulled or changed.
  - A missing image, a wrong password or a registry that does not answer are results, not
    failures. Only bad input fails the task.
  - The registry is asked as it wants to be, anonymously, with Basic or with Bearer tokens. What
    is temporary (429, 5xx, cut connections) is tried again. Credentials go to the host of
    O(settings.endpoint) and its token service, and are not sent on by redirects.
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  settings:
    description: The registry settings, as C(palette_registry). Only O(settings.endpoint) is needed.
    type: dict
    required: true
    suboptions:
      endpoint:
        description: The registry as C(host[:port]).
        type: raw
        required: true
      name:
        description: A name for people. Not used here.
        type: raw
      base_content_path:
        description: The path of Palette's images in the registry. Used with O(chart_images).
        type: raw
      username:
        description: The user. Without one the registry is asked anonymously.
        type: raw
      password:
        description: The user's password or token.
        type: raw
      insecure_skip_verify:
        description: Whether to go without verification of the registry's certificate.
        type: raw
      ca_cert:
        description:
          - The CA that issued the registry's certificate, as PEM, base64 of PEM or DER, or the
            path of a file. It is trusted in addition to the system's.
        type: raw
      mirrors:
        description: The mirror table, as a string, list or mapping.
        type: raw
      token_hosts:
        description:
          - Hosts, each as C(host) or C(host:port), that may be given the password where the
            registry names them as its token service.
          - The registry's own host, a host below or above its name, a neighbour under a top-level
            domain that nobody sells, such as C(internal), and the services of public registries
            need not be named.
        type: raw
      api_path:
        description:
          - What stands before C(/v2/) in the registry's URLs where its API lies below a path (Nexus,
            Artifactory), such as C(repository/docker-hub). Without it the prefixes of the images'
            paths are asked for an API where the host itself has none.
        type: raw
  images:
    description: Images as manifests of Kubernetes name them. They need mirrors.
    type: list
    elements: str
    default: []
  images_file:
    description:
      - A text file with an image a line, in addition to O(images). C(#) begins a comment.
    type: path
  mirrors:
    description:
      - Mirrors in place of those of O(settings), in any notation that
        M(palette.image_registry.mirror_registries) reads, such as the map file of a live webhook.
    type: raw
  notation:
    description: How O(mirrors) is written. With V(auto) it is detected.
    type: str
    default: auto
    choices:
      - auto
      - palette
      - list
      - mapping
      - imageswap_map
      - image_change
      - containerd_hosts
      - containerd_mirrors
      - k3s_registries
  targets:
    description: Images by the names that they have in the registry. No mirror is applied to them.
    type: list
    elements: str
    default: []
  chart_images:
    description:
      - The images of the image-swap chart itself, without the registry's prefix, which no webhook
        swaps.
    type: list
    elements: str
    default: []
  airgap:
    description: Whether the image-swap webhook swaps O(images), before a node pulls them.
    type: bool
    default: true
  node_path_style:
    description: How targets reach the nodes, see M(palette.image_registry.mirror_registries).
    type: str
    default: verbatim
    choices: [verbatim, v2_prefix]
  assume_default:
    description:
      - Whether the webhook's map has a C(default) entry where the mirrors have none. With
        V(unknown) one is assumed, and a finding says so.
    type: str
    default: unknown
    choices: [unknown, "true", "false"]
  architectures:
    description:
      - What the nodes are, such as V(amd64) or V(linux/arm64). Each image has to be for all of
        them. Not looked at if empty; it costs a larger answer, and another one for images that are
        for one platform only.
    type: list
    elements: str
    default: []
  check_images:
    description:
      - What RV(checks) makes of images that cannot be pulled. An error with V(required), a warning
        with V(warn). With V(skip) no image is asked for.
    type: str
    default: warn
    choices: [required, warn, skip]
  check_registry:
    description:
      - What RV(checks) makes of a registry that does not let anybody in, as with a wrong password
        or a certificate that cannot be verified. It is asked first, and this is told once, not
        with each image. An error with V(required), a warning with V(warn).
      - With V(skip) it is not asked for anything, neither for images.
      - A registry that cannot be reached from here proves nothing, and is skipped.
    type: str
    default: required
    choices: [required, warn, skip]
  concurrency:
    description: The number of requests at once, and of connections.
    type: int
    default: 8
  timeout:
    description: >-
      The seconds that an answer may take as a whole, from the connection through all redirects
      to its last byte. Above 0.
    type: float
    default: 15
  attempts:
    description: How often a request is made at most, if what went wrong may pass.
    type: int
    default: 4
requirements:
  - Python >= 3.11 on the host that runs it
  - urllib3 >= 2.7.0 (Python library), which the library kubernetes brings
  - PyYAML (Python library), for YAML notations of O(mirrors)
notes:
  - The registry is asked from the host that runs the module. E(HTTPS_PROXY) and E(NO_PROXY) are
    honoured there.
seealso:
  - module: palette.image_registry.mirror_registries
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Look for all images of a list
  palette.image_registry.registry_images_info:
    settings:
      endpoint: harbor.example.org
      mirrors: docker.io::harbor.example.org/airgap-images/docker.io
    images:
      - docker.io/library/nginx:1.25
    timeout: 2
    attempts: 1
  register: registry_images
  # registry_images.images[0].target is harbor.example.org/airgap-images/docker.io/library/nginx:1.25

- name: Look for images by the names that they have in the registry, for all nodes
  palette.image_registry.registry_images_info:
    settings:
      endpoint: harbor.example.org
    targets:
      - harbor.example.org/airgap-images/docker.io/library/nginx:1.25
    architectures: [amd64, arm64]
    timeout: 2
    attempts: 1
  register: registry_images

- name: Show how to copy what is missing
  ansible.builtin.debug:
    var: registry_images.missing_copies
"""

RETURN = r"""
images:
  description: What is known of each image, in the order given.
  returned: success
  type: list
  elements: dict
  contains:
    image:
      description: The image that was asked about.
      returned: always
      type: str
    target:
      description: What the registry was asked for. Empty if there is no such thing.
      returned: always
      type: str
    status:
      description:
        - V(present), V(missing), V(unauthorized), V(wrong_platform), V(elsewhere) (no mirror leads
          it to a registry of this override, so nothing was asked) or V(error).
      returned: always
      type: str
    digest:
      description: The digest of what the registry holds.
      returned: always
      type: str
    code:
      description:
        - A stable name of what is wrong, such as V(manifest_unknown), V(html_answer) or
          V(certificate_unknown_authority). Empty if it is present.
      returned: always
      type: str
    reason:
      description: What is wrong, in words.
      returned: always
      type: str
    fix:
      description: What to do about it.
      returned: always
      type: str
    platforms:
      description: What it is for, such as V(linux/amd64). Only known with O(architectures).
      returned: always
      type: list
      elements: str
  sample:
    - image: docker.io/library/nginx:1.25
      target: harbor.example.org/airgap-images/docker.io/library/nginx:1.25
      status: missing
      digest: ""
      code: manifest_unknown
      reason: "harbor.example.org: it does not hold this image (404 Not Found)"
      fix: Copy the image there.
      platforms: []
summary:
  description: The number of images with each status, in all and in RV(ignore:by_source).
  returned: success
  type: dict
  sample:
    total: 1
    present: 0
    missing: 1
    unauthorized: 0
    wrong_platform: 0
    elsewhere: 0
    error: 0
    by_source:
      docker.io:
        {total: 1, present: 0, missing: 1, unauthorized: 0, wrong_platform: 0, elsewhere: 0, error: 0}
missing_copies:
  description: Commands that copy what is missing. They hold no credentials.
  returned: success
  type: list
  elements: str
  sample:
    - >-
      skopeo copy --all docker://docker.io/library/nginx:1.25
      docker://harbor.example.org/airgap-images/docker.io/library/nginx:1.25
checks:
  description:
    - The verdict. The check C(registry) is about the registry itself, as O(check_registry) wants it,
      and says what its certificate verifies with; C(registry images) is about the images, as
      O(check_images) wants it.
  returned: success
  type: list
  elements: dict
  sample:
    - name: registry
      subject: harbor.example.org
      status: pass
      expected: it answers, and takes certificate and credentials
      actual: >-
        harbor.example.org answers and takes the password of puller, its certificate verifies
        with ca_cert
      findings: []
    - name: registry images
      subject: harbor.example.org
      status: warn
      expected: every image
      actual: 0 of 1 images
      findings: []
findings:
  description: Everything that is to say, about the input as well.
  returned: always
  type: list
  elements: dict
"""

import os
import pathlib

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.validation import check_type_path

from ..module_utils._mirrors.notation import NODE_PATH_STYLES, NOTATIONS
from ..module_utils._mirrors.swap import ASSUME_DEFAULT
from ..module_utils._python import refusal
from ..module_utils._registry.access import MODES
from ..module_utils._registry.module import registry_images
from ..module_utils._registry.transport import URLLIB3_IMPORT_ERROR
from ..module_utils._visible import visible_data


def _read_file(path: str) -> bytes:
    return pathlib.Path(check_type_path(path)).read_bytes()


def main() -> None:
    """Read the options and return what the registry holds."""
    names = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "settings": {
                "type": "dict",
                "required": True,
                "options": {
                    "endpoint": {"type": "raw", "required": True},
                    "name": {"type": "raw"},
                    "base_content_path": {"type": "raw"},
                    "username": {"type": "raw"},
                    "password": {"type": "raw", "no_log": True},
                    "insecure_skip_verify": {"type": "raw"},
                    # People paste private keys here.
                    "ca_cert": {"type": "raw", "no_log": True},
                    "mirrors": {"type": "raw"},
                    "token_hosts": {"type": "raw", "no_log": False},
                    "api_path": {"type": "raw"},
                },
            },
            "images": names,
            "images_file": {"type": "path"},
            "mirrors": {"type": "raw"},
            "notation": {"type": "str", "default": "auto", "choices": ["auto", *NOTATIONS]},
            "targets": names,
            "chart_images": names,
            "airgap": {"type": "bool", "default": True},
            "node_path_style": {
                "type": "str",
                "default": "verbatim",
                "choices": list(NODE_PATH_STYLES),
            },
            "assume_default": {
                "type": "str",
                "default": "unknown",
                "choices": list(ASSUME_DEFAULT),
            },
            "architectures": names,
            "check_images": {"type": "str", "default": "warn", "choices": list(MODES)},
            "check_registry": {"type": "str", "default": "required", "choices": list(MODES)},
            "concurrency": {"type": "int", "default": 8},
            "timeout": {"type": "float", "default": 15},
            "attempts": {"type": "int", "default": 4},
        },
        supports_check_mode=True,
    )
    if refused := refusal():
        module.fail_json(msg=refused)
    if URLLIB3_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("urllib3"), exception=URLLIB3_IMPORT_ERROR)
    found = registry_images(module.params, read_file=_read_file, environment=os.environ)
    result = visible_data(found)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
