# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registries of some settings examined: who lets us in, then what they hold of what is wanted."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import typing as t

from .._evidence import Check, Finding
from .access import images_not_asked, images_not_wished, registry_check
from .session import RegistrySession

if t.TYPE_CHECKING:
    from .results import ImageResult
    from .targets import Lookup


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is to be looked up, for which platforms, and findings that belong to the verdict."""

    lookups: t.Sequence[Lookup] = ()
    platforms: tuple[str, ...] = ()
    remarks: tuple[Finding, ...] = ()


@dataclasses.dataclass(frozen=True)
class Examination:
    """How registries are examined: `required` or `warn`, or `skip` for images.

    `check_registry` is about registries that let nobody in, `check_images` about what they lack.
    `copies` says where the commands stand that copy all that is missing.
    """

    subject: str
    check_registry: str = "required"
    check_images: str = "warn"
    airgap: bool = True
    copies: str = "see missing_copies"


@dataclasses.dataclass(frozen=True)
class Examined:
    """What came of it. `results` are those of the images, None where none was asked for."""

    checks: tuple[Check, ...] = ()
    results: tuple[ImageResult, ...] | None = None
    copies: tuple[str, ...] = ()


def not_examined(subject: str) -> Examined:
    """Return the check that says that no registry was to be asked for anything."""
    return Examined((registry_check((), "skip", subject),))


def examine(
    session: RegistrySession,
    how: Examination,
    hosts: frozenset[str],
    wanted: t.Callable[[], Wanted],
    *,
    costly: bool = False,
) -> Examined:
    """Ask the settings' registry and `hosts` who lets us in, then for what is wanted.

    Where to know what is wanted is `costly`, nobody is asked for it who need not be: where no
    registry lets us in, and where no image is asked for.
    """
    session.probe([session.settings.host, *sorted(hosts)])
    shut = hosts <= session.closed
    idle = how.check_images == "skip" and not session.doubtful
    found = Wanted() if costly and (shut or idle) else wanted()
    if found.lookups:
        session.settle(found.lookups)
    settings = session.settings
    check = registry_check(session.probes, how.check_registry, how.subject, settings.ca_cert)
    if how.check_images == "skip":
        return Examined((check, images_not_wished(how.subject)))
    if costly and hosts <= session.closed:
        return Examined((check, images_not_asked(how.subject)))
    from .results import Judge, missing_copies

    judge = Judge(
        how.check_images,
        how.subject,
        session.closed,
        how.airgap,
        settings.insecure_skip_verify,
        how.copies,
    )
    results, remarks = session.ask(found.lookups, hosts, found.platforms)
    return Examined(
        (check, judge.check(results, (*remarks, *found.remarks))),
        tuple(results),
        tuple(missing_copies(results, insecure=settings.insecure_skip_verify)),
    )


__all__ = ("Examination", "Examined", "Wanted", "examine", "not_examined")
