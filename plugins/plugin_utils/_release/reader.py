# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm releases, read from the Secrets in which Helm keeps them."""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import contextlib
import typing as t

from .._cluster.client import Client
from .._failure import Failure
from .release import History, Release


def read_release(cluster: Client, name: str, namespace: str) -> Release | None:
    """Return the last revision of a Helm release. Raises Failure if it cannot be decoded."""
    history = read_history(cluster, name, namespace)
    with readable_release(name, namespace):
        return history.last()


def read_history(cluster: Client, name: str, namespace: str) -> History:
    """Return all revisions of a Helm release that Helm still has, undecoded."""
    return History(
        cluster.list("v1", "Secret", namespace=namespace, labels=("owner=helm", f"name={name}"))
    )


@contextlib.contextmanager
def readable_release(name: str, namespace: str) -> t.Iterator[None]:
    """Let a revision that cannot be decoded end the action."""
    try:
        yield
    except ValueError as exc:
        raise Failure.of(
            "release_unreadable",
            f"release {name} in {namespace}",
            str(exc),
            f"look at helm history {name} --namespace {namespace}",
        ) from exc


__all__ = ("read_history", "read_release", "readable_release")
