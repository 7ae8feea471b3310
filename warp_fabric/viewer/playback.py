"""The moment that is shown: a frame among the times of all that is shown, and how it goes on while playing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SPEEDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds of the run that a second shows."""
SHORTEST = 3.0
"""Seconds that a run takes to play at the speed that is proposed."""


class Playback:
    """A clock over frames.

    Attributes:
        times: `[frames]` s, when something that is shown has a frame.
        index: Which of them is shown.
        playing: Whether it goes on by itself.
        speed: Seconds of the run a second.
    """

    def __init__(self, times: Sequence[Array]) -> None:
        self.index, self.playing, self.speed = 0, False, 1.0
        self.times, self._speed_chosen = np.zeros(1), False
        self._ahead = 0.0  # s, how far the clock is past the frame that is shown
        self.renew(times)

    @property
    def last(self) -> int:
        """The last frame's index."""
        return len(self.times) - 1

    @property
    def time(self) -> float:
        """The time of the frame that is shown [s]."""
        return float(self.times[self.index])

    def renew(self, times: Sequence[Array]) -> None:
        """Take other times for those of the frames; the moment shown stays as near as it can."""
        now = self.time
        every = np.unique(np.concatenate(list(times)))
        apart = np.diff(every, prepend=-np.inf) > 1e-9 * max(1.0, float(every[-1]))  # rounded otherwise by another run
        self.times = every[apart]
        self.index = int(np.argmin(np.abs(self.times - now)))
        if not self._speed_chosen:
            self.speed = self.proposed_speed()

    def choose_speed(self, speed: float) -> None:
        """Take this speed from now on, also where there will be more frames."""
        self.speed, self._speed_chosen = speed, True

    def seek(self, index: int) -> None:
        """Show another frame."""
        self.index, self._ahead = int(np.clip(index, 0, self.last)), 0.0

    def advance(self, seconds: float) -> bool:
        """Let so much time pass; whether another frame is shown now. After the last frame comes the first again."""
        if not self.playing or self.last == 0:
            return False
        before, now = self.index, self.time + self._ahead + seconds * self.speed
        if self.index == self.last and now > self.times[-1] + self._pause():
            self.seek(0)
        else:
            self.index = int(np.searchsorted(self.times, now, side="right")) - 1
            self._ahead = now - self.time
        return self.index != before

    def proposed_speed(self) -> float:
        """The fastest of `SPEEDS`, real time at most, at which one can see what happens."""
        duration = float(self.times[-1] - self.times[0])
        slow = [each for each in SPEEDS if each <= 1.0 and duration / each >= SHORTEST]
        return slow[-1] if slow else SPEEDS[0] if duration else 1.0

    def _pause(self) -> float:
        """How long the last frame is shown [s of the run]."""
        return max(float(np.diff(self.times).max()), 0.5 * self.speed)
