# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter containerd_requests: plain data in and out, and its documented examples."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.palette.image_registry.plugins.filter.containerd import (
    FilterModule,
    containerd_requests,
)

MAIN = "/etc/containerd/config.toml"
ROOT = pathlib.Path(__file__).parents[4]


def test_answers_are_plain_data() -> None:
    text = '[plugins.cri.registry.mirrors."docker.io"]\nendpoint = ["h.io/p"]'
    answer = containerd_requests({MAIN: text}, "1.7.24", ["nginx:1", "quay.io/a/b:1"])
    assert json.loads(json.dumps(answer)) == answer
    assert (answer["cri"], answer["reason"]) == ("up", "")
    assert answer["requests"] == {
        "nginx:1": [
            "https://h.io/p/library/nginx/manifests/1?ns=docker.io",
            "https://registry-1.docker.io/v2/library/nginx/manifests/1",
        ],
        "quay.io/a/b:1": ["https://quay.io/v2/a/b/manifests/1"],
    }
    assert "endpoint_without_v2" in {finding["code"] for finding in answer["findings"]}


def test_one_image_and_a_dump() -> None:
    dump = "version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_path = '/c'\n"
    files = {"/c/docker.io/hosts.toml": '[host."h.io"]'}
    answer = containerd_requests(files, "2.1.9", "nginx", dump=dump)
    assert answer["requests"]["nginx"][0].startswith("https://h.io/v2/library/nginx/")


def test_another_config_path() -> None:
    answer = containerd_requests({}, "2.1.9", [], config_path="/x.toml")
    assert answer["cri"] == "not started"
    assert "/x.toml" in answer["reason"]


@pytest.mark.parametrize(
    ("files", "images", "word"),
    [("text", [], "paths"), ({}, 1, "list"), ({}, ["A B"], "A B"), ({}, ["a:b:c"], "a:b:c")],
)
def test_wrong_input_is_an_error_with_a_sentence(files: object, images: object, word: str) -> None:
    with pytest.raises(AnsibleFilterError, match=word):
        containerd_requests(files, "1.7.24", images)


def test_documentation_names_the_parameters() -> None:
    path = ROOT / "plugins" / "filter" / "containerd_requests.yml"
    documents: dict[str, t.Any] = yaml.safe_load(path.read_text("utf-8"))
    options = documents["DOCUMENTATION"]["options"]
    assert list(options) == ["_input", "version", "images", "dump", "config_path"]
    assert list(FilterModule().filters()) == [documents["DOCUMENTATION"]["name"]]
    assert yaml.safe_load(documents["EXAMPLES"])
