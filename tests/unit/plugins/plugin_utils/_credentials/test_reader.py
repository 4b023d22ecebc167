# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Secrets are looked for, and what is said of where they may not be."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import explain
from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.findings import (
    SearchScope,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.reader import (
    read_secrets,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.location import (
    Override,
)
from tests.unit.helpers.cluster_secrets import ROTATED
from tests.unit.helpers.fake_client import FakeClient

OVERRIDE = Override("registry-info", "jet-system", "image-swap", "elsewhere")


class Reading:
    """A cluster whose answers go by namespace, "" for all of them at once."""

    def __init__(self, answers: dict[str, t.Any], otherwise: t.Any) -> None:
        self.answers, self.otherwise = answers, otherwise
        self.asked: list[str] = []
        self.fields: set[str] = set()

    def __call__(
        self, _module: str, arguments: t.Mapping[str, t.Any], attempt: str
    ) -> dict[str, t.Any]:
        namespace = str(arguments.get("namespace") or "")
        self.asked.append(namespace)
        self.fields |= set(arguments.get("field_selectors") or ())
        found = self.answers.get(namespace, self.otherwise)
        if isinstance(found, str):
            raise Failure(explain(found, "k8s_info", attempt))
        return {"resources": found}


REFUSED = 'secrets is forbidden: User "u" cannot list (403) Forbidden'
DOWN = "Connection refused"


def test_one_question_reads_all_namespaces() -> None:
    reading = Reading({"": ROTATED}, DOWN)
    secrets, scope = read_secrets(FakeClient(reading), OVERRIDE)
    assert (secrets, scope) == (ROTATED, SearchScope())
    assert reading.asked == [""]


def test_what_is_no_place_for_a_password_is_not_even_sent() -> None:
    reading = Reading({"": []}, DOWN)
    read_secrets(FakeClient(reading), OVERRIDE)
    assert reading.fields == {
        "type!=kubernetes.io/service-account-token",
        "type!=kubernetes.io/tls",
    }


def test_where_that_is_forbidden_namespaces_that_may_be_read_are_told() -> None:
    reading = Reading({"jet-system": ROTATED[:1], "kube-system": []}, REFUSED)
    secrets, scope = read_secrets(FakeClient(reading), OVERRIDE)
    assert secrets == ROTATED[:1]
    assert scope == SearchScope(everywhere=False, namespaces=("jet-system", "kube-system"))
    assert reading.asked[1:3] == ["jet-system", "elsewhere"]
    assert len(reading.asked) == len(set(reading.asked))


@pytest.mark.parametrize("answers", [{"": DOWN}, {"": REFUSED, "hubble-system": DOWN}])
def test_a_cluster_that_does_not_answer_has_not_been_read(answers: dict[str, t.Any]) -> None:
    with pytest.raises(Failure) as failure:
        read_secrets(FakeClient(Reading(answers, REFUSED)), OVERRIDE)
    assert failure.value.code == "unreachable"
