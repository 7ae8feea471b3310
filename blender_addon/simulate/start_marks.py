"""Crossings that start inside obstacles or other fabrics: told, and marked in the viewport at the start frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from warp_fabric import Scene
from warp_fabric.scene.panels_inside import overlaps
from warp_fabric.scene.starting_inside import AXES, Inside, crossings_inside, moving, starting

from ..fabric.scene.colliders import colliders
from ..fabric.scene.environment import checked_frame, metres
from ..handler_lists import add_handler, remove_handler

COLOR, SIZE = (1.0, 0.15, 0.1, 1.0), 7.0
"""Of a mark: red, and in pixels."""


@dataclass(frozen=True, eq=False)
class Marks:
    """What of a fabric, or of several that are simulated together, starts inside something.

    Attributes:
        frame: The scene's start frame. points: [N, 3] crossings in the coordinates of the fabric that leads.
        lines: In words, one for each obstacle. bodies: Session uids of these and of the other fabrics: when one moves,
            nobody knows any more.
    """

    frame: int
    points: np.ndarray
    lines: list[str]
    bodies: frozenset[int]


_marks: dict[int, Marks] = {}
"""By session uid of the fabric."""
_handler: object | None = None


def mark(
    obj: bpy.types.Object, context: bpy.types.Context, scene: Scene, beside: Sequence[bpy.types.Object] = ()
) -> list[str]:
    """Mark the crossings that start inside obstacles or another fabric, and say which these are; nothing where there
    are none.

    Args:
        obj: The fabric. scene: As it is simulated, of the obstacles that there are now.
        beside: The fabrics that are simulated with it.

    Raises:
        SceneError: where a mesh cannot be read.
    """
    _marks.pop(obj.session_uid, None)
    axes = checked_frame(obj, np.array(obj.matrix_world), metres(context))
    directions, met = np.asarray(AXES @ axes, float), colliders(context, obj.fabric.collision)
    points, lines, bodies = [np.zeros((0, 3))], [], {each.session_uid for each in beside}
    for of, part in zip((obj, *beside), scene.parts):
        for each in crossings_inside(part, directions):
            points.append(part.build().position[each.crossings[:, 0], each.crossings[:, 1]])
            line = _line(each, met[each.obstacle].name, axes)
            lines.append(f"{of.name}: {line}" if beside else line)
            bodies.add(met[each.obstacle].obj.session_uid)
    fabrics = (obj, *beside)
    for each in overlaps(scene):
        points.append(scene.parts[each.second].build().position[each.crossings[:, 0], each.crossings[:, 1]])
        first, second = fabrics[each.first], fabrics[each.second]
        lines.append(f"{second.name}: {starting(each.inside)} inside {first.name}: move one of them")
        bodies.add(obj.session_uid)
    if lines:
        frame = context.scene.frame_start
        _marks[obj.session_uid] = Marks(frame, np.concatenate(points), lines, frozenset(bodies))
    _draw_again()
    return lines_of(obj)


def lines_of(obj: bpy.types.Object) -> list[str]:
    """What was said of a fabric when it was last looked at, unless something has moved since."""
    found = _marks.get(obj.session_uid)
    return found.lines if found else []


def _line(found: Inside, name: str, axes: np.ndarray) -> str:
    return f"{starting(len(found.crossings))} inside {name}: {moving(found.shift, axes)}"


def shown_points(scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> np.ndarray:
    """[N, 3] in the world, of all fabrics that are marked at the scene's present frame."""
    found = [np.zeros((0, 3))]
    for obj in layer.objects if _marks else ():
        marks = _marks.get(obj.session_uid)
        if marks and marks.frame == scene.frame_current and obj.visible_get():
            matrix = np.array(obj.matrix_world)
            found.append(marks.points @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(found)


def _draw() -> None:
    points = shown_points(bpy.context.scene, bpy.context.view_layer)
    if not len(points):
        return
    try:
        shader = gpu.shader.from_builtin("POINT_UNIFORM_COLOR")
    except ValueError:  # Blender before 4.5
        shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.bind()
    shader.uniform_float("color", COLOR)
    gpu.state.point_size_set(SIZE)
    gpu.state.depth_test_set("NONE")
    batch_for_shader(shader, "POINTS", {"pos": points.astype(np.float32)}).draw(shader)


@bpy.app.handlers.persistent
def _moved(_scene: bpy.types.Scene, graph: bpy.types.Depsgraph) -> None:
    """Marks go when an obstacle is moved or bent."""
    if not _marks:
        return
    changed = {each.id.original.session_uid for each in graph.updates if each.is_updated_transform}
    for uid in [uid for uid, marks in _marks.items() if marks.bodies & changed]:
        del _marks[uid]


@bpy.app.handlers.persistent
def _opened(*_) -> None:
    _marks.clear()


def _draw_again() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def attach() -> None:
    global _handler
    _handler = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")
    add_handler("depsgraph_update_post", _moved)
    add_handler("load_post", _opened)


def detach() -> None:
    global _handler
    if _handler is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handler, "WINDOW")
        _handler = None
    remove_handler("load_post", _opened)
    remove_handler("depsgraph_update_post", _moved)
    _marks.clear()
