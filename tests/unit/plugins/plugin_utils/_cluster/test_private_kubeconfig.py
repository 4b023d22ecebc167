# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that all clients are given: private, of one cluster, and renewed in time."""

from __future__ import annotations

import pathlib
import stat
import time
import typing as t

import pytest
import yaml

from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.access import (
    ClusterAccess,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.private_kubeconfig import (
    PrivateKubeconfig,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from tests.unit.helpers.acting import run_action, write_kubeconfig
from tests.unit.plugins.plugin_utils.test__action import Action


class Opener:
    """Gives an access with the number of its opening as its token."""

    def __init__(self, lives: float = 3600.0, age: float = 0.0) -> None:
        self.lives, self.age = lives, age
        self.asked: list[tuple[float, float]] = []

    def __call__(self, seconds: float, not_after: float) -> ClusterAccess:
        self.asked.append((seconds, not_after))
        token = f"token-{len(self.asked)}"
        now = time.time() - self.age
        return ClusterAccess(
            "/named",
            "prod:eu",
            "https://api",
            (token,),
            {"token": token, "odd": "\x7f\u2028\U0001f600 1e3"},
            {"impersonate_user": "jane"},
            now,
            now + self.lives,
            renewable=True,
        )


def opened(opener: Opener, folder: pathlib.Path, redactor: Redactor) -> PrivateKubeconfig:
    return PrivateKubeconfig(opener, folder, redactor)


def token(path: str) -> t.Any:
    return yaml.safe_load(pathlib.Path(path).read_text(encoding="utf-8"))["token"]


def test_it_is_private_and_named_for_every_client(tmp_path: pathlib.Path) -> None:
    redactor = Redactor()
    private = opened(Opener(), tmp_path, redactor)
    path = str(tmp_path / "kubeconfig")
    access = {"kubeconfig": path, "context": "prod:eu", "impersonate_user": "jane"}
    assert private.way("k8s", 60, {"A": "b"}) == (access, {})
    helm = {"A": "b", "KUBECONFIG": path}
    assert private.way("helm", 60, {"A": "b"}) == ({"context": "prod:eu"}, helm)
    assert private.way("helm_info", 60, {"A": "b"}) == ({}, helm)
    assert stat.S_IMODE((tmp_path / "kubeconfig").stat().st_mode) == 0o600
    content = yaml.safe_load((tmp_path / "kubeconfig").read_text(encoding="utf-8"))
    assert private.lasting(60) is private.access
    assert content["odd"] == "\x7f\u2028\U0001f600 1e3"
    assert redactor.secrets == ("token-1",)


def test_it_is_renewed_before_a_step_that_it_would_not_outlive(tmp_path: pathlib.Path) -> None:
    opener, redactor = Opener(lives=900, age=600), Redactor()
    private = opened(opener, tmp_path, redactor)
    assert token(private.path(200)) == "token-1"
    assert private.lasting(400).secrets == ("token-2",)
    assert token(private.path(200)) == "token-2"
    assert opener.asked == [(0.0, 0.0), (400, 0.0)]
    assert redactor.secrets == ("token-1", "token-2")


@pytest.mark.parametrize(("age", "renewed"), [(0.0, False), (20.0, True)])
def test_it_is_renewed_where_it_is_refused_unless_it_is_new(
    tmp_path: pathlib.Path, age: float, renewed: bool
) -> None:
    opener = Opener(age=age)
    private = opened(opener, tmp_path, Redactor())
    obtained = private.access.obtained
    assert private.renew() is renewed
    assert opener.asked[1:] == [(0.0, obtained)] * renewed


def test_a_folder_that_clients_would_split_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Failure, match="Set ANSIBLE_LOCAL_TEMP"):
        opened(Opener(), tmp_path / "a:b", Redactor())


def test_a_module_is_run_once_more_with_another_credential(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PrivateKubeconfig, "renew", lambda _self: True)
    refused: dict[str, t.Any] = {"failed": True, "msg": "(401) Unauthorized"}
    answers = iter([refused, {"changed": True}])
    arguments = {"kubeconfig": write_kubeconfig(tmp_path), "modules": ["k8s"]}
    run = run_action(Action, arguments, lambda *_: next(answers))
    assert run.result["changed"] is True
    assert len(run.calls) == 2
