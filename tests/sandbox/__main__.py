# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox by hand: `.venv/bin/python -m tests.sandbox up`."""

from __future__ import annotations

import argparse
import pathlib
import shlex
import signal
import sys
import time
import types
import typing as t

from . import go_programs, tools
from .paths import DEFAULT_STATE, SandboxError

if t.TYPE_CHECKING:
    from .world import World

_PATH_STYLES = ("verbatim", "v2_prefix")


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = _parser().parse_args(arguments)
    command: t.Callable[[argparse.Namespace], int] = parsed.run
    try:
        return command(parsed)
    except SandboxError as error:
        _say(f"error: {error}")
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "tests").partition(".")[0] == "tests":
            raise
        _say(f"error: {sys.executable} has no module {error.name}. Use .venv/bin/python instead,")
        _say("in the checkout's folder; `make setup` makes it.")
        return 1
    except KeyboardInterrupt:
        _say("stopped")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m tests.sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def add(name: str, run: t.Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("--state-dir", type=pathlib.Path, default=DEFAULT_STATE)
        return command

    add("tools", _tools).add_argument(
        "--collections", action="store_true", help="kubernetes.core and the checkout's link alone"
    )
    build = add("build", _build)
    build.add_argument("--kubernetes", choices=go_programs.RELEASES, default=go_programs.NEWEST)
    build.add_argument("--node", action="store_true", help="kubelet, kube-scheduler and crictl too")
    up = add("up", _up)
    up.add_argument("--helm", choices=("3", "4"), default="3", help="major version of helm")
    up.add_argument("--clean-nodes", action="store_true", help="nodes start without mirrors")
    up.add_argument(
        "--real", action="store_true", help="a node that runs pods, and a real control plane"
    )
    up.add_argument("--without-nodes", action="store_true", help="start no nodes")
    up.add_argument(
        "--propagate", action="store_true", help="keep writing the Secret's mirrors to the nodes"
    )
    add("down", _down)
    add("guard", _guard)
    add("status", _status)
    add("env", _env)
    propagate = add("propagate", _propagate)
    propagate.add_argument("--path-style", choices=_PATH_STYLES, default=_PATH_STYLES[0])
    propagate.add_argument("--follow", action="store_true", help="until it is stopped")
    breaking = add("break-node", _break_node)
    breaking.add_argument("name")
    breaking.add_argument(
        "--fault", default="endpoint", help="endpoint, mirrors, toml, import or stop"
    )
    add("mend-node", _mend_node).add_argument("name")
    return parser


def _tools(parsed: argparse.Namespace) -> int:
    """Fetch what the sandbox needs into .cache/."""
    failures = tools.fetch_all(_say, collections_only=getattr(parsed, "collections", False))
    for failure in failures:
        _say(f"{'error' if failure.required else 'warning'}: {failure.title}: {failure.reason}")
    return 1 if any(failure.required for failure in failures) else 0


def _build(parsed: argparse.Namespace) -> int:
    """Build a real Kubernetes control plane from Go modules into .cache/."""
    if _tools(parsed):
        return 1
    go_programs.build_control_plane(_say, parsed.kubernetes)
    if parsed.node:
        go_programs.build_node(_say, parsed.kubernetes)
        go_programs.build_crictl(_say)
    return 0


def _up(parsed: argparse.Namespace) -> int:
    """Start a world in the background, in place of one that runs."""
    from .world import Options, World  # needs what requirements.txt names, `tools` does not

    if _tools(parsed):
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores SIGINT
        signal.signal(number, _interrupt)
    options = Options(
        helm=parsed.helm,
        clean_nodes=parsed.clean_nodes,
        with_nodes=not parsed.without_nodes,
        propagate=parsed.propagate,
        real=parsed.real,
    )
    started = time.monotonic()
    world = World(parsed.state_dir, options).start()
    _say(f"the sandbox runs after {time.monotonic() - started:.1f} s")
    _describe(world)
    _say_how_to_go_on(parsed.state_dir)
    return 0


def _down(parsed: argparse.Namespace) -> int:
    """Stop the world, whatever state it is in, and remove its folder."""
    from .world import World

    World(parsed.state_dir).stop()
    _say("stopped")
    return 0


def _guard(parsed: argparse.Namespace) -> int:
    """Stop the world when stdin ends: what started it has died."""
    from .guard import watch
    from .world import World

    watch()
    World(parsed.state_dir).stop()
    return 0


def _status(parsed: argparse.Namespace) -> int:
    """Say what runs and how to reach it; exit code 1 if something has died."""
    world = _load(parsed)
    _describe(world)
    dead = [process.name for process in world.processes if not process.alive]
    for name in dead:
        _say(f"dead: {name} (its log: {world.processes.log_file(name)})")
    return 1 if dead else 0


def _env(parsed: argparse.Namespace) -> int:
    """Print the environment for a shell: eval "$(.venv/bin/python -m tests.sandbox env)"."""
    for name, value in _load(parsed).environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _propagate(parsed: argparse.Namespace) -> int:
    """Do Palette's part: write the Secret's mirrors to the nodes."""
    from . import palette

    world = _load(parsed)
    kubectl = world.tools / "kubectl"
    if parsed.follow:
        palette.follow(world.nodes, kubectl, world.kubeconfig, parsed.path_style, _say)
    override = palette.read_secret(kubectl, world.kubeconfig)
    if override is None:
        raise SandboxError("There is no Secret jet-system/registry-info yet.")
    palette.propagate(world.nodes, override, parsed.path_style, _say)
    return 0


def _break_node(parsed: argparse.Namespace) -> int:
    """Break one node by hand."""
    from .faults import break_node

    world = _load(parsed)
    consequence = break_node(world.nodes, world.nodes.get(parsed.name), parsed.fault)
    _say(f"{parsed.name} is broken: {consequence}")
    return 0


def _mend_node(parsed: argparse.Namespace) -> int:
    """Write the documentation's example to a node again."""
    from .faults import mend_node

    world = _load(parsed)
    mend_node(world.nodes, world.nodes.get(parsed.name))
    return 0


def _describe(world: World) -> None:
    from .nodes import ssh_command

    print(f"inventory   {world.inventory}")
    print(f"kubeconfig  {world.kubeconfig}")
    if world.registry:
        print(f"registry    https://{world.registry.endpoint} ({world.sandbox_registry_vars})")
    for node in world.nodes.all():
        print(f"{node.name:<15} {ssh_command(node, world.nodes)}")
    for warning in world.warnings:
        _say(f"warning: {warning}")


def _say_how_to_go_on(state_dir: pathlib.Path) -> None:
    own = [] if state_dir == DEFAULT_STATE else ["--state-dir", str(state_dir)]
    env = shlex.join([".venv/bin/python", "-m", "tests.sandbox", "env", *own])
    print("\nTo go on, in this shell:")
    print(f'  eval "$({env})"')
    print("  ansible-playbook palette.image_registry.override")


def _load(parsed: argparse.Namespace) -> World:
    from .world import load

    return load(parsed.state_dir)


def _interrupt(_number: int, _frame: types.FrameType | None) -> t.NoReturn:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
