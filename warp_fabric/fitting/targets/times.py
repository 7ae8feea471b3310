"""Whether observed times are those of a scene's frames, and why they may not be."""

from __future__ import annotations

import warnings

import numpy as np

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.place import TargetWarning
from warp_fabric.scene import Scene

SAME_TIME = 0.02
"""How far apart, in frames of the scene, two times may be and still be one: times written in files are rounded."""


def frames_at(scene: Scene, time: np.ndarray, where: str) -> dict[int, int]:
    """The scene's frames after the first that are at observed times: index in `time` by the number of the frame.

    Args:
        time: [T] s.

    Raises:
        TargetError: where there is none; with the likely cause.

    Warns:
        TargetWarning: where observed frames are passed over although the scene has frames about then.
    """
    settings = scene.time
    position = np.asarray(time, float) * settings.frames_per_second
    number = np.rint(position)
    same = (np.abs(position - number) <= SAME_TIME) & (number >= 1) & (number <= settings.frame_count)
    found = {int(number[k]): int(k) for k in np.flatnonzero(same)}
    if not found:
        raise no_shared_frame(scene, time, where)
    inside = (position > 0.5) & (position < settings.frame_count + 0.5)
    passed, wanted = inside & ~same, range(1, int(min(position.max() + SAME_TIME, settings.frame_count)) + 1)
    if passed.any() and len(found) < len(wanted):
        worst = float(np.abs(position - number)[passed].max())
        what = (
            f"{where}: {int(passed.sum())} of {int(inside.sum())} observed frames are at no frame of the scene, off by "
        )
        fix = f"up to {worst:.2g} of one, and are passed over: {_cure(position[inside], settings.frames_per_second)}"
        warnings.warn(what + fix, TargetWarning, stacklevel=4)
    return found


def no_shared_frame(scene: Scene, time: np.ndarray, where: str) -> TargetError:
    """The error where a scene keeps none of the frames observed at `time`, s."""
    settings = scene.time
    what = (
        f"the scene keeps none of the observed frames: observed at {_span(time)} s, kept {settings.frame_count} after "
        f"the start, {settings.frames_per_second:g} per second"
    )
    position = np.asarray(time, float) * settings.frames_per_second
    return TargetError(what, where=where, fix=_likely(position, settings.frames_per_second, settings.frame_count))


def _likely(position: np.ndarray, rate: float, count: int) -> str:
    """What to do about observed times, in frames of the scene, of which none is a frame."""
    inside = (position > 0.5) & (position < count + 0.5)
    if inside.any():
        return _cure(position[inside], rate)
    first, last = float(position.min()), float(position.max())
    interval = float(np.median(np.diff(position))) if len(position) > 1 else 0.0
    for factor, unit in ((rate, "numbers of frames"), (1000.0, "milliseconds")):
        if interval > count and 0.5 < last / factor < count + 0.5:
            return f"give times in seconds: these may be {unit}"
    if last < 0.5:
        return "choose frames after the start, which is not compared, or give a smaller start"
    return f"start where they start (start={first / rate:.6g} s), or set time.duration so that they are in the scene"


def _cure(position: np.ndarray, rate: float) -> str:
    """What to do about times that are between the scene's frames."""
    off = position - np.rint(position)
    if len(off) > 1 and np.ptp(off) <= SAME_TIME:  # all by the same part of a frame
        shift = float(np.median(off)) / rate
        return f"all are {1e3 * shift:.4g} ms after a frame; shift their times, where there is one by start={shift:.6g}"
    interval = float(np.median(np.diff(position))) if len(position) > 1 else 0.0
    if interval > 0.0:
        return f"set time.frames_per_second = {rate / interval:.6g}, as observed, or a multiple"
    return "set time.duration and time.frames_per_second so that frames fall on observed times, or choose other frames"


def _span(time: np.ndarray) -> str:
    few = [f"{value:.6g}" for value in time]
    return ", ".join(few if len(few) < 5 else [*few[:3], "...", few[-1]])
