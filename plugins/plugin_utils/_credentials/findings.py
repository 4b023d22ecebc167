# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done about each place that holds another password than the registry's current."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._objects import JsonObject
from ...module_utils._settings.settings import Settings
from .._override.location import Override
from .._override.secret import LiveSecret
from .docker_config import PULL_SECRET_KEYS, DockerLogin, docker_logins, host_of
from .places import Place, Search

OLD_CREDENTIAL = "old credential"
PULL_SECRETS = "pull secrets"

_NAMES = 6


@dataclasses.dataclass(frozen=True)
class SearchScope:
    """How much may be seen: the Secrets of all namespaces, or of some."""

    everywhere: bool = True
    namespaces: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it in words, to put behind what was found."""
        return "" if self.everywhere else f" (seen: {', '.join(self.namespaces) or 'nothing'})"


def old_credential_check(
    subject: str, found: Search, scope: SearchScope, override: Override
) -> Check:
    """Return the check that no place holds a former password; `subject` is the inventory host."""
    findings = [_in_use(place, override) for place in found.places if not _ends(place, override)]
    findings += _history(subject, found.places, override)
    if found.passwords:
        findings += _unread(found.unread)
    findings += _unseen(scope, Severity.WARNING if found.passwords else Severity.INFO)
    if not found.passwords:
        actual = "no former credential is known"
    else:
        places = len({place.subject for place in found.places})
        actual = f"in {places} Secret{'' if places == 1 else 's'}" if places else "nowhere"
    return Check(
        OLD_CREDENTIAL,
        subject,
        status_of(findings),
        "nowhere",
        f"{actual}{scope}",
        tuple(findings),
    )


def not_searched(subject: str, findings: t.Iterable[Finding]) -> Check:
    """Return the check that could not be made, with the cause, which gates nothing."""
    warnings = tuple(dataclasses.replace(item, severity=Severity.WARNING) for item in findings)
    return Check(OLD_CREDENTIAL, subject, Status.SKIP, "nowhere", "not looked for", warnings)


def _ends(place: Place, override: Override) -> bool:
    """Return whether the playbook forget ends this place."""
    if place.kind == "snapshot":
        return True
    return place.history and override.has_revision(place.name, place.namespace)


def _history(subject: str, places: t.Sequence[Place], override: Override) -> t.Iterator[Finding]:
    names = list(dict.fromkeys(place.subject for place in places if _ends(place, override)))
    if not names:
        return
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    yield Finding(
        "old_credential_in_history",
        Severity.WARNING,
        f"history of the override on {subject}",
        f"{', '.join(names[:_NAMES])}{more} {'keep' if len(names) > 1 else 'keeps'} a former"
        " password for a rollback: whoever may read Secrets there can read it",
        "revoke the former password at the registry, once nothing uses it. When no rollback will be"
        " needed any more:"
        f" ansible-playbook palette.image_registry.forget -e forget_confirm={subject}",
    )


def _in_use(place: Place, override: Override) -> Finding:
    """Return what to do about a place that nothing of ours ends."""
    where = f"{place.subject}, {place.key}"
    if place.how == "annotation":
        return Finding(
            "old_credential_in_annotation",
            Severity.WARNING,
            where,
            "the annotation keeps a former password in a copy of what was once applied",
            f"kubectl annotate secret {place.name} --namespace {place.namespace} {place.key}-",
        )
    if place.kind == "pull_secret":
        return Finding(
            "old_credential_in_pull_secret",
            Severity.WARNING,
            where,
            f"it still has a former password ({place.note or place.how}): pulls with it fail once"
            " that is revoked",
            "have its owner put the new credential in, then run ansible-playbook"
            " palette.image_registry.verify",
        )
    ours = override.has_revision(place.name, place.namespace) or place.owner == override.owner
    if place.kind == "registry_secret" or ours:
        return Finding(
            "old_credential_in_override",
            Severity.WARNING,
            where,
            f"the override itself still has a former password{_noted(place)}",
            "run ansible-playbook palette.image_registry.override",
        )
    owner = f"its owner, Helm release {place.owner}," if place.owner else "its owner"
    fix = f"have {owner} put the new credential in, or remove it if nothing needs it"
    if place.history:
        fix = "have its owner limit the release's history (helm upgrade --history-max)"
    return Finding(
        "old_credential_elsewhere",
        Severity.WARNING,
        where,
        f"it holds a former password as {place.how}{_noted(place)}",
        fix,
    )


def _noted(place: Place) -> str:
    return f" ({place.note})" if place.note else ""


def _unread(names: t.Sequence[str]) -> t.Iterator[Finding]:
    for name in names:
        yield Finding(
            "secret_unreadable",
            Severity.WARNING,
            f"secret {name}",
            "it cannot be decoded, so nobody knows whether it holds a former password",
            "look at it, and remove it if nothing needs it",
        )


def _unseen(scope: SearchScope, severity: Severity) -> t.Iterator[Finding]:
    if not scope.everywhere:
        looked = f"only {', '.join(scope.namespaces)}" if scope.namespaces else "nowhere"
        yield Finding(
            "secrets_not_seen",
            severity,
            "user of the kubeconfig",
            f"may not list the Secrets of all namespaces, so these were looked at: {looked}",
            "use a kubeconfig that may list Secrets everywhere, or ask whoever has one to run"
            " ansible-playbook palette.image_registry.verify",
        )


def pull_secrets_check(
    subject: str,
    settings: Settings,
    secrets: t.Iterable[JsonObject],
    former: t.Container[str],
    *,
    airgap: bool,
) -> Check | None:
    """Return the check that pull Secrets for the registry log in as the settings do.

    None if there are none, or the settings have no password. What holds a `former` password is
    told by the other check. In an `airgap` pods name the registry itself, else the source.
    """
    host = host_of(settings.endpoint)
    logins = [
        (live, login)
        for live in map(_readable, secrets)
        if live is not None
        for login in _logins(live)
        if login.host == host
    ]
    if not logins or not settings.password:
        return None
    differing = (
        _differing(live, login, settings)
        for live, login in logins
        if login.password != settings.password and login.password not in former
    )
    unused = () if airgap else (one for live, _login in logins for one in _unused(live, settings))
    findings = tuple(dict.fromkeys([*differing, *unused]))
    number = len({(live.namespace, live.name) for live, _login in logins})
    actual = f"{number} Secret{' logs' if number == 1 else 's log'} in to {host}"
    return Check(
        PULL_SECRETS,
        subject,
        status_of(findings),
        "the credential of palette_registry",
        actual,
        findings,
    )


def _readable(secret: JsonObject) -> LiveSecret | None:
    try:
        return LiveSecret.from_object(secret)
    except ValueError:
        return None


def _logins(live: LiveSecret) -> tuple[DockerLogin, ...]:
    key = PULL_SECRET_KEYS.get(live.type, "")
    return docker_logins(live.data.get(key, b"").decode("utf-8", "surrogateescape"))


def _unused(live: LiveSecret, settings: Settings) -> t.Iterator[Finding]:
    """Yield that kubelet hands out no login of a Secret for images that nodes redirect.

    It looks for one by the name in the pod, which is the source's, and knows no mirrors.
    """
    sources = [one.source for one in settings.mirrors if one.kind == "registry" and one.target]
    hosts = {login.host.replace("index.docker.io", "docker.io") for login in _logins(live)}
    if sources and not hosts.intersection(sources):
        yield Finding(
            "pull_secret_for_mirror_alone",
            Severity.INFO,
            f"secret/{live.name} in {live.namespace}",
            "kubelet finds a login by the registry that the pod names. Here nodes alone redirect,"
            f" so that is the source, and this Secret logs in to {host_of(settings.endpoint)} alone:"
            " pulls through mirrors do not use it",
            "nothing, if nodes have the registry's credential in containerd's own configuration, or"
            " need none; else have its owner put the same credential in for the sources, such as"
            f" {sources[0]}",
        )


def _differing(live: LiveSecret, login: DockerLogin, settings: Settings) -> Finding:
    where = f"secret/{live.name} in {live.namespace}"
    if login.username != settings.username:
        return Finding(
            "pull_secret_other_user",
            Severity.INFO,
            where,
            f"it logs in to {login.registry} as {login.username or 'nobody'}, not as"
            f" {settings.username}",
            "nothing, if that is meant; else have its owner put palette_registry's credential in",
        )
    return Finding(
        "pull_secret_other_password",
        Severity.WARNING,
        where,
        f"it logs in to {login.registry} as {login.username} with another password than"
        " palette_registry has: it may be one from before a rotation",
        "have its owner put palette_registry's credential in",
    )


__all__ = (
    "OLD_CREDENTIAL",
    "PULL_SECRETS",
    "SearchScope",
    "not_searched",
    "old_credential_check",
    "pull_secrets_check",
)
