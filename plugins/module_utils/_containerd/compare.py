# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node should do with each source registry against what it does.

Two answers are kept apart. *Literal*: the expected endpoint stands in the configuration. In
`mirrors` tables that is the same scheme, host and path, where no scheme is https. A
`[host."..."]` of hosts.toml agrees where its URL is the expected one (a slash at the end does not
matter), so `harbor/x` agrees with `[host."https://harbor/x"]`; or where it makes the root of the
API that the endpoint stands for, so `harbor/x` agrees with `[host."https://harbor/v2/x"]` with
`override_path = true`, too, and `https://harbor` with `[host."https://harbor/v2"]`.
*Working*: the first URL that containerd requests is the one at which a registry answers: `/v2/`,
then the expected path, then the image.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from .._evidence import Finding, Severity
from .._image_name import ImageReference, parse_image, probe_image
from .hosts_toml import HostEntry
from .mirrors import WILDCARD, mirror_key, parse_endpoint
from .model import UNKNOWN, UP
from .node import Containerd
from .states import without_credentials
from .urls import clean_path, masked, parse_url, request_path


@dataclasses.dataclass(frozen=True)
class SourceResult:
    """The answer for one expected source; `requests` are those for `image`."""

    subject: str
    source: str
    expected: str
    configured: tuple[str, ...]
    image: str
    requests: tuple[str, ...]
    literal: bool
    working: bool
    findings: tuple[Finding, ...]


def compare(
    node: Containerd,
    expected: t.Sequence[tuple[str, str]],
    subject: str,
    require_working: bool = False,
) -> tuple[SourceResult, ...]:
    """Compare a node with expected (source, endpoint) pairs, one result a pair.

    An endpoint that is not literally configured is an error, one that does not work a warning,
    or an error with `require_working`.
    """
    return tuple(
        _compare_one(node, source, endpoint, subject, require_working)
        for source, endpoint in expected
    )


def _compare_one(
    node: Containerd, source: str, endpoint: str, subject: str, require_working: bool
) -> SourceResult:
    image = probe_image(source)
    configured, requests = node.endpoints(source), node.requests(image)
    agreeing = _agreeing(node, source, endpoint, configured)
    wanted = wanted_url(endpoint, image)
    working = bool(requests) and wanted != "" and _same_url(requests[0], wanted, endpoint)
    findings = list(_literal_findings(node, source, endpoint, configured, agreeing))
    if node.cri == UP and configured and not working:
        findings.append(_not_working(source, wanted, requests, require_working, node))
    return SourceResult(
        subject,
        source,
        endpoint,
        tuple(masked(one) for one in configured),
        image,
        requests,
        bool(agreeing),
        working,
        tuple(without_credentials(finding) for finding in findings),
    )


def wanted_url(endpoint: str, image: str) -> str:
    """Return the URL at which a registry answers for an image, empty where there is none.

    `endpoint` is that of an image's mirror, with or without scheme and with or without `/v2`.
    """
    try:
        url, reference = parse_endpoint(endpoint), parse_image(image).normalise()
    except ValueError:
        return ""
    root = api_root(url.path)
    return f"{url.scheme}://{url.host}" + request_path(f"{root}/{_manifest(reference)}")


def api_root(path: str) -> str:
    """Return the root of the registry API that an endpoint's path stands for.

    A path with `/v2` in it says where the API lies; any other gets it in front.
    """
    path = clean_path(path)
    return path if "v2" in path.split("/") else clean_path(f"/v2{path}")


def _manifest(image: ImageReference) -> str:
    return f"{image.repository}/manifests/{image.digest or image.tag}"


def _same_url(request: str, wanted: str, endpoint: str) -> bool:
    """Compare a request with the wanted URL; where the endpoint has no scheme, any will do."""
    asked = request.partition("?")[0]
    if "://" in endpoint:
        return asked == wanted
    return asked.partition("://")[2] == wanted.partition("://")[2]


def _agreeing(
    node: Containerd, source: str, endpoint: str, configured: tuple[str, ...]
) -> list[int]:
    """Return the places at which the expected endpoint stands among the configured ones."""
    file = node.hosts_file(source)
    if file is None:
        return [place for place, one in enumerate(configured) if _same_endpoint(one, endpoint)]
    entries = enumerate(file.entries if configured else ())
    return [place for place, entry in entries if _entry_agrees(entry, endpoint)]


def _same_endpoint(one: str, other: str) -> bool:
    """Compare as SPEC section 8 does, by scheme, host and path: no scheme is https."""
    if one == other:
        return True
    try:
        return _address(one) == _address(other)
    except ValueError:
        return False


def _address(endpoint: str) -> tuple[str, str, str]:
    url = parse_endpoint(endpoint)
    # A slash after a path is harmless; a slash alone is a path, and then no /v2 is added.
    return url.scheme, url.host, url.path.rstrip("/") or url.path


def _entry_agrees(entry: HostEntry, endpoint: str) -> bool:
    try:
        named = parse_url(entry.name if "://" in entry.name else f"https://{entry.name}")
        url = parse_url(endpoint if "://" in endpoint else f"https://{endpoint}")
    except ValueError:
        return False
    if (named.scheme, named.host) != (url.scheme, url.host):
        return False
    root = clean_path(entry.host.path)
    return clean_path(named.path) == clean_path(url.path) or root == api_root(url.path)


def _literal_findings(
    node: Containerd,
    source: str,
    endpoint: str,
    configured: tuple[str, ...],
    agreeing: list[int],
) -> t.Iterator[Finding]:
    if node.cri != UP:
        unknown = f"what the node makes of {source} is not known"
        result = unknown if node.cri == UNKNOWN else f"the kubelet pulls nothing from {source}"
        yield Finding(
            "cri_not_up",
            Severity.ERROR,
            source,
            f"CRI is {node.cri}: {result}. {node.reason}",
            "Repair or read the configuration of containerd first.",
        )
    elif not configured:
        yield _missing(node, source, endpoint)
    elif not agreeing:
        yield Finding(
            "endpoint_differs",
            Severity.ERROR,
            node.where(source),
            f"{source} is configured with {', '.join(configured)}, expected was {endpoint}.",
            f"Write {endpoint}, or correct the mirror table.{_style_hint(configured, endpoint)}",
        )
    elif agreeing[0] > 0:
        yield Finding(
            "endpoint_not_first",
            Severity.WARNING,
            node.where(source),
            f"{endpoint} is configured for {source}, but {configured[0]} is asked before it.",
            f"Write {endpoint} first.",
        )
    if configured and _by_wildcard(node, source):
        yield Finding(
            "served_by_wildcard",
            Severity.INFO,
            node.where(source),
            f"{source} has no entry of its own; the entry for all registries serves it.",
            f"Add an entry for {source}.",
        )


# Palette writes endpoints literally, so what a node shows is decided in the Secret.
_PALETTE_STYLE = (
    "Where Palette writes the nodes, palette_node_path_style: v2_prefix puts /v2 into the Secret."
)


def _style_hint(configured: tuple[str, ...], endpoint: str) -> str:
    if any("/v2/" in one for one in configured) and "/v2/" not in endpoint:
        return " If the form with /v2 is meant, expect it: set palette_node_path_style: v2_prefix."
    return ""


def _missing(node: Containerd, source: str, endpoint: str) -> Finding:
    chain = node.chain(source.partition("/")[0])
    then = chain.problem or f"images come from {chain.hosts[0].host}"
    return Finding(
        "source_missing",
        Severity.ERROR,
        node.where(source),
        f"{source} has no mirror on this node, expected was {endpoint}: {then}. "
        "In an airgap such pulls fail.",
        f"Configure the endpoint {endpoint} for {source}; the findings of the node tell where a "
        "configuration is ignored.",
    )


def _by_wildcard(node: Containerd, source: str) -> bool:
    host = source.partition("/")[0]
    if node.folders is not None:
        return node.folders.find(host).endswith("/_default")
    return node.registry is not None and mirror_key(node.registry.mirrors, host) == WILDCARD


def _not_working(
    source: str, wanted: str, requests: tuple[str, ...], required: bool, node: Containerd
) -> Finding:
    asks = f"containerd requests {requests[0]}" if requests else "containerd requests nothing"
    problem = node.chain(source.partition("/")[0]).problem
    why = f" ({problem})" if problem else ""
    return Finding(
        "endpoint_not_working",
        Severity.ERROR if required else Severity.WARNING,
        node.where(source),
        f"{asks}{why}; most registries answer at {wanted or 'no URL made of this endpoint'}. "
        "On 404 containerd silently goes on to the upstream registry, which an airgap does not "
        "have; on 200 with text/html, as Harbor's portal answers, the pull fails at once.",
        f"Make the node request {wanted}: in mirrors write the whole path with /v2 in front; in "
        "hosts.toml write the same URL and override_path = true. Nothing, if the registry's API "
        f"lies below that path and the node asks there. {_PALETTE_STYLE}"
        if wanted
        else "Write an endpoint such as https://harbor.example.org/v2/project.",
    )


__all__ = ("SourceResult", "compare", "wanted_url")
