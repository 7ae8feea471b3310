"""Whether cloth has passed through itself or an obstacle: a check that knows nothing of beads and bars.

Cloth is its yarn segments, straight from crossing to crossing, and its cells, two triangles each. No segment may cross
a cell, of its own cloth or another, unless it has a crossing in common with it; nor an obstacle. From frame to frame
all points move straight and evenly, and what a segment passes on the way is found too, also if it is out again by the
end.

Cells of open cloth are holes that a crossing fits through (`has_holes`): a corner or the tip of a fold that hangs
through one has passed through nothing. There no segment may pass another segment, so that whatever is in a hole got in
through it; but those of one cell, which bending, shear and sliding keep apart, not contact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from depths import deepest, deepest_in_mesh
from scipy.spatial import cKDTree
from swept import crosses, point_passes, segment_passes
from touched_bodies import Body, is_inside


@dataclass(frozen=True)
class Passage:
    """Something that is where it should not be.

    Attributes:
        frame: where it is so, or at the end of the way on which it happened. event: "crosses" (a segment, at a frame),
        "passed" (a segment, on the way there) or "inside" (a crossing, at a frame).
        segment: layer and its two crossings' [pick, end], twice the same for a crossing.
        through: layer and cell [pick, end], or segment; or what obstacle. depth: m, in an obstacle that has an inside;
        of a mesh only on the way. way: m, that the segment's ends go in the frame, past an obstacle.
    """

    frame: int
    event: str
    segment: tuple
    through: tuple
    depth: float = 0.0
    way: float = 0.0


class Cloth:
    """Layers of cloth as one set of crossings.

    Args:
        shapes: (picks, ends) of each layer.

    Attributes:
        segment: [S, 2] crossings. triangle: [F, 3] crossings, those of cell k at 2 k and 2 k + 1. cell: [C, 4].
    """

    def __init__(self, shapes: Sequence[tuple[int, int]]) -> None:
        segments, cells, self.label = [], [], []
        for layer, (picks, ends) in enumerate(shapes):
            node = np.arange(picks * ends).reshape(picks, ends) + len(self.label)
            segments += [np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], 1)]
            segments += [np.stack([node[:-1].ravel(), node[1:].ravel()], 1)]
            cells.append(np.stack([c.ravel() for c in (node[:-1, :-1], node[:-1, 1:], node[1:, :-1], node[1:, 1:])], 1))
            self.label += [(layer, pick, end) for pick in range(picks) for end in range(ends)]
        self.segment, self.cell = np.concatenate(segments), np.concatenate(cells)
        self.triangle = self.cell[:, [[0, 1, 2], [1, 3, 2]]].reshape(-1, 3)
        self.layer = np.array([label[0] for label in self.label])
        self.place = np.array([label[1:] for label in self.label])

    def may_cross(self, one: np.ndarray, other: np.ndarray, tight: float) -> np.ndarray:
        """[n] whether two parts, rows of crossings [n, 2 or 4], are of two layers, or more than `tight` spacings apart
        in the one; 0: share no crossing."""
        low, high = self.place[one].min(axis=1), self.place[one].max(axis=1)
        first, last = self.place[other].min(axis=1), self.place[other].max(axis=1)
        apart = np.maximum(np.maximum(first - high, low - last), 0)
        return (self.layer[one[:, 0]] != self.layer[other[:, 0]]) | (np.linalg.norm(apart, axis=1) > tight)


def has_holes(spacing: float, radius: float) -> bool:
    """Whether a crossing, twice as thick as its yarns, fits through the cells of square cloth at rest and touches none
    of the yarns around; spacing and radius of its yarns in m."""
    return 0.5 * spacing >= 3.0 * radius


def find_passages(
    layers: Sequence[np.ndarray],
    bodies: Sequence[Body] = (),
    times: np.ndarray | None = None,
    tight: float = 0.0,
    holes: bool = False,
) -> list[Passage]:
    """All passages of cloth.

    Args:
        layers: [T, picks, ends, 3] m, of each fabric. times: [T] s, of the frames. tight: Parts of a layer count as
            neighbours up to so many spacings in the grid. holes: Whether cells are open, see `has_holes`.
    """
    cloth = Cloth([layer.shape[1:3] for layer in layers])
    frames = len(layers[0])
    position = np.concatenate([np.asarray(layer, float).reshape(frames, -1, 3) for layer in layers], axis=1)
    times = np.arange(frames, dtype=float) if times is None else np.asarray(times)
    found: list[Passage] = []
    for k in range(frames):
        if not holes:
            found += _crossed(cloth, position[k], k, tight)
        found += _at(cloth, position[k], bodies, float(times[k]), k)
        if k + 1 < frames:
            pair = position[k : k + 2]
            found += (_passed_yarns if holes else _passed_cells)(cloth, pair, k + 1, tight)
            found += _between(cloth, pair, bodies, times[k : k + 2], k + 1)
    return found


def _crossed(cloth: Cloth, x: np.ndarray, frame: int, tight: float) -> list[Passage]:
    segment, triangle = _near(cloth, x, x, tight)
    across = crosses(*x[cloth.segment[segment]].swapaxes(0, 1), *x[cloth.triangle[triangle]].swapaxes(0, 1))
    return _of_cloth(cloth, frame, "crosses", segment[across], triangle[across])


def _passed_cells(cloth: Cloth, x: np.ndarray, frame: int, tight: float) -> list[Passage]:
    found = []
    for start, end in _pieces(cloth, *x):
        segment, triangle = _near(cloth, start, end, tight)
        passed = _passes(start, end, cloth.segment[segment], start, end, cloth.triangle[triangle])
        found += _of_cloth(cloth, frame, "passed", segment[passed], triangle[passed])
    return found


def _passed_yarns(cloth: Cloth, x: np.ndarray, frame: int, tight: float) -> list[Passage]:
    found = []
    for start, end in _pieces(cloth, *x):
        one, other = _near_segments(cloth, start, end, tight)
        corner = np.concatenate([cloth.segment[one], cloth.segment[other]], axis=1).T
        passed = segment_passes([start[each] for each in corner], [end[each] for each in corner])
        for s, t in zip(one[passed], other[passed]):
            found.append(Passage(frame, "passed", _named(cloth, cloth.segment[s]), _named(cloth, cloth.segment[t])))
    return found


def _at(cloth: Cloth, x: np.ndarray, bodies: Sequence[Body], time: float, frame: int) -> list[Passage]:
    found = []
    p, q = x[cloth.segment].swapaxes(0, 1)
    for number, body in enumerate(bodies):
        name = (body.shape, number)
        if body.faces is None:
            depth = body.depth(p, q, time)
            for s in np.flatnonzero(depth > 0.0):
                found.append(Passage(frame, "crosses", _named(cloth, cloth.segment[s]), name, float(depth[s])))
            continue
        vertex = body.vertices(time)
        s, f = _meeting(p, p, q, q, vertex, vertex, body.faces)
        across = crosses(p[s], q[s], *vertex[body.faces[f]].swapaxes(0, 1))
        for each in np.unique(s[across]):
            found.append(Passage(frame, "crosses", _named(cloth, cloth.segment[each]), name))
        if body.closed:
            for node in np.flatnonzero(is_inside(x, vertex, body.faces)):
                found.append(Passage(frame, "inside", _named(cloth, [node, node]), name))
    return found


def _between(cloth: Cloth, x: np.ndarray, bodies: Sequence[Body], times: np.ndarray, frame: int) -> list[Passage]:
    found = []
    for number, body in enumerate(bodies):
        name = (body.shape, number)
        if body.faces is None:
            depth = deepest(x[:, cloth.segment], body, times)
            passed = np.flatnonzero(depth > 0.0)
        else:
            before, after = body.vertices(times[0]), body.vertices(times[1])
            (p, q), (p1, q1) = (each[cloth.segment].swapaxes(0, 1) for each in x)
            s, f = _meeting(p, p1, q, q1, before, after, body.faces)
            hit = _passes(*x, cloth.segment[s], before, after, body.faces[f])
            passed, depth = np.unique(s[hit]), np.full(len(cloth.segment), np.inf)
            if body.closed:
                for each in passed:
                    depth[each] = deepest_in_mesh(x[:, cloth.segment[each]], before, after, body.faces)
        way = np.linalg.norm(x[1] - x[0] - np.diff(body.shift(times), axis=0), axis=1)[cloth.segment].max(axis=1)
        for s in passed:
            segment = _named(cloth, cloth.segment[s])
            found.append(Passage(frame, "passed", segment, name, float(depth[s]), float(way[s])))
    return found


def _passes(x0, x1, segment, y0, y1, triangle) -> np.ndarray:
    """[n] whether moving segments, rows of x, begin or cease to cross moving triangles, rows of y: an end passes the
    triangle, or an edge passes the segment."""
    ends = [[x0[segment[:, k]], x1[segment[:, k]]] for k in range(2)]
    corners = [[y0[triangle[:, k]], y1[triangle[:, k]]] for k in range(3)]

    def moving(*points):
        return [point[0] for point in points], [point[1] for point in points]

    passed = np.zeros(len(segment), bool)
    for end in ends:
        passed |= point_passes(*moving(end, *corners))
    for k in range(3):
        passed |= segment_passes(*moving(*ends, corners[k], corners[(k + 1) % 3]))
    return passed


def _pieces(cloth: Cloth, start: np.ndarray, end: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The way in pieces so short that little is near on each, without what all crossings have in common."""
    way = end - start
    way = way - way.mean(axis=0)
    size = np.linalg.norm(start[cloth.segment[:, 1]] - start[cloth.segment[:, 0]], axis=1).max()
    count = max(1, int(np.ceil(np.linalg.norm(way, axis=1).max() / size)))
    places = [start + (k / count) * way for k in range(count + 1)]
    yield from pairwise(places)


def _near(cloth: Cloth, start: np.ndarray, end: np.ndarray, tight: float) -> tuple[np.ndarray, np.ndarray]:
    """Segments and triangles of other parts of the cloth whose boxes meet on the way."""
    s_low, s_high = _boxes(start, end, cloth.segment)
    f_low, f_high = _boxes(start, end, cloth.triangle)
    s_size, f_size = (0.5 * np.linalg.norm(high - low, axis=1) for low, high in ((s_low, s_high), (f_low, f_high)))
    trees = [cKDTree(0.5 * (low + high)) for low, high in ((s_low, s_high), (f_low, f_high))]
    pairs = trees[0].sparse_distance_matrix(trees[1], s_size.max() + f_size.max(), output_type="ndarray")
    segment, triangle = pairs["i"], pairs["j"]
    meet = ((s_low[segment] <= f_high[triangle]) & (f_low[triangle] <= s_high[segment])).all(axis=1)
    segment, triangle = segment[meet], triangle[meet]
    meet = cloth.may_cross(cloth.segment[segment], cloth.cell[triangle // 2], tight)
    return segment[meet], triangle[meet]


def _near_segments(cloth: Cloth, start: np.ndarray, end: np.ndarray, tight: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of segments of other parts of the cloth whose boxes meet on the way, each once."""
    low, high = _boxes(start, end, cloth.segment)
    reach = float(np.linalg.norm(high - low, axis=1).max())
    one, other = cKDTree(0.5 * (low + high)).query_pairs(reach, output_type="ndarray").T
    meet = ((low[one] <= high[other]) & (low[other] <= high[one])).all(axis=1)
    one, other = one[meet], other[meet]
    both = np.concatenate([cloth.segment[one], cloth.segment[other]], axis=1)
    in_one_cell = (np.ptp(cloth.place[both], axis=1) <= 1).all(axis=1) & (np.ptp(cloth.layer[both], axis=1) == 0)
    meet = cloth.may_cross(cloth.segment[one], cloth.segment[other], tight) & ~in_one_cell
    return one[meet], other[meet]


def _boxes(start: np.ndarray, end: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    both = np.concatenate([start[corners], end[corners]], axis=1)
    return both.min(axis=1), both.max(axis=1)


def _meeting(p, p1, q, q1, before, after, faces) -> tuple[np.ndarray, np.ndarray]:
    """Segments and faces of a mesh whose boxes meet on the way."""
    low, high = np.min([p, p1, q, q1], axis=0), np.max([p, p1, q, q1], axis=0)
    f_low, f_high = _boxes(before, after, faces)
    near = np.ones((len(low), len(faces)), bool)
    for axis in range(3):
        near &= (low[:, None, axis] <= f_high[:, axis]) & (f_low[:, axis] <= high[:, None, axis])
    segment, face = np.nonzero(near)
    return segment, face


def _of_cloth(cloth: Cloth, frame: int, event: str, segment: np.ndarray, triangle: np.ndarray) -> list[Passage]:
    pairs = sorted({(int(s), int(f) // 2) for s, f in zip(segment, triangle)})
    return [Passage(frame, event, _named(cloth, cloth.segment[s]), cloth.label[cloth.cell[c, 0]]) for s, c in pairs]


def _named(cloth: Cloth, nodes) -> tuple:
    first, second = (cloth.label[int(node)] for node in nodes)
    return (first[0], first[1:], second[1:])
