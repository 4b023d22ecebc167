# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a virtual module that is entirely implemented as an action plugin: plugins/action/.

from __future__ import annotations

DOCUMENTATION = r"""
module: image_swap_release
short_description: Keep the Helm release of Palette's image-swap chart
version_added: 1.0.0
description:
  - Installs or upgrades the image-swap chart, whose webhook swaps the images of pods in an airgap
    installation, through M(kubernetes.core.helm).
  - Reads the chart's own values, prefixes the images that it names with the registry, and fills
    C(ociImageRegistry) where this chart keeps it (at the top level or under C(config)).
  - The live release's values stay; over them go O(values_files), O(values), and over all of these
    the values of the override. A key that others set is never wiped.
  - Values and chart are compared with the live release. If nothing differs, Helm does not run and
    there is no new revision. A chart that was changed at the same version is noticed by its
    templates, files and values; changes in subcharts are not, because Helm does not keep them. The
    C(helm-diff) plugin is neither needed nor used.
  - Values are deployed to the letter, passwords such as V(12e4), V(n) or V(0o17) included. They
    go to Helm in a file that only the user of the controller can read and that is deleted in any
    case; a run that was killed leaves one behind, which the next run deletes.
  - Where the webhook's registration is gone and is no object of the chart, its Deployment is
    restarted, as C(kubectl rollout restart) does, for the original's init container registers it.
  - Neither the result nor the diff holds a secret.
  - The environment variables that lead Helm elsewhere (E(KUBECONFIG), C(K8S_AUTH_*),
    C(HELM_KUBE*), E(HELM_NAMESPACE), E(HELM_DRIVER)) do not count.
extends_documentation_fragment:
  - palette.image_registry.cluster
options:
  chart:
    description:
      - The image-swap chart. The path of a C(.tgz) file or of a folder, a glob such as
        V(image-swap-*.tgz) that matches exactly one, or an C(oci://) reference.
      - Relative paths start at the current directory.
      - An C(oci://) reference to the registry of O(settings) is pulled with their credentials and
        CA, one to another registry with what C(helm registry login) has kept.
    type: str
    required: true
  chart_version:
    description:
      - Version to pull, for an C(oci://) reference without a tag. By default the latest.
    type: str
    default: ""
  chart_sha256:
    description:
      - SHA-256 checksum that the chart's C(.tgz) must have, with or without C(sha256:) before it,
        also one that an C(oci://) reference brings. Nothing is written if it has another one.
      - Refused for a folder, which has none. Not checked by default.
    type: str
    default: ""
  settings:
    description:
      - The override as C(palette_registry) holds it. See the README of the collection for its
        keys.
      - Ansible evaluates C({{) in a password that comes from a variable. Write C(!unsafe) before
        such a password.
    type: dict
    required: true
  values_files:
    description:
      - Your own values files. Later files win over earlier ones, the override over all.
    type: list
    elements: path
    default: []
  values:
    description:
      - Your own values, over those of O(values_files).
    type: dict
    default: {}
  reset_values:
    description:
      - Whether to forget values that others gave the live release, so that O(values_files),
        O(values) and the values of the override are all that is left.
    type: bool
    default: false
  release_name:
    description:
      - Name of the release.
    type: str
    default: image-swap
  release_namespace:
    description:
      - Namespace of the release. The webhook itself lives in the chart's namespace.
    type: str
    default: default
  is_eks:
    description:
      - Whether the cluster is Amazon EKS, for C(isEKSCluster).
      - By default what O(values) say, else what the cluster's version and nodes tell. If they
        tell nothing, the chart's value stays.
    type: bool
  ca_cert_encoding:
    description:
      - How the chart wants C(caCert). Palette's documentation names both.
    type: str
    default: pem
    choices: [pem, base64]
  helm_binary:
    description:
      - Path of helm. By default the one on E(PATH).
    type: path
    default: ""
  wait:
    description:
      - Whether to wait until the release's Deployments, StatefulSets and DaemonSets are ready, also
        where nothing had to be changed.
      - Helm itself never waits; the action asks every few seconds, and shows now and then how far
        they are. If they are not ready in time it fails, naming their pods, why they are not ready
        and their last events.
    type: bool
    default: false
  timeout:
    description:
      - How long workloads may take to be ready, and Helm's hooks, in seconds.
      - For as long, a pending release counts as being worked on.
    type: int
    default: 300
  history_max:
    description:
      - How many revisions Helm keeps, V(2) or more. V(0), with which Helm keeps all, is refused.
      - Each is a Secret in the release's namespace with the passwords of its time. The check says
        which revisions hold other secrets than the live one.
    type: int
    default: 12
  recover_pending:
    description:
      - What to do about a release that is C(pending-install), C(pending-upgrade) or
        C(pending-rollback), because a Helm command was killed. By default the action fails and says
        how to go on.
      - If V(true), the release goes back to the last revision that was deployed, or is uninstalled
        if none ever was; then the action goes on. The C(caBundle) of its webhooks stays as it is in
        the cluster.
      - A release that has been pending for less than O(timeout) is left alone in any case,
        because somebody may still work on it. Only Helm's own record tells since when. A command
        that was given more time than that by somebody else is not known.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description:
      - Can run in check mode and return changed status prediction without modifying target.
    details: An C(oci://) chart is pulled, and the cluster is read.
  diff_mode:
    support: full
    description:
      - Will return details on what has changed (or possibly needs changing in check mode), when in
        diff mode.
    details: Without a secret.
  idempotent:
    support: full
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation
        indicates no changes made.
requirements:
  - helm >= 3.14.0
seealso:
  - module: palette.image_registry.override_transaction
  - module: palette.image_registry.registry_secret
  - module: kubernetes.core.helm
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
- name: Install the chart
  palette.image_registry.image_swap_release:
    kubeconfig: ~/palette/admin.kubeconfig
    chart: image-swap-*.tgz
    settings: "{{ palette_registry }}"

- name: See what an upgrade would change, value by value
  palette.image_registry.image_swap_release:
    kubeconfig: ~/palette/admin.kubeconfig
    chart: oci://harbor.example.org/charts/image-swap
    chart_version: 1.5.3
    settings: "{{ palette_registry }}"
  check_mode: true
  diff: true

- name: Upgrade with values of your own, and wait until the webhook is ready
  palette.image_registry.image_swap_release:
    kubeconfig: ~/palette/admin.kubeconfig
    context: palette-mgmt
    chart: ~/charts/image-swap
    settings: "{{ palette_registry }}"
    values_files: [~/charts/site.yaml]
    values:
      config:
        imagePullSecret:
          create: true
          dockerConfigJson: "{{ vault_docker_config_json }}"
    is_eks: false
    wait: true
    timeout: 600

- name: Take no other chart than the one that was approved, whatever state a killed run left
  palette.image_registry.image_swap_release:
    kubeconfig: ~/palette/admin.kubeconfig
    chart: oci://harbor.example.org/charts/image-swap:1.5.3
    chart_sha256: 8f1d3c6d1b8f0e5b0c7cf3c2a6c1f6b7d9d5a1e4f3b2c1d0e9f8a7b6c5d4e3f2
    settings: "{{ palette_registry }}"
    recover_pending: true
"""

RETURN = r"""
changed_chart:
  description:
    - What differs between the live release's chart and the given one.
  returned: success
  type: list
  elements: str
  sample: [templates/webhook.yaml]
changed_values:
  description:
    - Paths of the values that were changed, or would be. No values.
  returned: success
  type: list
  elements: str
  sample: [config.ociImageRegistry.password]
checks:
  description:
    - The check of the release for the report, and with O(wait) that of its workloads.
  returned: success
  type: list
  elements: dict
  sample:
    - name: image-swap release
      subject: release image-swap in default
      status: pass
      expected: "deployed: image-swap-1.5.3"
      actual: "deployed now: image-swap-1.5.3, revision 2"
      findings: []
diff:
  description:
    - The release before and after. Values under keys such as C(password) are fingerprints.
  returned: success, in diff mode
  type: dict
  sample:
    before_header: release image-swap in default
    after_header: release image-swap in default
    before: "values:\n  ociImageRegistry:\n    password: <redacted 1f2e3d>\n"
    after: "values:\n  ociImageRegistry:\n    password: <redacted 4c5b6a>\n"
drift:
  description:
    - What others have changed of the objects that the release made, and was mended, or would be.
      Paths, no values.
  returned: success
  type: list
  elements: str
  sample: ["configmap/imageswap-maps in imageswap-system (data.maps)"]
findings:
  description:
    - What went wrong and what to do about it.
  returned: failure
  type: list
  elements: dict
  sample:
    - code: release_pending
      severity: error
      subject: release image-swap in default
      message: "revision 2 is pending-upgrade: a Helm command works on it, or was killed"
      fix: wait for it; if none runs, go back to the last deployed revision with helm rollback
msg:
  description:
    - The outcome in one line, or the findings as text.
  returned: always
  type: str
  sample: "release image-swap in default: deployed now: image-swap-1.5.3, revision 2"
status:
  description:
    - The release in the cluster; in check mode as it was found. Empty if there is none.
  returned: success
  type: dict
  sample:
    name: image-swap
    namespace: default
    revision: 2
    status: deployed
    chart: image-swap-1.5.3
"""
