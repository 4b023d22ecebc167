# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an image to the pod to the URLs that a node requests."""

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Severity
from ansible_collections.palette.image_registry.plugins.module_utils._images.explain import (
    read_swap_maps,
)
from ansible_collections.palette.image_registry.plugins.module_utils._images.outcome import (
    NO_WEBHOOK_RULE,
    NodeMirrors,
    outcome,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.table import (
    MirrorEntry,
    MirrorTable,
)

TABLE = MirrorTable((MirrorEntry("quay.io", "h.io/q"),))
NODE = NodeMirrors(TABLE)
MIRROR = "https://h.io/q/a/manifests/1?ns=quay.io"
UPSTREAM = "https://quay.io/v2/a/manifests/1"


def test_without_a_webhook_the_image_stays_and_the_node_redirects() -> None:
    found = outcome("quay.io/a:1", None, NODE)
    assert (found.image, found.swapped, found.pulled_from) == ("quay.io/a:1",) * 2 + (
        (MIRROR, UPSTREAM),
    )
    assert found.explanation.swap.rule == NO_WEBHOOK_RULE
    assert found.findings == ()


def test_a_swapped_image_is_asked_of_its_new_registry() -> None:
    found = outcome("quay.io/a:1", read_swap_maps("quay.io::h.io/q", assume_default=True), NODE)
    assert found.swapped == "h.io/q/a:1"
    assert found.pulled_from == ("https://h.io/v2/q/a/manifests/1",)
    assert found.without_default is None
    assert found.to_full_dict()["without_default"] is None


def test_doubt_gives_both_answers() -> None:
    found = outcome("quay.io/a:1", read_swap_maps("quay.io::h.io/q"), NODE)
    assert found.without_default is not None
    assert (found.swapped, found.without_default.swapped) == ("h.io/q/a:1", "quay.io/a:1")
    assert "default_unknown" in [finding.code for finding in found.findings]
    assert "default_unknown" not in [one.code for one in found.without_default.findings]
    told = found.to_full_dict()
    assert told["without_default"]["pulled_from"] == [MIRROR, UPSTREAM]
    assert "without_default" not in found.to_dict()


def test_an_image_that_no_map_decides_is_in_no_doubt() -> None:
    found = outcome("gcr.io/a:1", read_swap_maps("quay.io::h.io/q"), NODE)
    assert (found.swapped, found.without_default) == ("gcr.io/a:1", None)


def test_a_server_error_is_pulled_from_nowhere() -> None:
    maps = read_swap_maps("default::\ndocker.io/library::h", "imageswap_map")
    found = outcome("a/b", maps, NODE)
    assert (found.swapped, found.pulled_from) == (None, ())
    assert [finding.code for finding in found.findings] == ["webhook_error"]


def test_a_node_that_refuses_the_mirrors_is_a_finding() -> None:
    found = outcome("quay.io/a:1", None, NodeMirrors(TABLE, version="2.2.0"))
    assert found.pulled_from == ()
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("node_down", Severity.ERROR)
    assert "2.2.0" in finding.message


def test_the_path_style_of_nodes_counts() -> None:
    found = outcome("quay.io/a:1", None, NodeMirrors(TABLE, "v2_prefix"))
    assert found.pulled_from[0] == MIRROR.replace("h.io/q", "h.io/v2/q")
