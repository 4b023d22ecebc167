# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demonstration: an override in the sandbox, from nothing to a node that is named."""
