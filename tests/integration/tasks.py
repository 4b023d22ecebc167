# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs tasks of the collection with the real Ansible, and watches for what it lets out."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import typing as t
import urllib.parse

from tests.finished import finished
from tests.integration.process_watch import ProcessWatch
from tests.sandbox.kubernetes.server import ApiServer
from tests.sandbox.paths import ANSIBLE_BIN, COLLECTIONS, TOOLS

ANSIBLE_PLAYBOOK = ANSIBLE_BIN / "ansible-playbook"
# Lets a play use `keep_result`.
KEEPING = {"ANSIBLE_ACTION_PLUGINS": str(pathlib.Path(__file__).with_name("action_plugins"))}
HELMS = {name: TOOLS / name / "helm" for name in ("helm-v3", "helm-v4")}

# In every Python that the run starts: what would go to syslog goes to a file as well.
_SITE_CUSTOMIZE = """\
import os, syslog
def _log(*arguments):
    with open(os.environ["TEST_SYSLOG"], "a", encoding="utf-8") as file:
        file.write(repr(arguments) + "\\n")
syslog.syslog = _log
"""

# Not Palette's: what others want an environment to do, which must not happen.
HOSTILE_ENVIRONMENT = {
    "KUBECONFIG": "/nonexistent/kubeconfig",
    "K8S_AUTH_HOST": "https://127.0.0.1:9",
    "K8S_AUTH_API_KEY": "hostile",
    "K8S_AUTH_VERIFY_SSL": "false",
    "HELM_KUBEAPISERVER": "https://127.0.0.1:9",
    "HELM_KUBETOKEN": "hostile",
    "HELM_NAMESPACE": "hostile",
    "HELM_DRIVER": "memory",
}

SETTINGS: dict[str, t.Any] = {
    "endpoint": "harbor.example.org",
    "name": "Internal Registry",
    "base_content_path": "airgap-images",
    "username": "robot$palette",
    "password": "planted-Pässw0rd-1",
    "insecure_skip_verify": "false",
    "ca_cert": "",
    "mirrors": "docker.io::harbor.example.org/airgap-images/docker.io,"
    "quay.io::harbor.example.org/airgap-images/quay.io",
}


@dataclasses.dataclass(frozen=True)
class PlayRun:
    """A finished play: what its tasks returned, what a person saw, what anybody could watch."""

    results: list[dict[str, t.Any]]
    output: str
    syslog: str
    processes: str

    @property
    def changed(self) -> list[bool | None]:
        """Return which tasks changed something, None for one that failed."""
        return [None if item.get("failed") else item["changed"] for item in self.results]

    @property
    def messages(self) -> list[str]:
        """Return what the tasks said."""
        return [str(item.get("msg", "")) for item in self.results]


@dataclasses.dataclass
class Controller:
    """A controller of its own: home, temporary files and logs in one folder."""

    folder: pathlib.Path

    def __post_init__(self) -> None:
        for name in ("home", "tmp", "site"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "site" / "sitecustomize.py").write_text(_SITE_CUSTOMIZE, encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a hostile shell."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
        return {
            **clean,
            **HOSTILE_ENVIRONMENT,
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONPATH": str(self.folder / "site"),
            "TEST_SYSLOG": str(self.folder / "syslog"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            **KEEPING,
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            **more,
        }

    def command(
        self, tasks: t.Sequence[dict[str, t.Any]], variables: dict[str, t.Any]
    ) -> list[str]:
        """Write a play and its variables, and return the command that runs it."""
        steps: list[dict[str, t.Any]] = []
        for number, task in enumerate(tasks):
            kept = f"task_result_{number}"
            steps.append({"ignore_errors": True, **task, "register": kept})
            content = f"{{{{ {kept} | to_json }}}}"
            steps.append({"keep_result": {"content": content, "dest": str(self._result(number))}})
        play = {"hosts": "localhost", "gather_facts": False, "tasks": steps}
        playbook, given = self.folder / "play.json", self.folder / "variables.json"
        playbook.write_text(json.dumps([play]), encoding="utf-8")
        given.write_text(json.dumps(variables), encoding="utf-8")
        return [str(ANSIBLE_PLAYBOOK), str(playbook), "--extra-vars", f"@{given}"]

    def _result(self, number: int) -> pathlib.Path:
        return self.folder / f"result-{number}.json"

    def play(
        self,
        tasks: t.Sequence[dict[str, t.Any]],
        *options: str,
        variables: dict[str, t.Any] | None = None,
        environment: dict[str, str] | None = None,
        watch: bool = False,
    ) -> PlayRun:
        """Run some tasks, failed or not, and return what came of them.

        With `watch` all processes are sampled in the meantime.
        """
        (self.folder / "syslog").write_text("", encoding="utf-8")
        with ProcessWatch() if watch else contextlib.nullcontext() as seen:
            done = finished(
                [*self.command(tasks, variables or {}), *options],
                self.environment(**(environment or {})),
            )
        results = []
        for number in range(len(tasks)):
            file = self._result(number)
            assert file.exists(), done.stdout
            results.append(json.loads(file.read_text(encoding="utf-8")))
            file.unlink()
        syslog = (self.folder / "syslog").read_text(encoding="utf-8")
        return PlayRun(results, done.stdout, syslog, seen.text if seen else "")

    def files_with(self, *secrets: str) -> list[str]:
        """Return the files that hold one of some secrets, in any usual form.

        What a process that was killed still removes meanwhile is passed over.
        """
        own = {self.folder / "variables.json", self.folder / "play.json"}
        found = []
        for folder, _folders, names in os.walk(self.folder):
            for path in (pathlib.Path(folder, name) for name in names):
                if path in own or not path.is_file():
                    continue
                with contextlib.suppress(FileNotFoundError):
                    content = path.read_bytes().decode("utf-8", "replace")
                    if any(form in content for secret in secrets for form in forms(secret)):
                        found.append(str(path))
        return found


def of_roles(*names: str, **more: t.Any) -> list[dict[str, t.Any]]:
    """Return tasks that include roles of the collection."""
    return [
        {"ansible.builtin.include_role": {"name": f"palette.image_registry.{name}"}, **more}
        for name in names
    ]


def forms(secret: str) -> list[str]:
    """Return a secret as it could be found."""
    raw = secret.encode()
    return [
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        urllib.parse.quote(secret),
        base64.b64encode(raw).decode().rstrip("="),
        base64.b64encode(base64.b64encode(raw)).decode().rstrip("="),
    ]


def assert_nothing_let_out(controller: Controller, run: PlayRun, *secrets: str) -> None:
    """Assert that nowhere outside of the cluster is one of some secrets to be found."""
    for secret in secrets:
        for form in forms(secret):
            assert form not in run.output
            assert form not in json.dumps(run.results, ensure_ascii=False)
            assert form not in run.syslog
            assert form not in run.processes
    assert controller.files_with(*secrets) == []


def writes(server: ApiServer, start: int) -> list[str]:
    """Return the writing requests from a place in the log on, without dry runs."""
    return [
        f"{entry['method']} {entry['path']}"
        for entry in server.requests()[start:]
        if entry["method"] in ("POST", "PUT", "PATCH", "DELETE")
        and entry["user_agent"] != "sandbox"
        and "dryRun=All" not in entry["path"]
    ]
