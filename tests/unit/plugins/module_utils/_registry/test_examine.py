# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One way to examine registries: whom it asks, for what, and when it need not know what is wanted."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.examine import (
    Examination,
    Wanted,
    examine,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.session import (
    RegistrySession,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.targets import (
    lookups_of_targets,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Limits,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)
from tests.unit.helpers.scripted_registry import Reply, Request, Server, authority, holds_a, serving

REMARK = Finding("not_listed", Severity.WARNING, "CronJob", "It may not be listed.", "Let it.")


def settings(host: str) -> Settings:
    raw = {
        "endpoint": host,
        "name": "r",
        "base_content_path": "p",
        "ca_cert": authority().pem,
        "username": "u",
        "password": "right",
        "mirrors": {"quay.io": f"{host}/p/quay.io"},
    }
    parsed = parse_settings(raw).settings
    assert parsed is not None
    return parsed


def refusing(_request: Request) -> Reply:
    return Reply.json({}, 401, WWW_Authenticate='Basic realm="r"')


class Counted:
    """What is wanted, and how often somebody asked what that is."""

    def __init__(self, host: str) -> None:
        names = [f"{host}/p/a/x:1", f"{host}/p/b/x:1"]
        self.wanted = Wanted(lookups_of_targets(names), (), (REMARK,))
        self.told = 0

    def __call__(self) -> Wanted:
        self.told += 1
        return self.wanted


# how, costly; statuses of the checks, and of the images (None: not asked for), whether the counted were asked
TEST_OPEN: list[tuple[Examination, bool, list[str], list[str] | None, bool]] = [
    (Examination("mgmt"), False, ["pass", "warn"], ["present", "missing"], True),
    (Examination("mgmt"), True, ["pass", "warn"], ["present", "missing"], True),
    (
        Examination("mgmt", check_images="required"),
        False,
        ["pass", "fail"],
        ["present", "missing"],
        True,
    ),
    (Examination("mgmt", check_images="skip"), False, ["pass", "skip"], None, True),
    (Examination("mgmt", check_images="skip"), True, ["pass", "skip"], None, False),
]


@pytest.mark.parametrize(("how", "costly", "statuses", "images", "told"), TEST_OPEN)
def test_a_registry_that_lets_us_in(
    how: Examination,
    costly: bool,
    statuses: list[str],
    images: list[str] | None,
    told: bool,
) -> None:
    with serving(holds_a) as server, opened(server) as session:
        counted = Counted(server.host)
        hosts = frozenset({server.host})
        found = examine(session, how, hosts, counted, costly=costly)
    assert [check.status.value for check in found.checks] == statuses
    assert {check.subject for check in found.checks} == {"mgmt"}
    given = None if found.results is None else [one.status.value for one in found.results]
    assert given == images
    assert bool(counted.told) is told
    if images:
        assert REMARK in found.checks[1].findings
        assert [f"{server.host}/p/b/x:1" in copy for copy in found.copies] == []


@contextlib.contextmanager
def opened(server: Server) -> t.Iterator[RegistrySession]:
    limits = Limits(5.0, attempts=1)
    with contextlib.closing(RegistrySession.opened(settings(server.host), {}, limits)) as session:
        yield session


@pytest.mark.parametrize("costly", [False, True])
@pytest.mark.parametrize(
    ("there", "statuses", "code"),
    [(True, ["fail", "skip"], "unauthorized"), (False, ["skip", "skip"], "connection_refused")],
)
def test_a_registry_that_lets_nobody_in(
    there: bool, statuses: list[str], code: str, costly: bool
) -> None:
    with contextlib.ExitStack() as served, contextlib.ExitStack() as stack:
        server = served.enter_context(serving(refusing))
        session = stack.enter_context(opened(server))
        counted = Counted(server.host)
        if not there:
            served.close()
        hosts = frozenset({server.host})
        found = examine(session, Examination("mgmt"), hosts, counted, costly=costly)
    assert [check.status.value for check in found.checks] == statuses
    assert found.checks[1].actual == "not asked: see check registry"
    # What costs nothing to know gets its results; a refusal is settled by a few images.
    codes = None if found.results is None else {one.code for one in found.results}
    assert codes == (None if costly else {code})
    assert counted.told == (1 if there or not costly else 0)


def test_only_the_hosts_that_are_named_are_asked() -> None:
    """The credentials are for them alone."""
    with serving(holds_a) as server, serving(holds_a) as other, opened(server) as session:
        wanted = Wanted(lookups_of_targets([f"{other.host}/p/a/x:1"]))
        found = examine(session, Examination("mgmt"), frozenset({server.host}), lambda: wanted)
        assert other.requests == []
    assert [one.status.value for one in found.results or ()] == ["elsewhere"]
