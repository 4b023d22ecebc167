# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry asked for a proposal: how often, and what it is not asked."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.module_utils._registry.session import (
    RegistrySession,
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
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.discovery import (
    MOST_IMAGES,
    PlanRegistry,
    RegistryHoldings,
    holdings_of,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.places import (
    NoHoldings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight.images import (
    WantedImages,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._preflight.registry import (
    RegistryChecker,
)
from tests.unit.helpers.scripted_registry import (
    ABSENT,
    API,
    PORTAL,
    Reply,
    Request,
    Server,
    authority,
    holds_a,
    serving,
)


def settings(server: Server, **changes: object) -> Settings:
    raw = {
        "endpoint": server.host,
        "name": "r",
        "base_content_path": "p",
        "ca_cert": authority().pem,
        "mirrors": {"quay.io": f"{server.host}/p/quay.io"},
        **changes,
    }
    parsed = parse_settings(raw).settings
    assert parsed is not None
    return parsed


@contextlib.contextmanager
def opened(
    settings: Settings, say: t.Callable[[str], None]
) -> t.Iterator[RegistryHoldings | NoHoldings]:
    session = RegistrySession.opened(settings, {}, Limits(5, attempts=1))
    with contextlib.closing(session):
        found = holdings_of(session, say)
        assert isinstance(found, RegistryHoldings | NoHoldings)
        yield found


def nothing(_value: object) -> None:
    """Keep no secret, and say nothing."""


def test_it_is_asked_for_what_is_its_own_and_says_so() -> None:
    said: list[str] = []
    with (
        serving(holds_a) as server,
        opened(settings(server), said.append) as found,
    ):
        assert isinstance(found, RegistryHoldings)
        names = [f"{server.host}/p/a:1", f"{server.host}/p/b:1", "other.example.org/p/a:1"]
        assert found.held(names) == {names[0]: True, names[1]: False}
        assert found.how == f"{server.host} was asked for 2 images"
        assert said == [f"Asking {server.host} for 2 images, to propose mirrors ..."]
    assert not server.asked("other")


def test_there_is_an_end_to_asking() -> None:
    with serving(holds_a) as server, opened(settings(server), nothing) as found:
        assert isinstance(found, RegistryHoldings)
        names = [f"{server.host}/p/x{number}:1" for number in range(MOST_IMAGES + 50)]
        assert len(found.held(names)) == MOST_IMAGES
        assert found.held([f"{server.host}/p/a:1"]) == {}
        assert found.how.endswith(f"images, stopped after {MOST_IMAGES}")
    assert len(server.asked("/p/")) == MOST_IMAGES


def refuses(request: Request) -> Reply:
    return Reply.json({}, 401, WWW_Authenticate='Basic realm="r"')


def test_a_refused_password_is_not_tried_on_every_image() -> None:
    with serving(refuses) as server:
        wrong = settings(server, username="u", password="Zq7-wrong")
        with opened(wrong, nothing) as found:
            assert isinstance(found, RegistryHoldings)
            assert found.held([f"{server.host}/p/x{number}/a:1" for number in range(50)]) == {}
            assert found.held([f"{server.host}/p/y:1"]) == {}
            assert found.catalog() == ()
            assert found.how.startswith("by the rules alone: ")
        assert len(server.asked("/manifests/")) < 10


@pytest.mark.parametrize("reply", [ABSENT, PORTAL])
def test_what_is_no_registry_at_its_root_is_named(reply: Reply) -> None:
    with (
        serving(lambda _: reply) as server,
        opened(settings(server), nothing) as found,
    ):
        assert isinstance(found, NoHoldings)
        assert found.no_api


def below_a_path(request: Request) -> Reply:
    if request.path == "/v2/":
        return ABSENT
    return API if request.path == "/p/v2/" else ABSENT


def test_an_api_below_a_path_is_found() -> None:
    with (
        serving(below_a_path) as server,
        opened(settings(server), nothing) as found,
    ):
        assert (found.api, found.no_api) == ("p", False)


ARGUMENTS: dict[str, t.Any] = {
    "check_registry": "required",
    "check_images": "warn",
    "registry_timeout": 5.0,
    "airgap": False,
    "assume_default": "true",
    "node_path_style": "v2_prefix",
}
IMAGES = ("quay.io/a/b:1", "quay.io/c/d:1")


def of_plan(environment: dict[str, str] | None = None, **arguments: t.Any) -> PlanRegistry:
    checker = RegistryChecker({**ARGUMENTS, **arguments}, "mgmt")
    wanted = WantedImages(IMAGES)
    return PlanRegistry(checker, wanted, IMAGES, environment or {}, Redactor(), nothing)


def raw(host: str, **changes: object) -> dict[str, object]:
    mirrors = {"quay.io": f"{host}/p/quay.io"}
    registry = {"endpoint": host, "name": "r", "base_content_path": "p", "mirrors": mirrors}
    return {**registry, "ca_cert": authority().pem, **changes}


def test_check_and_proposal_share_one_session() -> None:
    """The registry is greeted once, and what the check found out the proposal knows."""
    with serving(holds_a) as server:
        given = settings(server)
        answer, proposal = of_plan().ask(given, raw(server.host))
        greetings = server.asked("/v2/").count("GET /v2/")
    assert [check.name for check in answer.checks] == ["registry", "registry images"]
    assert [one.status.value for one in answer.results or ()] == ["present", "missing"]
    assert proposal is not None and f"{server.host} was asked" in proposal.how
    # One of them with the CA alone, to know what the certificate verifies with.
    assert greetings == 2


def test_settings_that_are_not_usable_are_proposed_from_and_not_checked() -> None:
    with serving(holds_a) as server:
        answer, proposal = of_plan().ask(None, raw(server.host, mirrors=""))
    assert answer.checks == ()
    assert proposal is not None and f"{server.host} was asked" in proposal.how


# arguments, environment, settings, the checks, and the ground of the proposal
TEST_NOT_ASKED: list[tuple[dict[str, t.Any], dict[str, str], list[str], str]] = [
    ({"check_registry": "skip"}, {}, ["registry"], "the registry was not to be asked"),
    ({}, {"HTTPS_PROXY": "http://[bad"}, ["registry"], "by the rules alone: "),
]


@pytest.mark.parametrize(("arguments", "environment", "checks", "how"), TEST_NOT_ASKED)
def test_where_nobody_is_asked_the_rules_alone_propose(
    arguments: dict[str, t.Any], environment: dict[str, str], checks: list[str], how: str
) -> None:
    with serving(holds_a) as server:
        given = settings(server)
        answer, proposal = of_plan(environment, **arguments).ask(given, raw(server.host))
        assert server.requests == []
    assert [check.name for check in answer.checks] == checks
    assert {check.status.value for check in answer.checks} == {"skip"}
    assert proposal is not None and how in proposal.how


def test_what_is_no_mapping_proposes_nothing() -> None:
    answer, proposal = of_plan().ask(None, "text")
    assert (answer.checks, proposal) == ((), None)
