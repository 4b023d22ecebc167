# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gates of what is published: the archive, its documentation, its licences."""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import typing as t

from . import workplace
from .workplace import GATES, GateError, run

_ARCHIVES = GATES / "build"


def reuse(log: pathlib.Path) -> str:
    """Every file says under which licence it is."""
    return _last_line(run(log, workplace.tools() / "reuse", "lint", "--lines"))


def docs(log: pathlib.Path) -> str:
    """antsibull-docs: every page and plugin can be rendered, every reference leads somewhere."""
    tools = workplace.tools()
    options = ["--plugin-docs", "--validate-collection-refs", "all"]
    run(log, tools / "antsibull-docs", "lint-collection-docs", *options, ".", path=[tools])
    return ""


def build(log: pathlib.Path) -> str:
    """ansible-galaxy builds the archive."""
    tools = workplace.tools()
    for old in _ARCHIVES.glob("*.tar.gz"):
        old.unlink()
    run(log, tools / "ansible-galaxy", "collection", "build", "--output-path", _ARCHIVES)
    return archive().name


@contextlib.contextmanager
def extracted() -> t.Iterator[pathlib.Path]:
    """Unpack the archive where ansible-test wants a collection, in a tree of its own."""
    root = GATES / "archive"
    shutil.rmtree(root, ignore_errors=True)
    folder = root / "ansible_collections" / "palette" / "image_registry"
    folder.mkdir(parents=True)
    with tarfile.open(archive()) as packed:
        if hasattr(tarfile, "data_filter"):  # Debian 12's Python has none
            packed.extraction_filter = tarfile.data_filter
        packed.extractall(folder)
    kept = [str(path.relative_to(folder)) for path in (folder / "tests").rglob("*")]
    if kept != ["tests/config.yml"]:
        raise GateError(f"of tests/ the archive has {', '.join(kept) or 'nothing'}")
    # The files of a folder that git ignores, as this one, are none for ansible-test.
    for command in (["git", "init", "--quiet"], ["git", "add", "--all", "--force"]):
        subprocess.run(command, cwd=folder, check=True)
    try:
        yield folder
    finally:
        shutil.rmtree(root)


def importer(log: pathlib.Path) -> str:
    """Galaxy's importer takes the archive, without a warning."""
    tools = workplace.tools()
    output = run(
        log,
        tools / "python",
        "-m",
        "galaxy_importer.main",
        archive().name,
        cwd=_ARCHIVES,
        path=[tools],
        GALAXY_IMPORTER_CHECK_REQUIRED_TAGS="true",
        # The gate `lint` runs it, without a limit of time.
        GALAXY_IMPORTER_RUN_ANSIBLE_LINT="false",
        # It reads the YAML that documents filters as Python. Sanity has the same rules and better.
        GALAXY_IMPORTER_RUN_FLAKE8="false",
        GALAXY_IMPORTER_RUN_ANSIBLE_TEST="false",
    )
    bad = re.findall(r"^(?:WARNING|ERROR).*", output, re.MULTILINE)
    if bad:
        raise GateError("\n".join(bad))
    return _last_line(output)


def lint(log: pathlib.Path) -> str:
    """ansible-lint's profile for production, over playbooks, roles and scenarios."""
    programs = pathlib.Path(sys.executable).parent
    run(log, programs / "ansible-lint", "--offline", "--profile=production", path=[programs])
    return ""


def builder(log: pathlib.Path) -> str:
    """ansible-builder makes an execution environment's context with what the collection needs."""
    tools = workplace.tools()
    collections = GATES / "collections"
    output = run(log, tools / "ansible-builder", "introspect", collections, path=[tools])
    for needed in ("kubernetes", "cryptography", "urllib3", "openssh-client"):
        if needed not in output:
            raise GateError(f"the execution environment would lack {needed}")
    definition = GATES / "execution-environment.yml"
    ours = {"name": str(archive()), "type": "file"}
    content = {"version": 3, "dependencies": {"galaxy": {"collections": [ours]}}}
    definition.write_text(json.dumps(content), encoding="utf-8")
    for file in (definition, workplace.COLLECTION / "awx" / "execution-environment.yml"):
        options = [f"--file={file}", f"--context={GATES / 'context'}"]
        options += ["--output-filename=Containerfile"]
        run(log, tools / "ansible-builder", "create", *options, path=[tools])
    made = (GATES / "context" / "Containerfile").read_text(encoding="utf-8")
    if "sha256sum --check" not in made:
        raise GateError("the image of awx/ would have no Helm, or one that nobody has checked")
    return ""


def archive() -> pathlib.Path:
    """Return the archive that the gate `build` has made. Raises GateError."""
    archives = list(_ARCHIVES.glob("*.tar.gz"))
    if len(archives) != 1:
        raise GateError("there is no archive: run the gate `build` before this one")
    return archives[0]


def _last_line(output: str) -> str:
    return output.strip().rpartition("\n")[2]
