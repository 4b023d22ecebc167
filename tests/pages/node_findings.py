# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference of the findings about nodes, written from the code that reports them.

`python -m tests.pages.node_findings` writes docs/docsite/rst/node_findings.rst; with `--check` it only
tells whether that file is current.
"""

from __future__ import annotations

import ast
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".cache" / "collections"))

from ansible_collections.palette.image_registry.plugins.module_utils._containerd.analysis import (
    analyse,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.compare import (
    compare,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.evaluate import (
    load,
)
from ansible_collections.palette.image_registry.plugins.module_utils._containerd.model import (
    NodeFiles,
)
from ansible_collections.palette.image_registry.plugins.module_utils._evidence import Finding
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.connection import (
    _CAUSES as CAUSES,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.probe import (
    _FIXES as PROBE_FIXES,
)
from tests.pages.addresses import table
from tests.pages.node_example_files import MAIN, Files
from tests.pages.node_finding_examples import COMPARED, ONE_NODE
from tests.pages.rst import escape, run, title, wrap

PAGE = ROOT / "docs" / "docsite" / "rst" / "node_findings.rst"
LABEL = "ansible_collections.palette.image_registry.docsite.node_findings"

HEAD = f"""\
..
  SPDX-FileCopyrightText: 2026 The palette.image_registry authors
  SPDX-License-Identifier: GPL-3.0-or-later

  Written by `python -m tests.pages.node_findings`. Do not edit.

.. _{LABEL}:

The findings about nodes
========================

Every finding about a node has a code. This page lists them all, with what will happen and what to
do. The action :ansplugin:`palette.image_registry.containerd_mirrors_info#module` reports them; the
filter :ansplugin:`palette.image_registry.containerd_requests#filter` reports those about files.

An error fails the check that holds it, a warning warns; an info only tells.
"""

GROUPS: dict[str, tuple[str, ...]] = {
    "Whether containerd and its CRI plugin run": ("config", "imports", "states", "registry"),
    "Files and versions": ("analysis", "lint_config", "lint_names"),
    "Mirrors in config.toml": ("lint_mirrors",),
    "hosts.toml": ("lint_certs_d", "lint_hosts", "lint_host_url"),
    "The node against the mirror table": ("compare",),
}
"""The modules of the evaluation, in the order of the page."""

ADDRESSED = (
    "The address of a registry is judged alike wherever it stands, by these codes; an address below "
    "``*`` or in ``_default`` like one below any registry. An empty cell: it does no harm there, or "
    "cannot be there, for targets and ``palette_registry`` have no scheme."
)
LOST = "The node cannot be read; what was printed is in the message."
READING: dict[str, tuple[str, str, str]] = {
    **{f"node_{cause}": ("error", LOST, fix) for _pattern, cause, fix in CAUSES},
    "node_unreachable": ("error", LOST, "Check address, port and the way there, then run again."),
    "node_no_answer": (
        "error",
        "The shell of the node ran, and printed nothing of what it was asked.",
        "Check that the login shell of this user runs /bin/sh, and ansible_become.",
    ),
    "node_garbled": ("error", "The node's answer cannot be decoded.", "Run the task again."),
    "node_time_limit": (
        "error",
        "The node was not read to the end within the time limit.",
        "See what blocks there (a dead network file system?), or raise the timeout option.",
    ),
    "node_output_truncated": (
        "error",
        "The node's answer was cut off, because it is too long.",
        "Look for unusually many or large files under certs.d and the imports.",
    ),
    "node_too_many_files": (
        "error",
        "The file named, and all after it, were not read.",
        "Look for unusually many files under certs.d and the imports.",
    ),
    "node_unfit": (
        "error",
        "The node has no stat, or a /bin/sh that cannot compare files or reads text in a way of "
        "its own (posh): what it says would be no proof.",
        "Give the node a common shell (dash, bash, busybox) and its stat.",
    ),
    "node_beyond_bounds": (
        "error",
        "What the node said takes more CPU time or memory to judge than any node needs; the "
        "message says which.",
        "Look at the files under /etc/containerd there for what nobody writes by hand.",
    ),
    "node_not_judged": (
        "error",
        "The judgement stumbled over what the node said. The node is not lost for it: it fails.",
        "Report this with the node's files.",
    ),
    "node_writable_by_others": (
        "error",
        "Others than root may write the file or program, or a folder on the way to it, so they "
        "decide what it is. It was neither read nor run, and containerd is not asked for its "
        "reading of a configuration with such a file in it. The store of Nix, where a group may "
        "only add, counts as root's.",
        "Let root own what the message names, and take the right to write from group and others.",
    ),
    "containerd_not_counted": (
        "warning",
        "A process is called containerd, and looks like one of the node, but another user owns it, "
        "it has a mount namespace of its own, or its program is not one that only root may write. "
        "Nothing was asked of it, and its configuration was not read. Processes in containers are "
        "left out without a word.",
        "See what it is. The node's own runs as root, in the namespaces of the node, from a "
        "program that only root may write.",
    ),
    "containerd_unproven": (
        "warning",
        "The node was not read as root. Then nobody sees which program a process runs, and in "
        "which namespaces, so that a container of root may be taken for the node's containerd.",
        "Read the node as root: set ansible_become for this node.",
    ),
    "containerd_replaced": (
        "warning",
        "The program was replaced since it started: what runs is the former one.",
        "Restart the daemon on the node, then verify again.",
    ),
    "import_not_followed": (
        "error",
        "Which files an import names was not found out, and containerd could not be asked for its "
        "own reading: what they set may be all that counts.",
        'Write it as a path, or with "*" as the only special character, in the file name alone.',
    ),
    "findings_left_out": (
        "info",
        "The check has more findings than anybody would read; the worst are there.",
        "",
    ),
    "node_file_unreadable": (
        "warning",
        "The file is there and could not be read.",
        "Read it as root: set ansible_become for this node.",
    ),
    "cluster_unknown": (
        "error",
        "Nobody knows which cluster's override the node must show; it is not asked.",
        "Set palette_cluster of the node to a host of palette_clusters.",
    ),
    "containerd_not_found": (
        "error",
        "No containerd runs on the node, and none of its configuration files is there.",
        "Check that this host is a node of a cluster, and read it as root.",
    ),
    "containerd_not_running": (
        "warning",
        "No containerd runs; the answers are what it would do with the files that are there.",
        "Start containerd on the node, then verify again.",
    ),
    "containerd_version_unknown": (
        "info",
        "containerd could not be asked for its version, so one is assumed. Asked are programs in "
        "the usual places and those of unit files, if only root may write them and they are what "
        "the process runs.",
        "Read the node as root, take the nodes from the inventory plugin cluster_nodes, which "
        "knows the version, or set assume_version.",
    ),
    "config_dump_failed": (
        "info",
        "`containerd config dump` failed, so the files were evaluated.",
        "Run it by hand on the node if containerd does not start.",
    ),
    "several_containerds": (
        "warning",
        "The node has more than one containerd; the message names them, and tells which one was "
        "judged: the kubelet's, where its command line names one.",
        "See which one the kubelet uses (--container-runtime-endpoint), and stop the other.",
    ),
    "restart_pending": (
        "warning",
        "A file changed after the daemon started, which still runs with what was there before.",
        "Restart the daemon on the node, then verify again.",
    ),
    "probe_without_tool": (
        "info",
        "The node has neither curl nor wget, so the registry was not asked.",
        "Pull the image there with crictl pull.",
    ),
    **{
        f"probe_{verdict}": (
            "warning or error",
            "The node asked the registry for a manifest, and the answer is not the manifest.",
            fix,
        )
        for verdict, fix in PROBE_FIXES.items()
    },
}
"""What is found while a node is read: code, severity, what it means, what to do."""

READERS = ("script", "reader", "verdict", "probe", "connection")
"""The modules that report it."""

LIMITS = f"""\
.. _{LABEL}.limits:

Limits
------

containerd 1.x and 2.x read TOML with parsers of their own. Known and taken into account are: the
mark of the byte order, control characters, line breaks and commas in inline tables, escapes, a
bracket inside the quotes of a table header, and the letter case of options. These were seen, and
are told as TOML 1.0 has them:

* 1.x starts with a number such as ``01``, with a key in triple quotes, with ``[table] key = 1`` in
  one line, with half of a surrogate pair as an escape, and with a table that is opened twice, once
  by a dotted key.
* 1.x does not start with a date without a time, with an integer above 64 bits, or with four quotes
  at the end of a multi-line string. In a hosts.toml the same makes the whole file ignored.
* 2.x starts with a time without seconds.
* 1.6 itself crashes on a pull if the hosts.toml has a key without a value, or a comma without one.
* A negative ``version``: 1.x takes it for version 2, 2.x does not start.
"""


def literal_codes(path: pathlib.Path) -> dict[str, set[str]]:
    """Return the codes that stand in a module's calls, with their severities.

    Where a call takes its code from a variable, the name of that variable stands for it.
    """
    found: dict[str, set[str]] = {}
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("Finding", "NodeError"):
            is_error = ast.unparse(call.func) == "NodeError"
            severities = {
                node.attr.lower()
                for node in ast.walk(call)
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Severity"
            }
            first = call.args[0]
            for one in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                code = str(one.value) if isinstance(one, ast.Constant) else ast.unparse(one)
                found.setdefault(f"node_{code}" if is_error else code, set()).update(severities)
    return found


def module(name: str) -> pathlib.Path:
    """Return the file of a module of the evaluation."""
    return ROOT / "plugins" / "module_utils" / "_containerd" / f"{name}.py"


def reader(name: str) -> pathlib.Path:
    """Return the file of a module that reads nodes."""
    return ROOT / "plugins" / "plugin_utils" / "_nodes" / f"{name}.py"


def examples() -> dict[str, tuple[Finding, str, Files]]:
    """Return by code: the finding of its first example, the version and the files of that."""
    found: dict[str, tuple[Finding, str, Files]] = {}
    for code, version, files, _good, _subject in ONE_NODE:
        findings = analyse(load(NodeFiles(files, version)))
        finding = next(finding for finding in findings if finding.code == code)
        found.setdefault(code, (finding, version, files))
    for code, version, files, endpoint in COMPARED:
        result = compare(load(NodeFiles(files, version)), [("docker.io", endpoint)], "node")[0]
        finding = next(finding for finding in result.findings if finding.code == code)
        found.setdefault(code, (finding, version, files))
    unread = NodeFiles({}, "1.7.24", unreadable={MAIN: "permission denied"})
    broken = NodeFiles({MAIN: "version = 2\n"}, "1.7.24", dump="version = ")
    for node in (unread, broken):
        finding = analyse(load(node))[0]
        found.setdefault(finding.code, (finding, node.version, {}))
    return found


def render() -> str:
    """Return the whole page."""
    known, parts, done = examples(), [HEAD], set[str]()
    for name, modules in GROUPS.items():
        text = "".join(module(one).read_text(encoding="utf-8") for one in modules)
        severities: dict[str, set[str]] = {}
        for one in modules:
            for code, levels in literal_codes(module(one)).items():
                severities.setdefault(code, set()).update(levels)
        parts.append(title(name, "-"))
        for code in sorted(code for code in known.keys() - done if f'"{code}"' in text):
            done.add(code)
            finding, version, files = known[code]
            levels = severities.get(code, set()) | {finding.severity.value}
            parts.append(_section(code, _either(levels), finding.message, finding.fix))
            parts.append(_example(version, files, finding.subject))
    parts += [title("One address in every place", "-"), wrap(ADDRESSED), table()]
    parts.append(title("Reading the node", "-"))
    for code, (severity, message, fix) in sorted(READING.items()):
        parts.append(_section(code, severity, message, fix))
    return "\n".join((*parts, LIMITS))


def _either(severities: set[str]) -> str:
    return " or ".join(name for name in ("error", "warning", "info") if name in severities)


def _section(code: str, severity: str, message: str, fix: str) -> str:
    lines = [f".. _{LABEL}.{code}:\n", title(code, "~"), f"Severity: {severity}.\n"]
    lines.append(wrap(escape(message)))
    if fix:
        lines.append(wrap(escape(f"To do: {fix}")))
    return "\n".join(lines)


def _example(version: str, files: Files, subject: str) -> str:
    if not any(files.values()):
        return ""
    blocks = [f"# {path}\n{content.strip()}" for path, content in files.items() if content.strip()]
    shown = "".join(f"  {line}\n" if line else "\n" for line in "\n\n".join(blocks).split("\n"))
    told = wrap(escape(f"For example, on containerd {version} about {subject}:"))
    return f"{told}\n.. code-block:: text\n\n{shown}"


if __name__ == "__main__":
    sys.exit(run(__doc__, PAGE, render()))
