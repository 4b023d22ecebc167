# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action pull_images_info; its documentation is in the module of the same name."""

from __future__ import annotations

import typing as t

from ..module_utils._settings.settings import settings_secrets
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._numbers import Range
from ..plugin_utils._preflight.images import ClusterImages, ImageSources, read_image_list
from ..plugin_utils._pull.choice import MIB, Chooser
from ..plugin_utils._settings import SETTINGS_ARGUMENTS, settings_or_error


class ActionModule(KubernetesCoreAction):
    """Chooses the images that nodes and a pod are to pull."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        **SETTINGS_ARGUMENTS,
        "images": {"type": "list", "elements": "str", "default": []},
        "images_file": {"type": "path", "default": ""},
        "architectures": {"type": "list", "elements": "str", "default": []},
        "largest_mib": {"type": "int", "default": 100},
        "registry_timeout": {"type": "float", "default": 10.0},
    }
    NUMBERS: t.ClassVar[dict[str, Range]] = {
        "largest_mib": (1, 10_000),
        "registry_timeout": (0.1, 999),
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Return the images of each source, and the check of the choice."""
        settings = settings_or_error(
            arguments["settings"],
            airgap=arguments["airgap"],
            node_path_style=arguments["node_path_style"],
        )
        self.redactor.add(settings_secrets(settings))
        named = tuple(arguments["images"])
        if arguments["images_file"]:
            named += read_image_list(arguments["images_file"])
        running = ClusterImages(self.cluster)
        sources = ImageSources((), named, tuple(arguments["architectures"]), running)
        chooser = Chooser(
            settings,
            self.subject,
            arguments["largest_mib"] * MIB,
            arguments["registry_timeout"],
            self.cluster.runner.environment(),
            self.redactor,
        )
        chosen, check = chooser.choose(sources.wanted())
        return {
            "changed": False,
            "sources": self.redactor.data([one.to_dict() for one in chosen]),
            "checks": self.shown([check]),
        }
