# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An exec plugin is run as client-go runs it, once in a run, and tells nobody its credential."""

from __future__ import annotations

import concurrent.futures
import datetime
import json
import os
import pathlib
import stat
import sys
import time
import typing as t

import pytest
from ansible import constants

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.access import (
    ClusterAccess,
    cluster_access,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.environment import (
    Plugins,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.private_files import (
    sweep,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.processes import alive
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure

V1 = "client.authentication.k8s.io/v1"
CODE = """\
import json, os, pathlib, sys
runs = pathlib.Path(__file__).with_name("runs")
with runs.open("a") as file:
    file.write(os.environ["KUBERNETES_EXEC_INFO"] + "\\n")
status = json.loads(os.environ["STATUS"])
status.setdefault("token", "planted-token-%d" % len(runs.read_text().splitlines()))
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": status}))
"""


class Plugin:
    """A kubeconfig with a plugin of its own, which counts its runs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.path = folder / "kubeconfig"
        (folder / "plugin.py").write_text(CODE, encoding="utf-8")
        self.status: dict[str, t.Any] = {}
        self.seconds = 20.0

    def access(self, seconds: float = 0.0, not_after: float = 0.0, **more: t.Any) -> ClusterAccess:
        plugin = {
            "apiVersion": V1,
            "command": sys.executable,
            "args": [str(self.folder / "plugin.py")],
            "env": [{"name": "STATUS", "value": json.dumps(self.status)}],
            "provideClusterInfo": True,
            **more,
        }
        cluster = {"server": "https://api:6443", "tls-server-name": "api"}
        content = {
            "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "one",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"exec": plugin}}],
        }
        text = json.dumps(content)
        # Once: tasks that run side by side read it.
        if not self.path.exists() or self.path.read_text(encoding="utf-8") != text:
            self.path.write_text(text, encoding="utf-8")
        plugins = Plugins(
            {**os.environ, "K8S_AUTH_HOST": "https://elsewhere"}, self.seconds, os.getpid()
        )
        return cluster_access(str(self.path), "", plugins, seconds, not_after)

    @property
    def runs(self) -> list[t.Any]:
        path = self.folder / "runs"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(name="root")
def fixture_root(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return the folder that Ansible has for a run."""
    root = tmp_path / "tmp" / "ansible-local-1"
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(root))
    return root


@pytest.fixture(name="plugin")
def fixture_plugin(tmp_path: pathlib.Path, root: pathlib.Path) -> Plugin:
    return Plugin(tmp_path)


def timestamp(seconds: float) -> str:
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def token(access: ClusterAccess) -> str:
    return str(access.config["users"][0]["user"]["token"])


def test_it_is_asked_once_for_all_tasks_of_a_run(plugin: Plugin, root: pathlib.Path) -> None:
    plugin.access()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _number: plugin.access(), range(4)))
    assert {token(access) for access in found} == {"planted-token-1"}
    (asked,) = plugin.runs
    assert asked == {
        "apiVersion": V1,
        "kind": "ExecCredential",
        "spec": {
            "interactive": False,
            "cluster": {"server": "https://api:6443", "tls-server-name": "api"},
        },
    }
    assert "planted-token-1" in found[0].secrets
    assert "exec" not in json.dumps(found[0].config)
    (folder,) = root.iterdir()
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_a_killed_run_left_goes_with_the_next(plugin: Plugin, root: pathlib.Path) -> None:
    plugin.access()
    sweep()
    (alive,) = root.iterdir()
    alive.rename(root / alive.name.replace(f".{os.getpid()}.", ".2147483647."))
    sweep()
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    ("lives", "seconds", "runs"),
    [(3600, 0, 1), (3600, 300, 1), (40, 1, 1), (40, 300, 1), (-5, 0, 2)],
)
def test_it_is_asked_again_when_it_expires(
    plugin: Plugin, lives: int, seconds: int, runs: int
) -> None:
    plugin.status = {"expirationTimestamp": timestamp(lives)}
    plugin.access()
    access = plugin.access(seconds)
    assert len(plugin.runs) == runs
    assert access.lasts(seconds) is (lives > 0)


def test_it_is_asked_again_where_the_server_refuses_it(plugin: Plugin) -> None:
    first = plugin.access()
    assert first.renewable
    assert not first.may_be_stale()
    second = plugin.access(not_after=first.obtained)
    assert [token(first), token(second)] == ["planted-token-1", "planted-token-2"]


def test_a_certificate_is_taken(plugin: Plugin) -> None:
    plugin.status = {"token": "", "clientCertificateData": "crt", "clientKeyData": "planted-key"}
    access = plugin.access()
    assert access.config["users"][0]["user"] == {
        "client-certificate-data": "Y3J0",
        "client-key-data": "cGxhbnRlZC1rZXk=",
    }
    assert "planted-key" in access.secrets


def test_what_is_half_written_is_asked_for_anew(plugin: Plugin, root: pathlib.Path) -> None:
    plugin.access()
    (file,) = next(root.iterdir()).iterdir()
    file.write_text('{"token": "pla', encoding="utf-8")
    assert token(plugin.access()) == "planted-token-2"


FAILURES: list[tuple[dict[str, t.Any], str, str]] = [
    ({"command": "no-such-plugin", "installHint": "get it"}, "exec_plugin_failed", "get it"),
    ({"command": "./no"}, "exec_plugin_failed", "cannot be run"),
    ({"args": ["-c", "exit('planted-value of env')"]}, "exec_plugin_failed", "ended with 1: "),
    ({"args": ["-c", "print('planted-token')"]}, "exec_plugin_failed", "no ExecCredential"),
    ({"args": ["-c", "import time; time.sleep(60)"]}, "exec_plugin_failed", "within 1 s"),
    ({"args": "get-token"}, "kubeconfig_invalid", "no list of texts"),
    ({"env": [{"name": ["a"]}]}, "kubeconfig_invalid", "no list of names"),
    ({"apiVersion": "client.authentication.k8s.io/v1alpha1"}, "kubeconfig_unsupported", "v1beta1"),
    ({"interactiveMode": "Always"}, "kubeconfig_unsupported", "asks a person"),
]


@pytest.mark.parametrize(("more", "code", "message"), FAILURES)
def test_one_that_gives_none_is_told_without_a_secret(
    plugin: Plugin, more: dict[str, t.Any], code: str, message: str
) -> None:
    plugin.seconds = 1.0 if "sleep" in str(more) else 20.0
    if "planted-value" in str(more):
        more["env"] = [{"name": "SECRET", "value": "planted-value"}]
    with pytest.raises(Failure) as failure:
        plugin.access(**more)
    assert failure.value.code == code
    assert message in str(failure.value)
    assert "planted" not in str(failure.value)


def test_what_it_started_ends_with_it(plugin: Plugin, tmp_path: pathlib.Path) -> None:
    pid = tmp_path / "pid"
    plugin.seconds = 1.0
    with pytest.raises(Failure):
        plugin.access(command="/bin/sh", args=["-c", f"sleep 60 & echo $! > {pid}; wait"])
    patience = time.monotonic() + 10  # the killed take a moment
    while alive(int(pid.read_text(encoding="ascii"))):
        assert time.monotonic() < patience
        time.sleep(0.01)


@pytest.mark.parametrize(
    "status",
    [{"token": 1}, {"token": ""}, {"clientKeyData": "k"}, {"expirationTimestamp": "tomorrow"}],
)
def test_an_odd_credential_is_refused(plugin: Plugin, status: dict[str, t.Any]) -> None:
    plugin.status = status
    with pytest.raises(Failure, match="exec plugin"):
        plugin.access()
