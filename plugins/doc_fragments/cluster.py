# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    """What every action that works on a cluster has in common."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of the cluster's kubeconfig on the controller.
      - It is required in fact and an empty one is refused, so that no other cluster is ever
        taken. Neither E(KUBECONFIG), C(K8S_AUTH_*) and C(HELM_KUBE*) of the environment nor the
        in-cluster configuration of a pod are used.
      - It is read as kubectl reads it. A path with a colon is one path, and C(as) and C(as-groups)
        hold for every request. An exec plugin is run once in a run, also in check mode, and again
        when its credential expires.
    type: path
    default: ""
  context:
    description: The context of the kubeconfig. Its current context if empty.
    type: str
    default: ""
  transaction:
    description:
      - What M(palette.image_registry.override_transaction) returned, where this task is a step of
        a transaction. It renews the lock, and keeps a snapshot before it writes.
    type: dict
    default: {}
notes:
  - The cluster has 60 seconds for each answer. The variable C(palette_api_timeout) changes
    that for all tasks.
  - Runs on the controller, next to the kubeconfig. The play needs C(connection=local). Unless
    C(ansible_python_interpreter) is set, the Python that runs Ansible is used.
requirements:
  - kubernetes.core >= 6.4.0
  - kubernetes (Python library)
  - PyYAML (Python library)
"""

    SETTINGS = r"""
options:
  settings:
    description:
      - The registry settings, as C(palette_registry).
      - A mapping with the keys C(endpoint), C(name), C(base_content_path), C(username),
        C(password), C(insecure_skip_verify), C(ca_cert), C(mirrors), C(token_hosts) and
        C(api_path).
      - C(ca_cert) is PEM, base64 of PEM or DER, or the path of a file on the controller.
      - C(mirrors) is the page's comma-joined string, a list of C({source, target}), or a mapping.
      - C(api_path) is what stands before C(/v2/) in the registry's URLs where its API lies below a
        path (Nexus, Artifactory), such as C(repository/docker-hub). An entry of C(mirrors) may have
        an C(api_path) of its own.
    type: raw
    required: true
"""

    OVERRIDE = r"""
options:
  name:
    description: Name of the override's Secret.
    type: str
    default: registry-info
  namespace:
    description: Namespace of the override's Secret, of its snapshots and of the lock.
    type: str
    default: jet-system
  release_name:
    description: Name of the image-swap chart's Helm release.
    type: str
    default: image-swap
  release_namespace:
    description: Namespace of the image-swap chart's Helm release.
    type: str
    default: default
"""

    PATH_STYLE = r"""
options:
  node_path_style:
    description:
      - How the Secret, and with it the nodes, spell the mirrors' paths.
      - V(verbatim) is as Palette's page has it. V(v2_prefix) puts C(/v2/) in front of the path of
        each registry's target, which containerd needs there; the chart keeps the targets as they
        are, since the webhook must not have it.
    type: str
    choices: [verbatim, v2_prefix]
    default: verbatim
"""
