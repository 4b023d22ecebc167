# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry is asked before anything is written: real playbooks against a real registry."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import pathlib
import re
import socket
import typing as t

import pytest
import yaml

from tests.integration.playbooks import (
    Run,
    WriteWatch,
    kept_report,
    run_playbook,
    write_clusters,
)
from tests.integration.tasks import Controller, of_roles
from tests.sandbox.images import Pusher, make_layer
from tests.sandbox.kubernetes import ApiServer
from tests.sandbox.paths import debian_program
from tests.sandbox.pki import Authority
from tests.sandbox.world import Options, World

pytestmark = pytest.mark.sandbox

REMOVED = "gcr.io/spectro-images-public/jet:4.7.0"
ECR_TOKEN = base64.b64encode(b'{"payload": "x", "expiration": 4102444800}').decode()
REQUIRED = {"palette_check_images": "required"}


@dataclasses.dataclass(frozen=True)
class Lab:
    """A world without nodes and its own registry, which nobody has prepared for the override."""

    world: World
    settings: dict[str, t.Any]

    @property
    def endpoint(self) -> str:
        return str(self.settings["endpoint"])

    def run(self, playbook: str, *options: str, **variables: t.Any) -> Run:
        settings = {**self.settings, **variables.pop("settings", {})}
        given = {"palette_registry": settings, **variables}
        return run_playbook(self.world, playbook, *options, variables=given)

    def run_with(
        self, path: pathlib.Path, clusters: t.Mapping[str, dict[str, t.Any]], *options: str
    ) -> Run:
        """Override by names for the one cluster, each with settings of its own over the lab's."""
        hosts = {
            name: {**REQUIRED, "palette_registry": {**self.settings, **changes}}
            for name, changes in clusters.items()
        }
        return run_playbook(
            self.world, "override", write_clusters(self.world, path, hosts), *options
        )

    @contextlib.contextmanager
    def unreached(self) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
        """Hold an address at which nothing listens; yield it, and settings that lead there."""
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            endpoint = f"127.0.0.1:{probe.getsockname()[1]}"
            mirrors = [
                {**entry, "target": entry["target"].replace(self.endpoint, endpoint)}
                for entry in self.settings["mirrors"]
            ]
            yield endpoint, {"endpoint": endpoint, "mirrors": mirrors}

    def manifests(self) -> int:
        """Return how often the registry was asked for an image."""
        return self.world.registry_log.read_text(encoding="utf-8").count("/manifests/")

    def images_asked(self, since: int) -> set[str]:
        """Return the names of the images that were asked for, the first `since` requests apart."""
        log = self.world.registry_log.read_text(encoding="utf-8")
        return set(re.findall(r"([^/\s]+)/manifests/", log)[since:])

    def push(self, targets: t.Iterable[str]) -> None:
        """Put an image under each target, as the copy script would."""
        info = self.world.registry
        assert info is not None
        layer = make_layer(debian_program("usr/bin/busybox"))
        pusher = Pusher(info.endpoint, info.ca, info.username, info.password)
        with contextlib.closing(pusher):
            for target in targets:
                repository, _colon, tag = target.removeprefix(f"{info.endpoint}/").rpartition(":")
                pusher.push(repository, tag, layer)


@pytest.fixture(scope="module")
def lab(plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    options = Options(strict=True, with_nodes=False)
    with World(tmp_path_factory.mktemp("world") / "state", options, plane) as world:
        variables = yaml.safe_load(world.sandbox_registry_vars.read_text(encoding="utf-8"))
        yield Lab(world, variables["palette_registry"])


def targets_of(script: str) -> list[str]:
    """Return where the commands of a copy script lead."""
    lines = (line for line in script.splitlines() if line.startswith("skopeo copy "))
    return [line.split(" docker://")[2].removesuffix(" || failed=1") for line in lines]


def folded(run: Run) -> str:
    return " ".join(run.output.split())


def test_a_missing_image_stops_the_override_before_the_first_write(
    lab: Lab, tmp_path: pathlib.Path
) -> None:
    """The plan names what the registry lacks; all of it but one image is copied."""
    kubeconfig = {"palette_kubeconfig": str(lab.world.operator_kubeconfig)}
    planned = lab.run("plan", plan_dir=str(tmp_path / "plan"), report_configmap=True, **kubeconfig)
    assert planned.code == 0, planned.output
    bundle = tmp_path / "plan" / "sandbox"
    script = (bundle / "copy-images.sh").read_text(encoding="utf-8")
    target = f"{lab.endpoint}/airgap-images/{REMOVED}"
    copy = f"docker://{REMOVED} docker://{target}"
    assert f'skopeo copy "$@" --all {copy} || failed=1' in script
    assert "sh copy-images.sh" in (bundle / "plan.md").read_text(encoding="utf-8")
    copies = json.loads((bundle / "plan.json").read_text(encoding="utf-8"))["missing_copies"]
    assert f"skopeo copy --all {copy}" in copies
    (kept,) = kept_report(lab.world, "plan")["hosts"]
    assert kept["missing_copies"] == copies
    lacking = targets_of(script)
    assert len(lacking) == len(copies) > 5  # the chart's images and what the cluster runs
    lab.push(set(lacking) - {target})

    variables = {**REQUIRED, "palette_report_dir": str(tmp_path / "report")}
    watch = WriteWatch(lab.world)
    stopped = lab.run("override", **variables)
    assert stopped.code != 0
    assert watch.writes() == []
    assert f"1 image missing: {target}" in folded(stopped)
    assert f"Copy what is missing: skopeo copy --all {copy}" in folded(stopped)
    written = tmp_path / "report" / "copy-images-sandbox.sh"
    assert targets_of(written.read_text(encoding="utf-8")) == [target]
    (path,) = (tmp_path / "report").glob("override-*.json")
    (told,) = json.loads(path.read_text(encoding="utf-8"))["hosts"]
    assert told["missing_copies"] == [f"skopeo copy --all {copy}"]

    lab.push([target])
    # A registry that is not reached, as by the other name of the cluster, is a skip.
    with lab.unreached() as (endpoint, settings):
        clusters = {"sandbox": {}, "far": settings}
        report = f"--extra-vars=palette_report_dir={tmp_path / 'report'}"
        dry = lab.run_with(tmp_path / "clusters.yml", clusters, "--check", "-v", report)
    assert dry.code == 0, dry.output
    assert "image missing" not in folded(dry)
    assert (
        f"registry: {lab.endpoint} answers and takes the password of puller, its certificate "
        in (folded(dry))
    )
    assert "skip  2 checks: registry, registry images" in dry.output
    assert f"registry: not reached from here: {endpoint}: nothing listens there" in folded(dry)
    assert written.exists()  # check mode removes nothing either
    given = {**lab.world.cluster_variables(), "palette_registry": lab.settings, **variables}
    done = Controller(tmp_path / "controller").play(
        of_roles("preflight"), variables={**given, "preflight_copy_script": str(written)}
    )
    assert re.search(r"failed=0 .* ignored=0", done.output), done.output
    assert not written.exists()


ENDED = "h." + base64.urlsafe_b64encode(b'{"exp": 1000000000}').decode().rstrip("=") + ".s"
FEW = 3
OTHER_CA = Authority("another CA").pem

# code: settings, what else is said
TEST_REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "unauthorized": ({"password": "Wr0ng-one"}, "does not accept the user name and password"),
    "certificate_unknown_authority": ({"ca_cert": OTHER_CA}, "Set ca_cert to the CA certificate"),
    "ecr_token": ({"password": ECR_TOKEN}, "stale 12 hours after it was made (2100-01-01 00:00"),
    "token_expired": ({"password": ENDED}, "and it ended at 2001-09-09 01:46 UTC"),
}


def test_what_the_registry_refuses_stops_it_with_one_message(
    lab: Lab, tmp_path: pathlib.Path
) -> None:
    watch = WriteWatch(lab.world)
    asked = lab.manifests()
    clusters = {code: changes for code, (changes, _says) in TEST_REFUSED.items()}
    run = lab.run_with(tmp_path / "clusters.yml", clusters, "-v")
    assert re.findall(r"^(\S+) +: ok=.* failed=1 ", run.output, re.MULTILINE) == sorted(clusters)
    assert watch.writes() == []
    # Whether pulls are refused as well is found out with a few.
    assert len(lab.images_asked(asked)) <= FEW
    report = run.output.partition("Image registry override: FAILED")[2]
    assert report.count("ERROR ") == len(TEST_REFUSED)
    for code, (_changes, says) in TEST_REFUSED.items():
        assert says in folded(run)
        assert report.count(f"ERROR {code} on {code}\n") == 1
    for secret in ("Wr0ng-one", ECR_TOKEN, ENDED):
        assert secret not in run.output


def test_verify_asks_for_the_password_and_for_few_images(lab: Lab) -> None:
    asked = lab.manifests()
    run = lab.run("verify", settings={"password": "Wr0ng-one"})
    assert run.code != 0
    assert "FAIL  unauthorized: " in run.output
    assert len(lab.images_asked(asked)) <= FEW
