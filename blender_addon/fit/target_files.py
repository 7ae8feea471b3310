"""What was observed in Blender's scene as files for `warp-fabric fit`, in metres and in the fabric's own frame."""

from __future__ import annotations

import csv
from pathlib import Path

import bpy
import numpy as np

from warp_fabric import Scene, TargetError
from warp_fabric.fabric import Fabric

from ..fabric.scene.sampling import sampled, world
from .curve_crossings import NEAR, curve_crossings
from .marker_crossings import marker_crossings
from .shapes import Shape, points_of, shape_of, together
from .target_objects import target_objects

IMPORTED = (".usd", ".usda", ".usdc", ".usdz", ".abc", ".fbx", ".gltf", ".glb")


def write_target(obj: bpy.types.Object, scene: Scene, context: bpy.types.Context, folder: Path) -> str:
    """Write the target that a fabric's fit settings name, at the scene's frames.

    Where it is known which of its points are crossings (markers, another fabric, an export that was imported again,
    other curves that are the yarns), these are compared, else the cloth's surface and the points closest to it.

    Returns:
        What to give to `--target`, from within the folder.

    Raises:
        TargetError, SceneError: where there is none, or nothing to compare with in it.
        OSError: where it cannot be written.
    """
    fit = obj.fabric.fit
    if fit.kind == "FILE":
        path = Path(bpy.path.abspath(fit.path))
        if not fit.path or not path.exists():
            raise TargetError("there is no such file", where=fit.path or "Target", fix="choose a file in the Fit panel")
        if path.suffix.lower() in IMPORTED:
            fix = "import it (File > Import), and choose what is imported as target of the kind Object"
            raise TargetError("a file of this kind is read by Blender", where=str(path), fix=fix)
        options = ",rest=yes" if scene.time.integrator == "static" else ""  # which is compared with its last frame
        if path.is_dir():  # of .obj files, which do not say when they are
            options += f",frames_per_second={scene.time.frames_per_second!r}"
        return f"{path.absolute()}{options}"  # the fit runs in a folder of its own
    return _Observed(obj, scene, context).written(folder)


class _Observed:
    """Objects at the scene's frames, in the fabric's frame."""

    def __init__(self, obj: bpy.types.Object, scene: Scene, context: bpy.types.Context) -> None:
        self.context, self.fabric, self.rate = context, scene.build(), scene.time.frames_per_second
        start = context.scene.frame_start
        self.frames = range(start, start + scene.time.frame_count + 1)
        self.objects = target_objects(obj, obj.fabric.fit)
        self.into = np.linalg.inv(sampled(context, [obj], self.frames[:1], world)[obj][0])

    def written(self, folder: Path) -> str:
        spacing = min(self.fabric.end_spacing, self.fabric.pick_spacing)
        if self.objects[0].type == "EMPTY":
            points, names = self._points(), [each.name for each in self.objects]
            crossings = marker_crossings(names, points[0], self.fabric.position, spacing)
            return self._write_markers(folder, points, np.array(crossings))
        first = sampled(self.context, self.objects, self.frames[:1], shape_of)
        shape = together([each for (each,) in first.values()])
        if not len(shape.faces) and not shape.lines:
            fix = "choose the surface of the cloth as a mesh, or curves"
            raise TargetError("it has neither faces nor curves to compare with", where=self.objects[0].name, fix=fix)
        points, layout = self._points(), self.fabric.layout
        shift = _grid_shift(self.fabric, shape, points[0])
        if shift is not None:
            return self._write_markers(folder, points - shift, layout.crossing)
        on = None
        if not len(shape.faces):
            on = curve_crossings(self.fabric, [points[0][line] for line in shape.lines], shape.yarns)
        if on is None:
            return self._write_mesh(folder, points, shape)
        found = layout.packed(np.array([on.positions(frame) for frame in points]), 1)
        seen = np.isfinite(found[0]).all(axis=-1)
        return self._write_markers(folder, found[:, seen], layout.crossing[seen])

    def _points(self) -> np.ndarray:
        """[T, n, 3] points of all objects [m]."""
        kept = sampled(self.context, self.objects, self.frames, points_of)
        for each, seen in kept.items():
            for frame, points in zip(self.frames, seen):
                if len(points) != len(seen[0]):
                    what = f"it has {len(seen[0])} points at frame {self.frames[0]} and {len(points)} at frame {frame}"
                    fix = "choose an object whose points stay the same ones"
                    raise TargetError(what, where=each.name, fix=fix)
        return (
            np.concatenate([np.array(seen) for seen in kept.values()], axis=1) @ self.into[:3, :3].T + self.into[:3, 3]
        )

    def _time(self) -> np.ndarray:
        return np.arange(len(self.frames)) / self.rate

    def _write_markers(self, folder: Path, points: np.ndarray, crossings: np.ndarray) -> str:
        """Write what is seen [T, n, 3] of crossings [n, 2]."""
        path = folder / "target.csv"
        names = [f"{pick}:{end}" for pick, end in crossings.tolist()]
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("time", "id", "x", "y", "z"))
            for at, frame in zip(self._time().tolist(), points.tolist()):
                writer.writerows((repr(at), name, *map(repr, point)) for name, point in zip(names, frame))
        return path.name

    def _write_mesh(self, folder: Path, points: np.ndarray, shape: Shape) -> str:
        """Write what is seen [T, n, 3] for a comparison by closest points."""
        path, options, faces = folder / "target.npz", "", shape.faces
        if not len(faces):  # of curves, only points count: on the cloth, wherever they are
            options = ",direction=to_cloth"
            faces = np.concatenate([np.stack([line[:-1], line[1:], line[1:]], axis=1) for line in shape.lines])
        np.savez(path, vertices=points, faces=faces, time=self._time())
        return f"{path.name}{options}"


def _grid_shift(fabric: Fabric, shape: Shape, points: np.ndarray) -> np.ndarray | None:
    """Whether a surface's points [n, 3] at first are crossings in their order, as those of a fabric or of its USD are:
    it has as many of them, in a grid, and they fit the cloth at rest better as they are than turned over.

    Returns:
        [3] how far from the fabric they are, 0 where they are on it; None where they are no crossings.
    """
    layout = fabric.layout
    rest, (picks, ends) = layout.packed(fabric.position), layout.shape
    if len(points) != layout.count or len(shape.faces) != 2 * len(layout.quads):
        return None
    shift = points.mean(axis=0) - rest.mean(axis=0)
    number = np.where(layout.present, layout.node, 0)
    turned = [number, number[::-1], number[:, ::-1], number[::-1, ::-1]]
    if picks == ends:
        turned += [each.T for each in turned]
    orders = [layout.packed(each) for each in turned]  # of what was cut, some are only nearly turned over
    if np.argmin([np.linalg.norm(points[order] - shift - rest) for order in orders]) != 0:
        return None
    near = NEAR * min(fabric.end_spacing, fabric.pick_spacing)
    beside = np.linalg.norm(shift) > near and np.linalg.norm(points - shift - rest, axis=-1).mean() < near
    return shift if beside else np.zeros(3)
