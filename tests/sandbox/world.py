# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world: cluster, webhook, registry and nodes, started together and stopped together."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import secrets
import shutil
import sys
import types
import typing as t

import yaml

from . import go_programs, inventory, nodes, real_node, tools
from .chart.pack import LAYOUTS, pack
from .cluster import Cluster
from .debian import CLIENT
from .guard import Guard
from .kubernetes.backend import is_named
from .kubernetes.server import ApiServer
from .network import REGISTRY_ADDRESS, Network
from .node_containerd import NodeContainerd
from .nodes import Node, Nodes, NodeSpec
from .paths import (
    ANSIBLE_BIN,
    CHECKOUT,
    COLLECTIONS,
    DEBIAN_ROOT,
    DEFAULT_STATE,
    TOOLS,
    PartMissingError,
    SandboxError,
    private_folders,
)
from .pki import write_private
from .processes import ProcessTable
from .real_node import RealNode
from .registry import ADDRESS, HOST_NAME, PAGE_HOST_NAME, Registry, RegistryInfo

_MARK = "sandbox-state"


@dataclasses.dataclass(frozen=True)
class Options:
    """How a world is made.

    `helm` is the major version to use. `clean_nodes` starts nodes without mirrors, `more_nodes` so
    many beside the three.
    `built_in` takes the API server of our own instead of a real control plane.
    `propagate` lets the stand-in for Palette follow the Secret all the time.
    `real` adds a node that runs pods, and a real control plane for it.
    `pulls` lets the three nodes run containerd, and gives the registry the documentation's name:
    commands behind `seeing_registry` know it as well. Of `containerd`, a release of
    `go_programs.CONTAINERD_RELEASES`, is then what the node with certs.d runs.
    `strict` makes a part that the machine cannot give an error instead of a warning.
    """

    helm: t.Literal["3", "4"] = "3"
    clean_nodes: bool = False
    with_nodes: bool = True
    more_nodes: int = 0
    built_in: bool = True
    propagate: bool = False
    strict: bool = False
    real: bool = False
    pulls: bool = False
    containerd: str = ""


class World:
    """One world in one state folder.

    As a context manager it is stopped at the end, also if this process is killed before.
    """

    def __init__(
        self,
        state_dir: pathlib.Path = DEFAULT_STATE,
        options: Options | None = None,
        plane: ApiServer | None = None,
    ) -> None:
        """Take a folder, and an API server that runs already: else the world starts its own."""
        self._plane = plane
        self.state_dir = state_dir.resolve()
        self.options = options or Options()
        self.processes = ProcessTable(self.state_dir / "processes.json", self.state_dir / "logs")
        self._network = Network(self.state_dir / "network", self.processes)
        self.nodes = Nodes(self.state_dir / "nodes", self.processes, self._network)
        self._real = RealNode(self.state_dir, self.processes, self._network, self.nodes)
        self.inventory = self.state_dir / "inventory.yml"
        self.sandbox_registry_vars = self.state_dir / "sandbox_registry.yml"
        self.kubeconfig = self.state_dir / "kubeconfig"
        # With the rights of docs/rbac.yml alone: whatever a playbook does shows that they are enough.
        self.operator_kubeconfig = self.state_dir / "kubeconfig-operator"
        self._guard = Guard(self.state_dir)
        self.registry: RegistryInfo | None = None
        self.warnings: list[str] = []

    @property
    def tools(self) -> pathlib.Path:
        """Return the folder of helm and kubectl."""
        return TOOLS / f"helm-v{self.options.helm}"

    @property
    def registry_log(self) -> pathlib.Path:
        """Return the registry's log: a line for each request."""
        return self.processes.log_file("registry")

    @property
    def request_log(self) -> pathlib.Path:
        """Return the log of the API server: a JSON object for each request."""
        return self.state_dir / "kubernetes" / "requests.jsonl"

    @property
    def api(self) -> ApiServer:
        """Return the API server, to make it fail, or workloads unready."""
        return ApiServer(self.state_dir / "kubernetes")

    def chart(self, layout: str = LAYOUTS[0]) -> pathlib.Path:
        """Return the packed image-swap chart of a layout."""
        return next((self.state_dir / "charts" / layout).glob("*.tgz"))

    def cluster_variables(self) -> dict[str, t.Any]:
        """Return the variables that the cluster has in the inventory."""
        written = yaml.safe_load(self.inventory.read_text(encoding="utf-8"))
        (own,) = written["all"]["children"]["palette_clusters"]["hosts"].values()
        return dict(own)

    def environment(self) -> dict[str, str]:
        """Return the variables with which commands meet this world."""
        path = [str(self.tools), str(ANSIBLE_BIN)]
        client = DEBIAN_ROOT / CLIENT
        if client.exists():
            path.append(str(client.parent))
        return {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_INVENTORY": str(self.inventory),
            "KUBECONFIG": str(self.kubeconfig),
            "PATH": ":".join([*path, os.environ.get("PATH", "/usr/bin:/bin")]),
            **private_folders(self.state_dir),
        }

    def seeing_registry(self) -> list[str]:
        """Return the words that let a command know the registry by the documentation's name.

        For what a user has in DNS, the command gets a file /etc/hosts of its own.
        """
        real = self.options.real
        hosts = self.state_dir / "hosts"
        address = REGISTRY_ADDRESS if real else ADDRESS
        hosts.write_text(f"127.0.0.1 localhost\n{address} {PAGE_HOST_NAME}\n", encoding="utf-8")
        script = 'mount --bind "$0" /etc/hosts && exec "$@"'
        mounts = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, str(hosts)]
        return [*self._network.enter(), *mounts] if real else mounts

    def start(self) -> World:
        """Start everything, in place of what may run in this state folder. Raises SandboxError."""
        with self._lock():
            self._clear()
            self.processes.reopen()
            try:
                self._start()
            except BaseException:
                self._end()
                raise
        return self

    def stop(self) -> None:
        """Stop whatever runs and remove the state folder. A dead or half-made world is no error."""
        with self._lock():
            self._clear()

    def __enter__(self) -> World:
        self._guard.start()
        try:
            return self.start()
        except BaseException:
            self._guard.dismiss()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            self._guard.dismiss()

    def _start(self) -> None:
        self._check_tools()
        self.state_dir.mkdir(parents=True, mode=0o700)
        (self.state_dir / _MARK).touch()
        for folder in private_folders(self.state_dir).values():
            pathlib.Path(folder).mkdir(parents=True)
        self.warnings.clear()
        self._pack_charts()
        if self.options.real:
            self.registry, started = self._real.start(self._node_specs())
            self._write_variables(real_node.chart_values(), started)
        else:
            self._start_parts()
        if self.options.propagate:
            command = [sys.executable, "-m", "tests.sandbox", "propagate", "--follow"]
            environment = {
                **os.environ,
                **private_folders(self.state_dir),
                "PYTHONPATH": str(CHECKOUT),
            }
            argv = [*command, "--state-dir", str(self.state_dir)]
            self.processes.start("palette", argv, env=environment)

    def _start_parts(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
            webhook = pool.submit(self._start_cluster)
            registry = pool.submit(self._optional, self._start_registry)
            started = pool.submit(self._optional, self._start_nodes)
        self.registry = registry.result()
        values = webhook.result()
        chart = {"webhookUrl": values["url"], "caBundle": values["caBundle"]}
        self._write_variables(chart, started.result() or [])

    def _check_tools(self) -> None:
        for program in ("helm", "kubectl"):
            if not (self.tools / program).is_file():
                raise SandboxError(
                    f"{program} is not in the cache. "
                    "Run `.venv/bin/python -m tests.sandbox tools` first."
                )
        tools.link_collection()

    def _pack_charts(self) -> None:
        for layout in LAYOUTS:
            folder = self.state_dir / "charts" / layout
            folder.mkdir(parents=True)
            pack(layout, folder)

    def _start_cluster(self) -> dict[str, str]:
        cluster = Cluster(self.state_dir, self.processes)
        plane = self._plane.state_dir if self._plane else None
        return cluster.start(plane, built_in=self.options.built_in and not is_named(os.environ))

    def _start_registry(self) -> RegistryInfo:
        name = PAGE_HOST_NAME if self.options.pulls else ""
        registry = Registry(self.state_dir / "registry", self.processes, name=name)
        return registry.start(secrets.token_urlsafe(12))

    def _start_nodes(self) -> list[Node]:
        specs = self._node_specs()
        if not specs:
            return []
        name = PAGE_HOST_NAME if self.options.pulls else HOST_NAME
        started = self.nodes.start(specs, registry_names=(name,))
        for node in started:
            if node.pulls:
                NodeContainerd(node, self.nodes, self.processes).start(self._containerd(node))
        return started

    def _containerd(self, node: Node) -> pathlib.Path | None:
        if not self.options.containerd or node.mirrors_in != "certs.d":
            return None
        return go_programs.containerd(self.options.containerd) / "usr/bin/containerd"

    def _node_specs(self) -> list[NodeSpec]:
        if not self.options.with_nodes:
            return []
        clean, more = self.options.clean_nodes, self.options.more_nodes
        return nodes.default_specs(clean, more, pulls=self.options.pulls)

    def _optional(self, start: t.Callable[[], _Part]) -> _Part | None:
        try:
            return start()
        except PartMissingError as error:
            if self.options.strict:
                raise
            self.warnings.append(str(error))
            return None

    def _write_variables(self, chart: dict[str, str], started: list[Node]) -> None:
        cluster: inventory.Variables = {
            "palette_kubeconfig": str(self.operator_kubeconfig),
            "palette_airgap": True,
            "palette_image_swap_chart": str(self.chart()),
            "palette_helm_binary": str(self.tools / "helm"),
            "palette_image_swap_values": {"sandbox": chart},
        }
        if (self.options.real or self.options.pulls) and self.registry:
            cluster["palette_registry"] = inventory.sandbox_registry(self.registry)
        if self.options.real:
            cluster["palette_node_path_style"] = real_node.PATH_STYLE
        inventory.write(self.inventory, inventory.inventory(cluster, started, self.nodes))
        if self.registry:
            variables = {"palette_registry": inventory.sandbox_registry(self.registry)}
            inventory.write(self.sandbox_registry_vars, variables)
        state = {
            "options": dataclasses.asdict(self.options),
            "registry": dataclasses.asdict(self.registry) if self.registry else None,
            "warnings": self.warnings,
        }
        write_private(self.state_dir / "world.json", json.dumps(state, indent=1) + "\n")

    def _clear(self) -> None:
        """Stop and remove the world in the state folder, if there is one."""
        self._end()
        if not self.state_dir.exists():
            return
        if any(self.state_dir.iterdir()) and not (self.state_dir / _MARK).exists():
            raise SandboxError(
                f"{self.state_dir} holds other things than a sandbox: choose another folder."
            )
        shutil.rmtree(self.state_dir)

    def _end(self) -> None:
        self.processes.stop_all()
        self._real.groups.remove()

    @contextlib.contextmanager
    def _lock(self) -> t.Iterator[None]:
        """Let one process at a time start or stop the world of a state folder."""
        path = self.state_dir.with_name(f".{self.state_dir.name}.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


_Part = t.TypeVar("_Part")


def load(state_dir: pathlib.Path = DEFAULT_STATE) -> World:
    """Return the world that was started in a state folder. Raises SandboxError if there is none."""
    try:
        text = (state_dir / "world.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SandboxError(
            f"There is no world in {state_dir}. Start one: `.venv/bin/python -m tests.sandbox up`."
        ) from None
    state = json.loads(text)
    world = World(state_dir, Options(**state["options"]))
    world.registry = RegistryInfo(**state["registry"]) if state["registry"] else None
    world.warnings = state["warnings"]
    return world
