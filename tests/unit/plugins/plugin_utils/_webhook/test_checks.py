# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import dataclasses
import datetime
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
    Status,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.canary import (
    Canary,
    probes,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.checks import (
    WebhookState,
    WebhookVerdict,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook.objects import (
    BYPASS_KEY,
    LiveMap,
    Requirement,
    Selector,
    Server,
    find_webhooks,
)
from tests.sandbox.pki import Authority

NOW = datetime.datetime.now(datetime.UTC)
TABLE = parse_mirrors("docker.io::h.io/d,quay.io::h.io/q").table
ASKED = probes(TABLE)
CA = Authority("imageswap")
CERTIFICATE = CA.issue(("imageswap.imageswap-system.svc",)).certificate
SWAPPED = Canary(
    "jet-system", ("h.io/d/library/nginx:latest", ASKED[1].image.replace("quay.io", "h.io/q"))
)
MAP = LiveMap(
    "imageswap-maps", "imageswap-system", "default::\ndocker.io::h.io/d\nquay.io::h.io/q\n"
)
SERVER = Server("imageswap", "imageswap-system", 2, 2, Selector())
ENABLED = {"swap": "yes"}
NAMESPACES = {"jet-system": ENABLED, "hubble-system": ENABLED, "imageswap-system": {}}
(WEBHOOK,) = find_webhooks(
    [
        {
            "metadata": {"name": "imageswap-webhook"},
            "webhooks": [
                {
                    "name": "imageswap.webhook.k8s.twr.io",
                    "rules": [{"operations": ["*"], "apiGroups": [""], "resources": ["pods"]}],
                    "namespaceSelector": {"matchLabels": ENABLED},
                    "clientConfig": {
                        "service": {"namespace": "imageswap-system", "name": "imageswap"},
                        "caBundle": base64.b64encode(CA.pem.encode()).decode(),
                    },
                }
            ],
        }
    ]
)
LIVE = WebhookState(
    "imageswap-system", (WEBHOOK,), NAMESPACES, SERVER, MAP, CERTIFICATE, "secret/imageswap-tls"
)
UNREADY = dataclasses.replace(SERVER, ready=0, waiting=("imageswap-1: ErrImagePull",))
BYPASSED = Selector(match_expressions=(Requirement(BYPASS_KEY, "Exists"),))


def trouble(code: str, severity: Severity = Severity.ERROR) -> Canary:
    return Canary("jet-system", trouble=Finding(code, severity, "w", "as the API server said"))


def judge(state: WebhookState, canary: Canary | None) -> WebhookVerdict:
    return WebhookVerdict("sandbox", state, TABLE, ASKED, canary, NOW)


def webhook(**changes: t.Any) -> WebhookState:
    return dataclasses.replace(LIVE, webhooks=(dataclasses.replace(WEBHOOK, **changes),))


def state(**changes: t.Any) -> WebhookState:
    return dataclasses.replace(LIVE, **changes)


def errors(verdict: WebhookVerdict) -> list[str]:
    return [
        finding.code
        for check in verdict.checks
        for finding in check.findings
        if finding.severity is not Severity.INFO
    ]


NO_DEFAULT = dataclasses.replace(MAP, text=MAP.text.replace("default::\n", ""))
CRASHING = dataclasses.replace(MAP, text="default::\ndocker.io/a::h.io/d\nquay.io::h.io/q\n")
UNSWAPPED = Canary("jet-system", tuple(probe.image for probe in ASKED))
ROLLING = dataclasses.replace(SERVER, rolling="0 of 2 new pods are there")
EXPIRED = CA.issue(("imageswap.imageswap-system.svc",), -datetime.timedelta(days=1)).certificate
OTHERS = Authority("others").issue(("imageswap.imageswap-system.svc",)).certificate
OLD = Canary("jet-system", ("h.io/old", "h.io/old"))
# What is seen; the findings; whether it is live; what is waited for.
TEST_VERDICTS: list[tuple[str, WebhookState, Canary | None, list[str], bool, str]] = [
    ("all is well", LIVE, SWAPPED, [], True, ""),
    ("no webhook", WebhookState("imageswap-system"), None, [], True, ""),
    ("not registered yet", WebhookState("imageswap-system", server=UNREADY), None,
     ["webhook_not_registered"], False, "0 of 2 replicas are ready"),
    ("registered twice", state(webhooks=(WEBHOOK, WEBHOOK)), SWAPPED, ["webhook_twice"], True, ""),
    ("not asked about pods", webhook(wants_pods=False), None, ["webhook_without_pods"], False, ""),
    ("bypassed", webhook(namespace_selector=BYPASSED), None, ["webhook_bypassed"], False, ""),
    ("no namespace", state(namespaces={"jet-system": {}}), None,
     ["webhook_selects_no_namespace"], False, ""),
    ("not the platform", state(namespaces={**NAMESPACES, "jet-system": {}}), SWAPPED,
     ["webhook_misses_platform"], True, ""),
    ("its own namespace", state(namespaces=dict.fromkeys(NAMESPACES, ENABLED)), SWAPPED,
     ["webhook_guards_itself"], True, ""),
    ("ignored", webhook(failure_policy="Ignore"), SWAPPED, ["webhook_failure_policy_ignore"],
     True, ""),
    ("one replica of two", state(server=dataclasses.replace(SERVER, ready=1)), SWAPPED,
     ["webhook_replicas"], True, ""),
    ("no replica, but it answers", state(server=UNREADY), SWAPPED, ["webhook_replicas"], True, ""),
    ("no replica", state(server=UNREADY), trouble("webhook_no_endpoints"),
     ["webhook_blocks_pods", "webhook_no_endpoints"], False, "0 of 2 replicas are ready"),
    ("a hopeless image",
     state(server=dataclasses.replace(UNREADY, hopeless=("a: InvalidImageName",))),
     trouble("webhook_no_endpoints"), ["webhook_blocks_pods", "webhook_no_endpoints"], False, ""),
    ("scaled to nothing", state(server=dataclasses.replace(SERVER, wanted=0, ready=0)),
     trouble("webhook_no_endpoints"), ["webhook_blocks_pods", "webhook_no_endpoints"], False,
     "the webhook to answer"),
    ("down", LIVE, trouble("webhook_down"), ["webhook_down"], False, "the webhook to answer"),
    ("expired", state(served=EXPIRED), trouble("webhook_certificate_expired"),
     ["webhook_certificate_expired", "webhook_certificate_expired"], False, ""),
    ("expired in the Secret alone", state(served=EXPIRED), SWAPPED,
     ["webhook_certificate_expired"], True, ""),
    ("another authority", state(served=OTHERS), trouble("webhook_ca_bundle_mismatch"),
     ["webhook_ca_bundle_mismatch", "webhook_ca_bundle_mismatch"], False, ""),
    ("another authority until the new pods are there",
     state(served=OTHERS, server=ROLLING),
     trouble("webhook_ca_bundle_mismatch"),
     ["webhook_ca_bundle_mismatch", "webhook_ca_bundle_mismatch"], False, "the webhook to answer"),
    ("a new certificate on its way into the pods", LIVE, trouble("webhook_ca_bundle_mismatch"),
     ["webhook_ca_bundle_mismatch"], False, "the webhook to answer"),
    ("another authority while it starts", state(server=UNREADY),
     trouble("webhook_ca_bundle_mismatch"),
     ["webhook_blocks_pods", "webhook_ca_bundle_mismatch"], False, "0 of 2 replicas are ready"),
    ("an older map", LIVE, OLD, ["webhook_not_synced"], False, "0 of 2 sources"),
    ("pods from before", state(server=ROLLING), SWAPPED, ["webhook_not_rolled_out"], True, ""),
    ("swapped without a default", state(live_map=NO_DEFAULT), SWAPPED, [], True, ""),
    ("the default was taken away a moment ago",
     state(live_map=dataclasses.replace(NO_DEFAULT, written=NOW)), SWAPPED,
     ["webhook_not_as_predicted"], True, ""),
    ("swapped though the map should break it", state(live_map=CRASHING), SWAPPED, [], True, ""),
    ("another webhook that is never asked",
     state(webhooks=(WEBHOOK, dataclasses.replace(WEBHOOK, wants_pods=False))), SWAPPED,
     ["webhook_twice", "webhook_without_pods"], True, ""),
    ("not swapped without a default", state(live_map=NO_DEFAULT), UNSWAPPED,
     ["webhook_no_default"], False, ""),
    ("the default's loss on its way, the map older still", state(live_map=NO_DEFAULT), OLD,
     ["webhook_no_default"], False, ""),
    ("another map", state(live_map=dataclasses.replace(MAP, text="default::\ndocker.io::h.io/d")),
     OLD, ["webhook_map_differs", "webhook_not_synced"], False, ""),
    ("refused by others", LIVE, trouble("canary_quota", Severity.WARNING), ["canary_quota"], True,
     ""),
    ("opted out", state(opted_out=("a in jet-system",)), SWAPPED, [], True, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "canary", "codes", "live", "waits_for"),
    [row[1:] for row in TEST_VERDICTS],
    ids=[row[0] for row in TEST_VERDICTS],
)
def test_verdicts(
    seen: WebhookState, canary: Canary | None, codes: list[str], live: bool, waits_for: str
) -> None:
    verdict = judge(seen, canary)
    assert errors(verdict) == codes
    assert verdict.live is live
    assert waits_for in verdict.waits_for
    assert bool(verdict.waits_for) is bool(waits_for)
    for check in verdict.checks:
        for finding in check.findings:
            assert finding.fix or finding.code == getattr(canary and canary.trouble, "code", "")


def test_without_a_webhook_nothing_is_checked() -> None:
    (check,) = judge(WebhookState("imageswap-system"), None).checks
    assert check.status is Status.SKIP


def test_what_is_said_to_do() -> None:
    (missed,) = (
        finding
        for check in judge(state(namespaces={**NAMESPACES, "jet-system": {}}), SWAPPED).checks
        for finding in check.findings
    )
    assert missed.fix.endswith("kubectl label namespace jet-system swap=yes")
    blocked = judge(state(server=UNREADY), trouble("webhook_no_endpoints")).checks[1].findings[0]
    assert "ErrImagePull" in blocked.message
    assert "jet-system, hubble-system" in blocked.message
    assert "registry.break_glass" in blocked.fix
    broken = judge(webhook(namespace_selector=BYPASSED), None).checks[0].findings[0]
    assert "kubectl patch mutatingwebhookconfiguration imageswap-webhook" in broken.fix
