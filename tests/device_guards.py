"""Guards around device work: what must not happen in it, on whatever device, so that it does not happen on a GPU."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import warp as wp
import warp._src.context as context

import warp_fabric

PACKAGE = Path(warp_fabric.__file__).parent


class NoDevice:
    """A default device that nothing may use."""

    def __getattr__(self, name: str):
        raise AssertionError(f"Warp's default device is used (its {name})")


@contextmanager
def no_default_device() -> Iterator[None]:
    """Whatever makes an array or launches a kernel without saying where, outside a `wp.ScopedDevice`, fails."""
    wp.init()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context.runtime, "default_device", NoDevice())
        yield


@contextmanager
def no_memory_in_recordings() -> Iterator[list[str]]:
    """Making arrays of their own memory and reading arrays fails while device work is recorded: a replay would not do
    it again. Gives a list that gets an entry a recording."""
    recordings, depth = [], 0
    enter, leave = wp.ScopedCapture.__enter__, wp.ScopedCapture.__exit__

    def entered(self):
        nonlocal depth
        depth += 1
        recordings.append(str(self.device))
        return enter(self)

    def left(self, *error):
        nonlocal depth
        depth -= 1
        return leave(self, *error)

    def outside(name: str):
        method = getattr(wp.array, name)

        def checked(self, *given, **named):
            assert not depth, f"array.{name} while device work is recorded"
            return method(self, *given, **named)

        return checked

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wp.ScopedCapture, "__enter__", entered)
        patch.setattr(wp.ScopedCapture, "__exit__", left)
        for name in ("_init_new", "_init_from_data", "numpy"):
            patch.setattr(wp.array, name, outside(name))
        yield recordings


@contextmanager
def transfers() -> Iterator[Counter]:
    """How often arrays are read by the host, or made from its values, by the file of the package that does so, such as
    "solver/newton.py"."""
    found = Counter()

    def counted(name: str):
        method = getattr(wp.array, name)

        def counting(self, *given, **named):
            found[_caller()] += 1
            return method(self, *given, **named)

        return counting

    with pytest.MonkeyPatch.context() as patch:
        for name in ("numpy", "_init_from_data"):
            patch.setattr(wp.array, name, counted(name))
        yield found


def _caller() -> str:
    frame = sys._getframe(2)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(PACKAGE):
            return path.relative_to(PACKAGE).as_posix()
        frame = frame.f_back
    return "elsewhere"
