# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can change at any time.

"""A report as one HTML page that needs nothing else: it opens from disk, and offline."""

from ansible_collections.palette.image_registry.plugins.module_utils._report_html.page import (
    Assets,
    html_page,
)

__all__ = ("Assets", "html_page")
