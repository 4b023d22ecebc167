# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.settings import (
    Settings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.findings import (
    SearchScope,
    not_searched,
    old_credential_check,
    pull_secrets_check,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._credentials.places import (
    Search,
    search,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.location import (
    Override,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override.secret import (
    LAST_APPLIED,
)
from tests.unit.helpers.cluster_secrets import (
    HOST,
    NEW,
    OLD,
    Secret,
    encoded,
    pull_secret,
    registry_info,
    revision,
    secret,
    snapshot,
)

OVERRIDE = Override()
SETTINGS = Settings(HOST, "", "", MirrorTable(()), "robot", NEW)
ALL = SearchScope()
SOME = SearchScope(everywhere=False, namespaces=("jet-system", "default"))
HISTORY = "old_credential_in_history"


def made_by(release: str) -> dict[str, str]:
    return {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": "default"}


# Secrets beside the snapshot that tells; (code, words of subject, message or fix) of each finding
TEST_FINDINGS: list[tuple[str, list[Secret], list[tuple[str, str]]]] = [
    ("history alone", [revision(1, password=OLD)], [(HISTORY, "forget_confirm=prod")]),
    (
        "a pull Secret",
        [pull_secret({"auth": encoded(f"robot:{OLD}")})],
        [
            ("old_credential_in_pull_secret", f"login to {HOST}"),
            (HISTORY, "keeps a former password"),
        ],
    ),
    (
        "the override itself",
        [registry_info(OLD), revision(1, "deployed", OLD)],
        [
            ("old_credential_in_override", "secret/registry-info in jet-system, PASSWORD"),
            ("old_credential_in_override", "revision 1 of release image-swap, deployed"),
            (HISTORY, "snapshot-0"),
        ],
    ),
    (
        "an annotation",
        [registry_info(annotations={LAST_APPLIED: OLD})],
        [
            (
                "old_credential_in_annotation",
                f"kubectl annotate secret registry-info --namespace jet-system {LAST_APPLIED}-",
            ),
            (HISTORY, ""),
        ],
    ),
    (
        "others' Secrets and releases",
        [
            secret("a", "b", {"c": OLD}),
            revision(1, password=OLD, name="hubble"),
            revision(2, "deployed", OLD, name="hubble"),
        ],
        [
            ("old_credential_elsewhere", "have its owner put the new credential in"),
            ("old_credential_elsewhere", "--history-max"),
            ("old_credential_elsewhere", "revision 2 of release hubble, deployed"),
            (HISTORY, ""),
        ],
    ),
    (
        "what charts made",
        [
            secret("ours", "imageswap-system", {"p": OLD}, annotations=made_by("image-swap")),
            secret("theirs", "hubble-system", {"p": OLD}, annotations=made_by("hubble")),
        ],
        [
            ("old_credential_in_override", "run ansible-playbook palette.image_registry.override"),
            ("old_credential_elsewhere", "its owner, Helm release default/hubble, put the new"),
            (HISTORY, ""),
        ],
    ),
]


@pytest.mark.parametrize(
    ("secrets", "expected"),
    [row[1:] for row in TEST_FINDINGS],
    ids=[row[0] for row in TEST_FINDINGS],
)
def test_each_place_has_its_finding_and_fix(
    secrets: list[Secret], expected: list[tuple[str, str]]
) -> None:
    found = search([snapshot(0, OLD), *secrets], NEW, OVERRIDE)
    check = old_credential_check("prod", found, ALL, OVERRIDE)
    assert (check.name, check.subject, check.status) == ("old credential", "prod", Status.WARN)
    assert [finding.code for finding in check.findings] == [code for code, _words in expected]
    for finding, (_code, words) in zip(check.findings, expected, strict=True):
        assert finding.severity is Severity.WARNING
        assert words in f"{finding.subject} {finding.message} {finding.fix}"
        assert finding.fix


def test_a_long_history_is_one_finding_that_ends_in_a_number() -> None:
    found = search([snapshot(number, OLD) for number in range(9)], NEW, OVERRIDE)
    (finding,) = old_credential_check("prod", found, ALL, OVERRIDE).findings
    assert "snapshot-5 in jet-system and 3 more keep" in finding.message


NOTHING = Search(frozenset(), (), ())
KNOWN = dataclasses.replace(NOTHING, passwords=frozenset({OLD}), unread=("x/broken",))
TEST_SCOPE = [
    (NOTHING, ALL, Status.PASS, "no former credential is known", []),
    (KNOWN, ALL, Status.WARN, "nowhere", ["secret_unreadable"]),
    (
        NOTHING,
        SOME,
        Status.PASS,
        "no former credential is known (seen: jet-system, default)",
        ["secrets_not_seen"],
    ),
    (
        KNOWN,
        SOME,
        Status.WARN,
        "nowhere (seen: jet-system, default)",
        ["secret_unreadable", "secrets_not_seen"],
    ),
    (
        NOTHING,
        SearchScope(everywhere=False),
        Status.PASS,
        "no former credential is known (seen: nothing)",
        ["secrets_not_seen"],
    ),
]


@pytest.mark.parametrize(("found", "scope", "status", "actual", "codes"), TEST_SCOPE)
def test_what_was_not_seen_is_said(
    found: Search, scope: SearchScope, status: Status, actual: str, codes: list[str]
) -> None:
    check = old_credential_check("prod", found, scope, OVERRIDE)
    assert (check.status, check.actual) == (status, actual)
    assert [finding.code for finding in check.findings] == codes


def test_a_search_that_failed_gates_nothing() -> None:
    check = not_searched("prod", [Finding("unreachable", Severity.ERROR, "s", "m", "f")])
    assert check.status is Status.SKIP
    assert check.findings[0].severity is Severity.WARNING


TEST_PULL_SECRETS: list[tuple[str, dict[str, str], str, list[tuple[str, str]]]] = [
    ("up to date", {"auth": encoded(f"robot:{NEW}")}, HOST, []),
    (
        "another password",
        {"auth": encoded("robot:elsewhere")},
        f"https://{HOST}/v2/",
        [("pull_secret_other_password", "warning")],
    ),
    (
        "another user",
        {"username": "bob", "password": "elsewhere"},
        HOST,
        [("pull_secret_other_user", "info")],
    ),
    ("a former password, told by the other check", {"auth": encoded(f"robot:{OLD}")}, HOST, []),
    (
        "both fields alike are one finding",
        {"username": "robot", "password": "x", "auth": encoded("robot:x")},
        HOST,
        [("pull_secret_other_password", "warning")],
    ),
]


@pytest.mark.parametrize(
    ("login", "registry", "expected"),
    [row[1:] for row in TEST_PULL_SECRETS],
    ids=[row[0] for row in TEST_PULL_SECRETS],
)
def test_pull_secrets_for_the_registry(
    login: dict[str, str], registry: str, expected: list[tuple[str, str]]
) -> None:
    check = pull_secrets_check(
        "prod", SETTINGS, [pull_secret(login, registry)], {OLD}, airgap=False
    )
    assert check is not None
    assert check.actual == f"1 Secret logs in to {HOST}"
    assert [(item.code, item.severity.value) for item in check.findings] == expected
    assert "elsewhere" not in str(check.to_dict())


def test_pull_secrets_that_are_no_concern() -> None:
    login = {"auth": encoded("robot:elsewhere")}
    other = [pull_secret(login, "other.example.org"), {"data": {"a": "!"}}, registry_info()]
    assert pull_secrets_check("prod", SETTINGS, other, (), airgap=True) is None
    anonymous = dataclasses.replace(SETTINGS, username="", password="")
    assert pull_secrets_check("prod", anonymous, [pull_secret(login)], (), airgap=True) is None


# to which others a pull Secret logs in; in an airgap or not; whether the finding is there
TEST_MIRROR_ALONE: list[tuple[tuple[str, ...], bool, bool]] = [
    ((), False, True),
    ((), True, False),
    (("https://index.docker.io/v1/",), False, False),
    (("quay.io",), False, True),
]


@pytest.mark.parametrize(("others", "airgap", "told"), TEST_MIRROR_ALONE)
def test_a_login_for_the_mirror_alone(others: tuple[str, ...], airgap: bool, told: bool) -> None:
    mirrors = MirrorTable((MirrorEntry("docker.io", f"{HOST}/p"), MirrorEntry("ghcr.io", "")))
    settings = dataclasses.replace(SETTINGS, mirrors=mirrors)
    login = {"auth": encoded(f"robot:{NEW}")}
    live = pull_secret(login, others=others)
    check = pull_secrets_check("prod", settings, [live], (), airgap=airgap)
    assert check is not None
    assert check.status is Status.PASS
    assert [one.code for one in check.findings] == ["pull_secret_for_mirror_alone"] * told
    assert all("such as docker.io" in one.fix for one in check.findings)
