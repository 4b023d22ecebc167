# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""plan.md: what it says, and that nothing of others in it is markup."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.page import plan_page
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.plan import (
    LiveState,
)
from tests.unit.helpers.plans import CHART, ERROR, live, plan

# inputs, what the page says
TEST_WORDS: list[tuple[dict[str, t.Any], str]] = [
    ({}, "**Ready, with 3 warnings** to read"),
    ({}, "- Image-swap chart: none was read\n"),
    (
        {},
        "helm upgrade --values values.yaml image-swap image-swap-*.tgz --install "
        "--namespace default --kubeconfig PATH_OF_KUBECONFIG --kube-context CONTEXT\n",
    ),
    (
        {},
        "kubectl create --filename registry-secret.yaml --kubeconfig PATH_OF_KUBECONFIG "
        "--context CONTEXT\n",
    ),
    ({}, "name the management cluster for `PATH_OF_KUBECONFIG` and `CONTEXT`."),
    ({"kubeconfig": "/k"}, "name the management cluster for `CONTEXT`."),
    (
        {"kubeconfig": "/my files/k", "context": "admin@c"},
        "--namespace default --kubeconfig '/my files/k' --kube-context admin@c\n",
    ),
    (
        {"kubeconfig": "/my files/k", "context": "admin@c"},
        "registry-secret.yaml --kubeconfig '/my files/k' --context admin@c\n",
    ),
    ({}, "With the same inventory and variables as for this plan"),
    ({}, "\nansible-playbook palette.image_registry.override --check --diff\n"),
    ({}, "If the Secret exists, `create` fails"),
    ({}, "holds **if the chart adds a `default` entry**"),
    (
        {"chart": CHART},
        "helm upgrade --values values.yaml image-swap charts/image-swap-1.2.3.tgz --install ",
    ),
    ({"airgap": False}, "Pods keep the names of their images"),
    ({"findings": (ERROR,)}, "**Not ready: 1 error.**"),
    (
        {"findings": (ERROR,)},
        "#broken): **palette\\_registry.mirrors**: it is \\| \\<broken\\>.\n  - Fix: Mend it.\n",
    ),
    ({"live": live()}, "Nothing: the Secret `registry-info` is as planned already."),
    ({"live": live()}, "kubectl apply --filename registry-secret.yaml "),
    ({"live": live(DOMAIN="old.io")}, "| DOMAIN | old.io | h.io |\n"),
    ({"live": LiveState("https://10.0.0.1", True, None)}, "it is created."),
]


@pytest.mark.parametrize(("inputs", "words"), TEST_WORDS)
def test_the_page_says_it(inputs: dict[str, t.Any], words: str) -> None:
    assert words in plan_page(plan(**inputs))


def test_the_same_inputs_make_the_same_page() -> None:
    assert plan_page(plan(live=live())) == plan_page(plan(live=live()))


def test_tables_have_as_many_cells_in_each_row() -> None:
    table: list[int] = []
    for line in [*plan_page(plan(live=live(DOMAIN="a|b"))).splitlines(), ""]:
        if line.startswith("|"):
            table.append(line.replace("\\|", "").count("|"))
        else:
            assert len(set(table)) <= 1
            table = []


def test_what_the_registry_lacks_has_a_section_with_the_commands() -> None:
    made = plan(missing_copies=("skopeo copy --all docker://a/b:1 docker://h.io/p/a/b:1",))
    page = plan_page(made)
    assert "## Images that the registry lacks" in page
    assert "copies 1 image," in page
    assert "skopeo login h.io\nsh copy-images.sh\n" in page
    assert made.to_dict()["missing_copies"] == list(made.inputs.missing_copies)
    assert "registry lacks" not in plan_page(plan())


def test_planted_templates_and_markup_stay_text() -> None:
    planted = "{{ 7 * 7 }}{% for x in y %}<b>"
    bad = Finding(planted, Severity.ERROR, planted, planted, planted)
    page = plan_page(
        plan(findings=(bad,), live=live(DOMAIN=planted), images=(planted,), images_from=planted)
    )
    assert "49" not in page
    assert "<b" not in re.sub(r"`[^`\n]*`", "", page).replace("\\<b", "")
    assert page.count("{{ 7 \\* 7 }}{% for x in y %}\\<b\\>") >= 5


def test_a_finding_that_is_its_cause_is_said_once() -> None:
    page = plan_page(plan(findings=(ERROR,)))
    assert page.count("it is \\| \\<broken\\>") == 1
