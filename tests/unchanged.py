# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a check, unless it passed with the very files that there are.

`python -m tests.unchanged NAME PATHSPEC... -- COMMAND...`; the files are those that git knows or
would take. For slow checks that look at nothing else.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys
import typing as t

PASSED = pathlib.Path(".cache", "passed")
# Variables that choose what is checked.
_CHOICES = ("SANDBOX_", "KUBEBUILDER_")


def digest(files: t.Sequence[str], command: t.Sequence[str]) -> str:
    """Return what is another one where a file, the command, a choice or Python is."""
    chosen = sorted(item for item in os.environ.items() if item[0].startswith(_CHOICES))
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    listed = subprocess.run([*git, *files], check=True, capture_output=True, text=True).stdout
    whole = hashlib.sha256(repr((sys.version, command, chosen)).encode())
    for path in map(pathlib.Path, sorted(filter(None, listed.split("\0")))):
        content = path.read_bytes() if path.is_file() else b""
        whole.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    return whole.hexdigest()


def main(arguments: t.Sequence[str]) -> int:
    """Return the command's exit code, 0 where it need not run."""
    name, *rest = arguments
    files, command = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    # Of before it runs: what is changed meanwhile has not passed.
    found = digest(files, command)
    passed = PASSED / name
    if passed.is_file() and passed.read_text(encoding="ascii") == found:
        print(f"{name}: passed before, and nothing has changed since")
        return 0
    passed.unlink(missing_ok=True)
    code = subprocess.run(command, check=False).returncode
    if code == 0:
        passed.parent.mkdir(parents=True, exist_ok=True)
        passed.write_text(found, encoding="ascii")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
