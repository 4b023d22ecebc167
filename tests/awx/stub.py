# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A collection awx.awx that writes down what its modules are given.

Those whose secrets Ansible has to hide are modules; the others are checked alike, and cost less, as
actions.
"""

from __future__ import annotations

import json
import os
import pathlib
import types
import typing as t

from tests.finished import finished
from tests.sandbox.paths import ANSIBLE_BIN, CHECKOUT

from .modules import OPTIONS, argument_spec

PLAYBOOK = CHECKOUT / "awx" / "configure.yml"
_MODULE = """\
import json, os
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={spec!r})
given = {{key: value for key, value in module.params.items() if value is not None}}
with open(os.environ["TEST_AWX"], "a", encoding="utf-8") as file:
    file.write(json.dumps([{name!r}, given]) + "\\n")
reason = json.loads(os.environ["TEST_AWX_REFUSES"]).get({name!r})
if reason:
    module.fail_json(msg=reason)
module.exit_json(changed=True)
"""
_WITH_SECRETS = ("credential", "notification_template")
_ACTION = """\
import json, os
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec({spec!r})
        given = {{key: value for key, value in arguments.items() if value is not None}}
        with open(os.environ["TEST_AWX"], "a", encoding="utf-8") as file:
            file.write(json.dumps([{name!r}, given]) + "\\n")
        reason = json.loads(os.environ["TEST_AWX_REFUSES"]).get({name!r})
        invocation = {{"module_args": arguments}}
        if reason:
            return {{**result, "failed": True, "msg": reason, "invocation": invocation}}
        return {{**result, "changed": True, "invocation": invocation}}
"""

Given = dict[str, list[dict[str, t.Any]]]


def configure(
    folder: pathlib.Path,
    variables: t.Mapping[str, t.Any],
    refuses: t.Mapping[str, str] = types.MappingProxyType({}),
) -> tuple[Given, str]:
    """Run awx/configure.yml; return by module what it was given, and what a person sees.

    `refuses` has by module what AWX says when it refuses; the run fails then.
    """
    plugins = folder / "ansible_collections" / "awx" / "awx" / "plugins"
    for name in OPTIONS:
        kind, text = ("modules", _MODULE) if name in _WITH_SECRETS else ("action", _ACTION)
        path = plugins / kind / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name, spec=argument_spec(name)), encoding="utf-8")
    extra = folder / "extra.json"
    extra.write_text(json.dumps(variables), encoding="utf-8")
    record = folder / "record.jsonl"
    done = finished(
        [
            str(ANSIBLE_BIN / "ansible-playbook"),
            str(PLAYBOOK),
            "-vvv",
            f"--extra-vars=@{extra}",
        ],
        {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(folder),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "TEST_AWX": str(record),
            "TEST_AWX_REFUSES": json.dumps(dict(refuses)),
        },
        folder=folder,
    )
    assert bool(done.returncode) == bool(refuses), done.stdout
    given: Given = {}
    for line in record.read_text("utf-8").splitlines() if record.exists() else ():
        name, arguments = json.loads(line)
        given.setdefault(name, []).append(arguments)
    return given, done.stdout


__all__ = ("Given", "configure")
