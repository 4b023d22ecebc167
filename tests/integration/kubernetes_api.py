# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small helpers of the tests that talk to the sandbox's API server themselves."""

from __future__ import annotations

import base64
import time
import typing as t

import pytest

from tests.sandbox.kubernetes.client import ApiClient, RequestFailed
from tests.sandbox.kubernetes.objects import Object


def wait_for(true: t.Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something is true; the controllers work beside the requests."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def refusal(client: ApiClient, method: str, path: str, *more: t.Any) -> tuple[int, str]:
    """Return code and message of a request that must fail."""
    with pytest.raises(RequestFailed) as caught:
        client.request(method, path, *more)
    return caught.value.code, caught.value.status["message"]


def secret(name: str, **more: t.Any) -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **more}


def pod(name: str, image: str = "nginx", **metadata: t.Any) -> Object:
    containers = [{"name": "main", "image": image}]
    return {"metadata": {"name": name, **metadata}, "spec": {"containers": containers}}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
