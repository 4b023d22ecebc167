# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start, stop and control an API server from Python."""

from __future__ import annotations

import contextlib
import json
import pathlib
import subprocess
import sys
import time
import typing as t

from tests.sandbox.kubernetes import seed
from tests.sandbox.kubernetes.client import ApiClient, client_of
from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.kubernetes.found import FOUND
from tests.sandbox.kubernetes.layout import StateDir
from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.readiness import DEFAULT_REASON
from tests.sandbox.paths import CHECKOUT, SandboxError
from tests.sandbox.pki import Authority, Certificate

# The state of a server that is shared, before anybody has done anything.
SEED = "seed"
_START_SECONDS = 180.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02


class ApiServer:
    """An API server in a process of its own that ends with ours.

    It is a real one (see `serve`), or the built-in one where that is asked for. What the sandbox
    cannot do there, or on a cluster that somebody else runs, raises `RequestFailed` (404).

    Also works on a server that something else started in the state folder: then leave `start`
    and `stop` alone and use the rest.
    """

    def __init__(self, state_dir: pathlib.Path | str, *, built_in: bool = False) -> None:
        """Take a state folder; `built_in` starts our own server, in no time."""
        self._state = StateDir(pathlib.Path(state_dir))
        self._options = ["--built-in"] if built_in else []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def state_dir(self) -> pathlib.Path:
        """The folder with the server's files."""
        return self._state.path

    @property
    def kubeconfig(self) -> pathlib.Path:
        """The admin's kubeconfig."""
        return self._state.kubeconfig

    @property
    def read_only_kubeconfig(self) -> pathlib.Path:
        """The kubeconfig of a user who may read everything and write nothing."""
        return self._state.read_only_kubeconfig

    @property
    def operator_kubeconfig(self) -> pathlib.Path:
        """The kubeconfig of a user who may do what docs/rbac.yml says."""
        return self._state.operator_kubeconfig

    @property
    def is_ours(self) -> bool:
        """Return whether the sandbox has started it, and so can break it and put it back."""
        ready = json.loads(self._state.ready_file.read_text(encoding="utf-8"))
        return bool(ready["kind"] != FOUND)

    @property
    def client(self) -> ApiClient:
        """A client for the admin."""
        return client_of(self.kubeconfig)

    def start(self) -> None:
        """Start serving; return when the seed is there. Raises SandboxError."""
        self.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._state.ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.sandbox.kubernetes", *self._options]
        with self._state.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--until-stdin-closes", "--state-dir", str(self.state_dir.resolve())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=CHECKOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._state.ready_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                text = self._state.log_file.read_text(encoding="utf-8")
                raise SandboxError(f"the API server did not start: {text[-2000:]}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop serving. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def __enter__(self) -> t.Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def fail(self, fault: Fault) -> None:
        """Make requests fail from now on, see `Fault`."""
        rule = {key: value for key, value in fault.to_dict().items() if key != "hits"}
        self.client.request("POST", "/sandbox/faults", rule)

    def faults(self) -> list[Object]:
        """Return the rules in force; `hits` tells how many requests each has failed."""
        rules: list[Object] = self.client.get("/sandbox/faults")["faults"]
        return rules

    def heal(self) -> None:
        """Let all requests pass again, those that stall as well."""
        self.client.request("DELETE", "/sandbox/faults")

    @contextlib.contextmanager
    def failing(self, fault: Fault) -> t.Iterator[None]:
        """Make requests fail within a block."""
        self.fail(fault)
        try:
            yield
        finally:
            self.heal()

    def keep_state(self, name: str) -> None:
        """Keep the state of the whole cluster under a name, for `restore_state`."""
        self.client.request("POST", "/sandbox/states", {"name": name})

    def restore_state(self, name: str) -> None:
        """Put the whole cluster back into a state that was kept. Resource versions go on."""
        self.client.request("PUT", "/sandbox/states", {"name": name})

    def start_over(self, name: str = SEED) -> None:
        """Put everything back as it was when a state was kept: faults, readiness, the log, too."""
        self.heal()
        self.client.request("DELETE", "/sandbox/readiness")
        self.restore_state(name)
        self._state.request_log.write_bytes(b"")

    def set_ready(
        self, namespace: str, name: str, ready: bool, reason: str = DEFAULT_REASON
    ) -> None:
        """Let a workload's pods come up, or keep them waiting for a reason."""
        body = {"namespace": namespace, "name": name, "ready": ready, "reason": reason}
        self.client.request("POST", "/sandbox/readiness", body)

    def set_default_ready(self, ready: bool) -> None:
        """The same for every workload that `set_ready` never named."""
        self.client.request("POST", "/sandbox/readiness", {"ready": ready})

    def set_nodes(self, nodes: t.Iterable[seed.Node]) -> None:
        """Make these, and no others, the nodes of the cluster."""
        seed.set_nodes(self.client, nodes)

    def issue_token(self, user: str, groups: t.Sequence[str] = ()) -> str:
        """Return a token of a user; what the user may do is up to the cluster's RBAC objects."""
        body = {"user": user, "groups": list(groups)}
        return str(self.client.request("POST", "/sandbox/tokens", body)["token"])

    def issue_certificate(self, user: str, groups: t.Sequence[str] = ()) -> Certificate:
        """Return a client's certificate that a real control plane of the sandbox trusts."""
        files = [self._state.path / f"cluster-ca.{suffix}" for suffix in ("crt", "key")]
        authority = Authority.load(*(file.read_text(encoding="utf-8") for file in files))
        return authority.issue_client(user, groups)

    def serve_service(self, namespace: str, name: str, address: str) -> None:
        """Say what serves a Service that webhooks name: `host:port`."""
        body = {"namespace": namespace, "name": name, "address": address}
        self.client.request("POST", "/sandbox/services", body)

    def requests(self) -> list[Object]:
        """Return the request log so far: time, method, path, user_agent, user, status."""
        text = self._state.request_log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


__all__ = ("SEED", "ApiServer")
