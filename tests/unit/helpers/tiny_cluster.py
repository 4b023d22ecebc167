# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of a few lines, which answers the modules of kubernetes.core, and a clock for it."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import typing as t

import jsonpatch

from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster.errors import explain
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.lock import Clock
from tests.unit.helpers.fake_client import FakeClient

Object = dict[str, t.Any]
Key = tuple[str, str, str]

START = datetime.datetime(2026, 11, 26, 4, 15, tzinfo=datetime.UTC)


@dataclasses.dataclass
class FakeClock(Clock):
    """A time that goes by only when somebody sleeps; `on_sleep` is what others do meanwhile."""

    seconds: float = 0.0
    on_sleep: t.Callable[[], None] | None = None

    def now(self) -> datetime.datetime:
        return START + datetime.timedelta(seconds=self.seconds)

    def steady(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self.on_sleep:
            self.on_sleep()


class TinyCluster(FakeClient):
    """Objects by kind, namespace and name.

    `calls` tells what was asked for, `own` which of it was said to be of the run's own objects.
    `failures` are texts with which writing modules fail, one each; those in `lost` do their work
    and fail then.
    """

    def __init__(self, *objects: Object, check_mode: bool = False) -> None:
        super().__init__(check_mode=check_mode, delays=(0.0, 0.0, 0.0))
        self.objects: dict[Key, Object] = {}
        self.calls: list[str] = []
        self.failures: list[str] = []
        self.lost: list[str] = []
        self.own: list[str] = []
        self._version = 0
        for item in objects:
            self.put(item)

    def put(self, manifest: Object) -> Object:
        """Keep an object as the API server does."""
        kept = copy.deepcopy(manifest)
        metadata = kept["metadata"]
        self._version += 1
        metadata["resourceVersion"] = str(self._version)
        metadata.setdefault("uid", f"uid-{self._version}")
        moment = START + datetime.timedelta(seconds=self._version)
        metadata.setdefault("creationTimestamp", moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.objects[_key(kept)] = kept
        return kept

    def of(self, kind: str) -> list[Object]:
        """Return the objects of a kind."""
        return [item for key, item in self.objects.items() if key[0] == kind]

    @property
    def writes(self) -> list[str]:
        """Return the calls that write."""
        return [call for call in self.calls if not call.startswith("read")]

    def run(
        self,
        module: str,
        arguments: t.Mapping[str, t.Any],
        attempt: str,
        *,
        check_mode: bool = False,
        own: bool = False,
    ) -> dict[str, t.Any]:
        """Answer one module."""
        definition = arguments.get("resource_definition") or {
            "kind": arguments["kind"],
            "metadata": {key: arguments.get(key) or "" for key in ("name", "namespace")},
        }
        if module == "k8s_info":
            self.calls.append(f"read {definition['kind']}")
            return {"resources": copy.deepcopy(self._found(definition, arguments))}
        name = f"{arguments.get('state', 'patched')} {definition['kind']}"
        self.calls.append(name)
        self.own += [name] * own
        if self.failures:
            raise Failure(explain(self.failures.pop(0), module, attempt))
        changed = arguments.get("state") != "absent" or _key(definition) in self.objects
        result = self._written(module, definition, arguments, attempt)
        if self.lost:
            raise Failure(explain(self.lost.pop(0), module, attempt))
        return {"result": copy.deepcopy(result), "changed": changed}

    def _found(self, definition: Object, arguments: t.Mapping[str, t.Any]) -> list[Object]:
        if definition["metadata"]["name"]:
            found = self.objects.get(_key(definition))
            return [found] if found else []
        wanted = [text.partition("=") for text in arguments.get("label_selectors") or ()]
        namespace = definition["metadata"]["namespace"]
        return [
            item
            for key, item in self.objects.items()
            if key[0] == definition["kind"]
            and (not namespace or key[1] == namespace)
            and all(_labelled(item, name, equals, value) for name, equals, value in wanted)
        ]

    def _written(
        self, module: str, definition: Object, arguments: t.Mapping[str, t.Any], attempt: str
    ) -> Object:
        live = self.objects.get(_key(definition))
        if module == "k8s_json_patch":
            if live is None:
                raise Failure(explain("(404) Reason: Not Found", module, attempt))
            try:
                return self.put(jsonpatch.JsonPatch(arguments["patch"]).apply(live))
            except jsonpatch.JsonPatchException as error:
                text = f'{{"code":422,"message":"{type(error).__name__}"}}'
                raise Failure(explain(text, module, attempt)) from error
        if arguments["state"] == "absent":
            self.objects.pop(_key(definition), None)
            return {}
        if arguments["state"] == "patched" and live is None:
            return {}
        return self.put(_merged(live or {}, definition))


def _labelled(item: Object, name: str, equals: str, value: str) -> bool:
    labels = item["metadata"].get("labels") or {}
    return name in labels and (not equals or labels[name] == value)


def _merged(below: Object, above: Object) -> Object:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, dict) and isinstance(value, dict)
        merged[key] = _merged(t.cast(Object, under), value) if both else value
    return merged


def _key(manifest: Object) -> Key:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace") or "", metadata["name"]
