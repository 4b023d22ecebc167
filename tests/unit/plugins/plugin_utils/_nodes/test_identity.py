# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names and addresses make a host, whoever wrote the Node object."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.identity import (
    host_taken,
    is_address,
    is_loopback,
    is_node_name,
    refused_words,
    sound_hosts,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.inventory import (
    NodeHost,
)

TEST_NAMES: list[tuple[str, bool]] = [
    ("worker-1.example.org", True),
    ("0", True),
    ("a" * 253, True),
    ("a" * 254, False),
    ("Worker", False),
    ("a..b", False),
    ("-a", False),
    ("a-", False),
    ("a/b", False),
    ("", False),
]


@pytest.mark.parametrize(("name", "good"), TEST_NAMES)
def test_names_of_nodes(name: str, good: bool) -> None:
    assert is_node_name(name) is good


# address, is it one, is it the controller itself
TEST_ADDRESSES: list[tuple[str, bool, bool]] = [
    ("10.0.0.1", True, False),
    ("2001:db8::1", True, False),
    ("node.example.org", True, False),
    ("Node.Example.org.", True, False),
    ("127.0.0.1", True, True),
    ("::1", True, True),
    ("0.0.0.0", True, True),
    ("::ffff:127.0.0.1", True, True),
    ("localhost", True, True),
    ("a.localhost", True, True),
    ("ip6-loopback", True, True),
    ("127.1", False, False),
    ("0x7f.1", False, False),
    ("2130706433", False, False),
    ("-oProxyCommand=x", False, False),
    ("user@10.0.0.1", False, False),
    ("fe80::1%eth0", False, False),
    ("10.0.0.1 -o x", False, False),
    ("\u212aube.example.org", False, False),
    ("", False, False),
]


@pytest.mark.parametrize(("address", "good", "here"), TEST_ADDRESSES)
def test_addresses(address: str, good: bool, here: bool) -> None:
    assert (is_address(address), is_loopback(address)) == (good, here)


@given(st.text(alphabet="abc.-:@%0/ \n=", max_size=20))
def test_no_address_is_an_option_of_ssh(text: str) -> None:
    if is_address(text):
        assert not text.startswith("-") and not set(text) & set("@%/ \n=")


def host(
    name: str, address: str = "", cluster: str = "edge", *others: str, node: str = ""
) -> NodeHost:
    variables = {
        "ansible_host": address or f"10.0.0.{len(name)}",
        "node_name": node or name,
        "node_workload_cluster": cluster,
        "node_addresses": [{"type": "Hostname", "address": one} for one in others],
    }
    return NodeHost(name, variables, ())


def kept(*hosts: NodeHost, **options: t.Any) -> tuple[list[str], dict[str, list[str]]]:
    """Return the hosts that may enter, and by cluster the codes of why others may not."""
    good, refused = sound_hosts(hosts, options.pop("taken", ()), **options)
    codes = {cluster: [one.code for one in found] for cluster, found in refused.items()}
    return [one.name for one in good], codes


A, BB = host("a"), host("bb")
TEST_REFUSED: list[tuple[str, tuple[NodeHost, ...], dict[str, t.Any], list[str], list[str]]] = [
    ("all are sound", (A, BB), {}, ["a", "bb"], []),
    ("a name that is none", (host("x", node="Upper"), BB), {}, ["bb"], ["node_name_invalid"]),
    ("taken by others", (A, BB), {"taken": {"a"}}, ["bb"], ["host_taken"]),
    ("no address", (host("a", "-o"), BB), {}, ["bb"], ["node_address_invalid"]),
    ("the controller", (host("a", "127.0.0.1"), BB), {}, ["bb"], ["node_address_invalid"]),
    ("a cluster here", (host("a", "127.0.0.1"),), {"local": {"edge"}}, ["a"], []),
    ("who composes it means it", (host("a", "::1"),), {"composed": "'::1'"}, ["a"], []),
    ("two are one host", (A, A, BB), {}, ["bb"], ["host_twice", "host_twice"]),
    (
        "one address",
        (host("a", "10.0.0.9"), host("b", "::ffff:10.0.0.9"), BB),
        {},
        ["bb"],
        ["node_address_twice", "node_address_twice"],
    ),
    (
        "one address, told apart otherwise",
        (host("a", "10.0.0.9"), host("b", "10.0.0.9")),
        {"by_address": False},
        ["a", "b"],
        [],
    ),
    (
        "an address that another goes by",
        (host("a", "10.0.0.1", "edge", "a.example.org"), host("b", "A.example.org.")),
        {},
        ["a"],
        ["node_address_twice"],
    ),
]


@pytest.mark.parametrize(
    ("hosts", "options", "names", "codes"),
    [row[1:] for row in TEST_REFUSED],
    ids=[row[0] for row in TEST_REFUSED],
)
def test_who_may_enter(
    hosts: tuple[NodeHost, ...], options: dict[str, t.Any], names: list[str], codes: list[str]
) -> None:
    assert kept(*hosts, **options) == (names, {"edge": codes} if codes else {})


def test_nodes_of_several_clusters_may_share_an_address() -> None:
    same = [host("a", "10.0.0.1", "edge"), host("b", "10.0.0.1", "other")]
    assert kept(*same) == (["a", "b"], {})


def test_a_refusal_names_the_first_few_and_what_to_do() -> None:
    findings = [host_taken(f"n{number}") for number in range(5)]
    words = refused_words(findings)
    assert words.startswith("n0: the inventory has a host or group of this name")
    assert "n2: " in words and "n3: " not in words
    assert "; and 2 more. " in words
    assert words.endswith(findings[0].fix)
    assert "more" not in refused_words(findings[:3]).partition(". ")[0]
