# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays scheduler and kubelets on a real API server: pods are bound, come up, and go.

No container runs. Whether a pod comes up is for the readiness knob to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
import typing as t

import aiohttp

from tests.sandbox.kubernetes import statuses
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.readiness import Readiness

_RETRY_SECONDS = 0.5
_LONGEST_LINE = 16 * 1024 * 1024
_MERGE = "application/merge-patch+json"
_HASH_LABEL = "pod-template-hash"


class Player:
    """The pods of one cluster; `run` serves until it is cancelled."""

    def __init__(self, url: str, context: ssl.SSLContext, token: str, readiness: Readiness) -> None:
        self._url = url
        self._context = context
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "sandbox-kubelet"}
        self._readiness = readiness
        self._pods: dict[str, Object] = {}
        self._addresses = 0
        self._session: aiohttp.ClientSession | None = None

    async def run(self) -> None:
        """Look at each pod that changes, and at all of them whenever the watch begins anew."""
        async with aiohttp.ClientSession(
            headers=self._headers,
            connector=aiohttp.TCPConnector(limit=0, ssl=self._context),
            timeout=aiohttp.ClientTimeout(total=None),
            read_bufsize=_LONGEST_LINE,
        ) as self._session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, _Refused):
                    await self._follow()
                await asyncio.sleep(_RETRY_SECONDS)

    async def resync(self) -> None:
        """Look at all pods, for instance after the readiness knob was turned."""
        for pod in list(self._pods.values()):
            await self._play(pod)

    async def _follow(self) -> None:
        found = await self._ask("GET", "/api/v1/pods")
        self._pods = {item["metadata"]["uid"]: item for item in found["items"]}
        await self.resync()
        assert self._session is not None
        version = found["metadata"]["resourceVersion"]
        path = f"{self._url}/api/v1/pods?watch=true&resourceVersion={version}"
        async with self._session.get(path) as response:
            async for line in response.content:
                await self._take(json.loads(line))

    async def _take(self, event: Object) -> None:
        pod = event["object"]
        if event["type"] == "ERROR":
            raise _Refused(str(pod))
        if event["type"] == "DELETED":
            self._pods.pop(pod["metadata"]["uid"], None)
        else:
            self._pods[pod["metadata"]["uid"]] = pod
            await self._play(pod)

    async def _play(self, pod: Object) -> None:
        """Do what is missing for a pod. Who was faster is right: then there is another event."""
        try:
            await self._bind_or_run(pod)
        except _Refused as refusal:
            if refusal.code not in (404, 409):
                print(f"pod {pod['metadata']['name']}: {refusal}", file=sys.stderr)

    async def _bind_or_run(self, pod: Object) -> None:
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        if metadata.get("deletionTimestamp"):
            preconditions = {"uid": metadata["uid"]}
            body = {"gracePeriodSeconds": 0, "preconditions": preconditions}
            await self._ask("DELETE", path, body)
        elif not pod["spec"].get("nodeName"):
            if node := await self._node_for(pod):
                await self._ask("POST", f"{path}/binding", _binding(metadata, node))
        else:
            await self._run(path, pod)

    async def _run(self, path: str, pod: Object) -> None:
        metadata, old = pod["metadata"], pod.get("status") or {}
        reason = self._readiness.waiting_reason(metadata["namespace"], workload_of(pod))
        wanted = statuses.pod(pod, reason)
        if old.get("phase") in ("Succeeded", "Failed") or _shows(old) == _shows(wanted):
            return
        address = old.get("podIP") or self._next_address()
        status = {
            **wanted,
            "observedGeneration": metadata.get("generation", 1),
            "podIP": address,
            "podIPs": [{"ip": address}],
        }
        body = {"metadata": {"uid": metadata["uid"]}, "status": status}
        await self._ask("PATCH", f"{path}/status", body, _MERGE)

    def _next_address(self) -> str:
        self._addresses += 1
        high, low = divmod(self._addresses, 250)
        return f"10.1.{high % 250}.{low + 1}"

    async def _node_for(self, pod: Object) -> str:
        """Return the node that a DaemonSet has chosen, else the first one; none without nodes."""
        terms = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
        required = terms.get("requiredDuringSchedulingIgnoredDuringExecution", {})
        for term in required.get("nodeSelectorTerms") or []:
            for field in term.get("matchFields") or []:
                return str(field["values"][0])
        nodes = (await self._ask("GET", "/api/v1/nodes"))["items"]
        return str(nodes[0]["metadata"]["name"]) if nodes else ""

    async def _ask(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:
        assert self._session is not None
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": content_type}
        async with self._session.request(
            method,
            self._url + path,
            data=data,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=30),
        ) as response:
            text = await response.text()
            if response.status >= 400:
                raise _Refused(text, response.status)
            return t.cast(Object, json.loads(text))


class _Refused(Exception):
    """An answer that is no success."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


def _binding(metadata: Object, node: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": metadata["name"], "uid": metadata["uid"]},
        "target": {"apiVersion": "v1", "kind": "Node", "name": node},
    }


def _shows(status: Object) -> tuple[t.Any, ...]:
    """Return what there is to see of a pod: its phase, and why each container waits."""
    containers = status.get("containerStatuses") or []
    waits = [(item["state"].get("waiting") or {}).get("reason") for item in containers]
    return status.get("phase"), *waits


def workload_of(pod: Object) -> str:
    """Return the name of the workload at the top of a pod's owners."""
    metadata = pod["metadata"]
    for owner in metadata.get("ownerReferences") or []:
        if owner.get("controller"):
            template = (metadata.get("labels") or {}).get(_HASH_LABEL, "")
            return str(owner["name"]).removesuffix(f"-{template}")
    return str(metadata["name"])


__all__ = ("Player", "workload_of")
