# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action image_swap_release, its modules answered by a test."""

from __future__ import annotations

import base64
import datetime
import gzip
import json
import pathlib
import typing as t

import pytest
from ansible import constants

from ansible_collections.palette.image_registry.plugins.action.image_swap_release import (
    ActionModule,
)
from tests.unit.helpers.acting import Run, run_action, write_kubeconfig

PASSWORD = "planted-password"
SETTINGS = {
    "endpoint": "harbor.example.org",
    "name": "Internal Registry",
    "base_content_path": "airgap-images",
    "username": "robot",
    "password": PASSWORD,
    "mirrors": "docker.io::harbor.example.org/airgap-images/docker.io",
}
VALUES = """\
image: {controllerImage: quay.io/jetstack/controller:v1}
config:
  imageSwapConfig: {isEKSCluster: true}
  ociImageRegistry: {endpoint: ""}
"""
PREFIXED = "harbor.example.org/airgap-images/quay.io/jetstack/controller:v1"


class Cluster:
    """A cluster with Helm in it."""

    def __init__(self, nodes: t.Sequence[t.Any] = ()) -> None:
        self.nodes = list(nodes)
        self.releases: list[dict[str, t.Any]] = []
        self.forbids = ""
        self.files: list[pathlib.Path] = []
        self.helm_version = "v3.14.0+g3fc9f4b"

    def answer(self, module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        """Answer a module."""
        if self.forbids in (module, arguments.get("kind")):
            return {"failed": True, "msg": "(403) Reason: Forbidden"}
        if module == "k8s_info":
            return {"resources": self.nodes if arguments["kind"] == "Node" else self.releases}
        if module == "ansible.legacy.command":
            return self._helm(arguments["argv"])
        if module == "helm_pull":
            target = pathlib.Path(arguments["destination"]) / "image-swap-1.5.3.tgz"
            target.write_bytes(b"no archive")
            return {}
        self.files = [pathlib.Path(path) for path in arguments["values_files"]]
        values = json.loads(self.files[0].read_text(encoding="utf-8"))
        self.releases.append(self._release(values, len(self.releases) + 1))
        return {"changed": True, "status": {"values": values}}

    def _helm(self, argv: list[str]) -> dict[str, t.Any]:
        if "rollback" in argv:
            target = _opened(self.releases[int(argv[3]) - 1])
            self.releases.append(self._release(target["config"], len(self.releases) + 1))
        return {"stdout": self.helm_version}

    def _release(self, values: t.Any, revision: int) -> dict[str, t.Any]:
        content = {
            "name": "image-swap",
            "namespace": "default",
            "version": revision,
            "info": {"status": "deployed"},
            "config": values,
            "chart": {
                "metadata": {"name": "image-swap", "version": "1.5.3"},
                "values": {
                    "image": {"controllerImage": "quay.io/jetstack/controller:v1"},
                    "config": {
                        "imageSwapConfig": {"isEKSCluster": True},
                        "ociImageRegistry": {"endpoint": ""},
                    },
                },
            },
        }
        packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
        return {
            "type": "helm.sh/release.v1",
            "metadata": {"labels": {"version": str(revision)}},
            "data": {"release": base64.b64encode(packed).decode()},
        }

    def values(self) -> dict[str, t.Any]:
        """Return the values of the last revision."""
        return t.cast("dict[str, t.Any]", _opened(self.releases[-1])["config"])

    def leave_pending(self, deployed_at: str) -> None:
        """Add a revision on which Helm has begun to work."""
        release = self._release({"half": "planted-half"}, len(self.releases) + 1)
        content = _opened(release)
        content["info"] = {"status": "pending-upgrade", "last_deployed": deployed_at}
        packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
        release["data"]["release"] = base64.b64encode(packed).decode()
        self.releases.append(release)


def _opened(secret: dict[str, t.Any]) -> dict[str, t.Any]:
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    return t.cast("dict[str, t.Any]", json.loads(gzip.decompress(packed)))


@pytest.fixture(name="given")
def fixture_given(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, t.Any]:
    """Return arguments that suffice, the chart among them."""
    chart = tmp_path / "image-swap"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("name: image-swap\nversion: 1.5.3\n", encoding="utf-8")
    (chart / "values.yaml").write_text(VALUES, encoding="utf-8")
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "private" / "run"))
    (tmp_path / "private").mkdir()
    return {
        "kubeconfig": write_kubeconfig(tmp_path),
        "chart": str(chart),
        "settings": dict(SETTINGS),
    }


def run(cluster: Cluster, given: dict[str, t.Any], **more: t.Any) -> Run:
    """Run the action with a diff."""
    check_mode = more.pop("check_mode", False)
    return run_action(
        ActionModule, {**given, **more}, cluster.answer, diff=True, check_mode=check_mode
    )


def test_install_then_nothing_to_do(given: dict[str, t.Any]) -> None:
    cluster = Cluster()
    done = run(cluster, given)
    assert done.result["changed"] is True
    assert cluster.values()["config"]["ociImageRegistry"]["password"] == PASSWORD
    assert cluster.values()["config"]["imageSwapConfig"] == {"isEKSCluster": False}
    assert cluster.values()["image"] == {"controllerImage": PREFIXED}
    assert not any(file.exists() for file in cluster.files)
    again = run(cluster, given)
    assert again.result["changed"] is False
    assert again.of("helm") == []
    assert again.result["status"]["revision"] == 1
    assert again.result["diff"] == {
        "before_header": "release image-swap in default",
        "after_header": "release image-swap in default",
        "before": "",
        "after": "",
    }


def test_the_lock_is_kept_for_helm_and_no_longer(
    given: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, kept = Cluster(), []

    def keep(_action: ActionModule, seconds: float = 0) -> None:
        kept.append((seconds > given["timeout"], len(cluster.releases)))

    monkeypatch.setattr(ActionModule, "before_write", keep)
    given["timeout"] = 200
    run(cluster, given)
    assert kept == [(True, 0), (False, 1)]
    run(cluster, given)
    assert len(kept) == 2


def test_no_secret_in_result_and_diff(given: dict[str, t.Any]) -> None:
    cluster = Cluster()
    run(cluster, {**given, "settings": {**SETTINGS, "password": "former-password"}})
    result = run(cluster, given, values={"extraToken": "users-token"}).result
    for planted in (PASSWORD, "former-password", "users-token"):
        assert planted not in str(result)
    assert result["changed_values"] == ["config.ociImageRegistry.password", "extraToken"]
    assert "password: <redacted " in result["diff"]["after"]


def test_check_mode_writes_nothing(given: dict[str, t.Any]) -> None:
    done = run(Cluster(), given, check_mode=True)
    assert done.result["changed"] is True
    assert done.result["status"] == {}
    assert done.of("helm") == []
    assert "would be installed" in done.result["msg"]


def test_users_values_merge_beneath_ours(given: dict[str, t.Any], tmp_path: pathlib.Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "site: {a: 1, b: 1}\nimage: {controllerImage: quay.io/mine/controller:v2}\n",
        encoding="utf-8",
    )
    cluster = Cluster()
    values = {"site": {"b": 2}, "config": {"ociImageRegistry": {"endpoint": "theirs", "x": 1}}}
    run(cluster, given, values_files=[str(site)], values=values)
    got = cluster.values()
    assert got["site"] == {"a": 1, "b": 2}
    assert got["config"]["ociImageRegistry"]["endpoint"] == "harbor.example.org"
    assert got["config"]["ociImageRegistry"]["x"] == 1
    prefixed = "harbor.example.org/airgap-images/quay.io/mine/controller:v2"
    assert got["image"] == {"controllerImage": prefixed}


EKS_NODE = {"metadata": {"labels": {"eks.amazonaws.com/nodegroup": "a"}}}
EKS_KUBELET = {"status": {"nodeInfo": {"kubeletVersion": "v1.33.4-eks-a5df82a"}}}
OTHER_NODE = {"status": {"nodeInfo": {"kubeletVersion": "v1.33.4"}}}
TOLD = {"config": {"imageSwapConfig": {"isEKSCluster": True}}}

TEST_EKS: list[tuple[Cluster, dict[str, t.Any], bool]] = [
    (Cluster(), {}, False),
    (Cluster([OTHER_NODE]), {}, False),
    (Cluster([OTHER_NODE, EKS_KUBELET]), {}, True),
    (Cluster([EKS_NODE]), {}, True),
    (Cluster([EKS_NODE]), {"is_eks": "false"}, False),
    (Cluster(), {"values": TOLD}, True),
    (Cluster(), {"values": TOLD, "is_eks": False}, False),
]


@pytest.mark.parametrize(("cluster", "more", "expected"), TEST_EKS)
def test_eks(
    given: dict[str, t.Any], cluster: Cluster, more: dict[str, t.Any], expected: bool
) -> None:
    run(cluster, given, **more)
    assert cluster.values()["config"]["imageSwapConfig"]["isEKSCluster"] is expected


def test_a_cluster_that_does_not_tell_is_a_warning(given: dict[str, t.Any]) -> None:
    cluster = Cluster()
    cluster.forbids = "Node"
    result = run(cluster, given).result
    assert "imageSwapConfig" not in cluster.values()["config"]
    assert result["checks"][0]["status"] == "warn"
    assert result["checks"][0]["findings"][0]["code"] == "eks_unknown"


def test_a_pulled_chart_is_deleted_in_any_case(
    given: dict[str, t.Any], tmp_path: pathlib.Path
) -> None:
    more = {"chart": "oci://harbor.example.org/charts/image-swap", "chart_version": "1.5.3"}
    done = run(Cluster(), given, check_mode=True, **more)
    (pull,) = done.of("helm_pull")
    assert pull.check_mode is False
    assert pull.arguments["chart_version"] == "1.5.3"
    assert pull.environment["HELM_REGISTRY_CONFIG"].startswith(str(tmp_path / "private"))
    assert PASSWORD not in str(pull.arguments) + str(pull.environment)
    assert "this is no chart archive" in done.result["msg"]
    assert list((tmp_path / "private").iterdir()) == []


TEST_REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"chart": ""}, "no chart is named"),
    ({"chart": "/nowhere/*.tgz"}, "there is no chart /nowhere"),
    ({"values_files": ["/nowhere/v.yaml"]}, "values file /nowhere/v.yaml cannot be read"),
    ({"settings": {**SETTINGS, "name": ""}}, "palette_registry.name"),
    ({"values": {"bad": "\ud800"}}, "cannot be written for Helm"),
]


@pytest.mark.parametrize(("more", "message"), TEST_REFUSED)
def test_bad_input_is_refused_before_anything_is_written(
    given: dict[str, t.Any], more: dict[str, t.Any], message: str
) -> None:
    done = run(Cluster(), given, **more)
    assert done.result["failed"] is True
    assert message in done.result["msg"]
    assert done.of("helm") == []


LONG_AGO = "2026-01-01T00:00:00Z"


def test_a_pending_release_is_explained(given: dict[str, t.Any]) -> None:
    cluster = Cluster()
    run(cluster, given)
    cluster.leave_pending(LONG_AGO)
    done = run(cluster, given, values={"a": 1})
    assert done.result["failed"] is True
    said = done.result["msg"]
    assert "revision 2 is pending-upgrade since 2026-01-01 00:00:00 UTC" in said
    assert "set palette_image_swap_recover_pending: true, which will go back to revision 1" in said
    assert "helm rollback image-swap 1 --namespace default does the same by hand" in said
    assert len(done.of("helm")) == 0
    assert len(cluster.releases) == 2


@pytest.mark.parametrize(
    ("recover", "said"),
    [(False, "with palette_image_swap_recover_pending: true if"), (True, "waits for it as well")],
)
def test_a_young_pending_release_is_left_alone(
    given: dict[str, t.Any], recover: bool, said: str
) -> None:
    cluster = Cluster()
    run(cluster, given)
    cluster.leave_pending(datetime.datetime.now(datetime.UTC).isoformat())
    done = run(cluster, given, recover_pending=recover)
    assert done.result["failed"] is True
    assert said in done.result["msg"]
    assert "more seconds" in done.result["msg"]
    assert len(cluster.releases) == 2


@pytest.mark.parametrize(("values", "revisions"), [({}, 3), ({"a": 1}, 4)])
def test_a_pending_release_is_recovered_and_the_run_goes_on(
    given: dict[str, t.Any], values: dict[str, t.Any], revisions: int
) -> None:
    cluster = Cluster()
    run(cluster, given)
    cluster.leave_pending(LONG_AGO)
    more = {"recover_pending": True, "values": values}
    checked = run(cluster, given, check_mode=True, **more).result
    assert checked["changed"] is True
    assert "it would be taken back to revision 1" in str(checked["checks"])
    assert "pending-upgrade" in checked["diff"]["before"]
    assert len(cluster.releases) == 2
    done = run(cluster, given, **more).result
    assert done["changed"] is True
    assert done["status"]["revision"] == revisions
    assert done["checks"][0]["status"] == "warn"
    assert "it was taken back to revision 1" in str(done["checks"])
    assert "planted-half" not in str(done)
    again = run(cluster, given, **more).result
    assert again["changed"] is False


def test_a_wrong_checksum_stops_before_anything_is_read_or_written(
    given: dict[str, t.Any],
) -> None:
    done = run(Cluster(), given, chart_sha256="0" * 64)
    assert "only an archive has a checksum" in done.result["msg"]
    assert done.calls == []


@pytest.mark.parametrize("history_max", [-1, 0, 1])
def test_an_unbounded_history_is_refused(given: dict[str, t.Any], history_max: int) -> None:
    done = run(Cluster(), given, history_max=history_max)
    assert done.result["findings"][0]["code"] == "history_unbounded"
    assert done.calls == []


@pytest.mark.parametrize(
    ("version", "code"), [("v3.13.9+g1", "helm_too_old"), ("v4.1.4+g05fa379", "")]
)
def test_an_old_helm_writes_nothing(given: dict[str, t.Any], version: str, code: str) -> None:
    cluster = Cluster()
    cluster.helm_version = version
    done = run(cluster, given)
    assert [item["code"] for item in done.result.get("findings", ())] == ([code] if code else [])
    assert bool(done.of("helm")) is not bool(code)


def test_former_passwords_that_helm_keeps_are_told(given: dict[str, t.Any]) -> None:
    cluster = Cluster()
    run(cluster, {**given, "settings": {**SETTINGS, "password": "former-password"}})
    (check,) = run(cluster, given).result["checks"]
    (finding,) = check["findings"]
    assert (finding["code"], check["status"]) == ("old_secrets_kept", "pass")
    assert "are in revision 1: " in finding["message"]
    assert "Helm keeps 12" in finding["message"]


def test_another_chart_is_refused(given: dict[str, t.Any]) -> None:
    pathlib.Path(given["chart"], "values.yaml").write_text("replicas: 1\n", encoding="utf-8")
    done = run(Cluster(), given)
    assert "this is no image-swap chart" in done.result["msg"]
    assert done.of("helm") == []
