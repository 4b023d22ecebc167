# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubeconfig files with a token, readable by their owner alone."""

from __future__ import annotations

import base64
import json
import pathlib

from tests.sandbox.pki import write_private

CONTEXT = "sandbox"


def write(path: pathlib.Path, url: str, ca: str, token: str) -> None:
    """Write a kubeconfig with one context, `sandbox`. JSON is YAML too."""
    authority = base64.b64encode(ca.encode()).decode()
    cluster = {"server": url, "certificate-authority-data": authority}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
        "current-context": CONTEXT,
    }
    write_private(path, json.dumps(config, indent=2) + "\n")


__all__ = ("CONTEXT", "write")
