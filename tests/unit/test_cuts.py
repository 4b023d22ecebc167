# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever chooses where a text is cut chooses it within a secret: none of it may be left then."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors import table
from ansible_collections.palette.image_registry.plugins.module_utils._mirrors.notations import (
    endpoint,
)
from ansible_collections.palette.image_registry.plugins.module_utils._redact import (
    Redactor,
    cut,
    redacting,
)
from ansible_collections.palette.image_registry.plugins.module_utils._registry.errors import (
    RegistryError,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils import _numbers
from ansible_collections.palette.image_registry.plugins.plugin_utils._cluster import (
    errors,
    rollout,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure
from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes import (
    connection,
    probe,
    script,
    verdict,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._override import compare
from ansible_collections.palette.image_registry.plugins.plugin_utils._webhook import failure

# Long, so that few texts suffice: of those a STEP apart, one at least has any cut within it.
SECRET = "Zq7-planted-Xw9-hK2nVb4-rT8wJm6-dF3vPn5-cY1mGs0-Lx8kBf2-Wd5zQt7-Nj4pHc9"
STEP = len(SECRET) - 4  # so that four characters of it are left, by which it is seen
PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"


def _number(text: str) -> str:
    with pytest.raises(Failure) as caught:
        _numbers.require_numbers({"timeout": text}, {"timeout": (1, 2)})
    return str(caught.value)


def _endpoint(text: str) -> str:
    reading = table.Reading()
    endpoint.load_toml(f'"{text}"={{}}\n["{text}"]\n["{text}"]', reading, "here")
    found = reading.items[0]
    assert isinstance(found, Finding)
    return found.message


CUTS: dict[str, t.Callable[[str], str]] = {
    "cut": lambda text: cut(text, 60),
    "cut, the tail": lambda text: cut(text, 60, tail=True),
    "override, compare": lambda text: compare._shown("ociImageRegistry", text),
    "node, script": lambda text: script._explain(script.Answer(1, "", text))[0],
    "node, probe": lambda text: probe.read_probe("curl https://r/", text).message,
    "node, connection": lambda text: str(
        connection.explain_failure(AnsibleConnectionFailure(text))
    ),
    "node, judgement": lambda text: verdict.unjudged(ValueError(text), "n").findings[0].message,
    "node, texts": verdict._cut,
    "cluster, errors": lambda text: errors.explain(text, "s", "a").message,
    "cluster, rollout": lambda text: rollout._joined("Failed", text),
    "webhook": lambda text: failure._UNKNOWN_CALL.finding(Severity.ERROR, "s", text).message,
    "registry": lambda text: str(RegistryError("request_failed", "r", text)),
    "numbers": _number,
    "endpoint": _endpoint,
    "mirrors": table.shown,
}


def _leaks(shown: str) -> bool:
    return any(SECRET[start : start + 4] in shown for start in range(len(SECRET) - 3))


@pytest.mark.parametrize("name", CUTS)
def test_no_piece_of_a_secret_is_left_where_a_text_is_cut(name: str) -> None:
    """Wherever the text is cut, some of these place the cut within the secret."""
    redact = Redactor([SECRET]).text
    for more in range(0, 2100, STEP):
        for text in ("." * more + SECRET + "." * 2100, "." * 2100 + SECRET + "." * more):
            with redacting(redact):
                shown = CUTS[name](text)
            # What was short enough is not cut, and redacted like all that leaves an action.
            assert not _leaks(redact(shown)), shown


# Slices with a bound that has a name for how much of a text is shown; cut() is for those.
CUTTING = re.compile(
    r"\[:\s*_?(?:EXCERPT|LONG|LONGEST|MAX_TEXT|\w*CHARACTERS)\]|\[-_\w+:\]|shorten\("
)


def test_texts_are_cut_by_nothing_else() -> None:
    found = {
        f"{path.relative_to(PLUGINS)}: {line.strip()}"
        for path in PLUGINS.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if CUTTING.search(line)
    }
    events = "warnings[-_EVENTS:]"
    assert {line for line in found if events not in line} == set()
