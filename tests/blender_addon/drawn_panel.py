"""Panels drawn without a window: into a layout that checks and remembers what it is given."""

from __future__ import annotations

import types

import bpy

ICONS = {*bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys()}


class RecordedLayout:
    """Stands for `bpy.types.UILayout`: names of operators, properties, icons, menus and panels must exist.

    Attributes:
        texts: All that can be read, in order.
        buttons: (operator, its properties that were set), in order.
        props: Names of the properties that are shown.
        said: Texts of labels and names of properties, operators, menus and lists, in order.
    """

    def __init__(self, parent: RecordedLayout | None = None) -> None:
        own = parent is None
        self.texts: list[str] = [] if own else parent.texts
        self.buttons: list[tuple[str, dict]] = [] if own else parent.buttons
        self.props: list[str] = [] if own else parent.props
        self.said: list[str] = [] if own else parent.said

    def _nested(self, **_: object) -> RecordedLayout:
        return RecordedLayout(self)

    row = column = box = grid_flow = column_flow = split = _nested

    def separator(self, **_: object) -> None:
        pass

    def template_preview(self, data, **_: object) -> None:
        assert isinstance(data, bpy.types.ID)

    def label(self, text: str = "", icon: str = "NONE", icon_value: int = 0) -> None:
        assert icon in ICONS, icon
        self.texts.append(text)
        self.said.append(text)

    def prop(self, data, name: str, text: str | None = None, icon: str = "NONE", **_: object) -> None:
        assert icon in ICONS, icon
        described = data.bl_rna.properties[name]
        self.props.append(name)
        self.said.append(name)
        self.texts.append(described.name if text is None else text)

    def prop_search(self, data, name: str, source, collection: str, **words) -> None:
        assert collection in source.bl_rna.properties, collection
        self.prop(data, name, **words)

    def operator(self, name: str, text: str | None = None, icon: str = "NONE", **_: object) -> _Properties:
        assert icon in ICONS, icon
        group, _, verb = name.partition(".")
        kind = getattr(getattr(bpy.ops, group), verb).get_rna_type()
        self.texts.append(kind.name if text is None else text)
        given: dict = {}
        self.buttons.append((name, given))
        self.said.append(name)
        return _Properties(kind, given)

    def menu(self, name: str, text: str | None = None, icon: str = "NONE", **_: object) -> None:
        assert icon in ICONS, icon
        self.said.append(name)
        self.texts.append(getattr(bpy.types, name).bl_label if text is None else text)

    popover = menu

    def template_icon(self, icon_value: int, scale: float = 1.0) -> None:
        assert isinstance(icon_value, int)

    def template_list(self, kind: str, key: str, data, name: str, active_data, active: str, **_: object) -> None:
        assert {name} <= {*data.bl_rna.properties.keys()}
        assert {active} <= {*active_data.bl_rna.properties.keys()}
        self.props.append(name)
        self.said.append(kind)
        for index, item in enumerate(getattr(data, name)):
            draw = getattr(bpy.types, kind).draw_item
            draw(None, bpy.context, self, data, item, 0, active_data, active, index, 0)

    def progress(self, factor: float = 0.0, text: str = "", **_: object) -> None:
        assert 0.0 <= factor <= 1.0, factor
        self.texts.append(text)
        self.said.append(text)


class _Properties:
    """An operator's, which a panel sets."""

    __slots__ = ("_kind", "given")

    def __init__(self, kind: bpy.types.Struct, given: dict) -> None:
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "given", given)

    def __setattr__(self, name: str, value: object) -> None:
        assert name in self._kind.properties, f"{self._kind.name} has no property {name}"
        self.given[name] = value


class _Panel:
    """A panel of a kind: Blender makes real ones only for its windows."""

    def __init__(self, kind: type, layout: RecordedLayout) -> None:
        self.kind, self.layout = kind, layout

    def __getattr__(self, name: str):
        found = getattr(self.kind, name)
        return types.MethodType(found, self) if isinstance(found, types.FunctionType) else found


def drawn(panel: type | str, context: bpy.types.Context | None = None) -> RecordedLayout:
    """What a panel or menu, or the one of that name, draws now."""
    kind, layout = getattr(bpy.types, panel) if isinstance(panel, str) else panel, RecordedLayout()
    kind.draw(_Panel(kind, layout), context or bpy.context)
    return layout
