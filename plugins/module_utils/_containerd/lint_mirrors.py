# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about the `mirrors` and `configs` tables in force (SPEC 1 and 3)."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import typing as t

from .._evidence import Finding, Severity
from .._fix import Edit, Fix
from .config import locate
from .edits import assignment, is_valued, removed, renamed, value
from .imports import Merged
from .mirrors import WILDCARD, mirror_endpoints, parse_endpoint
from .registry import Registry
from .schema import MIRROR_OPTIONS, Spelling, Table, table_at
from .states import mirror_place, place
from .urls import Url, clean_path, is_localhost, no_address, v2_once
from .version import Version

HUB_ALIASES = ("registry-1.docker.io", "index.docker.io")
HUB = "https://registry-1.docker.io"
_HUB_PAGES = ("docker.io", "www.docker.io", "hub.docker.com", "www.docker.com")
"""Names of Docker Hub that serve no registry API."""


def lint_mirrors(merged: Merged, registry: Registry, is_k3s: bool) -> t.Iterator[Finding]:
    """Tell what the mirrors will do that one would not expect."""
    mirrors = registry.mirrors
    if mirrors:
        yield _deprecated(merged)
    for key, table in mirrors.items():
        where = mirror_place(merged, key)
        yield from _lint_key(where, _text(merged, where), key, mirrors)
        yield from _lint_options(where, _text(merged, where), key, table, is_k3s)
        for endpoint in mirror_endpoints(mirrors, key):
            here, text = _endpoint_line(merged, where, endpoint)
            yield from lint_endpoint(here, text, key, endpoint)


def _endpoint_line(merged: Merged, where: str, endpoint: str) -> tuple[str, str]:
    """Return the line of an endpoint, and its file's text if that is the line to edit."""
    path, _colon, header = where.rpartition(":")
    text = _text(merged, where)
    number, line = assignment(text, "endpoint", int(header)) if path else (0, "")
    if number and endpoint in line:
        return f"{path}:{number}", text
    here = place(merged, "endpoint", endpoint) if endpoint else where
    return here if ":" in here else where, ""


def _text(merged: Merged, where: str) -> str:
    """Return the text of the file that `path:number` names."""
    path = where.rpartition(":")[0]
    return next((file.text for file in merged.files if file.path == path), "")


def lint_tls(merged: Merged, registry: Registry, version: Version) -> t.Iterator[Finding]:
    """Tell what becomes of the TLS options under `configs`."""
    for host, config in registry.configs.items():
        tls = table_at(config, "tls")
        where = place(merged, "configs", host)
        if tls and not version.old:
            yield Finding(
                "tls_config_ignored",
                Severity.WARNING,
                where,
                f"configs.{host}.tls is gone in containerd 2.0: it is ignored. If the certificate "
                "needs it, TLS fails and the pull silently goes on to the upstream registry.",
                "Use hosts.toml with ca, or add the CA to the node's own trust store.",
            )
        elif tls.get("insecure_skip_verify"):
            yield tls_skipped(where, host)


def _deprecated(merged: Merged) -> Finding:
    return Finding(
        "mirrors_deprecated",
        Severity.INFO,
        place(merged, "mirrors"),
        "The mirrors table is deprecated. It works in all releases up to 2.4, and 2.4 announces its "
        "removal for 2.7. A change needs a restart of containerd.",
        "Before a node gets a containerd without mirrors, ask Spectro Cloud which release of "
        "Palette writes hosts.toml, and update Palette first.",
    )


def _lint_key(where: str, text: str, key: str, mirrors: Table) -> t.Iterator[Finding]:
    better = key.lower().rpartition("://")[2].partition("/")[0]
    better = "docker.io" if better in HUB_ALIASES else better
    if key not in (better, WILDCARD):
        yield Finding(
            "mirror_key_never_matches",
            Severity.WARNING,
            where,
            f"No image has the registry {key!r}: keys are compared to the letter with the image's "
            "registry, docker.io for Docker Hub. This entry does nothing.",
            f'Take it out: mirrors."{better}" is there.'
            if better in mirrors
            else Fix(
                f'Write mirrors."{better}".',
                renamed(where.rpartition(":")[0], text, key, better) if better else (),
            ),
        )
    elif not mirror_endpoints(mirrors, key):
        hides = " and hides the entry of `*`" if key != WILDCARD and WILDCARD in mirrors else ""
        yield Finding(
            "mirror_without_endpoint",
            Severity.WARNING,
            where,
            f"The entry of {key} has no endpoint: its images come from upstream{hides}.",
            'Write endpoint = ["https://..."] (not endpoints), or remove the entry.',
        )


def _lint_options(
    where: str, text: str, key: str, table: Table, is_k3s: bool
) -> t.Iterator[Finding]:
    for option in sorted(table):
        if option.lower() in MIRROR_OPTIONS:
            continue
        if option == "rewrite" and is_k3s:
            yield Finding(
                "rewrite_not_evaluated",
                Severity.INFO,
                where,
                f"k3s and RKE2 rewrite the paths of {key}; the URLs told here are those before "
                "rewriting.",
                "Nothing, if the registry holds the images under their rewritten names.",
            )
            continue
        yield Finding(
            "mirror_option_ignored",
            Severity.WARNING,
            where,
            f"containerd does not know {option!r} in the entry of {key} and ignores it"
            + (" (only k3s and RKE2 have it)." if option == "rewrite" else "."),
            _other_option(where, text, option, table),
        )


def _other_option(where: str, text: str, option: str, table: Table) -> str:
    """Return what helps with an option that containerd does not know."""
    path, _colon, number = where.rpartition(":")
    header = int(number) if number.isdigit() else 0
    if "endpoint" in option and "endpoint" not in table:
        line, whole = assignment(text, option, header)
        endpoint = whole.replace(option, "endpoint", 1)
        sound = line and _are_urls(table[option])
        edits = [Edit("line", whole, endpoint, f"{path}:{line}")] if sound else []
        return Fix(f"Write {endpoint or 'it endpoint'}, or remove it.", edits)
    edit = removed(path, text, option, header) if header else None
    return Fix(f"Remove {option}.", [edit] if edit else [])


def lint_endpoint(where: str, text: str, source: str, endpoint: str) -> t.Iterator[Finding]:
    """Tell what containerd makes of one endpoint of a mirrors table."""
    try:
        url = parse_endpoint(endpoint)
    except ValueError as error:
        yield Finding(
            "endpoint_invalid",
            Severity.ERROR,
            where,
            f"{endpoint!r} is no valid URL ({error}): every pull from {source} fails before a "
            "request is sent, upstream included.",
            "Write it as https://harbor.example.org/v2/project.",
        )
        return
    odd = no_address(endpoint, url.host)
    if odd or not url.usable:
        yield Finding(
            "endpoint_unusable",
            Severity.WARNING,
            where,
            f"No request can be sent to the endpoint {endpoint!r} of {source}"
            f"{f' ({odd})' if odd else ''}: it is passed over.",
            "Write it as https://harbor.example.org/v2/project.",
        )
        return
    yield from taken_literally(
        where, source, endpoint, url.host, _instead(where, text, endpoint, HUB)
    )
    yield from _lint_path(where, text, source, endpoint, url)
    if url.scheme == "http":
        yield plain_http(where, endpoint, url.host)
    if any(mark in endpoint for mark in "@?#"):
        yield parts_dropped(where, source, _without_parts(where, text, endpoint, url))


def parts_dropped(where: str, source: str, fix: str) -> Finding:
    """Return the finding of a URL of which only a part is used."""
    return Finding(
        "endpoint_parts_dropped",
        Severity.WARNING,
        where,
        f"containerd uses scheme, host and path of {source}'s endpoint; user, password, query "
        "and fragment are dropped.",
        fix,
    )


def _are_urls(endpoints: object) -> bool:
    try:
        return isinstance(endpoints, list) and all(parse_endpoint(one).usable for one in endpoints)
    except (TypeError, ValueError):
        return False


def _without_parts(where: str, text: str, endpoint: str, url: Url) -> str:
    plain = f"{url.scheme}://{url.host}{url.path}"
    if "@" in endpoint:  # no edit carries a password
        return "Write credentials to configs, and nothing after the path."
    return _instead(where, text, endpoint, plain)


def _instead(where: str, text: str, endpoint: str, right: str, after: str = ".") -> str:
    """Return what to write in the place of an endpoint, unless it is beside it already."""
    edit = value(where, text, endpoint, right)
    if edit is None and is_valued(where, text, right):
        return f"Take {endpoint} out: {right} is there."
    return Fix(f"Write {right}{after}", [edit] if edit else [])


def _lint_path(where: str, text: str, source: str, endpoint: str, url: Url) -> t.Iterator[Finding]:
    path = clean_path(url.path)
    segments, once = path.strip("/").split("/"), v2_once(path)
    if url.path == "" or (segments[0] == "v2" and once == path):
        return
    root = f"{url.scheme}://{url.host}"
    below = "where the registry's API lies below that path, as with Nexus and Artifactory"
    if once != path:
        code, fix = (
            "endpoint_v2_doubled",
            _instead(where, text, endpoint, f"{root}{once}"),
        )
    elif "v2" in segments:
        code, fix = "endpoint_v2_misplaced", f"Nothing, {below}; else see where its API lies."
    else:
        path = path.rstrip("/")
        code = "endpoint_without_v2"
        other = f", or {root}{path}/v2 {below}." if path else "."
        fix = _instead(where, text, endpoint, f"{root}/v2{path}", other)
    yield Finding(
        code,
        Severity.INFO if code == "endpoint_v2_misplaced" else Severity.WARNING,
        where,
        f"For {source} containerd requests {root}{path.rstrip('/')}/<image>/manifests/<tag>: "
        f"it adds /v2 only to an endpoint without any path, and {endpoint} has one. That is right "
        "only if the registry's API lies there. On 404 containerd silently goes on to the upstream "
        "registry, which an airgap does not have; on 200 with text/html, as Harbor's portal "
        "answers, the pull fails without a fallback.",
        fix,
    )


def taken_literally(
    where: str, source: str, name: str, host: str, fix: str, is_server: bool = False
) -> t.Iterator[Finding]:
    """Tell of Docker Hub under a name that containerd does not translate in a URL.

    index.docker.io answers as a registry, so that one is told and no more.
    """
    if source not in ("docker.io", WILDCARD, "_default") or host not in (
        *_HUB_PAGES,
        "index.docker.io",
    ):
        return
    yield Finding(
        "server_taken_literally" if is_server else "endpoint_taken_literally",
        Severity.WARNING if host in _HUB_PAGES else Severity.INFO,
        where,
        f"{name} is asked as it stands; Docker Hub's registry is registry-1.docker.io, and "
        "containerd makes that of docker.io in image names alone, never in a URL.",
        fix,
    )


def plain_http(where: str, endpoint: str, host: str) -> Finding:
    """Return the finding of an endpoint without TLS."""
    return Finding(
        "plain_http",
        Severity.INFO if is_localhost(host) else Severity.WARNING,
        where,
        f"{endpoint} is asked over plain HTTP: images and credentials travel unprotected.",
        "Use https.",
    )


def tls_skipped(where: str, host: str) -> Finding:
    """Return the finding of a host whose certificate is not verified."""
    return Finding(
        "tls_skipped",
        Severity.WARNING,
        where,
        f"The certificate of {host} is not verified: anybody on the way can replace images.",
        "Name the registry's CA instead.",
    )


def other_case(
    path: str, text: str, spelling: Spelling, version: Version, lost: bool = False
) -> Finding:
    """Return the finding of an option in an unusual letter case; `lost` where none counts."""
    taken = spelling.taken(version.old) and not lost
    fix = f"Remove {spelling.key}: {spelling.option} is there, too."
    if not spelling.doubled:
        edits = renamed(path, text, spelling.key, spelling.option) if taken else ()
        fix = Fix(f"Write {spelling.option}.", edits)
    does = "takes" if taken else "ignores"
    return Finding(
        "option_letter_case",
        Severity.WARNING,
        locate(path, text, spelling.key),
        f"{spelling.key} is the option {spelling.option} in another letter case. containerd "
        f"{version} {does} it here: 1.x takes capitals alone, and only where the usual form is "
        "missing; 2.x takes any case in most tables.",
        fix,
    )


__all__ = (
    "HUB",
    "HUB_ALIASES",
    "lint_endpoint",
    "lint_mirrors",
    "lint_tls",
    "other_case",
    "parts_dropped",
    "plain_http",
    "taken_literally",
    "tls_skipped",
)
