# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry holds of the images that matter: results, their sum, and the verdict."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import collections
import dataclasses
import functools
import shlex
import typing as t

from .._evidence import Check, Finding, Severity, Status, status_of
from .._image_name import DOCKER_HUB, parse_image
from .._python import StrEnum
from .access import MODES, images_check, images_not_asked, images_not_wished
from .client import Found
from .copy_script import push_place
from .errors import FORBIDDEN, MISSING, UNAUTHORIZED, UNREACHABLE, RegistryError
from .manifest import lacking
from .targets import Lookup

_NAMED = 20
"""How many images a finding names."""

NO_TARGET = "no_target"
WRONG_PLATFORM = "wrong_platform"
ELSEWHERE = "image_not_mirrored"


class ImageStatus(StrEnum):
    """Whether a registry holds an image."""

    PRESENT = "present"
    MISSING = "missing"
    UNAUTHORIZED = "unauthorized"
    WRONG_PLATFORM = "wrong_platform"
    ELSEWHERE = "elsewhere"
    ERROR = "error"


_STATUSES = {
    MISSING: ImageStatus.MISSING,
    UNAUTHORIZED: ImageStatus.UNAUTHORIZED,
    FORBIDDEN: ImageStatus.UNAUTHORIZED,
    "credentials_missing": ImageStatus.UNAUTHORIZED,
}


@dataclasses.dataclass(frozen=True)
class ImageResult:
    """What is known of one image. `code`, `reason` and `fix` are empty where it is present.

    `origin` is its name outside of the registry, "" if none is known. `api` is the path below which
    the registry's API lies, "" for the host itself.
    `code` is one of the registry's errors, or `no_target`, `wrong_platform`,
    `image_not_mirrored`. `platforms` are known only where architectures were wanted.
    """

    image: str
    target: str
    status: ImageStatus
    digest: str = ""
    code: str = ""
    reason: str = ""
    fix: str = ""
    platforms: tuple[str, ...] = ()
    origin: str = ""
    api: str = ""

    @property
    def source(self) -> str:
        """Return the registry that the image comes from, as far as its name tells."""
        name = self.origin or self.image
        try:
            return parse_image(name).normalise().registry
        except ValueError:
            return name.partition("/")[0] if "/" in name else DOCKER_HUB

    @property
    def unreachable(self) -> bool:
        """Return whether its registry could not be asked."""
        return self.code in UNREACHABLE

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data, the form in which results travel between tasks."""
        return {
            "image": self.image,
            "target": self.target,
            "status": self.status.value,
            "digest": self.digest,
            "code": self.code,
            "reason": self.reason,
            "fix": self.fix,
            "platforms": list(self.platforms),
        }


def result_of(
    lookup: Lookup, answer: Found | RegistryError | None, architectures: t.Sequence[str] = ()
) -> ImageResult:
    """Return what the answer to a lookup means; None: it was not asked, for a reason."""
    result = functools.partial(ImageResult, lookup.image, lookup.target, origin=lookup.origin)
    if lookup.reference is None:
        return result(ImageStatus.ERROR, code=NO_TARGET, reason=lookup.problem, fix=lookup.fix)
    if answer is None:
        reason = f"no mirror leads it away from {lookup.reference.registry}"
        fix = "Add a mirror entry for its registry, and copy the image there."
        return result(ImageStatus.ELSEWHERE, code=ELSEWHERE, reason=reason, fix=fix)
    if isinstance(answer, RegistryError):
        status = _STATUSES.get(answer.code, ImageStatus.ERROR)
        return result(status, code=answer.code, reason=answer.message, fix=answer.fix)
    found = functools.partial(result, digest=answer.digest, platforms=answer.platforms)
    missing = lacking(answer.platforms, architectures) if answer.platforms else ()
    if missing:
        reason = f"it is for {', '.join(answer.platforms)}, and not for {', '.join(missing)}"
        fix = "Copy it with all its platforms (skopeo copy --all), or build it for them."
        return found(ImageStatus.WRONG_PLATFORM, code=WRONG_PLATFORM, reason=reason, fix=fix)
    return found(ImageStatus.PRESENT)


def summarise(results: t.Sequence[ImageResult]) -> dict[str, t.Any]:
    """Return how many images have which status, in all and `by_source` registry."""
    by_source: dict[str, list[ImageResult]] = collections.defaultdict(list)
    for result in results:
        by_source[result.source].append(result)
    counted = {source: _count(by_source[source]) for source in sorted(by_source)}
    return {**_count(results), "by_source": counted}


def _count(results: t.Sequence[ImageResult]) -> dict[str, int]:
    found = collections.Counter(result.status for result in results)
    return {"total": len(results), **{status.value: found[status] for status in ImageStatus}}


def missing_copies(results: t.Iterable[ImageResult], *, insecure: bool = False) -> list[str]:
    """Return the commands that copy what is missing, from its source to its target, each once.

    No credentials: log in with `skopeo login` before. An image of which no other name is known
    than the registry's own has no command. Where the API lies below a path, which skopeo does not
    reach, the address that it does reach is left to a variable of the shell.
    """
    commands = []
    for result in results:
        if result.status is not ImageStatus.MISSING:
            continue
        source = parse_image(result.origin or result.image).normalise()
        target = parse_image(result.target)
        if str(source) == str(target):
            continue
        words = ["skopeo", "copy", "--all"]
        words += ["--preserve-digests"] if source.digest else []
        words += ["--dest-tls-verify=false"] if insecure else []
        # skopeo takes a tag or a digest: the digest to read, the tag to write.
        read = dataclasses.replace(source, tag="" if source.digest else source.tag)
        write = dataclasses.replace(target, digest="" if target.tag else target.digest)
        place = push_place(write, result.api) if result.api else shlex.quote(f"docker://{write}")
        commands.append(f"{shlex.join([*words, f'docker://{read}'])} {place}")
    return list(dict.fromkeys(commands))


@dataclasses.dataclass(frozen=True)
class Judge:
    """How results are judged.

    `mode` is one of MODES: under `required` what cannot be pulled is an error, under `warn` a
    warning; under `skip` nothing was asked. `closed` are the hosts that let nobody in, which the
    check of the registry tells. Outside of an `airgap` images that no mirror serves are pulled
    from where they were before. `copies` says where all commands stand that copy what is missing.
    """

    mode: str = "warn"
    subject: str = "registry"
    closed: t.Collection[str] = ()
    airgap: bool = True
    insecure: bool = False
    copies: str = "see missing_copies"

    def __post_init__(self) -> None:
        """Raise ValueError on an unknown mode."""
        if self.mode not in MODES:
            raise ValueError(f"{self.mode!r} is no mode: {', '.join(MODES)}")

    def check(self, results: t.Sequence[ImageResult], remarks: t.Sequence[Finding] = ()) -> Check:
        """Return the verdict; `remarks` are findings that belong to it.

        A registry that does not answer proves nothing, so the check is skipped and says so.
        """
        if self.mode == "skip":
            return images_not_wished(self.subject)
        if not results:
            actual = "no image is known to ask for"
            return images_check(self.subject, Status.SKIP, actual, tuple(remarks))
        findings = (*self._findings(results), *remarks)
        sought = [result for result in results if result.status is not ImageStatus.ELSEWHERE]
        if sought and all(self._is_closed(result) for result in sought):
            return images_not_asked(self.subject, findings)
        if sought and all(result.unreachable or self._is_closed(result) for result in sought):
            actual = "not asked: the registry cannot be reached from here"
            return images_check(self.subject, Status.SKIP, actual, findings)
        present = sum(result.status is ImageStatus.PRESENT for result in results)
        actual = f"{present} of {len(results)} images"
        return images_check(self.subject, status_of(findings), actual, findings)

    def _is_closed(self, result: ImageResult) -> bool:
        return bool(result.target) and _host(result) in self.closed

    def _findings(self, results: t.Sequence[ImageResult]) -> t.Iterator[Finding]:
        """Yield one finding for each registry and cause, with the images that it hits."""
        groups: dict[tuple[str, str], list[ImageResult]] = collections.defaultdict(list)
        for result in results:
            if result.status is ImageStatus.PRESENT or self._is_closed(result):
                continue
            if self.airgap or result.status is not ImageStatus.ELSEWHERE:
                groups[_host(result) or result.image, result.code].append(result)
        for (place, code), group in groups.items():
            severe = self.mode == "required" and not group[0].unreachable and code != ELSEWHERE
            severity = Severity.ERROR if severe else Severity.WARNING
            told = _told(group).removeprefix(f"{place}: ")
            yield Finding(code, severity, place, told, self._fix(group))

    def _fix(self, group: t.Sequence[ImageResult]) -> str:
        copies = missing_copies(group, insecure=self.insecure)
        if not copies:
            return group[0].fix
        more = f" (and {len(copies) - 1} more, {self.copies})" if len(copies) > 1 else ""
        return f"Copy what is missing: {copies[0]}{more}"


def _host(result: ImageResult) -> str:
    return result.target.partition("/")[0]


def _told(group: t.Sequence[ImageResult]) -> str:
    first = group[0]
    # Where all share one cause it is told once, else with each image.
    same = len({result.reason for result in group}) == 1
    names = [
        (result.target or result.image) + ("" if same else f" ({result.reason})")
        for result in group[:_NAMED]
    ]
    more = f" and {len(group) - _NAMED} more" if len(group) > _NAMED else ""
    number = "1 image" if len(group) == 1 else f"{len(group)} images"
    cause = f"{first.reason}: " if same else ""
    return f"{cause}{number} {_WORDS[first.status]}: {', '.join(names)}{more}."


_WORDS = {
    ImageStatus.MISSING: "missing",
    ImageStatus.UNAUTHORIZED: "refused",
    ImageStatus.WRONG_PLATFORM: "for other platforms",
    ImageStatus.ELSEWHERE: "not mirrored",
    ImageStatus.ERROR: "not found out",
}


__all__ = (
    "ImageResult",
    "ImageStatus",
    "Judge",
    "missing_copies",
    "result_of",
    "summarise",
)
