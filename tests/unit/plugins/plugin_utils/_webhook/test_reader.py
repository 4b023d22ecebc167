# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of the live webhook, and what a pod that is only shown to it becomes."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import explain
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.canary import Probe
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.reader import (
    WebhookReader,
)
from tests.unit.helpers.fake_client import FakeClient
from tests.unit.helpers.webhook_cluster import EXPIRED, NAME, NEW, Cluster

ASKED = (Probe("docker.io", "docker.io/library/nginx:latest"),)


def reader(cluster: Cluster) -> WebhookReader:
    """Return a reader of a cluster that answers modules, as actions meet it."""

    def answer(module: str, arguments: t.Mapping[str, t.Any], attempt: str) -> dict[str, t.Any]:
        found = cluster(module, dict(arguments))
        if found.get("failed"):
            raise Failure(explain(found["msg"], module, attempt), said=found["msg"])
        return found

    return WebhookReader(FakeClient(answer), "imageswap-system")


def test_what_the_cluster_says_of_a_webhook() -> None:
    state = reader(Cluster()).state()
    assert [webhook.name for webhook in state.webhooks] == [NAME]
    assert state.live_map is not None and state.live_map.text == NEW
    assert set(state.namespaces) == {"jet-system", "hubble-system", "a", "b"}
    assert (state.server, state.served) == (None, "")


def test_without_a_webhook_nothing_more_is_asked() -> None:
    cluster = Cluster(webhook={"metadata": {"name": "other"}, "webhooks": [{"name": "a.b.c"}]})
    state = reader(cluster).state()
    assert (state.webhooks, state.live_map) == ((), None)
    assert reader(cluster).canary(state, ASKED) is None


@pytest.mark.parametrize("kind", ["Secret", "Pod"])
def test_what_may_not_be_read_is_passed_over(kind: str) -> None:
    assert reader(Cluster(forbidden=frozenset({kind}))).state().webhooks


@pytest.mark.parametrize("kind", ["MutatingWebhookConfiguration", "Namespace", "ConfigMap"])
def test_without_these_nothing_is_known(kind: str) -> None:
    with pytest.raises(Failure) as failure:
        reader(Cluster(forbidden=frozenset({kind}))).state()
    assert failure.value.code == "forbidden"


QUOTA = 'pods "x" is forbidden: exceeded quota: pods'
# refusals that come first, the namespace wished, where it was shown, and what is wrong
TEST_PLACES: list[tuple[list[str], str, list[str], str]] = [
    ([], "", ["jet-system"], ""),
    ([], "b", ["b"], ""),
    ([QUOTA], "", ["jet-system", "hubble-system"], ""),
    ([QUOTA] * 9, "", ["jet-system", "hubble-system", "a"], "canary_quota"),
    ([QUOTA] * 9, "b", ["b"], "canary_quota"),
    ([EXPIRED], "", ["jet-system"], "webhook_certificate_expired"),
]


@pytest.mark.parametrize(("refusals", "namespace", "places", "code"), TEST_PLACES)
def test_where_a_pod_is_shown(
    refusals: list[str], namespace: str, places: list[str], code: str
) -> None:
    cluster = Cluster(refusals=list(refusals))
    looking = reader(cluster)
    canary = looking.canary(looking.state(), ASKED, namespace)
    assert canary is not None
    assert cluster.places == places
    assert (canary.trouble.code if canary.trouble else "") == code


def test_nothing_to_ask_or_no_such_namespace_is_no_canary() -> None:
    looking = reader(Cluster())
    state = looking.state()
    assert looking.canary(state, ()) is None
    assert looking.canary(state, ASKED, "nowhere") is None


class Served(Cluster):
    """A cluster with Secrets by name."""

    secrets: t.ClassVar[dict[str, dict[str, str]]] = {}

    def __call__(self, module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        if module == "k8s_info" and arguments["kind"] == "Secret":
            data = self.secrets.get(arguments["name"])
            return {"resources": [] if data is None else [{"data": data}]}
        return super().__call__(module, arguments)


# the Secret imageswap-tls, and the certificate that is read of it
TEST_CERTIFICATES: list[tuple[dict[str, str], str]] = [
    ({"cert.pem": base64.b64encode(b"PEM").decode()}, "PEM"),
    ({"tls.crt": base64.b64encode(b"PEM").decode()}, "PEM"),
    ({"tls.crt": "no base64", "cert.pem": ""}, ""),
    ({"key.pem": base64.b64encode(b"private").decode()}, ""),
]


@pytest.mark.parametrize(("data", "served"), TEST_CERTIFICATES)
def test_the_certificate_and_never_the_key_is_read(data: dict[str, str], served: str) -> None:
    cluster = Served()
    cluster.secrets = {"imageswap-tls": data}  # type: ignore[misc]  # of this one alone
    state = reader(cluster).state()
    assert state.served == served
    assert "private" not in repr(state)
