# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real API server adds to objects, kind by kind, as far as clients notice.

There is no schema: what a real server would refuse goes through unnoticed, but for a name that is
missing and data that are no Base64.
"""

from __future__ import annotations

import base64
import binascii
import typing as t

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.objects import Object, name_of
from tests.sandbox.kubernetes.resources import Resource


def set_defaults(resource: Resource, obj: Object) -> None:
    """Complete an object in place. Raises 400 for what cannot even be decoded."""
    _drop_nulls(obj)
    metadata = obj["metadata"]
    for field in [key for key, value in metadata.items() if value in ({}, [])]:
        del metadata[field]
    default = _DEFAULTS.get(resource.kind)
    if default:
        default(obj)


def _drop_nulls(value: t.Any) -> None:
    """Remove fields that are null: to Kubernetes they are not there. A null datum is empty."""
    if isinstance(value, list):
        for item in value:
            _drop_nulls(item)
    elif isinstance(value, dict):
        for key in [key for key, item in value.items() if item is None]:
            del value[key]
        for key, item in value.items():
            if key != "data":
                _drop_nulls(item)


def check_name(resource: Resource, obj: Object) -> None:
    """Check the name of an object that is to be created. Raises 422."""
    name = name_of(obj)
    if not name:
        cause = "metadata.name: Required value: name or generateName is required"
        raise errors.invalid(resource, name, cause)


def _default_namespace(obj: Object) -> None:
    name = obj["metadata"]["name"]
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj["status"] = {"phase": "Active"}


def _default_secret(obj: Object) -> None:
    obj["type"] = obj.get("type") or "Opaque"
    data = {key: _base64("Secret", key, value) for key, value in (obj.get("data") or {}).items()}
    for key, text in (obj.pop("stringData", None) or {}).items():
        data[key] = base64.b64encode(text.encode()).decode()
    if data:
        obj["data"] = data
    else:
        obj.pop("data", None)


def _base64(kind: str, key: str, value: str) -> str:
    # Go's decoder skips line ends and refuses every other stray character.
    compact = value.replace("\n", "").replace("\r", "")
    try:
        base64.b64decode(compact, validate=True)
    except binascii.Error as error:
        raise errors.bad_request(
            f'{kind} in version "v1" cannot be handled as a {kind}: illegal base64 data in {key}'
        ) from error
    return compact


def _default_service(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("type", "ClusterIP")
    digits = sum(name_of(obj).encode()) % 250 + 1
    spec.setdefault("clusterIP", f"10.96.0.{digits}")
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("internalTrafficPolicy", "Cluster")
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    spec.setdefault("sessionAffinity", "None")
    for port in spec.get("ports") or []:
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))


def _default_template(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    if "template" in spec:
        _default_pod_spec(spec["template"].setdefault("spec", {}))


def _default_replicas(obj: Object) -> None:
    obj.setdefault("spec", {}).setdefault("replicas", 1)
    _default_template(obj)


def _default_deployment(obj: Object) -> None:
    _default_replicas(obj)
    rolling = {"maxSurge": "25%", "maxUnavailable": "25%"}
    obj["spec"].setdefault("strategy", {"type": "RollingUpdate", "rollingUpdate": rolling})
    obj["spec"].setdefault("revisionHistoryLimit", 10)
    obj["spec"].setdefault("progressDeadlineSeconds", 600)


def _default_pod(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _default_pod_spec(spec)
    account = spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", account)
    spec.setdefault("enableServiceLinks", True)
    # Of the admission plugins that are always on.
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("priority", 0)
    tolerations = spec.setdefault("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if all(item.get("key") != key for item in tolerations):
            tolerates = {"key": key, "operator": "Exists", "effect": "NoExecute"}
            tolerations.append({**tolerates, "tolerationSeconds": 300})


def _default_pod_spec(spec: Object) -> None:
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    for container in [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]:
        image = str(container.get("image") or "")
        latest = "@" not in image and ":" not in image.rsplit("/", 1)[-1]
        latest = latest or image.endswith(":latest")
        container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
        container.setdefault("resources", {})
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        for port in container.get("ports") or []:
            port.setdefault("protocol", "TCP")
    for volume in spec.get("volumes") or []:
        for source in ("configMap", "secret"):
            if source in volume:
                volume[source].setdefault("defaultMode", 420)


def _default_binding(obj: Object) -> None:
    group = "rbac.authorization.k8s.io"
    obj["roleRef"].setdefault("apiGroup", group)
    for subject in obj.get("subjects") or []:
        if subject["kind"] != "ServiceAccount":
            subject.setdefault("apiGroup", group)


def _default_webhooks(obj: Object) -> None:
    for webhook in obj.get("webhooks") or []:
        webhook.setdefault("failurePolicy", "Fail")
        webhook.setdefault("reinvocationPolicy", "Never")
        webhook.setdefault("matchPolicy", "Equivalent")
        webhook.setdefault("timeoutSeconds", 10)
        webhook.setdefault("namespaceSelector", {})
        webhook.setdefault("objectSelector", {})
        for rule in webhook.get("rules") or []:
            rule.setdefault("scope", "*")
        config = webhook.get("clientConfig") or {}
        if "service" in config:
            config["service"].setdefault("port", 443)
        if "caBundle" in config:
            config["caBundle"] = _base64(
                "MutatingWebhookConfiguration", "caBundle", config["caBundle"]
            )


_DEFAULTS: t.Mapping[str, t.Callable[[Object], None]] = {
    "ClusterRoleBinding": _default_binding,
    "Deployment": _default_deployment,
    "MutatingWebhookConfiguration": _default_webhooks,
    "Namespace": _default_namespace,
    "Pod": _default_pod,
    "ReplicaSet": _default_replicas,
    "RoleBinding": _default_binding,
    "Secret": _default_secret,
    "Service": _default_service,
}
__all__ = ("check_name", "set_defaults")
