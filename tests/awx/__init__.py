# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for AWX: its rules, and how it hands a job its credentials, survey and inventory."""
