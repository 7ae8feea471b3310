"""Yarns as tubes: what the ray tracer draws. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.directions import unit
from warp_fabric.errors import PictureError
from warp_fabric.fabric import Fabric
from warp_fabric.geometry import Relief, arc_lengths, centre_lines
from warp_fabric.layout import ALONG_END, ALONG_PICK
from warp_fabric.loose_ends import with_loose_ends
from warp_fabric.runs import Runs
from warp_fabric.srgb import to_linear

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tubes:
    """Tubes as one list of points, in the order along each tube. Their ends are cut off straight.

    Attributes:
        point: [points, 3] centre lines.
        tangent: [points, 3] unit tangents.
        frame: [points, 3] unit vectors across the tube that do not turn about it: where a twist starts.
        length: [points] distance along the tube.
        radius: [points]
        color: [points, 3] linear RGB, 0 to 1.
        segment: int[segments], the first point of each segment; the second follows it.
        plies: Strands a tube is twisted from; 0 for smooth tubes.
    """

    point: Array
    tangent: Array
    frame: Array
    length: Array
    radius: Array
    color: Array
    segment: NDArray[np.int64]
    plies: int = 3

    @classmethod
    def joined(cls, several: Sequence[Tubes]) -> Tubes:
        """Those of several fabrics, of as many plies."""
        if len(several) == 1:
            return several[0]
        starts = np.cumsum([0, *(len(tubes.point) for tubes in several)])
        names = ("point", "tangent", "frame", "length", "radius", "color")
        return cls(
            **{name: np.concatenate([getattr(tubes, name) for tubes in several]) for name in names},
            segment=np.concatenate([start + tubes.segment for start, tubes in zip(starts, several)]),
            plies=several[0].plies,
        )

    def cuts(self) -> NDArray[np.int64]:
        """Of each segment, 1 where its first point ends a tube, plus 2 where its second one does, int[segments]."""
        first = np.diff(self.segment, prepend=-2) != 1
        return first + 2 * np.append(first[1:], True)


def yarn_tubes(
    fabric: Fabric,
    position: Array,
    middle: Array,
    scale: float,
    samples: int,
    plies: int,
    relief: Relief | None = None,
) -> Tubes:
    """The yarns as tubes, cut off a little past the cloth's edges; what has one crossing alone is left out.

    Args:
        fabric: Woven so. position: Crossings [m], `[picks, ends, 3]`.
        middle, scale: Origin and length unit of the tubes [m].
        samples: Of a yarn from one crossing to the next. plies: Strands the yarns look twisted from.
        relief: How far yarns are above and below the cloth; None: as at rest.

    Raises:
        PictureError: Where no yarn has two crossings.
    """
    ends, picks = centre_lines(fabric, position, samples, relief)
    parts: dict[str, list[Array]] = {k: [] for k in ("point", "tangent", "frame", "length", "radius", "color")}
    segments, count = [], 0
    for lines, axis, radius, color in (
        (ends, ALONG_END, fabric.end_radius, fabric.end_color),
        (picks, ALONG_PICK, fabric.pick_radius, fabric.pick_color),
    ):
        runs = Runs.of(fabric.layout, axis)
        if not len(runs):
            continue
        lines = with_loose_ends((runs.rows(lines, samples) - middle) / scale, runs, samples)
        tangent = unit(np.gradient(lines, axis=1))
        rows = {"point": lines, "tangent": tangent, "frame": _untwisted(tangent), "length": arc_lengths(lines)}
        for name, values in rows.items():
            parts[name].append(runs.flat(values, samples, 2))
        points = runs.points(samples) + 2
        parts["radius"].append(np.repeat(np.asarray(radius)[runs.yarn] / scale, points))
        parts["color"].append(np.repeat(to_linear(color)[runs.yarn], points, axis=0))
        last = np.cumsum(points) - 1
        segments.append(count + np.delete(np.arange(points.sum()), last))
        count += points.sum()
    if not segments:
        raise PictureError("one crossing is no yarn", where="fabric", fix="draw a fabric of at least 2 ends or picks")
    return Tubes(
        **{name: np.concatenate(arrays) for name, arrays in parts.items()},
        segment=np.concatenate(segments),
        plies=plies,
    )


def _untwisted(tangent: Array) -> Array:
    """Unit vectors across each line that do not turn about it, `[lines, samples, 3]`, from its unit tangents."""
    frame = np.empty_like(tangent)
    helper = np.eye(3)[np.argmin(np.abs(tangent[:, 0]), axis=-1)]
    across = helper
    for k in range(tangent.shape[1]):
        across = unit(across - np.sum(across * tangent[:, k], axis=-1, keepdims=True) * tangent[:, k])
        frame[:, k] = across
    return frame
