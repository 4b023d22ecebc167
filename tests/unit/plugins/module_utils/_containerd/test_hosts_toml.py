# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of mirrors and hosts.toml, one by one."""

from __future__ import annotations

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from tests.pages.node_example_files import CERTS, MAIN, OLD
from tests.unit.helpers.containerd_nodes import (
    V16,
    V17,
    V21,
    V22,
    V23,
    V24,
    by_hosts,
    certs,
    in_all,
)
from tests.unit.helpers.rows import every

ALL = (V16, V17, V21, V22, V23, V24)
NGINX = "library/nginx/manifests/latest"
HUB = f"https://registry-1.docker.io/v2/{NGINX}"
NS = "?ns=docker.io"
M = "https://m.io"
TEST_HOSTS: list[tuple[str, dict[str, str], list[str]]] = [
    ("H10, no server", {"docker.io/hosts.toml": f'[host."{M}"]'}, [f"{M}/v2/{NGINX}{NS}", HUB]),
    (
        "H05d, override_path without a path",
        {"docker.io/hosts.toml": f'[host."{M}"]\noverride_path = true'},
        [f"{M}/{NGINX}{NS}", HUB],
    ),
    (
        "H05d, override_path and a slash",
        {"docker.io/hosts.toml": f'[host."{M}/"]\noverride_path = true'},
        [f"{M}/{NGINX}{NS}", HUB],
    ),
    (
        "v2 in front and at the end",
        {"docker.io/hosts.toml": f'[host."{M}/v2/a"]'},
        [f"{M}/v2/a/v2/{NGINX}{NS}", HUB],
    ),
    (
        "H07d, the name is taken for a scheme",
        {"docker.io/hosts.toml": '[host."httpbin.example.org"]'},
        [HUB],
    ),
    (
        "such a server means upstream",
        {"docker.io/hosts.toml": f'server = "httpbin.example.org"\n[host."{M}"]'},
        [f"{M}/v2/{NGINX}{NS}", HUB],
    ),
    (
        "H23, a folder without hosts.toml hides _default",
        {"docker.io/notes.txt": "", "_default/hosts.toml": f'[host."{M}"]'},
        [HUB],
    ),
    (
        "a folder named without files",
        {"docker.io/": "", "_default/hosts.toml": f'[host."{M}"]'},
        [HUB],
    ),
    (
        "registry-1.docker.io is never used",
        {"registry-1.docker.io/hosts.toml": f'[host."{M}"]'},
        [HUB],
    ),
    (
        "E09, capital capabilities",
        {"docker.io/hosts.toml": f'[host."{M}"]\ncapabilities = ["PULL", "Resolve"]'},
        [f"{M}/v2/{NGINX}{NS}", HUB],
    ),
    (
        "E09b, no capabilities mean all",
        {"docker.io/hosts.toml": f'[host."{M}"]\ncapabilities = []'},
        [f"{M}/v2/{NGINX}{NS}", HUB],
    ),
    (
        "capabilities at the top without server",
        {"docker.io/hosts.toml": f'capabilities = ["push"]\n[host."{M}"]'},
        [f"{M}/v2/{NGINX}{NS}", HUB],
    ),
    (
        "server is the mirror",
        {"docker.io/hosts.toml": f'server = "{M}/v2/p"\noverride_path = true\n[host."{M}"]'},
        [f"{M}/v2/{NGINX}{NS}", f"{M}/v2/p/{NGINX}{NS}"],
    ),
    (
        "E11c, skip_verify of the wrong type",
        {"docker.io/hosts.toml": f'[host."{M}"]\nskip_verify = "true"'},
        [HUB],
    ),
    ("H17, syntax", {"docker.io/hosts.toml": f'[host."{M}"'}, [HUB]),
    ("an invalid URL", {"docker.io/hosts.toml": f'[host."{M}:x"]\n[host."{M}"]'}, [HUB]),
    (
        "a client certificate that is not there",
        {
            "docker.io/hosts.toml": f'[host."{M}"]\nclient = [["a.cert", "a.key"]]',
            "docker.io/a.cert": "",
        },
        [],
    ),
    (
        "a client certificate that is there",
        {
            "docker.io/hosts.toml": f'[host."{M}"]\nclient = [["a.cert", "../a.key"], "a.cert"]',
            "docker.io/a.cert": "",
            "a.key": "",
        },
        [f"{M}/v2/{NGINX}{NS}", HUB],
    ),
    (
        "a pair of one",
        {"docker.io/hosts.toml": f'[host."{M}"]\nclient = [["a.cert"]]', "docker.io/a.cert": ""},
        [HUB],
    ),
]


@every(in_all(TEST_HOSTS))
def test_hosts_toml(files: dict[str, str], expected: list[str], version: str) -> None:
    assert by_hosts(files, version) == expected


def test_a_folder_without_port_does_not_serve_a_host_with_port() -> None:
    """H15d."""
    files = {"my.io/hosts.toml": f'[host."{M}"]'}
    assert by_hosts(files, V17, "my.io:5000/a:1") == ["https://my.io:5000/v2/a/manifests/1"]


TEST_BY_RELEASE: list[tuple[str, str, dict[tuple[str, ...], list[str]]]] = [
    (
        "H25, dotted keys",
        f'host."{M}".capabilities = ["pull", "resolve"]',
        {("1.6.20", "1.7.24"): [f"{M}/v2/{NGINX}{NS}", HUB], ("2.1.9", "2.3.4"): [HUB]},
    ),
    (
        "H25, dotted keys beside a server",
        f'server = "https://s.io"\nhost."{M}".skip_verify = false',
        {
            ("1.7.24",): [f"{M}/v2/{NGINX}{NS}", f"https://s.io/v2/{NGINX}{NS}"],
            ("2.1.9",): [f"https://s.io/v2/{NGINX}{NS}"],
        },
    ),
    (
        "H09, server alone",
        'server = "https://s.io"',
        {
            ("1.6.39", "1.7.31"): [HUB],
            ("1.7.32", "2.0.0", "2.3.4"): [f"https://s.io/v2/{NGINX}{NS}"],
        },
    ),
    (
        "headers with blanks, quotes and subtables",
        f"[ host . '{M}' ]\n[ \"host\".\"https://n.io\".header]\nx = ['y']\n",
        {ALL: [f"{M}/v2/{NGINX}{NS}", f"https://n.io/v2/{NGINX}{NS}", HUB]},
    ),
    (
        "an escaped header",
        '[host."https://\\u006d.io"]',
        {ALL: [f"{M}/v2/{NGINX}{NS}", HUB]},
    ),
    (
        "2.x asks twice where another header stands between",
        f'[host."{M}"]\n[host."n.io"]\n[host."{M}".header]\nx = "y"',
        {
            ("1.7.24",): [f"{M}/v2/{NGINX}{NS}", f"https://n.io/v2/{NGINX}{NS}", HUB],
            ("2.1.9",): [
                f"{M}/v2/{NGINX}{NS}",
                f"https://n.io/v2/{NGINX}{NS}",
                f"{M}/v2/{NGINX}{NS}",
                HUB,
            ],
        },
    ),
    (
        "H13b, X09: http with TLS options is asked over https first",
        '[host."http://h.io:5000"]\nskip_verify = false',
        {
            ("1.6.20", "1.6.24", "1.7.6"): [f"http://h.io:5000/v2/{NGINX}{NS}", HUB],
            ("1.6.25", "1.7.7", "2.1.9"): [
                f"https://h.io:5000/v2/{NGINX}{NS}",
                f"http://h.io:5000/v2/{NGINX}{NS}",
                HUB,
            ],
        },
    ),
    (
        "port 80 is not ambiguous",
        '[host."http://h.io:80"]\nskip_verify = true',
        {ALL: [f"http://h.io:80/v2/{NGINX}{NS}", HUB]},
    ),
    (
        "referrers",
        f'[host."{M}"]\ncapabilities = ["pull", "resolve", "referrers"]',
        {("2.1.9",): [HUB], ("2.2.0",): [f"{M}/v2/{NGINX}{NS}", HUB]},
    ),
]


@every(
    (f"{name}, {version}", (text, version, expected))
    for name, text, answers in TEST_BY_RELEASE
    for versions, expected in answers.items()
    for version in versions
)
def test_hosts_toml_by_release(text: str, version: str, expected: list[str]) -> None:
    assert by_hosts({"docker.io/hosts.toml": text}, version) == expected


def test_an_unread_hosts_file_leaves_its_requests_unknown() -> None:
    path = f"{CERTS}/docker.io/hosts.toml"
    text = f'version = 2\n[{OLD}.registry]\nconfig_path = "{CERTS}"\n'
    node = load(NodeFiles({MAIN: text}, V17, unreadable={path: "permission denied"}))
    assert node.requests("nginx") == ()
    assert node.requests("quay.io/a:1") == ("https://quay.io/v2/a/manifests/1",)
    assert [finding.subject for finding in analyse(node)] == [path]


def test_a_certificate_that_was_not_read_is_there() -> None:
    text = f'version = 2\n[{OLD}.registry]\nconfig_path = "{CERTS}"\n'
    hosts = {f"{CERTS}/docker.io/hosts.toml": f'[host."{M}"]\nca = "/ca.crt"'}
    node = load(NodeFiles({MAIN: text, **hosts}, V17, unreadable={"/ca.crt": "not read"}))
    assert node.requests("nginx")[0] == f"{M}/v2/{NGINX}{NS}"


# A [host] with skip_verify, and the first URL's start by 1.6, 1.7 and 2.1.
TEST_HTTP_WITH_TLS: list[tuple[str, tuple[str, str, str]]] = [
    ("http://h.io", ("http://h.io/", "https://h.io/", "https://h.io/")),
    ("http://h.io:80", ("http://h.io:80/", "http://h.io:80/", "http://h.io:80/")),
    ("http://h.io:443", ("http://h.io:443/", "https://h.io:443/", "https://h.io:443/")),
]


@pytest.mark.parametrize(("url", "starts"), TEST_HTTP_WITH_TLS)
def test_http_with_tls_options(url: str, starts: tuple[str, ...]) -> None:
    files = certs(f'[host."{url}"]\nskip_verify = true\n')
    for version, start in zip((V16, V17, V21), starts, strict=True):
        assert load(NodeFiles(files, version)).requests("nginx")[0].startswith(start)
    codes = {one.code for one in analyse(load(NodeFiles(files, V17)))}
    assert ("https_first" in codes) is (url != "http://h.io:80")
    assert ("plain_http" in codes) is (url == "http://h.io:80")
