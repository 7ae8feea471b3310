"""Panels drawn without a window: a layout that checks what it is given, as Blender does, and remembers it."""

from __future__ import annotations

from types import SimpleNamespace

import bpy

_ICONS = {each.identifier for each in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items}
_BOXES = ("row", "column", "box", "split", "column_flow", "grid_flow")


class Layout:
    """What a draw function is given in place of a `UILayout`.

    Attributes:
        said: Texts of labels, and names of properties, operators and lists, in the order drawn.
    """

    def __init__(self, said: list[str] | None = None) -> None:
        self.said: list[str] = [] if said is None else said

    def __getattr__(self, name: str):
        if name in _BOXES:
            return lambda **_: Layout(self.said)
        if name in ("separator", "template_preview", "separator_spacer"):
            return lambda **_: None
        raise AttributeError(name)

    def label(self, text: str = "", icon: str = "NONE", **_) -> None:
        assert icon in _ICONS, icon
        self.said.append(text)

    def prop(self, data, name: str, text: str | None = None, icon: str = "NONE", **_) -> None:
        assert icon in _ICONS, icon
        assert name in data.bl_rna.properties, f"{data} has no {name}"
        self.said.append(name)

    def prop_search(self, data, name: str, source, collection: str, **_) -> None:
        assert name in data.bl_rna.properties, name
        assert collection in source.bl_rna.properties, collection
        self.said.append(name)

    def operator(self, name: str, text: str = "", icon: str = "NONE", **_) -> SimpleNamespace:
        assert icon in _ICONS, icon
        topic, _dot, verb = name.partition(".")
        assert hasattr(bpy.types, f"{topic.upper()}_OT_{verb}"), name
        self.said.append(name)
        return SimpleNamespace()

    def menu(self, name: str, icon: str = "NONE", **_) -> None:
        assert icon in _ICONS, icon
        assert hasattr(bpy.types, name), name
        self.said.append(name)

    def progress(self, factor: float = 0.0, text: str = "", **_) -> None:
        assert 0.0 <= factor <= 1.0, factor
        self.said.append(text)

    def template_list(self, kind: str, _id: str, data, name: str, active, active_name: str, **_) -> None:
        """Also draws each item."""
        assert active_name in active.bl_rna.properties, active_name
        self.said.append(kind)
        for index, item in enumerate(getattr(data, name)):
            draw = getattr(bpy.types, kind).draw_item
            draw(None, bpy.context, self, data, item, 0, active, active_name, index, 0)


def drawn(panel: str) -> list[str]:
    """What a panel draws now."""
    kind, layout = getattr(bpy.types, panel), Layout()
    if not hasattr(kind, "poll") or kind.poll(bpy.context):
        kind.draw(SimpleNamespace(layout=layout), bpy.context)
    return layout.said
