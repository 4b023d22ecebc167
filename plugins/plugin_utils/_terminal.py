# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action tells a person while it works.

Ansible's main process shows it, in the thread that takes the workers' results as well. If that
thread cannot write, because nobody reads any more (`| head`) or the device is full, it ends, and
the run waits for results for ever. So in that thread what cannot be shown is lost.
"""

# Note that this plugin util is **PRIVATE** to the collection. It can change at any time.

from __future__ import annotations

import functools
import threading
import typing as t

from ansible.utils.display import Display

from ..module_utils._visible import visible


def tell(text: str, colour: str | None = None) -> None:
    """Show a line, which must hold no secret; nothing in it moves a cursor or hides."""
    Display().display(visible(text), color=colour)


def wants_all() -> bool:
    """Return whether the person has asked for more than the few lines that count (-v)."""
    return bool(Display().verbosity)


def outliving(display: t.Callable[..., None]) -> t.Callable[..., None]:
    """Return what shows a text as `display` does, and lets no thread but the main one fail."""

    @functools.wraps(display)
    def shown(*args: t.Any, **kwargs: t.Any) -> None:
        try:
            display(*args, **kwargs)
        except Exception:  # such as OSError; AttributeError where there is no stdout
            if threading.current_thread() is threading.main_thread():
                raise

    return shown


# The main process imports an action before it forks the workers that run it.
Display.display = outliving(Display.display)

__all__ = ("outliving", "tell", "wants_all")
