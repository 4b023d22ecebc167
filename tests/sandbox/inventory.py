# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory and the variables with which Ansible meets the sandbox."""

from __future__ import annotations

import pathlib
import typing as t

import yaml

from . import node_files
from .debian import CLIENT
from .nodes import Node, Nodes
from .paths import DEBIAN_ROOT
from .pki import write_private
from .registry import BASE_PATH, RegistryInfo

CLUSTER = "sandbox"
_SSH_OPTIONS = (
    "-F /dev/null",  # whatever the user has configured stays out
    "-o IdentitiesOnly=yes",
    "-o StrictHostKeyChecking=yes",
    "-o KexAlgorithms=curve25519-sha256",
)
Variables = dict[str, t.Any]


def page_registry() -> Variables:
    """Return `palette_registry` with the example of Palette's documentation."""
    return {
        "endpoint": "harbor.example.org",
        "name": "Internal Registry",
        "base_content_path": BASE_PATH,
        "username": "",
        "password": "",
        "insecure_skip_verify": False,
        "ca_cert": "",
        "mirrors": ",".join(f"{source}::{target}" for source, target in node_files.PAGE_MIRRORS),
    }


def sandbox_registry(registry: RegistryInfo) -> Variables:
    """Return `palette_registry` for the sandbox's own registry, in the same folders."""
    mirrors = [
        {"source": source, "target": target.replace("harbor.example.org", registry.endpoint)}
        for source, target in node_files.PAGE_MIRRORS
    ]
    return {
        "endpoint": registry.endpoint,
        "name": "Sandbox Registry",
        "base_content_path": BASE_PATH,
        "username": registry.username,
        "password": registry.password,
        "insecure_skip_verify": False,
        "ca_cert": registry.ca,
        "mirrors": mirrors,
    }


def inventory(cluster: Variables, nodes: t.Iterable[Node], access: Nodes) -> Variables:
    """Return the inventory: one cluster, its variables completed, and the nodes."""
    hosts = {CLUSTER: {**_local(), "palette_registry": page_registry(), **cluster}}
    return {
        "all": {
            "children": {
                "palette_clusters": {"hosts": hosts},
                "palette_nodes": {
                    "hosts": {node.name: _node(node) for node in nodes},
                    "vars": _ssh(access),
                },
            }
        }
    }


def write(path: pathlib.Path, content: Variables) -> None:
    """Write YAML that its owner alone may read: it may hold a password."""
    write_private(path, "---\n" + yaml.safe_dump(content, sort_keys=False, width=1000))


def _local() -> Variables:
    return {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }


def _node(node: Node) -> Variables:
    variables: Variables = {
        "ansible_host": node.address,
        "ansible_port": node.port,
        "palette_cluster": CLUSTER,
    }
    if node.python:
        variables["ansible_python_interpreter"] = "/usr/bin/python3"
    return variables


def _ssh(access: Nodes) -> Variables:
    options = [*_SSH_OPTIONS, f"-o UserKnownHostsFile={access.known_hosts_file}"]
    variables: Variables = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(access.key_file),
        "ansible_ssh_common_args": " ".join(options),
    }
    client = DEBIAN_ROOT / CLIENT
    if client.exists():  # fetched, since the host has none
        variables["ansible_ssh_executable"] = str(client)
        variables["ansible_ssh_transfer_method"] = "piped"  # sftp would look for /usr/bin/ssh
    return variables
