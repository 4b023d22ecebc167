# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job as AWX starts it: a private data dir for ansible-runner, with nothing else in it."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil
import sys
import typing as t
import unittest.mock

import yaml
from awx_plugins.interfaces import _temporary_private_container_api as container
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

from tests.finished import finished
from tests.sandbox.paths import CHECKOUT

from . import rules
from .stub import Given

_INVENTORY = "#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({!r})\n"
Variables = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Job:
    """A finished job. `secret_files` are those in which AWX itself hands over secrets."""

    folder: pathlib.Path
    code: int
    output: str
    secret_files: frozenset[pathlib.Path]

    @property
    def stats(self) -> Variables:
        """Return what set_stats leaves to the next job of a workflow."""
        events = (self.folder / "artifacts" / "job" / "job_events").glob("*.json")
        for path in events:
            event = json.loads(path.read_text(encoding="utf-8"))
            if event["event"] == "playbook_on_stats":
                return dict(event["event_data"]["artifact_data"]["palette_image_registry"])
        raise AssertionError(self.output)

    def texts(self) -> t.Iterator[tuple[str, str]]:
        """Yield name and content of all files that are left, without those that hold secrets."""
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self.secret_files:
                name = str(path.relative_to(self.folder))
                yield name, path.read_bytes().decode("utf-8", "replace")


class Launcher:
    """What AWX knows after awx/configure.yml, and the machine on which it starts jobs."""

    def __init__(self, given: Given, environment: t.Mapping[str, str], hosts: Variables) -> None:
        self._given = given
        self._environment = dict(environment)
        self._hosts = hosts

    def flipped(self, template: str) -> dict[str, str]:
        """Return for each question that asks true or false the answer that is not its default."""
        questions = self._one("job_template", template)["survey_spec"]["spec"]
        booleans = [item for item in questions if item.get("choices") == ["true", "false"]]
        return {
            item["variable"]: "true" if item["default"] == "false" else "false" for item in booleans
        }

    def launch(self, folder: pathlib.Path, template: str, **answers: t.Any) -> Job:
        """Run a template. Without answers it is `launch {}`, as a webhook or rulebook does it."""
        one = self._one("job_template", template)
        folder.mkdir()
        env = folder / "env"
        env.mkdir()
        given, errors = rules.launch(one["survey_spec"], answers)
        assert errors == [], f"AWX would refuse {template} with {answers}"
        (env / "extravars").write_text(_unsafe(given), encoding="utf-8")
        self._inventory(folder, one["inventory"])
        environment, arguments, secret = self._credentials(folder, one["credentials"])
        if one["job_type"] == "check":
            arguments.append("--check")
        if one.get("diff_mode"):
            arguments.append("--diff")
        (env / "envvars").write_text(yaml.safe_dump(environment), encoding="utf-8")
        (env / "cmdline").write_text(" ".join(arguments), encoding="utf-8")
        # The project is the repository; its playbooks are all of it that a job reads.
        shutil.copytree(CHECKOUT / "awx" / "playbooks", folder / "project" / "awx" / "playbooks")
        command = [sys.executable, "-m", "ansible_runner", "run", str(folder)]
        command += ["--playbook", one["playbook"], "--ident", "job"]
        done = finished(command, environment)
        return Job(folder, done.returncode, done.stdout, secret)

    def _one(self, module: str, name: str) -> Variables:
        (found,) = (item for item in self._given[module] if item["name"] == name)
        return found

    def _inventory(self, folder: pathlib.Path, name: str) -> None:
        (group,) = self._given["group"]
        data = {
            "all": {"vars": self._one("inventory", name)["variables"]},
            group["name"]: {"hosts": group["hosts"]},
            "_meta": {
                "hostvars": {
                    host: self._one("host", host)["variables"] | self._hosts.get(host, {})
                    for host in group["hosts"]
                }
            },
        }
        path = folder / "inventory" / "hosts"
        path.parent.mkdir()
        path.write_text(_INVENTORY.format(json.dumps(data)), encoding="utf-8")
        path.chmod(0o700)

    def _credentials(
        self, folder: pathlib.Path, names: t.Iterable[str]
    ) -> tuple[Variables, list[str], frozenset[pathlib.Path]]:
        environment: Variables = dict(self._environment)
        arguments: list[str] = []
        before = set((folder / "env").iterdir())
        with unittest.mock.patch.object(container, "CONTAINER_ROOT", str(folder)):
            for name in names:
                credential = self._one("credential", name)
                kind = self._one("credential_type", credential["credential_type"])
                fields = [{"type": "string", **field} for field in kind["inputs"]["fields"]]
                inputs = {**kind["inputs"], "fields": fields}
                inject_credential(
                    ManagedCredentialType("", name, kind["kind"], inputs, kind["injectors"]),
                    Credential(credential["inputs"]),
                    environment,
                    {},
                    arguments,
                    str(folder),
                )
        made = set((folder / "env").iterdir()) - before
        named = {folder / "env" / pathlib.Path(item.lstrip("@")).name for item in arguments}
        return environment, arguments, frozenset(made - named)


def _unsafe(variables: Variables) -> str:
    """Return YAML in which no text is a template, as AWX writes what people answer."""
    marks = {name: "!unsafe " if isinstance(x, str) else "" for name, x in variables.items()}
    return "".join(f"{name}: {marks[name]}{json.dumps(x)}\n" for name, x in variables.items())


__all__ = ("Job", "Launcher")
