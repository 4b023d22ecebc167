# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until an API server's caches have followed etcd to a revision."""

from __future__ import annotations

import time

from tests.sandbox.kubernetes.client import ApiClient, RequestFailed

_SECONDS = 15.0
# Nothing has this label: the answer is empty, and comes when the cache is new enough.
_QUERY = "resourceVersionMatch=NotOlderThan&labelSelector=sandbox%2Fnone"
# Where etcd's keys are not called as the resource is.
_OTHER_NAMES = {
    "minions": "nodes",
    "services/endpoints": "endpoints",
    "services/specs": "services",
}
_TOO_LARGE_VERSION = 504


class Caches:
    """The caches of one API server, by the first words of etcd's keys."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._paths: dict[str, str] = {}

    def wait(self, words: str, revision: int) -> None:
        """Wait until the kind is shown at a revision. Raises TimeoutError."""
        path = self._path(words)
        deadline = time.monotonic() + _SECONDS
        while path:
            try:
                self._client.get(f"{path}?resourceVersion={revision}&{_QUERY}")
                return
            except RequestFailed as error:
                if error.code != _TOO_LARGE_VERSION or time.monotonic() > deadline:
                    raise TimeoutError(f"{path} at {revision}: {error}") from error

    def _path(self, words: str) -> str:
        """Return the path of a kind's list; empty for keys that no resource shows."""
        if words not in self._paths:
            self._paths = self._read()
        return self._paths.setdefault(words, "")

    def _read(self) -> dict[str, str]:
        bases = ["/api/v1"]
        for group in self._client.get("/apis")["groups"]:
            bases.append(f"/apis/{group['preferredVersion']['groupVersion']}")
        found: dict[str, str] = {}
        for base in bases:
            for resource in self._client.get(base)["resources"]:
                if "list" in resource["verbs"]:
                    name = resource["name"]
                    path = f"{base}/{name}"
                    # Custom resources lie under their group, the others under their plain name.
                    found[f"{base.split('/')[2]}/{name}"] = path
                    found.setdefault(name, path)
        return {**found, **{key: found[name] for key, name in _OTHER_NAMES.items()}}


__all__ = ("Caches",)
