"""Whether an exported cloth is whole: all its yarns, moving together, placed and described as its metadata says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom

from usd_export.checks.cloth_reader import PINS, SURFACE, Cloth, Yarns
from usd_export.checks.findings import Findings
from usd_export.metadata import SCENE
from warp_fabric.errors import WarpFabricError
from warp_fabric.geometry import relief_of
from warp_fabric.layout import ALONG_END, ALONG_PICK
from warp_fabric.scene import Scene
from warp_fabric.scene.pin_path import pin_targets

GAP = 1.5
"""Of the usual step from sample to sample, from which on samples are missing."""
NUMBERS_FIX = "export the run again, or number yarns from 0 without gaps: ends first, then picks"
TIMES_FIX = "export the run again, or bring back the samples (or clips): between those there are, renderers interpolate"
VELOCITIES_FIX = "export with velocities for all, or with --no-velocities: else only a part is blurred"
SCENE_FIX = "export the run again: `warp-fabric simulate` reads it; renderers do not mind"
AXIS_FIX = "set upAxis to what the points were written for, or export again with that --up-axis"


def check_cloth(cloth: Cloth, sound: list[Yarns], found: Findings) -> None:
    """Tell of a cloth that is not whole, or not what its metadata says.

    Args:
        cloth: The cloth.
        sound: Those of its yarns whose curves are known to be sound.
        found: Where findings go.
    """
    _check_numbers(cloth, found)
    members = [prim for prim in (*(each.prim for each in cloth.yarns), cloth.part(SURFACE)) if prim]
    _check_times(members, found)
    _check_velocities(members, found)
    scene = _scene(cloth, found)
    if scene is not None:
        _check_axis(cloth, sound, scene, found)


def _check_numbers(cloth: Cloth, found: Findings) -> None:
    """Yarns that are missing, or there twice. An export may have none; or, with one pick (end), no ends (picks)."""
    if cloth.layout is None or not cloth.yarns or any(each.numbers is None for each in cloth.yarns):
        return
    picks, ends = cloth.layout.shape
    for direction, axis, first, count in (("end", ALONG_END, 0, ends), ("pick", ALONG_PICK, ends, picks)):
        given = [np.asarray(each.numbers) - first for each in cloth.side(direction)]
        number, often = np.unique(np.concatenate([*given, np.zeros(0, int)]), return_counts=True)
        inside = (number >= 0) & (number < count)
        there, wanted = np.zeros(count, int), np.bincount(cloth.layout.spans(axis)[:, 0], minlength=count)
        there[number[inside]] = often[inside]
        missing = np.flatnonzero(there < wanted)
        if len(missing):
            parts = "are missing" if wanted.max() == 1 else "are missing, or parts of them"
            what = f"{len(missing)} of {np.count_nonzero(wanted)} {direction}s {parts}: {_some(missing)}"
            found.error(cloth.path, what, NUMBERS_FIX)
            continue
        wrong = np.union1d(np.flatnonzero(there > np.maximum(wanted, 1)), number[~inside])
        if len(wrong):
            what = f"{direction}s that are there twice, or are none of the fabric's {count}: {_some(wrong)}"
            found.error(cloth.path, what, NUMBERS_FIX)


def _some(numbers: NDArray) -> str:
    return ", ".join(str(each) for each in numbers[:5]) + (" ..." if len(numbers) > 5 else "")


def _check_times(members: list[Usd.Prim], found: Findings) -> None:
    """Prims of one cloth have samples at the same times, without gaps."""
    times = {prim: UsdGeom.PointBased(prim).GetPointsAttr().GetTimeSamples() for prim in members}
    longest = max(times.values(), key=len, default=[])
    for prim, own in times.items():
        if own != longest:
            what = f"it has {len(own)} samples, at other times than the {len(longest)} of the rest of the cloth"
            found.warning(prim.GetPath(), what, TIMES_FIX)
        steps = np.diff(own)
        if len(steps) > 1 and steps.max() > GAP * np.median(steps):
            k = int(np.argmax(steps))
            what = f"samples are missing: there is none between {own[k]:g} and {own[k + 1]:g}"
            found.warning(prim.GetPath(), what, TIMES_FIX)


def _check_velocities(members: list[Usd.Prim], found: Findings) -> None:
    has = {prim: UsdGeom.PointBased(prim).GetVelocitiesAttr().HasAuthoredValue() for prim in members}
    if any(has.values()):
        for prim in (prim for prim, own in has.items() if not own):
            found.warning(prim.GetPath(), "it has no velocities, while others of the cloth do", VELOCITIES_FIX)


def _scene(cloth: Cloth, found: Findings) -> Scene | None:
    try:
        return cloth.scene
    except WarpFabricError as error:
        assert cloth.root is not None
        what = f"the scene in it cannot be read: {str(error).splitlines()[0]}"
        found.warning(cloth.root.GetPath().AppendProperty(SCENE), what, SCENE_FIX)
        return None


def _check_axis(cloth: Cloth, sound: list[Yarns], scene: Scene, found: Findings) -> None:
    """The pins, or the first frame, against the scene: whether they lie as there only if the other axis is up.

    What fits neither way was moved on purpose, or starts from elsewhere.
    """
    for known in _known(cloth, sound, scene):
        stage, turn = known.prim.GetStage(), _placed(known.prim)
        if turn is None or known.points.shape != known.expected.shape:
            continue
        given = known.points * (turn * UsdGeom.GetStageMetersPerUnit(stage))
        x, y, z = known.expected.T
        off = {}
        for axis, at in (("Y", np.stack([x, z, -y], axis=1)), ("Z", known.expected)):
            off[axis] = np.abs((given - given.mean(axis=0)) - (at - at.mean(axis=0))).max()
        up = str(UsdGeom.GetStageUpAxis(stage))
        other = "Z" if up == "Y" else "Y"
        near = 2.0 * known.height + 1e-3 * np.ptp(known.expected, axis=0).max()
        if off[other] <= near < off[up]:
            what = f"it lies as in its scene if {other} is up, but the stage says {up}"
            found.error(known.prim.GetPath(), what, AXIS_FIX)
            return


@dataclass(frozen=True)
class _Known:
    """A prim whose first points the scene tells: its own, and those of the scene [m], `[n, 3]`, within a height [m]."""

    prim: Usd.Prim
    points: NDArray
    expected: NDArray
    height: float = 0.0


def _known(cloth: Cloth, sound: list[Yarns], scene: Scene) -> Iterator[_Known]:
    fabric = scene.real_fabric
    rest, pins, surface = fabric.position, cloth.part(PINS), cloth.part(SURFACE)
    if pins:
        times = UsdGeom.PointBased(pins).GetPointsAttr().GetTimeSamples()
        rate = pins.GetStage().GetTimeCodesPerSecond() or 1.0
        start = times[0] / rate if times else 0.0
        yield _Known(pins, _first(pins), pin_targets(scene.pins, rest, start))
    if scene.initial.state is not None or scene.time.integrator == "static":
        return
    if surface:
        yield _Known(surface, _first(surface), fabric.layout.packed(rest))
    for yarns in sound:
        samples, runs = cloth.samples(yarns), cloth.runs(yarns)
        if samples is None or runs is None or rest.shape[1::-1] != cloth.size:
            continue
        lines = yarns.lines(yarns.times[0] if yarns.times else None)[:, ::samples]
        side = rest.swapaxes(0, 1) if yarns.direction == "end" else rest
        relief, there = relief_of(fabric), runs.there()
        height = float(max(relief.end_height.max(), relief.pick_height.max()))
        yield _Known(yarns.prim, lines[there], runs.rows(side)[there], height)


def _first(prim: Usd.Prim) -> NDArray:
    attribute = UsdGeom.PointBased(prim).GetPointsAttr()
    times = attribute.GetTimeSamples()
    points = attribute.Get(times[0] if times else Usd.TimeCode.Default())
    return np.asarray(points if points else np.zeros((0, 3)), dtype=float)


def _placed(prim: Usd.Prim) -> float | None:
    """By how much a prim is scaled in the stage's world; None where it is turned or skewed there."""
    turn = np.array(UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default()))[:3, :3]
    straight = np.allclose(turn, turn[0, 0] * np.eye(3), atol=1e-6 * np.abs(turn).max())
    return float(turn[0, 0]) if straight else None
