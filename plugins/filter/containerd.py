# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter that tells what containerd will request on a node with given files."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._containerd.model import DEFAULT_CONFIG_PATH, NodeFiles
from ..module_utils._image_name import parse_image

_NAME = "palette.image_registry.containerd_requests"


def containerd_requests(
    files: object,
    version: object,
    images: object,
    dump: object = None,
    config_path: object = DEFAULT_CONFIG_PATH,
) -> dict[str, t.Any]:
    """Return what containerd makes of some images on a node with these files."""
    # Ansible loads this file in every run that uses any filter of ours, and that need not read all
    # that is known of containerd.
    from ..module_utils._containerd.analysis import analyse
    from ..module_utils._containerd.evaluate import load

    names = [images] if isinstance(images, str) else images
    if not isinstance(files, t.Mapping):
        raise AnsibleFilterError(f"{_NAME}: the input must map paths to texts")
    if not isinstance(names, t.Sequence):
        raise AnsibleFilterError(f"{_NAME}: images must be a list of image references")
    for image in names:
        try:
            parse_image(str(image))
        except ValueError as exc:
            raise AnsibleFilterError(f"{_NAME}: {exc}") from exc
    node = load(
        NodeFiles(
            files={str(path): str(text) for path, text in files.items()},
            version=str(version),
            config_path=str(config_path),
            dump=None if dump is None else str(dump),
        )
    )
    return {
        "cri": node.cri,
        "reason": node.reason,
        "requests": {str(image): list(node.requests(str(image))) for image in names},
        "findings": [finding.to_dict() for finding in analyse(node)],
    }


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """Return the filter by its name."""
        return {"containerd_requests": containerd_requests}
