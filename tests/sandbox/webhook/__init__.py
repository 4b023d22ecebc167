# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the imageswap admission webhook, v1.5.3, that runs beside the sandbox's cluster.

It shares no code with the collection: what the collection predicts is checked against it.
"""
