# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proposed mirrors: what registries in different layouts make of different tables."""

from __future__ import annotations

import dataclasses
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.palette import (
    WELL_KNOWN_SOURCES,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.table import (
    lint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notation import (
    parse_mirrors,
)
from ansible_collections.palette.image_registry.plugins.module_utils._settings.parse import (
    parse_settings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.places import (
    NoHoldings,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.proposal import (
    LIBRARY,
    Proposal,
    propose,
    starting_settings,
)

HOST = "harbor.example.org"
BASE = f"{HOST}/airgap-images"
IMAGES = {
    "docker.io": "nginx:1",
    "gcr.io": "gcr.io/distroless/static:1",
    "ghcr.io": "ghcr.io/acme/app:2",
    "k8s.gcr.io": "k8s.gcr.io/coredns:1.7.0",
    "registry.k8s.io": "registry.k8s.io/pause:3.9",
    "quay.io": "quay.io/jetstack/cert:1",
    "us-docker.pkg.dev": "us-docker.pkg.dev/palette-images/a/b:1",
}
PATHS = {
    "docker.io": "nginx:1",
    **{
        source: image.partition("/")[2] for source, image in IMAGES.items() if source != "docker.io"
    },
}
BEFORE = {
    **{source: f"{BASE}/{source}" for source in WELL_KNOWN_SOURCES},
    "k8s.gcr.io": f"{BASE}/gcr.io",
    "registry.k8s.io": f"{BASE}/k8s.io",
    "us-docker.pkg.dev": BASE,
}
SINCE = {source: f"{BASE}/{source}" for source in WELL_KNOWN_SOURCES}
PROXIES = {
    "docker.io": f"{HOST}/dockerhub",
    "gcr.io": f"{HOST}/gcr-proxy",
    "ghcr.io": f"{HOST}/ghcr",
    "k8s.gcr.io": f"{HOST}/k8s-gcr",
    "registry.k8s.io": f"{HOST}/k8s",
    "quay.io": f"{HOST}/quay-proxy",
    "us-docker.pkg.dev": f"{HOST}/us-docker",
}
FLAT = dict.fromkeys(WELL_KNOWN_SOURCES, BASE)
ODD = {source: f"{HOST}/team-{number}/x" for number, source in enumerate(WELL_KNOWN_SOURCES)}
LAYOUTS = {"before": BEFORE, "since": SINCE, "proxies": PROXIES, "flat": FLAT, "odd": ODD}


@dataclasses.dataclass
class Filled:
    """A registry that holds some images and tells its catalog, or not."""

    images: t.Collection[str]
    tells: bool = False
    asked: list[str] = dataclasses.field(default_factory=list)
    how: str = "told"
    api: str = ""
    no_api: bool = False

    def held(self, images: t.Sequence[str]) -> dict[str, bool]:
        self.asked += images
        return {image: image in self.images for image in images}

    def catalog(self) -> list[str]:
        names = (image.partition("/")[2].rpartition(":")[0] for image in self.images)
        return sorted(names) if self.tells else []


def filled(layout: t.Mapping[str, str], *, tells: bool = False) -> Filled:
    return Filled({f"{layout[source]}/{path}" for source, path in PATHS.items()}, tells)


def raw(mirrors: object, **more: object) -> dict[str, t.Any]:
    return {
        "endpoint": HOST,
        "name": "Harbor",
        "base_content_path": "airgap-images",
        "mirrors": mirrors,
        **more,
    }


def proposed(
    settings: t.Mapping[str, t.Any],
    registry: t.Any = None,
    *,
    style: str = "verbatim",
    images: t.Iterable[str] = IMAGES.values(),
    airgap: bool = True,
) -> Proposal:
    mended, changes = starting_settings(settings)
    parsed = parse_settings(mended, airgap=airgap, node_path_style=style)
    assert parsed.settings is not None, parsed.findings
    return propose(parsed.settings, changes, images, registry or NoHoldings("told"), airgap=airgap)


def targets(proposal: Proposal) -> dict[str, str]:
    return proposal.settings.mirrors.targets()


@pytest.mark.parametrize("given", [BEFORE, SINCE, PROXIES, None], ids=["old", "new", "proxy", "no"])
@pytest.mark.parametrize("layout", ["before", "since", "proxies", "flat"])
def test_images_are_found_wherever_a_registry_has_them(
    layout: str, given: dict[str, str] | None
) -> None:
    proposal = proposed(raw(given), filled(LAYOUTS[layout]))
    assert targets(proposal) == LAYOUTS[layout]
    assert not proposal.questions


def test_a_catalog_leads_to_paths_that_no_rule_knows() -> None:
    assert targets(proposed(raw(None), filled(ODD, tells=True))) == ODD
    assert targets(proposed(raw(None), filled(ODD))) == SINCE


def test_the_page_before_4_8_stays_where_the_registry_is_filled_so() -> None:
    proposal = proposed(raw(BEFORE), filled(BEFORE))
    assert [change.subject for change in proposal.changes] == ["palette_node_path_style"]
    assert proposal.settings.node_path_style == "v2_prefix"


def test_a_target_that_holds_its_images_stays_whatever_else_holds_them() -> None:
    both = Filled({*filled(BEFORE).images, *filled(SINCE).images})
    assert targets(proposed(raw(BEFORE), both)) == BEFORE
    assert targets(proposed(raw(SINCE), both)) == SINCE


def test_nobody_guesses_between_two_places() -> None:
    two = Filled({f"{BASE}/gcr.io/coredns:1.7.0", f"{BASE}/k8s.gcr.io/coredns:1.7.0"})
    given = {**SINCE, "k8s.gcr.io": f"{HOST}/empty"}
    proposal = proposed(raw(given), two, images=[IMAGES["k8s.gcr.io"]])
    assert targets(proposal)["k8s.gcr.io"] == f"{HOST}/empty"
    (question,) = proposal.questions
    assert question.subject == "k8s.gcr.io"
    assert f"{BASE}/k8s.gcr.io and {BASE}/gcr.io hold the same 1" in question.message
    missing = {source: SINCE[source] for source in SINCE if source != "k8s.gcr.io"}
    assert "k8s.gcr.io" not in targets(proposed(raw(missing), two))


def test_short_names_are_led_below_library_where_the_registry_has_them_there_alone() -> None:
    held = Filled({f"{BASE}/docker.io/library/nginx:1"})
    proposal = proposed(raw(SINCE), held, images=["nginx:1"])
    assert targets(proposal)[LIBRARY] == f"{BASE}/docker.io/library"
    outside = proposed(raw(SINCE), held, images=["nginx:1"], airgap=False)
    assert LIBRARY not in targets(outside)
    assert outside.settings.mirrors == parse_mirrors(SINCE).table


def test_images_that_name_the_mirror_already_are_led_back() -> None:
    image = f"{HOST}/old/jetstack/cert:1"
    given = {**SINCE, "quay.io": f"{HOST}/old"}
    proposal = proposed(raw(given), filled(SINCE), images=[image])
    assert targets(proposal)["quay.io"] == f"{BASE}/quay.io"
    (change,) = [one for one in proposal.changes if one.subject == "quay.io"]
    assert change.reason == (
        f"it holds 1 of 1 images that were asked for, {HOST}/old holds 0 "
        "(the page's layout since Palette 4.8)"
    )


MENDED = [
    pytest.param({"endpoint": f"https://{HOST}/"}, "endpoint", HOST, id="scheme"),
    pytest.param({"endpoint": f"{HOST}/v2"}, "endpoint", HOST, id="v2"),
    pytest.param(
        {"base_content_path": "/airgap-images/"}, "base_content_path", "airgap-images", id="slash"
    ),
    pytest.param(
        {"base_content_path": "v2/airgap-images"},
        "base_content_path",
        "airgap-images",
        id="base-v2",
    ),
]


@pytest.mark.parametrize(
    "entry",
    [
        f"https://{HOST}/airgap-images/quay.io",
        f"{HOST}/airgap-images/quay.io/",
        f"{BASE}/Quay.io:1",
    ],
)
def test_entries_are_mended_without_a_question(entry: str) -> None:
    assert targets(proposed(raw({**SINCE, "quay.io": entry}))) == SINCE


@pytest.mark.parametrize(("given", "field", "mended"), MENDED)
def test_what_is_plainly_meant_is_mended(given: dict[str, str], field: str, mended: str) -> None:
    proposal = proposed(raw(SINCE, **given))
    assert getattr(proposal.settings, field) == mended
    assert field in [change.subject for change in proposal.changes]


def test_a_password_in_the_endpoint_is_in_no_change() -> None:
    _mended, changes = starting_settings(raw(SINCE, endpoint=f"https://me:hunter2@{HOST}"))
    assert "hunter2" not in str([change.given for change in changes])


NODE_FILES = {
    "config.toml": (
        'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors."quay.io"]\n'
        f'endpoint = ["https://{HOST}/v2/airgap-images/quay.io"]\n'
    ),
    "registries.yaml": (
        f"mirrors:\n  quay.io:\n    endpoint: [https://{HOST}/v2/airgap-images/quay.io]\n"
    ),
    "string": f"quay.io::{HOST}/v2/airgap-images/quay.io",
}


@pytest.mark.parametrize("text", NODE_FILES.values(), ids=NODE_FILES)
def test_a_nodes_own_files_are_a_beginning(text: str) -> None:
    proposal = proposed(raw(text))
    assert targets(proposal) == SINCE
    assert proposal.settings.node_path_style == "v2_prefix"


def test_the_difference_is_a_few_short_lines() -> None:
    style = "  palette_node_path_style: verbatim -> v2_prefix"
    assert proposed(raw(SINCE)).table() == ("proposed (told):", style)
    assert proposed(raw(SINCE), style="v2_prefix").table() == ()
    moved = proposed(raw(SINCE), filled(PROXIES), images=IMAGES.values()).table()
    assert moved[1] == f"  docker.io: {BASE}/docker.io -> {HOST}/dockerhub"
    given = {**SINCE, "quay.io": f"https://{HOST}/x", "ghcr.io": f"https://{HOST}/y"}
    many = proposed(raw(given), filled(PROXIES))
    assert len(many.table()) == 10
    assert many.table()[-1] == "  and 2 more, which plan.md tells"
    assert many.table(whole=True)[:-2] == many.table()[:-1]


def test_without_a_registry_the_given_layout_stays() -> None:
    assert targets(proposed(raw(BEFORE))) == BEFORE
    partly = {source: BEFORE[source] for source in ("docker.io", "k8s.gcr.io")}
    assert targets(proposed(raw(partly)))["us-docker.pkg.dev"] == BASE


def test_a_default_serves_sources_without_an_entry_and_is_not_swapped_again() -> None:
    table = targets(proposed(raw({"docker.io": f"{BASE}/docker.io", "default": f"{BASE}/other"})))
    assert table == {
        "docker.io": f"{BASE}/docker.io",
        "default": f"{BASE}/other",
        HOST: "",
    }


def test_an_exempted_source_stays_exempt() -> None:
    given = {**SINCE, "quay.io": "", "default": ""}
    assert targets(proposed(raw(given), filled(SINCE))) == given


def test_an_exemption_from_nothing_gets_a_target() -> None:
    given = {**SINCE, "quay.io": ""}
    assert targets(proposed(raw(given))) == SINCE


def test_an_api_that_is_not_at_the_root_is_given_no_prefix() -> None:
    proposal = proposed(raw(SINCE), NoHoldings("told", no_api=True))
    assert proposal.settings.node_path_style == "verbatim"


NEXUS = f"{HOST}/repository/hub"


def test_what_an_entry_tells_of_its_api_stays() -> None:
    entry = {"source": "docker.io", "target": f"{NEXUS}/x", "api_path": "repository/hub"}
    others = [{"source": key, "target": SINCE[key]} for key in SINCE if key != "docker.io"]
    proposal = proposed(raw([entry, *others]), style="v2_prefix")
    assert proposal.changes == ()
    assert proposal.settings.mirrors.to_list() == [entry, *others]


def test_a_target_in_another_place_has_another_api() -> None:
    entry = {"source": "quay.io", "target": f"{NEXUS}/x", "api_path": "repository/hub"}
    proposal = proposed(raw([entry]), filled(SINCE), images=[IMAGES["quay.io"]])
    assert proposal.settings.mirrors.to_list()[0] == {
        "source": "quay.io",
        "target": f"{BASE}/quay.io",
    }


def test_an_api_that_was_found_below_a_path_is_proposed() -> None:
    registry = filled(SINCE)
    registry.api = "airgap-images"
    proposal = proposed(raw(SINCE), registry)
    assert proposal.settings.api_path == "airgap-images"
    style, api = proposal.changes
    assert f"{HOST} answers at /airgap-images/v2/" in style.reason
    assert api[:3] == ("api_path", "nothing", "airgap-images")
    told = raw(SINCE, api_path="airgap-images")
    assert proposed(told, registry, style="v2_prefix").changes == ()


# What a proposal settles whatever the registry says; with a registry that holds the images of
# the page's layout, all that lint has to say of paths.
SETTLED = {
    "v2_missing_for_nodes",
    "v2_in_target",
    "missing_source",
    "default_recursion",
    "package_source_before_4_5",
}
BY_THE_REGISTRY = {
    "paths_before_4_8",
    "package_target_before_4_8",
    "mixed_page_versions",
    "shared_target",
    "chart_images_elsewhere",
}


def codes(proposal: Proposal) -> set[str]:
    settings = proposal.settings
    context = LintContext(
        node_path_style=settings.node_path_style,
        endpoint=settings.endpoint,
        base_content_path=settings.base_content_path,
    )
    return {finding.code for finding in lint(parse_mirrors(targets(proposal)), context)}


def tables() -> st.SearchStrategy[dict[str, str]]:
    layouts = [*LAYOUTS.values(), {one: f"{HOST}/v2/{one}" for one in WELL_KNOWN_SOURCES}]
    sources = st.sampled_from([*WELL_KNOWN_SOURCES, "us-east1-docker.pkg.dev"])
    return st.dictionaries(sources, st.integers(0, len(layouts) - 1), max_size=8).map(
        lambda chosen: {
            source: layouts[number].get(source, f"{BASE}/{source}")
            for source, number in chosen.items()
        }
    )


@hypothesis.given(tables(), st.sampled_from([None, *LAYOUTS]), st.booleans(), st.booleans())
def test_a_proposal_settles_what_it_can_and_proposes_nothing_more(
    table: dict[str, str], layout: str | None, tells: bool, default: bool
) -> None:
    if default:
        table = {**table, "default": f"{HOST}/rest"}
    registry = filled(LAYOUTS[layout], tells=tells) if layout else NoHoldings("told")
    first = proposed(raw(table), registry)
    assert not codes(first) & SETTLED
    if layout == "since":
        assert not codes(first) & BY_THE_REGISTRY
    again = proposed(raw(targets(first)), registry, style=first.settings.node_path_style)
    assert again.changes == ()
    assert again.settings == first.settings
