# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as people install it: built, installed elsewhere, used from there."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tarfile

import pytest

from tests.evidence_schema import assert_valid
from tests.pages.summaries import GOLDEN, planned
from tests.sandbox.paths import CHECKOUT, COLLECTIONS

pytestmark = pytest.mark.sandbox

BIN = pathlib.Path(sys.executable).parent
INSIDE = pathlib.Path("ansible_collections") / "palette" / "image_registry"
KNOWN = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "LICENSES",
    "MANIFEST.json",
    "README.md",
    "REUSE.toml",
    "SECURITY.md",
    "awx",
    "changelogs",
    "docs",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "requirements.yml",
    "roles",
    "tests",
}


def run(home: pathlib.Path, path: pathlib.Path, *command: str) -> str:
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(path),
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        env=environment,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return a collections path with the built collection and kubernetes.core, nothing else."""
    folder = tmp_path_factory.mktemp("built")
    target = folder / "collections"
    (target / "ansible_collections").mkdir(parents=True)
    (target / "ansible_collections" / "kubernetes").symlink_to(
        COLLECTIONS / "ansible_collections" / "kubernetes"
    )
    build = ["ansible-galaxy", "collection", "build", str(CHECKOUT), "--output-path", str(folder)]
    run(folder, COLLECTIONS, *build)
    (archive,) = folder.glob("palette-image_registry-*.tar.gz")
    with tarfile.open(archive) as content:
        top = {name.partition("/")[0] for name in content.getnames()}
        assert not [name for name in content.getnames() if "__pycache__" in name]
    assert top == KNOWN
    install = ["ansible-galaxy", "collection", "install", str(archive), "--offline"]
    run(folder, target, *install, "--collections-path", str(target))
    return target


def test_every_plugin_and_role_has_documentation(
    installed: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    plugins = installed / INSIDE / "plugins"
    modules = [path.stem for path in (plugins / "modules").glob("*.py")]
    filters = [path.stem for path in (plugins / "filter").glob("*.yml")]
    roles = [path.name for path in (installed / INSIDE / "roles").iterdir()]
    inventories = [path.stem for path in (plugins / "inventory").glob("*.py")]
    for kind, names in (
        ("module", modules),
        ("filter", filters),
        ("inventory", inventories),
        ("role", roles),
    ):
        assert names
        full = [f"palette.image_registry.{name}" for name in names]
        text = run(tmp_path, installed, "ansible-doc", "--type", kind, *full)
        for name in full:
            assert name in text
    assert sorted(roles) == sorted(path.name for path in (CHECKOUT / "roles").iterdir())
    actions = {path.stem for path in (plugins / "action").glob("*.py")}
    assert actions <= set(modules)


def test_the_installed_collection_plans(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    variables = f"@{CHECKOUT}/tests/sandbox/page_example.yml"
    playbook = "palette.image_registry.plan"
    options = ["--extra-vars", variables, "--extra-vars", f"plan_dir={tmp_path}/plan"]
    options += ["--extra-vars", f"palette_report_dir={tmp_path}/report"]
    output = run(tmp_path, installed, "ansible-playbook", playbook, *options)
    assert "Image registry plan: PASSED WITH WARNINGS" in output
    assert (tmp_path / "plan" / "plan.md").is_file()
    (report,) = (tmp_path / "report").glob("plan-*.json")
    assert_valid(json.loads(report.read_text(encoding="utf-8")))
    assert "--page: light-dark" in report.with_suffix(".html").read_text(encoding="utf-8")
    assert (installed / INSIDE / "docs" / "evidence.schema.json").is_file()


def test_the_pages_example_is_told_on_one_screen() -> None:
    """After a change read the texts that `python -m tests.pages.summaries` writes."""
    text = planned()
    assert text == (GOLDEN / "page_example.txt").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 24
    assert max(map(len, text.splitlines())) <= 100
