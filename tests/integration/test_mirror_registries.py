# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module mirror_registries and its filters, run by Ansible itself."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml

pytestmark = pytest.mark.sandbox

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "palette.image_registry.mirror_registries"
FILTERS = ("lint_mirrors", "parse_mirrors", "render_mirrors")


def _run(program: str, home: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
    }
    return subprocess.run(
        [str(pathlib.Path(sys.executable).with_name(program)), *arguments],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _module(home: pathlib.Path, *flags: str, **options: t.Any) -> tuple[int, dict[str, t.Any]]:
    """Run the module ad hoc; return the exit code and its result."""
    done = _run(
        "ansible",
        home,
        "localhost",
        *flags,
        "-e",
        f"ansible_python_interpreter={sys.executable}",
        "-m",
        NAME,
        "-a",
        json.dumps(options),
    )
    start = done.stdout.index("localhost | ")
    text = done.stdout[done.stdout.index("{", start) :]
    return done.returncode, t.cast("dict[str, t.Any]", json.JSONDecoder().raw_decode(text)[0])


@pytest.mark.parametrize("flags", [(), ("--check", "--diff")])
def test_good_mirrors(tmp_path: pathlib.Path, flags: tuple[str, ...]) -> None:
    code, result = _module(
        tmp_path,
        *flags,
        mirrors=[{"source": "docker.io", "target": "h.io/p"}],
        formats=["palette", "k3s_registries", "containerd_hosts"],
    )

    assert code == 0
    assert result["changed"] is False
    assert result["rendered"]["palette"] == "docker.io::h.io/p"
    assert yaml.safe_load(result["rendered"]["k3s_registries"]) == {
        "mirrors": {"docker.io": {"endpoint": ["https://h.io/v2/p"]}}
    }


def test_bad_mirrors(tmp_path: pathlib.Path) -> None:
    code, result = _module(tmp_path, mirrors="docker.io::https://h.io/p,gcr.io:443")

    assert code != 0
    assert {finding["code"] for finding in result["findings"]} >= {
        "scheme_in_target",
        "port_without_target",
    }
    assert "entry 2 'gcr.io:443'" in result["msg"]


def test_booleans_of_surveys_are_text(tmp_path: pathlib.Path) -> None:
    code, result = _module(tmp_path, mirrors="docker.io::h.io/v2/p", airgap="false")

    assert code == 0
    assert "v2_in_target" not in {finding["code"] for finding in result["findings"]}


# What the examples read.
EXAMPLE_FILES = {
    "registry-info.yml": {
        "apiVersion": "v1",
        "kind": "Secret",
        "data": {"MIRROR_REGISTRIES": "ZG9ja2VyLmlvOjpoYXJib3IuZXhhbXBsZS5vcmcvZnJvbS1zZWNyZXQ="},
    },
    "user-data": {
        "stylus": {
            "externalRegistries": {
                "registryMappingRules": {"docker.io": "harbor.example.org/from-user-data"}
            }
        }
    },
}


def _examples() -> t.Iterator[tuple[str, list[dict[str, t.Any]]]]:
    """Yield the documented examples of the filters and of the module."""
    for name in FILTERS:
        path = ROOT / "plugins" / "filter" / f"{name}.yml"
        documents = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield name, yaml.safe_load(documents["EXAMPLES"])
    module = (ROOT / "plugins" / "modules" / "mirror_registries.py").read_text(encoding="utf-8")
    yield "mirror_registries", yaml.safe_load(module.split('EXAMPLES = r"""')[1].split('"""')[0])


def test_documented_examples_run(tmp_path: pathlib.Path) -> None:
    tasks = [task for _name, tasks in _examples() for task in tasks]
    variables = {"ansible_python_interpreter": sys.executable}
    for name, content in EXAMPLE_FILES.items():
        (tmp_path / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
    playbook = tmp_path / "examples.yml"
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")

    done = _run("ansible-playbook", tmp_path, str(playbook))

    assert done.returncode == 0, done.stdout + done.stderr
    for target in ("hub", "from-secret", "from-user-data"):
        assert f"harbor.example.org/{target}" in done.stdout
