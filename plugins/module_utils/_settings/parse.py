# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From `palette_registry`, as people and surveys write it, to Settings or to every finding."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import difflib
import re
import typing as t

from .._certificates.text import CaError, normalise_ca
from .._evidence import Finding, Severity
from .._fix import Edit, Fix
from .._mirrors.notation import parse_mirrors
from .._mirrors.table import MirrorTable, ParsedMirrors
from .clear import fields_with
from .kinds import kind_of
from .place import BASE_PATH, USER_INFO, PlaceReader, read_base_path, read_endpoint
from .settings import Settings
from .token_hosts import read_hosts

FIELDS = (
    "endpoint",
    "name",
    "base_content_path",
    "username",
    "password",
    "insecure_skip_verify",
    "ca_cert",
    "mirrors",
    "token_hosts",
    "api_path",
)


_TRUE = frozenset({"true", "yes", "on", "1", "y", "t"})
_FALSE = frozenset({"false", "no", "off", "0", "n", "f", ""})

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOOKS_LIKE_PATH = re.compile(r"(?:~?/|\./|\.\./)[^\n]*\Z|[^\n]+\.(?:pem|crt|cert|cer|ca|der)\Z")


@dataclasses.dataclass(frozen=True)
class ParsedSettings:
    """Settings, or None when a finding is an error; and every finding, never just the first."""

    settings: Settings | None
    findings: tuple[Finding, ...]
    mirrors: ParsedMirrors


class FileReader(t.Protocol):
    """Reads a file of the controller: the one effect, which glue hands in."""

    def __call__(self, path: str) -> bytes:
        """Return the content. Raises OSError."""


def parse_settings(
    raw: object,
    *,
    airgap: bool = True,
    node_path_style: str = "verbatim",
    read_file: FileReader | None = None,
) -> ParsedSettings:
    """Read `palette_registry`, which may be anything; never raises.

    `airgap` says whether the chart is used: only then is `name` required. Values never stand in
    a finding for `password`, nor for `ca_cert`, where people paste private keys.
    """
    reader = _Reader(raw)
    if not isinstance(raw, t.Mapping):
        return ParsedSettings(None, tuple(reader.findings), ParsedMirrors(MirrorTable(()), (), ""))
    fields = (
        reader.endpoint(),
        reader.text("name", required=airgap),
        reader.base_content_path(),
    )
    username, password = reader.text("username"), reader.text("password")
    insecure = reader.boolean("insecure_skip_verify")
    ca_cert = reader.ca_cert(read_file)
    reader.credentials(username, password)
    mirrors = reader.mirrors()
    token_hosts = reader.token_hosts()
    api_path = reader.api_path()
    if api_path:
        place = f"{fields[0].partition('/')[0]}/{api_path}"
        mirrors = dataclasses.replace(mirrors, table=mirrors.table.with_api(place))
    findings = (*reader.findings, *mirrors.findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return ParsedSettings(None, findings, mirrors)
    settings = Settings(
        *fields,
        mirrors.table,
        username,
        password,
        insecure,
        ca_cert,
        node_path_style,
        token_hosts,
        api_path,
    )
    return ParsedSettings(settings, findings, mirrors)


def read_boolean(value: object) -> bool | None:
    """Return a boolean from a boolean or from a survey's string, None if it is neither."""
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    text = str(value).strip().lower() if isinstance(value, (str, int)) else "?"
    if text in _TRUE:
        return True
    return False if text in _FALSE else None


class _Reader:
    """Reads one field after the other and keeps what is wrong."""

    def __init__(self, raw: object) -> None:
        self.findings: list[Finding] = []
        self._raw: dict[str, t.Any] = {}
        if not isinstance(raw, t.Mapping):
            self._add(
                "settings_not_a_mapping",
                "palette_registry",
                f"it is {kind_of(raw)}, not a mapping",
                "give endpoint, base_content_path and mirrors, as the README's example does",
            )
            return
        for key, value in raw.items():
            if key in FIELDS:
                self._raw[key] = value
            else:
                self._unknown(str(key))

    def _add(
        self,
        code: str,
        field: str,
        message: str,
        fix: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        subject = field if field == "palette_registry" else f"palette_registry.{field}"
        self.findings.append(Finding(code, severity, subject, message, fix))

    def _unknown(self, key: str) -> None:
        folded = re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower()
        near = difflib.get_close_matches(folded, FIELDS, 1)
        fix = f"did you mean {near[0]}?" if near else f"use only {', '.join(FIELDS)}"
        self._add("settings_unknown_key", key, "there is no such setting", fix)

    def text(self, field: str, *, required: bool = False) -> str:
        """Return a string; what YAML made a number or a date of is refused, not guessed."""
        value = self._raw.get(field)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self._add(
                "settings_not_a_string",
                field,
                f"YAML read it as {kind_of(value)}, so what you typed is lost",
                f'put it in quotes: {field}: "..."',
            )
            return ""
        if required and not value.strip():
            self._add(
                "settings_required", field, "it is required and missing or empty", f"set {field}"
            )
        return str(value)

    def endpoint(self) -> str:
        """Return host[:port][/alias] as both consumers need it: without scheme and slash."""
        return self._place("endpoint", read_endpoint)

    def base_content_path(self) -> str:
        """Return the path in the registry under which Palette's images are."""
        return self._place("base_content_path", read_base_path)

    def _place(self, field: str, read: PlaceReader) -> str:
        value = self.text(field, required=True)
        place, objection = read(value) if value.strip() else ("", None)
        if objection is not None:
            code, message, fix, value, severity = objection
            told = Fix(fix, [Edit("setting", "", value, field)] if value else [])
            self._add(code, field, message, told, severity)
        return place

    def api_path(self) -> str:
        """Return what stands before /v2/ in the registry's URLs, without slashes around it."""
        value = self.text("api_path")
        bare = value.strip().strip("/").removesuffix("/v2")
        if bare and not BASE_PATH.match(bare):
            self._add(
                "api_path_invalid",
                "api_path",
                f"{USER_INFO.sub('***@', value)!r} is no path in the registry's URLs",
                "write what stands between the host and /v2/, such as repository/docker-hub, or "
                "leave it out: the registry is asked for it",
            )
            return ""
        return bare

    def boolean(self, field: str) -> bool:
        """Return a boolean; surveys send strings."""
        value = self._raw.get(field)
        answer = read_boolean(value)
        if answer is None:
            self._add(
                "settings_not_a_boolean",
                field,
                "what is given is neither true nor false",  # perhaps a password in the wrong line
                f"write {field}: true or {field}: false",
            )
        return bool(answer)

    def ca_cert(self, read_file: FileReader | None) -> str:
        """Return the CA as PEM, from PEM, base64 of PEM or DER, or the path of a file."""
        value = self.text("ca_cert").strip()
        if not value:
            return ""
        content: str | bytes = value
        if _LOOKS_LIKE_PATH.match(value):
            if read_file is None:
                self._add("ca_cert_is_path", "ca_cert", "it is a path", "give the PEM text")
                return ""
            try:
                content = read_file(value)
            except OSError as exc:
                self._add(
                    "ca_cert_unreadable",
                    "ca_cert",
                    f"the file {value!r} cannot be read: {exc.strerror}",
                    "give the path of a PEM file on the controller, relative to the folder in which"
                    " ansible-playbook runs, or the PEM text itself",
                )
                return ""
        try:
            return normalise_ca(content)
        except CaError as exc:
            fix = (
                "give the registry's CA certificate as PEM, as base64 of PEM or DER, or the path of"
                " a file with it: one that begins with / or ./ or ends in .pem, .crt, .cer or .der"
            )
            if exc.code == "ca_private_key":
                self._add(exc.code, "ca_cert", str(exc), exc.fix)
            else:
                self._add("ca_cert_invalid", "ca_cert", str(exc), fix)
            return ""

    def credentials(self, username: str, password: str) -> None:
        """Check that user name and password make sense together."""
        unread = {finding.subject.rpartition(".")[2] for finding in self.findings}
        if bool(username) != bool(password) and not unread & {"username", "password"}:
            missing, given = ("password", "username") if username else ("username", "password")
            self._add(
                "credentials_incomplete",
                missing,
                f"{given} is set and {missing} is empty",
                "set both, or neither for a registry without authentication",
            )
        if ":" in username:
            self._add(
                "username_colon",
                "username",
                "a user name with a colon cannot be sent: HTTP Basic ends the name at the colon",
                "use a user or robot account without a colon in its name",
            )
        for field, value in (("username", username), ("password", password)):
            if _CONTROL.search(value):
                self._add(
                    "credentials_control_character",
                    field,
                    "it holds a line break or another control character, which HTTP Basic forbids"
                    " (RFC 7617): it is written to the letter, and the registry may refuse it",
                    "take it out, if it came from a file or from a YAML block (|)",
                    Severity.WARNING,
                )
        places = fields_with(self._raw, password)
        if places:
            self._add(
                "password_in_settings",
                "password",
                f"it equals or is part of {', '.join(places)}, which files and logs show in the"
                " clear, so there it cannot be hidden",
                "give the account a password that stands in no other setting",
                Severity.WARNING,
            )

    def token_hosts(self) -> tuple[str, ...]:
        """Return the hosts that may be given the password in the registry's place."""
        try:
            return read_hosts(self._raw.get("token_hosts"))
        except ValueError as error:
            self._add(
                "token_hosts_invalid",
                "token_hosts",
                f"{USER_INFO.sub('***@', str(error))!r} is no host",
                "write host or host:port, such as auth.example.org, without https:// and path",
            )
            return ()

    def mirrors(self) -> ParsedMirrors:
        """Return the mirror table; an override without one does nothing."""
        raw = self._raw.get("mirrors")
        if raw is None or raw in ("", [], {}):
            self._add(
                "settings_required",
                "mirrors",
                "it is required and missing or empty",
                "set mirrors, such as docker.io::harbor.example.org/airgap-images/docker.io",
            )
            return ParsedMirrors(MirrorTable(()), (), "palette")
        return parse_mirrors(raw)


__all__ = (
    "FIELDS",
    "FileReader",
    "ParsedSettings",
    "parse_settings",
    "read_boolean",
)
