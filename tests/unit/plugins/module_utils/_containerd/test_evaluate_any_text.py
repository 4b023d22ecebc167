# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the files hold, the answer is a state and findings, never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    compare,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)

MAIN = "/etc/containerd/config.toml"
DROP = "/etc/containerd/conf.d/10.toml"
CERTS = "/etc/containerd/certs.d"
OLD = 'plugins."io.containerd.grpc.v1.cri"'
IMPORTS = 'imports = ["/etc/containerd/conf.d/*.toml"]\n'
WORDS = st.sampled_from(
    [
        *(
            "version",
            "imports",
            "plugins",
            "registry",
            "mirrors",
            "endpoint",
            "config_path",
            "host",
        ),
        *("server", "configs", "tls", "auths", "disabled_plugins", "docker.io", "*", "cri", "ca"),
        *("io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "header", "capabilities"),
    ]
)
VALUES = st.recursive(
    st.one_of(
        st.integers(-1, 5),
        st.booleans(),
        st.sampled_from(["/etc/containerd/certs.d", "a b", "https://u:p@h/x", "*", "[", "x*", ""]),
        WORDS,
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def toml(value: object) -> str:
    """Return any value as inline TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {toml(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'


DOCUMENTS = st.dictionaries(WORDS, VALUES, max_size=5).map(
    lambda table: "".join(f'"{key}" = {toml(value)}\n' for key, value in table.items())
)
BYTES = st.binary(max_size=60).map(lambda data: data.decode("utf-8", "surrogateescape"))
TEXTS = st.one_of(DOCUMENTS, st.text(max_size=60), BYTES)
VERSIONS = st.one_of(
    st.sampled_from(["1.6.20", "1.7.24", "2.0.11", "2.1.9", "2.2.7", "2.3.7", "2.4.2"]),
    st.text(max_size=9),
)
SET_PATH = f'version = 2\n[{OLD}.registry]\nconfig_path = "{CERTS}"\n'


@given(TEXTS, TEXTS, TEXTS, VERSIONS, st.text(max_size=20), st.none() | TEXTS)
def test_any_text_gives_a_state(
    main: str, dropin: str, hosts: str, version: str, image: str, dump: str | None
) -> None:
    for text in (main, IMPORTS + main, SET_PATH):
        files = {MAIN: text, DROP: dropin, f"{CERTS}/docker.io/hosts.toml": hosts}
        node = load(NodeFiles(files, version, dump=dump))
        assert node.cri in ("up", "down", "not started", "unknown")
        assert bool(node.reason) is (node.cri != "up")
        assert all(finding.message for finding in analyse(node))
        for name in (image, "nginx", "docker.io/a/b@sha256:" + "0" * 64):
            assert all(url.startswith("http") for url in node.requests(name))
        for source in (image, "docker.io"):
            compare(node, [(source, main), (source, "h/x")], "node")


@pytest.mark.parametrize("version", ["1.7.24", "2.1.9", "2.4.2"])
def test_endless_nesting_is_a_finding(version: str) -> None:
    deep = "plugins.x" + ".a" * 1200 + " = 1\n"
    nested = "x = " + "[" * 1200
    files = {MAIN: IMPORTS + deep, DROP: deep}
    assert load(NodeFiles(files, version)).cri == "unknown"
    assert load(NodeFiles({MAIN: nested}, version)).cri == "unknown"
