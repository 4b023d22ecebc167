# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
import shlex
import typing as t

import jsonpatch
import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.bypass_patch import (
    bypass_patch,
    restore_patch,
    undo_commands,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    BYPASS_KEY,
    find_webhooks,
)

JsonObject = dict[str, t.Any]
EVERYWHERE = {"operator": "NotIn", "key": "name", "values": ["kube-system"]}
SELECTORS: dict[str, JsonObject | None] = {
    "absent": None,
    "empty": {},
    "labels": {"matchLabels": {"k8s.twr.io/imageswap": "enabled"}},
    "expressions": {"matchExpressions": [EVERYWHERE]},
    "both": {"matchLabels": {"a": "b"}, "matchExpressions": [EVERYWHERE, EVERYWHERE]},
}


def configuration(*selectors: JsonObject | None) -> JsonObject:
    entries: list[JsonObject] = [{"name": "other.example.org", "namespaceSelector": {}}]
    for number, selector in enumerate(selectors):
        entry: JsonObject = {
            "name": f"imageswap-{number}.x.y",
            "failurePolicy": "Fail",
            "clientConfig": {"caBundle": "UEVN"},
        }
        entries.append(entry if selector is None else {**entry, "namespaceSelector": selector})
    return {"metadata": {"name": "hooks", "resourceVersion": "7"}, "webhooks": entries}


def patched(obj: JsonObject, patch: list[JsonObject]) -> JsonObject:
    return t.cast("JsonObject", jsonpatch.JsonPatch(patch).apply(copy.deepcopy(obj)))


def undone(obj: JsonObject) -> JsonObject:
    (command,) = undo_commands(find_webhooks([obj]))
    words = shlex.split(command)
    assert words[:5] == ["kubectl", "patch", "mutatingwebhookconfiguration", "hooks", "--type=json"]
    return patched(obj, json.loads(words[5].removeprefix("--patch=")))


def tidy(obj: JsonObject) -> JsonObject:
    """Return it as the API server stores it: empty lists and absent selectors are gone."""
    found = copy.deepcopy(obj)
    for entry in found["webhooks"]:
        selector = entry.setdefault("namespaceSelector", {})
        if not selector.get("matchExpressions", True):
            del selector["matchExpressions"]
    return found


@pytest.mark.parametrize("name", SELECTORS)
def test_a_bypass_selects_nothing_and_is_undone(name: str) -> None:
    before = configuration(SELECTORS[name], {"matchLabels": {"c": "d"}})
    webhooks = find_webhooks([before])
    patch = bypass_patch(before, webhooks)
    assert patch[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    broken = patched(before, patch)
    after = find_webhooks([broken])
    assert [webhook.bypassed for webhook in after] == [True, True]
    labels = {"a": "b", "c": "d", "k8s.twr.io/imageswap": "enabled"}
    assert not any(webhook.namespace_selector.matches(labels) for webhook in after)
    assert [webhook.without_bypass() for webhook in after] == list(webhooks)
    # What is not ours, and everything but the selector, is untouched.
    assert broken["webhooks"][0] == before["webhooks"][0]
    assert broken["webhooks"][1]["clientConfig"] == {"caBundle": "UEVN"}
    assert broken["webhooks"][1]["failurePolicy"] == "Fail"

    assert bypass_patch(broken, after) == []
    assert tidy(undone(broken)) == tidy(before)
    assert tidy(patched(broken, restore_patch(broken, after))) == tidy(before)
    assert restore_patch(before, webhooks) == []


def test_the_commands_name_the_cluster_and_only_what_is_broken() -> None:
    whole = configuration({})
    assert undo_commands(find_webhooks([whole])) == ()
    broken = patched(whole, bypass_patch(whole, find_webhooks([whole])))
    (command,) = undo_commands(find_webhooks([broken]), ("--kubeconfig=/home/o p/k", "--context=c"))
    assert command.startswith("kubectl '--kubeconfig=/home/o p/k' --context=c patch ")
    assert BYPASS_KEY in command
