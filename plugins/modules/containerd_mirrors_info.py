# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a virtual module that is entirely implemented as an action plugin: plugins/action/.

from __future__ import annotations

DOCUMENTATION = r"""
module: containerd_mirrors_info
short_description: Say what containerd of a node does with the registry mirrors it should have
version_added: 1.0.0
description:
  - Reads from a node what decides its registry mirrors, in one round trip over the connection of the host, or two
    where that leaves a doubt. The node
    needs C(/bin/sh) and the tools of a busybox; it needs no Python. Nothing is written there, and nothing stays behind
    (but see O(pull)).
  - Finds containerd, the containerd of Palette's agent mode (spectro-containerd), K3s and RKE2, running or not. Reads
    C(config.toml), the files that its imports name and the C(hosts.toml) files of every C(config_path), and nothing
    else. Asks the program for its version and, where the files alone are no proof, for C(config dump); see
    O(config_dump).
  - Answers two questions for each expected source, as two checks. Whether the expected endpoint is configured to the
    letter, as Palette writes it, and whether containerd asks it in a form that a registry answers. The first one gates,
    the second one warns.
  - Never fails the host. A node that is out of reach, hangs, or answers with something else becomes a failed check with
    its cause.
  - Credentials in the files are blanked on the node, before anything is sent.
  - Nothing is run that a process of the node names, and nothing is read that others than root may write. A process counts
    if root owns it, in the namespaces of the node, from a program that only root may write.
options:
  mirrors:
    description:
      - The mirror table that the node should show, in any notation that M(palette.image_registry.mirror_registries)
        reads. That is Palette's comma-joined string, a list of dictionaries with C(source) and C(target), or a mapping.
      - Entries that no node ever shows (C(default), wildcards, exact and replace entries) do not count.
      - Required, unless O(variables) is given.
    type: raw
  variables:
    description:
      - The prefix of variables that stand in for options that are not given. With V(verify_nodes), the variable
        C(verify_nodes_timeout) stands in for O(timeout), and so on. C(palette_cluster) stands in for O(cluster),
        C(palette_node_path_style) and C(palette_registry) of that cluster for O(node_path_style) and O(mirrors),
        as the README of role P(palette.image_registry.verify_nodes#role) says.
      - A template in an argument is compiled anew for every host. Without templates, a run over many nodes costs the
        controller half.
    type: str
    default: ""
  compact:
    description:
      - Whether to return the checks as one text, RV(evidence), instead of RV(checks), RV(findings) and RV(mirrors).
        Ansible walks a result several times, key by key, and keeps it for the whole run.
    type: bool
    default: false
  cluster:
    description:
      - The host of group C(palette_clusters) whose override the node must show. Where the inventory has that group, a
        name that is not in it is a failed check, and the node is not asked.
    type: str
    default: ""
  node_path_style:
    description:
      - How an endpoint must be written on the node. V(verbatim) is the target as it stands, as on Palette's page.
        V(v2_prefix) is the URL of the registry's API, with C(/v2/) in front of the path.
    type: str
    default: verbatim
    choices: [verbatim, v2_prefix]
  require_working:
    description:
      - Whether an endpoint that no registry answers fails its check. By default it warns.
    type: bool
    default: false
  subject:
    description:
      - The subject of the checks. By default the host's name in the inventory.
    type: str
  timeout:
    description:
      - Seconds that the reading may take on the node. After that what was read so far is sent, with a finding.
      - The controller waits 20 seconds more, for the login. A task with its own C(timeout) keeps that one.
    type: int
    default: 10
  images:
    description:
      - Images for which to return the URLs that containerd requests.
    type: list
    elements: str
    default: []
  config_dump:
    description:
      - When to ask containerd for C(config dump), its own reading of its files. That starts the program, which costs a node
        more than all the rest.
      - With V(auto), a containerd that runs is not asked where its files prove what it does. That is where it is of a
        release from 1.6 to 2.4 and no fork (K3s, RKE2), started after the last change of its files, all of them were
        read and every import followed, and every source shows what it should. Otherwise there is a second round trip
        that asks. A containerd that does not run is asked at once.
      - With V(always), it is asked whatever the files say, in the one round trip.
      - RV(containerd.config_source) tells which of the two was evaluated.
    type: str
    default: auto
    choices: [auto, always]
  containerd_version:
    description:
      - The version of containerd that the kubelet of the node reported, as C(node_containerd_version) of the inventory
        plugin P(palette.image_registry.cluster_nodes#inventory). With O(variables), that variable stands in.
    type: str
    default: ""
  containerd_version_seen:
    description:
      - When the kubelet reported it, in seconds since the epoch by the node's clock. A node on which one containerd runs
        since before then is not asked for its version. 0 if that is not known.
    type: int
    default: 0
  assume_version:
    description:
      - The version of containerd to predict for where the node does not tell it. Asked are programs in the usual places and
        those of unit files, if only root may write them and they are what runs.
    type: str
    default: 1.7.24
  probe:
    description:
      - Whether to ask, from the node, for the manifest of O(probe_image) where containerd would ask first, with C(curl) or
        C(wget). This is a second round trip. An answer other than a manifest or a demand to log in warns, or fails with
        O(require_working). Without these tools the check is skipped and says so.
      - It takes the CA, the client certificate and C(skip_verify) that the node's C(hosts.toml) has for that registry, or what
        C(configs) of C(config.toml) says of TLS to containerd 1.x. It logs in to nothing.
    type: bool
    default: false
  probe_image:
    description:
      - The image for O(probe).
    type: str
    default: docker.io/library/busybox:latest
  pull:
    description:
      - Whether to pull, on the node, one of O(pull_images) of each source through CRI, to compare its digest with that of the
        registry, and to remove it again. This is one more round trip.
      - It takes C(crictl), or C(ctr) where containerd has its mirrors in host folders (C(config_path)). Either must be in a usual
        place that only root may write. C(flock) sees to it that no two of these run on a node at once.
      - Nothing is pulled of a source whose mirror is another one than expected, in check mode, or onto a disk that is more than
        80 percent full.
      - A pull that works outweighs what the node's files let expect; that is a remark then (C(node_not_as_predicted)).
      - An image that was there before stays as it is. It is asked for by its digest then, so that no tag moves. A run that was
        killed leaves a note in C(/run) of the node, and the next one takes back what it had pulled.
      - What answered is told where the log of containerd has it, with C(level = "debug"), or where containerd asks one place alone.
    type: bool
    default: false
  pull_images:
    description:
      - The RV(palette.image_registry.pull_images_info#module:sources) of M(palette.image_registry.pull_images_info). With O(variables),
        those of C(verify_cluster_images_result) of the host's cluster.
    type: list
    elements: dict
    default: []
  pull_timeout:
    description:
      - Seconds that one pull may take.
    type: int
    default: 120
attributes:
  become:
    support: full
    description: Is usable alongside become keywords.
  check_mode:
    support: full
    description: Can run in check mode and return changed status prediction without modifying target.
    details: This action does not modify state.
  diff_mode:
    support: N/A
    description: Will return details on what has changed (or possibly needs changing in check mode), when in diff mode.
  idempotent:
    support: full
    description: When run twice in a row outside check mode, with the same arguments, the second run indicates no change.
    details: This action does not modify state.
notes:
  - Set C(become) where the files of containerd are readable for root only, as they are with K3s and RKE2.
  - Use it in plays with C(gather_facts=false), or Ansible looks for Python on the node first.
  - hosts.toml is read by containerd at each pull, C(config.toml) at its start only. If that file is newer than the running
    process, there is a finding V(restart_pending).
seealso:
  - module: palette.image_registry.mirror_registries
  - name: Override the image registry
    description: The page of Palette's documentation whose validation this does for every node.
    link: https://docs.spectrocloud.com/self-hosted-setup/palette/system-management/registry-override/
author:
  - The palette.image_registry authors (@palette-image-registry)
"""

EXAMPLES = r"""
# In a play with gather_facts: false, so that Ansible does not look for Python on the nodes.
- name: Compare the node with the settings of its cluster
  palette.image_registry.containerd_mirrors_info:
    mirrors: "{{ hostvars[palette_cluster].palette_registry.mirrors }}"
  become: true
  register: node

- name: Stop where a node differs
  ansible.builtin.assert:
    that: node.verified
    fail_msg: "{{ node.findings | map(attribute='message') | join('; ') }}"

- name: Show where the images of a workload would be pulled from, in order
  palette.image_registry.containerd_mirrors_info:
    mirrors: docker.io::harbor.example.org/airgap-images/docker.io
    images:
      - nginx:1.25
      - quay.io/jetstack/cert-manager-controller:v1.15.3
  become: true
  register: node
# node.images['nginx:1.25'][0] is
# https://harbor.example.org/airgap-images/docker.io/library/nginx/manifests/1.25?ns=docker.io

- name: Wait until Palette has written the mirrors, and ask the registry from the node
  palette.image_registry.containerd_mirrors_info:
    mirrors:
      - source: docker.io
        target: harbor.example.org/airgap-images/docker.io
    node_path_style: v2_prefix
    require_working: true
    probe: true
    probe_image: docker.io/library/alpine:3.20
  register: node
  until: not node.pending
  retries: 30
  delay: 20
"""

RETURN = r"""
palette_cluster:
  description: O(cluster) as given; the report counts the node to that cluster.
  returned: always
  type: str
reached:
  description: Whether the node was reached and read.
  returned: always
  type: bool
  sample: true
verified:
  description: Whether no check failed.
  returned: always
  type: bool
  sample: true
pending:
  description:
    - Whether a later look may find it otherwise. The node was read and a check failed, or it did not answer for a
      reason that may pass.
  returned: always
  type: bool
  sample: false
evidence:
  description: The checks as JSON text.
  returned: with O(compact)
  type: str
containerd:
  description: The containerd that serves Kubernetes on the node. Empty if there is none.
  returned: always
  type: dict
  contains:
    flavour:
      description: One of C(containerd), C(spectro-containerd), C(k3s) and C(rke2).
      type: str
      returned: if found
      sample: containerd
    version:
      description: Its version. Empty where the node does not tell it.
      type: str
      returned: if found
      sample: 1.7.24
    version_source:
      description: Who told it, C(program) (asked on the node) or C(cluster) (O(containerd_version)).
      type: str
      returned: if found
      sample: program
    running:
      description: Whether a process was found.
      type: bool
      returned: if found
      sample: true
    program:
      description: Path of the program.
      type: str
      returned: if found
      sample: /usr/bin/containerd
    config_path:
      description: The configuration file that it was started with.
      type: str
      returned: if found
      sample: /etc/containerd/config.toml
    config_source:
      description:
        - What was evaluated, C(dump) (the output of C(containerd config dump)) or C(files), because they are proof enough
          (O(config_dump)) or because the dump could not be had.
      type: str
      returned: if found
      sample: files
    cri:
      description: What these settings make of the CRI plugin, C(up), C(down), C(not started) or C(unknown).
      type: str
      returned: if found
      sample: up
    reason:
      description: Why CRI is not up.
      type: str
      returned: if found
      sample: ""
mirrors:
  description: One answer for each expected source.
  returned: without O(compact)
  type: list
  elements: dict
  contains:
    source:
      description: The source registry.
      type: str
      returned: always
      sample: docker.io
    expected:
      description: The endpoint that the node should show.
      type: str
      returned: always
      sample: harbor.example.org/airgap-images/docker.io
    configured:
      description: The endpoints that are in force, as written, in order.
      type: list
      elements: str
      returned: always
      sample: [harbor.example.org/airgap-images/docker.io]
    requests:
      description: The URLs that containerd requests for an image of this source, in order.
      type: list
      elements: str
      returned: always
      sample:
        - https://harbor.example.org/airgap-images/docker.io/library/nginx/manifests/latest?ns=docker.io
        - https://registry-1.docker.io/v2/library/nginx/manifests/latest
    literal:
      description: Whether the expected endpoint is configured to the letter.
      type: bool
      returned: always
      sample: true
    working:
      description: Whether containerd asks the expected endpoint in a form that a registry answers.
      type: bool
      returned: always
      sample: false
    status:
      description: The worse of the two checks, C(pass), C(warn) or C(fail).
      type: str
      returned: always
      sample: warn
    findings:
      description: What is remarkable about this source.
      type: list
      elements: dict
      returned: always
      sample: []
images:
  description: The URLs that containerd requests for each of O(images), in order.
  returned: always
  type: dict
  sample:
    nginx:1.25:
      - https://harbor.example.org/airgap-images/docker.io/library/nginx/manifests/1.25?ns=docker.io
      - https://registry-1.docker.io/v2/library/nginx/manifests/1.25
checks:
  description: All checks of the node, for the report.
  returned: without O(compact)
  type: list
  elements: dict
  sample:
    - name: mirror of docker.io
      subject: worker-1
      status: pass
      expected: harbor.example.org/airgap-images/docker.io
      actual: harbor.example.org/airgap-images/docker.io
      findings: []
findings:
  description: The findings of all checks, each with C(code), C(severity), C(subject), C(message) and C(fix).
  returned: without O(compact)
  type: list
  elements: dict
  sample:
    - code: restart_pending
      severity: warning
      subject: /etc/containerd/config.toml
      message: changed after containerd started, which still runs with what was there before
      fix: Restart containerd on the node, then verify again.
"""
