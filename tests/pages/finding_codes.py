# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference of all findings but those about mirror tables and nodes, read from the code.

`python -m tests.pages.finding_codes` writes docs/docsite/rst/findings.rst; with `--check` it only tells
whether that file is current.
"""

from __future__ import annotations

import ast
import collections
import dataclasses
import functools
import itertools
import pathlib
import re
import sys
import typing as t

from tests.pages.rst import escape, run, title, wrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "docsite" / "rst" / "findings.rst"
LABEL = "ansible_collections.palette.image_registry.docsite.findings"
DOCSITE = LABEL.rpartition(".")[0]

HEAD = f"""\
..
  SPDX-FileCopyrightText: 2026 The palette.image_registry authors
  SPDX-License-Identifier: GPL-3.0-or-later

  Written by `python -m tests.pages.finding_codes`. Do not edit.

.. _{LABEL}:

The findings
============

Every finding has a code, and this page has a section for each. Those about mirror tables and about
nodes are told on two more pages, to which their sections lead:

* :ref:`{DOCSITE}.mirror_rules`
* :ref:`{DOCSITE}.node_findings`

``<words>`` stand for what a run puts there. Where a code has several messages, each is listed. An
error fails the check that holds it, a warning warns, an info only tells. Errors about the registry
and its images are warnings where ``palette_check_registry`` or ``palette_check_images`` make them so.
"""

AREAS: dict[str, str] = {
    "Settings and certificates": r"_settings|_variables|_certificates|_release/values|notations/text|private_files",
    "Chart and Helm release": r"_release|_cluster/helm|_override/compare",
    "The registry and its images": r"_registry/|_images/|_preflight/(images|registry)|registry_images",
    "Pulls": r"_pull/|_nodes/(?:outweigh|pull)|pull_",
    "The webhook": r"webhook",
    "Cluster and permissions": r"_action|_cluster|_nodes|preflight|registry_secret|_override/secret",
    "Lock, snapshots and rollback": r"_override|override_",
    "Former passwords": r"_credentials|snapshots_forget",
    "Plan": r"_plan",
    "Report": r"report|evidence",
    "Other": r"",
}
"""A heading, and the modules whose findings are there; the first that matches a module counts."""

OTHER_PAGES = {"mirror_rules": "Mirror tables", "node_findings": "Nodes"}
OTHER_LABEL = re.compile(r"^\.\. _\S+\.(?:mirror_rules|node_findings)\.(\w+):$", re.MULTILINE)

ELSEWHERE = re.compile(
    r"_mirrors|_containerd|_nodes/(?!api|inventory|checks|identity|host_keeper|outweigh|pull)|containerd_mirrors|doc_fragments"
)
"""The modules whose findings have pages of their own."""

CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+|[a-z]{6,}")
MESSAGE = ("message", "said", "why", "what", "reason", "text")
SEVERITIES = ("error", "warning", "info")
Scope = t.Mapping[str, list[ast.expr]]


@dataclasses.dataclass
class Entry:
    """What the code says under one code."""

    module: str
    severities: set[str] = dataclasses.field(default_factory=set)
    texts: dict[str, str] = dataclasses.field(default_factory=dict)
    """The fix by its message."""


def sources() -> dict[str, ast.Module]:
    """Return the trees of all plugins, by name; documentation of actions has no code to read."""
    found = {}
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        name = path.relative_to(ROOT / "plugins").with_suffix("").as_posix()
        if not ELSEWHERE.search(name):
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


Signature = dict[str, ast.expr | None]
"""The names of what a function takes, with the defaults."""


def signatures(nodes: t.Iterable[ast.AST]) -> dict[str, Signature]:
    """Return who takes a `code`: functions and records, with what they take."""
    found: dict[str, Signature] = {}
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            for taken in (_fields(node), *(_taken(item) for item in node.body if _is_init(item))):
                if "code" in taken:
                    found[node.name] = taken
        elif isinstance(node, ast.FunctionDef) and "code" in _taken(node) and not _is_init(node):
            found[node.name] = _taken(node)
    return found


def _fields(node: ast.ClassDef) -> Signature:
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign)]
    return {ast.unparse(item.target): item.value for item in fields}


def _is_init(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def _taken(node: ast.stmt) -> Signature:
    """Return what a function takes, without self."""
    if not isinstance(node, ast.FunctionDef):
        return {}
    names = [argument.arg for argument in node.args.args]
    defaults = [None] * (len(names) - len(node.args.defaults)) + list(node.args.defaults)
    taken = dict(zip(names, defaults, strict=True))
    return {name: default for name, default in taken.items() if name not in ("self", "cls")}


@functools.cache
def entries() -> dict[str, Entry]:
    """Return what the code says under each finding's code."""
    return entries_of(sources())


def entries_of(trees: t.Mapping[str, ast.Module]) -> dict[str, Entry]:
    """Return what some modules say under each code."""
    nodes = {module: list(ast.walk(tree)) for module, tree in trees.items()}
    takers = signatures(itertools.chain.from_iterable(nodes.values()))
    own = {module: _assigned(_plain(tree.body)) for module, tree in trees.items()}
    shared = {name: value for scope in own.values() for name, value in scope.items()}
    found: dict[str, Entry] = {}
    for module in trees:
        constants = {**shared, **own[module]}
        for scope, call, name in _calls(nodes[module], constants, takers):
            _add(found, module, _bound(takers[name], call), scope, name)
        for code, texts in _tables(own[module], constants):
            entry = found.setdefault(code, Entry(module))
            entry.texts |= texts
    return found


def _plain(body: t.Iterable[ast.stmt]) -> list[ast.stmt]:
    return [item for item in body if isinstance(item, ast.Assign | ast.AnnAssign)]


def _assigned(body: t.Iterable[ast.stmt]) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = collections.defaultdict(list)
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                _assign(found, node.targets[0], node.value)
            elif isinstance(node, ast.AnnAssign) and node.value:
                found[ast.unparse(node.target)].append(node.value)
    return dict(found)


def _assign(found: dict[str, list[ast.expr]], target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, part in zip(target.elts, value.elts, strict=False):
            found[ast.unparse(one)].append(part)
    elif isinstance(target, ast.Name):
        found[target.id].append(value)


def _calls(
    nodes: t.Sequence[ast.AST], constants: Scope, takers: t.Container[str]
) -> t.Iterator[tuple[Scope, ast.Call, str]]:
    """Yield each call of a taker with what is assigned around it, the nearest before it first."""
    functions = [
        (node.lineno, node.end_lineno or 0, _assigned(node.body))
        for node in nodes
        if isinstance(node, ast.FunctionDef)
    ]
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        taker = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        if taker not in takers:
            continue
        scope = dict(constants)
        for first, last, assigned in functions:
            if first <= call.lineno <= last:
                for name, values in assigned.items():
                    before = [value for value in values if value.lineno <= call.lineno]
                    scope[name] = before[::-1] or values
        yield scope, call, taker


def _bound(taken: Signature, call: ast.Call) -> dict[str, ast.expr]:
    given = {name: default for name, default in taken.items() if default is not None}
    given |= dict(zip(taken, call.args, strict=False))
    return given | {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _add(
    found: dict[str, Entry], module: str, given: dict[str, ast.expr], scope: Scope, name: str
) -> None:
    if "code" not in given:
        return
    words = {
        part
        for value in given.values()
        for part in re.findall(r"Severity\.(\w+)", _whole(value, scope))
    }
    message = next((given[key] for key in MESSAGE if key in given), None)
    for code in _choices(given["code"], scope):
        if not CODE.fullmatch(code):
            continue
        entry = found.setdefault(code, Entry(module))
        entry.severities |= {word.lower() for word in words} or {_default_severity(name)}
        text = _text(message, scope) if message else ""
        fix = _text(given["fix"], scope) if "fix" in given else ""
        entry.texts.setdefault(text, fix)


def _default_severity(taker: str) -> str:
    return taker if taker in SEVERITIES else "error"


def _whole(value: ast.expr, scope: Scope) -> str:
    """Return an expression as it stands, with what is assigned to it if it is a name."""
    if isinstance(value, ast.Name):
        return " ".join(ast.unparse(one) for one in scope.get(value.id, [])[:1])
    return ast.unparse(value)


def _choices(value: ast.expr, scope: Scope) -> list[str]:
    """Return what a code may be."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [value.value]
    if isinstance(value, ast.IfExp):
        return _choices(value.body, scope) + _choices(value.orelse, scope)
    if isinstance(value, ast.Name):
        return [
            code
            for one in scope.get(value.id, [])
            if one is not value
            for code in _choices(one, {})
        ]
    return []


def _tables(own: Scope, constants: Scope) -> t.Iterator[tuple[str, dict[str, str]]]:
    """Yield what stands in mappings from a code to (message, fix)."""
    for table in (value for values in own.values() for value in values):
        if not isinstance(table, ast.Dict):
            continue
        for key, value in zip(table.keys, table.values, strict=True):
            pair = isinstance(value, ast.Tuple) and len(value.elts) == 2
            for code in _choices(key, constants) if key and pair else ():
                message, fix = (_text(part, constants) for part in t.cast(ast.Tuple, value).elts)
                if CODE.fullmatch(code) and message:
                    yield code, {message: fix}


def _text(value: ast.expr, scope: Scope, depth: int = 0) -> str:
    """Return a text as a person would see it, `<name>` for what only a run knows."""
    if depth > 4:
        return "..."
    if isinstance(value, ast.Constant):
        return re.sub(r"(?<!\{)\{(\w+)\}", r"<\1>", str(value.value))
    if isinstance(value, ast.JoinedStr):
        return "".join(_part(part, scope, depth) for part in value.values)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _text(value.left, scope, depth + 1) + _text(value.right, scope, depth + 1)
    if isinstance(value, ast.IfExp):
        return _text(value.body, scope, depth + 1)
    if isinstance(value, ast.Name) and scope.get(value.id):
        return _text(scope[value.id][0], scope, depth + 1)
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "Fix":
        return _text(value.args[0], scope, depth + 1)
    return f"<{_placeholder(value)}>"


def _part(part: ast.expr, scope: Scope, depth: int) -> str:
    if not isinstance(part, ast.FormattedValue):
        return str(part.value) if isinstance(part, ast.Constant) else "..."
    inner = part.value
    if isinstance(inner, ast.Name) and inner.id.isupper() and scope.get(inner.id):
        return _text(scope[inner.id][0], scope, depth + 1)
    return f"<{_placeholder(inner)}>"


def _placeholder(value: ast.expr) -> str:
    """Return a word for an expression: its last name, without underscores."""
    names = re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", ast.unparse(value)))
    plain = [name for name in names if name not in ("self", "str", "join", "strip", "if", "else")]
    return (plain[-1] if plain else "value").strip("_").replace("_", " ")


def render() -> str:
    """Return the whole page."""
    found, parts, done = entries(), [HEAD], set[str]()
    for heading, pattern in AREAS.items():
        here = [
            code
            for code, entry in sorted(found.items())
            if code not in done and re.search(pattern, entry.module)
        ]
        done |= set(here)
        if here:
            parts.append(title(heading, "-"))
            parts += [_section(code, found[code]) for code in here]
    parts += [title("Checks that tell nothing more", "-"), *map(_silent, ("fail", "warn"))]
    return "\n".join([*parts, *_elsewhere(done)])


def _silent(status: str) -> str:
    """Return the section of what a report calls a check that ended so without a finding."""
    code = f"check_{status}"
    severity = {"fail": "error", "warn": "warning"}[status]
    about = (
        f"The check ended with {status} and has no finding: what it expected and found tells why."
    )
    label = f".. _{LABEL}.{code}:\n"
    return "\n".join([label, title(code, "~"), f"Severity: {severity}.\n", wrap(about)])


def _elsewhere(told: t.Container[str]) -> t.Iterator[str]:
    """Yield a section for each code of the other pages: an address of a code is one on this page."""
    for name, heading in OTHER_PAGES.items():
        text = PAGE.with_name(f"{name}.rst").read_text(encoding="utf-8")
        codes = sorted({code for code in OTHER_LABEL.findall(text) if code not in told})
        told = {*t.cast("set[str]", told), *codes}
        yield title(heading, "-")
        for code in codes:
            yield f"{title(code, '~')}\nSee :ref:`{DOCSITE}.{name}.{code}`.\n"


def _section(code: str, entry: Entry) -> str:
    severity = " or ".join(name for name in SEVERITIES if name in entry.severities) or "error"
    lines = [f".. _{LABEL}.{code}:\n", title(code, "~"), f"Severity: {severity}.\n"]
    for message, fix in entry.texts.items():
        if _sentence(message) or len(entry.texts) == 1:
            lines.append(wrap(escape(_sentence(message) or "The message says what it is.")))
        if _sentence(fix):
            lines.append(wrap(escape(f"To do: {_sentence(fix)}")))
    return "\n".join(lines)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    if re.fullmatch(r"(<[^<>]*>[.:; ]*)*", text):
        return ""
    is_name = text.startswith("pip ") or "_" in text.partition(" ")[0]
    start = text if is_name else text[:1].upper() + text[1:]
    return start if start.endswith((".", "?")) else f"{start}."


if __name__ == "__main__":
    sys.exit(run(__doc__, PAGE, render()))
