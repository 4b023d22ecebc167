# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of `ansible-test sanity` that changes break most, in seconds instead of minutes.

The gates `sanity-2.16` to `sanity-2.21` have all of them.
"""

from __future__ import annotations

import ast
import pathlib
import re
import sys
import typing as t

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
LICENCE = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/"
# Folders of plugins that only a controller loads, where there is what ansible-core needs.
CONTROLLER = {"action", "callback", "filter", "inventory", "plugin_utils"}

# Those that are documented in their own file.
PLUGINS = sorted(CHECKOUT.glob("plugins/modules/*.py")) + sorted(
    CHECKOUT.glob("plugins/inventory/*.py")
)


def files(*suffixes: str) -> t.Iterator[pathlib.Path]:
    """Yield the files of the collection, without those that are built."""
    for folder in CHECKOUT.iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            found = (path for path in folder.rglob("*") if path.suffix in suffixes)
            yield from (path for path in found if "output" not in path.parts)


def nameless(text: str) -> list[int]:
    """Return the lines that give a value the name `_`. A parameter may have it."""
    if not re.search(r"\b_\b", text):
        return []
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)
    ]


def unguarded(text: str, known: t.Container[str]) -> list[str]:
    """Return the packages that a file imports as it is loaded and cannot do without."""
    modules: list[str] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.append(node.module or "")
    packages = {module.partition(".")[0] for module in modules}
    ours = "ansible_collections.palette."
    foreign = {
        module
        for module in modules
        if module.startswith("ansible_collections.") and not module.startswith(ours)
    }
    return sorted({name for name in packages if name not in known} | foreign)


def documentation(plugin: pathlib.Path) -> list[str]:
    """Return what a plugin documents of itself, each part of it YAML."""
    parts = ("DOCUMENTATION", "EXAMPLES", "RETURN")
    return [
        ast.literal_eval(node.value)
        for node in ast.parse(plugin.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in parts
    ]


def test_each_plugin_says_since_when_it_is_there() -> None:
    """An option says so where it is newer than its plugin; ansible-test refuses what is not yet."""
    texts = [path.read_text(encoding="utf-8") for path in PLUGINS]
    documents = [
        re.search(r'^DOCUMENTATION = r"""\n(.*?)^"""', text, re.M | re.S) for text in texts
    ]
    found = [yaml.safe_load(document[1]) for document in documents if document]
    found += [
        yaml.safe_load(path.read_text(encoding="utf-8"))["DOCUMENTATION"]
        for path in CHECKOUT.glob("plugins/filter/*.yml")
    ]
    assert len(found) > 30
    galaxy = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    for one in found:
        since = str(one["version_added"])
        options = one.get("options", {}).values()
        newer = [str(option["version_added"]) for option in options if "version_added" in option]
        versions = [tuple(map(int, x.split("."))) for x in (since, *newer, galaxy["version"])]
        assert versions[0] <= versions[-1]
        assert all(versions[0] < version <= versions[-1] for version in versions[1:-1]), one


def test_what_is_not_used_has_a_name_all_the_same() -> None:
    found = {
        str(path.relative_to(CHECKOUT)): lines
        for path in files(".py")
        if (lines := nameless(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_plugins_load_without_foreign_packages() -> None:
    """Whoever lacks one gets a finding that says so, not a traceback."""
    standard = {*sys.stdlib_module_names, "ansible", "ansible_collections"}
    found = {}
    for path in files(".py"):
        folder, kind = path.relative_to(CHECKOUT).parts[:2]
        known = standard | ({"yaml"} if kind in CONTROLLER else set())
        if folder == "plugins" and (names := unguarded(path.read_text(encoding="utf-8"), known)):
            found[str(path.relative_to(CHECKOUT))] = names
    assert found == {}


def test_packages_of_plugins_are_empty() -> None:
    """What a package offers lies in its files: `ansible-test` before 2.19 wants it so."""
    found = sorted(CHECKOUT.glob("plugins/**/__init__.py"))
    assert found
    assert [str(path) for path in found if path.stat().st_size] == []


def test_documented_plugins_say_licence_and_author() -> None:
    assert PLUGINS
    for plugin in PLUGINS:
        text = plugin.read_text(encoding="utf-8")
        assert LICENCE in "\n".join(text.splitlines()[:20]), plugin.name
        assert "authors (@palette-image-registry)\n" in text, plugin.name


def test_a_file_of_yaml_is_one_document() -> None:
    texts = [(path, path.read_text(encoding="utf-8")) for path in files(".yml", ".yaml")]
    texts += [(path, text) for path in PLUGINS for text in documentation(path)]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = []
    for path, text in texts:
        if sum(1 for _node in yaml.compose_all(text, loader)) > 1:
            found.append(str(path.relative_to(CHECKOUT)))
    assert found == []


TEST_NAMELESS = [
    ("for _ in range(2):\n    pass\n", [1]),
    ("x = 1\na, _ = f()\n", [2]),
    ("[1 for _, b in c]\n", [1]),
    ("lambda _: 1\n", []),
    ("for _index in range(2):\n    print(_index)\n", []),
]


@pytest.mark.parametrize(("text", "lines"), TEST_NAMELESS)
def test_the_name_would_be_found(text: str, lines: list[int]) -> None:
    assert nameless(text) == lines


TEST_UNGUARDED = [
    ("import urllib3.util\n", ["urllib3"]),
    ("from yaml import safe_load\n", ["yaml"]),
    (
        "from ansible_collections.kubernetes.core import x\n",
        ["ansible_collections.kubernetes.core"],
    ),
    ("from ansible_collections.palette.image_registry.plugins import x\nimport json\n", []),
    ("try:\n    import yaml\nexcept ImportError:\n    pass\n", []),
    ("if t.TYPE_CHECKING:\n    import yaml\n", []),
    ("def f():\n    import yaml\n", []),
]


@pytest.mark.parametrize(("text", "names"), TEST_UNGUARDED)
def test_the_import_would_be_found(text: str, names: list[str]) -> None:
    assert unguarded(text, {"json", "ansible_collections"}) == names
