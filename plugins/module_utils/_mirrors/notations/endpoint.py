# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the notations of nodes share: targets as endpoints, and endpoints as targets.

An endpoint without a scheme is a target as written. An endpoint with a scheme is a URL of the
registry API; a target is that URL without the scheme and without `/v2`.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import difflib
import typing as t

from ..._evidence import Finding, Severity
from ..._python import tomllib
from ..._redact import cut
from ..table import DEFAULT, MirrorEntry, Reading, is_loopback, shown

ANY_HOST = "*"
"""How config.toml and registries.yaml spell `default`."""


def source_key(entry: MirrorEntry) -> str:
    """Return the key under which containerd looks an entry up."""
    return ANY_HOST if entry.kind == "default" else entry.source


def source_of(key: str) -> str:
    """Return the source that such a key selects."""
    return DEFAULT if key == ANY_HOST else key


def api_url(target: str) -> str:
    """Return the URL that containerd needs to reach a target: with `/v2/` before its path, once.

    A target without a path needs none: containerd adds it.
    """
    scheme = "http" if is_loopback(target.partition("/")[0]) else "https"
    return f"{scheme}://{api_path(target)}"


def api_path(target: str, below: str = "") -> str:
    """Return a target with `/v2/` before its path; as it is without a path, or with one of its own.

    A `/v2` further behind tells that the registry's API lies below a path, as Nexus has it, and so
    does `below`, the path of the target before `/v2/`.
    """
    host, _slash, path = target.partition("/")
    if not path:
        return host
    if below and not names_api(target):
        return f"{host}/{below}/v2{path.removeprefix(below)}"
    return target if names_api(target) else f"{host}/v2/{path}"


def names_api(target: str) -> bool:
    """Return whether v2 is anywhere in the path of a target."""
    return "v2" in target.split("/")[1:]


def has_v2(target: str) -> bool:
    """Return whether the path of a target begins with v2."""
    path = target.partition("/")[2]
    return path == "v2" or path.startswith("v2/")


def endpoint_of(target: str) -> str:
    """Return the endpoint that reaches a target and reads back as this target."""
    return target if has_v2(target) else api_url(target)


class Endpoint(t.NamedTuple):
    """An endpoint in its parts; `scheme` is empty where none is written."""

    scheme: str
    host: str
    path: str

    @property
    def literal(self) -> str:
        """Return host and path as written, without slashes at the end."""
        return f"{self.host}/{self.path}".rstrip("/")

    @property
    def url(self) -> str:
        """Return what is asked, without query and fragment; with a scheme if one is written."""
        return f"{self.scheme}://{self.literal}" if self.scheme else self.literal

    @property
    def target(self) -> str:
        """Return the target: without `/v2` if this is a URL."""
        if not self.scheme:
            return self.literal
        path = self.path if self.path != "v2" else ""
        return f"{self.host}/{path.removeprefix('v2/')}".rstrip("/")


def split_endpoint(text: str) -> Endpoint:
    """Split an endpoint; query, fragment and slashes around the path are dropped."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    rest = rest.partition("?")[0].partition("#")[0]
    host, _slash, path = rest.partition("/")
    return Endpoint(scheme.lower(), host, path.strip("/"))


def read_endpoint(reading: Reading, where: str, text: str) -> Endpoint | None:
    """Return an endpoint in its parts, and note what nodes or entries leave out of it.

    None beside a finding where no request can be sent there.
    """
    endpoint = split_endpoint(text)
    path = f"/{endpoint.path}/"
    if endpoint.scheme not in ("", "http", "https") or not endpoint.host:
        reading.error(
            "endpoint_unusable",
            f"{where} {shown(text)}",
            "No request can be sent to this endpoint: it has no host, or a scheme other than http "
            "and https. containerd passes it over.",
            "Write https:// and the host of the registry.",
        )
        return None
    if "?" in text or "#" in text:
        reading.warn(
            "endpoint_parts_dropped",
            f"{where} {shown(endpoint.host)}",
            "containerd uses scheme, host and path of an endpoint; query and fragment are dropped.",
            f"Write {shown(endpoint.url)}, and nothing after the path.",
        )
    if "/v2/v2/" in path:
        reading.warn(
            "endpoint_v2_doubled",
            f"{where} {shown(endpoint.literal)}",
            "The path has v2 twice in a row, and containerd asks for it so. That is right only if "
            "the registry's API lies there.",
            "Write one /v2.",
        )
    if endpoint.scheme == "http" and not is_loopback(endpoint.host):
        reading.warn(
            "plain_http",
            f"{where} {shown(endpoint.host)}",
            "The endpoint is plain HTTP. A target has no scheme, so the entry stands for HTTPS.",
            "Serve the registry over HTTPS.",
        )
    return endpoint


def no_endpoint(reading: Reading, where: str, text: str, source: str, hides: bool) -> None:
    """Take a registry without endpoints: an exemption if it hides `*`, and else no entry."""
    if hides:
        reading.add(where, text, source, "")
        return
    reading.items.append(
        Finding(
            "mirror_without_endpoint",
            Severity.INFO,
            where,
            f"{shown(source)} has no endpoint, so its images are asked of the registry itself, "
            "or of other nodes where they share their images. That is no entry of a mirror table.",
            "Nothing, if that is meant; else write an endpoint.",
        )
    )


def note_unknown_options(
    reading: Reading, where: str, mirror: t.Mapping[t.Any, object], known: t.Sequence[str]
) -> bool:
    """Tell what is no option of a mirror: it is ignored without a word.

    Return whether that is the mirror's endpoint, so that there is nothing to read.
    """
    spelt = {str(option).lower() for option in mirror}
    for option in map(str, mirror):
        if option.lower() in known:
            continue
        said = f"{shown(option)} is no option of a mirror, so it is ignored."
        fix = meant(option, known)
        if "endpoint" not in spelt and meant(option, ("endpoint",)):
            reading.error("option_not_known", where, said, fix)
            return True
        reading.warn("option_not_known", where, said, fix or f"Remove {shown(option)}.")
    return False


def meant(word: str, known: t.Sequence[str]) -> str:
    """Return the question what was meant by a word, empty where it resembles nothing."""
    near = difflib.get_close_matches(word.lower(), known, 1, 0.6)
    return f"Did you mean {near[0]}? Write that name." if near else ""


def note_more_endpoints(reading: Reading, where: str, count: int) -> None:
    """Warn of endpoints after the first one, which no entry can carry."""
    if count > 1:
        reading.warn(
            "more_endpoints",
            where,
            f"There are {count} endpoints. An entry has one target, so only the first is read.",
            "Keep the one endpoint that is to serve this source.",
        )


def note_no_v2(
    reading: Reading, where: str, endpoint: Endpoint, asked: str, also: str = ""
) -> None:
    """Warn of an endpoint with a path that may be that of no API.

    `asked` says who asks where, `also` what a URL needs beside it to be taken as it stands.
    """
    scheme, separator, right = api_url(endpoint.target).partition("://")
    scheme = endpoint.scheme or scheme
    right = f"{scheme}{separator}{right}"
    reading.warn(
        "endpoint_without_v2",
        f"{where} {shown(endpoint.literal)}",
        f"{asked}/library/nginx/manifests/..., which is right only if the registry's API lies there; "
        "most have it at /v2 of the host.",
        f"Write {shown(right)}{also}, or {shown(f'{scheme}://{endpoint.literal}/v2')} where "
        "the API lies below that path (Nexus, Artifactory).",
    )


def load_toml(text: str, reading: Reading, where: str) -> dict[str, t.Any] | None:
    """Return TOML text as data; None beside a finding."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reading.error(
            "broken_toml",
            where,
            f"This is no TOML ({cut(str(error), 200)}), so nothing in it counts.",
            "Mend the text at that place.",
        )
        return None


def unsupported(entry: MirrorEntry) -> str:
    """Return why no configuration of containerd can hold an entry, empty if one can."""
    if entry.kind not in ("registry", "default"):
        return f"containerd redirects whole registries and knows no {entry.kind} entries"
    if "/" in entry.source:
        return "containerd looks up registries, never a path within one"
    if entry.target.endswith("-"):
        return "containerd has no targets that end in '-'"
    if entry.kind == "default" and not entry.target:
        return "nodes redirect nothing by default, so leave it out"
    return ""


__all__ = (
    "ANY_HOST",
    "Endpoint",
    "api_path",
    "api_url",
    "endpoint_of",
    "has_v2",
    "load_toml",
    "meant",
    "names_api",
    "no_endpoint",
    "note_more_endpoints",
    "note_no_v2",
    "note_unknown_options",
    "read_endpoint",
    "source_key",
    "source_of",
    "split_endpoint",
    "unsupported",
)
