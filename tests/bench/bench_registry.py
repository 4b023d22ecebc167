# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand images asked of a real registry, against a bare asyncio loop that asks the same."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import dataclasses
import functools
import pathlib
import shutil
import ssl
import tempfile
import typing as t

import aiohttp

from ansible_collections.palette.image_registry.plugins.module_utils._registry.auth import (
    Credentials,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.client import (
    RegistryClient,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.manifest import (
    ACCEPT,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.pool import (
    LookupPool,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.proxies import (
    Proxies,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.results import (
    ImageStatus,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.targets import (
    lookups_of_targets,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    HttpTransport,
    Trust,
)
from tests.bench.runner import Bench
from tests.sandbox import images
from tests.sandbox.processes import ProcessTable
from tests.sandbox.registry import BASE_PATH, Registry, RegistryInfo

SIZE = 1000
CONCURRENCY = 8
REPOSITORY = f"{BASE_PATH}/{images.IMAGES[0][0]}"


@dataclasses.dataclass(frozen=True)
class Lab:
    """A registry that holds one image under a thousand tags."""

    info: RegistryInfo
    tags: tuple[str, ...]

    @property
    def headers(self) -> dict[str, str]:
        """Return what each request of the floor carries."""
        credentials = Credentials(self.info.username, self.info.password)
        return {"Authorization": credentials.basic(), "Accept": ACCEPT}

    def url(self, tag: str) -> str:
        """Return where a manifest is."""
        return f"https://{self.info.endpoint}/v2/{REPOSITORY}/manifests/{tag}"

    def session(self) -> aiohttp.ClientSession:
        """Return a session that keeps as many connections as the subject."""
        context = ssl.create_default_context(cadata=self.info.ca)
        connector = aiohttp.TCPConnector(limit=CONCURRENCY, ssl=context)
        return aiohttp.ClientSession(connector=connector, headers=self.headers)


@functools.cache
def lab() -> Lab:
    """Start the registry, at the first use; it ends with this process."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-registry-"))
    processes = ProcessTable(folder / "processes.json", folder / "logs")
    processes.reopen()

    def stop() -> None:
        processes.stop_all()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    info = Registry(folder / "registry", processes).start("bench")
    made = Lab(info, tuple(f"bench-{number}" for number in range(SIZE)))
    asyncio.run(_tag(made))
    return made


async def _tag(made: Lab) -> None:
    async with made.session() as session:
        async with session.get(made.url(images.IMAGES[0][1])) as answer:
            manifest = await answer.read()
        headers = {"Content-Type": images.MANIFEST_TYPE}

        async def put(tag: str) -> None:
            async with session.put(made.url(tag), data=manifest, headers=headers) as answer:
                answer.raise_for_status()

        await _each(made.tags, put)


async def _each(items: t.Iterable[str], ask: t.Callable[[str], t.Awaitable[None]]) -> None:
    """Do something with each item, so many at once as the subject does."""
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await ask(item)

    await asyncio.gather(*(work() for _worker in range(CONCURRENCY)))


async def _heads(made: Lab) -> None:
    async with made.session() as session:

        async def head(tag: str) -> None:
            async with session.head(made.url(tag)) as answer:
                answer.raise_for_status()

        await _each(made.tags, head)


def floor() -> None:
    """Ask for each manifest and do nothing with the answer."""
    asyncio.run(_heads(lab()))


def pool() -> None:
    """Ask with all that the collection does: probe, retries, limits, results."""
    info = lab().info
    credentials = {info.endpoint: Credentials(info.username, info.password)}
    transport = HttpTransport(Trust(info.ca), Proxies())
    lookups = lookups_of_targets(f"{info.endpoint}/{REPOSITORY}:{tag}" for tag in lab().tags)
    with contextlib.closing(transport):
        client = RegistryClient(transport, credentials)
        results = LookupPool(concurrency=CONCURRENCY).ask(client, lookups)
    if any(result.status is not ImageStatus.PRESENT for result in results):
        raise RuntimeError("the registry does not hold what was put there")


def benches() -> list[Bench]:
    """Return the benches of this module."""
    return [
        Bench(
            "registry, all images asked for",
            pool,
            floor,
            "aiohttp loop",
            SIZE,
            "images",
            goal=1.3,
            rounds=3,
            needs_sandbox=True,
        )
    ]
