"""A 3D view with the draft editor open in it, and strokes of the mouse on its sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import bpy
import pytest


@pytest.fixture
def view3d(addon) -> Iterator[bpy.types.Context]:
    """The context of a 3D view."""
    area = next(area for area in bpy.context.window.screen.areas if area.type == "VIEW_3D")
    with bpy.context.temp_override(area=area):
        yield bpy.context


@pytest.fixture
def open_editor(view3d) -> bpy.types.Context:
    """The context of a 3D view with the editor open."""
    bpy.ops.fabric.weave_edit()
    return view3d


@pytest.fixture
def stroke(open_editor) -> Callable:
    """`stroke(area, first, *others, end="LEFTMOUSE")`: drag over cells; gives what the operator said last."""
    from blender_addon.weave import editor
    from blender_addon.weave.stroke import FABRIC_OT_weave_stroke as Stroke

    def drag(area: str, *cells: tuple[int, int], end: str = "LEFTMOUSE") -> set[str]:
        context = SimpleNamespace(
            area=open_editor.area,
            scene=open_editor.scene,
            mode=open_editor.mode,
            object=None,
            view_layer=open_editor.view_layer,
            preferences=open_editor.preferences,
            window_manager=SimpleNamespace(
                modal_handler_add=lambda _: True, windows=open_editor.window_manager.windows
            ),
        )
        running = SimpleNamespace(report=lambda kind, text: pytest.fail(text))
        running.paint = lambda context: Stroke.paint(running, context)
        for number, cell in enumerate(cells):
            shown = editor.view(open_editor)
            x, y = shown.layout.middle(area, *cell)
            event = SimpleNamespace(
                type="MOUSEMOVE" if number else "LEFTMOUSE",
                value="NOTHING" if number else "PRESS",
                mouse_region_x=round(shown.left + x),
                mouse_region_y=round(shown.top - y),
            )
            result = (Stroke.modal if number else Stroke.invoke)(running, context, event)
            if result != {"RUNNING_MODAL"}:
                return result
        return Stroke.modal(running, context, SimpleNamespace(type=end, value="RELEASE"))

    return drag
