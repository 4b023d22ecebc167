# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The YAML files of a plan: what people review, and apply by hand or hand to Ansible.

Every string is quoted, so that kubectl, Helm and Ansible read it alike: unquoted, `12e4` is a
number to Helm and `no` is a boolean to all of them.
"""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import copy
import functools
import typing as t

from ...module_utils._settings.settings import SECRET_NAME, SECRET_NAMESPACE
from ...module_utils._visible import visible

with contextlib.suppress(ImportError):  # controllers have it: ansible-core needs it
    import yaml

PASSWORD_PLACEHOLDER = "REPLACE_WITH_CUSTOM_REGISTRY_PASSWORD"
"""What Palette's page has where the password belongs."""

CA_PLACEHOLDER = "REPLACE_WITH_CUSTOM_REGISTRY_CA_CERT"
"""What Palette's page has where the CA belongs."""

VAULT_VARIABLE = "vault_registry_password"

_REGISTRY = "ociImageRegistry"


class _Template(str):
    """Text that Ansible is to template; all other text with braces is kept from that."""

    __slots__ = ()


class _Quoted(str):
    """Text that is a value, not a key."""

    __slots__ = ()


def _represent_quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


def _represent_template(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


def _represent_literal(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if any(mark in text for mark in ("{{", "{%", "{#")):
        return dumper.represent_scalar("!unsafe", str(text), style='"')
    return _represent_quoted(dumper, text)


@functools.cache
def _dumper(for_ansible: bool) -> type[yaml.SafeDumper]:
    """Return what writes values in double quotes, and text of several lines as a block.

    For Ansible, text that only looks like a template is kept from being one.
    """

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_representer(_Quoted, _represent_literal if for_ansible else _represent_quoted)
    Dumper.add_representer(_Template, _represent_template)
    return Dumper


def secret_yaml(data: t.Mapping[str, str]) -> str:
    """Return registry-secret.yaml as the page has it, with a placeholder for the password."""
    shown = dict(data)
    if shown.get("PASSWORD"):
        shown["PASSWORD"] = PASSWORD_PLACEHOLDER
    return "---\n" + _dump(
        {
            "apiVersion": "v1",
            "stringData": _quoted(shown),
            "kind": "Secret",
            "metadata": {"name": SECRET_NAME, "namespace": SECRET_NAMESPACE},
            "type": "Opaque",
        }
    )


def values_yaml(values: t.Mapping[str, t.Any]) -> str:
    """Return values.yaml for the image-swap chart, with a placeholder for the password."""
    return "---\n" + _dump(_quoted(without_password(values)))


def without_password(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return chart values with the placeholder wherever the chart keeps the password."""
    shown = copy.deepcopy(dict(values))
    config = shown.get("config")
    for block in (shown, config if isinstance(config, dict) else {}):
        registry = block.get(_REGISTRY)
        if isinstance(registry, dict) and registry.get("password"):
            registry["password"] = PASSWORD_PLACEHOLDER
    return shown


def vars_yaml(settings: t.Mapping[str, t.Any], **more: str) -> str:
    """Return a vars file that sets `palette_registry` and more; the password is in a vault."""
    shown: dict[str, t.Any] = {str(key): _quoted(value) for key, value in settings.items()}
    if shown.get("password"):
        shown["password"] = _Template(f"{{{{ {VAULT_VARIABLE} }}}}")
    return "---\n" + _dump({"palette_registry": shown, **_quoted(more)}, for_ansible=True)


def _quoted(value: t.Any) -> t.Any:
    if isinstance(value, t.Mapping):
        return {str(key): _quoted(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_quoted(item) for item in value]
    return _Quoted(value) if isinstance(value, str) else value


def _dump(value: t.Any, for_ansible: bool = False) -> str:
    dumper = _dumper(for_ansible)
    text = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, width=float("inf"))
    if visible(text) == text:
        return text
    # Then with escapes, which mean the same: what nobody sees, nobody reviews.
    return yaml.dump(value, Dumper=dumper, sort_keys=False, width=float("inf"))


__all__ = (
    "CA_PLACEHOLDER",
    "PASSWORD_PLACEHOLDER",
    "VAULT_VARIABLE",
    "secret_yaml",
    "values_yaml",
    "vars_yaml",
    "without_password",
)
