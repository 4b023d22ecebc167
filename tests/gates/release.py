# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is released: the archive, an SBOM of it and of what it needs, and the checksums of both."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import shutil
import typing as t

import yaml

from tests.sandbox.paths import CACHE, CHECKOUT, COLLECTIONS

from . import published, workplace
from .workplace import GATES, run

FOLDER = CACHE / "release"
SUMS = "SHA256SUMS"
_VALIDATE = """\
import pathlib, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) and "it is no CycloneDX 1.6")
"""

Component = dict[str, t.Any]


def release(log: pathlib.Path) -> str:
    """Write the files of a release into .cache/release. The versions are those of the tests."""
    tools = workplace.tools()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    archive = pathlib.Path(shutil.copy2(published.archive(), FOLDER))
    path = FOLDER / archive.name.replace(".tar.gz", ".cdx.json")
    options = ["--output-reproducible", "--spec-version", "1.6", "--output-file", str(path)]
    run(log, tools / "cyclonedx-py", "environment", *options, _needed() / "python")
    sbom = json.loads(path.read_text(encoding="utf-8"))
    _add_collection(sbom, archive)
    path.write_text(json.dumps(sbom, indent=2) + "\n", encoding="utf-8")
    run(log, tools / "python", "-c", _VALIDATE, path)
    sums = [f"{_sha256(file)}  {file.name}\n" for file in (archive, path)]
    (FOLDER / SUMS).write_text("".join(sums), encoding="utf-8")
    run(log, "sha256sum", "--check", "--strict", SUMS, cwd=FOLDER)
    return f"{len(sbom['components'])} packages in the SBOM"


def _needed() -> pathlib.Path:
    """Return the programs of an environment with what the collection needs and nothing else."""
    lock = CHECKOUT / "requirements-dev.lock"
    pins = re.findall(r"^[\w.-]+==[\w.]+", lock.read_text(encoding="utf-8"), re.MULTILINE)
    constraints, wanted = GATES / "constraints.txt", GATES / "needed.txt"
    constraints.write_text("\n".join(pins) + "\n", encoding="utf-8")
    lines = [f"# {_sha256(lock)}", "ansible-core", f"-r {CHECKOUT}/requirements.txt"]
    wanted.write_text("\n".join([*lines, f"-c {constraints}", ""]), encoding="utf-8")
    return workplace.environment("needed", workplace.own_python(), wanted)


def _add_collection(sbom: dict[str, t.Any], archive: pathlib.Path) -> None:
    """Name the collection as what the SBOM is about, and the collection that it needs."""
    galaxy = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    ours = _collection(f"{galaxy['namespace']}.{galaxy['name']}", galaxy["version"])
    ours["hashes"] = [{"alg": "SHA-256", "content": _sha256(archive)}]
    manifest = COLLECTIONS / "ansible_collections/kubernetes/core/MANIFEST.json"
    info = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]
    needed = _collection(f"{info['namespace']}.{info['name']}", info["version"])
    sbom["metadata"]["component"] = ours
    sbom["components"].append(needed)
    needs = [one["bom-ref"] for one in sbom["components"]]
    sbom["dependencies"] += [{"ref": ours["bom-ref"], "dependsOn": needs}]
    sbom["dependencies"] += [{"ref": needed["bom-ref"]}]


def _collection(name: str, version: str) -> Component:
    """Return a collection as a component; there is no type of package URL for these."""
    return {
        "type": "library",
        "bom-ref": f"{name}=={version}",
        "name": name,
        "version": version,
        "purl": f"pkg:generic/{name}@{version}",
        "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
    }


def _sha256(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


__all__ = ("FOLDER", "SUMS", "release")
