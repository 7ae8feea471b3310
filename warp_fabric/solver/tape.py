"""The user's Warp tape: whether one records, and working without leaving marks on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import warp as wp
import warp._src.context as context


def active_tape() -> wp.Tape | None:
    """The tape that records now."""
    return context.runtime.tape if context.runtime is not None else None


@contextlib.contextmanager
def off_tape() -> Iterator[wp.Tape | None]:
    """Record nothing in this block; copies, too, would be recorded otherwise. Gives the tape that is paused."""
    tape = active_tape()
    if tape is None:
        yield None
        return
    context.runtime.tape = None
    try:
        yield tape
    finally:
        context.runtime.tape = tape  # pyright: ignore[reportAttributeAccessIssue]
