# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._registry.copy_script import (
    COPY_MARK,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight.images import (
    ClusterImages,
    ImageSources,
    read_image_list,
    write_copy_script,
)
from tests.unit.helpers.fake_client import FakeClient

COMMAND = "skopeo copy --all docker://quay.io/a:1 docker://h.io/p/a:1"


def pod(image: str) -> dict[str, t.Any]:
    return {"spec": {"containers": [{"image": image}]}}


class PodAndNode(FakeClient):
    """Has a pod and a node; some kinds may not be listed."""

    def __init__(self, *forbidden: str) -> None:
        super().__init__()
        self.forbidden = forbidden
        self.asked: list[str] = []

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool = False,
        own: bool = False,
    ) -> dict[str, t.Any]:
        assert (module, check_mode) == ("k8s_info", False)
        kind = arguments["kind"]
        self.asked.append(kind)
        if kind in self.forbidden:
            raise Failure.of("forbidden", attempt, "may not", "ask for it")
        node = {"status": {"nodeInfo": {"architecture": "arm64", "operatingSystem": "linux"}}}
        return {"resources": {"Pod": [pod("quay.io/a:1")], "Node": [node]}.get(kind, [])}


def test_kinds_that_were_read_are_not_read_again() -> None:
    cluster = PodAndNode()
    images = ClusterImages(cluster)
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        template = {"spec": {"template": pod(f"quay.io/{kind.lower()}:1")}}
        images.note(kind, [template])
    wanted = ImageSources(("c:1",), ("n:1", "quay.io/a:1"), (), images).wanted()
    assert wanted.images == (
        "quay.io/a:1",
        "quay.io/daemonset:1",
        "quay.io/deployment:1",
        "quay.io/statefulset:1",
        "n:1",
    )
    assert (wanted.chart_images, wanted.platforms) == (("c:1",), ("linux/arm64",))
    assert cluster.asked == ["Pod", "Job", "CronJob", "Node"]
    assert wanted.remarks == ()


def test_a_kind_that_may_not_be_listed_is_a_remark() -> None:
    cluster = PodAndNode("CronJob", "Node")
    wanted = ImageSources(running=ClusterImages(cluster)).wanted()
    assert wanted.images == ("quay.io/a:1",)
    assert wanted.platforms == ()
    assert [(one.code, one.severity, one.subject) for one in wanted.remarks] == [
        ("not_listed", Severity.WARNING, "CronJob"),
        ("not_listed", Severity.WARNING, "Node"),
    ]


def test_named_architectures_spare_the_question_for_nodes() -> None:
    cluster = PodAndNode()
    sources = ImageSources(platforms=("amd64",), running=ClusterImages(cluster))
    assert sources.wanted().platforms == ("amd64",)
    assert "Node" not in cluster.asked


def test_without_a_cluster_there_is_what_was_named() -> None:
    assert ImageSources(named=("a:1", "a:1")).wanted().images == ("a:1",)


def test_lists_of_images(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "images.txt"
    path.write_text("# ours\nnginx:1\n", "utf-8")
    assert read_image_list(str(path)) == ("nginx:1",)
    path.write_bytes(b"\xff\xfe")
    for name, reason in ((path, "no UTF-8"), (tmp_path / "missing", "No such file")):
        with pytest.raises(Failure, match=reason) as caught:
            read_image_list(str(name))
        assert caught.value.code == "images_file_unreadable"


def test_the_script_comes_and_goes(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new" / "copy.sh"
    assert write_copy_script(str(path), [COMMAND], "h.io") == str(path)
    assert COPY_MARK in path.read_text("utf-8")
    assert path.stat().st_mode & 0o111
    assert write_copy_script(str(path), [], "h.io") == ""
    assert not path.exists()
    assert write_copy_script(str(path), [], "h.io") == ""


@pytest.mark.parametrize("commands", [[], [COMMAND]])
def test_a_script_of_somebody_else_stays(tmp_path: pathlib.Path, commands: list[str]) -> None:
    path = tmp_path / "copy.sh"
    path.write_text("mine\n", "utf-8")
    with pytest.raises(Failure, match="did not write"):
        write_copy_script(str(path), commands, "h.io")
    assert path.read_text("utf-8") == "mine\n"


def test_a_script_that_cannot_be_written(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(Failure, match="cannot be written") as caught:
        write_copy_script(str(tmp_path / "file" / "copy.sh"), [COMMAND], "h.io")
    assert "preflight_copy_script" in str(caught.value)
