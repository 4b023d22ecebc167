# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a prediction agrees with what a real daemon did.

A prediction is the state of the CRI plugin and, for each image, the ordered URLs that containerd
would ask for the manifest if every server answered 404.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Sequence

from tests.sandbox.containerd.model import (
    HOSTS,
    PLAIN_PORTS,
    TLS_PORTS,
    UNTRUSTED_HOST,
    Observation,
    Pull,
    folded,
)

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LOOPBACK = ("localhost", "127.0.0.1")


def disagreements(
    cri: str, predicted: Sequence[Sequence[str]], seen: Observation
) -> tuple[str, ...]:
    """Return a sentence for each point in which they differ; ``predicted`` is parallel to pulls."""
    if cri != seen.cri:
        return (f"CRI predicted {cri}, seen {seen.cri}",)
    return tuple(
        f"{pull.image}: predicted {list(urls)}, seen {list(pull.requests)}"
        for urls, pull in zip(predicted, seen.pulls, strict=True)
        if not _agrees(folded(urls), pull)
    )


def same_requests(seen: Observation, recorded: Observation) -> bool:
    """Return whether two observations are the same: state, URLs and answers, image by image.

    TLS failures are left out: who hangs up first decides whether a server notices them.
    """
    return seen.cri == recorded.cri and all(
        (one.image, one.urls, one.statuses) == (other.image, other.urls, other.statuses)
        for one, other in zip(seen.pulls, recorded.pulls, strict=True)
    )


def _agrees(predicted: Sequence[str], pull: Pull) -> bool:
    if set(pull.statuses) <= {"404"}:
        # Nothing stopped the daemon, so all that can leave a record has left one.
        expected = [url for url in predicted if _leaves_record(url) or url in pull.urls]
        return expected == list(pull.urls)
    return _is_subsequence(pull.urls, predicted) and _starts_alike(predicted, pull)


def _starts_alike(predicted: Sequence[str], pull: Pull) -> bool:
    recorded = [url for url in predicted if _leaves_record(url) or url == pull.urls[0]]
    return recorded[:1] == [pull.urls[0]]


def _is_subsequence(part: Sequence[str], whole: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(url in rest for url in part)


def _leaves_record(url: str) -> bool:
    """Return whether a request for the URL certainly reaches a server of the lab.

    It does not where the URL is malformed, the name is unknown, nothing listens, the certificate
    may be refused, or the port speaks the other protocol.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    known = parts.hostname in HOSTS + _LOOPBACK and parts.hostname != UNTRUSTED_HOST
    return known and port in (TLS_PORTS if parts.scheme == "https" else PLAIN_PORTS)
