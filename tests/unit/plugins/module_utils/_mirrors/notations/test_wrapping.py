# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mirror tables out of manifests, values and user data."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._images.explain import (
    read_swap_maps,
)
from ansible_collections.palette.image_registry.plugins.module_utils._images.pulls import (
    mirrors_of_nodes,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations.wrapping import (
    unwrap,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    Reading,
)

STRING = "docker.io::h.example.org/p"
ENTRIES = (MirrorEntry("docker.io", "h.example.org/p"),)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def manifest(kind: str, **blocks: t.Any) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "registry-info"}, **blocks}


SECRET = manifest("Secret", data={"DOMAIN": encoded("h"), "MIRROR_REGISTRIES": encoded(STRING)})
PAGE = f"""\
apiVersion: v1
kind: Secret
metadata:
  name: registry-info
  namespace: jet-system
type: Opaque
stringData:
  DOMAIN: "h.example.org"
  MIRROR_REGISTRIES: "{STRING}"
"""
MAPS = """\
# as kubectl has it
apiVersion: v1
kind: ConfigMap
data:
  maps: |
    default::
    docker.io::h.example.org/p  # ours
"""
VALUES = f"""\
config:
  imageSwapImages: {{}}
  ociImageRegistry:
    endpoint: h.example.org
    mirrorRegistries: "{STRING}"
"""
USER_DATA = """\
#cloud-config
stylus:
  externalRegistries:
    registries:
      - domain: h.example.org
        password: secret
    registryMappingRules:
      "docker.io": "h.example.org/p"
"""
REGISTRIES = "mirrors: {docker.io: {endpoint: ['https://h.example.org/v2/p']}}"

# what is given, the notation of what is inside, its entries
TEST_WRAPPED: list[tuple[object, str, tuple[MirrorEntry, ...]]] = [
    (PAGE, "palette", ENTRIES),
    (SECRET, "palette", ENTRIES),
    (json.dumps(SECRET, indent=4), "palette", ENTRIES),
    (json.dumps(SECRET), "palette", ENTRIES),
    ([SECRET, manifest("Secret", data={})], "palette", ENTRIES),
    (manifest("List", items=[SECRET]), "palette", ENTRIES),
    (f"---\n{PAGE}---\napiVersion: v1\nkind: Namespace\n", "palette", ENTRIES),
    (
        manifest("Secret", stringData={"MIRROR_REGISTRIES": STRING}, data=SECRET["data"]),
        "palette",
        ENTRIES,
    ),
    (MAPS, "imageswap_map", (MirrorEntry("default", ""), *ENTRIES)),
    (manifest("ConfigMap", data={"registries.yaml": REGISTRIES}), "k3s_registries", ENTRIES),
    (VALUES, "palette", ENTRIES),
    ({"ociImageRegistry": {"mirrorRegistries": STRING}}, "palette", ENTRIES),
    (USER_DATA, "mapping", ENTRIES),
    ({"registryMappingRules": {"docker.io": "h.example.org/p"}}, "mapping", ENTRIES),
]


@pytest.mark.parametrize(("raw", "notation", "entries"), TEST_WRAPPED)
def test_what_is_inside(raw: object, notation: str, entries: tuple[MirrorEntry, ...]) -> None:
    parsed = parse_mirrors(raw)
    assert (parsed.notation, parsed.table.entries, parsed.findings) == (notation, entries, ())


def test_lists_are_opened_up_to_a_depth() -> None:
    wrapped = SECRET
    for deep in range(1, 6):
        wrapped = manifest("List", items=[wrapped])
        assert parse_mirrors(wrapped).ok is (deep <= 3)


TEST_BROKEN: list[tuple[object, str, str]] = [
    ("apiVersion: v1\nkind: Secret\ndata: {}\n", "no_mirrors", "mirrors"),
    ("apiVersion: v1\nkind: SealedSecret\nspec: {}\n", "no_mirrors", "mirrors"),
    ("apiVersion: v1\n", "no_mirrors", "mirrors"),
    ("stylus:\n  registryMappingRules: no\n", "no_mirrors", "mirrors"),
    ({"ociImageRegistry": {"endpoint": "h"}}, "no_mirrors", "mirrors"),
    ("apiVersion: v1\nkind: [\n", "broken_yaml", "line 3"),
    (f"{PAGE}---\n{MAPS}", "several_tables", "mirrors"),
    (
        manifest("Secret", data={"MIRROR_REGISTRIES": STRING}),
        "unreadable_value",
        "Secret registry-info MIRROR_REGISTRIES",
    ),
    (
        manifest("Secret", data={"MIRROR_REGISTRIES": "ENC[AES256_GCM,data:x]"}),
        "unreadable_value",
        "Secret registry-info MIRROR_REGISTRIES",
    ),
    (
        manifest("ConfigMap", data={"maps": "$ANSIBLE_VAULT;1.1;AES256"}),
        "unreadable_value",
        "ConfigMap registry-info maps",
    ),
]


@pytest.mark.parametrize(("raw", "code", "subject"), TEST_BROKEN)
def test_one_clear_error(raw: object, code: str, subject: str) -> None:
    parsed = parse_mirrors(raw)
    assert not parsed.ok
    (finding,) = parsed.findings
    assert (finding.code, finding.subject) == (code, subject)
    with pytest.raises(ValueError, match="so no"):
        read_swap_maps(raw)


TEST_BARE: list[object] = [
    STRING,
    {"docker.io": "h.example.org/p"},
    [STRING],
    {"mirrors": {"docker.io": {}}},
    {"config": {"mirrors": 1}},
    5,
]


@pytest.mark.parametrize("raw", TEST_BARE)
def test_what_nothing_is_around_stays(raw: object) -> None:
    reading = Reading()
    assert unwrap(raw, reading) == (raw, "auto")
    assert reading.items == []


def test_images_go_the_way_of_what_is_inside() -> None:
    for raw in (PAGE, SECRET, USER_DATA):
        swap_map = read_swap_maps(raw, assume_default=True).likely
        assert swap_map.swap("nginx:1").swapped == "h.example.org/p/nginx:1"
        assert mirrors_of_nodes(raw).entries == ENTRIES


@given(st.recursive(st.text(max_size=8), lambda x: st.lists(x, max_size=3), max_leaves=6))
def test_no_manifest_breaks_it(value: object) -> None:
    for key in ("data", "stringData", "items", "metadata", "kind"):
        parse_mirrors({**SECRET, key: value})
    parse_mirrors({"stylus": value})
    parse_mirrors({"stylus": {"registryMappingRules": {"docker.io": value}}})
