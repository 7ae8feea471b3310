"""Whether observed times are those of a scene's frames, and why they may not be."""

from __future__ import annotations

import warnings

import numpy as np

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.place import TargetWarning
from warp_fabric.scene import Scene

SAME_TIME = 0.02
"""How far apart, in frames of the scene, two times may be and still be one: times written in files are rounded."""


def frames_at(scene: Scene, time: np.ndarray, where: str, start: float = 0.0) -> dict[int, int]:
    """The scene's frames after the first that are at observed times: index in `time` by the number of the frame.

    Args:
        time: [T] s.
        start: The time among them at which the scene starts [s].

    Raises:
        TargetError: where there is none; with the likely cause.

    Warns:
        TargetWarning: where observed frames are passed over although the scene has frames about then.
    """
    settings = scene.time
    position = (np.asarray(time, float) - start) * settings.frames_per_second
    number = np.rint(position)
    same = (np.abs(position - number) <= SAME_TIME) & (number >= 1) & (number <= settings.frame_count)
    found = {int(number[k]): int(k) for k in np.flatnonzero(same)}
    if not found:
        raise no_shared_frame(scene, time, where, start)
    inside = (position > 0.5) & (position < settings.frame_count + 0.5)
    passed, wanted = inside & ~same, range(1, int(min(position.max() + SAME_TIME, settings.frame_count)) + 1)
    if passed.any() and len(found) < len(wanted):
        worst = float(np.abs(position - number)[passed].max())
        cure = _cure(position[inside], settings.frames_per_second, start)
        what = f"{where}: {int(passed.sum())} of {int(inside.sum())} observed frames are at no frame of the scene"
        what += f", off by up to {worst:.2g} of one, and are passed over"
        warnings.warn(f"{what}: {cure}", TargetWarning, stacklevel=4)
    return found


def doubt_offset(scene: Scene, time: np.ndarray, where: str, start: float = 0.0) -> None:
    """Warn where all samples that may lie between frames are late, or early, by the same part of a frame.

    Args:
        time, start: See `frames_at`.
    """
    rate = scene.time.frames_per_second
    position = (np.asarray(time, float) - start) * rate
    shift = _same_shift(position[(position > 0.5) & (position < scene.time.frame_count + 0.5)])
    if shift is not None and abs(shift) > SAME_TIME:
        what = f"{where}: all samples are {_aside(shift / rate)}, and tracks are interpolated to the scene's frames"
        cure = f"if it is the clock that differs, give start={start + shift / rate:.6g}"
        warnings.warn(f"{what}: {cure}", TargetWarning, stacklevel=4)


def no_shared_frame(scene: Scene, time: np.ndarray, where: str, start: float = 0.0) -> TargetError:
    """The error where a scene keeps none of the observed frames; arguments as of `frames_at`."""
    settings = scene.time
    time = np.asarray(time, float) - start
    what = (
        f"the scene keeps none of the observed frames: observed at {_span(time)} s, kept {settings.frame_count} after "
        f"the start, {settings.frames_per_second:g} per second"
    )
    fix = _likely(time * settings.frames_per_second, settings.frames_per_second, settings.frame_count, start)
    return TargetError(what, where=where, fix=fix)


def _likely(position: np.ndarray, rate: float, count: int, start: float) -> str:
    """What to do about observed times, in frames of the scene, of which none is a frame."""
    inside = (position > 0.5) & (position < count + 0.5)
    if inside.any():
        return _cure(position[inside], rate, start)
    first, last = float(position.min()), float(position.max())
    interval = float(np.median(np.diff(position))) if len(position) > 1 else 0.0
    for factor, unit in ((rate, "numbers of frames"), (1000.0, "milliseconds")):
        if interval > count and 0.5 < last / factor < count + 0.5:
            return f"give times in seconds: these may be {unit}"
    if last < 0.5:
        return "choose frames after the start, which is not compared, or give a smaller start"
    begin = start + first / rate
    return f"start where they start (start={begin:.6g}), or set time.duration so that they are in the scene"


def _cure(position: np.ndarray, rate: float, start: float) -> str:
    """What to do about times that are between the scene's frames."""
    shift = _same_shift(position)
    if shift is not None:
        return f"all are {_aside(shift / rate)}: give start={start + shift / rate:.6g}"
    interval = float(np.median(np.diff(position))) if len(position) > 1 else 0.0
    if interval > 0.0:
        return f"set time.frames_per_second = {rate / interval:.6g}, as observed, or a multiple"
    return "set time.duration and time.frames_per_second so that frames fall on observed times, or choose other frames"


def _same_shift(position: np.ndarray) -> float | None:
    """The part of a frame, -0.5 to 0.5, by which all of several times are late; None where they differ in that."""
    if len(position) < 2:
        return None
    apart = position - position[0]
    rest = apart - np.rint(apart)
    if np.ptp(rest) > SAME_TIME:
        return None
    middle = position[0] + float(np.median(rest))
    return float(middle - np.rint(middle))


def _aside(seconds: float) -> str:
    return f"{abs(1e3 * seconds):.4g} ms {'after' if seconds > 0.0 else 'before'} a frame"


def _span(time: np.ndarray) -> str:
    few = [f"{value:.6g}" for value in time]
    return ", ".join(few if len(few) < 5 else [*few[:3], "...", few[-1]])
