# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pull an image of each source on a node as kubelet does, and take it back."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

from ...module_utils._containerd.node import Containerd
from ...module_utils._evidence import Check, Finding, Severity, Status, status_of
from ...module_utils._images.samples import Sample, SourceSamples
from ...module_utils._objects import dig
from ...module_utils._redact import cut
from .bounds import bounded
from .reader import Daemon
from .script import Limits, Record, Records, Shell, run_task

PULL_CHECK = "pull"
LARGEST_SHARE = 80
"""Percent of a disk that may be full: kubelet begins to remove images at 85."""

_EXCERPT = 400
_LOGIN_SECONDS = 30
_EACH_SECONDS = 60  # beside the pull itself: listing, inspecting, removing
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._-]{1,200}\Z")
_SOCKETS = {
    "spectro-containerd": "/run/spectro/containerd/containerd.sock",
    "k3s": "/run/k3s/containerd/containerd.sock",
    "rke2": "/run/k3s/containerd/containerd.sock",
}
_SOCKET = "/run/containerd/containerd.sock"
_LOGS = {
    "k3s": "/var/lib/rancher/k3s/agent/containerd/containerd.log",
    "rke2": "/var/lib/rancher/rke2/agent/containerd/containerd.log",
}
_REFUSED = re.compile(
    r"40[13] (?:Unauthorized|Forbidden)|unexpected status.{1,300}: 40[13]\b|pull access denied"
    r"|authorization failed|failed to authorize|no basic auth credentials"
)
_CLIENT = re.compile(r"remote error: tls: (?:certificate required|bad certificate)")
_ANSWERED = re.compile(r"200 (https?://\S{1,1000}/manifests/\S{1,200})")

_PREVENTED = {
    "socket": (
        "the socket of CRI is not there, or others than root may put another one in its place",
        "Read the node as root (ansible_become), and see where containerd listens ([grpc] address).",
    ),
    "tool": (
        "the node has no crictl in a usual place that root alone may write, and no ctr with host "
        "folders (config_path) as CRI has them",
        "Install crictl on the node, as kubeadm, K3s and RKE2 do.",
    ),
    "run": (
        "/run of the node cannot be written, or not by root alone",
        "Read the node as root (ansible_become).",
    ),
    "busy": (
        "another pull of this collection runs on the node",
        "Verify again when it is done; end a crictl that hangs there.",
    ),
    "cri": (
        "CRI does not say which images the node has",
        "Run crictl images on the node: its error says why.",
    ),
}


class Pulled(t.NamedTuple):
    """The check of a pull. Where it brought what the registry holds, its source and what it tells.

    `place` is the URL that it came from, "" where that is not known.
    """

    check: Check
    source: str = ""
    place: str = ""


@dataclasses.dataclass(frozen=True)
class Puller:
    """What decides the pulls of one node that was read."""

    shell: Shell
    subject: str
    daemon: Daemon
    containerd: Containerd
    seconds: int

    def pull(self, sources: t.Sequence[SourceSamples], root: str = "") -> tuple[Pulled, ...]:
        """Pull, and return a check for each source. Raises NodeError and BoundError."""
        wanted = [one for one in sources if one.samples]
        if not wanted:
            return (Pulled(left_out(self.subject, "the registry holds no image for it")),)
        limits = limits_of(len(wanted), self.seconds)
        records = run_task(self.shell, "pull", limits, root, **self._values(wanted))
        with bounded():
            return tuple(self._judged(wanted, records))

    def _values(self, wanted: t.Sequence[SourceSamples]) -> dict[str, str]:
        registry = self.containerd.registry
        folders = (registry.folders or ()) if registry else ()
        socket = _setting(self.containerd, "grpc", "address")
        level = _setting(self.containerd, "debug", "level")
        known = (_LOGS.get(self.daemon.flavour, ""), self.daemon.flavour)
        return {
            "images": "\n".join(_line(one) for one in wanted),
            "socket": socket if _PLAIN_PATH.match(socket) else self._socket,
            "pid": self.daemon.pid,
            "hosts_dir": folders[0] if len(folders) == 1 and _PLAIN_PATH.match(folders[0]) else "",
            "log": "debug" if level in ("debug", "trace") else "",
            "log_places": " ".join(filter(None, known)),
            "pull_limit": str(self.seconds),
            "largest_share": str(LARGEST_SHARE),
            "config_dump": "never",
            "version_seen": "0",
        }

    @property
    def _socket(self) -> str:
        return _SOCKETS.get(self.daemon.flavour, _SOCKET)

    def _judged(self, wanted: t.Sequence[SourceSamples], records: Records) -> t.Iterator[Pulled]:
        kinds: dict[str, dict[str, Record]] = {}
        source = ""
        for record in records.records:
            source = record.words if record.kind == "pull" else source
            kinds.setdefault(source, {})[record.kind] = record
        general = kinds.get("", {})
        remarks = tuple(self._settled(general))
        if "pull_prevented" in general or "unfit" in general:
            why = general["pull_prevented"].words if "pull_prevented" in general else "shell"
            yield Pulled(self._prevented(why, remarks))
            return
        if remarks:
            yield Pulled(Check(PULL_CHECK, self.subject, status_of(remarks), findings=remarks))
        for one in wanted:
            said = kinds.get(one.source, {})
            yield self._pulled(one, said) if "pull" in said else Pulled(self._unended(one))

    def _settled(self, said: t.Mapping[str, Record]) -> t.Iterator[Finding]:
        if "pull_settled" in said:
            left = said["pull_settled"]
            back = left.fields().get("back", "")
            yield from _of_back(left.words, back)
            yield Finding(
                "pull_settled",
                Severity.INFO,
                cut(left.words, _EXCERPT),
                "a run that ended in the middle of a pull had left this image; it was taken back now",
            )

    def _prevented(self, why: str, remarks: tuple[Finding, ...]) -> Check:
        message, fix = _PREVENTED.get(
            why, ("the node's /bin/sh cannot do it", "Verify without it.")
        )
        said = f"nothing was pulled: {message}"
        finding = Finding("pull_prevented", Severity.WARNING, self.subject, said, fix)
        findings = (finding, *remarks)
        return Check(PULL_CHECK, self.subject, Status.SKIP, "pulls", "not tried", findings)

    def _unended(self, one: SourceSamples) -> Check:
        return self._failed(
            one.samples[0],
            one.source,
            "pull_timed_out",
            "the node did not come to an end with its pulls in time",
            "See what holds containerd there: crictl pull by hand shows it.",
        )

    def _pulled(self, one: SourceSamples, said: t.Mapping[str, Record]) -> Pulled:
        fields = said["pull"].fields()
        image = fields.get("image", "")
        sample = next((item for item in one.samples if image in (item.image, item.by_digest)), None)
        if sample is None:
            return Pulled(self._unended(one))
        if "full" in fields:
            return Pulled(self._full(one.source, sample, fields["full"]))
        remarks = tuple(_of_back(image, fields.get("back", "")))
        code = fields.get("code", "")
        if code != "0":
            said_text = said["pull_said"].text() if "pull_said" in said else ""
            return Pulled(self._refused(one.source, sample, code, said_text, remarks))
        digest = _digest(image, fields.get("found", ""))
        place, known = self._origin(
            sample, image, said["pull_log"].text() if "pull_log" in said else ""
        )
        came = f"from {place}, {known}" if place else known
        findings = (*_of_digest(sample, digest, came), *remarks)
        actual = f"{digest or 'pulled'} {came}"
        name, expected = _name(one.source), _expected(sample)
        check = Check(name, self.subject, status_of(findings), expected, actual, findings)
        return Pulled(check, one.source, place) if digest == sample.digest else Pulled(check)

    def _origin(self, sample: Sample, image: str, log: str) -> tuple[str, str]:
        """Return the URL that an image came from, "" if it is not known; and how it is known."""
        repository = sample.image.partition("/")[2].partition("@")[0].rpartition(":")[0]
        for line in log.splitlines():
            answer = _ANSWERED.match(line)
            if answer and f"/{repository}/manifests/" in answer[1]:
                return answer[1], "as its log tells"
        places = [url for url in self.containerd.requests(image) if "/manifests/" in url]
        hosts = {urllib.parse.urlsplit(url).netloc for url in places}
        if len(hosts) == 1:
            return places[0], "the only place it asks"
        return "", "that may have come from upstream"

    def _full(self, source: str, sample: Sample, said: str) -> Check:
        finding = Finding(
            "pull_disk_full",
            Severity.WARNING,
            self.subject,
            f"nothing was pulled: {cut(said, _EXCERPT)}; above {LARGEST_SHARE}% used nothing is "
            "tried, since kubelet soon removes images there",
            "Make room on the node's disk.",
        )
        name = _name(source)
        return Check(name, self.subject, Status.SKIP, _expected(sample), "not tried", (finding,))

    def _refused(
        self, source: str, sample: Sample, code: str, said: str, remarks: tuple[Finding, ...]
    ) -> Check:
        text = cut(" ".join(said.split()), _EXCERPT, tail=True)
        if code == "137":
            check = self._failed(
                sample,
                source,
                "pull_timed_out",
                f"it was not pulled within {self.seconds} seconds: {text}".rstrip(": "),
                "See how fast the registry answers the node: crictl pull by hand shows it.",
            )
        else:
            check = self._failed(
                sample,
                source,
                "pull_failed",
                f"the node could not pull it: {text or f'code {code}'}",
                f"Its place in the registry is {sample.place}. {_remedy(text)}",
            )
        return dataclasses.replace(check, findings=(*check.findings, *remarks))

    def _failed(self, sample: Sample, source: str, code: str, message: str, fix: str) -> Check:
        finding = Finding(code, Severity.ERROR, sample.image, message, fix)
        actual = "not pulled"
        return Check(
            _name(source), self.subject, Status.FAIL, _expected(sample), actual, (finding,)
        )


def limits_of(pulls: int, seconds: int) -> Limits:
    """Return the bounds of a round trip with so many pulls of so many seconds."""
    return Limits(seconds=pulls * (seconds + _EACH_SECONDS) + _LOGIN_SECONDS)


def left_out(subject: str, reason: str, source: str = "") -> Check:
    """Return the check of pulls that were not tried on a node, for a reason told elsewhere."""
    name = _name(source) if source else PULL_CHECK
    return Check(name, subject, Status.SKIP, "pulls", f"not tried: {reason}")


def _name(source: str) -> str:
    return f"{PULL_CHECK} of {source}"


def _expected(sample: Sample) -> str:
    return f"{sample.digest} as {sample.place}"


def _line(one: SourceSamples) -> str:
    largest = max(sample.size for sample in one.samples)
    words = [one.source, str(largest // 1024 + 1)]
    for sample in one.samples:
        words += [sample.image, sample.by_digest, ",".join(sample.ids) or sample.digest]
    return " ".join(words)


def _digest(image: str, found: str) -> str:
    """Return the digest that an image has on the node under its own repository."""
    repository = image.partition("@")[0]
    last = repository.rpartition("/")[2]
    repository = repository[: len(repository) - len(last)] + last.partition(":")[0]
    for name in found.split()[1:]:
        if name.startswith(f"{repository}@"):
            return cut(name.partition("@")[2], _EXCERPT)
    return ""


def _remedy(said: str) -> str:
    """Return what mends a pull, by what containerd says."""
    if _REFUSED.search(said):
        return (
            "Give the node credentials: kubelet passes on those of the registry that the pod "
            "names, from its pull Secrets, and none of a mirror's; those of a mirror belong to "
            "containerd's own configuration (registry.configs, or configs of registries.yaml)."
        )
    if _CLIENT.search(said):
        return (
            "The registry asks for a client certificate: give the node one, as `client` in "
            "hosts.toml or cert_file and key_file of registries.yaml; an override carries none."
        )
    return "Mend what the message names: path, credentials or certificate of the node's mirror."


def _of_digest(sample: Sample, digest: str, came: str) -> t.Iterator[Finding]:
    if digest == sample.digest:
        return
    if not digest:
        yield Finding(
            "pull_digest_unknown",
            Severity.WARNING,
            sample.image,
            "it was pulled, and the node does not tell its digest",
            "Compare it by hand: crictl inspecti on the node.",
        )
        return
    yield Finding(
        "pull_digest_differs",
        Severity.ERROR,
        sample.image,
        f"the node got {digest} {came}; the registry holds {sample.digest} as {sample.place}",
        "See which place answers: another path of the registry, a mirror behind, or the upstream.",
    )


def _of_back(image: str, back: str) -> t.Iterator[Finding]:
    if back == "left":
        yield Finding(
            "pull_not_taken_back",
            Severity.WARNING,
            cut(image, _EXCERPT),
            "it was pulled, and could not be removed again",
            f"Remove it by hand: crictl rmi {cut(image, _EXCERPT)}",
        )
    elif back in ("used", "named"):
        why = "a container uses it by now" if back == "used" else "the node has it by another name"
        yield Finding(
            "pull_kept",
            Severity.INFO,
            cut(image, _EXCERPT),
            f"what was pulled stays, since {why}",
        )


def _setting(containerd: Containerd, table: str, key: str) -> str:
    """Return a text of the configuration's top level; what is imported later wins."""
    found = ""
    for file in containerd.merged.files if containerd.merged else ():
        value = dig(file.data, table, key)
        found = value if isinstance(value, str) and value else found
    return found


__all__ = ("PULL_CHECK", "Pulled", "Puller", "left_out", "limits_of")
