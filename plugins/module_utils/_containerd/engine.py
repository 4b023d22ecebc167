# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What containerd 1.6 to 2.3 makes of an image on a node, told from the node's files alone."""

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations
