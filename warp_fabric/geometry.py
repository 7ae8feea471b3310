"""Interlaced yarns from crossings: smooth centre lines over and under, and the cloth as a mesh. NumPy only.

A crossing lies where its two yarns touch. There the end's centre line is some way on its side of the crossing, along
the crossing's normal, and the pick's some way on the other side: without crimp each one radius, where neighbours let
it; see `relief`. Between crossings a yarn follows a smooth line through its crossings, plus a height above the cloth:
level along a float; where it changes sides, `+-(1 - |2 t|^n)` times that at the share `t` of the way from either
crossing, up to the middle. `n` is 3. That gets past round yarns as well as arcs of circles would, if a yarn has no more
than half of the height at a crossing; one with a larger share `a` needs `n = (2 - a) / (1 - a)`, and gets it (up to 6)
where crossings are so near.

So it stays near its height while the other yarn is beneath it, and crosses over in the middle. In a flat square cloth
yarns keep 99 % of their sum of radii up to a radius of 0.28 spacings (Peirce's jammed plain weave has 0.2887). Where
shear leaves an acute angle `phi` between two yarns that both change sides, their middles are level with each other and
`L sin(phi / 2)` apart, `L` the distance of crossings, whatever the shape: thick yarns go through each other there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.directions import norm, unit
from warp_fabric.layout import ALONG_END, ALONG_PICK, Layout
from warp_fabric.relief import Relief, relief_of

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric
    from warp_fabric.trajectory import Trajectory

Array = NDArray[np.float64]

STEEPNESS, STEEPEST = 3.0, 6.0
"""Least and most power of the way by which a yarn leaves its height: 2 (near enough two arcs of circles) keeps less
clear once the cloth is sheared, and Catmull-Rom curves of few samples show it worse; more kinks in the middle."""

_TINY = 1e-12  # relative length below which a direction counts as undefined


def centre_lines(
    fabric: Fabric, position: Array, samples_per_crossing: int = 4, relief: Relief | None = None
) -> tuple[Array, Array]:
    """Smooth, interlaced centre lines of every yarn.

    The samples include the points at the crossings (every `samples_per_crossing`-th) and serve as control points of
    Catmull-Rom curves too. The tangent is continuous. Where what a yarn crosses is a single point, as where the fabric
    has one pick or one end, it follows its crossings.

    Of cloth that was cut, only what lies within its runs of yarn has a meaning; see `Runs.rows`.

    Args:
        fabric: The woven fabric.
        position: Crossings [m], `[picks, ends, 3]`.
        samples_per_crossing: Samples from one crossing to the next, at least 1.
        relief: How far yarns are above and below the cloth; None: that of the fabric at rest.

    Returns:
        Ends `[ends, samples_per_crossing (picks - 1) + 1, 3]` and picks
        `[picks, samples_per_crossing (ends - 1) + 1, 3]` [m].
    """
    if samples_per_crossing < 1:
        raise ValueError(f"samples_per_crossing must be at least 1, not {samples_per_crossing}")
    position = np.asarray(position, dtype=np.float64)
    drawdown = np.asarray(fabric.drawdown, dtype=bool)
    if position.shape != (*drawdown.shape, 3):
        raise ValueError(f"position has shape {position.shape}, the fabric needs {(*drawdown.shape, 3)}")
    side = np.where(drawdown, 1.0, -1.0)
    relief = relief or relief_of(fabric)
    layout = fabric.layout
    along_pick, along_end = (layout.slopes(position, axis) for axis in (ALONG_PICK, ALONG_END))
    up = _upward(along_pick, along_end)
    position = shifted(layout, position, relief)  # not their tangents: beside another yarn, a yarn runs as the cloth
    across = position.swapaxes(0, 1), along_end.swapaxes(0, 1), up.swapaxes(0, 1)
    between = np.maximum(relief.end_height + relief.pick_height, _TINY)
    over = np.where(layout.goes_on(ALONG_PICK), side * relief.end_height, 0.0)  # nothing but a point to pass over
    under = np.where(layout.goes_on(ALONG_END), -side * relief.pick_height, 0.0)
    ends = _lines(*across, over.T, between.T, samples_per_crossing)
    picks = _lines(position, along_pick, up, under, between, samples_per_crossing)
    return ends, picks


def frame_relief(run: Trajectory, frame: int) -> Relief:
    """The relief of a run's cloth in one of its frames; negative: from the end."""
    found = (getattr(run, name, None) for name in ("interchange", "flattening"))
    return relief_of(run.fabric, *(None if each is None else each[frame] for each in found))


def shifted(layout: Layout, position: Array, relief: Relief) -> Array:
    """Where crossings are drawn [m], `[picks, ends, 3]`.

    Args:
        layout: Of the fabric.
        position: Crossings [m], `[picks, ends, 3]`.
        relief: Tells how they are drawn beside themselves.
    """
    if relief.shift is None:
        return position
    along_pick, along_end = relief.shift[..., :1], relief.shift[..., 1:]
    return position + along_pick * layout.slopes(position, ALONG_PICK) + along_end * layout.slopes(position, ALONG_END)


def crossing_normals(fabric: Fabric, position: Array) -> Array:
    """Unit normals from the pick to the end at every crossing, `[picks, ends, 3]`, defined everywhere.

    Args:
        fabric: The woven fabric.
        position: Crossings [m], `[picks, ends, 3]`.
    """
    position = np.asarray(position, dtype=np.float64)
    up = _upward(*(fabric.layout.slopes(position, axis) for axis in (ALONG_PICK, ALONG_END)))
    return np.where(np.asarray(fabric.drawdown, bool)[..., None], up, -up)


def yarn_widths(fabric: Fabric) -> tuple[Array, Array]:
    """Diameters [m] of the ends `[ends]` and of the picks `[picks]`."""
    return 2.0 * np.asarray(fabric.end_radius, float), 2.0 * np.asarray(fabric.pick_radius, float)


def arc_lengths(lines: Array) -> Array:
    """Length [m] along each line from its first sample to every sample, `[lines, samples]`.

    Args:
        lines: Samples [m], `[lines, samples, 3]`.
    """
    steps = norm(np.diff(lines, axis=1))
    return np.concatenate([np.zeros((len(lines), 1)), np.cumsum(steps, axis=1)], axis=1)


def arc_fractions(lines: Array) -> Array:
    """Like `arc_lengths`, from 0 to 1 along each line (0 everywhere on a line without length)."""
    length = arc_lengths(lines)
    return length / np.maximum(length[:, -1:], np.finfo(float).tiny)


def cloth_mesh(position: Array, layout: Layout | None = None) -> tuple[Array, NDArray[np.int32]]:
    """The cloth as quads between crossings.

    Args:
        position: Crossings [m], `[picks, ends, 3]`.
        layout: Which of them there are; None: all.

    Returns:
        Vertices [m], `[N, 3]`: the crossings that exist, pick by pick; and quads `[C, 4]` of vertex indices, see
        `Layout.quads`.
    """
    position = np.asarray(position, dtype=np.float64)
    layout = layout or Layout.full(position.shape[0], position.shape[1])
    return layout.packed(position), layout.quads


def cloth_uv(layout: Layout) -> Array:
    """Where each crossing is in the uncut cloth, `[picks, ends, 2]`: 0 to 1 from the first end to the last, and from
    the first pick to the last; an image that is laid over the cloth fills it."""
    picks, ends = layout.shape
    u, v = (np.arange(count) / max(count - 1, 1) for count in (ends, picks))
    return np.stack(np.meshgrid(u, v), axis=-1)


def catmull_rom(lines: Array, line: NDArray[np.int64], at: Array) -> Array:
    """Points on Catmull-Rom curves through samples, pinned at their ends as USD does it.

    Args:
        lines: Samples [m], `[lines, samples, 3]`, at least two a line.
        line: Which line, any integer shape that broadcasts with `at`.
        at: Where, in samples from the first.

    Returns:
        Points [m], the broadcast shape plus 3.
    """
    first, last = 2.0 * lines[:, :1] - lines[:, 1:2], 2.0 * lines[:, -1:] - lines[:, -2:-1]
    points = np.concatenate([first, lines, last], axis=1)
    start = np.clip(np.floor(at).astype(np.int64), 0, lines.shape[1] - 2)
    t = (at - start)[..., None]
    p0, p1, p2, p3 = (points[line, start + k] for k in range(4))
    return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))


def clearance(fabric: Fabric, ends: Array, picks: Array) -> Array:
    """Smallest distance between the curves of each end and pick near their crossing, over their sum of radii.

    The curves are the Catmull-Rom curves through the centre lines; each is searched up to the neighbouring crossings.
    1 is contact, less is interpenetration. Of cloth that was cut, what it tells beside its edges has no meaning.

    Args:
        fabric: The woven fabric (radii are used).
        ends: Centre lines of the ends from `centre_lines`, `[ends, samples, 3]`; likewise `picks`.

    Returns:
        Ratios `[picks, ends]`; all 1 where the fabric has a single pick or end, which crosses no curves.
    """
    pick_count, end_count = len(picks), len(ends)
    if min(pick_count, end_count) == 1:
        return np.ones((pick_count, end_count))
    samples = (ends.shape[1] - 1) // (pick_count - 1)
    closest = [_closest(ends, picks, row, samples) for row in range(pick_count)]
    reach = np.asarray(fabric.pick_radius, float)[:, None] + np.asarray(fabric.end_radius, float)[None, :]
    return np.stack(closest) / reach


def _closest(ends: Array, picks: Array, row: int, samples: int) -> Array:
    """Smallest distance of pick `row` to every end near their crossing, `[ends]` [m]."""
    # The curves may come close on either side of the crossing: the four quarters around it are searched apart.
    yarn = np.repeat(np.arange(len(ends)), 4)
    half = 0.5 * samples
    middle_end = row * samples + half * np.tile([-1.0, -1.0, 1.0, 1.0], len(ends))
    middle_pick = yarn * samples + half * np.tile([-1.0, 1.0, -1.0, 1.0], len(ends))
    span, distance, item = half, np.empty(0), np.arange(len(yarn))
    for count in (9, 7, 7, 7):  # first eighths of a crossing, then ever finer around the best
        offset = np.linspace(-span, span, count)
        at_end = np.clip(middle_end[:, None] + offset, 0.0, ends.shape[1] - 1.0)
        at_pick = np.clip(middle_pick[:, None] + offset, 0.0, picks.shape[1] - 1.0)
        on_end = catmull_rom(ends, yarn[:, None], at_end)
        on_pick = catmull_rom(picks, np.full((1, 1), row), at_pick)
        squares = np.sum((on_end[:, :, None] - on_pick[:, None, :]) ** 2, axis=-1).reshape(len(yarn), -1)
        best = np.argmin(squares, axis=1)
        distance = np.sqrt(squares[item, best])
        middle_end, middle_pick = at_end[item, best // count], at_pick[item, best % count]
        span *= 2.0 / (count - 1)
    return distance.reshape(-1, 4).min(axis=1)


def _lines(position: Array, tangent: Array, up: Array, height: Array, between: Array, samples: int) -> Array:
    """Centre lines of yarns running along axis 1.

    Args:
        position: Crossings, `[yarns, crossings, 3]`; likewise `tangent` along the yarn and `up`, the cloth's normal.
        height: How far the yarn lies above the crossing, negative where below it, `[yarns, crossings]` [m].
        between: Distance of the two yarns there, likewise.
        samples: Samples from one crossing to the next.
    """
    if position.shape[1] == 1:
        return position.copy()
    chord = norm(np.diff(position, axis=1))[..., None]
    t = np.arange(samples) / samples
    ease = t * t * (3.0 - 2.0 * t)
    # Cubic Hermite curve through the crossings, with tangents as long as the chord: uneven segments do not overshoot.
    slope = unit(tangent)
    first, last = position[:, :-1], position[:, 1:]
    controls = np.stack([first, last, slope[:, :-1] * chord, slope[:, 1:] * chord], axis=2)
    weights = np.stack([1.0 - ease, ease, t * (1.0 - t) ** 2, -t * t * (1.0 - t)], axis=1)
    # The normal rests at the crossings, so the displaced line crosses the other yarn's at right angles to it.
    before, after = up[:, :-1], up[:, 1:]
    cosine = np.sum(before * after, axis=-1)[..., None]
    long = np.sqrt(np.maximum((1.0 - ease) ** 2 + ease**2 + 2.0 * ease * (1.0 - ease) * cosine, 0.0))
    above = _heights(height, between, chord, t)
    above = np.where(long > 1e-6, above / np.maximum(long, 1e-6), 0.0)  # no normal halfway round a sharp fold
    normals = np.stack([before, after], axis=2)
    shares = np.stack([1.0 - ease, ease], axis=1) * above[..., None]
    lines = (np.matmul(weights, controls) + np.matmul(shares, normals)).reshape(len(position), -1, 3)
    final = position[:, -1] + height[:, -1:] * up[:, -1]
    return np.concatenate([lines, final[:, None]], axis=1)


def _heights(height: Array, between: Array, chord: Array, t: Array) -> Array:
    """Heights of yarns above the cloth at the fractions `t` of every segment, `[yarns, segments, t]` [m].

    Args:
        height: At the crossings, negative below the cloth (or 0: level with it), `[yarns, crossings]` [m].
        between: Distance of the two yarns at the crossings, likewise.
        chord: From one crossing to the next, `[yarns, segments, 1]` [m].
        t: Fractions of a segment.
    """
    first, last = height[:, :-1, None], height[:, 1:, None]
    between = between[:, :-1, None] + between[:, 1:, None]
    share, width = np.abs(first - last) / between, chord / between
    arcs = np.sqrt(1.0 - np.minimum(1.0 - share, 1.0) ** 2)  # widths that arcs need, and a power of 3
    cubic = np.maximum(np.sqrt(0.75) * np.cbrt(2.0 * share), arcs)
    urgent = np.clip(2.0 * (cubic - width) / np.maximum(cubic - arcs, _TINY), 0.0, 1.0)
    steepest = np.clip((2.0 - share) / np.maximum(1.0 - share, _TINY), STEEPNESS, STEEPEST)
    power = STEEPNESS + urgent * (steepest - STEEPNESS)
    descent = np.where(t <= 0.5, 1.0, -1.0) * (1.0 - (2.0 * np.minimum(t, 1.0 - t)) ** power)
    level = 1.0 - 2.0 * t * t * (3.0 - 2.0 * t)
    return 0.5 * (first + last) + 0.5 * (first - last) * np.where(first * last < 0.0, descent, level)


def _upward(along_pick: Array, along_end: Array) -> Array:
    """Unit normals of the cloth, `along_pick x along_end`; where that vanishes, the neighbours' or some normal."""
    cross = np.cross(along_pick, along_end)
    size = norm(along_pick) * norm(along_end)
    sound = norm(cross) > _TINY * np.maximum(size, np.finfo(float).tiny)
    up = np.where(sound[..., None], unit(cross), 0.0)
    if sound.all():
        return up
    padded = np.pad(up, ((1, 1), (1, 1), (0, 0)))
    rows, columns = up.shape[:2]
    around = sum(padded[j : j + rows, i : i + columns] for j in range(3) for i in range(3))
    longer = np.where((norm(along_pick) >= norm(along_end))[..., None], along_pick, along_end)
    direction = unit(longer)
    around = around - np.sum(around * direction, axis=-1, keepdims=True) * direction
    axis = np.eye(3)[np.argmin(np.abs(direction[..., ::-1]), axis=-1)][..., ::-1]  # z where that is as good as another
    some = unit(axis - np.sum(axis * direction, axis=-1, keepdims=True) * direction)
    return np.where(sound[..., None], up, unit(around, some, smallest=1e-6))
