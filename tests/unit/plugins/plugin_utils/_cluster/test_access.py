# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every client is given what client-go would take from a kubeconfig, and nothing else."""

from __future__ import annotations

import base64
import json
import pathlib
import time
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.access import (
    ClusterAccess,
    cluster_access,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure

SERVER = {"server": "https://api:6443"}
DATA = base64.b64encode(b"pem").decode()


def access(
    folder: pathlib.Path, user: dict[str, t.Any], cluster: dict[str, t.Any] | None = None
) -> ClusterAccess:
    content = {
        "contexts": [
            {"name": "one", "context": {"cluster": "c", "user": "u", "namespace": "n"}},
            {"name": "other", "context": {"cluster": "d", "user": "v"}},
        ],
        "current-context": "one",
        "clusters": [
            {"name": "d", "cluster": {"server": "https://other"}},
            {"name": "c", "cluster": {**SERVER, **(cluster or {})}},
        ],
        "users": [{"name": "v", "user": {"token": "other"}}, {"name": "u", "user": user}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(content), encoding="utf-8")
    return cluster_access(str(path), "")


def user_of(found: ClusterAccess) -> dict[str, t.Any]:
    (entry,) = found.config["users"]
    return dict(entry["user"])


def test_one_context_is_left(tmp_path: pathlib.Path) -> None:
    found = access(tmp_path, {"token": "t"})
    assert (found.context, found.server) == ("one", "https://api:6443")
    assert found.config["contexts"] == [
        {"name": "one", "context": {"cluster": "cluster", "user": "user", "namespace": "n"}}
    ]
    assert found.config["clusters"] == [{"name": "cluster", "cluster": SERVER}]
    assert user_of(found) == {"token": "t"}
    assert set(found.secrets) == {"t", "other"}
    assert cluster_access(found.kubeconfig, "other").server == "https://other"
    assert "other" not in repr(found)


@pytest.mark.parametrize("text", ["planted-token", "planted-token\n", " planted-token\r\n\n"])
def test_a_token_of_a_file_is_trimmed_and_secret(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "token").write_bytes(text.encode())
    found = access(tmp_path, {"tokenFile": "token", "token": "old"})
    assert user_of(found) == {"token": "planted-token"}
    assert "planted-token" in found.secrets
    assert found.lasts(10)
    assert not found.lasts(0) or found.until <= time.time() + 60


@pytest.mark.parametrize("text", ["planted\ntoken", "planted\x00", "plänted"])
def test_a_token_that_is_none_is_not_shown(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "token").write_text(text, encoding="utf-8")
    with pytest.raises(Failure, match="has a tokenFile with characters that no token has") as told:
        access(tmp_path, {"tokenFile": "token"})
    assert text not in str(told.value)


def test_files_are_beside_the_kubeconfig_and_data_goes_first(tmp_path: pathlib.Path) -> None:
    for name in ("ca", "crt", "key"):
        (tmp_path / name).touch()
    files = {"client-certificate": "crt", "client-key": "key"}
    found = access(tmp_path, files, {"certificate-authority": "ca"})
    assert user_of(found) == {key: str(tmp_path / name) for key, name in files.items()}
    cluster = found.config["clusters"][0]["cluster"]
    assert cluster["certificate-authority"] == str(tmp_path / "ca")
    data = {f"{key}-data": DATA for key in files}
    assert user_of(access(tmp_path, {**files, **data})) == data


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://proxy:3128", {"proxy": "http://proxy:3128", "no_proxy": ""}),
        (
            "http://jane:p%40ss@proxy:3128/",
            {
                "proxy": "http://proxy:3128/",
                "no_proxy": "",
                "proxy_headers": {"proxy_basic_auth": "jane:p@ss"},
            },
        ),
    ],
)
def test_a_proxy_and_a_server_name_are_passed_on(
    tmp_path: pathlib.Path, url: str, options: dict[str, t.Any]
) -> None:
    found = access(tmp_path, {}, {"proxy-url": url, "tls-server-name": "api.example.org"})
    cluster = found.config["clusters"][0]["cluster"]
    assert cluster == {**SERVER, "proxy-url": url, "tls-server-name": "api.example.org"}
    assert found.options == options
    if "@" in url:
        assert "p@ss" in found.secrets


def test_impersonation_is_passed_on(tmp_path: pathlib.Path) -> None:
    found = access(tmp_path, {"token": "t", "as": "jane", "as-groups": ["a", "b"]})
    assert user_of(found) == {"token": "t", "as": "jane", "as-groups": ["a", "b"]}
    assert found.options == {"impersonate_user": "jane", "impersonate_groups": ["a", "b"]}


def test_nothing_secret_goes_over_plain_http(tmp_path: pathlib.Path) -> None:
    user = {"token": "t", "exec": {"command": "no-such-plugin"}, "as": "jane"}
    found = access(tmp_path, user, {"server": "http://127.0.0.1:8001"})
    assert user_of(found) == {"as": "jane"}


def jwt(**claims: t.Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def oidc(token: str) -> dict[str, t.Any]:
    return {"auth-provider": {"name": "oidc", "config": {"id-token": token}}}


def test_a_token_of_a_provider_is_taken_while_it_is_good(tmp_path: pathlib.Path) -> None:
    token = jwt(exp=time.time() + 600)
    assert user_of(access(tmp_path, oidc(token))) == {"token": token}
    with pytest.raises(Failure, match="has expired"):
        access(tmp_path, oidc(jwt(exp=1)))


def test_a_name_and_a_password_are_passed_on_without_a_token(tmp_path: pathlib.Path) -> None:
    basic = {"username": "jane", "password": "planted"}
    assert user_of(access(tmp_path, basic)) == basic
    assert user_of(access(tmp_path, {**basic, "token": "t"})) == {"token": "t"}


REFUSED: list[tuple[dict[str, t.Any], dict[str, t.Any], str, str]] = [
    ({"as": "jane", "as-uid": "1"}, {}, "kubeconfig_unsupported", "as-uid, which"),
    ({"as": "j", "as-user-extra": {"a": ["b"]}}, {}, "kubeconfig_unsupported", "as-user-extra"),
    ({"as-groups": ["a"]}, {}, "kubeconfig_invalid", "without a user"),
    ({"as": "jane", "as-groups": "a"}, {}, "kubeconfig_invalid", "no list of names"),
    ({"as": "jane\nX: y"}, {}, "kubeconfig_invalid", "no HTTP header"),
    ({"auth-provider": {"name": "gcp"}}, {}, "kubeconfig_unsupported", "exec plugin"),
    ({"client-key-data": DATA}, {}, "kubeconfig_invalid", "without its key, or"),
    ({"client-key": "no"}, {}, "kubeconfig_unreadable", "client-key"),
    ({"tokenFile": "."}, {}, "kubeconfig_unreadable", "no regular file"),
    ({}, {"proxy-url": "proxy:3128"}, "kubeconfig_invalid", "proxy-url"),
    ({}, {"certificate-authority": "no"}, "kubeconfig_unreadable", "cannot be read"),
    ({"exec": {"command": []}}, {}, "kubeconfig_invalid", "without a command"),
]


@pytest.mark.parametrize(("user", "cluster", "code", "message"), REFUSED)
def test_what_not_every_client_can_do_is_refused(
    tmp_path: pathlib.Path,
    user: dict[str, t.Any],
    cluster: dict[str, t.Any],
    code: str,
    message: str,
) -> None:
    with pytest.raises(Failure) as failure:
        access(tmp_path, user, cluster)
    assert failure.value.code == code
    assert message in str(failure.value)
