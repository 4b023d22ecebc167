# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import pathlib
import ssl
from unittest import mock

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorTable,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.proxies import (
    Proxies,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.session import (
    RegistrySession,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.transport import (
    Limits,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)
from tests.unit.helpers.scripted_registry import API, CUT, authority, serving


@pytest.fixture(autouse=True)
def few_authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Spare each test the reading of all of the system's authorities."""
    (tmp_path / "ca.pem").write_text(authority().pem, encoding="ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def settings(endpoint: str, *, insecure: bool = False, ca_cert: str = "") -> Settings:
    table = MirrorTable(())
    return Settings(endpoint, "n", "p", table, "u", "pw", insecure, ca_cert)


def session(given: Settings) -> contextlib.closing[RegistrySession]:
    return contextlib.closing(RegistrySession(given, Proxies(), Limits(timeout=5.0)))


def test_each_host_is_probed_once_and_soon_given_up() -> None:
    with (
        serving(lambda _request: API) as good,
        serving(lambda _request: CUT) as bad,
        session(settings(good.host)) as talk,
    ):
        talk.probe([good.host, bad.host])
        talk.probe([bad.host, good.host])
        assert talk.closed == {bad.host}
        assert [probe.host for probe in talk.probes] == [good.host, bad.host]
    assert len(good.requests) == 1
    assert len(bad.requests) == 2


@pytest.mark.parametrize(("insecure", "reads"), [(False, 1), (True, 0)])
def test_the_authorities_of_the_system_are_read_once_and_only_to_verify(
    insecure: bool, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = mock.Mock(wraps=ssl.create_default_context)
    monkeypatch.setattr(ssl, "create_default_context", make)
    with (
        serving(lambda _request: API) as server,
        session(settings(server.host, insecure=insecure, ca_cert=authority().pem)) as talk,
    ):
        talk.probe([server.host])
        talk.ask((), frozenset({server.host}))
    assert make.call_count == reads


@pytest.mark.parametrize(
    ("insecure", "ca_cert", "trust", "requests"),
    [
        (False, "", "system", 1),
        (False, authority().pem, "ca_cert", 2),
        (True, authority().pem, "nothing", 1),
    ],
)
def test_what_a_certificate_verifies_with(
    insecure: bool, ca_cert: str, trust: str, requests: int
) -> None:
    with (
        serving(lambda _request: API) as server,
        session(settings(server.host, insecure=insecure, ca_cert=ca_cert)) as talk,
    ):
        talk.probe([server.host])
        (probe,) = talk.probes
    assert (probe.trust, probe.user) == (trust, "u")
    assert len(server.requests) == requests
