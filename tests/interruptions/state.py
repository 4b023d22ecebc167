# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an override has to do with in a cluster, read and compared."""

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t
import zlib

from tests.sandbox.kubernetes.client import ApiClient
from tests.sandbox.kubernetes.objects import Object

SECRET_NAMESPACE, SECRET_NAME = "jet-system", "registry-info"
SECRETS = f"/api/v1/namespaces/{SECRET_NAMESPACE}/secrets"
_RELEASE = "image-swap"
_RELEASE_TYPE = "helm.sh/release.v1"
_OBJECTS = (
    "/api/v1/configmaps",
    "/api/v1/secrets",
    "/api/v1/serviceaccounts",
    "/api/v1/services",
    "/apis/apps/v1/deployments",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
)
# What Helm and controllers write beside an object's content.
_VOLATILE = frozenset({"deployment.kubernetes.io/revision"})
# What a Service is given anew whenever it is made.
_GIVEN = frozenset({"clusterIP", "clusterIPs"})


@dataclasses.dataclass(frozen=True)
class Revision:
    """One revision of the release; `content` is what it deployed: values, chart and manifest."""

    number: int
    status: str
    content: Object


@dataclasses.dataclass(frozen=True)
class State:
    """The Secret, the release with its history, and all objects that a chart may have made.

    `version` rises with every write to the cluster.
    """

    version: int
    secret: Object | None
    revisions: tuple[Revision, ...]
    objects: t.Mapping[str, Object]

    @property
    def release(self) -> Object | None:
        """Return the content of the last revision, None where nothing is installed."""
        last = self.revisions[-1] if self.revisions else None
        return last.content if last and not last.status.startswith("uninstall") else None

    @property
    def is_pending(self) -> bool:
        """Return whether a Helm command works on the release, or was killed while it did."""
        return bool(self.revisions) and self.revisions[-1].status.startswith("pending")

    def differences(self, other: State) -> list[str]:
        """Return the names of what differs, empty if both are the same to all who read them."""
        found = [] if self.secret == other.secret else [_difference(self.secret, other.secret)]
        found += [] if self.release == other.release else ["the release's content"]
        for key in sorted({*self.objects, *other.objects}):
            if self.objects.get(key) != other.objects.get(key):
                found.append(key)
        return found

    def unsettled(self) -> list[str]:
        """Return what is wrong with the release's history.

        Revisions that failed or were given up stay in it: Helm has no way to take them out.
        """
        statuses = [revision.status for revision in self.revisions]
        found = []
        if self.release is not None and statuses[-1:] != ["deployed"]:
            found.append(f"the last revision is not deployed: {statuses}")
        if statuses.count("deployed") > 1:
            found.append(f"more than one revision is deployed: {statuses}")
        return found


def read(client: ApiClient) -> State:
    """Read the state of a cluster."""
    answers = {path: client.get(path) for path in _OBJECTS}
    everything = [item for answer in answers.values() for item in _items(answer)]
    revisions = [_revision(item) for item in everything if item.get("type") == _RELEASE_TYPE]
    secret = next((_content(item) for item in everything if _is_ours(item)), None)
    return State(
        int(answers["/api/v1/secrets"]["metadata"]["resourceVersion"]),
        secret,
        tuple(sorted(revisions, key=lambda revision: revision.number)),
        {_key(item): _content(item) for item in everything if _is_chart_object(item)},
    )


def _items(answer: Object) -> list[Object]:
    kind = answer["kind"].removesuffix("List")
    return [{**item, "kind": kind} for item in answer["items"]]


def _is_ours(item: Object) -> bool:
    metadata = item["metadata"]
    place = (metadata.get("namespace"), metadata["name"])
    return item["kind"] == "Secret" and place == (SECRET_NAMESPACE, SECRET_NAME)


def _is_chart_object(item: Object) -> bool:
    # What else is in the Secret's namespace is Palette's, or notes of the collection.
    in_other_namespace = item["metadata"].get("namespace") != SECRET_NAMESPACE
    return in_other_namespace and item.get("type") != _RELEASE_TYPE


def _key(item: Object) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def _content(item: Object) -> Object:
    metadata = item["metadata"]
    annotations = metadata.get("annotations") or {}
    kept = {
        "labels": metadata.get("labels") or {},
        "annotations": {key: annotations[key] for key in annotations if key not in _VOLATILE},
    }
    rest = {key: item[key] for key in item if key not in ("metadata", "status", "apiVersion")}
    if item["kind"] == "Service":
        rest["spec"] = {key: rest["spec"][key] for key in rest["spec"] if key not in _GIVEN}
    return {**rest, "metadata": kept}


def _revision(item: Object) -> Revision:
    packed = base64.b64decode(base64.b64decode(item["data"]["release"]))
    release = json.loads(zlib.decompress(packed, wbits=31))
    content = {
        "config": release.get("config") or {},
        "chart": release["chart"]["metadata"],
        "manifest": release["manifest"],
    }
    return Revision(int(release["version"]), release["info"]["status"], content)


def _difference(one: Object | None, two: Object | None) -> str:
    if one is None or two is None:
        return "the Secret's presence"
    parts = []
    for field in ("data", "labels", "annotations"):
        mine, other = (_field(secret, field) for secret in (one, two))
        parts += [f"{field}.{key}" for key in {*mine, *other} if mine.get(key) != other.get(key)]
    return f"the Secret's {', '.join(sorted(parts)) or 'type'}"


def _field(secret: Object, field: str) -> Object:
    found: Object = (secret if field == "data" else secret["metadata"]).get(field) or {}
    return found


__all__ = ("SECRETS", "SECRET_NAME", "Revision", "State", "read")
