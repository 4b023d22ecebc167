# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._image_name import (
    parse_image,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.client import (
    Found,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.results import (
    ImageResult,
    ImageStatus,
    Judge,
    missing_copies,
    result_of,
    summarise,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.targets import (
    Lookup,
)

DIGEST = f"sha256:{'a' * 64}"
HOST = "h.io"


def lookup(image: str = "nginx:1", target: str = "h.io/p/nginx:1") -> Lookup:
    return Lookup(image, parse_image(target), origin=image)


def missing(image: str = "nginx:1", target: str = "h.io/p/nginx:1") -> ImageResult:
    return result_of(lookup(image, target), RegistryError("manifest_unknown", HOST))


def error(code: str) -> ImageResult:
    return result_of(lookup(), RegistryError(code, HOST))


PRESENT = result_of(lookup(), Found(DIGEST))
ELSEWHERE = result_of(lookup("ghcr.io/a:1", "ghcr.io/a:1"), None)
NO_TARGET = result_of(Lookup("x", None, "it is no image", "Write it right."), None)

TEST_RESULTS: list[tuple[ImageResult, ImageStatus, str]] = [
    (PRESENT, ImageStatus.PRESENT, ""),
    (missing(), ImageStatus.MISSING, "manifest_unknown"),
    (error("unauthorized"), ImageStatus.UNAUTHORIZED, "unauthorized"),
    (error("forbidden"), ImageStatus.UNAUTHORIZED, "forbidden"),
    (error("credentials_missing"), ImageStatus.UNAUTHORIZED, "credentials_missing"),
    (error("html_answer"), ImageStatus.ERROR, "html_answer"),
    (error("connection_refused"), ImageStatus.ERROR, "connection_refused"),
    (ELSEWHERE, ImageStatus.ELSEWHERE, "image_not_mirrored"),
    (NO_TARGET, ImageStatus.ERROR, "no_target"),
]


@pytest.mark.parametrize(("result", "status", "code"), TEST_RESULTS)
def test_results(result: ImageResult, status: ImageStatus, code: str) -> None:
    assert (result.status, result.code) == (status, code)
    assert bool(result.reason) == bool(result.fix) == (status is not ImageStatus.PRESENT)


TEST_PLATFORMS: list[tuple[tuple[str, ...], tuple[str, ...], ImageStatus]] = [
    (("linux/amd64",), ("linux/amd64",), ImageStatus.PRESENT),
    (("linux/amd64",), ("linux/arm64",), ImageStatus.WRONG_PLATFORM),
    (("linux/amd64",), ("linux/amd64", "linux/arm64"), ImageStatus.WRONG_PLATFORM),
    ((), ("linux/amd64",), ImageStatus.PRESENT),
]


@pytest.mark.parametrize(("platforms", "wanted", "status"), TEST_PLATFORMS)
def test_platforms(
    platforms: tuple[str, ...], wanted: tuple[str, ...], status: ImageStatus
) -> None:
    result = result_of(lookup(), Found(DIGEST, platforms), wanted)
    assert (result.status, result.digest, result.platforms) == (status, DIGEST, platforms)


def test_plain_data() -> None:
    assert missing().to_dict() == {
        "image": "nginx:1",
        "target": "h.io/p/nginx:1",
        "status": "missing",
        "digest": "",
        "code": "manifest_unknown",
        "reason": "h.io: it does not hold this image",
        "fix": "Copy the image there.",
        "platforms": [],
    }


def test_summary_by_source() -> None:
    summary = summarise([PRESENT, missing("quay.io/a/b:1"), missing(), NO_TARGET])
    assert (summary["total"], summary["present"], summary["missing"], summary["error"]) == (
        4,
        1,
        2,
        1,
    )
    assert list(summary["by_source"]) == ["docker.io", "quay.io"]
    assert summary["by_source"]["docker.io"]["total"] == 3
    assert summary["by_source"]["quay.io"] == {
        "total": 1,
        "present": 0,
        "missing": 1,
        "unauthorized": 0,
        "wrong_platform": 0,
        "elsewhere": 0,
        "error": 0,
    }


TEST_COPIES: list[tuple[ImageResult, list[str]]] = [
    (PRESENT, []),
    (error("html_answer"), []),
    (
        missing("nginx", "h.io/p/nginx:latest"),
        ["skopeo copy --all docker://docker.io/library/nginx:latest docker://h.io/p/nginx:latest"],
    ),
    (
        missing(f"quay.io/a/b:1@{DIGEST}", f"h.io/p/b:1@{DIGEST}"),
        [f"skopeo copy --all --preserve-digests docker://quay.io/a/b@{DIGEST} docker://h.io/p/b:1"],
    ),
    (
        missing(f"quay.io/a/b@{DIGEST}", f"h.io/p/b@{DIGEST}"),
        [
            "skopeo copy --all --preserve-digests "
            f"docker://quay.io/a/b@{DIGEST} docker://h.io/p/b@{DIGEST}"
        ],
    ),
    (missing("h.io/p/b:1", "h.io/p/b:1"), []),
    (
        dataclasses.replace(
            missing("quay.io/a/b:1", "h.io/repository/q/a/b:1"), api="repository/q"
        ),
        [
            "skopeo copy --all docker://quay.io/a/b:1 "
            'docker://"${REGISTRY_H_IO_REPOSITORY_Q:?set it to the address under which docker login '
            'reaches https://h.io/repository/q}"/a/b:1'
        ],
    ),
]


@pytest.mark.parametrize(("result", "commands"), TEST_COPIES)
def test_copies(result: ImageResult, commands: list[str]) -> None:
    assert missing_copies([result, result]) == commands


def test_copies_to_a_registry_without_verification() -> None:
    assert "--dest-tls-verify=false" in missing_copies([missing()], insecure=True)[0]


TEST_CHECKS: list[tuple[list[ImageResult], str, Status, list[Severity]]] = [
    ([PRESENT], "required", Status.PASS, []),
    ([], "required", Status.SKIP, []),
    ([PRESENT, missing()], "required", Status.FAIL, [Severity.ERROR]),
    ([PRESENT, missing()], "warn", Status.WARN, [Severity.WARNING]),
    ([PRESENT, missing()], "skip", Status.SKIP, []),
    ([error("unauthorized")], "required", Status.FAIL, [Severity.ERROR]),
    ([error("certificate_expired")], "required", Status.FAIL, [Severity.ERROR]),
    ([error("connection_refused")], "required", Status.SKIP, [Severity.WARNING]),
    ([error("connection_refused"), ELSEWHERE], "warn", Status.SKIP, [Severity.WARNING] * 2),
    ([PRESENT, error("name_not_resolved")], "required", Status.WARN, [Severity.WARNING]),
    ([PRESENT, ELSEWHERE], "required", Status.WARN, [Severity.WARNING]),
    ([NO_TARGET], "required", Status.FAIL, [Severity.ERROR]),
]


@pytest.mark.parametrize(("results", "mode", "status", "severities"), TEST_CHECKS)
def test_checks(
    results: list[ImageResult], mode: str, status: Status, severities: list[Severity]
) -> None:
    check = Judge(mode, HOST).check(results)
    assert check.status is status
    assert [finding.severity for finding in check.findings] == severities
    assert (check.name, check.subject) == ("registry images", HOST)


def test_a_check_says_that_the_registry_is_not_reached() -> None:
    check = Judge("required").check([error("name_not_resolved")])
    assert check.actual == "not asked: the registry cannot be reached from here"


def test_a_finding_names_the_images() -> None:
    results = [missing(f"a/b:{n}", f"h.io/p/a/b:{n}") for n in range(22)]
    check = Judge("required").check(results)
    (finding,) = check.findings
    assert finding.subject == HOST
    assert "22 images missing: h.io/p/a/b:0, h.io/p/a/b:1," in finding.message
    assert finding.message.endswith("h.io/p/a/b:19 and 2 more.")
    assert "docker://docker.io/a/b:0 docker://h.io/p/a/b:0 (and 21 more" in finding.fix


def test_a_finding_tells_causes_that_differ() -> None:
    results = [
        result_of(lookup(), Found(DIGEST, (platform,)), ("linux/amd64",))
        for platform in ("linux/arm64", "linux/s390x")
    ]
    check = Judge("warn").check(results)
    assert "(it is for linux/arm64, and not for linux/amd64)" in check.findings[0].message
    assert "(it is for linux/s390x, and not for linux/amd64)" in check.findings[0].message


def test_an_unknown_mode() -> None:
    with pytest.raises(ValueError, match="required, warn, skip"):
        Judge("maybe")


def test_what_the_check_of_the_registry_tells_is_not_told_again() -> None:
    refused = error("unauthorized")
    check = Judge("required", closed={HOST}).check([refused, refused])
    assert (check.status, check.findings) == (Status.SKIP, ())
    assert check.actual == "not asked: see check registry"
    other = missing("quay.io/a:1", "i.io/p/a:1")
    check = Judge("required", closed={HOST}).check([refused, other])
    assert [(one.subject, one.code) for one in check.findings] == [("i.io", "manifest_unknown")]


def test_outside_of_an_airgap_what_is_not_mirrored_is_no_problem() -> None:
    check = Judge("required", airgap=False).check([PRESENT, ELSEWHERE])
    assert (check.status, check.findings) == (Status.PASS, ())


def test_the_fix_says_where_all_commands_are_and_how_tls_is_left_out() -> None:
    results = [missing(f"a/b:{n}", f"h.io/p/a/b:{n}") for n in range(3)]
    check = Judge(insecure=True, copies="all of them in copy.sh").check(results)
    assert "--dest-tls-verify=false" in check.findings[0].fix
    assert check.findings[0].fix.endswith("(and 2 more, all of them in copy.sh)")
