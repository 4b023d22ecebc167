# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies in /etc on the sandbox's nodes."""

from __future__ import annotations

import dataclasses
import json
import typing as t

PAGE_MIRRORS = (
    ("docker.io", "harbor.example.org/airgap-images/docker.io"),
    ("gcr.io", "harbor.example.org/airgap-images/gcr.io"),
    ("ghcr.io", "harbor.example.org/airgap-images/ghcr.io"),
    ("k8s.gcr.io", "harbor.example.org/airgap-images/gcr.io"),
    ("registry.k8s.io", "harbor.example.org/airgap-images/k8s.io"),
    ("quay.io", "harbor.example.org/airgap-images/quay.io"),
    ("us-docker.pkg.dev", "harbor.example.org/airgap-images"),
)
"""The example of Palette's documentation on the image registry override."""

CONFIG_TOML = "/etc/containerd/config.toml"
CONF_D = "/etc/containerd/conf.d"
CERTS_D = "/etc/containerd/certs.d"

UPSTREAM_HOSTS = (
    "auth.docker.io",
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "harbor.example.org",
    "index.docker.io",
    "k8s.gcr.io",
    "pkg-containers.githubusercontent.com",
    "production.cloudflare.docker.com",
    "quay.io",
    "registry-1.docker.io",
    "registry.k8s.io",
    "us-docker.pkg.dev",
)
REFUSED_ADDRESS = "127.44.255.254"
"""Nobody listens there: a pull that goes upstream fails at once instead of leaving the machine."""

_HEAD = """\
## template: jinja

# Use config version 2 to enable new configuration fields.
# Config file is parsed as version 1 by default.
version = 2

imports = ["/etc/containerd/conf.d/*.toml"]

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = true
"""

# The same where containers run: no systemd, and no right to make itself the last to be killed.
# The image of the sandbox has its full name: without it no pod gets as far as the mirrors.
_RUNNING_HEAD = """\
version = 2
oom_score = 0

imports = ["/etc/containerd/conf.d/*.toml"]

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    restrict_oom_score_adj = true
    sandbox_image = "harbor.example.org/airgap-images/k8s.io/pause:3.9"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
"""
_AUTH = """\
      [plugins."io.containerd.grpc.v1.cri".registry.configs.{host}.auth]
        username = {username}
        password = {password}
"""
_TLS = """\
      [plugins."io.containerd.grpc.v1.cri".registry.configs.{host}.tls]
        ca_file = "{ca_file}"
"""
_CA_FILE = "/etc/containerd/registry-ca.pem"

# No section of the CRI plugin here: an imported one replaces config.toml's, mirrors and all.
_IMPORTED = """\
version = 2

[debug]
  level = "info"
"""

SHADOWING_IMPORT = """\
version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.9"
"""
"""A file of conf.d that looks harmless and takes all mirrors away."""

SSHD_CONFIG = """\
HostKey /etc/ssh/sandbox_host_key
AuthorizedKeysFile /etc/ssh/sandbox_authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
StrictModes no
PidFile none
LogLevel VERBOSE
MaxStartups 200:30:400
MaxSessions 50
Subsystem sftp internal-sftp
"""

OPERATOR = "operator"
"""A user without rights, for tests of `become`; on the nodes with Python it may use sudo."""

_ACCOUNTS = {
    "/etc/group": "root:x:0:\nshadow:x:42:\nnogroup:x:65534:\noperator:x:1000:\n",
    "/etc/shadow": "root:*:19000:0:99999:7:::\noperator:*:19000:0:99999:7:::\n",
}
_SUDO = {
    "/etc/sudoers": (
        "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\noperator ALL=(ALL) NOPASSWD: ALL\n"
    ),
    "/etc/pam.d/sudo": (
        "auth required pam_deny.so\n"
        "account required pam_permit.so\n"
        "session required pam_permit.so\n"
    ),
}


def api_url(target: str) -> str:
    """Return a target as a URL under which a registry's API answers: `/v2/` before the path."""
    host, _slash, path = target.partition("/")
    return f"https://{host}/v2/{path}" if path else f"https://{host}"


@dataclasses.dataclass(frozen=True)
class RegistryAccess:
    """How a node gets into the registry that its mirrors lead to; `ca` is PEM."""

    host: str
    username: str
    password: str
    ca: str


def legacy_config(mirrors: t.Iterable[tuple[str, str]], head: str = _HEAD) -> str:
    """Return config.toml of version 2 with `registry.mirrors`, as the documentation prints it."""
    plugin = 'plugins."io.containerd.grpc.v1.cri".registry'
    lines = [
        line
        for source, target in mirrors
        for line in (
            f'      [{plugin}.mirrors."{source}"]',
            f'        endpoint = ["{target}"]',
        )
    ]
    if not lines:
        return head
    section = ["", "", "  # contains spectro changes", f"  [{plugin}]", f"    [{plugin}.mirrors]"]
    return head + "\n".join([*section, *lines]) + "\n"


def certs_d_config(access: RegistryAccess | None = None) -> str:
    """Return config.toml of version 2 that reads `certs.d`."""
    registry = '\n  [plugins."io.containerd.grpc.v1.cri".registry]\n'
    config = f'{_HEAD}{registry}    config_path = "{CERTS_D}"\n'
    if access:
        words = {key: json.dumps(value) for key, value in dataclasses.asdict(access).items()}
        config += _AUTH.format(**words)
    return config


def hosts_toml(source: str, target: str, ca_file: str = "") -> str:
    """Return hosts.toml of one source registry.

    A target that is a URL with a path of its own, or has /v2 in it, needs `override_path`, or containerd adds /v2.
    """
    server = "registry-1.docker.io" if source == "docker.io" else source
    override = "  override_path = true\n" if "://" in target or "/v2/" in target else ""
    return (
        f'server = "https://{server}"\n\n'
        f'[host."{target}"]\n'
        '  capabilities = ["pull", "resolve"]\n'
        f"{override}" + (f'  ca = "{ca_file}"\n' if ca_file else "")
    )


def legacy_files(mirrors: t.Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return containerd's files of a node with mirrors in config.toml."""
    return {
        CONFIG_TOML: legacy_config(mirrors),
        f"{CONF_D}/10-debug.toml": _IMPORTED,
    }


def running_files(
    mirrors: t.Iterable[tuple[str, str]], access: RegistryAccess | None
) -> dict[str, str]:
    """Return containerd's files of a node that runs pods, with mirrors in config.toml."""
    files = {
        CONFIG_TOML: legacy_config(mirrors, _RUNNING_HEAD),
        f"{CONF_D}/10-debug.toml": _IMPORTED,
    }
    if access:
        words = {key: json.dumps(value) for key, value in dataclasses.asdict(access).items()}
        files[CONFIG_TOML] += (_AUTH + _TLS).format(ca_file=_CA_FILE, **words)
        files[_CA_FILE] = access.ca
    return files


def certs_d_files(
    mirrors: t.Iterable[tuple[str, str]], access: RegistryAccess | None = None
) -> dict[str, str]:
    """Return containerd's files of a node with mirrors in certs.d."""
    ca_file = _CA_FILE if access else ""
    hosts = {
        f"{CERTS_D}/{source}/hosts.toml": hosts_toml(source, target, ca_file)
        for source, target in mirrors
    }
    authority = {_CA_FILE: access.ca} if access else {}
    return {CONFIG_TOML: certs_d_config(access), **hosts, **authority}


def system_files(
    name: str, *, python: bool, registry_names: tuple[str, ...], registry_address: str = "127.0.0.1"
) -> dict[str, str]:
    """Return everything else in /etc: accounts, hosts, sshd and sudo."""
    shell = "/bin/bash" if python else "/bin/sh"
    hosts = [
        "127.0.0.1 localhost",
        f"127.0.1.1 {name}",
        *(f"{registry_address} {host}" for host in registry_names),
        *(f"{REFUSED_ADDRESS} {host}" for host in UPSTREAM_HOSTS if host not in registry_names),
    ]
    return {
        "/etc/passwd": (
            f"root:x:0:0:root:/root:{shell}\n"
            "sshd:x:101:65534::/run/sshd:/bin/false\n"
            f"{OPERATOR}:x:1000:1000::/home/{OPERATOR}:{shell}\n"
        ),
        **_ACCOUNTS,
        **(_SUDO if python else {"/etc/os-release": 'NAME="Kairos"\nID=kairos\n'}),
        "/etc/hosts": "\n".join(hosts) + "\n",
        "/etc/hostname": f"{name}\n",
        "/etc/resolv.conf": "",
        "/var/log/lastlog": "",
        "/etc/ssh/sandbox_sshd_config": SSHD_CONFIG,
    }
