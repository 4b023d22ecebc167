# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of registry_images_info to what it returns."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._causes import describe
from .._evidence import Finding, Severity
from .._images.sources import parse_image_list
from .._mirrors.swap import ASSUME_DEFAULT
from .._redact import Redactor
from .._settings.parse import FileReader, parse_settings
from .._settings.settings import Settings
from .examine import Examination, Examined, Wanted, examine, not_examined
from .proxies import Proxies
from .results import summarise
from .session import NotAskedError, RegistrySession, proxies_of
from .targets import (
    Lookup,
    Route,
    hosts_of,
    lookups_of_chart,
    lookups_of_images,
    lookups_of_targets,
)
from .transport import Limits

Options = t.Mapping[str, t.Any]


# What only an override needs: whoever names the targets may leave it out.
_NOT_NEEDED = {"base_content_path": "unused", "mirrors": "unused.invalid::unused.invalid"}

_LARGEST_NUMBER = 1000


@dataclasses.dataclass
class _Inputs:
    """The options, read. With an error among the findings the rest is no basis for a lookup."""

    settings: Settings | None = None
    lookups: list[Lookup] = dataclasses.field(default_factory=list)
    hosts: frozenset[str] = frozenset()
    proxies: Proxies = dataclasses.field(default_factory=Proxies)
    session: RegistrySession | None = None
    findings: list[Finding] = dataclasses.field(default_factory=list)

    def error(self, code: str, subject: str, message: str, fix: str) -> None:
        """Keep what is wrong."""
        self.findings.append(Finding(code, Severity.ERROR, subject, message, fix))


def registry_images(
    options: Options, *, read_file: FileReader, environment: t.Mapping[str, str]
) -> dict[str, t.Any]:
    """Return what the module returns, with `failed` and `msg` on bad input. Holds no secret.

    `environment` has the variables of proxies. A registry that does not answer is no failure.
    """
    inputs = _read(options, read_file, environment)
    password = options["settings"].get("password")
    redactor = Redactor([*inputs.proxies.secrets(), str(password or "")])
    errors = [item for item in inputs.findings if item.severity is Severity.ERROR]
    settings, session = inputs.settings, inputs.session
    if errors or settings is None or session is None:
        plain = {"changed": False, "findings": [item.to_dict() for item in inputs.findings]}
        return t.cast(
            "dict[str, t.Any]", redactor.data({**plain, "failed": True, "msg": describe(errors)})
        )
    with contextlib.closing(session):
        found = _ask(options, inputs, settings, session)
    results = found.results or ()
    findings = [*inputs.findings, *(item for check in found.checks for item in check.findings)]
    answer = {
        "changed": False,
        "images": [result.to_dict() for result in results],
        "summary": summarise(results),
        "missing_copies": list(found.copies),
        "checks": [check.to_dict() for check in found.checks],
        "findings": [finding.to_dict() for finding in findings],
    }
    return t.cast("dict[str, t.Any]", redactor.data(answer))


def _ask(
    options: Options, inputs: _Inputs, settings: Settings, session: RegistrySession
) -> Examined:
    if options["check_registry"] == "skip":
        return not_examined(settings.host)
    how = Examination(
        settings.host, options["check_registry"], options["check_images"], options["airgap"]
    )
    wanted = Wanted(inputs.lookups, tuple(options["architectures"]))
    session.expect(inputs.lookups)
    hosts = inputs.hosts & hosts_of(inputs.lookups)
    found = examine(session, how, hosts, lambda: wanted)
    return found if inputs.lookups else dataclasses.replace(found, checks=found.checks[:1])


def _read(options: Options, read_file: FileReader, environment: t.Mapping[str, str]) -> _Inputs:
    inputs = _Inputs()
    given = {key: value for key, value in options["settings"].items() if value is not None}
    if options["mirrors"]:
        # These are read below, by the webhook's own rules and in whatever notation.
        given.pop("mirrors", None)
    raw = {**_NOT_NEEDED, **given}
    if options["chart_images"] and "base_content_path" not in given:
        del raw["base_content_path"]  # so that the lack of it is told
    parsed = parse_settings(raw, airgap=False, read_file=read_file)
    inputs.settings = parsed.settings
    inputs.findings += parsed.findings
    try:
        inputs.proxies = proxies_of(environment)
    except NotAskedError as error:
        inputs.error(error.code, error.subject, str(error), error.fix)
    images = _images(options, inputs, read_file)
    if parsed.settings is not None:
        mirrors, notation = options["mirrors"], options["notation"]
        if not mirrors and given.get("mirrors"):
            mirrors, notation = parsed.settings.mirror_string, "palette"
        _lookups(options, inputs, parsed.settings, images, (mirrors, notation))
        _connect(options, inputs, parsed.settings)
    return inputs


def _connect(options: Options, inputs: _Inputs, settings: Settings) -> None:
    limits = _limits(options, inputs)
    try:
        inputs.session = RegistrySession(settings, inputs.proxies, limits)
    except ValueError as error:
        fix = "Give the registry's CA certificate as PEM, as base64 of PEM or DER, or a path."
        inputs.error("ca_cert_invalid", "settings.ca_cert", str(error), fix)


def _limits(options: Options, inputs: _Inputs) -> Limits:
    good = True
    for name in ("concurrency", "timeout", "attempts"):
        if not 0 < options[name] < _LARGEST_NUMBER:
            good = False
            fix = f"Give a number above 0 and below {_LARGEST_NUMBER}."
            inputs.error("number_out_of_range", name, f"it is {options[name]}", fix)
    if not good:
        return Limits()
    return Limits(options["timeout"], options["attempts"], options["concurrency"])


def _images(options: Options, inputs: _Inputs, read_file: FileReader) -> list[str]:
    images = list(options["images"])
    if options["images_file"]:
        try:
            text = read_file(options["images_file"]).decode("utf-8")
        except (OSError, UnicodeError) as error:
            message = getattr(error, "strerror", None) or "it is no UTF-8 text"
            fix = "Give a text file with an image a line."
            inputs.error("images_file_unreadable", options["images_file"], str(message), fix)
        else:
            images += parse_image_list(text)
    return list(dict.fromkeys(image.strip() for image in images if image.strip()))


def _lookups(
    options: Options,
    inputs: _Inputs,
    settings: Settings,
    images: list[str],
    mirrors: tuple[object, str],
) -> None:
    """Find out what to ask for, and which hosts may be asked; `mirrors` are with their notation."""
    inputs.lookups = lookups_of_targets(dict.fromkeys(options["targets"]))
    inputs.lookups += lookups_of_chart(options["chart_images"], settings.prefix)
    inputs.hosts = hosts_of(inputs.lookups) | {settings.host}
    if not images:
        return
    if not mirrors[0]:
        fix = "Set mirrors, here or in settings; or give targets, the names in the registry."
        inputs.error("mirrors_missing", "images", "without mirrors they lead nowhere", fix)
        return
    route = Route(
        *mirrors,
        options["airgap"],
        options["node_path_style"],
        ASSUME_DEFAULT[options["assume_default"]],
        settings.api_places,
    )
    try:
        lookups = lookups_of_images(images, route)
    except ValueError as error:
        fix = "Correct the mirrors; the module mirror_registries says more about them."
        inputs.error("mirrors_invalid", "mirrors", str(error), fix)
        return
    inputs.hosts |= {entry.target_host for entry in route.table() if entry.target}
    inputs.lookups += lookups
    doubtful = sum(lookup.in_doubt for lookup in lookups)
    if doubtful:
        inputs.findings.append(_doubt(doubtful, len(lookups)))


def _doubt(doubtful: int, total: int) -> Finding:
    return Finding(
        "default_unknown",
        Severity.WARNING,
        "webhook",
        f"{doubtful} of {total} images are swapped only if the webhook's map has a default entry. "
        "It was looked for what they become with one",
        "look at the map in the cluster, or at helm template of the chart, then set "
        "assume_default to true or false",
    )


__all__ = ("registry_images",)
