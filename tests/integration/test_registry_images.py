# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module registry_images_info, run by Ansible against a real registry with TLS and password."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import typing as t

import pytest
import yaml

from tests.bench import bench_registry
from tests.integration.tasks import KEEPING
from tests.sandbox.images import IMAGES
from tests.sandbox.processes import ProcessTable
from tests.sandbox.registry import BASE_PATH, Registry, RegistryInfo

pytestmark = pytest.mark.sandbox

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "palette.image_registry.registry_images_info"
CHART_IMAGE = f"{IMAGES[2][0]}:{IMAGES[2][1]}"
PASSWORD = "q\"uo'te {{ %s !ü"


@dataclasses.dataclass(frozen=True)
class Live:
    """A running registry: how to reach it, and the lines of its log."""

    info: RegistryInfo
    log: pathlib.Path

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Live]:
    folder = tmp_path_factory.mktemp("registry")
    processes = ProcessTable(folder / "processes.json", folder / "logs")
    processes.reopen()
    try:
        registry = Registry(folder / "registry", processes)
        yield Live(registry.start(PASSWORD), registry.log_file)
    finally:
        processes.stop_all()


def _settings(info: RegistryInfo, **changes: t.Any) -> dict[str, t.Any]:
    base = f"{info.endpoint}/{BASE_PATH}"
    return {
        "endpoint": info.endpoint,
        "name": "sandbox",
        "base_content_path": BASE_PATH,
        "username": info.username,
        "password": info.password,
        "ca_cert": info.ca,
        "insecure_skip_verify": False,
        "mirrors": {
            "docker.io": f"{base}/docker.io",
            "quay.io": f"{base}/quay.io",
            "registry.k8s.io": f"{base}/k8s.io",
        },
        **changes,
    }


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished task: its result, and all that was printed."""

    code: int
    result: dict[str, t.Any]
    output: str

    @property
    def statuses(self) -> dict[str, str]:
        return {image["image"]: image["status"] for image in self.result["images"]}


def _play(home: pathlib.Path, tasks: list[dict[str, t.Any]], *flags: str) -> tuple[int, str]:
    """Run tasks by ansible-playbook; return the exit code and the output."""
    variables = {"ansible_python_interpreter": sys.executable}
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
    playbook = home / "play.yml"
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        **KEEPING,
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(
        [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), str(playbook), *flags],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def _modules(
    home: pathlib.Path,
    tasks: t.Mapping[str, dict[str, t.Any]],
    *flags: str,
    in_check_mode: t.Container[str] = (),
) -> dict[str, Run]:
    """Run the module several times in one play, and read each result from a file that it writes.

    The output of each is that of all.
    """
    steps: list[dict[str, t.Any]] = []
    for name, options in tasks.items():
        unsafe = json.loads(json.dumps(options))
        kept = {"content": "{{ answer | to_json }}", "dest": str(home / name)}
        more = {"check_mode": True, "diff": True} if name in in_check_mode else {}
        steps += [
            {NAME: _unsafe(unsafe), "register": "answer", "ignore_errors": True, **more},
            {"keep_result": kept},
        ]
    code, output = _play(home, steps, *flags)
    assert code == 0, output
    results = {name: json.loads((home / name).read_text(encoding="utf-8")) for name in tasks}
    return {
        name: Run(int(data.get("failed", False)), data, output) for name, data in results.items()
    }


class _Unsafe(str):
    """Text that Ansible must not take for a template."""


yaml.SafeDumper.add_representer(
    _Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text))
)


def _unsafe(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _unsafe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unsafe(item) for item in value]
    return _Unsafe(value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Live]:
    """Start a registry whose API lies below a path, as http.prefix has it."""
    folder = tmp_path_factory.mktemp("below")
    processes = ProcessTable(folder / "processes.json", folder / "logs")
    processes.reopen()
    try:
        registry = Registry(folder / "registry", processes, below=f"/{BELOW}")
        yield Live(registry.start(PASSWORD), registry.log_file)
    finally:
        processes.stop_all()


BELOW = "repository/docker-hub"


TOLD: dict[str, dict[str, str]] = {"not": {}, "told": {"api_path": BELOW}}


@pytest.fixture(scope="module")
def runs_below(below: Live, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    base = f"{below.info.endpoint}/{BELOW}/{BASE_PATH}"
    tasks = {
        name: {
            "settings": _settings(below.info, mirrors=f"docker.io::{base}/docker.io", **told),
            "targets": [f"{base}/docker.io/library/nginx:1.25", f"{base}/docker.io/gone:1"],
            "images": ["docker.io/lacks/it:1"],
            "airgap": False,
            "check_images": "warn",
            "check_registry": "required",
        }
        for name, told in TOLD.items()
    }
    return _modules(tmp_path_factory.mktemp("runs-below"), tasks)


@pytest.mark.parametrize("name", TOLD)
def test_an_api_below_a_path(below: Live, runs_below: dict[str, Run], name: str) -> None:
    run = runs_below[name]
    (copy,) = run.result["missing_copies"]
    variable = re.sub("[^A-Z0-9]", "_", f"{below.info.endpoint}/{BELOW}".upper())
    assert f'docker://"${{REGISTRY_{variable}:?' in copy
    assert copy.endswith(f'"/{BASE_PATH}/docker.io/lacks/it:1')
    assert sorted(run.statuses.values()) == ["missing", "missing", "present"]
    assert run.result["checks"][0]["status"] == "pass"
    assert [finding["code"] for finding in run.result["findings"]] == ["manifest_unknown"]


@pytest.fixture(scope="module")
def runs_of_images(live: Live, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The same twice, once in check mode, as loud as it can be."""
    options: dict[str, t.Any] = {
        "settings": _settings(live.info),
        "images": [
            "docker.io/library/nginx:1.25",
            "quay.io/gone/app:1",
            "registry.k8s.io/pause:3.9",
        ],
        "chart_images": [CHART_IMAGE],
        "architectures": ["amd64"],
        "assume_default": "true",
        "check_images": "required",
    }
    tasks = {"run": options, "check": options}
    home = tmp_path_factory.mktemp("runs-of-images")
    return _modules(home, tasks, "-vvvv", in_check_mode=("check",))


@pytest.mark.parametrize("name", ["run", "check"])
def test_images(live: Live, runs_of_images: dict[str, Run], name: str) -> None:
    info, run = live.info, runs_of_images[name]
    base = f"{info.endpoint}/{BASE_PATH}"
    assert run.statuses == {
        f"{base}/{CHART_IMAGE}": "present",
        "docker.io/library/nginx:1.25": "present",
        "quay.io/gone/app:1": "missing",
        "registry.k8s.io/pause:3.9": "present",
    }
    nginx = run.result["images"][1]
    assert nginx["digest"].startswith("sha256:")
    assert nginx["platforms"] == ["linux/amd64"]
    assert run.result["changed"] is False
    assert run.result["missing_copies"] == [
        f"skopeo copy --all docker://quay.io/gone/app:1 docker://{base}/quay.io/gone/app:1"
    ]
    first, check = run.result["checks"]
    assert (first["name"], first["status"]) == ("registry", "pass")
    assert first["actual"].endswith("its certificate verifies with ca_cert")
    assert (check["status"], check["actual"]) == ("fail", "3 of 4 images")
    assert f"{base}/quay.io/gone/app:1" in check["findings"][0]["message"]
    pair = base64.b64encode(f"{info.username}:{PASSWORD}".encode()).decode()
    for shown in (run.output, json.dumps(run.result, ensure_ascii=False)):
        assert PASSWORD not in shown
        assert json.dumps(PASSWORD)[1:-1] not in shown
        assert pair not in shown


TRUST: dict[str, tuple[dict[str, t.Any], str, str]] = {
    "no-ca": ({"ca_cert": ""}, "certificate_unknown_authority", "fail"),
    "no-check": ({"ca_cert": "", "insecure_skip_verify": "true"}, "", "pass"),
}


def _target(live: Live) -> str:
    return f"{live.info.endpoint}/{BASE_PATH}/{IMAGES[0][0]}:{IMAGES[0][1]}"


@pytest.fixture(scope="module")
def runs(live: Live, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """What is wrong with settings, registry or images, each in a task of one play."""
    info, target = live.info, _target(live)
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{probe.getsockname()[1]}"
        tasks: dict[str, dict[str, t.Any]] = {
            "architecture": {
                "settings": _settings(info),
                "targets": [target],
                "architectures": ["aarch64"],
            },
            "password": {
                "settings": _settings(info, password="Wr0ng-one"),
                "images": [f"docker.io/project-{number}/nginx:1" for number in range(50)],
            },
            **{
                name: {
                    "settings": _settings(info, **changes),
                    "targets": [target],
                    "check_images": "required",
                }
                for name, (changes, _code, _status) in TRUST.items()
            },
            "nobody": {
                "settings": _settings(info, endpoint=nobody),
                "targets": [f"{nobody}/a:1"],
                "check_images": "required",
                "attempts": 1,
            },
            "input": {
                "settings": _settings(info, endpoint="https://", username=12),
                "images_file": "/no/such/file",
                "attempts": 0,
            },
        }
        return _modules(tmp_path_factory.mktemp("runs"), tasks)


def test_wrong_architecture(live: Live, runs: dict[str, Run]) -> None:
    run = runs["architecture"]
    assert run.statuses == {_target(live): "wrong_platform"}
    assert [check["status"] for check in run.result["checks"]] == ["pass", "warn"]


def test_a_wrong_password_is_tried_on_few_images(live: Live, runs: dict[str, Run]) -> None:
    run = runs["password"]
    assert set(run.statuses.values()) == {"unauthorized"}
    findings = [finding for check in run.result["checks"] for finding in check["findings"]]
    assert [finding["code"] for finding in findings if finding["severity"] == "error"] == [
        "unauthorized"
    ]
    assert "Wr0ng-one" not in run.output
    asked = re.findall(r"(project-\d+)/nginx/manifests/", "".join(live.lines()))
    assert 0 < len(set(asked)) <= 3


@pytest.mark.parametrize("name", TRUST)
def test_trust(runs: dict[str, Run], name: str) -> None:
    _changes, code, status = TRUST[name]
    assert runs[name].result["images"][0]["code"] == code
    assert runs[name].result["checks"][0]["status"] == status


def test_nobody_listens(runs: dict[str, Run]) -> None:
    assert runs["nobody"].result["images"][0]["code"] == "connection_refused"
    assert runs["nobody"].result["checks"][0]["status"] == "skip"


def test_bad_input_fails_with_all_findings(runs: dict[str, Run]) -> None:
    assert runs["input"].code
    assert {finding["code"] for finding in runs["input"].result["findings"]} >= {
        "endpoint_invalid",
        "settings_not_a_string",
        "images_file_unreadable",
    }


def test_documented_examples_run(tmp_path: pathlib.Path) -> None:
    module = (ROOT / "plugins" / "modules" / "registry_images_info.py").read_text(encoding="utf-8")
    tasks = yaml.safe_load(module.split('EXAMPLES = r"""')[1].split('"""')[0])
    code, output = _play(tmp_path, tasks)
    assert code == 0, output


def test_the_bench_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_registry, "SIZE", 10)
    bench_registry.floor()
    bench_registry.pool()
