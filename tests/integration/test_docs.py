# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quickstart as it is printed, by a user who has no more rights than the docs give."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import typing as t

import pytest

from tests.doc_examples import GUIDES, ROOT, Example, in_languages
from tests.finished import finished
from tests.integration.playbooks import secret
from tests.sandbox.inventory import page_registry
from tests.sandbox.kubernetes import ApiServer, accounts
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

GUIDE = next(path for path in GUIDES if path.name == "quickstart.rst")
STEPS = [
    example
    for example in in_languages("shell", "yaml")
    if example.place.startswith(f"{GUIDE.relative_to(ROOT)}:")
]


@pytest.fixture(scope="module")
def world(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    options = Options(strict=True, with_nodes=False)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as started:
        yield started


@dataclasses.dataclass(frozen=True)
class Operator:
    """Somebody at a controller of his own, who may do what some roles of the manifest allow."""

    world: World
    folder: pathlib.Path
    user: str

    def run(self, command: t.Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command as it is printed, in the folder of the inventory."""
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")},
            **self.world.environment(),
            "HOME": str(self.folder),
            "ANSIBLE_HOME": str(self.folder / ".ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_VAULT_PASSWORD_FILE": str(self.folder / "vault-password"),
        }
        return finished(command, environment, folder=self.folder)

    def refused(self) -> list[str]:
        """Return what the cluster did not let this user do."""
        return [
            f"{entry['method']} {entry['path']}"
            for entry in self.world.api.requests()
            if entry.get("user") == self.user and entry["status"] == 403
        ]


def operator(world: World, folder: pathlib.Path, user: str, *roles: str) -> Operator:
    """Apply the manifest with bindings for this user instead of the group."""
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
    accounts.grant(world.api.client, accounts.manifest(), subject, roles)
    config = json.loads(world.kubeconfig.read_text(encoding="utf-8"))
    config["users"][0]["user"] = {"token": world.api.issue_token(user)}
    (folder / "kubeconfigs").mkdir(parents=True, exist_ok=True)
    (folder / "kubeconfigs" / "production").write_text(json.dumps(config), encoding="utf-8")
    (folder / "vault-password").write_text("open sesame", encoding="utf-8")
    return Operator(world, folder, user)


def block(start: str) -> Example:
    return next(example for example in STEPS if example.text.startswith(start))


def write_files(who: Operator) -> None:
    """Write the files that the guide shows, and those that a reader has."""
    (who.folder / "inventory.yml").write_text(block("palette_clusters:").text, encoding="utf-8")
    variables = who.folder / "group_vars" / "palette_clusters"
    variables.mkdir(parents=True)
    (variables / "registry.yml").write_text(block("palette_airgap:").text, encoding="utf-8")
    (variables / "vault.yml").write_text(block("vault_").text, encoding="utf-8")
    done = who.run(["ansible-vault", "encrypt", "group_vars/palette_clusters/vault.yml"])
    assert done.returncode == 0, done.stdout
    registry = who.world.registry
    assert registry is not None
    (who.folder / "files").mkdir()
    (who.folder / "files" / "harbor-ca.pem").write_text(registry.ca, encoding="utf-8")
    (who.folder / "charts").mkdir()
    sandbox = who.world.cluster_variables()
    shutil.copy(sandbox["palette_image_swap_chart"], who.folder / "charts")
    # A real chart needs no values to find its webhook, which is no pod in the sandbox.
    values = {"palette_image_swap_values": sandbox["palette_image_swap_values"]}
    (variables / "sandbox.yml").write_text(json.dumps(values), encoding="utf-8")


def printed() -> list[list[str]]:
    """Return the guide's runs of playbooks on an inventory of one's own."""
    commands = [
        command for step in STEPS if step.language == "shell" for command in step.commands()
    ]
    return [command for command in commands if command[0] == "ansible-playbook" and "-i" in command]


def test_the_quickstart(world: World, tmp_path: pathlib.Path) -> None:
    """What only looks does so with the rights of the audit; the two take turns at one desk."""
    home = tmp_path / "home"
    every = ("image-registry-audit", "image-registry-override", "image-registry-image-swap")
    users = {"plan": ("reader", every[:1]), "verify": ("reader", every[:1])}
    who = operator(world, home, "writer", *every)
    write_files(who)
    commands = printed()
    names = [command[1].rpartition(".")[2] for command in commands]
    assert names == ["plan", "override", "override", "verify", "rollback"]
    for name, command in zip(names, commands, strict=True):
        user, roles = users.get(name, ("writer", every))
        who = operator(world, home, user, *roles)
        done = who.run(command)
        assert done.returncode == 0, done.stdout
        assert "s3cret" not in done.stdout
        assert who.refused() == []
        written = secret(world)
        assert (written is not None) == (name == "verify" or "-e" in command), command
        if written:
            assert written["PASSWORD"] == "s3cret"
    assert (who.folder / "plan" / "production" / "plan.md").exists()
    assert sorted(path.suffix for path in (who.folder / "report").iterdir() if path.is_file()) == [
        ".html",
        ".json",
        ".md",
        ".xml",
    ]


def test_two_roles_are_enough_without_the_chart(world: World, tmp_path: pathlib.Path) -> None:
    """The change itself is the command for fleets that the guide about PCGs prints.

    That one is enough to audit shows in the quickstart.
    """
    more = ["--extra-vars=@settings.json"]
    settings = {"palette_airgap": False, "palette_registry": page_registry()}
    editor = operator(world, tmp_path, "editor", "image-registry-audit", "image-registry-override")
    shown = next(one for one in in_languages("shell") if "override_serial" in one.text)
    (fleet,) = shown.commands()
    rollback = ["ansible-playbook", "palette.image_registry.rollback", "-i", "inventory.yml"]
    (editor.folder / "inventory.yml").write_text(block("palette_clusters:").text, encoding="utf-8")
    runs: tuple[tuple[list[str], dict[str, t.Any], bool], ...] = (
        (fleet, {}, True),
        (rollback, {"report_configmap": True}, False),
    )
    for command, variables, is_there in runs:
        content = json.dumps({**settings, **variables})
        (editor.folder / "settings.json").write_text(content, encoding="utf-8")
        done = editor.run([*command, *more])
        assert done.returncode == 0, done.stdout
        assert (secret(world) is not None) == is_there
    assert editor.refused() == []
