"""The parts of a scene besides fabric, yarns and contact: frozen dataclasses whose fields are keys of the scene file.

What each key means stands here and nowhere else: `docs/scene.md` and the classes' documentation are made from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from warp_fabric.checks import Settings, checked, choice, integer, number, optional, parameter, sequence, shown, text
from warp_fabric.errors import SceneError

MAX_COUNT = 10**9
"""Most frames, and most steps in a frame: a bound that only a slip of the pen passes."""

GRAVITY = 9.8
"""m/s2, for scenes without any."""

_finite = number()
_vector = sequence(_finite, count=3)
_numbers_from_0 = integer(least=0)
_path = optional(sequence(sequence(_finite, count=4), least=1))


def _speed(value: Sequence, *_: Any) -> float:
    """Of the strongest wind [m/s] among vectors [3] or rows of a path [keys, 4], but not of a calm."""
    return max(1.0, *(math.hypot(*row[-3:]) for row in np.atleast_2d(value)))


def check_times(path: Sequence[Sequence[float]] | None, where: str) -> None:
    """Raises a `SceneError` where the times of a path, first in its rows, do not increase."""
    for k, (before, after) in enumerate(pairwise(row[0] for row in path or ())):
        if not after > before:
            what = f"time {after:g} s follows time {before:g} s"
            raise SceneError(what, where=f"{where}[{k + 1}]", fix="let the times of a path increase")


@dataclass(frozen=True)
class Environment(Settings):
    """Gravity and air. Air slows moving cloth even where no wind blows: `wind_density = 0` takes it away."""

    section: ClassVar[str] = "environment"

    gravity: Sequence[float] = parameter(
        _vector,
        (0.0, 0.0, -9.8),
        unit="m/s2",
        doc="`g`: acceleration of gravity",
        scale=lambda value, *_: math.hypot(*value) or GRAVITY,
    )
    wind: Sequence[float] = parameter(
        _vector, (0.0, 0.0, 0.0), unit="m/s", doc="velocity of the air, everywhere and always", scale=_speed
    )
    wind_density: float = parameter(
        number(least=0, unit="kg/m3"),
        1.2,
        doc="density of the air: `density |un| un` is its pressure on cloth, `un` the air's speed across the surface "
        "relative to the cloth. **Still air brakes too**; 0 leaves it out",
        scale=1.2,
    )
    wind_drag: float = parameter(
        number(least=0, unit="kg/(m2 s)"),
        0.0,
        doc="drag of air that moves along the surface: `drag ut` is a pressure, `ut` the relative velocity along it",
        scale=0.5,
    )
    gusts: Sequence[Sequence[float]] | None = parameter(
        _path,
        None,
        unit="s, m/s",
        absent="none",
        doc="wind over time in addition to `wind`, as rows `[t, vx, vy, vz]`: linear between rows, held before the "
        "first and after the last",
        scale=_speed,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_times(self.gusts, "environment.gusts")

    @property
    def wind_blows(self) -> bool:
        """Whether wind pushes on fabric at rest."""
        some = any(self.wind) or any(any(velocity) for _, *velocity in self.gusts or ())
        return some and (self.wind_density > 0 or self.wind_drag > 0)


@dataclass(frozen=True)
class Pin(Settings):
    """A crossing that is held by a spring, `E = 1/2 k |x - target|^2`."""

    section: ClassVar[str] = "pins"

    crossing: Sequence[int] = checked(
        sequence(_numbers_from_0, count=2), doc="which crossing is held: `[pick, end]`, from 0"
    )
    stiffness: float = parameter(number(above=0, unit="N/m"), 1.0e4, doc="`k`: stiffness of the spring")
    path: Sequence[Sequence[float]] | None = parameter(
        _path,
        None,
        unit="s, m",
        absent="the crossing's rest position",
        doc="the target over time, as rows `[t, x, y, z]`: linear between rows, held before the first and after the "
        "last",
        scale=lambda value, pin, scene: scene.spacing,
    )
    panel: str | None = checked(
        optional(text), None, absent="required in a scene with panels", doc="name of the panel whose crossing it is"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_times(self.path, "pins.path")


@dataclass(frozen=True)
class Time(Settings):
    """How long, in which steps, and which frames are kept."""

    section: ClassVar[str] = "time"

    duration: float | None = checked(
        optional(number(above=0, unit="s")),
        None,
        absent='required, unless `integrator = "static"`',
        doc="how long to simulate: a whole number of frames",
    )
    step: float | None = checked(
        optional(number(above=0, unit="s")),
        None,
        absent='required, unless `integrator = "static"`',
        doc="upper bound of the time step; the step used is a frame's time divided by a whole number",
    )
    frames_per_second: float = checked(number(above=0, unit="1/s"), 24.0, doc="how many frames are kept")
    integrator: str = checked(
        choice("bdf2", "euler", "static"),
        "bdf2",
        doc="`bdf2`: second order in time, keeps motion; `euler`: first order, damps it; `static`: the equilibrium in "
        "still air, one frame (`duration` and `step` are unused)",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.integrator == "static":
            return
        for key in ("duration", "step"):
            if getattr(self, key) is None:
                fix = f'add {key} = ... [s], or set integrator = "static"'
                raise SceneError("this key is missing", where=f"time.{key}", fix=fix)
        frames = self.duration * self.frames_per_second  # type: ignore[operator]
        whole = round(frames) if frames <= MAX_COUNT else 0
        if not 1 <= whole <= MAX_COUNT or abs(frames - whole) > 1e-4:  # typed durations are rounded ones
            shorter, longer = (max(count, 1) / self.frames_per_second for count in (int(min(frames, 1e9)), whole + 1))
            what = f"{self.duration!r} s is {frames:.6g} frames at {self.frames_per_second!r} frames per second"
            fix = f"give a whole number of frames (at most {MAX_COUNT}), such as {shorter!r} or {longer!r}"
            raise SceneError(what, where="time.duration", fix=fix)
        if not 1.0 / self.frames_per_second / self.step <= MAX_COUNT:  # type: ignore[operator]
            fix = f"give a longer step, in seconds: at most {MAX_COUNT} a frame"
            raise SceneError(f"{self.step!r} s makes too many steps a frame", where="time.step", fix=fix)

    @property
    def frame_count(self) -> int:
        """Number of frames after frame 0; 0 for "static", whose one frame is the answer."""
        return 0 if self.integrator == "static" else round(self.duration * self.frames_per_second)  # type: ignore[operator]

    @property
    def steps_per_frame(self) -> int:
        """Number of equal steps from one frame to the next; 0 for "static"."""
        if self.integrator == "static":
            return 0
        # the tolerance keeps 0.001 / 0.001 at 1 where rounding leaves it just above
        return max(1, math.ceil(1.0 / self.frames_per_second / self.step * (1 - 1e-9)))  # type: ignore[operator]

    @property
    def step_size(self) -> float:
        """The time step used [s]: a frame's time divided by a whole number; 0 for "static"."""
        return 1.0 / self.frames_per_second / self.steps_per_frame if self.steps_per_frame else 0.0


@dataclass(frozen=True)
class Initial(Settings):
    """The state to start from. Time starts at 0 again."""

    section: ClassVar[str] = "initial"

    state: str | None = checked(
        optional(text),
        None,
        absent="at rest",
        doc="trajectory file (.h5) of an earlier run of the same fabric, relative to the scene file: position, "
        "sliding, velocities and anchor are taken from it",
    )
    frame: int = checked(integer(), -1, doc="which frame of it, from 0; negative: from the end")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.state is None and self.frame != -1:
            fix = 'add state = "run.h5", or remove frame'
            raise SceneError("a frame is given but no trajectory", where="initial.frame", fix=fix)


def _device(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"auto|cpu|cuda(:\d{1,4})?", value):
        raise SceneError(f"{shown(value)} is not a device", where=key, fix='give "auto", "cpu", "cuda" or "cuda:0"')
    return value


@dataclass(frozen=True)
class SolverSettings(Settings):
    """How accurately, and on which device."""

    section: ClassVar[str] = "solver"

    tolerance: float | None = checked(
        optional(number(above=0, unit="m/s or N")),
        None,
        absent="1e-7 m/s; static: 1e-10 N",
        doc="where Newton's method stops: largest component of its last velocity update; static: of the net force",
    )
    device: str = checked(
        _device,
        "auto",
        doc='`"cpu"`, `"cuda"`, `"cuda:0"` ... or `"auto"`: a GPU if there is one and the cloth is large enough to '
        "gain from it",
    )
