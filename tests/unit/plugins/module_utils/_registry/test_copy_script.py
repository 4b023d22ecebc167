# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import subprocess

from ansible_collections.palette.image_registry.plugins.module_utils._image_name import (
    parse_image,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.copy_script import (
    COPY_MARK,
    copy_script,
    push_place,
)

COMMANDS = [
    "skopeo copy --all docker://quay.io/a/b:1 docker://h.io/p/b:1",
    "skopeo copy --all docker://quay.io/a/c:1 docker://h.io/p/c:1",
]


def test_a_shell_runs_every_command_with_the_options_and_tells_failures(
    tmp_path: pathlib.Path,
) -> None:
    log = tmp_path / "log"
    fake = tmp_path / "skopeo"
    fake.write_text(f'#!/bin/sh\necho "$#: $*" >>{log}\ncase "$*" in *b:1) exit 1;; esac\n')
    fake.chmod(0o755)
    script = tmp_path / "copy.sh"
    script.write_text(copy_script(COMMANDS, "h.io"))
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    command = ["/bin/sh", str(script), "--dest-cert-dir=a b"]
    done = subprocess.run(command, env=environment, check=False)
    assert done.returncode == 1
    assert log.read_text().splitlines() == [
        "5: copy --dest-cert-dir=a b --all docker://quay.io/a/b:1 docker://h.io/p/b:1",
        "5: copy --dest-cert-dir=a b --all docker://quay.io/a/c:1 docker://h.io/p/c:1",
    ]
    fake.write_text("#!/bin/sh\n")
    done = subprocess.run(command, env=environment, check=False)
    assert done.returncode == 0


def test_it_says_whose_it_is_and_what_to_do_first() -> None:
    lines = copy_script(COMMANDS[:1], "h.io:8443").splitlines()
    assert lines[1] == f"# {COPY_MARK}."
    assert "The registry lacks 1 image." in lines[2]
    assert "skopeo login h.io:8443" in lines[2]


VARIABLE = "REGISTRY_NEXUS_EXAMPLE_ORG_8443_REPOSITORY_DOCKER_HUB"


def test_below_a_path_the_shell_wants_to_know_where_skopeo_gets_in(tmp_path: pathlib.Path) -> None:
    api = "repository/docker-hub"
    image = parse_image(f"nexus.example.org:8443/{api}/library/nginx:1")
    command = f"skopeo copy --all docker://docker.io/library/nginx:1 {push_place(image, api)}"
    text = copy_script([command, COMMANDS[0]], "nexus.example.org:8443")
    fake, log = tmp_path / "skopeo", tmp_path / "log"
    fake.write_text(f'#!/bin/sh\necho "$*" >>{log}\n')
    fake.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    shell = ["/bin/sh", "-c", text]
    done = subprocess.run(shell, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert not log.exists()
    wanted = "the address under which docker login reaches https://nexus.example.org:8443"
    assert f"{VARIABLE}: set it to {wanted}/{api}" in done.stderr
    done = subprocess.run(
        shell, env={**environment, VARIABLE: "nexus:5001"}, check=False, text=True
    )
    assert done.returncode == 0
    assert log.read_text().splitlines() == [
        "copy --all docker://docker.io/library/nginx:1 docker://nexus:5001/library/nginx:1",
        "copy --all docker://quay.io/a/b:1 docker://h.io/p/b:1",
    ]
    head = text.splitlines()[:4]
    assert f"{VARIABLE}: set it to {wanted}" in head[2]
    assert f'skopeo login "${VARIABLE}"' in head[3]
