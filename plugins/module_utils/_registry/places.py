# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where registries have their API: at `/v2/` of the host, or below a path, told or found."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import threading
import typing as t

DEEPEST = 4
"""So many segments of a path are tried: `artifactory/api/docker/REPO` has four."""

MOST_ASKED = 16
"""So many paths of one host are asked for an API, whatever the images are called."""


class ApiPlaces:
    """The paths of hosts below which a registry's API lies. Threads share it."""

    def __init__(self, told: t.Iterable[str] = ()) -> None:
        """Keep what is told: host and path, such as `nexus.example.org/repository/docker-hub`."""
        self._lock = threading.Lock()
        self._known: dict[str, list[str]] = {}
        self._asked: dict[str, set[str]] = {}
        self.tell(told)

    def tell(self, places: t.Iterable[str]) -> None:
        """Take more that is told; a place without a path tells nothing."""
        for place in places:
            host, _slash, path = place.partition("/")
            with self._lock:
                known = self._known.setdefault(host, [])
                if path and path not in known:
                    known.append(path)

    def first(self, host: str) -> str:
        """Return the first path that is known of a host, "" for the host itself."""
        with self._lock:
            return next(iter(self._known.get(host, ())), "")

    def split(self, host: str, repository: str) -> tuple[str, str]:
        """Return the path of the API that has a repository, "" for the host, and what is left."""
        with self._lock:
            known = self._known.get(host, ())
            fitting = [path for path in known if repository.startswith(f"{path}/")]
        path = max(fitting, key=len, default="")
        return path, repository.removeprefix(f"{path}/") if path else repository

    def find(self, host: str, paths: t.Iterable[str], is_api: t.Callable[[str], bool]) -> bool:
        """Ask for the API at the prefixes of some paths, each once; return whether one has it."""
        for path in paths:
            segments = [part for part in path.split("/") if part]
            for number in range(1, min(len(segments), DEEPEST) + 1):
                prefix = "/".join(segments[:number])
                if self._is_new(host, prefix) and is_api(prefix):
                    with self._lock:
                        self._known.setdefault(host, []).append(prefix)
                    return True
        return False

    def _is_new(self, host: str, prefix: str) -> bool:
        with self._lock:
            asked = self._asked.setdefault(host, set())
            if prefix in asked or len(asked) >= MOST_ASKED:
                return False
            asked.add(prefix)
            return True


__all__ = ("ApiPlaces",)
