# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planted secrets, and every place outside of the cluster in which they must never be found."""

from __future__ import annotations

import base64
import dataclasses
import json
import pathlib
import typing as t
import urllib.parse

import yaml

from tests.integration.playbooks import Run, run_playbook, write_clusters
from tests.integration.process_watch import ProcessWatch
from tests.integration.tasks import Controller
from tests.sandbox.kubernetes.accounts import OPERATORS
from tests.sandbox.pki import Authority
from tests.sandbox.world import World

# A leading bang, quotes, blanks, braces, percent, letters beyond ASCII, a newline: what YAML,
# templates, formats, shells and URLs trip over.
PASSWORD = '!pl4nted "Pa55\'word" {{ nor-template }} %s-äöü&<x>\nsecond-l1ne-of-it'
_PASSWORD_PARTS = ("pl4nted", "Pa55", "nor-template", "second-l1ne")
# What a rotation comes from; one that a pull request would hold.
OTHER_PASSWORD = "0ther-planted-pa55word"

_LONGEST_LINE = 40

# Every result of every task as data: what a callback plugin of somebody else gets to see.
_EVERYTHING = """\
import json, os
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "everything"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, kind, data):
        with open(os.environ["TEST_EVERYTHING"], "a", encoding="utf-8") as file:
            file.write(json.dumps([kind, data], default=str, ensure_ascii=False) + "\\n")

    def _task(self, kind, result):
        self._write(kind, [result._task.get_name(), result._host.get_name(), result._result])

    def v2_runner_on_ok(self, result):
        self._task("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._task("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._task("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._task("skipped", result)

    def v2_on_file_diff(self, result):
        self._task("diff", result)

    def v2_playbook_on_stats(self, stats):
        self._write("stats", stats.custom)
"""


def forms(secret: str) -> list[str]:
    """Return a secret as it must nowhere be seen: as it is, in parts, encoded."""
    raw = secret.encode()
    once = [base64.b64encode(b"\0" * shift + raw).decode()[8:-8] for shift in range(3)]
    lines = [line for line in secret.splitlines() if len(line) >= _LONGEST_LINE]
    return [
        secret,
        secret.strip(),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        yaml.safe_dump(secret, width=10_000).strip("'\"\n"),
        repr(secret)[1:-1],
        urllib.parse.quote(secret),
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        base64.b64encode(raw).decode(),
        base64.b64encode(base64.b64encode(raw)).decode().rstrip("="),
        *once,
        *lines,
    ]


@dataclasses.dataclass(frozen=True)
class Planted:
    """The secrets of one world, and the files that hold some of them.

    The values file has a password where base64 belongs, so that Helm fails with it at hand.
    """

    kubeconfig: pathlib.Path
    values_file: pathlib.Path
    ca_key: str
    forms: frozenset[str]

    @classmethod
    def plant(cls, world: World, folder: pathlib.Path) -> Planted:
        """Write a kubeconfig with a token and a client's certificate with its key.

        A cluster of somebody else has certificates of its own: there the planted one is another
        user's, and the token lets in.
        """
        authority = Authority("planted")
        client, ca_key = authority.issue_client("planted"), authority.key
        if world.api.is_ours:
            client = world.api.issue_certificate("planted", [OPERATORS])
        config = json.loads(world.operator_kubeconfig.read_text(encoding="utf-8"))
        (user,) = config["users"]
        pair = {
            "client-certificate-data": base64.b64encode(client.certificate.encode()).decode(),
            "client-key-data": base64.b64encode(client.key.encode()).decode(),
        }
        if world.api.is_ours:
            user["user"].update(pair)
        else:
            config["users"].append({"name": "planted", "user": pair})
        path = folder / "kubeconfig"
        path.write_text(json.dumps(config), encoding="utf-8")
        token = user["user"].get("token") or OTHER_PASSWORD
        secrets = (PASSWORD, OTHER_PASSWORD, ca_key, client.key, token)
        every = {form for secret in secrets for form in forms(secret)}
        values_file = folder / "values.yml"
        pull_secret = {"create": True, "dockerConfigJson": OTHER_PASSWORD}
        values = {"config": {"imagePullSecret": pull_secret}}
        values_file.write_text(yaml.safe_dump(values), encoding="utf-8")
        return cls(path, values_file, ca_key, frozenset({*every, *_PASSWORD_PARTS}))

    def in_text(self, text: str) -> list[str]:
        """Return the forms that stand in a text."""
        return [form for form in self.forms if form in text]


@dataclasses.dataclass(frozen=True)
class WatchedRun:
    """A finished playbook, the tasks that failed, and where secrets were found."""

    run: Run
    failed: tuple[str, ...]
    leaks: tuple[str, ...]
    rounds: int

    @property
    def words(self) -> str:
        """Return what a person saw, blanks and line ends folded."""
        return " ".join(self.run.output.split())


def watched_run(
    world: World,
    planted: Planted,
    folder: pathlib.Path,
    playbook: str,
    *options: str,
    variables: t.Mapping[str, t.Any],
    clusters: t.Mapping[str, t.Mapping[str, t.Any]] | None = None,
    result_format: str = "json",
) -> WatchedRun:
    """Run a playbook as loud as it can be, with every callback, and look everywhere.

    With `clusters`, it is as if the world's cluster had these names: each has its own variables,
    and `variables` are those of all of them, not of the run.

    That is what is printed and logged, what callbacks get (results, statistics, JUnit's files),
    what is left of temporary files, reports and plans, syslog, and argv and environ of processes.
    """
    callbacks = folder / "callbacks"
    callbacks.mkdir(parents=True)
    (callbacks / "everything.py").write_text(_EVERYTHING, encoding="utf-8")
    everything = folder / "everything.jsonl"
    own = Controller(folder / "controller").environment()
    environment = {
        **{name: own[name] for name in ("HOME", "TMPDIR", "PYTHONPATH", "TEST_SYSLOG")},
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
        "ANSIBLE_CALLBACK_PLUGINS": str(callbacks),
        "ANSIBLE_CALLBACKS_ENABLED": "everything,junit",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": result_format,
        "ANSIBLE_SHOW_CUSTOM_STATS": "true",
        "JUNIT_OUTPUT_DIR": str(folder / "junit"),
        "TEST_EVERYTHING": str(everything),
    }
    given = {
        "palette_kubeconfig": str(planted.kubeconfig),
        "palette_report_dir": str(folder / "report"),
        "plan_dir": str(folder / "plan"),
        **variables,
    }
    if clusters:
        inventory = folder.with_suffix(".clusters.yml")  # beside what is searched
        hosts = {name: {**given, **more} for name, more in clusters.items()}
        options = (*options, write_clusters(world, inventory, hosts))
        given = {}
    with ProcessWatch() as watch:
        run = run_playbook(
            world, playbook, "-vvvv", "--diff", *options, variables=given, environment=environment
        )
    leaks = [f"{form!r} in the output" for form in planted.in_text(run.output)]
    leaks += [f"{form!r} in a process" for form in planted.in_text(watch.text)]
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            leaks += [f"{form!r} in {path.relative_to(folder)}" for form in planted.in_text(text)]
    events = [json.loads(line) for line in everything.read_text(encoding="utf-8").splitlines()]
    failed = tuple(_task_name(data[0]) for kind, data in events if kind == "failed")
    return WatchedRun(run, failed, tuple(leaks), watch.rounds)


def _task_name(shown: str) -> str:
    """Return a task's name without its role, and without what Ansible adds to a validation."""
    return shown.rpartition(" : ")[2].partition(" - ")[0]
