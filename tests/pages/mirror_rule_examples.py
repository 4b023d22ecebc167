# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""For each lint rule a table that breaks it and one that keeps it: tests and reference use both."""

from __future__ import annotations

import typing as t

from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.lint.rule import (
    LintContext,
)

REGISTRY = LintContext(endpoint="harbor.example.org", base_content_path="p")
NODES = LintContext(airgap=False)
PAGE_SOURCES = ("docker.io", "gcr.io", "ghcr.io", "k8s.gcr.io", "registry.k8s.io", "quay.io")
COMPLETE = ",".join(
    f"{source}::harbor.example.org/p/{source}" for source in (*PAGE_SOURCES, "us-docker.pkg.dev")
)


class Example(t.NamedTuple):
    """Mirrors that break a rule, mirrors that keep it, and the contexts of both.

    Without a `kept_context` both have the same.
    """

    broken: object
    kept: object
    context: LintContext = REGISTRY
    kept_context: LintContext | None = None


def _images(*images: str) -> LintContext:
    return LintContext(images=images)


EXAMPLES: dict[str, Example] = {
    "no_default": Example("docker.io::h.io/p", "default::,docker.io::h.io/p"),
    "library_without_registry": Example(
        "docker.io/library::h.io/p", "docker.io::h.io/p,docker.io/library::h.io/p"
    ),
    "library_with_exempted_registry": Example(
        "docker.io::,docker.io/library::h.io/p", "docker.io::h.io/p,docker.io/library::h.io/p"
    ),
    "path_in_source": Example("quay.io/jetstack::h.io/p", "quay.io::h.io/p"),
    "default_recursion": Example("default::h.io/p", "default::h.io/p,h.io::"),
    "target_is_source": Example(
        "docker.io::quay.io/hub,quay.io::h.io/p", "docker.io::h.io/hub,quay.io::h.io/p"
    ),
    "target_host_without_dot": Example(
        "docker.io::localhost:30003/p", "docker.io::127.0.0.1:30003/p"
    ),
    "wildcard_matches_all": Example(
        "default::h.io/p\nnoswap_wildcards::h.io,", "default::h.io/p\nnoswap_wildcards::h.io"
    ),
    "wildcards_without_default": Example(
        "docker.io::h.io/p,noswap_wildcards::a.io", "default::h.io/p,noswap_wildcards::h.io"
    ),
    "wildcard_list": Example(
        {"default": "h.io/p", "noswap_wildcards": "h.io,a.io"},
        "default::h.io/p\nnoswap_wildcards::h.io,a.io",
    ),
    "short_target_host": Example("docker.io::harbor/p", "docker.io::harbor.example.org/p"),
    "source_without_dot": Example("registry:5000::h.io/p", "registry.local:5000::h.io/p"),
    "short_names_without_library": Example(
        "docker.io::h.io/p", "docker.io::h.io/p,docker.io/library::h.io/p/library"
    ),
    "replace_keeps_basename": Example("[REPLACE]ghcr.io/a*::h.io/p", "ghcr.io::h.io/p"),
    "exact_without_tag": Example(
        "[EXACT]ghcr.io/a/b::h.io/p/b:1", "[EXACT]ghcr.io/a/b:1::h.io/p/b:1"
    ),
    "loopback_target": Example("docker.io::localhost:5000/p", "docker.io::h.io:5000/p"),
    "trailing_dash": Example("docker.io::h.io/m-", "docker.io::h.io/m"),
    "v2_in_target": Example("docker.io::h.io/v2/p", "docker.io::h.io/v2/p", kept_context=NODES),
    "v2_missing_for_nodes": Example(
        "docker.io::h.io/p",
        "docker.io::h.io/p",
        kept_context=LintContext(node_path_style="v2_prefix"),
    ),
    "v2_within_path": Example("docker.io::h.io/p/v2/q", "docker.io::h.io/p/q"),
    "api_below_path": Example(
        [{"source": "docker.io", "target": "h.io/r/hub", "api_path": "r/hub"}],
        "docker.io::h.io/p",
    ),
    "webhook_only_entry": Example("default::h.io/p,h.io::", "docker.io::h.io/p"),
    "exempted_registry": Example("default::h.io/p,h.io::", "docker.io::h.io/p"),
    "endpoint_taken_literally": Example("docker.io::docker.io", "docker.io::registry-1.docker.io"),
    "docker_hub_alias": Example("index.docker.io::h.io/p", "docker.io::h.io/p"),
    "missing_source": Example("docker.io::harbor.example.org/p/docker.io", COMPLETE),
    "outside_base_path": Example(
        "docker.io::harbor.example.org/packs/docker.io", "docker.io::harbor.example.org/p/docker.io"
    ),
    "shared_target": Example("gcr.io::h.io/p,k8s.gcr.io::h.io/p", "gcr.io::h.io/p"),
    "chart_images_elsewhere": Example(
        "us-docker.pkg.dev::harbor.example.org/p",
        "us-docker.pkg.dev::harbor.example.org/p/us-docker.pkg.dev",
    ),
    "paths_before_4_8": Example("k8s.gcr.io::h.io/p/gcr.io", "k8s.gcr.io::h.io/p/k8s.gcr.io"),
    "package_target_before_4_8": Example(
        "us-docker.pkg.dev::harbor.example.org/p",
        "us-docker.pkg.dev::harbor.example.org/p/us-docker.pkg.dev",
    ),
    "package_source_before_4_5": Example(
        "us-east1-docker.pkg.dev::h.io/p",
        "us-east1-docker.pkg.dev::h.io/p,us-docker.pkg.dev::h.io/q",
    ),
    "mixed_page_versions": Example(
        "registry.k8s.io::h.io/p/k8s.io,us-docker.pkg.dev::h.io/p/us-docker.pkg.dev", COMPLETE
    ),
    "vertex_insecure": Example(
        "docker.io::h.io/p",
        "docker.io::h.io/p",
        LintContext(product="vertex", insecure_skip_verify=True),
        LintContext(product="vertex"),
    ),
    "ecr_token": Example(
        "docker.io::123456789012.dkr.ecr.eu-west-1.amazonaws.com/p",
        "docker.io::public.ecr.aws/1234567/p",
    ),
    "table_too_long": Example(
        {f"r{n}.io": "h.io/" + 11000 * "p" for n in range(100)}, "docker.io::h.io/p"
    ),
    "invalid_image": Example(
        "quay.io::h.io/p", "quay.io::h.io/p", _images("quay.io/A:1"), _images("quay.io/a:1")
    ),
    "webhook_fails_on_image": Example(
        "quay.io/library::h.io/p", "quay.io::h.io/p", _images("quay.io/a/b:1")
    ),
    "image_becomes_invalid": Example(
        "quay.io::h.io/p", "quay.io:8443::h.io/p", _images("quay.io:8443/a/b:1")
    ),
    "replaced_twice": Example(
        "quay.io::h.io/p", "quay.io::h.io/p", _images("quay.io/a/quay.io:1"), _images("quay.io/a:1")
    ),
    "port_not_in_source": Example(
        "quay.io::h.io/p", "quay.io:8443::h.io/p", _images("quay.io:8443/a/b:1")
    ),
    "image_not_redirected": Example(
        "quay.io::h.io/p", "quay.io::h.io/p", _images("ghcr.io/a/b:1"), _images("h.io/p/a:1")
    ),
}

__all__ = ("COMPLETE", "EXAMPLES", "NODES", "REGISTRY", "Example")
