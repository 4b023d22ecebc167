# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Secret brought to what it should hold, against an API of a few lines."""

from __future__ import annotations

import base64
import copy
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Status
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import explain
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LAST_APPLIED,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret_writer import (
    SecretWriter,
    check_of,
)
from tests.unit.helpers.fake_client import FakeClient

WANTED = {"DOMAIN": "harbor.example.org", "PASSWORD": "12e4"}


def encoded(data: t.Mapping[str, str]) -> dict[str, str]:
    """Return data as a Secret holds it."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}


class Cluster(FakeClient):
    """Runs the modules that the writer uses against one Secret."""

    def __init__(self, secret: dict[str, t.Any] | None = None, check_mode: bool = False) -> None:
        super().__init__(check_mode=check_mode, delays=(0.0, 0.0))
        self.secret = secret
        self.calls: list[tuple[str, str]] = []
        self.fail: list[str] = []
        self.change_on_write: t.Callable[[Cluster], None] | None = None

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool = False,
        own: bool = False,
    ) -> dict[str, t.Any]:
        assert not own, "the Secret is the platform's"
        if module == "k8s_info":
            self.calls.append(("read", ""))
            return {"resources": [copy.deepcopy(self.secret)] if self.secret else []}
        state = arguments["state"]
        self.calls.append((module, state))
        if self.change_on_write:
            change, self.change_on_write = self.change_on_write, None
            change(self)
        if self.fail and self.fail[0] == state:
            self.fail.pop(0)
            raise Failure(explain("(403) Reason: Forbidden", module, attempt))
        return {"result": self._written(state, arguments, attempt)}

    def _written(self, state: str, arguments: t.Mapping[str, t.Any], attempt: str) -> t.Any:
        if state == "absent":
            assert arguments["delete_options"]["preconditions"]["uid"] == "u"
            self._keep(None)
            return {}
        wanted = copy.deepcopy(arguments["resource_definition"])
        assert "stringData" not in wanted
        if state == "present":
            new = {**wanted, "metadata": {**wanted["metadata"], "uid": "u", "resourceVersion": "1"}}
            return self._keep(new)
        if self.secret is None:
            return {}
        if wanted["metadata"]["resourceVersion"] != self.secret["metadata"]["resourceVersion"]:
            raise Failure(explain("(409) Reason: Conflict", "k8s", attempt))
        patched = copy.deepcopy(self.secret)
        patched["data"] = {**(patched.get("data") or {}), **wanted["data"]}
        return self._keep(patched)

    def _keep(self, secret: dict[str, t.Any] | None) -> t.Any:
        if not self.check_mode:
            self.secret = secret
        return secret

    def data(self) -> dict[str, str]:
        """Return what the Secret holds, decoded."""
        assert self.secret is not None
        return {key: base64.b64decode(value).decode() for key, value in self.secret["data"].items()}

    def writer(self) -> SecretWriter:
        """Return a writer on this cluster."""
        return SecretWriter(self, "registry-info", "jet-system")

    def writes(self) -> list[tuple[str, str]]:
        """Return the calls that write."""
        return [call for call in self.calls if call[0] != "read"]


def secret(data: t.Mapping[str, str], **more: t.Any) -> dict[str, t.Any]:
    """Return a Secret as the API has it."""
    metadata = {
        "name": "registry-info",
        "namespace": "jet-system",
        "uid": "u",
        "resourceVersion": "1",
        "labels": {"team": "a"},
    }
    return {"type": "Opaque", "metadata": metadata, "data": encoded(data), **more}


def test_a_missing_secret_is_created_once() -> None:
    cluster = Cluster()
    outcome = cluster.writer().ensure(WANTED)
    assert (outcome.changed, outcome.verb, outcome.before) == (True, "created", None)
    assert cluster.data() == WANTED
    again = cluster.writer().ensure(WANTED)
    assert (again.changed, again.changed_keys) == (False, ())
    assert cluster.writes() == [("k8s", "present")]


def test_only_what_differs_is_written_and_other_keys_stay() -> None:
    cluster = Cluster(secret({**WANTED, "PASSWORD": "old-password", "EXTRA": "theirs"}))
    outcome = cluster.writer().ensure(WANTED)
    assert outcome.changed_keys == ("PASSWORD",)
    assert cluster.data() == {**WANTED, "EXTRA": "theirs"}
    assert cluster.hidden == ["old-password", "theirs"]


def test_check_mode_predicts_and_writes_nothing() -> None:
    cluster = Cluster(secret({"DOMAIN": "old"}), check_mode=True)
    outcome = cluster.writer().ensure(WANTED)
    assert outcome.changed_keys == ("DOMAIN", "PASSWORD")
    assert cluster.data() == {"DOMAIN": "old"}
    check = check_of(outcome, "x", check_mode=True)
    assert check.actual == "would be updated: DOMAIN, PASSWORD"


TEST_REFUSED: list[tuple[dict[str, t.Any], str, str]] = [
    ({"type": "kubernetes.io/dockerconfigjson"}, "secret_type", "kubernetes.io/dockerconfigjson"),
    ({"immutable": True}, "secret_immutable", "is immutable"),
]


@pytest.mark.parametrize(("more", "code", "message"), TEST_REFUSED)
def test_what_cannot_be_changed_in_place_is_refused(
    more: dict[str, t.Any], code: str, message: str
) -> None:
    cluster = Cluster(secret({"DOMAIN": "old"}, **more))
    with pytest.raises(Failure, match=message) as failure:
        cluster.writer().ensure(WANTED)
    assert failure.value.code == code
    assert "palette_secret_replace: true" in str(failure.value)
    assert cluster.writes() == []


@pytest.mark.parametrize(("more", "_code", "_message"), TEST_REFUSED)
def test_replace_keeps_what_others_added(more: dict[str, t.Any], _code: str, _message: str) -> None:
    cluster = Cluster(secret({"DOMAIN": "old", "EXTRA": "theirs"}, **more))
    outcome = cluster.writer().ensure(WANTED, replace=True)
    assert outcome.verb == "replaced"
    assert cluster.data() == {**WANTED, "EXTRA": "theirs"}
    assert cluster.secret is not None
    assert cluster.secret["type"] == "Opaque"
    assert cluster.secret["metadata"]["labels"] == {"team": "a"}
    assert cluster.writes() == [("k8s", "absent"), ("k8s", "present")]


def test_replace_keeps_it_all_when_the_answer_to_the_deletion_was_lost() -> None:
    cluster = Cluster(secret({"DOMAIN": "old", "EXTRA": "theirs"}, type="other"))

    def lose_the_answer(cluster: Cluster) -> None:
        cluster.secret = None
        raise Failure(explain("(500) Reason: Internal Server Error", "k8s", "deleting"))

    cluster.change_on_write = lose_the_answer
    writer = cluster.writer()
    assert writer.ensure(WANTED, replace=True).verb == "replaced"
    assert cluster.data() == {**WANTED, "EXTRA": "theirs"}
    assert cluster.secret is not None
    assert cluster.secret["metadata"]["labels"] == {"team": "a"}


class DeafCluster(Cluster):
    """Creates, but its answer to that is lost."""

    def _written(self, state: str, arguments: t.Mapping[str, t.Any], attempt: str) -> t.Any:
        result = super()._written(state, arguments, attempt)
        if state == "present":
            raise Failure(explain("(500) Reason: Internal Server Error", "k8s", attempt))
        return result


def test_replace_leaves_the_new_one_when_only_the_answer_to_its_creation_was_lost() -> None:
    cluster = DeafCluster(secret({"DOMAIN": "old", "EXTRA": "theirs"}, type="other"))
    writer = cluster.writer()
    assert writer.ensure(WANTED, replace=True).verb == "replaced"
    assert cluster.writes() == [("k8s", "absent"), ("k8s", "present")]
    assert cluster.data() == {**WANTED, "EXTRA": "theirs"}


def test_replace_in_check_mode_asks_for_the_deletion_alone() -> None:
    cluster = Cluster(secret({}, type="other"), check_mode=True)
    assert cluster.writer().ensure(WANTED, replace=True).verb == "replaced"
    assert cluster.writes() == [("k8s", "absent")]


def test_the_old_secret_comes_back_when_the_new_one_is_refused() -> None:
    old = secret({"DOMAIN": "old"}, type="other")
    cluster = Cluster(old)
    cluster.fail = ["present"]
    with pytest.raises(Failure) as failure:
        cluster.writer().ensure(WANTED, replace=True)
    assert [finding.code for finding in failure.value.findings] == ["forbidden", "secret_put_back"]
    assert cluster.secret is not None
    assert cluster.secret["type"] == "other"
    assert cluster.data() == {"DOMAIN": "old"}


def test_an_immutable_secret_that_is_as_wanted_is_left_alone() -> None:
    cluster = Cluster(secret(WANTED, immutable=True))
    assert not cluster.writer().ensure(WANTED).changed


def touch(cluster: Cluster) -> None:
    """Write the Secret as somebody else."""
    assert cluster.secret is not None
    cluster.secret["metadata"]["resourceVersion"] = "2"
    cluster.secret["data"].update(encoded({"EXTRA": "theirs"}))


def test_a_write_by_somebody_else_at_the_same_moment_is_not_lost() -> None:
    cluster = Cluster(secret({"DOMAIN": "old"}))
    cluster.change_on_write = touch
    cluster.writer().ensure(WANTED)
    assert cluster.data() == {**WANTED, "EXTRA": "theirs"}


def vanish(cluster: Cluster) -> None:
    """Delete the Secret as somebody else."""
    cluster.secret = None


def test_a_secret_that_vanished_is_created_whole() -> None:
    cluster = Cluster(secret({"DOMAIN": "old"}))
    cluster.change_on_write = vanish
    assert cluster.writer().ensure(WANTED).verb == "created"
    assert cluster.data() == WANTED


def test_a_conflict_that_stays_is_an_error() -> None:
    cluster = Cluster(secret({"DOMAIN": "old"}))

    def always(cluster: Cluster) -> None:
        assert cluster.secret is not None
        version = int(cluster.secret["metadata"]["resourceVersion"])
        cluster.secret["metadata"]["resourceVersion"] = str(version + 1)
        cluster.change_on_write = always

    cluster.change_on_write = always
    with pytest.raises(Failure) as failure:
        cluster.writer().ensure(WANTED)
    assert failure.value.code == "conflict"
    assert len(cluster.writes()) == 3


def test_a_cluster_that_keeps_something_else_is_found_out() -> None:
    cluster = Cluster()

    def mutate(_cluster: Cluster) -> None:
        cluster._keep = lambda secret: {**(secret or {}), "data": {}}  # type: ignore[method-assign]

    cluster.change_on_write = mutate
    with pytest.raises(Failure, match="kept something else for DOMAIN, PASSWORD"):
        cluster.writer().ensure(WANTED)


def test_remove() -> None:
    cluster = Cluster(secret(WANTED))
    outcome = cluster.writer().remove()
    assert (outcome.changed, outcome.changed_keys) == (True, ("DOMAIN", "PASSWORD"))
    assert cluster.secret is None
    assert not cluster.writer().remove().changed


def test_a_copy_in_an_annotation_is_a_warning() -> None:
    live = secret(WANTED)
    live["metadata"]["annotations"] = {LAST_APPLIED: "{}"}
    check = check_of(Cluster(live).writer().ensure(WANTED), "x", check_mode=False)
    assert check.status is Status.WARN
    assert check.findings[0].code == "secret_copy_in_annotation"
    assert check.findings[0].fix.startswith("kubectl annotate secret registry-info")
