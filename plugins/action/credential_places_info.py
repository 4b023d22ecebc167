# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action credential_places_info; its documentation is in the module of the same name."""

from __future__ import annotations

import typing as t

from ..module_utils._settings.settings import settings_secrets
from ..plugin_utils._action import KubernetesCoreAction
from ..plugin_utils._credentials.findings import (
    not_searched,
    old_credential_check,
    pull_secrets_check,
)
from ..plugin_utils._credentials.places import search
from ..plugin_utils._credentials.reader import read_secrets
from ..plugin_utils._failure import Failure
from ..plugin_utils._guarded_action import Result
from ..plugin_utils._override.location import OVERRIDE_ARGUMENTS, override_of
from ..plugin_utils._settings import settings_or_error


class ActionModule(KubernetesCoreAction):
    """Lists the Secrets that still hold a former password of the registry."""

    ARGUMENTS: t.ClassVar[dict[str, dict[str, t.Any]]] = {
        "settings": {"type": "raw", "required": True, "no_log": True},
        "airgap": {"type": "bool", "default": True},
        **OVERRIDE_ARGUMENTS,
    }

    def work(self, arguments: t.Mapping[str, t.Any]) -> Result:
        """Return the places, and the checks that say what to do about them."""
        subject = self.subject
        settings = settings_or_error(arguments["settings"], airgap=False)
        self.redactor.add(settings_secrets(settings))
        override = override_of(arguments)
        try:
            secrets, scope = read_secrets(self.cluster, override)
        except Failure as failure:
            check = not_searched(subject, failure.findings)
            return {
                "changed": False,
                "complete": False,
                "places": [],
                "checks": self.shown([check]),
            }
        found = search(secrets, settings.password, override)
        self.redactor.add(found.passwords)
        logins = pull_secrets_check(
            subject, settings, secrets, found.passwords, airgap=arguments["airgap"]
        )
        checks = [old_credential_check(subject, found, scope, override)]
        return {
            "changed": False,
            "complete": scope.everywhere and not found.unread,
            "places": [self.redactor.data(place.to_dict()) for place in found.places],
            "checks": self.shown([*checks, logins] if logins else checks),
        }
