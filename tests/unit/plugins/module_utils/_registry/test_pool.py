# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._image_name import (
    ImageReference,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.client import (
    Found,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.pool import (
    LookupPool,
    answers_for,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.targets import (
    Lookup,
    lookups_of_targets,
)


class FakeRegistry:
    """Holds everything but tag 0; `down` fails the probe, `silent` every image."""

    def __init__(self, *, down: str = "", silent: str = "") -> None:
        self.down = down
        self.silent = silent
        self.probed: list[str] = []
        self.asked: list[str] = []
        self.opened: list[str] = []
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.barrier: threading.Barrier | None = None

    def manifest_url(self, image: ImageReference) -> str:
        return f"https://{image.registry}/v2/{image.repository}/manifests/{image.tag}"

    def probe(self, host: str, paths: t.Collection[str] = ()) -> None:
        self.probed.append(host)
        if self.down:
            raise RegistryError(self.down, host)

    def find(self, image: ImageReference, *, platforms: bool) -> Found:
        with self._lock:
            self.asked.append(str(image))
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            if self.barrier is not None:
                self.barrier.wait(5)
            if self.silent:
                raise RegistryError(self.silent, image.registry)
            if image.tag == "0":
                raise RegistryError("manifest_unknown", image.registry)
            return Found("sha256:a", ("linux/arm64",) if platforms else ())
        finally:
            with self._lock:
                self._now -= 1

    def open_as_node(self, url: str, image: ImageReference) -> None:
        self.opened.append(url)
        if "wrong" in url:
            raise RegistryError("html_answer", image.registry)


def tags(number: int, host: str = "h.io") -> list[Lookup]:
    return lookups_of_targets(f"{host}/p/a:{tag}" for tag in range(number))


def test_answers_in_order() -> None:
    registry = FakeRegistry()
    results = LookupPool().ask(registry, [*tags(3), *tags(1, "i.io")])
    assert [result.status.value for result in results] == [
        "missing",
        "present",
        "present",
        "missing",
    ]
    assert registry.probed == ["h.io", "i.io"]


def test_a_target_is_asked_for_once() -> None:
    registry = FakeRegistry()
    results = LookupPool().ask(registry, [*tags(2), *tags(2)])
    assert len(results) == 4
    assert sorted(registry.asked) == ["h.io/p/a:0", "h.io/p/a:1"]


def test_as_many_at_once_as_wished() -> None:
    registry = FakeRegistry()
    registry.barrier = threading.Barrier(4)
    LookupPool(concurrency=4).ask(registry, tags(8))
    assert registry.most == 4


def test_architectures_are_looked_at() -> None:
    results = LookupPool(architectures=("linux/amd64",)).ask(FakeRegistry(), tags(2))
    assert [result.status.value for result in results] == ["missing", "wrong_platform"]


def test_other_hosts_are_left_alone() -> None:
    registry = FakeRegistry()
    hosts = frozenset({"h.io"})
    results = LookupPool(hosts).ask(registry, [*tags(1), *tags(1, "docker.io")])
    assert [result.status.value for result in results] == ["missing", "elsewhere"]
    assert registry.probed == ["h.io"]


@pytest.mark.parametrize("code", ["certificate_expired", "tls_failed", "connection_refused"])
def test_a_probe_that_every_pull_meets_ends_there(code: str) -> None:
    registry = FakeRegistry(down=code)
    results = LookupPool().ask(registry, tags(50))
    assert {result.code for result in results} == {code}
    assert registry.asked == []


@pytest.mark.parametrize("code", ["unauthorized", "credentials_missing", "html_answer"])
def test_a_probe_that_is_refused_does_not_keep_from_images(code: str) -> None:
    results = LookupPool().ask(FakeRegistry(down=code), tags(50))
    assert {result.status.value for result in results} == {"present", "missing"}


def test_who_refuses_the_probe_and_an_image_is_asked_no_more() -> None:
    registry = FakeRegistry(down="unauthorized", silent="unauthorized")
    results = LookupPool().ask(registry, tags(50))
    assert {result.code for result in results} == {"unauthorized"}
    assert len(registry.asked) == 1


# code of the probe, tags that are asked for (0 is missing), whether pulls work
TEST_SETTLED: list[tuple[str, str, list[str], bool | None]] = [
    ("credentials_missing", "", ["1"], True),
    ("credentials_missing", "", ["0"], True),
    ("credentials_missing", "forbidden", ["0", "1"], False),
    ("unauthorized", "", [], None),
    ("no_registry", "", ["0"], None),
    ("no_registry", "", ["0", "1"], True),
    ("html_answer", "html_answer", ["1"], False),
]


@pytest.mark.parametrize(("code", "silent", "asked", "pulls"), TEST_SETTLED)
def test_images_settle_what_a_probe_left_open(
    code: str, silent: str, asked: list[str], pulls: bool | None
) -> None:
    lookups = [Lookup(tag, ImageReference("h.io", f"p{tag}/a", tag)) for tag in asked]
    error = RegistryError(code, "h.io")
    assert answers_for(FakeRegistry(silent=silent), error, lookups) is pulls


def test_a_nodes_own_url_settles_it_too() -> None:
    """The registry's API lies below a path, so the host's own has nothing."""
    registry = FakeRegistry(silent="html_answer")
    lookup = Lookup("a", ImageReference("h.io", "p/a", "1"), node_url="https://h.io/right/1")
    assert answers_for(registry, RegistryError("html_answer", "h.io"), [lookup]) is True
    assert registry.opened == ["https://h.io/right/1"]


@pytest.mark.parametrize("code", ["connection_timeout", "rate_limited"])
def test_a_host_that_falls_silent_is_given_up(code: str) -> None:
    registry = FakeRegistry(silent=code)
    results = LookupPool(concurrency=2).ask(registry, tags(50))
    assert {result.code for result in results} == {code}
    assert len(registry.asked) < 10


def test_a_host_that_answers_is_not_given_up() -> None:
    registry = FakeRegistry(silent="server_error")
    LookupPool(concurrency=2).ask(registry, tags(50))
    assert len(registry.asked) == 50


def test_nothing_to_ask() -> None:
    unreadable = lookups_of_targets(["NOT AN IMAGE"])
    assert LookupPool().ask(FakeRegistry(), []) == []
    assert LookupPool().ask(FakeRegistry(), unreadable)[0].code == "no_target"


def test_urls_of_nodes_are_opened_once_a_source() -> None:
    def lookup(image: str, url: str) -> Lookup:
        return Lookup(image, ImageReference("h.io", "p/a", image[-1]), node_url=url)

    lookups = [
        lookup("quay.io/a:0", "https://h.io/wrong/missing"),
        lookup("quay.io/a:1", "https://h.io/wrong/1"),
        lookup("quay.io/a:2", "https://h.io/wrong/2"),
        lookup("ghcr.io/a:3", "https://h.io/right/3"),
        lookup("gcr.io/a:4", ""),
    ]
    registry = FakeRegistry()
    results = LookupPool().ask(registry, lookups)
    (finding,) = LookupPool().open_as_nodes(registry, lookups, results)
    assert registry.opened == ["https://h.io/wrong/1", "https://h.io/right/3"]
    assert (finding.code, finding.subject) == ("node_url_without_manifest", "quay.io/a:1")


def test_what_was_probed_is_not_probed_again() -> None:
    registry = FakeRegistry()
    probed = {"h.io": None, "i.io": RegistryError("unauthorized", "i.io")}
    results = LookupPool(probed=probed).ask(
        registry, [*tags(2), *tags(2, "i.io"), *tags(1, "j.io")]
    )
    assert registry.probed == ["j.io"]
    assert [result.code for result in results[2:4]] == ["unauthorized"] * 2
    assert not any(asked.startswith("i.io") for asked in registry.asked)
