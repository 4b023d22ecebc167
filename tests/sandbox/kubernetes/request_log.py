# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log: one JSON object a line, without any body."""

from __future__ import annotations

import json
import pathlib

from aiohttp import web

from tests.sandbox.kubernetes.objects import Object, microtime


class RequestLog:
    """Writes `time, method, path (with its query), user_agent, user, status` of each request.

    `status` is `cut` where the connection was cut on demand; `fault` names a failure that was
    asked for. A watch is logged when it begins.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._file = path.open("a", buffering=1, encoding="utf-8")

    def begin(self, request: web.Request) -> Object:
        """Return the entry of a request, to be completed and given to `end`."""
        return {
            "time": microtime(),
            "method": request.method,
            "path": request.path_qs,
            "user_agent": request.headers.get("User-Agent", ""),
        }

    def end(self, entry: Object) -> None:
        """Write an entry, unless it has been written."""
        if not entry.pop("written", False):
            self._file.write(json.dumps(entry) + "\n")
            entry["written"] = True

    def close(self) -> None:
        """Close the file."""
        self._file.close()


__all__ = ("RequestLog",)
