# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A laboratory for the image-swap release: a controller, a Helm, a chart and a cluster."""

from __future__ import annotations

import base64
import gzip
import json
import pathlib
import subprocess
import typing as t

from tests.integration.tasks import SETTINGS, Controller, PlayRun
from tests.sandbox.chart.pack import pack
from tests.sandbox.kubernetes.seed import NODES
from tests.sandbox.kubernetes.server import SEED, ApiServer

SECRETS = "/api/v1/namespaces/default/secrets"

# Runs helm, and writes down its arguments and environment; waits while `hold` is there.
_WRAPPER = """\
#!/bin/sh
{{ echo "$@"; env; }} >> {folder}/helm.log
case " $* " in *" upgrade "*)
  while [ -e {folder}/hold ]; do echo $$ > {folder}/held; sleep 0.05; done ;;
esac
exec {helm} "$@"
"""


class ReleaseLab:
    """A controller, a Helm, a chart and a cluster: without the release, or in a state that was kept."""

    def __init__(
        self, server: ApiServer, folder: pathlib.Path, helm: pathlib.Path, state: str = SEED
    ) -> None:
        self.server = server
        self.folder = folder
        self.controller = Controller(folder / "controller")
        self.real_helm = helm
        self.helm_binary = self.controller.folder / "helm"
        self.helm_binary.write_text(
            _WRAPPER.format(folder=self.controller.folder, helm=helm), encoding="utf-8"
        )
        self.helm_binary.chmod(0o755)
        self.chart = pack("nested", folder)
        self.settings = dict(SETTINGS)
        if server.is_ours:
            server.start_over(state)
        else:
            self._clear()
        server.set_default_ready(True)

    def _clear(self) -> None:
        """Take the release out of a cluster of somebody else, which waits for its namespace."""
        self.server.heal()
        self.server.set_nodes(NODES)
        self.helm("uninstall", "image-swap", "--ignore-not-found")
        program = self.real_helm.with_name("kubectl")
        gone = ["delete", "namespace", "imageswap-system", "--ignore-not-found"]
        kubectl = [str(program), "--kubeconfig", str(self.server.kubeconfig), *gone]
        subprocess.run(kubectl, check=True, capture_output=True)

    @classmethod
    def installed(cls, server: ApiServer, folder: pathlib.Path, helm: pathlib.Path) -> t.Self:
        """Return one whose Helm has installed the release, which happens once: the state is kept."""
        state = f"installed by {helm.parent.name}"
        if server.is_ours and state in server.client.get("/sandbox/states")["states"]:
            return cls(server, folder, helm, state)
        lab = cls(server, folder, helm)
        done = lab.play(lab.task())
        assert done.changed == [True], done.output
        if server.is_ours:
            server.keep_state(state)
        return lab

    def helm(self, *arguments: str) -> str:
        """Return what helm prints."""
        command = [str(self.real_helm), "--kubeconfig", str(self.server.kubeconfig), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def values(self, revision: int = 0) -> t.Any:
        """Return the values that users gave the release, or a revision of it, as Helm says."""
        return json.loads(
            self.helm("get", "values", "image-swap", f"--revision={revision}", "--output=json")
        )

    def revisions(self) -> list[int]:
        """Return the revisions that Helm keeps."""
        history = json.loads(self.helm("history", "image-swap", "--output", "json"))
        return [entry["revision"] for entry in history]

    def task(self, **arguments: t.Any) -> dict[str, t.Any]:
        """Return a task of the action; `check_mode` and `diff` are the task's."""
        keywords: dict[str, t.Any] = {
            key: arguments.pop(key) for key in ("check_mode", "diff") if key in arguments
        }
        given = {
            "kubeconfig": str(self.server.kubeconfig),
            "chart": str(self.chart),
            "settings": "{{ palette_registry }}",
            "helm_binary": str(self.helm_binary),
            **arguments,
        }
        return {"palette.image_registry.image_swap_release": given, **keywords}

    def play(
        self, *tasks: dict[str, t.Any], options: t.Sequence[str] = (), **more: t.Any
    ) -> PlayRun:
        """Run tasks, the settings in a variable as users have them."""
        variables = {"palette_registry": self.settings, **more.pop("variables", {})}
        return self.controller.play(tasks, *options, variables=variables, **more)


def set_status(lab: ReleaseLab, revision: int, status: str, deployed_at: str = "") -> None:
    """Write another status into a revision of the release, and since when it is there."""
    path = f"{SECRETS}/sh.helm.release.v1.image-swap.v{revision}"
    live = lab.server.client.get(path)
    packed = base64.b64decode(base64.b64decode(live["data"]["release"]))
    release = json.loads(gzip.decompress(packed))
    release["info"]["status"] = status
    if deployed_at:
        release["info"]["last_deployed"] = deployed_at
    again = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    data = {"release": base64.b64encode(again).decode()}
    metadata = {"labels": {"status": status}}
    lab.server.client.merge(path, {"data": data, "metadata": metadata})
