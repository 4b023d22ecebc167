# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's image-swap chart in the two layouts that the documentation shows."""
