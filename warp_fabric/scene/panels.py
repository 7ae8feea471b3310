"""Panels: several fabrics in one scene, the scene of each by itself, and arrays of all their crossings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, fields, make_dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from warp_fabric.checks import Settings, checked, optional, shown, suggestion, text
from warp_fabric.errors import SceneError
from warp_fabric.scene.outlined import OUTLINE_KEYS, write_out_outline
from warp_fabric.scene.weaving import CRIMP_KEYS, WEAVE_KEYS, FabricSettings
from warp_fabric.scene.written_draft import write_out_draft

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene

UNCLEAR = set("./:[]\\")
"""What a panel's name cannot have: it is part of dotted keys and of paths in files."""


def _name(value: Any, key: str) -> str:
    name = text(value, key)
    if name != name.strip() or not name.isprintable() or UNCLEAR & set(name):
        fix = f'give a name without {" ".join(sorted(UNCLEAR))} and without spaces around it, such as "front"'
        raise SceneError(f"{shown(name)} cannot be a panel's name", where=key, fix=fix)
    return name


def _left_open(each: Any) -> tuple[str, Any, Any]:
    """A key of [fabric] as one that a panel may leave to it."""
    about = {key: value for key, value in each.metadata.items() if key != "learnt"}
    about |= {"check": optional(each.metadata["check"]), "absent": f"`fabric.{each.name}`"}
    return each.name, each.type, field(default=None, metadata=about)


OF_FABRIC = tuple(each.name for each in fields(FabricSettings))  # pyright: ignore[reportArgumentType]
"""The keys that panels have in common with [fabric]."""


class _Panel(Settings):
    section: ClassVar[str] = "panels"

    def __post_init__(self) -> None:
        super().__post_init__()
        if getattr(self, "draft", None):
            write_out_draft(self)
        write_out_outline(self)


_FIELDS = [("name", str, checked(_name, doc="what it is called")), *map(_left_open, fields(FabricSettings))]  # pyright: ignore[reportArgumentType]

Panel: Any = make_dataclass("Panel", _FIELDS, bases=(_Panel,), frozen=True, namespace={"__module__": __name__})
Panel.__doc__ = """One fabric of several in a scene: `Panel("front", ends=20, origin=[0, 0, 1])`.

    Attributes:
        name: What it is called.
        others: Those of `FabricSettings`; what is None is as the scene's `fabric` says.
    """


TOGETHER = (WEAVE_KEYS, CRIMP_KEYS, OUTLINE_KEYS)
"""Keys of which one that a panel gives stands in for all that [fabric] says."""


def gives(panel: Any, key: str) -> bool:
    """Whether a panel gives a key of [fabric] itself, or one that stands in for it."""
    alike = next((keys for keys in TOGETHER if key in keys), (key,))
    return any(getattr(panel, each, None) is not None for each in alike)


def fabric_of(fabric: FabricSettings, panel: Any) -> FabricSettings:
    """What is woven as a panel: what it says, and for the rest what [fabric] says. A weave, crimp or shape that a panel
    gives in any way stands in for all of the other; a shape says how many ends and picks, too.

    Raises:
        SceneError: where the two together are impossible.
    """
    said = {name: value for name in OF_FABRIC if (value := getattr(panel, name)) is not None}
    left = {name: getattr(fabric, name) for name in OF_FABRIC}
    for together in (WEAVE_KEYS, CRIMP_KEYS):
        if not said.keys().isdisjoint(together):
            left = {name: value for name, value in left.items() if name not in together}
    if not said.keys().isdisjoint(OUTLINE_KEYS):
        left = {name: value for name, value in left.items() if name not in (*OUTLINE_KEYS, "ends", "picks")}
    return FabricSettings(**{**left, **said})


def parts_of(scene: Scene) -> tuple[Scene, ...]:
    """The scene of each panel by itself, in their order.

    Raises:
        SceneError: where a panel is impossible, two have one name, or a pin is of no panel.
    """
    if not scene.panels:
        for k, pin in enumerate(scene.pins):
            if pin.panel is not None:
                fix = "leave it out, or add [[panels]] tables"
                raise SceneError("the scene has no panels", where=f"pins[{k}].panel", fix=fix)
        return ()
    names = [panel.name for panel in scene.panels]
    for k, name in enumerate(names):
        if name in names[:k]:
            what = f"a panel named {name!r} is there already"
            raise SceneError(what, where=f"panels[{k}].name", fix="give each panel a name of its own")
    for k, pin in enumerate(scene.pins):
        if pin.panel is None:
            fix = f'say whose crossing it is, such as panel = "{names[0]}"'
            raise SceneError("this key is missing", where=f"pins[{k}].panel", fix=fix)
        if pin.panel not in names:
            fix = suggestion(pin.panel, names, "there are")
            raise SceneError(f"there is no panel {pin.panel!r}", where=f"pins[{k}].panel", fix=fix)
    return tuple(_part(scene, k, pins) for k, pins in enumerate(pins_by_part(scene)))


def pins_by_part(scene: Scene) -> list[list[int]]:
    """The numbers of the scene's pins that each of its parts has, in order."""
    if not scene.panels:
        return [[*range(len(scene.pins))]]
    return [[n for n, pin in enumerate(scene.pins) if pin.panel == panel.name] for panel in scene.panels]


def of_which(scenes: Sequence[Scene]) -> list[str]:
    """What messages say of a place in each fabric: nothing of a single one, " of panel 'front'", or of those of several
    scenes " of fabric 1"."""
    if len(scenes) == 1 and scenes[0].panels:
        return [f" of panel {panel.name!r}" for panel in scenes[0].panels]
    count = sum(len(scene.parts) for scene in scenes)
    return [f" of fabric {k}" if count > 1 else "" for k in range(count)]


def _part(scene: Scene, k: int, numbers: list[int]) -> Scene:
    panel = scene.panels[k]
    try:
        fabric = fabric_of(scene.fabric, panel)
        pins = [replace(scene.pins[n], panel=None) for n in numbers]
        return replace(scene, fabric=fabric, pins=pins, panels=())
    except SceneError as error:
        where = _in_scene(error.where or "", panel, k, numbers)
        what = error.what if where.startswith("panels") else f"{error.what} (panel {panel.name!r})"
        raise SceneError(what, where=where, fix=error.fix) from error


def _in_scene(where: str, panel: Any, k: int, pins: Sequence[int]) -> str:
    """Where in the scene's file something is that is wrong in the scene of one of its panels."""
    table, _, key = where.partition(".")
    if table == "fabric" and gives(panel, key.partition("[")[0]):
        return f"panels[{k}].{key}"
    if table.startswith("pins["):
        return f"pins[{pins[int(table[5:-1])]}].{key}"
    return where


def gathered(scene: Scene, parts: Iterable[np.ndarray]) -> np.ndarray:
    """An array of all crossings, `[*scene.grid, ...]`, of those of each of the scene's parts, `[picks, ends, ...]`."""
    whole = np.concatenate([part.reshape(-1, *part.shape[2:]) for part in parts])
    return whole.reshape(*scene.grid, *whole.shape[1:])


def of_fabrics(scene: Scene, name: str) -> np.ndarray:
    """An array of all crossings, `[*scene.grid, ...]`, of what `Fabric` calls so, such as "slides"."""
    return gathered(scene, (getattr(part.build(), name) for part in scene.parts))


def crossings_present(scene: Scene) -> np.ndarray:
    """bool `[*scene.grid]`, which crossings there are."""
    return gathered(scene, (part.build().layout.present for part in scene.parts))


def joined(
    scene: Scene, parts: Sequence[Mapping[str, np.ndarray]], axis: int = 0, absent: float = 0.0
) -> dict[str, np.ndarray]:
    """Arrays of all crossings, `[..., *scene.grid, ...]`, from those of the scene's parts, `[..., picks, ends, ...]`.
    Without panels, those of the only part as they are.

    Args:
        axis: Where the crossings are. absent: What stands where a part lacks an array that another has.
    """
    if not scene.panels:
        return dict(parts[0])
    found = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        shape = next(part[name].shape for part in parts if name in part)
        found[name] = np.zeros((*shape[:axis], *scene.grid, *shape[axis + 2 :]))
        for whole, part in zip(parted(scene, found[name], axis), parts):
            whole[...] = part.get(name, absent)
    return found


def parted(scene: Scene, array: np.ndarray, axis: int = 0) -> list[np.ndarray]:
    """Views of each part's crossings, `[..., picks, ends, ...]`, in an array of all, `[..., *scene.grid, ...]`.

    Args:
        axis: Where the crossings are.
    """
    if not scene.panels:
        return [array]
    found, first = [], 0
    for part in scene.parts:
        count = math.prod(part.grid)
        some = array[(*axis * (slice(None),), slice(first, first + count))]
        shape = (*array.shape[:axis], *part.grid, *array.shape[axis + 1 :])
        view = some.view()
        view.shape = shape
        found.append(view)
        first += count
    return found


def split(scene: Scene, arrays: Mapping[str, np.ndarray], axis: int = 0) -> list[dict[str, np.ndarray]]:
    """Views of several such arrays, for each of the scene's parts; see `parted`."""
    views = {name: parted(scene, array, axis) for name, array in arrays.items()}
    return [{name: each[k] for name, each in views.items()} for k in range(len(scene.parts))]
