# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    """What every action that asks the registry has in common.

    Must be kept in sync with REGISTRY_ARGUMENTS of plugins/plugin_utils/_preflight/registry.py.
    """

    DOCUMENTATION = r"""
options:
  check_registry:
    description:
      - What it means when the registry can be reached but lets nobody in, because of a wrong
        password, a certificate that cannot be verified, or because it is no registry. An error with
        V(required), a warning with V(warn).
      - A few images are asked for to find that out, also where no image is looked for. A refusal of
        C(GET /v2/) alone, which no node asks, is no error.
      - With V(skip) it is not asked for anything, neither for images.
      - A registry that cannot be reached from here proves nothing, and is skipped.
    type: str
    choices: [required, warn, skip]
    default: required
  registry_timeout:
    description:
      - The seconds that an answer of the registry may take as a whole, from the connection through
        all redirects to its last byte. From 0.1 to 999.
    type: float
    default: 10.0
  allow_ecr_token:
    description:
      - Whether a token of Amazon ECR may be the password, although it ends after twelve hours.
      - It is a warning then, and otherwise an error.
    type: bool
    default: false
  architectures:
    description:
      - What the nodes are, such as V(amd64). Each image has to be for all of them.
      - What the cluster's Linux nodes are if empty.
    type: list
    elements: str
    default: []
notes:
  - The registry is asked from the controller. E(HTTPS_PROXY) and E(NO_PROXY) are honoured there.
requirements:
  - urllib3 >= 2.7.0 (Python library), which the library kubernetes brings
"""
