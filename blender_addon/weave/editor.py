"""The draft editor: a sheet over the 3D view that one paints on.

It is a gizmo, so that Blender itself finds out what the mouse is over: clicks on the sheet are the editor's, all others
go where they always do, and nothing runs between strokes.
"""

from __future__ import annotations

from dataclasses import dataclass

import blf
import bpy
import gpu
import numpy as np
from bpy.types import Gizmo, GizmoGroup
from gpu_extras.presets import draw_texture_2d

from warp_fabric import DraftError
from warp_fabric.srgb import to_linear

from ..fabric.active import active_settings
from ..fabric.design.weave_text import Weave
from ..fabric.design.yarn_list import colors
from .canvas import LINE, PAD, Layout, describe, lay_out, sheet

KEYMAP = "Weave Editor"
NAVIGATION = 100
"""Pixels at the right edge in which Blender has its own gizmos."""
HINT = "Click or drag to paint.  1-9: yarn,  right click: pick up a yarn,  Esc: close"

_LINEAR = to_linear(np.arange(256) / 255).astype(np.float32)
"""Of each byte of sRGB the linear value, which a region is drawn in."""

_open: set[int] = set()
"""Areas in which the editor is open, by their pointers, which stay the same until the area is gone."""
_textures: dict[int, tuple[tuple, gpu.types.GPUTexture]] = {}
"""For each area the sheet as it was last drawn, and what it is of."""
_hovered: dict[int, tuple[str, int, int] | None] = {}
"""For each area what the mouse is over."""


def is_open(context: bpy.types.Context) -> bool:
    return context.area is not None and context.area.as_pointer() in _open


def toggle(context: bpy.types.Context) -> None:
    """Open the editor in this area, or close it."""
    pointer = context.area.as_pointer()
    if pointer in _open:
        _open.discard(pointer)
        _textures.pop(pointer, None)
        _hovered.pop(pointer, None)
    else:
        _open.add(pointer)
        context.space_data.show_gizmo = True
    context.area.tag_redraw()


def redraw(context: bpy.types.Context) -> None:
    """Show an edit wherever the weave is seen."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


@dataclass(frozen=True)
class View:
    """The sheet of a weave in a region: its layout and the region's pixel at its upper left corner."""

    weave: Weave
    layout: Layout
    left: int
    top: int

    def place(self, x: float, y: float) -> tuple[str, int, int] | None:
        """(area, row, column) at a pixel of the region; None off the sheet or between its areas."""
        return self.layout.hit(x - self.left, self.top - y)

    def covers(self, x: float, y: float) -> bool:
        return 0 <= x - self.left < self.layout.width and 0 <= self.top - y < self.layout.height


def view(context: bpy.types.Context) -> View | None:
    """The sheet as it lies in this area; None where the weave's text is damaged."""
    settings = active_settings(context)
    try:
        weave = Weave.from_text(settings.weave.text)
    except DraftError:
        return None
    scale = interface_scale(context)
    left, bottom, right, top = room(context.area)
    left, top, right = left + round(PAD * scale), top - round(PAD * scale), right - round(NAVIGATION * scale)
    bottom += round(LINE * scale)  # for the line of text
    layout = lay_out(weave, right - left, top - bottom, len(settings.yarns), scale)
    return View(weave, layout, left + max(0, (right - left - layout.width) // 2), top)


def under_mouse(context: bpy.types.Context, event: bpy.types.Event) -> tuple[Weave, str, int, int] | None:
    """The weave, and the area, row and column that the mouse is in; None off the sheet or between its areas."""
    shown = view(context)
    place = None if shown is None else shown.place(event.mouse_region_x, event.mouse_region_y)
    return None if shown is None or place is None else (shown.weave, *place)


def interface_scale(context: bpy.types.Context) -> float:
    """How large the user has Blender's interface; without a window it is 0, here 1."""
    return context.preferences.system.ui_scale or 1.0


def room(area: bpy.types.Area) -> tuple[int, int, int, int]:
    """Left, bottom, right, top of the part of the area's main region that no other region covers."""
    main = next(region for region in area.regions if region.type == "WINDOW")
    left, bottom, right, top = 0, 0, main.width, main.height
    for region in area.regions:
        if region.type == "UI":
            right = min(right, region.x - main.x)
        elif region.type == "TOOLS":
            left = max(left, region.x + region.width - main.x)
        elif region.type in ("HEADER", "TOOL_HEADER") and region.height > 1:
            if region.y > main.y + main.height // 2:
                top = min(top, region.y - main.y)
            else:
                bottom = max(bottom, region.y + region.height - main.y)
    return (left, bottom, right, top) if right - left > 1 else (0, bottom, main.width, top)


class FABRIC_GT_weave_sheet(Gizmo):
    bl_idname = "FABRIC_GT_weave_sheet"

    def draw(self, context):
        shown = view(context)
        if shown is None:
            return
        settings, pointer = active_settings(context), context.area.as_pointer()
        key = (settings.weave.text, settings.weave.view, colors(settings), settings.active_yarn, shown.layout)
        if pointer not in _textures or _textures[pointer][0] != key:
            picture = sheet(shown.weave, shown.layout, colors(settings), settings.weave.view, settings.active_yarn)
            _textures[pointer] = key, _texture(picture)
        width, height = shown.layout.width, shown.layout.height
        draw_texture_2d(_textures[pointer][1], (shown.left, shown.top - height), width, height)
        place = _hovered.get(pointer)
        names = tuple(yarn.name for yarn in settings.yarns)
        _write(
            HINT if place is None or not shown.layout.has(*place) else describe(shown.weave, place, names),
            shown.left,
            shown.top - height,
            interface_scale(context),
        )

    def test_select(self, context, location):
        shown = view(context)
        if shown is None or not shown.covers(*location):
            place, part = None, -1
        else:
            place, part = shown.place(*location), 0
        if _hovered.get(context.area.as_pointer()) != place:
            _hovered[context.area.as_pointer()] = place
            context.region.tag_redraw()
        return part


class FABRIC_GGT_weave_editor(GizmoGroup):
    bl_idname = "FABRIC_GGT_weave_editor"
    bl_label = KEYMAP
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"PERSISTENT", "SHOW_MODAL_ALL"}

    @classmethod
    def poll(cls, context):
        return is_open(context)

    @classmethod
    def setup_keymap(cls, keyconfig):
        """Keys that the sheet takes while the mouse is over it."""
        keymap = keyconfig.keymaps.new(name=KEYMAP, space_type="VIEW_3D", region_type="WINDOW")
        items = keymap.keymap_items
        items.new("gizmogroup.gizmo_tweak", "LEFTMOUSE", "PRESS", any=True)
        items.new("fabric.weave_pick_yarn", "RIGHTMOUSE", "PRESS")
        items.new("fabric.weave_edit", "ESC", "PRESS")
        for number, key in enumerate(("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")):
            items.new("fabric.weave_brush", key, "PRESS").properties.yarn = number
        return keymap

    def setup(self, context):
        gizmo = self.gizmos.new(FABRIC_GT_weave_sheet.bl_idname)
        gizmo.use_draw_modal = True
        gizmo.use_tooltip = False  # it would hide cells
        gizmo.target_set_operator("fabric.weave_stroke")


def _texture(picture: np.ndarray) -> gpu.types.GPUTexture:
    height, width = picture.shape[:2]
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = _LINEAR[np.round(255 * picture[::-1]).astype(np.uint8)]  # textures count from the lowest row
    buffer = gpu.types.Buffer("FLOAT", pixels.size, pixels.ravel())
    return gpu.types.GPUTexture((width, height), format="RGBA16F", data=buffer)


def _write(text: str, left: int, top: int, scale: float) -> None:
    blf.size(0, 12 * scale)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 3, 0.0, 0.0, 0.0, 0.9)
    blf.color(0, 1.0, 1.0, 1.0, 1.0)
    blf.position(0, left, top - round(18 * scale), 0)
    blf.draw(0, text)
    blf.disable(0, blf.SHADOW)


CLASSES = (FABRIC_GT_weave_sheet, FABRIC_GGT_weave_editor)


def detach() -> None:
    _open.clear()
    _textures.clear()
    _hovered.clear()
    for keyconfig in bpy.context.window_manager.keyconfigs:
        keymap = keyconfig.keymaps.get(KEYMAP)
        if keymap is not None:
            keyconfig.keymaps.remove(keymap)
