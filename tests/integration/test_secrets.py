# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A planted password, looked for in everything that a run shows and leaves behind."""

from __future__ import annotations

import base64
import json
import pathlib
import threading
import time
import typing as t
import urllib.parse

import pytest

from tests.integration.playbooks import helm, remove_override, run_playbook, secret
from tests.sandbox.inventory import page_registry
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

# Quotes, blanks, a newline, braces, percent and letters beyond ASCII: what quoting trips over.
PASSWORD = 'pl4nted "Pa55\'word" {{ nor-template }} %s-äöü\nsecond-l1ne-of-it'
PARTS = ("pl4nted", "Pa55", "nor-template", "second-l1ne")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    with World(tmp_path_factory.mktemp("world") / "state", Options(strict=True)) as started:
        yield started


def forms() -> list[str]:
    """Return the password as it must nowhere be seen: as it is, in parts, encoded."""
    raw = PASSWORD.encode()
    inner = [base64.b64encode(b"\0" * shift + raw).decode()[8:-8] for shift in range(3)]
    return [
        PASSWORD,
        *PARTS,
        json.dumps(PASSWORD)[1:-1],
        urllib.parse.quote(PASSWORD),
        base64.b64encode(raw).decode(),
        *inner,
    ]


def assert_clean(text: str, what: str) -> None:
    for form in forms():
        assert form not in text, f"{form!r} stands in {what}"


class ArgumentWatch(threading.Thread):
    """Reads the arguments and environments of all processes again and again."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[str] = set()
        self.rounds = 0
        self._stop_now = threading.Event()

    def run(self) -> None:
        while not self._stop_now.is_set():
            for folder in pathlib.Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        text = (folder / name).read_bytes().decode("utf-8", "replace")
                    except OSError:
                        continue
                    self.seen.update(form for form in forms() if form in text)
            self.rounds += 1
            time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._stop_now.set()
        self.join()

    def __enter__(self) -> ArgumentWatch:
        self.start()
        return self


def settings() -> dict[str, t.Any]:
    # JSON has no !unsafe; a survey or a credential of AWX sends templates as they are, too.
    password = {"__ansible_unsafe": PASSWORD}
    return {**page_registry(), "username": "robot", "password": password}


def leftovers(*folders: pathlib.Path) -> t.Iterator[tuple[str, str]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("playbook", "options"),
    [
        ("override", ["--check", "--diff"]),
        ("override", ["--diff"]),
        ("override", ["--diff"]),
        ("verify", ["--diff"]),
        ("plan", ["--diff"]),
    ],
    ids=["check", "first", "second", "verify", "plan"],
)
def test_the_password_is_nowhere(
    world: World, tmp_path: pathlib.Path, playbook: str, options: list[str]
) -> None:
    variables = {
        "palette_registry": settings(),
        "palette_report_dir": str(tmp_path / "report"),
        "plan_dir": str(tmp_path / "plan"),
    }
    home = tmp_path / "home"
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {"ANSIBLE_HOME": str(home), "TMPDIR": str(temporary)}
    with ArgumentWatch() as watch:
        run = run_playbook(
            world,
            playbook,
            "-vvvv",
            *options,
            *([] if playbook != "override" else ["--limit=sandbox"]),
            variables=variables,
            environment=environment,
        )
    assert run.code in (0, 2), run.output
    assert "robot" in run.output or "--check" not in options
    assert_clean(run.output, "the output")
    assert watch.rounds > 10
    assert watch.seen == set()
    for path, text in leftovers(tmp_path):
        assert_clean(text, path)


def test_it_was_written_to_the_letter(world: World) -> None:
    found = secret(world)
    assert found is not None
    assert found["PASSWORD"] == PASSWORD
    values = json.loads(helm(world, "get", "values", "image-swap", "--output=json"))
    assert values["config"]["ociImageRegistry"]["password"] == PASSWORD


@pytest.mark.parametrize("callback", ["default", "yaml", "junit"])
def test_failures_are_readable_and_clean(
    world: World, tmp_path: pathlib.Path, callback: str
) -> None:
    """A chart that cannot be rendered makes Helm fail with the values at hand."""
    remove_override(world)
    variables = {
        "palette_registry": settings(),
        "image_swap_values": {"config": {"imageSwapConfig": "no mapping"}},
    }
    environment = {
        "ANSIBLE_HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path),
        "JUNIT_OUTPUT_DIR": str(tmp_path / "junit"),
    }
    if callback == "yaml":
        environment["ANSIBLE_CALLBACK_RESULT_FORMAT"] = callback
    elif callback != "default":
        environment["ANSIBLE_CALLBACKS_ENABLED"] = callback
    run = run_playbook(
        world,
        "override",
        "--limit=sandbox",
        "-vvv",
        "--diff",
        variables=variables,
        environment=environment,
    )
    assert run.code != 0
    assert "Fix:" in run.output or "fix:" in run.output
    assert_clean(run.output, "the output")
    for path, text in leftovers(tmp_path):
        assert_clean(text, path)


TEST_INVALID = [
    ("override", "palette_node_path_style", "v2-prefix"),
    ("override", "image_swap_wait", "maybe"),
    ("override", "registry_secret_state", "gone"),
    ("override", "preflight_images", "sometimes"),
    ("verify", "verify_cluster_ca_cert_encoding", "der"),
]


@pytest.mark.parametrize(("playbook", "variable", "value"), TEST_INVALID)
def test_an_invalid_argument_shows_no_secret(
    world: World, playbook: str, variable: str, value: str
) -> None:
    """Ansible prints a role's whole specification where an argument does not fit it."""
    variables = {"palette_registry": settings(), variable: value}
    run = run_playbook(world, playbook, "--limit=sandbox", variables=variables)
    assert run.code != 0
    assert value in run.output
    assert_clean(run.output, "the output")
