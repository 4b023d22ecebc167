# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry asked for a proposal: how often, and what it is not asked."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.discovery import (
    MOST_QUESTIONS,
    RegistryHoldings,
    opened,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.places import (
    NoHoldings,
)
from tests.unit.helpers.scripted_registry import (
    ABSENT,
    API,
    FOUND,
    PORTAL,
    Reply,
    Request,
    Server,
    authority,
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


def holds_a(request: Request) -> Reply:
    if request.path == "/v2/":
        return API
    return FOUND if "/a/" in request.path else ABSENT


def nothing(_value: object) -> None:
    """Keep no secret, and say nothing."""


def test_it_is_asked_for_what_is_its_own_and_says_so() -> None:
    said: list[str] = []
    with (
        serving(holds_a) as server,
        opened(settings(server), {}, 5, Redactor(), said.append) as found,
    ):
        assert isinstance(found, RegistryHoldings)
        names = [f"{server.host}/p/a:1", f"{server.host}/p/b:1", "other.example.org/p/a:1"]
        assert found.held(names) == {names[0]: True, names[1]: False}
        assert found.how == f"{server.host} was asked for 2 images"
        assert said == [f"Asking {server.host} for 2 images, to propose mirrors ..."]
    assert not server.asked("other")


def test_there_is_an_end_to_asking() -> None:
    with serving(holds_a) as server, opened(settings(server), {}, 5, Redactor(), nothing) as found:
        assert isinstance(found, RegistryHoldings)
        names = [f"{server.host}/p/x{number}:1" for number in range(MOST_QUESTIONS + 50)]
        assert len(found.held(names)) == MOST_QUESTIONS
        assert found.held([f"{server.host}/p/a:1"]) == {}
        assert found.how.endswith(f"images, stopped after {MOST_QUESTIONS}")
    assert len(server.asked("/p/")) == MOST_QUESTIONS


def refuses(request: Request) -> Reply:
    return Reply.json({}, 401, WWW_Authenticate='Basic realm="r"')


def test_a_refused_password_is_not_tried_on_every_image() -> None:
    with serving(refuses) as server:
        wrong = settings(server, username="u", password="Zq7-wrong")
        with opened(wrong, {}, 5, Redactor(), nothing) as found:
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
        opened(settings(server), {}, 5, Redactor(), nothing) as found,
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
        opened(settings(server), {}, 5, Redactor(), nothing) as found,
    ):
        assert (found.api, found.no_api) == ("p", False)


def test_a_proxy_that_is_no_url_is_named() -> None:
    with serving(holds_a) as server:
        environment = {"HTTPS_PROXY": "http://[bad"}
        with opened(settings(server), environment, 5, Redactor(), nothing) as found:
            assert isinstance(found, NoHoldings)
            assert found.how.startswith("by the rules alone: ") and not found.no_api
