# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import collections
import contextlib
import pathlib
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._redact import Redactor
from ansible_collections.palette.image_registry.plugins.module_utils._registry import (
    session as _session,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.examine import (
    Examined,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.session import (
    NotAskedError,
    RegistrySession,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Limits,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
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
    FOUND,
    Reply,
    Request,
    authority,
    serving,
)

BASIC = f"Basic {base64.b64encode(b'u:right').decode()}"
REMARK = Finding("not_listed", Severity.WARNING, "CronJob", "may not be listed", "let it")
INVENTORY = WantedImages(("quay.io/a:1", "quay.io/gone:1"), ("gcr.io/t/swap:1",), (), (REMARK,))


@pytest.fixture(autouse=True)
def few_authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Spare each test the reading of all of the system's authorities."""
    (tmp_path / "ca.pem").write_text(authority().pem, encoding="ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def wished(**changes: t.Any) -> dict[str, t.Any]:
    """Return the arguments of an action that are about the registry."""
    return {
        "check_registry": "required",
        "check_images": "warn",
        "registry_timeout": 5.0,
        "airgap": True,
        "assume_default": "true",
        **changes,
    }


def registry(request: Request) -> Reply:
    if request.authorization != BASIC:
        return Reply.json({}, 401, WWW_Authenticate='Basic realm="r"')
    if request.path == "/v2/":
        return API
    return ABSENT if "gone" in request.path or "swap" in request.path else FOUND


class Checker:
    """Talks with a registry, and knows whether the cluster was read and what is secret."""

    def __init__(self) -> None:
        self.read = 0
        self.redactor = Redactor()

    def __call__(
        self,
        host: str,
        options: dict[str, t.Any],
        password: str = "right",
        environment: t.Mapping[str, str] | None = None,
        ca_cert: str | None = None,
    ) -> Examined:
        mirrors = parse_mirrors(f"quay.io::{host}/p/quay.io", "palette").table
        pem = authority().pem if ca_cert is None else ca_cert
        settings = Settings(host, "name", "p", mirrors, "u", password, ca_cert=pem)
        checker = RegistryChecker(options, "production")
        if checker.skipped:
            return checker.skipped
        limits = Limits(options["registry_timeout"])
        try:
            opened = RegistrySession.opened(settings, environment or {}, limits, self.redactor)
        except NotAskedError as error:
            return checker.prevented(error)
        with contextlib.closing(opened) as session:
            return checker.run(session, self.wanted)

    def wanted(self) -> WantedImages:
        self.read += 1
        return INVENTORY


def told(answer: Examined) -> dict[str, tuple[str, list[str]]]:
    """Return status and codes of each check."""
    return {
        check.name: (check.status.value, [finding.code for finding in check.findings])
        for check in answer.checks
    }


def statuses(answer: Examined) -> dict[str, int]:
    """Return how many images have which status."""
    return dict(collections.Counter(one.status.value for one in answer.results or ()))


def test_what_is_missing_is_named_and_can_be_copied() -> None:
    options = wished(check_images="required")
    with serving(registry) as server:
        answer = Checker()(server.host, options)
    assert told(answer) == {
        "registry": ("pass", []),
        "registry images": ("fail", ["manifest_unknown", "not_listed"]),
    }
    assert {check.subject for check in answer.checks} == {"production"}
    assert statuses(answer) == {"present": 1, "missing": 2}
    assert answer.copies == (
        f"skopeo copy --all docker://gcr.io/t/swap:1 docker://{server.host}/p/gcr.io/t/swap:1",
        f"skopeo copy --all docker://quay.io/gone:1 docker://{server.host}/p/quay.io/gone:1",
    )
    # The endpoint is asked once for its API, and once more with the CA alone.
    assert server.asked("/v2/").count("GET /v2/") == 3


def test_a_wrong_password_is_told_once() -> None:
    checker = Checker()
    with serving(registry) as server:
        answer = checker(server.host, wished(), "wrong")
    assert told(answer) == {
        "registry": ("fail", ["unauthorized"]),
        "registry images": ("skip", []),
    }
    assert (answer.results, answer.copies) == (None, ())


@pytest.mark.parametrize("images", ["required", "warn", "skip"])
def test_a_token_service_that_refuses_who_names_no_scope_stops_nothing(images: str) -> None:
    """GitLab's public projects: nobody gets a token for nothing, anybody one to pull."""

    def script(request: Request) -> Reply:
        if request.path.startswith("/token"):
            open_to_all = "scope=repository" in request.path
            return Reply.json({"token": "t"}) if open_to_all else Reply.json({}, 403)
        if request.authorization != "Bearer t":
            return Reply.json({}, 401, WWW_Authenticate='Bearer realm="/token"')
        return FOUND if request.path != "/v2/" else API

    with serving(script) as server:
        answer = Checker()(server.host, wished(check_images=images))
    registry_check, images_check = answer.checks
    assert registry_check.status.value == "pass"
    assert [(f.code, f.severity.value) for f in registry_check.findings] == [("forbidden", "info")]
    assert "it answers for images, so pulls work" in registry_check.findings[0].message
    assert images_check.status.value in ("warn", "pass", "skip")
    assert statuses(answer) == ({} if images == "skip" else {"present": 3})


def test_a_registry_that_is_not_reached_is_skipped_and_the_cluster_is_not_read() -> None:
    with serving(registry) as server:
        host = server.host
    checker = Checker()
    answer = checker(host, wished(check_images="required"))
    assert told(answer) == {
        "registry": ("skip", ["connection_refused"]),
        "registry images": ("skip", []),
    }
    assert checker.read == 0


def test_what_is_not_wished_is_not_asked() -> None:
    checker = Checker()
    with serving(registry) as server:
        nothing = checker(server.host, wished(check_registry="skip"))
        assert server.requests == []
        probe = checker(server.host, wished(check_images="skip"))
        assert not server.asked("/manifests/")
    assert told(nothing) == {"registry": ("skip", [])}
    assert told(probe) == {"registry": ("pass", []), "registry images": ("skip", [])}
    assert checker.read == 0


# environment, CA, code
TEST_PREVENTED: list[tuple[dict[str, str], str | None, str]] = [
    ({"HTTPS_PROXY": "socks5://u:secret@h:1"}, None, "proxy_invalid"),
    ({}, "no certificate", "ca_cert_invalid"),
]


@pytest.mark.parametrize(("environment", "ca_cert", "code"), TEST_PREVENTED)
def test_what_lies_on_the_controller(
    environment: dict[str, str], ca_cert: str | None, code: str
) -> None:
    answer = Checker()("h.io", wished(), environment=environment, ca_cert=ca_cert)
    assert told(answer) == {"registry": ("skip", [code])}
    assert "secret" not in str(answer)


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_session, "URLLIB3_IMPORT_ERROR", "Traceback")
    assert told(Checker()("h.io", wished())) == {"registry": ("skip", ["library_missing"])}


def test_a_proxys_password_is_kept_secret() -> None:
    checker = Checker()
    answer = checker("h.io", wished(), environment={"HTTPS_PROXY": "http://u:pw@127.0.0.1:9"})
    assert told(answer)["registry"] == ("skip", ["proxy_failed"])
    assert checker.redactor.secrets == ("pw",)
