# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kubeconfig is read as client-go reads it, or refused with a reason that tells no secret."""

from __future__ import annotations

import base64
import os
import pathlib
import typing as t

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.kubeconfig import (
    read_kubeconfig,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from tests.unit.helpers.acting import KUBECONFIG

SERVER = '{server: "https://api:6443"}'


def kubeconfig(cluster: str = SERVER, user: str = "{token: t}") -> str:
    return (
        f"clusters: [{{name: c, cluster: {cluster}}}]\n"
        "contexts: [{name: mgmt, context: {cluster: c, user: u}}]\n"
        f"current-context: mgmt\nusers: [{{name: u, user: {user}}}]\n"
    )


def refused(path: pathlib.Path, content: str, context: str = "") -> Failure:
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Failure) as failure:
        read_kubeconfig(str(path), context)
    return failure.value


CASES: list[tuple[str, str, str]] = [
    ("", "kubeconfig_invalid", "is no kubeconfig"),
    ("a: [", "kubeconfig_invalid", "is no kubeconfig"),
    ("- a", "kubeconfig_invalid", "is no kubeconfig"),
    ("[" * 500, "kubeconfig_invalid", "is no kubeconfig"),
    ("contexts: [{name: c}]", "context_missing", "has no current-context"),
    (KUBECONFIG.replace("current-context: mgmt", "current-context: x"), "context_missing", "pcg"),
    (kubeconfig().replace("cluster: c,", "cluster: d,"), "kubeconfig_invalid", "no cluster 'd'"),
    (kubeconfig().replace("user: u}", "user: v}"), "kubeconfig_invalid", "no user 'v'"),
    (kubeconfig().replace("users: [", "users: [{name: u}, "), "kubeconfig_invalid", "2 entries"),
    (kubeconfig("{}"), "kubeconfig_invalid", "no URL"),
    (kubeconfig("{server: api}"), "kubeconfig_invalid", "no URL"),
    (kubeconfig('{server: "https://[::1"}'), "kubeconfig_invalid", "no URL"),
    (kubeconfig('{server: "https://api:99999"}'), "kubeconfig_invalid", "no URL"),
    (kubeconfig('{server: "https://api\\n"}'), "kubeconfig_invalid", "no URL"),
    (
        kubeconfig('{server: "https://a", insecure-skip-tls-verify: maybe}'),
        "kubeconfig_invalid",
        "",
    ),
    (
        kubeconfig(
            '{server: "https://a", insecure-skip-tls-verify: true, certificate-authority: f}'
        ),
        "kubeconfig_invalid",
        "both",
    ),
    (kubeconfig(user="{token: [planted]}"), "kubeconfig_invalid", "is no text"),
    (kubeconfig(user="{client-key-data: planted!}"), "kubeconfig_invalid", "is no base64"),
    (
        kubeconfig('{server: "https://admin:planted@api:6443"}'),
        "kubeconfig_unsupported",
        "URL of its server, api",
    ),
]


@pytest.mark.parametrize(("content", "code", "message"), CASES)
def test_what_gives_no_access_is_refused(
    tmp_path: pathlib.Path, content: str, code: str, message: str
) -> None:
    failure = refused(tmp_path / "kubeconfig", content)
    assert failure.code == code
    assert message in str(failure)
    assert "planted" not in str(failure)


@pytest.mark.parametrize("kubeconfig", ["", "  "])
def test_an_empty_kubeconfig_is_refused(kubeconfig: str) -> None:
    with pytest.raises(Failure, match="no cluster is ever guessed"):
        read_kubeconfig(kubeconfig, "")


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "nul", "list"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: pathlib.Path, kind: str) -> None:
    path = tmp_path / "kubeconfig"
    if kind == "folder":
        path.mkdir()
    if kind == "fifo":
        os.mkfifo(path)
    named = {"nul": f"{path}\0", "list": f"{path}:{path}"}.get(kind, str(path))
    with pytest.raises(Failure) as failure:
        read_kubeconfig(named, "")
    assert failure.value.code == "kubeconfig_unreadable"


def test_a_colon_is_part_of_the_name(tmp_path: pathlib.Path) -> None:
    (tmp_path / "prod").write_text(kubeconfig('{server: "https://prod"}'), encoding="utf-8")
    path = tmp_path / "prod:eu"
    path.write_text(kubeconfig('{server: "https://eu"}'), encoding="utf-8")
    read = read_kubeconfig(str(path), "")
    assert (read.server, read.path) == ("https://eu", path)


def test_names_are_text_whatever_they_look_like(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(
        kubeconfig()
        .replace("mgmt", "1e3")
        .replace("name: u", "name: no")
        .replace("user: u}", "user: no}"),
        encoding="utf-8",
    )
    assert read_kubeconfig(str(path), "").context == "1e3"


def test_secrets_of_all_users_are_known(tmp_path: pathlib.Path) -> None:
    key = base64.b64encode(b"-----BEGIN PRIVATE KEY-----").decode()
    arguments = "[get-token, --client-secret=s1, --password, s2, --flag, plain, --x=plain]"
    path = tmp_path / "kubeconfig"
    path.write_text(
        kubeconfig('{server: "https://a", proxy-url: "http://u:p%40ss@proxy"}').replace(
            "users: [",
            "users: [odd, {name: odd, user: odd}, {name: a, user: {password: pw}},"
            f"{{name: b, user: {{client-key-data: {key}}}}},"
            "{name: d, user: {auth-provider: {config: {id-token: i, client-id: kubernetes}}}},"
            f"{{name: e, user: {{exec: {{env: [{{name: A, value: v}}], args: {arguments}}}}}}},",
        ),
        encoding="utf-8",
    )
    assert set(read_kubeconfig(str(path), "").secrets) == {
        *("t", "pw", key, "-----BEGIN PRIVATE KEY-----", "i", "v", "s1", "s2", "p%40ss", "p@ss"),
    }


VALUES = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers() | st.floats() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(
    st.sampled_from(["server", "proxy-url", "token", "as", "exec", "auth-provider", "tokenFile"])
    | st.text(),
    VALUES,
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cluster=FIELDS | VALUES, user=FIELDS | VALUES, more=FIELDS)
def test_whatever_it_holds_is_read_or_refused(
    tmp_path: pathlib.Path, cluster: t.Any, user: t.Any, more: dict[str, t.Any]
) -> None:
    path = tmp_path / "kubeconfig"
    content = {**yaml.safe_load(kubeconfig()), **more}
    content["clusters"][0]["cluster"] = cluster
    content["users"][0]["user"] = user
    path.write_text(yaml.safe_dump(content), encoding="utf-8", errors="surrogatepass")
    try:
        read_kubeconfig(str(path), "")
    except Failure as failure:
        assert failure.code.startswith("kubeconfig_")
