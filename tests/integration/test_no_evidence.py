# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run has not seen has failed: no cluster and no node, and nodes whose check broke off."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

import pytest
import yaml

from tests.finished import finished
from tests.integration.tasks import ANSIBLE_PLAYBOOK, SETTINGS, Controller

_SECONDS = 120


@dataclasses.dataclass(frozen=True)
class Ran:
    """A finished playbook: its code, what a person saw, on one line, and its report."""

    code: int
    output: str
    report: dict[str, t.Any]

    def host(self, name: str) -> dict[str, t.Any]:
        """Return what the report says of a host."""
        (found,) = (host for host in self.report["hosts"] if host["host"] == name)
        return t.cast("dict[str, t.Any]", found)


def play(
    folder: pathlib.Path,
    playbooks: t.Sequence[str],
    groups: dict[str, t.Any],
    *options: str,
    environment: t.Mapping[str, str] | None = None,
    **variables: t.Any,
) -> Ran:
    """Run playbooks of the collection over an inventory of some groups."""
    controller = Controller(folder)
    inventory = folder / "inventory.yml"
    children = {name: {"hosts": hosts} for name, hosts in groups.items()}
    inventory.write_text(yaml.safe_dump({"all": {"children": children}}), encoding="utf-8")
    given = {"palette_report_dir": str(folder / "reports"), **variables}
    command = [
        str(ANSIBLE_PLAYBOOK),
        *(f"palette.image_registry.{name}" for name in playbooks),
        f"-i{inventory}",
        f"-e{json.dumps(given)}",
        *options,
    ]
    inherited = {**controller.environment(), "ANSIBLE_NOCOLOR": "1", **(environment or {})}
    done = finished(command, inherited, folder=folder, seconds=_SECONDS)
    paths = sorted((folder / "reports").glob("*.json"))
    report = json.loads(paths[-1].read_text(encoding="utf-8")) if paths else {}
    return Ran(done.returncode, " ".join(done.stdout.split()), report)


# Each playbook once, each way in which there is nobody at least once. A limit with an @ is a file.
TEST_NOBODY: list[tuple[str, dict[str, t.Any], str, str]] = [
    ("override", {"clusters": {"prod": {}}}, "", "other groups: clusters (1)"),
    (
        "verify",
        {"palette_clusters": {"prod": {}}, "palette_nodes": {"n": {}}, "web": {"www": {}}},
        "www",
        "run with --limit www has no host to judge",
    ),
    (
        "rollback",
        {"palette_clusters": {"prod": {}}, "palette_nodes": {"n": {}}},
        "@n",
        "palette_clusters has 1 hosts, of which this run has 0",
    ),
    ("break_glass", {}, "", "palette_clusters is not in the inventory"),
    ("forget", {"palette_clusters": {}}, "", "palette_clusters has no host"),
    ("plan", {"palette_clusters": {"prod": {}}, "web": {"www": {}}}, "www", "this run has 0"),
]


@pytest.mark.parametrize(("playbook", "groups", "limit", "words"), TEST_NOBODY)
def test_a_run_without_cluster_and_node_fails(
    tmp_path: pathlib.Path, playbook: str, groups: dict[str, t.Any], limit: str, words: str
) -> None:
    if limit.startswith("@"):
        (tmp_path / "retry").write_text(f"{limit[1:]}\n", encoding="utf-8")
        limit = f"@{tmp_path}/retry"
    options = [f"--limit={limit}"] if limit else []
    ran = play(tmp_path, [playbook], groups, *options, palette_registry=SETTINGS)
    assert ran.code != 0, ran.output
    assert "so it proves nothing" in ran.output
    assert words in ran.output


BREAKING = ("template", "connection", "option")


def nodes() -> dict[str, t.Any]:
    """Return nodes whose checks break off in ways that no check of ours can catch, and one more."""
    return {
        "template": {"ansible_connection": "local", "verify_nodes_timeout": "{{ nothing_there }}"},
        "connection": {"ansible_connection": "example.none.such"},
        "option": {"ansible_connection": "local", "verify_nodes_timeout": "soon"},
        "fine": {"ansible_connection": "local"},
    }


ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"ANSIBLE_STRATEGY": "free"},
    {"ANSIBLE_STRATEGY": "host_pinned", "ANSIBLE_FORKS": "1"},
    {"ANSIBLE_ANY_ERRORS_FATAL": "true"},
]
VERIFY = ["verify_nodes", "report"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nodes_whose_check_breaks_off_have_failed(
    tmp_path: pathlib.Path, environment: dict[str, str]
) -> None:
    ran = play(
        tmp_path,
        VERIFY,
        {"palette_nodes": nodes()},
        environment=environment,
        palette_registry=SETTINGS,
    )
    assert ran.code != 0
    assert "FAILED" in ran.output
    assert len(ran.report["hosts"]) == 4, ran.output
    for name in BREAKING:
        assert ran.host(name)["status"] == "fail"
    assert "nothing_there" in json.dumps(ran.host("template"))
    assert "not seen" in ran.output


@pytest.mark.parametrize("retries", [0, 1])
def test_where_no_host_is_left_they_are_judged_as_well(
    tmp_path: pathlib.Path, retries: int
) -> None:
    ran = play(
        tmp_path,
        VERIFY,
        {"palette_nodes": {name: nodes()[name] for name in BREAKING}},
        palette_registry=SETTINGS,
        verify_nodes_retries=retries,
        verify_nodes_delay=0,
    )
    assert ran.code != 0
    assert ran.report["status"] == "fail", ran.output
    assert [ran.host(name)["status"] for name in BREAKING] == ["fail"] * len(BREAKING)


def test_of_a_merged_report_a_host_that_no_slice_has_has_failed(tmp_path: pathlib.Path) -> None:
    groups: dict[str, t.Any] = {"palette_nodes": {"a": {}, "b": {}}}
    check = {"name": "c", "subject": "a", "status": "pass"}
    slice_of = {
        "schema": "palette.image_registry/evidence/2",
        "playbook": "verify",
        "finished": "2026-01-02T03:04:05+00:00",
        "check_mode": False,
        "hosts": [{"host": "a", "cluster": "prod", "checks": [check]}],
    }
    (tmp_path / "slice.json").write_text(json.dumps(slice_of), encoding="utf-8")
    ran = play(tmp_path, ["report"], groups, report_inputs=[str(tmp_path / "slice.json")])
    assert ran.code != 0
    assert ran.host("b")["status"] == "fail"
    assert ran.host("a")["status"] == "pass"


PLANTED = "planted-in-a-file"


@pytest.mark.parametrize("content", ['"{{ nothing_there }}"', '"a"b"'])
def test_ansible_shows_no_line_of_an_encrypted_file(tmp_path: pathlib.Path, content: str) -> None:
    """Of a plain file it does, from 2.19 on; so the guide says where to keep the password."""
    (tmp_path / "key").write_text("planted-key\n", encoding="utf-8")
    secret = tmp_path / "vault.yml"
    secret.write_text(f"palette_registry:\n  password: {PLANTED}\n  name: {content}\n", "utf-8")
    vault = [f"--vault-password-file={tmp_path / 'key'}"]
    program = str(ANSIBLE_PLAYBOOK.with_name("ansible-vault"))
    environment = Controller(tmp_path).environment()
    finished([program, "encrypt", *vault, str(secret)], environment, seconds=_SECONDS)
    ran = play(tmp_path, ["plan"], {}, f"-e@{secret}", *vault)
    assert ran.code != 0
    assert PLANTED not in ran.output


def test_a_password_in_place_of_a_boolean_is_shown_nowhere(tmp_path: pathlib.Path) -> None:
    settings = {**SETTINGS, "insecure_skip_verify": PLANTED}
    ran = play(tmp_path, ["plan"], {}, "-vvv", palette_registry=settings)
    assert ran.code != 0
    assert "neither true nor false" in ran.output
    assert PLANTED not in ran.output
    assert PLANTED not in json.dumps(ran.report)
