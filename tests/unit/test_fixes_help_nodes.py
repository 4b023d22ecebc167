# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fix of a node's files, when followed, helps; and where a program writes them, none edits them."""

from __future__ import annotations

import collections
import json
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    DEFAULT_CONFIG_PATH,
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._fix import edits_of
from tests.pages.node_example_files import CERTS, MAIN, OLD, Files
from tests.pages.node_finding_examples import ONE_NODE
from tests.sandbox.paths import CHECKOUT
from tests.unit.helpers.following import SAME, edited, helps
from tests.unit.helpers.rows import by_id, every


def vectors(*names: str) -> list[dict[str, t.Any]]:
    folder = CHECKOUT / "tests" / "vectors"
    return [case for name in names for case in json.loads((folder / name).read_text("utf-8"))]


def follow(files: Files, version: str, main: str = DEFAULT_CONFIG_PATH) -> set[str]:
    """Follow each mechanical fix for itself; return the codes that have one."""
    node = load(NodeFiles(files, version, config_path=main))
    before = analyse(node)
    followed = collections.Counter[str]()
    for finding in before:
        edits = edits_of(finding.fix)
        if not edits or followed[finding.code] == SAME:
            continue
        for edit in edits:
            told = edit.new.rpartition("/")[2] if edit.kind == "file" else edit.new.strip("\"'")
            assert told in finding.fix, finding
        after = load(NodeFiles(edited(files, edits), version, config_path=main))
        assert after.cri == "up" or node.cri != "up", (finding, after.reason)
        helps(before, analyse(after), finding)
        followed[finding.code] += 1
    return set(followed)


MECHANICAL = {
    *("endpoint_taken_literally", "endpoint_v2_doubled", "endpoint_without_v2"),
    *("mirror_key_never_matches", "mirror_option_ignored"),
    *("certs_d_blocked", "folder_never_used", "folder_shadowed", "hosts_toml_misnamed"),
    *("host_skipped_for_tags", "host_url_broken", "server_taken_literally"),
    *("override_path_missing", "override_path_without_v2"),
}


@every((f"{row[0]}-{number}", row[1:3]) for number, row in enumerate(ONE_NODE))
def test_the_example_of_a_finding_about_nodes(version: str, bad: Files) -> None:
    follow(bad, version)


def test_these_findings_have_a_mechanical_fix() -> None:
    found = {code for code, version, bad, *_rest in ONE_NODE if code in follow(bad, version)}
    assert found == MECHANICAL


FIELD = [case for case in vectors("field.json") if case["kind"] == "node"]


@every(by_id(FIELD))
def test_nodes_of_the_field(case: dict[str, t.Any]) -> None:
    main = next(path for path in case["input"] if path.endswith("/config.toml"))
    follow(case["input"], case["version"], main)


WORKING = [case for case in vectors("working.json") if case["kind"] == "node"]


@every(by_id(WORKING))
def test_nodes_that_work(case: dict[str, t.Any]) -> None:
    for version in case["versions"]:
        follow(case["input"], version, case["main"])


MEASURED = vectors("containerd.json", "containerd_more.json")


@every(by_id(MEASURED))
def test_nodes_of_live_daemons(case: dict[str, t.Any]) -> None:
    for version in ("1.7.24", "2.1.9", "2.4.2"):
        follow(case["files"], version)


URLS = st.sampled_from(
    [
        *("https://h.example.org", "https://h.example.org/", "https://h.example.org/v2"),
        *("https://h.example.org/p", "https://h.example.org/v2/p", "https://h.example.org/v2/v2/p"),
        *("h.example.org/p", "https://h.example.org/p/v2", "http://h.example.org:5000/p/"),
        *("https://docker.io", "https://registry-1.docker.io", "httpbin.io", "http", "*", "a b"),
        *("https://h.example.org/v2/p/", "https://h.example.org/p?x=1", "https://a.b://c"),
        *("https://nexus.example.org/repository/hub", "https://u:pw@h.example.org/p", ""),
    ]
)
OPTIONS = st.sampled_from(
    [
        *("override_path = true", "override_path = false", "skip_verify = true", "zzz = 1"),
        *('capabilities = ["pull"]', 'capabilities = ["pull", "push"]', "Override_Path = true"),
        *('capabilities = [\n"pull"]', 'ca = "x.crt"', "# nothing", "SKIP_VERIFY = false"),
    ]
)
LINES = st.lists(OPTIONS, max_size=3, unique_by=lambda line: line.partition("=")[0].lower()).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


def _host(url: str, quote: str, options: str, header: bool) -> str:
    name = f"{quote}{url}{quote}"
    return f"[host.{name}]\n{options}" + (f"  [host.{name}.header]\n  a = 'b'\n" if header else "")


HOSTS_TOML = st.builds(
    lambda server, top, hosts: "\n".join((*server, top, *hosts)),
    st.lists(URLS.map(lambda url: f'server = "{url}"'), max_size=1),
    LINES,
    st.lists(
        st.builds(_host, URLS, st.sampled_from("\"'"), LINES, st.booleans()),
        max_size=3,
        unique_by=lambda text: text.partition("]")[0].replace("'", '"'),
    ),
)
FOLDERS = st.sampled_from(
    ["docker.io", "quay.io", "*", "_default", "registry-1.docker.io", "q.io:5000", "q.io_5000_"]
)
NAMES = st.sampled_from(["hosts.toml", "hosts.toml", "host.toml", "ca.crt"])
CERTS_D = st.dictionaries(
    st.builds(lambda folder, name: f"{CERTS}/{folder}/{name}", FOLDERS, NAMES)
    | st.sampled_from([f"{CERTS}/hosts.toml", f"{CERTS}/gcr.io"]),
    HOSTS_TOML,
    max_size=4,
).map(lambda tree: {MAIN: f'version = 2\n[{OLD}.registry]\nconfig_path = "{CERTS}"\n', **tree})
KEYS = st.sampled_from(
    ["docker.io", "*", "Quay.io", "quay.io", "https://gcr.io", "index.docker.io"]
)
MIRROR = st.builds(
    lambda key, option, urls, more: (
        f'[{OLD}.registry.mirrors."{key}"]\n{option} = {json.dumps(urls)}\n{more}\n'
    ),
    KEYS,
    st.sampled_from(["endpoint", "endpoint", "endpoint", "endpoints", "Endpoint"]),
    st.lists(URLS, max_size=2),
    st.sampled_from(["", "zzz = 1", "[x]"]),
)
CONFIGS = st.lists(MIRROR, max_size=3, unique_by=lambda text: text.partition("]")[0]).map(
    lambda mirrors: {MAIN: "version = 2\n" + "".join(mirrors)}
)
VERSIONS = st.sampled_from(["1.6.20", "1.7.24", "2.1.9", "2.4.2"])


@given(files=CERTS_D | CONFIGS, version=VERSIONS)
def test_any_files(files: Files, version: str) -> None:
    follow(files, version)


K3S = "/var/lib/rancher/k3s/agent/etc/containerd"


@every((f"{row[0]}-{number}", (row[2],)) for number, row in enumerate(ONE_NODE))
def test_no_fix_edits_what_k3s_writes(bad: Files) -> None:
    files = {
        path.replace("/etc/containerd", K3S): text.replace("/etc/containerd", K3S)
        for path, text in bad.items()
    }
    node = NodeFiles(files, "v1.7.24-k3s1", config_path=f"{K3S}/config.toml")
    for finding in analyse(load(node)):
        if finding.subject.startswith(K3S):
            assert edits_of(finding.fix) == ()
            assert finding.fix.startswith("Nothing") or any(
                place in finding.fix for place in ("/etc/rancher/k3s/registries.yaml", ".tmpl")
            ), finding
