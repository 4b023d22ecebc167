# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings: the one input of an override, and its two renderings: Secret data, chart values."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import copy
import dataclasses
import functools
import typing as t

from .._mirrors.notation import node_table, render_mirrors
from .._mirrors.table import MirrorTable

# The page's tables: keys of the Secret, in its order.
SECRET_KEYS = (
    "DOMAIN",
    "BASE_PATH",
    "USERNAME",
    "PASSWORD",
    "INSECURE",
    "CA_CERT",
    "MIRROR_REGISTRIES",
)
SECRET_NAME = "registry-info"
SECRET_NAMESPACE = "jet-system"

# The cert-manager images that the page has prefixed by hand; `amceResolverImage` is spelled so.
CERT_MANAGER_IMAGES = ("cainjectorImage", "controllerImage", "webhookImage", "amceResolverImage")

CA_CERT_ENCODINGS = ("pem", "base64")


@dataclasses.dataclass(frozen=True)
class Settings:
    """What an operator says once: registry, credentials, trust and mirror table.

    `endpoint` is host[:port][/alias] without a scheme, `ca_cert` is PEM or empty.
    `node_path_style` says how the Secret, and so the nodes, spell the mirrors' paths.
    `api_path` is what stands before `/v2/` in the registry's URLs, empty for nothing.
    `token_hosts` are the host[:port] that may be given the password in the registry's place.
    """

    endpoint: str
    name: str
    base_content_path: str
    mirrors: MirrorTable
    username: str = ""
    password: str = ""
    insecure_skip_verify: bool = False
    ca_cert: str = ""
    node_path_style: str = "verbatim"
    token_hosts: tuple[str, ...] = ()
    api_path: str = ""

    @property
    def host(self) -> str:
        """Return the endpoint's host[:port], without the alias that it may have behind it."""
        return self.endpoint.partition("/")[0]

    @property
    def api_places(self) -> tuple[str, ...]:
        """Return where registries are told to have their API: host and path, the endpoint first."""
        own = [f"{self.host}/{self.api_path}"] if self.api_path else []
        told = [f"{one.target_host}/{one.api_path}" for one in self.mirrors if one.api_path]
        return tuple(dict.fromkeys([*own, *told]))

    @property
    def prefix(self) -> str:
        """Return `<endpoint>/<base content path>`: where the registry keeps Palette's images."""
        return f"{self.endpoint}/{self.base_content_path}".rstrip("/")

    @property
    def hosts(self) -> frozenset[str]:
        """Return the host[:port] of all registries to which they lead."""
        return frozenset({self.host, *(item.target_host for item in self.mirrors if item.target)})

    @functools.cached_property
    def mirror_string(self) -> str:
        """Return the mirror table as the chart carries it, for the webhook."""
        return str(render_mirrors(self.mirrors, "palette"))

    @functools.cached_property
    def node_mirror_string(self) -> str:
        """Return the mirror table as the Secret carries it, for the nodes."""
        table = node_table(self.mirrors, self.node_path_style)
        return str(render_mirrors(table, "palette"))


def settings_secrets(settings: Settings) -> tuple[str, ...]:
    """Return what must never be shown: the password, and what HTTP Basic makes of it."""
    if not settings.password:
        return ()
    pair = f"{settings.username}:{settings.password}".encode()
    return (settings.password, base64.b64encode(pair).decode())


def secret_data(settings: Settings) -> dict[str, str]:
    """Return the seven keys of Secret registry-info, decoded (page, steps 8 and 9)."""
    values = (
        settings.endpoint,
        settings.base_content_path,
        settings.username,
        settings.password,
        "true" if settings.insecure_skip_verify else "false",
        settings.ca_cert,
        settings.node_mirror_string,
    )
    return dict(zip(SECRET_KEYS, values, strict=True))


def prefix_image(image: str, prefix: str) -> str:
    """Return `prefix/image`, and an image that has the prefix already as it is (page, step 4)."""
    prefix = prefix.rstrip("/")
    if not image or not prefix or image.startswith(f"{prefix}/"):
        return image
    return f"{prefix}/{image}"


def chart_values(
    settings: Settings,
    chart_defaults: t.Mapping[str, t.Any],
    *,
    is_eks: bool | None = None,
    ca_cert_encoding: str = "pem",
) -> dict[str, t.Any]:
    """Return the values that the override sets in the image-swap chart, and no others.

    `chart_defaults` are the chart's own values with the user's merged over them. Charts keep
    `ociImageRegistry` at the top level or under `config` (the page shows both), so each block is
    written where this chart has it. `is_eks` None leaves `isEKSCluster` as it is.

    Raises ValueError if the chart has no `ociImageRegistry`: it is no image-swap chart.
    """
    places = oci_registry_places(chart_defaults)
    if not places:
        raise ValueError(
            "the chart has no ociImageRegistry, neither at the top level of its values nor under"
            " config: this is no image-swap chart. Ask support@spectrocloud.com for the chart"
            " that fits your release"
        )
    values: dict[str, t.Any] = {}
    for path in places:
        _put(values, (*path, _REGISTRY), _oci_image_registry(settings, ca_cert_encoding))
    for path in _image_paths(chart_defaults):
        _put(values, path, prefix_image(_get(chart_defaults, path), settings.prefix))
    if is_eks is not None:
        for path in ((), ("config",)):
            if _has(chart_defaults, (*path, "imageSwapConfig")):
                _put(values, (*path, "imageSwapConfig", "isEKSCluster"), is_eks)
    return values


_REGISTRY = "ociImageRegistry"


def oci_registry_places(chart_defaults: t.Mapping[str, t.Any]) -> tuple[tuple[str, ...], ...]:
    """Return where a chart keeps `ociImageRegistry`: at the top, under config, both, nowhere."""
    return tuple(path for path in ((), ("config",)) if _has(chart_defaults, (*path, _REGISTRY)))


def _oci_image_registry(settings: Settings, ca_cert_encoding: str) -> dict[str, t.Any]:
    ca_cert = settings.ca_cert
    if ca_cert and ca_cert_encoding == "base64":
        ca_cert = base64.b64encode(ca_cert.encode()).decode()
    return {
        "endpoint": settings.endpoint,
        "name": settings.name,
        "password": settings.password,
        "username": settings.username,
        "baseContentPath": settings.base_content_path,
        "insecureSkipVerify": settings.insecure_skip_verify,
        "caCert": ca_cert,
        "mirrorRegistries": settings.mirror_string,
    }


def chart_images(chart_defaults: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """Return the images that the chart names in the places that the override prefixes."""
    return tuple(_get(chart_defaults, path) for path in _image_paths(chart_defaults))


def _image_paths(values: t.Mapping[str, t.Any]) -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = [("image", key) for key in CERT_MANAGER_IMAGES]
    for base in ((), ("config",)):
        block = _get(values, (*base, "imageSwapImages"))
        if isinstance(block, t.Mapping):
            paths += [(*base, "imageSwapImages", str(key)) for key in block]
    return [path for path in paths if isinstance(_get(values, path), str) and _get(values, path)]


def _get(values: t.Any, path: tuple[str, ...]) -> t.Any:
    for key in path:
        values = values.get(key) if isinstance(values, t.Mapping) else None
    return values


def _has(values: t.Mapping[str, t.Any], path: tuple[str, ...]) -> bool:
    parent = _get(values, path[:-1])
    return isinstance(parent, t.Mapping) and path[-1] in parent


def _put(values: dict[str, t.Any], path: tuple[str, ...], value: t.Any) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = copy.deepcopy(value)


__all__ = (
    "CA_CERT_ENCODINGS",
    "CERT_MANAGER_IMAGES",
    "SECRET_KEYS",
    "SECRET_NAME",
    "SECRET_NAMESPACE",
    "Settings",
    "chart_images",
    "chart_values",
    "oci_registry_places",
    "prefix_image",
    "secret_data",
    "settings_secrets",
)
