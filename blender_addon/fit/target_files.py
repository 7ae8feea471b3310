"""What was observed in Blender's scene as files for `warp-fabric fit`, in metres and in the fabric's own frame."""

from __future__ import annotations

import csv
from pathlib import Path

import bpy
import numpy as np

from warp_fabric import Scene, TargetError


def write_target(obj: bpy.types.Object, scene: Scene, context: bpy.types.Context, folder: Path) -> str:
    """Write the target that a fabric's fit settings name, at the scene's frames.

    Returns:
        What to give to `--target`, from within the folder.

    Raises:
        TargetError: where there is none, or nothing to compare with in it.
        OSError: where it cannot be written.
    """
    fit = obj.fabric.fit
    if fit.kind == "FILE":
        path = Path(bpy.path.abspath(fit.path))
        if not fit.path or not path.exists():
            raise TargetError("there is no such file", where=fit.path or "Target", fix="choose a file in the Fit panel")
        return str(path.absolute())  # the fit runs in a folder of its own
    tracked = _marker_empties(fit)
    if not tracked and fit.kind == "COLLECTION":
        raise TargetError("no collection with empties is chosen", where="Target", fix="choose one in the Fit panel")
    if not tracked and fit.target is None:
        raise TargetError("no target is chosen", where="Target", fix="choose an object in the Fit panel")
    if not tracked and fit.target.type == "EMPTY":
        fix = "parent the marker empties to it, or choose another object"
        raise TargetError("it has no empties as children", where=fit.target.name, fix=fix)
    if fit.target == obj and not tracked:
        raise TargetError("a fabric cannot be its own target", where=obj.name, fix="choose another object")
    time, points = _sampled(obj, tracked or [fit.target], scene, context)
    if tracked:
        return _write_markers(folder / "target.csv", time, points, [each.name for each in tracked])
    if _are_crossings(fit.target, points[0], scene.build().position, context):
        names = [f"{pick}:{end}" for pick in range(scene.fabric.picks) for end in range(scene.fabric.ends)]
        return _write_markers(folder / "target.csv", time, points, names)
    return _write_mesh(folder / "target.npz", time, points, fit.target, context)


def _marker_empties(fit) -> list[bpy.types.Object]:
    """Empties to take as markers: those of the collection, or the children of the chosen object."""
    if fit.kind == "COLLECTION":
        candidates = fit.markers.all_objects if fit.markers else ()
    else:
        candidates = fit.target.children if fit.target else ()
        if fit.target is not None and fit.target.type in ("MESH", "CURVES"):  # it is the target itself
            return []
    return [each for each in candidates if each.type == "EMPTY"]


def _sampled(
    obj: bpy.types.Object, targets: list[bpy.types.Object], scene: Scene, context: bpy.types.Context
) -> tuple[np.ndarray, np.ndarray]:
    """Times [T] s and points [T, n, 3] m of targets at the scene's frames; the user's frame stays."""
    timeline, rate = context.scene, scene.time.frames_per_second
    here, part = timeline.frame_current, timeline.frame_subframe
    frames = range(timeline.frame_start, timeline.frame_start + scene.time.frame_count + 1)
    kept, into = [], np.eye(4)
    try:
        for frame in frames:
            timeline.frame_set(frame)
            graph = context.evaluated_depsgraph_get()
            if frame == frames[0]:
                into = np.linalg.inv(np.array(obj.evaluated_get(graph).matrix_world))
            kept.append(np.concatenate([_points(each, graph) for each in targets]))
            if len(kept[-1]) != len(kept[0]):
                what = f"it has {len(kept[0])} points at frame {frames[0]} and {len(kept[-1])} at frame {frame}"
                fix = "choose an object whose points stay the same ones"
                raise TargetError(what, where=targets[0].name, fix=fix)
    finally:
        timeline.frame_set(here, subframe=part)
    points = np.array(kept) @ into[:3, :3].T + into[:3, 3]
    return np.arange(len(points)) / rate, points


def _points(target: bpy.types.Object, graph: bpy.types.Depsgraph) -> np.ndarray:
    """[n, 3] points of an object in the world, as it is evaluated now: vertices, points of curves, or its origin."""
    found = target.evaluated_get(graph)
    world = np.array(found.matrix_world)
    if target.type == "EMPTY":
        return world[None, :3, 3]
    if target.type not in ("MESH", "CURVES"):
        fix = "choose a mesh, hair curves, or empties; other objects can be converted to meshes"
        raise TargetError(f"nothing to compare with is in an object of type {target.type}", where=target.name, fix=fix)
    attribute = found.data.attributes.get("position")
    if attribute is None or not len(attribute.data):
        raise TargetError("it has no points", where=target.name, fix="choose an object that has some")
    local = np.empty(3 * len(attribute.data), np.float32)
    attribute.data.foreach_get("vector", local)
    return local.reshape(-1, 3).astype(float) @ world[:3, :3].T + world[:3, 3]


def _are_crossings(target: bpy.types.Object, points: np.ndarray, rest: np.ndarray, context: bpy.types.Context) -> bool:
    """Whether an object's points [n, 3] are crossings in their order, as those of a fabric or of its USD are: it has as
    many of them, in a grid, which fits the cloth at rest [picks, ends, 3] better as it is than turned over."""
    picks, ends = rest.shape[:2]
    data = target.evaluated_get(context.evaluated_depsgraph_get()).data
    is_grid = len(data.polygons) == (picks - 1) * (ends - 1) if target.type == "MESH" else len(data.curves) == picks
    if len(points) != picks * ends or not is_grid:
        return False
    grid = points.reshape(picks, ends, 3)
    turned = [grid, grid[::-1], grid[:, ::-1], grid[::-1, ::-1]]
    if picks == ends:
        turned += [each.swapaxes(0, 1) for each in turned]
    return int(np.argmin([np.linalg.norm(each - rest) for each in turned])) == 0


def _write_markers(path: Path, time: np.ndarray, points: np.ndarray, names: list[str]) -> str:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("time", "id", "x", "y", "z"))
        for at, frame in zip(time.tolist(), points.tolist()):
            writer.writerows((repr(at), name, *map(repr, point)) for name, point in zip(names, frame))
    return path.name


def _write_mesh(
    path: Path, time: np.ndarray, points: np.ndarray, target: bpy.types.Object, context: bpy.types.Context
) -> str:
    faces = _faces(target, context)
    if not len(faces):
        fix = "choose the surface of the cloth as a mesh"
        raise TargetError("it has no faces to compare with", where=target.name, fix=fix)
    np.savez(path, vertices=points, faces=faces, time=time)
    return path.name


def _faces(target: bpy.types.Object, context: bpy.types.Context) -> np.ndarray:
    """[F, 3] triangles of a mesh object as it is evaluated."""
    if target.type != "MESH":
        return np.empty((0, 3), np.int32)
    mesh = target.evaluated_get(context.evaluated_depsgraph_get()).data
    mesh.calc_loop_triangles()
    faces = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", faces)
    return faces.reshape(-1, 3)
