# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the gates work: a copy of the checkout, environments of their own, all in .cache/gates.

Only PyPI is asked. Nothing of the user's home is written to, and of it only pip's settings are
read.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import typing as t

from tests.sandbox.paths import CACHE, CHECKOUT, COLLECTIONS
from tests.sandbox.tools import Wheel, download_wheel

GATES = CACHE / "gates"
HOME = GATES / "home"
COLLECTION = GATES / "collections" / "ansible_collections" / "palette" / "image_registry"
_PROGRAMS = GATES / "programs"
_PIP = Wheel("pip", "25.2", "6d67a2b4e7f14d8b31b8b52648866fa717f45a1eb70e83002f4331d07e953717")

# ansible-test downloads these files, from a host of its own, to bring pip into its environments.
_GET_PIP_VERSIONS = ("23.1.2", "24.2", "25.2")
_GET_PIP = """\
import sys
sys.path.insert(0, {wheel!r})
from pip._internal.cli.main import main
packages = [argument for argument in sys.argv[1:] if not argument.startswith("--no-")]
sys.exit(main(["install", "--upgrade", "--force-reinstall", *packages]))
"""
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


class GateError(Exception):
    """A gate does not let the collection pass; the message says why."""


class NotCovered(Exception):
    """This machine lacks what a gate needs; the message says what."""


def run(
    log: pathlib.Path,
    *command: str | pathlib.Path,
    cwd: pathlib.Path = COLLECTION,
    path: t.Iterable[pathlib.Path] = (),
    **variables: str,
) -> str:
    """Run a command and return its output, which `log` gets as well. Raises GateError."""
    # A shim of pyenv looks like a Python, and is none where its version is not the chosen one.
    rest = [folder for folder in os.environ["PATH"].split(":") if "/shims" not in folder]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE")}
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env={
            **clean,
            "HOME": str(HOME),
            "PATH": ":".join([*map(str, path), *rest]),
            "ANSIBLE_COLLECTIONS_PATH": str(GATES / "collections"),
            "ANSIBLE_NOCOLOR": "1",
            **variables,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(words)}\n{done.stdout}\n")
    if done.returncode:
        raise GateError(f"{pathlib.Path(words[0]).name} ended with exit code {done.returncode}")
    return done.stdout


@contextlib.contextmanager
def prepared() -> t.Iterator[None]:
    """Hold the one place to work at, with a fresh copy of the checkout. Others wait."""
    GATES.mkdir(parents=True, exist_ok=True)
    with (GATES / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _prepare()
        yield


def _prepare() -> None:
    """Copy what git knows or would take, as ansible-test wants it: in a folder of its name."""
    (HOME / ".ansible" / "test" / "cache").mkdir(parents=True, exist_ok=True)
    _link(HOME / ".config" / "pip", pathlib.Path.home() / ".config" / "pip")
    _link(HOME / ".pip", pathlib.Path.home() / ".pip")
    shutil.rmtree(COLLECTION, ignore_errors=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        source, target = CHECKOUT / name, COLLECTION / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    for command in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=COLLECTION, check=True)
    _link(COLLECTION.parents[1] / "kubernetes", COLLECTIONS / "ansible_collections" / "kubernetes")


def environment(name: str, python: pathlib.Path, *requirements: str | pathlib.Path) -> pathlib.Path:
    """Return the programs' folder of a virtual environment, made anew where it has changed."""
    folder = GATES / name
    stamp = folder / "complete"
    texts = [r.read_text("utf-8") if isinstance(r, pathlib.Path) else r for r in requirements]
    content = "\n".join([str(python), *texts])
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != content:
        options: list[str] = []
        for requirement in requirements:
            is_file = isinstance(requirement, pathlib.Path)
            options += ["-r", str(requirement)] if is_file else [str(requirement)]
        make = [str(python), "-m", "venv", "--clear", "--without-pip", str(folder)]
        install = [str(folder / "bin" / "python"), f"{pip_wheel()}/pip", "install", "--quiet"]
        for command in (make, [*install, *options]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise GateError(f"{' '.join(command)}: {done.stderr}")
        stamp.write_text(content, encoding="utf-8")
    return folder / "bin"


def tools() -> pathlib.Path:
    """Return where the programs of requirements.lock lie."""
    return environment("tools", own_python(), pathlib.Path(__file__).with_name("requirements.lock"))


def pip_wheel() -> pathlib.Path:
    """Return the file of pip, with which environments are filled and ansible-test fills its own."""
    wheel = GATES / f"pip-{_PIP.version}-py3-none-any.whl"
    if not wheel.is_file():
        with tempfile.TemporaryDirectory(dir=GATES) as name:
            download_wheel(_PIP, pathlib.Path(name)).rename(wheel)
    for version in _GET_PIP_VERSIONS:
        name = f"get_pip_{version.replace('.', '_')}.py"
        script = HOME / ".ansible" / "test" / "cache" / name
        script.write_text(_GET_PIP.format(wheel=str(wheel)), encoding="utf-8")
    return wheel


def pythons() -> dict[str, pathlib.Path]:
    """Return this machine's Pythons that a supported ansible-core runs on, by version.

    These are the one of `make`, those on PATH and those of pyenv, each tried. The collection refuses
    to run on 3.10, and has to be loaded there.
    """
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    names = [f"python3.{minor}" for minor in range(10, 15)]
    found = [pathlib.Path(program) for name in names if (program := shutil.which(name))]
    found += [path for name in names for path in pyenv.glob(f"versions/*/bin/{name}")]
    working: dict[str, pathlib.Path] = {}
    for path in (own_python(), *found):
        done = subprocess.run([path, "-c", _VERSION], capture_output=True, text=True, check=False)
        version = done.stdout.strip()
        if done.returncode == 0 and f"python{version}" in names:
            working.setdefault(version, path)
    return working


def programs() -> pathlib.Path:
    """Return a folder with the Pythons and with shellcheck, without which a test is skipped."""
    shutil.rmtree(_PROGRAMS, ignore_errors=True)
    _PROGRAMS.mkdir(parents=True)
    for version, path in pythons().items():
        _link(_PROGRAMS / f"python{version}", path)
    _link(_PROGRAMS / "shellcheck", pathlib.Path(sys.executable).with_name("shellcheck"))
    return _PROGRAMS


def own_python() -> pathlib.Path:
    """Return the Python that runs this."""
    return pathlib.Path(sys.executable).resolve()


def _link(link: pathlib.Path, target: pathlib.Path) -> None:
    if target.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)
