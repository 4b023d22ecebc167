# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files in the state folder of an API server, whichever kind it is."""

from __future__ import annotations

import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class StateDir:
    """Names the files. What holds a token or a key is readable by its owner alone."""

    path: pathlib.Path

    @property
    def kubeconfig(self) -> pathlib.Path:
        """The admin's kubeconfig."""
        return self.path / "kubeconfig"

    @property
    def read_only_kubeconfig(self) -> pathlib.Path:
        """The kubeconfig of a user who may read everything and write nothing."""
        return self.path / "kubeconfig-readonly"

    @property
    def operator_kubeconfig(self) -> pathlib.Path:
        """The kubeconfig of a user who may do what docs/rbac.yml says."""
        return self.path / "kubeconfig-operator"

    @property
    def ca_file(self) -> pathlib.Path:
        """The authority that signed the server's certificate, PEM."""
        return self.path / "ca.crt"

    @property
    def server_certificate(self) -> pathlib.Path:
        """The server's certificate, PEM."""
        return self.path / "server.crt"

    @property
    def server_key(self) -> pathlib.Path:
        """The server's private key, PEM."""
        return self.path / "server.key"

    @property
    def ready_file(self) -> pathlib.Path:
        """There while the server serves: `{url, token, kind, pid}`."""
        return self.path / "ready.json"

    @property
    def request_log(self) -> pathlib.Path:
        """The request log of the built-in server, one JSON object a line."""
        return self.path / "requests.jsonl"

    @property
    def log_file(self) -> pathlib.Path:
        """What the server's processes print."""
        return self.path / "server.log"


__all__ = ("StateDir",)
