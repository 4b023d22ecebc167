# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import dataclasses
import json
import pathlib
import typing as t
import urllib.parse

import pytest

from ansible_collections.palette.image_registry.plugins.module_utils._registry.module import (
    registry_images,
)
from tests.sandbox.pki import Authority
from tests.unit.helpers.scripted_registry import (
    ABSENT,
    API,
    DIGEST,
    FOUND,
    NAME,
    PORTAL,
    Reply,
    Request,
    authority,
    proxying,
    serving,
)

USER, PASSWORD = "puller", "s3cret/ü+1"
BASIC = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"


@pytest.fixture(autouse=True)
def few_authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Spare each test the reading of all of the system's authorities."""
    (tmp_path / "ca.pem").write_text(authority().pem, encoding="ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def options(host: str, **changes: t.Any) -> dict[str, t.Any]:
    settings = {
        "endpoint": host,
        "base_content_path": "p",
        "username": USER,
        "password": PASSWORD,
        "ca_cert": authority().pem,
        "insecure_skip_verify": "false",
        "name": None,
        "mirrors": f"docker.io::{host}/p/docker.io,quay.io::{host}/p/quay.io",
    }
    return {
        "settings": settings,
        "images": [],
        "images_file": None,
        "mirrors": None,
        "notation": "auto",
        "targets": [],
        "chart_images": [],
        "airgap": True,
        "node_path_style": "verbatim",
        "assume_default": "true",
        "architectures": [],
        "check_images": "required",
        "check_registry": "required",
        "concurrency": 4,
        "timeout": 5.0,
        "attempts": 1,
        **changes,
    }


def run(
    given: dict[str, t.Any],
    files: t.Mapping[str, bytes] | None = None,
    environment: t.Mapping[str, str] | None = None,
) -> dict[str, t.Any]:
    def read_file(path: str) -> bytes:
        if files is None or path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[path]

    return registry_images(given, read_file=read_file, environment=environment or {})


def registry(request: Request) -> Reply:
    """Hold whatever has nginx in its name, and repeat what it was sent where it refuses."""
    if request.authorization != BASIC:
        said = f"no access with {request.authorization}"
        return Reply.json({"errors": [{"message": said}]}, 401, WWW_Authenticate='Basic realm="r"')
    if request.path == "/v2/":
        return API
    return FOUND if "nginx" in request.path else ABSENT


def test_images_of_all_kinds() -> None:
    with serving(registry) as server:
        host = server.host
        result = run(
            options(
                host,
                images=["nginx:1", "quay.io/a/b:2", "ghcr.io/c/d:3"],
                images_file="images.txt",
                targets=[f"{host}/named/nginx"],
                chart_images=["gcr.io/thewebroot/imageswap:1"],
            ),
            {"images.txt": b"# list\nnginx:1\nquay.io/e/f\n"},
        )
    assert {image["image"]: (image["target"], image["status"]) for image in result["images"]} == {
        f"{host}/named/nginx": (f"{host}/named/nginx:latest", "present"),
        f"{host}/p/gcr.io/thewebroot/imageswap:1": (
            f"{host}/p/gcr.io/thewebroot/imageswap:1",
            "missing",
        ),
        "nginx:1": (f"{host}/p/docker.io/nginx:1", "present"),
        "quay.io/a/b:2": (f"{host}/p/quay.io/a/b:2", "missing"),
        "ghcr.io/c/d:3": ("ghcr.io/c/d:3", "elsewhere"),
        "quay.io/e/f": (f"{host}/p/quay.io/e/f:latest", "missing"),
    }
    assert result["changed"] is False
    assert result["images"][0]["digest"] == DIGEST
    assert result["summary"]["by_source"]["quay.io"]["missing"] == 2
    assert result["missing_copies"] == [
        "skopeo copy --all docker://gcr.io/thewebroot/imageswap:1 "
        f"docker://{host}/p/gcr.io/thewebroot/imageswap:1",
        f"skopeo copy --all docker://quay.io/a/b:2 docker://{host}/p/quay.io/a/b:2",
        f"skopeo copy --all docker://quay.io/e/f:latest docker://{host}/p/quay.io/e/f:latest",
    ]
    registry_check, images_check = result["checks"]
    assert registry_check["status"] == "pass"
    assert registry_check["actual"] == (
        f"{host} answers and takes the password of puller, its certificate verifies with ca_cert"
    )
    assert images_check["status"] == "fail"
    assert {finding["code"] for finding in result["findings"]} == {
        "manifest_unknown",
        "image_not_mirrored",
    }


def test_a_wrong_password_ends_at_the_first_image_and_is_not_shown() -> None:
    given = options("", images=[f"nginx:{number}" for number in range(40)])
    given["settings"]["password"] = "wrong-Geheim/1"
    with serving(registry) as server:
        given["settings"]["endpoint"] = server.host
        given["settings"]["mirrors"] = f"docker.io::{server.host}/p"
        result = run(given)
    # No more: many wrong passwords may lock the user out.
    assert server.asked() == ["GET /v2/", "GET /v2/", *["HEAD /v2/p/nginx/manifests/0"] * 2]
    (finding,) = result["findings"]
    assert finding["code"] == "unauthorized"
    shown = json.dumps(result)
    encoded = base64.b64encode(b"puller:wrong-Geheim/1").decode()
    for secret in ("wrong-Geheim/1", urllib.parse.quote("wrong-Geheim/1", safe=""), encoded):
        assert secret not in shown
    assert "no access with" in shown


def test_a_portal() -> None:
    with serving(lambda request: API if request.path == "/v2/" else PORTAL) as server:
        result = run(options(server.host, images=["nginx:1"]))
    assert result["images"][0]["code"] == "html_answer"
    assert "text/html" in result["images"][0]["reason"]


def test_nobody_there_is_a_skip() -> None:
    with serving(registry) as server:
        host = server.host
    result = run(options(host, images=["nginx:1"]))
    assert [check["status"] for check in result["checks"]] == ["skip", "skip"]
    assert result["checks"][0]["findings"][0]["severity"] == "info"
    assert result["images"][0]["code"] == "connection_refused"


def test_nodes_that_ask_the_portal() -> None:
    def script(request: Request) -> Reply:
        return registry(request) if request.path.startswith("/v2/") else PORTAL

    with serving(script) as server:
        result = run(options(server.host, images=["nginx:1", "nginx:2"], airgap=False))
        prefixed = run(
            options(server.host, images=["nginx:1"], airgap=False, node_path_style="v2_prefix")
        )
    assert [image["status"] for image in result["images"]] == ["present", "present"]
    _first, check = result["checks"]
    assert (check["status"], check["findings"]) == ("warn", result["findings"])
    (finding,) = result["findings"]
    assert finding["code"] == "node_url_without_manifest"
    assert f"{server.host}/p/docker.io/library/nginx/manifests/1" in finding["message"]
    assert prefixed["findings"] == []


def below(path: str) -> t.Callable[[Request], Reply]:
    """Return a server whose registry lies below a path, beside web pages that answer 404."""

    def script(request: Request) -> Reply:
        if not request.path.startswith(f"/{path}/v2/"):
            return Reply(404, {"Content-Type": "text/html"}, b"<html>no such page</html>")
        return registry(dataclasses.replace(request, path=request.path.removeprefix(f"/{path}")))

    return script


@pytest.mark.parametrize("told", [{}, {"api_path": "r/hub"}, {"api_path": "/r/hub/v2"}])
def test_an_api_below_a_path_is_told_or_found(told: dict[str, str]) -> None:
    with serving(below("r/hub")) as server:
        given = options(server.host, targets=[f"{server.host}/r/hub/p/docker.io/library/nginx:1"])
        given["settings"].update(told)
        result = run(given)
        asked = server.asked()
    assert [image["status"] for image in result["images"]] == ["present"]
    assert result["findings"] == []
    assert any("/r/hub/v2/p/docker.io/library/nginx/manifests/1" in line for line in asked)
    # Who is told goes there at once; the certificate alone is looked at with GET /v2/.
    assert (asked[0] == "GET /v2/") == (not told)


def test_pods_that_ask_the_host_for_an_api_below_a_path() -> None:
    with serving(below("r/hub")) as server:
        given = options(server.host, images=["nginx:1"])
        given["settings"]["mirrors"] = f"docker.io::{server.host}/r/hub/p/docker.io"
        given["settings"]["api_path"] = "r/hub"
        result = run(given)
        nodes = run({**given, "airgap": False, "node_path_style": "v2_prefix"})
    assert [one["code"] for one in result["findings"]] == ["node_url_without_manifest"]
    assert "lies below r/hub" in result["findings"][0]["fix"]
    assert nodes["findings"] == []
    assert [image["status"] for image in nodes["images"]] == ["present"]


def test_without_images_the_registry_is_asked_who_may_come_in() -> None:
    with serving(registry) as server:
        (check,) = run(options(server.host))["checks"]
    assert (check["name"], check["status"]) == ("registry", "pass")


# check_images, check_registry, paths that are asked for, names of the checks that are skipped
TEST_MODES: list[tuple[str, str, set[str], list[str]]] = [
    ("required", "skip", set(), ["registry"]),
    ("skip", "required", {"/v2/"}, ["registry images"]),
]


@pytest.mark.parametrize(("check_images", "check_registry", "paths", "skipped"), TEST_MODES)
def test_what_is_not_wished_is_not_asked(
    check_images: str, check_registry: str, paths: set[str], skipped: list[str]
) -> None:
    with serving(registry) as server:
        modes = {"check_images": check_images, "check_registry": check_registry}
        checks = run(options(server.host, images=["nginx:1"], **modes))["checks"]
    assert {request.path for request in server.requests} == paths
    assert [check["name"] for check in checks if check["status"] == "skip"] == skipped


def test_a_ca_that_did_not_issue_the_certificate_is_told() -> None:
    """The host knows the right one itself: its nodes may not."""
    with serving(registry) as server:
        given = options(server.host)
        given["settings"]["ca_cert"] = Authority("another CA").pem
        (check,) = run(given)["checks"]
    assert (check["status"], check["findings"][0]["code"]) == ("warn", "ca_cert_of_another")


def test_mirrors_in_another_notation() -> None:
    with serving(registry) as server:
        live = f"default::\n# the live map\ndocker.io::{server.host}/live\n"
        result = run(options(server.host, images=["nginx:1"], mirrors=live))
    assert result["images"][0]["target"] == f"{server.host}/live/nginx:1"


def test_doubt_is_told_once() -> None:
    with serving(registry) as server:
        images = ["nginx:1", "nginx:2"]
        result = run(options(server.host, images=images, assume_default="unknown"))
    assert [finding["code"] for finding in result["findings"]] == ["default_unknown"]
    assert "2 of 2 images" in result["findings"][0]["message"]


def test_only_an_endpoint_is_needed_for_targets() -> None:
    with serving(lambda request: API if request.path == "/v2/" else FOUND) as server:
        given = options(server.host, targets=[f"{server.host}/a:1"])
        nothing = dict.fromkeys(given["settings"])
        given["settings"] = {**nothing, "endpoint": server.host, "ca_cert": authority().pem}
        result = run(given)
    assert [image["status"] for image in result["images"]] == ["present"]


def test_no_password_is_no_secret() -> None:
    given = options("h.io", images_file="/None")
    given["settings"]["username"] = given["settings"]["password"] = None
    assert run(given)["findings"][0]["subject"] == "/None"


def test_a_proxy_of_the_environment_and_its_password() -> None:
    with serving(registry) as server, proxying(server.host, 407) as proxy:
        result = run(
            options(NAME, targets=[f"{NAME}/nginx:1"]),
            environment={"HTTPS_PROXY": f"http://u:pr0xypass@{proxy.host}"},
        )
    assert result["images"][0]["code"] == "proxy_failed"
    assert "pr0xypass" not in json.dumps(result)


TEST_BAD_INPUT: list[tuple[dict[str, t.Any], set[str]]] = [
    ({"images": ["nginx:1"], "settings": {"endpoint": "h.io"}}, {"mirrors_missing"}),
    ({"settings": {"endpoint": "https://"}}, {"endpoint_invalid"}),
    ({"settings": {"endpoint": "h.io"}, "chart_images": ["a:1"]}, {"settings_required"}),
    (
        {"settings": {"endpoint": "h.io", "password": 12345, "username": "u"}},
        {"settings_not_a_string"},
    ),
    ({"settings": {"endpoint": "h.io", "ca_cert": "/no/ca.pem"}}, {"ca_cert_unreadable"}),
    (
        {
            "settings": {
                "endpoint": "h.io",
                "ca_cert": "-----BEGIN CERTIFICATE-----\nMAMwAQA=\n-----END CERTIFICATE-----",
            }
        },
        {"ca_cert_invalid"},
    ),
    ({"images_file": "/no/file"}, {"images_file_unreadable"}),
    ({"concurrency": 0, "timeout": -1.0}, {"number_out_of_range"}),
    ({"images": ["nginx"], "mirrors": 5}, {"mirrors_invalid"}),
]


@pytest.mark.parametrize(("changes", "codes"), TEST_BAD_INPUT)
def test_bad_input(changes: dict[str, t.Any], codes: set[str]) -> None:
    result = run(options("h.io", **changes))
    assert result["failed"]
    assert {item["code"] for item in result["findings"] if item["severity"] == "error"} == codes
    assert all(code in result["msg"] for code in codes)


def test_a_bad_proxy() -> None:
    result = run(options("h.io"), environment={"https_proxy": "socks5://u:secret@h:1"})
    assert [finding["code"] for finding in result["findings"]] == ["proxy_invalid"]
    assert "secret" not in result["msg"]
