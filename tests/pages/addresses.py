# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rule judges an address in which place: one table, which a test fills and a page shows."""

from __future__ import annotations

import typing as t

PLACES = (
    "endpoint of mirrors",
    "[host]",
    "server",
    "endpoint in registries.yaml",
    "target of an entry",
    "palette_registry.endpoint",
)
"""The places. An address below `*` or in `_default` is judged as below any registry."""


class Address(t.NamedTuple):
    """What is odd about an address, the address, and by place the code that tells of it.

    Empty where it does no harm, or cannot be there: targets and palette_registry have no scheme.
    """

    what: str
    url: str
    codes: tuple[str, ...]


ADDRESSES = (
    Address(
        "a path without /v2",
        "https://h.example.org/p",
        (
            "endpoint_without_v2",
            "override_path_missing",
            "override_path_missing",
            "endpoint_without_v2",
            "v2_missing_for_nodes",
            "",
        ),
    ),
    Address(
        "/v2 twice",
        "https://h.example.org/v2/v2/p",
        (
            "endpoint_v2_doubled",
            "override_path_missing",
            "override_path_missing",
            "endpoint_v2_doubled",
            "v2_within_path",
            "",
        ),
    ),
    Address(
        "/v2 within the path",
        "https://h.example.org/p/v2",
        (
            "endpoint_v2_misplaced",
            "override_path_missing",
            "override_path_missing",
            "v2_within_path",
            "v2_within_path",
            "endpoint_not_bare",
        ),
    ),
    Address(
        "no TLS",
        "http://h.example.org",
        (
            "plain_http",
            "plain_http",
            "plain_http",
            "plain_http",
            "",
            "",
        ),
    ),
    Address(
        "Docker Hub by its page",
        "https://docker.io",
        (
            "endpoint_taken_literally",
            "endpoint_taken_literally",
            "server_taken_literally",
            "endpoint_taken_literally",
            "endpoint_taken_literally",
            "",
        ),
    ),
    Address(
        "user and password",
        "https://u:pw@h.example.org",
        (
            "endpoint_parts_dropped",
            "endpoint_parts_dropped",
            "endpoint_parts_dropped",
            "credentials",
            "credentials",
            "endpoint_invalid",
        ),
    ),
    Address(
        "a query",
        "https://h.example.org?x=1",
        (
            "endpoint_parts_dropped",
            "endpoint_parts_dropped",
            "endpoint_parts_dropped",
            "endpoint_parts_dropped",
            "invalid_target",
            "endpoint_invalid",
        ),
    ),
    Address(
        "a fragment",
        "https://h.example.org#x",
        (
            "endpoint_parts_dropped",
            "endpoint_parts_dropped",
            "endpoint_parts_dropped",
            "endpoint_parts_dropped",
            "invalid_target",
            "endpoint_invalid",
        ),
    ),
    Address(
        "another scheme",
        "ftp://h.example.org",
        (
            "endpoint_unusable",
            "host_url_broken",
            "host_url_broken",
            "endpoint_unusable",
            "",
            "",
        ),
    ),
    Address(
        "no host",
        "https://",
        (
            "endpoint_unusable",
            "host_url_broken",
            "host_url_broken",
            "endpoint_unusable",
            "empty_target",
            "settings_required",
        ),
    ),
    Address(
        "two schemes",
        "https://a.b://c",
        (
            "endpoint_unusable",
            "host_url_broken",
            "host_url_broken",
            "invalid_target",
            "scheme_in_target",
            "endpoint_invalid",
        ),
    ),
    Address(
        "a star",
        "https://*",
        (
            "endpoint_unusable",
            "host_url_broken",
            "host_url_broken",
            "invalid_target",
            "invalid_target",
            "endpoint_invalid",
        ),
    ),
    Address(
        "a variable of the shell",
        "https://$X",
        (
            "endpoint_unusable",
            "host_url_broken",
            "host_url_broken",
            "variable_not_filled_in",
            "variable_not_filled_in",
            "endpoint_invalid",
        ),
    ),
    Address(
        "a variable of Jinja",
        "https://{{ x }}",
        (
            "endpoint_invalid",
            "hosts_toml_ignored",
            "hosts_toml_ignored",
            "variable_not_filled_in",
            "variable_not_filled_in",
            "endpoint_invalid",
        ),
    ),
    Address(
        "a blank",
        "https://a b",
        (
            "endpoint_invalid",
            "hosts_toml_ignored",
            "hosts_toml_ignored",
            "blank",
            "blank",
            "endpoint_invalid",
        ),
    ),
    Address(
        "a port that is no number",
        "https://h.example.org:port",
        (
            "endpoint_invalid",
            "hosts_toml_ignored",
            "hosts_toml_ignored",
            "invalid_target",
            "invalid_target",
            "endpoint_invalid",
        ),
    ),
    Address(
        "a port above 65535",
        "https://h.example.org:99999",
        (
            "endpoint_unusable",
            "host_url_broken",
            "host_url_broken",
            "invalid_port",
            "invalid_port",
            "endpoint_invalid",
        ),
    ),
    Address(
        "an IPv6 address",
        "https://[fd00::1]:5000",
        (
            "",
            "",
            "",
            "invalid_target",
            "ipv6_address",
            "endpoint_invalid",
        ),
    ),
)


def table() -> str:
    """Return the table as reStructuredText."""
    names = {place: f"``{place}``" for place in ("[host]", "palette_registry.endpoint")}
    head = ("What is odd", *(names.get(place, place) for place in PLACES))
    rows = [
        head,
        *(
            (f"{one.what}: ``{one.url}``", *(f"``{code}``" if code else "" for code in one.codes))
            for one in ADDRESSES
        ),
    ]
    lines = [".. list-table::", "  :header-rows: 1", ""]
    for row in rows:
        lines += [
            f"  {'*' if number == 0 else ' '} - {cell}".rstrip() for number, cell in enumerate(row)
        ]
    return "\n".join((*lines, ""))
