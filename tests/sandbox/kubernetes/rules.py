# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real API server defaults and refuses, kind by kind, as far as clients notice.

There is no schema: a field that does not exist goes through unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import typing as t

from tests.sandbox.kubernetes import errors
from tests.sandbox.kubernetes.objects import Object, labels_of, name_of
from tests.sandbox.kubernetes.resources import Resource
from tests.sandbox.kubernetes.selectors import matches_selector

_NAME = re.compile(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
_DATA_KEY = re.compile(r"^[-._a-zA-Z0-9]+$")
# Names of RBAC objects and events are path segments, not DNS names.
_FREE_NAMES = frozenset({"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"})


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


def validate(resource: Resource, new: Object, old: Object | None) -> None:
    """Check an object that is to be kept; `old` is None for a new one. Raises 422."""
    rule = _RULES.get(resource.kind)
    causes = rule(new, old) if rule else []
    if causes:
        raise errors.invalid(resource, name_of(new), *causes)


def check_name(resource: Resource, obj: Object) -> None:
    """Check the name of an object that is to be created. Raises 422."""
    name = name_of(obj)
    if not name:
        cause = "metadata.name: Required value: name or generateName is required"
        raise errors.invalid(resource, name, cause)
    if resource.kind not in _FREE_NAMES and not _NAME.match(name):
        raise errors.invalid(
            resource,
            name,
            f'metadata.name: Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist '
            "of lower case alphanumeric characters, '-' or '.'",
        )


def _default_namespace(obj: Object) -> None:
    name = obj["metadata"]["name"]
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj["status"] = {"phase": "Active"}


def _default_secret(obj: Object) -> None:
    obj["type"] = obj.get("type") or "Opaque"
    data = dict(obj.get("data") or {})
    for key, value in data.items():
        data[key] = _checked_base64("Secret", key, value)
    for key, text in (obj.pop("stringData", None) or {}).items():
        if not isinstance(text, str):
            raise _undecodable("Secret", f"cannot unmarshal stringData[{key}] into a string")
        data[key] = base64.b64encode(text.encode()).decode()
    if data:
        obj["data"] = data
    else:
        obj.pop("data", None)


def _checked_base64(kind: str, key: str, value: t.Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _undecodable(kind, f"cannot unmarshal data[{key}] into a string")
    # Go's decoder skips line ends and refuses every other stray character.
    compact = value.replace("\n", "").replace("\r", "")
    try:
        base64.b64decode(compact, validate=True)
    except binascii.Error as error:
        raise _undecodable(kind, f"illegal base64 data in data[{key}]") from error
    return compact


def _undecodable(kind: str, why: str) -> errors.ApiError:
    return errors.bad_request(f'{kind} in version "v1" cannot be handled as a {kind}: {why}')


def _default_config_map(obj: Object) -> None:
    for key, value in (obj.get("data") or {}).items():
        if not isinstance(value, str):
            raise _undecodable("ConfigMap", f"cannot unmarshal data[{key}] into a string")
    for key, value in (obj.get("binaryData") or {}).items():
        obj["binaryData"][key] = _checked_base64("ConfigMap", key, value)


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


def _default_daemon_set(obj: Object) -> None:
    _default_template(obj)
    rolling = {"maxSurge": 0, "maxUnavailable": 1}
    obj["spec"].setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": rolling})
    obj["spec"].setdefault("revisionHistoryLimit", 10)


def _default_stateful_set(obj: Object) -> None:
    _default_replicas(obj)
    rolling = {"partition": 0, "maxUnavailable": 1}
    kept = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    obj["spec"].setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": rolling})
    obj["spec"].setdefault("persistentVolumeClaimRetentionPolicy", kept)
    obj["spec"].setdefault("podManagementPolicy", "OrderedReady")
    obj["spec"].setdefault("revisionHistoryLimit", 10)
    obj["spec"].setdefault("serviceName", "")


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
        if "caBundle" in config:
            config["caBundle"] = _checked_base64(
                "MutatingWebhookConfiguration", "caBundle", config["caBundle"]
            )


def _secret_causes(new: Object, old: Object | None) -> list[str]:
    causes = _data_causes(new, old)
    if old and new["type"] != old["type"]:
        causes.append(f'type: Invalid value: "{new["type"]}": field is immutable')
    if new["type"] == "kubernetes.io/dockerconfigjson":
        causes += _docker_config_causes(new.get("data") or {})
    return causes


def _docker_config_causes(data: t.Mapping[str, str]) -> list[str]:
    if ".dockerconfigjson" not in data:
        return ["data[.dockerconfigjson]: Required value"]
    try:
        json.loads(base64.b64decode(data[".dockerconfigjson"]))
    except ValueError:
        return ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": bad JSON']
    return []


def _data_causes(new: Object, old: Object | None) -> list[str]:
    causes = [
        f'data[{key}]: Invalid value: "{key}": a valid config key must consist of alphanumeric '
        "characters, '-', '_' or '.'"
        for key in [*(new.get("data") or {}), *(new.get("binaryData") or {})]
        if not _DATA_KEY.match(key)
    ]
    if not old or not old.get("immutable"):
        return causes
    if not new.get("immutable"):
        causes.append("immutable: Forbidden: field is immutable when `immutable` is set")
    if any(new.get(field) != old.get(field) for field in ("data", "binaryData")):
        causes.append("data: Forbidden: field is immutable when `immutable` is set")
    return causes


def _workload_causes(new: Object, old: Object | None) -> list[str]:
    spec = new.get("spec") or {}
    template = spec.get("template") or {}
    selector = spec.get("selector")
    if not selector:
        return ["spec.selector: Required value"]
    causes = _container_causes(template.get("spec") or {}, "spec.template.spec")
    if not matches_selector(selector, labels_of(template)):
        causes.append(
            "spec.template.metadata.labels: Invalid value: `selector` does not match template "
            "`labels`"
        )
    if old and selector != old["spec"]["selector"]:
        causes.append("spec.selector: Invalid value: field is immutable")
    return causes


def _container_causes(spec: Object, path: str) -> list[str]:
    containers = spec.get("containers") or []
    if not containers:
        return [f"{path}.containers: Required value"]
    return [
        f"{path}.containers[{index}].{field}: Required value"
        for index, container in enumerate(containers)
        for field in ("name", "image")
        if not container.get(field)
    ]


def _pod_causes(new: Object, old: Object | None) -> list[str]:
    causes = _container_causes(new["spec"], "spec")
    if old and not causes and _without_images(new["spec"]) != _without_images(old["spec"]):
        causes.append(
            "spec: Forbidden: pod updates may not change fields other than "
            "`spec.containers[*].image`"
        )
    return causes


def _without_images(spec: Object) -> Object:
    bare = {key: value for key, value in spec.items() if key != "nodeName"}
    for field in ("containers", "initContainers"):
        bare[field] = [{**item, "image": ""} for item in spec.get(field) or []]
    return bare


def _webhook_causes(new: Object, old: Object | None) -> list[str]:
    return [
        f"webhooks[{index}].{cause}"
        for index, webhook in enumerate(new.get("webhooks") or [])
        for cause in _one_webhook_causes(webhook)
    ]


def _one_webhook_causes(webhook: Object) -> t.Iterator[str]:
    name = str(webhook.get("name") or "")
    if name.count(".") < 2:
        yield f'name: Invalid value: "{name}": should be a domain with at least three segments'
    if not webhook.get("admissionReviewVersions"):
        yield "admissionReviewVersions: Required value: must specify one of v1, v1beta1"
    if webhook.get("sideEffects") not in ("None", "NoneOnDryRun"):
        side_effects = webhook.get("sideEffects")
        yield f'sideEffects: Unsupported value: "{side_effects}": must be None or NoneOnDryRun'
    if not 1 <= webhook["timeoutSeconds"] <= 30:
        yield "timeoutSeconds: Invalid value: must be between 1 and 30 seconds"
    config = webhook.get("clientConfig") or {}
    if ("url" in config) == ("service" in config):
        yield "clientConfig: Required value: exactly one of url or service is required"
    elif "url" in config and not str(config["url"]).startswith("https://"):
        yield f"clientConfig.url: Invalid value: \"{config['url']}\": 'https' is the only scheme"


_DEFAULTS: t.Mapping[str, t.Callable[[Object], None]] = {
    "ConfigMap": _default_config_map,
    "ClusterRoleBinding": _default_binding,
    "DaemonSet": _default_daemon_set,
    "Deployment": _default_deployment,
    "MutatingWebhookConfiguration": _default_webhooks,
    "Namespace": _default_namespace,
    "Pod": _default_pod,
    "ReplicaSet": _default_replicas,
    "RoleBinding": _default_binding,
    "Secret": _default_secret,
    "Service": _default_service,
    "StatefulSet": _default_stateful_set,
}
_RULES: t.Mapping[str, t.Callable[[Object, Object | None], list[str]]] = {
    "ConfigMap": _data_causes,
    "DaemonSet": _workload_causes,
    "Deployment": _workload_causes,
    "MutatingWebhookConfiguration": _webhook_causes,
    "Pod": _pod_causes,
    "Secret": _secret_causes,
    "StatefulSet": _workload_causes,
}

__all__ = ("check_name", "set_defaults", "validate")
