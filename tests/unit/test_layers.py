# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers of the plugins as code: who may import whom, and who may touch the outside."""

from __future__ import annotations

import ast
import functools
import graphlib
import pathlib
import typing as t

import pytest

PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"

# The rooms by floor, the lowest first: a room imports from the floors below its own alone.
FLOORS: dict[str, tuple[str, ...]] = {
    "module_utils": (
        "_python",
        "_evidence _fix _image_name _jwt _objects _redact _rewrites _visible",
        "_causes",
        "_certificates _containerd _mirrors",
        "_images _settings",
        "_registry",
    ),
    "plugin_utils": (
        "_markdown",
        "_diff _failure _plain_files _settings _templates _terminal",
        "_cluster _guarded_action _numbers _variables",
        "_nodes _webhook",
        "_release _report",
        "_override",
        "_action _credentials _preflight",
        "_plan _pull",
    ),
}

LONGEST = 400  # lines

# The network, clocks, threads, files, processes, chance, Ansible: all that is not mere reckoning.
OUTSIDE = (
    "ansible ansible_collections concurrent fcntl glob http.client kubernetes os pathlib random"
    " requests secrets select shutil signal socket ssl subprocess tempfile threading time"
    " urllib.request urllib3 uuid"
)
# The files that touch it. All others are handed what they need.
TOUCHING: dict[str, str] = {
    "module_utils": "_redact",
    "module_utils/_registry": "auth client deadline errors places pool transport weight",
    "plugin_utils": "_guarded_action _plain_files _settings _templates _terminal _variables",
    "plugin_utils/_cluster": "access api environment exec_credential helm in_process kubeconfig"
    " private_files processes retries runner",
    "plugin_utils/_nodes": "alarm api bounds connection options script settled",
    "plugin_utils/_override": "lock restorer transaction",
    "plugin_utils/_plan": "planner",
    "plugin_utils/_preflight": "images",
    "plugin_utils/_pull": "cluster",
    "plugin_utils/_release": "files restorer waiter",
    "plugin_utils/_report": "due_hosts files gather",
    "plugin_utils/_webhook": "bypass proof",
}

Sources = t.Mapping[str, ast.Module]


class Import(t.NamedTuple):
    """A name that a file imports, from a module whose path is below `plugins` when it is ours."""

    module: str
    name: str
    relative: bool


@functools.cache
def imports(path: str, tree: ast.Module) -> tuple[Import, ...]:
    """Return every name that a file imports."""
    package = path.split("/")[:-1]
    found: list[Import] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += (Import(alias.name, alias.name, relative=False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            found += (Import(module, alias.name, bool(node.level)) for alias in node.names)
    return tuple(found)


def modules(sources: Sources, path: str) -> t.Iterator[tuple[str, str]]:
    """Yield the file of ours that each import of a file names, and the name taken from it."""
    for module, name, relative in imports(path, sources[path]):
        folder = module.replace(".", "/")
        if relative and f"{folder}/{name}.py" in sources:
            yield f"{folder}/{name}.py", ""
        elif relative:
            whole = f"{folder}.py"
            yield whole if whole in sources else f"{folder}/__init__.py", name


def room(path: str) -> tuple[str, str]:
    """Return the folder and the room of a file."""
    folder, _slash, rest = path.partition("/")
    return folder, rest.partition("/")[0].removesuffix(".py")


def floor(path: str) -> int:
    """Return the floor of a file's room, counted over both folders."""
    folder, name = room(path)
    before = 0
    for each, floors in FLOORS.items():
        for number, rooms in enumerate(floors):
            if each == folder and name in rooms.split():
                return before + number
        before += len(floors)
    return before


def upward(sources: Sources) -> list[str]:
    """Return the imports from a room of the same or a higher floor."""
    return [
        f"{path} imports {target}"
        for path in sources
        for target, _name in modules(sources, path)
        if room(path) != room(target) and room(path)[0] in FLOORS and floor(path) <= floor(target)
    ]


def mixed(sources: Sources) -> list[str]:
    """Return what runs on the other side: modules, and what they import, know no plugin_utils."""
    return [
        f"{path} imports {target}"
        for path in sources
        for target, _name in modules(sources, path)
        if room(path)[0] in ("modules", "module_utils") and room(target)[0] == "plugin_utils"
    ]


def circles(sources: Sources) -> list[str]:
    """Return the first circle of files that import each other, if there is one."""
    graph = {path: {target for target, _name in modules(sources, path)} for path in sources}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return [" <- ".join(error.args[1])]
    return []


def absolute(sources: Sources) -> list[str]:
    """Return the imports of our own files by their absolute name."""
    return [
        f"{path} imports {module}"
        for path, tree in sources.items()
        for module, _name, relative in imports(path, tree)
        if not relative and module.startswith("ansible_collections.palette.")
    ]


def through(sources: Sources) -> list[str]:
    """Return the names that are imported from a file that does not define them."""
    found = []
    for path in sources:
        for target, name in modules(sources, path):
            if name and (target not in sources or name not in _defined(sources[target])):
                found.append(f"{path} imports {name} from {target}")
    return found


@functools.cache
def _defined(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def touching(sources: Sources) -> list[str]:
    """Return the files of the two folders that touch the outside; a mere type does not count."""
    return [
        path for path, tree in sources.items() if room(path)[0] in FLOORS and _touches(path, tree)
    ]


def _touches(path: str, tree: ast.Module) -> bool:
    taken = set()
    for module, name, relative in imports(path, tree):
        steps = module.split(".")
        above = {".".join(steps[: number + 1]) for number in range(len(steps))}
        if not relative and above & set(OUTSIDE.split()):
            taken.add(name.partition(".")[0])
    return bool(taken) and not taken.isdisjoint(_used(tree))


def _used(tree: ast.Module) -> set[str]:
    types = {
        id(name)
        for node in ast.walk(tree)
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if annotation is not None
        for name in ast.walk(annotation)
    }
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in types
    }


RULES = {
    "upward": upward,
    "mixed": mixed,
    "circles": circles,
    "absolute": absolute,
    "through": through,
}


@pytest.fixture(scope="module")
def plugins() -> Sources:
    return {
        path.relative_to(PLUGINS).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PLUGINS.rglob("*.py"))
    }


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_layers_hold(plugins: Sources, rule: t.Callable[[Sources], list[str]]) -> None:
    assert rule(plugins) == []


def test_only_these_files_touch_the_outside(plugins: Sources) -> None:
    named = [f"{folder}/{name}.py" for folder, names in TOUCHING.items() for name in names.split()]
    assert touching(plugins) == sorted(named)


def test_every_room_has_its_floor_and_every_floor_its_rooms(plugins: Sources) -> None:
    rooms = {
        (folder, name)
        for folder, floors in FLOORS.items()
        for names in floors
        for name in names.split()
    }
    assert {room(path) for path in plugins if room(path)[0] in FLOORS} == rooms


SOUND = {
    "module_utils/_evidence.py": "WORST = 1",
    "module_utils/_mirrors/__init__.py": "",
    "module_utils/_mirrors/table.py": "from .._evidence import WORST\nfrom . import swap",
    "module_utils/_mirrors/swap.py": "def swap(): ...",
    "plugin_utils/_plan/page.py": "from ...module_utils._mirrors.swap import swap",
    "plugin_utils/_failure.py": "import pathlib\ndef read(path: pathlib.Path) -> None: ...",
    "action/plan.py": "from ..plugin_utils._plan.page import PAGE",
}
SOUND["plugin_utils/_plan/page.py"] += "\nPAGE = swap()"
BROKEN: list[tuple[str, str, str]] = [
    ("upward", "module_utils/_evidence.py", "from ._mirrors.swap import swap"),
    ("upward", "plugin_utils/_failure.py", "from ._plan.page import PAGE"),
    ("upward", "module_utils/_image_name.py", "def late():\n    from ._evidence import WORST"),
    ("mixed", "module_utils/_mirrors/swap.py", "from ...plugin_utils import _failure"),
    ("mixed", "modules/plan.py", "from ..plugin_utils._failure import read"),
    ("circles", "module_utils/_mirrors/swap.py", "from .table import WORST"),
    (
        "absolute",
        "module_utils/_mirrors/swap.py",
        "from ansible_collections.palette.image_registry.plugins.module_utils import _evidence",
    ),
    ("through", "plugin_utils/_diff.py", "from ..module_utils._mirrors.table import WORST"),
    ("through", "plugin_utils/_diff.py", "from ..module_utils._nowhere import WORST"),
]


def _parsed(texts: t.Mapping[str, str]) -> Sources:
    return {path: ast.parse(text) for path, text in texts.items()}


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_a_broken_layer_is_told(rule: str, path: str, text: str) -> None:
    assert RULES[rule](_parsed(SOUND)) == []
    told = RULES[rule](_parsed({**SOUND, path: text}))
    assert told and path in told[0]


@pytest.mark.parametrize(
    "text",
    [
        "import os\nHERE = os.getcwd()",
        "from ansible import constants\nHERE = constants.HOME",
        "import urllib.request\nurllib.request.urlopen('')",
        "from concurrent.futures import ThreadPoolExecutor\nPOOL = ThreadPoolExecutor()",
    ],
)
def test_what_touches_the_outside_is_told(text: str) -> None:
    assert touching(_parsed(SOUND)) == []
    assert touching(_parsed({**SOUND, "module_utils/_image_name.py": text})) == [
        "module_utils/_image_name.py"
    ]


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    checkout = PLUGINS.parent
    files = [
        path
        for folder in ("plugins", "tests", "roles", "playbooks")
        for pattern in ("*.py", "*.sh", "*.j2")
        for path in (checkout / folder).rglob(pattern)
    ]
    long = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert not {path: lines for path, lines in long.items() if lines > LONGEST}
