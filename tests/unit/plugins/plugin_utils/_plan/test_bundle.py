# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.copy_script import (
    COPY_FILE,
    copy_script,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.bundle import (
    write_bundle,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.page import (
    MARK,
    VARS_FILE,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._plan.plan import SCHEMA

BUNDLE = {
    "plan.md": f"<!-- {MARK} -->\n",
    "plan.json": f'{{"schema": "{SCHEMA}"}}\n',
    "registry-secret.yaml": f"# {MARK}\n",
    VARS_FILE: f"# {MARK}\n",
}


def texts(folder: pathlib.Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_a_bundle_is_written_and_written_again(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "new" / "plan"
    write_bundle(folder, BUNDLE)
    write_bundle(folder, {**BUNDLE, "plan.md": f"{MARK} again"})
    assert texts(folder) == {**BUNDLE, "plan.md": f"{MARK} again"}


def test_files_of_an_earlier_plan_go(tmp_path: pathlib.Path) -> None:
    script = copy_script(["skopeo copy a b"], "h.io", MARK)
    write_bundle(tmp_path, {**BUNDLE, "values.yaml": f"# {MARK}\n", COPY_FILE: script})
    write_bundle(tmp_path, {"plan.md": MARK})
    assert set(texts(tmp_path)) == {"plan.md", "plan.json", VARS_FILE}


TEST_FOREIGN: list[tuple[str, str]] = [
    ("registry-secret.yaml", "PASSWORD: s3cret\n"),
    ("values.yaml", "mine: true\n"),
    ("plan.md", "# My plan\n"),
    (COPY_FILE, "#!/bin/sh\n"),
    (VARS_FILE, f"# {MARK}\npassword: edited\n"),
]


@pytest.mark.parametrize(("name", "text"), TEST_FOREIGN)
def test_what_others_wrote_stays(tmp_path: pathlib.Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(Failure, match=f"{name} there would be lost") as caught:
        write_bundle(tmp_path, BUNDLE)
    assert caught.value.code == "plan_dir_in_use"
    assert texts(tmp_path) == {name: text}


def test_a_folder_that_is_a_file_is_named(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "plan"
    path.write_text("", "utf-8")
    with pytest.raises(Failure, match="it cannot be written") as caught:
        write_bundle(path, BUNDLE)
    assert caught.value.code == "plan_dir_unusable"
