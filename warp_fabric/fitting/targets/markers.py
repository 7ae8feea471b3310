"""Marker tracks as target: some points of the cloth, seen some of the time."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from warp_fabric.checks import shown
from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.crossings import SCALE, CrossingComparison, Observed
from warp_fabric.fitting.targets.marker_files import Markers, read_crossings, read_markers
from warp_fabric.fitting.targets.place import check_place, cloth_size
from warp_fabric.fitting.targets.target import Target, checked_number, the_one_frame
from warp_fabric.fitting.targets.times import SAME_TIME, doubt_offset, no_shared_frame
from warp_fabric.initial import initial_state
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import crossings_present

LONGEST_GAP = 1.5
"""Samples further apart than this many usual intervals are not joined: in between the marker was lost."""
NEAREST = 0.5
"""How far [spacings] from a crossing a marker may be at the start to be taken for it."""
CLEARLY = 1.5
"""How many times further away the second nearest crossing has to be."""


class MarkerTarget(Target):
    """A subset of crossings: the mean over frames of the mean over visible markers of |dx|^2 [m2].

    The samples' times need not be frames of the scene. Each sample counts once: at the frame nearest to it, with the
    track interpolated linearly to the time of that frame. Samples beyond a finer scene's frames are not made up, those
    between the frames of a coarser one only serve to interpolate. Nothing is extrapolated, and nothing interpolated
    where a marker was lost. `frames` chooses among the times of the samples.

    Args:
        markers: The path of a CSV file (see `read_markers`), or `Markers`.
        crossings: Which crossing each marker is on: (pick, end) by id, or the path of a CSV file with columns id, pick,
            end. Markers that are not in it are left out. None: what the markers' own columns pick, end say; else what
            ids such as "3,4" or "3:4" (pick, end) say; else the crossing each is nearest to at the scene's start. With
            panels, (panel, pick, end) by id, files with a further column panel, or the nearest. Without, that column
            is skipped.
        start: Time of the samples at which the scene starts [s].
        weight, frames, mask, scene: See `Target`.

    Raises:
        TargetError: where the file is bad or an option is not possible.
    """

    def __init__(
        self,
        markers: Markers | str | os.PathLike,
        *,
        crossings: Mapping[Any, Any] | str | os.PathLike | None = None,
        start: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.markers = markers if isinstance(markers, Markers) else read_markers(markers)
        self.start = checked_number(start, "start")
        self.where = self.markers.where
        self._named_in_file = crossings is None or isinstance(crossings, (str, os.PathLike))
        if isinstance(crossings, (str, os.PathLike)):
            crossings = read_crossings(crossings)
        self.crossings = self._given(crossings)

    def compare(self, scene: Scene) -> CrossingComparison:
        crossing = self._checked(self._nearest(scene) if self.crossings is None else self.crossings, scene)
        weights = self.crossing_weights(scene)
        names = [name for name in crossing if weights[crossing[name]] > 0.0]
        if not names:
            raise TargetError("no marker is left by the mask", where=self.where, fix="weigh a marked crossing above 0")
        column = [self.markers.ids.index(name) for name in names]
        node = np.array([crossing[name] for name in names])
        observed = {}
        for frame, position in self._tracks(scene, self.markers.position[:, column]).items():
            seen = np.isfinite(position).all(axis=-1)
            if seen.any():
                observed[frame] = Observed(node[seen], position[seen], weights[node[seen]])
        if not observed:
            chosen = self.chosen(len(self.markers.time), self.where)
            raise no_shared_frame(scene, self.markers.time[chosen], self.where, self.start)
        comparison = CrossingComparison(observed, self.weight)
        comparison.check_place(scene, self.where)
        return comparison

    # When

    def _tracks(self, scene: Scene, position: np.ndarray) -> dict[int, np.ndarray]:
        """[M, 3] by frame, nan where a marker is not to be compared; from samples [T, M, 3]."""
        chosen = self.chosen(len(self.markers.time), self.where)
        if scene.time.integrator == "static":
            return {0: position[the_one_frame(chosen, self.where)]}
        doubt_offset(scene, self.markers.time[chosen], self.where, self.start)
        clock = (self.markers.time - self.start) * scene.time.frames_per_second
        nearest = np.rint(np.clip(clock, -1.0, scene.time.frame_count + 1.0)).astype(int)
        inside = [k for k in chosen if 1 <= nearest[k] <= scene.time.frame_count]
        frames, row = np.unique(nearest[inside], return_inverse=True)
        visible = np.isfinite(position[..., 0])
        intervals = [np.median(np.diff(clock[each])) for each in visible.T if each.sum() > 1]
        gap = LONGEST_GAP * min(intervals, default=0.0)
        tracks = np.full((len(frames), position.shape[1], 3), np.nan)
        for marker, seen in enumerate(visible.T):
            wanted = np.zeros(len(frames), bool)
            wanted[row[seen[inside]]] = True
            tracks[wanted, marker] = _interpolated(clock[seen], position[seen, marker], frames[wanted], float(gap))
        return {int(frame): each for frame, each in zip(frames, tracks)}

    # Where

    def _given(self, crossings: Any) -> dict[str, Any] | None:
        """(pick, end) by id as far as scene and rest are not needed to tell."""
        ids = self.markers.ids
        if crossings is not None:
            if not isinstance(crossings, Mapping):
                fix = 'give {"id": (pick, end), ...} or the path of a CSV file'
                what = f"{shown(crossings)} is not a mapping of ids to crossings"
                raise TargetError(what, where="crossings", fix=fix)
            given = {str(name): crossing for name, crossing in crossings.items()}
            for name in given:
                if name not in ids:
                    fix = f"there are: {', '.join(ids[:20])}"
                    raise TargetError(f"there is no marker {name!r}", where=f"{self.where}, crossings", fix=fix)
            return given
        if self.markers.crossing is not None:
            return dict(zip(ids, self.markers.crossing))
        named = {name: re.fullmatch(r"[\[(]?\s*(\d+)\s*[,:;]\s*(\d+)\s*[\])]?", name) for name in ids}
        if not any(named.values()):
            return None
        for name, match in named.items():
            if match is None:
                fix = "name all markers by pick:end or none, or give crossings={...}"
                raise TargetError(f"marker {name!r} names no crossing, others do", where=self.where, fix=fix)
        return {name: (int(match[1]), int(match[2])) for name, match in named.items() if match}

    def _checked(self, crossings: Mapping[str, Any], scene: Scene) -> dict[str, int]:
        """The number of each marker's crossing, of those that are simulated."""
        first = np.cumsum([0] + [math.prod(part.grid) for part in scene.parts]).tolist()
        found: dict[int, str] = {}
        for name, crossing in crossings.items():
            where = f"{self.where}, marker {name!r}"
            skipped = self._named_in_file and not scene.panels  # a column panel, which this scene has no use for
            k, pair = _of_part(scene, crossing[-2:] if skipped else crossing, where)
            pick, end = _simulated(scene.parts[k], pair, where)
            number = first[k] + pick * scene.parts[k].grid[1] + end
            other = found.setdefault(number, name)
            if other != name:
                what = f"crossing {[pick, end]} is that of marker {other!r} too"
                fix = "tell them apart with crossings={id: (pick, end), ...}"
                if scene.panels:
                    fix = f"tell them apart: {_way(scene)}"
                raise TargetError(what, where=where, fix=fix)
        return {name: node for node, name in found.items()}

    def _nearest(self, scene: Scene) -> dict[str, tuple]:
        """The crossing each marker is nearest to where the scene starts."""
        fabrics = [part.build() for part in scene.parts]
        rest = initial_state(scene)["position"][crossings_present(scene)]
        places = [(k, *pair) for k, each in enumerate(fabrics) for pair in each.layout.crossing.tolist()]
        reach = NEAREST * min(min(each.end_spacing, each.pick_spacing) for each in fabrics)
        found = {}
        for name, track in zip(self.markers.ids, self.markers.position.swapaxes(0, 1)):
            seen = np.flatnonzero(np.isfinite(track).all(axis=-1))
            if not len(seen):
                continue
            sample = seen[np.argmin(np.abs(self.markers.time[seen] - self.start))]
            distance = np.linalg.norm(rest - track[sample], axis=-1)
            near = np.argsort(distance)[:2]
            where = f"{self.where}, marker {name!r}, {self.markers.time[sample]:g} s"
            fix = "say which crossing it is: columns pick,end, ids such as 3:4, or crossings={id: (pick, end), ...}"
            if scene.panels:
                fix = f"say which crossing it is: {_way(scene)}"
            names = [[panel.name] for panel in scene.panels] or [[]]
            picks = [[*names[k], *pair] for k, *pair in (places[each] for each in near)]
            if distance[near[0]] > reach:
                everything = self.markers.position[0][np.isfinite(self.markers.position[0]).all(axis=-1)]
                check_place(everything, rest, cloth_size(rest), self.where, SCALE)
                what = f"it is {distance[near[0]]:.3g} m from the nearest crossing at the scene's start, {picks[0]}"
                raise TargetError(what, where=where, fix=fix)
            if len(near) > 1 and distance[near[1]] < CLEARLY * distance[near[0]]:
                raise TargetError(f"it lies between crossings {picks[0]} and {picks[1]}", where=where, fix=fix)
            k, *pair = places[near[0]]
            bundling = scene.parts[k].bundling
            found[name] = (*names[k], *(pair if bundling is None else bundling.middle(*pair)))
        return found


def _way(scene: Scene) -> str:
    """How the crossing of a panel is said."""
    example = f'such as "{scene.panels[0].name}", 0, 0'
    return f"columns panel,pick,end ({example}), or crossings={{id: (panel, pick, end), ...}}"


def _of_part(scene: Scene, crossing: Any, where: str) -> tuple[int, Any]:
    """The number of the scene's part that a crossing is of, and its pick and end."""
    if not scene.panels:
        return 0, crossing
    names = [panel.name for panel in scene.panels]
    if not isinstance(crossing, (tuple, list)) or len(crossing) != 3 or crossing[0] not in names:
        fix = f"give {_way(scene)}; of markers that say no crossing, not even in their ids, the nearest is taken"
        raise TargetError(f"{shown(crossing)} is no crossing of a panel", where=where, fix=fix)
    return names.index(crossing[0]), crossing[1:]


def _simulated(scene: Scene, crossing: Any, where: str) -> tuple[int, int]:
    """The pick and end that are simulated for a crossing, of a scene of one fabric."""
    picks, ends, layout = scene.fabric.picks, scene.fabric.ends, scene.real_fabric.layout
    pair = np.asarray(crossing)
    if pair.shape != (2,) or pair.dtype.kind not in "iu":
        raise TargetError(f"{shown(crossing)} is no crossing", where=where, fix="give (pick, end), two numbers")
    pick, end = (int(each) for each in pair)
    if not (0 <= pick < picks and 0 <= end < ends):
        what = f"crossing {[pick, end]} is outside a fabric of {picks} picks x {ends} ends"
        raise TargetError(what, where=where, fix=f"give one from [0, 0] to [{picks - 1}, {ends - 1}]")
    if not layout.present[pick, end]:
        fix = f"give one that there is; the nearest is {[*layout.nearest(pick, end)]}"
        raise TargetError(f"crossing {[pick, end]} is cut away", where=where, fix=fix)
    if scene.bundling is None:
        return pick, end
    bundles = scene.bundling.crossing(pick, end)
    if (middle := scene.bundling.middle(*bundles)) != (pick, end):
        what = f"crossing {[pick, end]} is not in the middle of the bundles that are simulated"
        raise TargetError(what, where=where, fix=f"give one that is; the nearest is {[*middle]}")
    return bundles


def _interpolated(clock: np.ndarray, track: np.ndarray, at: np.ndarray, gap: float) -> np.ndarray:
    """[n, 3] a marker's track, samples [k, 3] at `clock`, at other times; nan beyond it and within gaps."""
    after = np.clip(np.searchsorted(clock, at), 0, len(clock) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(clock[before] - at) < np.abs(clock[after] - at), before, after)
    width = clock[after] - clock[before]
    share = np.clip((at - clock[before]) / np.where(width > 0.0, width, 1.0), 0.0, 1.0)[:, None]
    joined = (1.0 - share) * track[before] + share * track[after]
    joined[(at < clock[before]) | (at > clock[after]) | (width > gap)] = np.nan
    same = np.abs(clock[nearest] - at) <= SAME_TIME
    joined[same] = track[nearest[same]]
    return joined
