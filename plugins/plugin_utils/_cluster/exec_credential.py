# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The credential of a kubeconfig's exec plugin: asked for once in a run, and again when it expires.

Each module and each Helm is a process of its own, so each would run the plugin anew. The tasks of
a run share the credential through a file in Ansible's folder of this run, which nobody else can
enter and which goes with it.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime
import fcntl
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import time
import typing as t

from ...module_utils._objects import dig
from ...module_utils._redact import Redactor, cut
from ...module_utils._registry.json_text import read_json
from .._failure import Failure
from .environment import Plugins
from .kubeconfig import Kubeconfig, Section, invalid, unsupported
from .private_files import shared_folder

_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_CONFIG = "client.authentication.k8s.io/exec"
_CLUSTER_FIELDS = ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url")
_LONGEST = 500


@dataclasses.dataclass(frozen=True)
class Credential:
    """What a plugin said: a token, or a certificate and its key, both PEM."""

    token: str = dataclasses.field(repr=False)
    certificate: str = dataclasses.field(repr=False)
    key: str = dataclasses.field(repr=False)
    obtained: float
    expires: float

    def lasts(self, seconds: float) -> bool:
        """Return whether it can be used for some seconds more.

        Half of its life is enough of any: what lives shortly would be asked for each time.
        """
        return time.time() < self.expires - min(seconds, (self.expires - self.obtained) / 2)


def exec_credential(
    kubeconfig: Kubeconfig, plugins: Plugins, seconds: float, not_after: float
) -> Credential:
    """Return the credential that the plugin of a kubeconfig's user gives. Raises Failure.

    It can be used for some `seconds`, and is none that was obtained before the time `not_after`:
    a server has refused that one.
    """
    plugin = _checked(kubeconfig)
    version = plugin["apiVersion"]
    asked = json.dumps(_question(kubeconfig, plugin), sort_keys=True)
    path = _cache(kubeconfig, plugin, asked, plugins)
    # Tasks of other hosts may want the same at the same time: the first asks for all.
    with path.open("a+", encoding="utf-8") as file:
        _lock(file, plugins.seconds, kubeconfig)
        file.seek(0)
        kept = _kept(file.read())
        if kept and kept.obtained > not_after and kept.lasts(seconds):
            return kept
        output = _output(kubeconfig, plugin, asked, plugins)
        credential = _credential(kubeconfig, version, output)
        file.truncate(0)
        json.dump(dataclasses.asdict(credential), file)
    return credential


def _lock(file: t.TextIO, seconds: float, kubeconfig: Kubeconfig) -> None:
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.monotonic() > end:
            raise _failed(kubeconfig, f"it gave none within {seconds:g} s to another task")
        time.sleep(0.05)


def _cache(kubeconfig: Kubeconfig, plugin: Section, asked: str, plugins: Plugins) -> pathlib.Path:
    key = [str(kubeconfig.path), plugin, asked, sorted(plugins.environment.items())]
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    path = shared_folder(plugins.playbook, "credentials") / digest
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def _kept(text: str) -> Credential | None:
    """Return a credential that was kept; one that was half written is none."""
    try:
        return Credential(**json.loads(text))
    except (ValueError, TypeError):
        return None


def _checked(kubeconfig: Kubeconfig) -> Section:
    """Return the exec section. Raises Failure unless it is one that can be run."""
    plugin = kubeconfig.user["exec"]
    path = kubeconfig.path
    if not isinstance(plugin, dict) or not isinstance(plugin.get("command"), str):
        raise invalid(path, "has an exec plugin without a command")
    if not plugin["command"] or "\0" in plugin["command"]:
        raise invalid(path, "has an exec plugin without a command")
    arguments = plugin.get("args") or []
    if not isinstance(arguments, list) or not all(isinstance(item, str) for item in arguments):
        raise invalid(path, "has an exec plugin whose args are no list of texts")
    variables = plugin.get("env") or []
    if not isinstance(variables, list) or not all(map(_is_variable, variables)):
        raise invalid(path, "has an exec plugin whose env is no list of names and values")
    if plugin.get("apiVersion") not in _VERSIONS:
        raise unsupported(
            path,
            "has an exec plugin of another apiVersion than client-go takes",
            f"set apiVersion to one of {', '.join(_VERSIONS)}, as the plugin wants it",
        )
    if plugin.get("interactiveMode") == "Always":
        raise unsupported(
            path,
            "has an exec plugin that asks a person (interactiveMode: Always)",
            "give a kubeconfig that needs nobody, such as one with the token of a service account",
        )
    return t.cast("Section", plugin)


def _is_variable(variable: t.Any) -> bool:
    name, value = dig(variable, "name"), dig(variable, "value")
    texts = isinstance(name, str) and isinstance(value or "", str)
    return texts and bool(name) and "=" not in name and "\0" not in f"{name}{value}"


def _question(kubeconfig: Kubeconfig, plugin: Section) -> dict[str, t.Any]:
    spec: dict[str, t.Any] = {"interactive": False}
    if plugin.get("provideClusterInfo") is True:
        cluster = kubeconfig.cluster
        told = {key: cluster[key] for key in _CLUSTER_FIELDS if cluster.get(key)}
        authority = cluster.get("certificate-authority-data")
        path = kubeconfig.file("certificate-authority", cluster)
        if not authority and path:
            authority = base64.b64encode(pathlib.Path(path).read_bytes()).decode()
        if authority:
            told["certificate-authority-data"] = authority
        extensions = cluster.get("extensions")
        for extension in extensions if isinstance(extensions, list) else ():
            if dig(extension, "name") == _CONFIG:
                told["config"] = dig(extension, "extension")
        spec["cluster"] = told
    return {"apiVersion": plugin["apiVersion"], "kind": "ExecCredential", "spec": spec}


def _output(kubeconfig: Kubeconfig, plugin: Section, asked: str, plugins: Plugins) -> str:
    """Run the plugin and return what it prints. Raises Failure."""
    command = plugin["command"]
    if "/" in command:  # as client-go has it: beside the kubeconfig
        command = str(kubeconfig.path.parent / command)
    given = {item["name"]: item.get("value") or "" for item in plugin.get("env") or ()}
    environment = {**plugins.environment, **given, "KUBERNETES_EXEC_INFO": asked}
    try:
        process = subprocess.Popen(
            [command, *(plugin.get("args") or ())],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as exc:
        hint = plugin.get("installHint")
        said = f"it cannot be run: {getattr(exc, 'strerror', None) or 'odd arguments'}"
        raise _failed(kubeconfig, f"{said}. {hint}" if isinstance(hint, str) else said) from None
    try:
        output, errors = process.communicate(timeout=plugins.seconds)
    except subprocess.TimeoutExpired:
        raise _failed(kubeconfig, f"it gave none within {plugins.seconds:g} s") from None
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
    if process.returncode:
        said = " ".join(errors.decode("utf-8", "replace").split())
        raise _failed(kubeconfig, f"it ended with {process.returncode}: {said}")
    return output.decode("utf-8", "replace")


def _credential(kubeconfig: Kubeconfig, version: str, output: str) -> Credential:
    """Return what the output of a plugin says. Raises Failure, without a word of it."""
    said = read_json(output)
    if dig(said, "kind") != "ExecCredential" or dig(said, "apiVersion") != version:
        raise _failed(kubeconfig, f"it printed no ExecCredential of {version}")
    token, certificate, key = (
        dig(said, "status", name) or ""
        for name in ("token", "clientCertificateData", "clientKeyData")
    )
    if not all(isinstance(item, str) for item in (token, certificate, key)):
        raise _failed(kubeconfig, "it printed a credential that is no text")
    if bool(certificate) != bool(key) or not (token or key):
        raise _failed(kubeconfig, "it printed neither a token nor a certificate with its key")
    expires = dig(said, "status", "expirationTimestamp")
    try:
        end = datetime.datetime.fromisoformat(expires).timestamp() if expires else float("inf")
    except (TypeError, ValueError, OverflowError):
        raise _failed(kubeconfig, "it printed an expirationTimestamp that is no time") from None
    return Credential(token, certificate, key, time.time(), end)


def _failed(kubeconfig: Kubeconfig, said: str) -> Failure:
    reason = cut(Redactor(kubeconfig.secrets).text(said), _LONGEST)
    return Failure.of(
        "exec_plugin_failed",
        f"exec plugin {kubeconfig.user['exec']['command']}",
        f"the kubeconfig's plugin gave no credential: {reason}",
        "see what `kubectl get namespaces` with this kubeconfig says as the user who runs Ansible;"
        " the plugin gets the environment of the task",
    )


__all__ = ("Credential", "exec_credential")
