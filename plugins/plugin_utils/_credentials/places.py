# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Secrets of a cluster still hold a registry password that the override no longer uses.

What the override used before is known from what keeps it: snapshots, older revisions of the
image-swap release, the Secret itself and kubectl's copy of it. No value leaves this module but in
`Search.passwords`, which is there to be redacted.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t

from ...module_utils._objects import JsonObject, dig
from ...module_utils._settings.settings import oci_registry_places
from .._override.location import Override
from .._override.secret import LAST_APPLIED, LiveSecret
from .._override.snapshot import DATA_PREFIX, SNAPSHOT_LABEL, STATE_LABEL
from .._release.release import RELEASE_TYPE, Release, decode_release
from .._release.values import merge_values
from .docker_config import PULL_SECRET_KEYS, docker_logins
from .match import Former

_PASSWORD = "PASSWORD"
# Helm writes them on whatever a release makes.
_OWNER = ("meta.helm.sh/release-namespace", "meta.helm.sh/release-name")
# Revisions that Helm keeps to go back to, and for its history.
_PAST = ("superseded", "failed", "uninstalled")


@dataclasses.dataclass(frozen=True)
class Place:
    """A place that holds a former password.

    `kind` is registry_secret, helm_revision, snapshot, pull_secret or secret; `key` the key of
    its data, the path of a Helm value, or an annotation; `how` what stands there; `note` more in
    words. `history` says that it is kept only to go back to; `owner` is the Helm release that made
    the Secret, as NAMESPACE/NAME, empty if none did.
    """

    kind: str
    namespace: str
    name: str
    key: str
    how: str
    note: str = ""
    history: bool = False
    owner: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data."""
        return dataclasses.asdict(self)

    @property
    def subject(self) -> str:
        """Return the Secret's name in messages."""
        return f"secret/{self.name} in {self.namespace}"


@dataclasses.dataclass(frozen=True)
class Search:
    """What was found. `unread` are Secrets that could not be decoded; `passwords` are secret."""

    passwords: frozenset[str]
    places: tuple[Place, ...]
    unread: tuple[str, ...]


def search(secrets: t.Sequence[JsonObject], current: str, override: Override) -> Search:
    """Return which of a cluster's Secrets hold a password that the override used before.

    The Secrets themselves tell which ones those were; `current` is the one to use.
    """
    unread: dict[str, None] = {}
    passwords: set[str] = set()
    for secret in secrets:
        passwords.update(_read(secret, unread, lambda item: _used(item, override)))
    former = Former(passwords, current)
    places: dict[Place, None] = {}
    if former.passwords:
        for secret in secrets:
            found = _read(secret, unread, lambda item: _places(item, former, override))
            places.update(dict.fromkeys(found))
    return Search(former.passwords, tuple(places), tuple(unread))


_Item = t.TypeVar("_Item")


def _read(
    secret: JsonObject,
    unread: dict[str, None],
    read: t.Callable[[JsonObject], t.Iterator[_Item]],
) -> list[_Item]:
    try:
        return list(read(secret))
    except ValueError:
        unread[f"{dig(secret, 'metadata', 'namespace')}/{dig(secret, 'metadata', 'name')}"] = None
        return []


def _used(secret: JsonObject, override: Override) -> t.Iterator[str]:
    """Yield the passwords that a Secret of the override or its history has, none of any other."""
    if secret.get("type") == RELEASE_TYPE:
        name, namespace = dig(secret, "metadata", "name"), dig(secret, "metadata", "namespace")
        if override.has_revision(str(name), str(namespace)):
            yield from _release_passwords(decode_release(secret))
        return
    live = LiveSecret.from_object(secret)
    if SNAPSHOT_LABEL in live.labels:
        yield _text(live.data.get(f"{DATA_PREFIX}{_PASSWORD}", b""))
    elif _is_registry_secret(live, override):
        yield _text(live.data.get(_PASSWORD, b""))
        yield _applied(live).get(_PASSWORD, "")


def live_password(secrets: t.Iterable[JsonObject], override: Override) -> str:
    """Return the password that the override's Secret has now, empty if there is none."""
    for secret in secrets:
        metadata = secret.get("metadata") or {}
        name = (metadata.get("name"), metadata.get("namespace"))
        if name == (override.secret_name, override.secret_namespace):
            try:
                return _text(LiveSecret.from_object(secret).data.get(_PASSWORD, b""))
            except ValueError:
                return ""
    return ""


def _release_passwords(release: Release) -> t.Iterator[str]:
    values = merge_values(release.chart.get("values") or {}, release.config)
    for path in oci_registry_places(values):
        password = dig(values, *path, "ociImageRegistry", "password")
        if isinstance(password, str):
            yield password


def _applied(live: LiveSecret) -> dict[str, str]:
    """Return the decoded keys of the copy of a Secret that `kubectl apply` keeps."""
    try:
        manifest = json.loads(live.annotations.get(LAST_APPLIED, "null"))
    except ValueError:
        return {}
    texts = {}
    for key, value in (dig(manifest, "data") or {}).items():
        try:
            texts[str(key)] = _text(base64.b64decode(str(value)))
        except ValueError:
            continue
    clear = dig(manifest, "stringData") or {}
    return {**texts, **{str(key): str(value) for key, value in clear.items()}}


def _places(secret: JsonObject, former: Former, override: Override) -> t.Iterator[Place]:
    if secret.get("type") == RELEASE_TYPE:
        yield from _places_in_release(secret, decode_release(secret), former)
        return
    live = LiveSecret.from_object(secret)
    for key, value in live.data.items():
        for how, note in _found_in(live, key, _text(value), former):
            yield _place(live, override, key, how, note)
    for name, text in live.annotations.items():
        copied = name == LAST_APPLIED and any(map(former.is_value, _applied(live).values()))
        if copied or former.is_in(text):
            yield _place(live, override, name, "annotation")


def _found_in(live: LiveSecret, key: str, text: str, former: Former) -> t.Iterator[tuple[str, str]]:
    """Yield how a value of a Secret holds a former password, and a note."""
    logins = docker_logins(text) if key == PULL_SECRET_KEYS.get(live.type) else ()
    old = [login for login in logins if former.is_value(login.password)]
    if old:
        yield from ((login.field, f"login to {login.registry}") for login in old)
    elif former.is_value(text) or former.is_value(text.removesuffix("\n")):
        yield "value", ""
    elif former.is_in(text):
        yield "part of the value", ""


def _place(live: LiveSecret, override: Override, key: str, how: str, note: str = "") -> Place:
    snapshot = live.labels.get(SNAPSHOT_LABEL)
    if snapshot is not None:
        note = f"snapshot {snapshot}, {live.labels.get(STATE_LABEL, 'in no state')}"
        return Place("snapshot", live.namespace, live.name, key, how, note, history=True)
    if _is_registry_secret(live, override):
        kind = "registry_secret"
    else:
        kind = "pull_secret" if live.type in PULL_SECRET_KEYS else "secret"
    owner = tuple(live.annotations.get(name, "") for name in _OWNER)
    made_by = "/".join(owner) if all(owner) else ""
    return Place(kind, live.namespace, live.name, key, how, note, owner=made_by)


def _places_in_release(secret: JsonObject, release: Release, former: Former) -> t.Iterator[Place]:
    def place(key: str, how: str) -> Place:
        return Place(
            "helm_revision",
            str(dig(secret, "metadata", "namespace")),
            str(dig(secret, "metadata", "name")),
            key,
            how,
            f"revision {release.revision} of release {release.name}, {release.status}",
            history=release.status in _PAST,
        )

    trees = {"values": release.config, "chart's values": release.chart.get("values") or {}}
    for source, values in trees.items():
        for path, text in _leaves(values):
            if former.is_value(text):
                yield place(path, source)
            elif former.is_in(text):
                yield place(path, f"part of its {source}")
    if former.is_in(release.manifest):
        yield place("manifest", "rendered into its objects")


def _leaves(value: t.Any, path: str = "") -> t.Iterator[tuple[str, str]]:
    """Yield each text in nested values with its path."""
    if isinstance(value, t.Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{number}]")
    elif isinstance(value, str):
        yield path, value


def _is_registry_secret(live: LiveSecret, override: Override) -> bool:
    return (live.name, live.namespace) == (override.secret_name, override.secret_namespace)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


__all__ = ("Place", "Search", "live_password", "search")
