# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.yaml_files import (
    PASSWORD_PLACEHOLDER,
    secret_yaml,
    values_yaml,
    vars_yaml,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._release.values import (
    parse_values,
)

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def test_the_secret_is_the_pages() -> None:
    text = secret_yaml({"DOMAIN": "h.io", "PASSWORD": "s3cret", "CA_CERT": PEM})
    assert text == (
        "---\n"
        "apiVersion: v1\n"
        "stringData:\n"
        '  DOMAIN: "h.io"\n'
        '  PASSWORD: "REPLACE_WITH_CUSTOM_REGISTRY_PASSWORD"\n'
        "  CA_CERT: |\n"
        "    -----BEGIN CERTIFICATE-----\n"
        "    AAAA\n"
        "    -----END CERTIFICATE-----\n"
        "kind: Secret\n"
        "metadata:\n"
        "  name: registry-info\n"
        "  namespace: jet-system\n"
        "type: Opaque\n"
    )


def test_a_registry_without_a_password_needs_no_placeholder() -> None:
    assert yaml.safe_load(secret_yaml({"PASSWORD": ""}))["stringData"] == {"PASSWORD": ""}


TEST_PLACES: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    (
        {"ociImageRegistry": {"password": "s3cret"}},
        {"ociImageRegistry": {"password": PASSWORD_PLACEHOLDER}},
    ),
    (
        {"config": {"ociImageRegistry": {"password": "s3cret", "insecureSkipVerify": False}}},
        {
            "config": {
                "ociImageRegistry": {
                    "password": PASSWORD_PLACEHOLDER,
                    "insecureSkipVerify": False,
                }
            }
        },
    ),
    ({"ociImageRegistry": {"password": ""}}, {"ociImageRegistry": {"password": ""}}),
    (
        {"a": {"one": "12e4", "two": "no", "three": ["0o17", 1, None]}},
        {"a": {"one": "12e4", "two": "no", "three": ["0o17", 1, None]}},
    ),
]


@pytest.mark.parametrize(("values", "expected"), TEST_PLACES)
def test_helm_reads_the_values_as_they_are(
    values: dict[str, t.Any], expected: dict[str, t.Any]
) -> None:
    assert parse_values(values_yaml(values), "values.yaml") == expected


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])))
def test_any_text_comes_back(text: str) -> None:
    assert yaml.safe_load(secret_yaml({"DOMAIN": text}))["stringData"] == {"DOMAIN": text}
    assert parse_values(values_yaml({"a": text}), "values.yaml") == {"a": text}


def test_vars_leave_the_password_to_a_vault_and_template_nothing_else() -> None:
    text = vars_yaml({"username": "ro{{bot", "password": "s3cret", "mirrors": {"a.io": "b.io/c"}})
    assert text == (
        "---\n"
        "palette_registry:\n"
        '  username: !unsafe "ro{{bot"\n'
        '  password: "{{ vault_registry_password }}"\n'
        "  mirrors:\n"
        '    a.io: "b.io/c"\n'
    )
