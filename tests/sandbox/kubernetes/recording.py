# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests with their bodies, written down to be sent again (see `differential`).

Where `SANDBOX_RECORD` names a file, every API server of the sandbox appends to it what it is asked,
one JSON object a line, `operator` where somebody asked who has the rights of docs/rbac.yml alone.
The requests of tests hold no secret but the tests' own.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib

from aiohttp import web

from tests.sandbox.kubernetes.access import account_of
from tests.sandbox.kubernetes.accounts import OPERATOR
from tests.sandbox.kubernetes.objects import Object

VARIABLE = "SANDBOX_RECORD"


async def record(request: web.Request) -> None:
    """Append a request to the file that the environment names, if it names one."""
    name = os.environ.get(VARIABLE)
    if not name:
        return
    entry: Object = {"method": request.method, "path": request.path_qs}
    entry["operator"] = account_of(request.headers.get("Authorization", "")).endswith(OPERATOR)
    for header in ("Accept", "Content-Type"):
        entry[header] = request.headers.get(header, "")
    raw = await request.read()
    text = raw.decode(errors="replace")
    # Protobuf may be text by chance, but for the byte with which Kubernetes' begins.
    is_text = "\0" not in text and text.encode() == raw
    entry.update({"body": text} if is_text else {"raw": base64.b64encode(raw).decode()})
    with pathlib.Path(name).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


__all__ = ("record",)
