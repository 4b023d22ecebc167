# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real containerd in a private network, where every registry it could ask is a recorder.

The daemon reads the files of one observation, pulls images through CRI, and what it asked for is
read from the servers' logs. Nothing of it can leave the machine: its network has only loopback.
"""
