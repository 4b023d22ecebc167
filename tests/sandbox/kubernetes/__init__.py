# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's Kubernetes: an API server of our own, or a real one, behind one interface."""

from __future__ import annotations

from tests.sandbox.kubernetes.faults import Fault
from tests.sandbox.kubernetes.seed import Node
from tests.sandbox.kubernetes.server import ApiServer

__all__ = ("ApiServer", "Fault", "Node")
