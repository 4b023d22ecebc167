# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registries of an override are asked who lets us in, and then which images they hold."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._redact import Redactor
from .._settings.settings import Settings, settings_secrets
from .access import Probe
from .auth import Credentials
from .client import RegistryClient
from .errors import RegistryError
from .manifest import normalise_architecture
from .places import ApiPlaces
from .proxies import Proxies
from .transport import URLLIB3_IMPORT_ERROR, HttpTransport, Limits, Trust

if t.TYPE_CHECKING:
    from .._evidence import Finding
    from .._image_name import ImageReference
    from .results import ImageResult
    from .targets import Lookup
    from .weight import Weight

_PROBE_ATTEMPTS = 2
"""So few: where nobody answers, the run is to go on soon."""


class NotAskedError(ValueError):
    """Nobody can be asked, for a reason on the controller: its code, subject, message and fix."""

    def __init__(self, code: str, subject: str, message: str, fix: str) -> None:
        """Keep what a finding needs."""
        super().__init__(message)
        self.code, self.subject, self.fix = code, subject, fix


class RegistrySession:
    """Asks with the settings' credentials, which go to the endpoint alone; `close` it at the end.

    `probes` is what the registries answered so far, in the order in which they were asked.
    """

    @classmethod
    def opened(
        cls,
        settings: Settings,
        environment: t.Mapping[str, str],
        limits: Limits,
        redactor: Redactor | None = None,
    ) -> RegistrySession:
        """Return a session through the proxies of an environment. Raises NotAskedError.

        `redactor` is told the proxies' passwords.
        """
        if URLLIB3_IMPORT_ERROR is not None:
            fix = "pip install urllib3 into the Python that runs Ansible"
            raise NotAskedError("library_missing", "urllib3", "urllib3 is not installed", fix)
        proxies = proxies_of(environment)
        if redactor is not None:
            redactor.add(proxies.secrets())
        try:
            return cls(settings, proxies, limits)
        except ValueError as error:
            fix = "give the CA certificate as PEM, as base64 of PEM or DER, or a path"
            what = "palette_registry.ca_cert"
            raise NotAskedError("ca_cert_invalid", what, str(error), fix) from error

    def __init__(self, settings: Settings, proxies: Proxies, limits: Limits) -> None:
        """Prepare; nothing is asked yet. Raises ValueError on a CA that cannot be read."""
        self._places = ApiPlaces(settings.api_places)
        self._paths = [entry.target for entry in settings.mirrors if entry.target]
        self._paths.append(settings.prefix)
        self.probes: list[Probe] = []
        self.settings = settings
        self._proxies = proxies
        self._limits = limits
        self._host = settings.host
        self._credentials = {}
        if settings.password:
            self._credentials[self._host] = Credentials(settings.username, settings.password)
        self._trust = Trust(settings.ca_cert, settings.insecure_skip_verify)
        self._redact = Redactor([*settings_secrets(settings), *proxies.secrets()]).text
        self._transport = HttpTransport(self._trust, proxies, limits)
        self._client = self._client_over(self._transport)

    def _client_over(self, transport: HttpTransport) -> RegistryClient:
        hosts = self.settings.token_hosts
        return RegistryClient(transport, self._credentials, hosts, self._redact, self._places)

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    @property
    def closed(self) -> frozenset[str]:
        """Return the hosts that do not let us in, whatever image is asked for."""
        return frozenset(probe.host for probe in self.probes if probe.closed)

    @property
    def doubtful(self) -> bool:
        """Return whether a host refused `GET /v2/` in a way that only images can settle."""
        return any(probe.error and not probe.closed and not probe.pulls for probe in self.probes)

    def expect(self, lookups: t.Sequence[Lookup]) -> None:
        """Note what will be looked up: the API of a host may lie below the path of one of them."""
        self._places.tell(lookup.api for lookup in lookups)
        self._paths += [str(one.reference) for one in lookups if one.reference]

    def probe(self, hosts: t.Iterable[str]) -> None:
        """Ask each host for its API, once."""
        known = {probe.host for probe in self.probes}
        limits = Limits(
            self._limits.timeout, min(_PROBE_ATTEMPTS, self._limits.attempts), connections=1
        )
        with contextlib.closing(HttpTransport(self._trust, self._proxies, limits)) as transport:
            client = self._client_over(transport)
            for host in dict.fromkeys(host for host in hosts if host not in known):
                self.probes.append(self._probe(client, host, limits))

    def api_path(self, host: str) -> str:
        """Return the path below which the API of a host lies, as far as it was told or found."""
        return self._places.first(host)

    def repositories(self, host: str) -> tuple[str, ...]:
        """Return what a registry names of its repositories; most tell nothing to plain users."""
        return self._client.repositories(host)

    def weigh(
        self, images: t.Sequence[ImageReference], architectures: t.Iterable[str] = ()
    ) -> dict[ImageReference, Weight]:
        """Return what images weigh; those that are not handed out are left out."""
        from .weight import weigh_all

        platforms = tuple(normalise_architecture(name) for name in architectures)
        return weigh_all(self._client, images, platforms, self._limits.connections)

    def settle(self, lookups: t.Sequence[Lookup]) -> None:
        """Ask each host in doubt for some of the images, as nodes do, and note what it answers."""
        from .pool import answers_for

        self._places.tell(lookup.api for lookup in lookups)
        for number, probe in enumerate(self.probes):
            if probe.error is not None and not probe.closed and probe.pulls is None:
                pulls = answers_for(self._client, probe.error, lookups)
                self.probes[number] = dataclasses.replace(probe, pulls=pulls)

    def ask(
        self,
        lookups: t.Sequence[Lookup],
        hosts: frozenset[str],
        architectures: t.Iterable[str] = (),
    ) -> tuple[list[ImageResult], list[Finding]]:
        """Return what the registries hold, and what is to be said beside; only `hosts` are asked.

        Each of them is probed first.
        """
        from .pool import LookupPool
        from .targets import hosts_of

        self.expect(lookups)
        self.probe(sorted(hosts & hosts_of(lookups)))
        self.settle(lookups)
        pool = LookupPool(
            hosts,
            tuple(normalise_architecture(name) for name in architectures),
            self._limits.connections,
            {probe.host: probe.error if probe.closed else None for probe in self.probes},
        )
        results = [self._placed(one) for one in pool.ask(self._client, lookups)]
        return results, pool.open_as_nodes(self._client, lookups, results)

    def _placed(self, result: ImageResult) -> ImageResult:
        """Return a result with the path below which its registry's API lies."""
        host, _slash, repository = result.target.partition("/")
        return dataclasses.replace(result, api=self._places.split(host, repository)[0])

    def _probe(self, client: RegistryClient, host: str, limits: Limits) -> Probe:
        user = self.settings.username if host in self._credentials else ""
        try:
            client.probe(host, self._paths_of(host))
        except RegistryError as error:
            insecure = self.settings.insecure_skip_verify
            return Probe(host, error, user, "nothing" if insecure else "either")
        trust = self._verified_with(host, limits)
        return Probe(host, None, user, trust, client.token_service(host))

    def _paths_of(self, host: str) -> list[str]:
        """Return the paths on a host below which its API may lie."""
        names = dict.fromkeys(self._paths)
        return [name.removeprefix(f"{host}/") for name in names if name.startswith(f"{host}/")]

    def _verified_with(self, host: str, limits: Limits) -> str:
        """Return what the certificate of a registry that answers verifies with."""
        if self.settings.insecure_skip_verify:
            return "nothing"
        if not self.settings.ca_cert:
            return "system"
        if host != self._host:
            return "either"
        trust = Trust(self.settings.ca_cert, alone=True)
        with contextlib.closing(HttpTransport(trust, self._proxies, limits)) as transport:
            try:
                transport.send("GET", f"https://{host}/v2/", {})
            except RegistryError as error:
                return "system" if error.code.startswith("certificate_") else "either"
        return "ca_cert"


def proxies_of(environment: t.Mapping[str, str]) -> Proxies:
    """Return the proxies that an environment names. Raises NotAskedError on a bad one."""
    try:
        return Proxies.of_environment(environment)
    except ValueError as error:
        fix = "write it as http://proxy.example.org:3128"
        raise NotAskedError("proxy_invalid", "HTTPS_PROXY", str(error), fix) from error


__all__ = ("NotAskedError", "RegistrySession", "proxies_of")
