"""Device work that is recorded once and replayed, so that Python launches it no more; and work that is the host's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import warp as wp

_forgotten = 0


def forget() -> None:
    """Have all work recorded anew: arrays that it uses have been made anew."""
    global _forgotten
    _forgotten += 1


class Recorded:
    """Device work that is recorded when it is called a second time, then replayed without the cost of launching it."""

    def __init__(self, device: wp.Device, work: Callable[[], object]) -> None:
        self._device, self._work = device, work
        self._graph = None
        self._called = False
        self._since = _forgotten

    def __call__(self) -> None:
        if self._since != _forgotten:
            self._graph, self._called, self._since = None, False, _forgotten
        if not self._called:  # compiles what is needed, outside the recording
            self._called = True
            self._work()
            return
        if self._graph is None:
            with wp.ScopedDevice(self._device), wp.ScopedCapture(self._device) as capture:
                self._work()
            self._graph = capture.graph
        wp.capture_launch(self._graph)


@dataclass(frozen=True)
class Work:
    """A piece of work: launches on the device, or something that the host does, which cannot be recorded."""

    run: Callable[[], object]
    on_host: bool = False


class Schedule:
    """Pieces of work one after the other; neighbours on the device are recorded together."""

    def __init__(self, device: wp.Device, pieces: list[Work]) -> None:
        self._steps: list[Callable[[], object]] = []
        together: list[Work] = []
        for piece in [*pieces, Work(lambda: None, on_host=True)]:
            if not piece.on_host:
                together.append(piece)
                continue
            if together:
                self._steps.append(Recorded(device, lambda group=tuple(together): [each.run() for each in group]))
                together = []
            self._steps.append(piece.run)
        self._steps.pop()

    def __call__(self) -> None:
        for step in self._steps:
            step()
