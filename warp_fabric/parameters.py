"""Parameters: every number of a scene that a run can be differentiated by. NumPy only.

Each is declared where its key is, by `checks.parameter`: unit, bounds, scale. What else there is to know about it is
derived from that here: its name, its shape, and where it lies in the model's arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import Field, dataclass, fields
from typing import Any

import numpy as np

from warp_fabric.checks import Settings
from warp_fabric.scene import Collision, Contact, Environment, FabricSettings, Obstacle, Pin, Scene
from warp_fabric.scene.panels import gives, pins_by_part
from warp_fabric.scene.tree import tokens
from warp_fabric.yarn import Yarn

TABLES: dict[str, type[Settings]] = {
    "yarns": Yarn,
    "fabric": FabricSettings,
    "contact": Contact,
    "environment": Environment,
    "collision": Collision,
    "pins": Pin,
    "obstacles": Obstacle,
}
"""The tables of a scene that hold parameters. `yarns`, `pins` and `obstacles` are many, the others one each fabric.
Panels hold those of `fabric` that they give a value of their own."""
LISTS = ("pins", "obstacles")
"""Those that have device arrays of their own in a `Model`."""


@dataclass(frozen=True)
class Parameter:
    """One key of a table of the scene file.

    Attributes:
        table: One of `TABLES`.
        key: Its name there.
        unit: SI, "" for pure numbers. doc: What it means.
        components: Of its value: 1 for a number, 3 for a vector, 4 or 7 for a row of a path.
        is_path: Whether its value is a path: rows of a time and a vector.
        above, least, most: What a number must keep to, None: no bound.
        scale, highest, requires: See `checks.parameter`.
    """

    table: str
    key: str
    unit: str
    doc: str
    components: int
    is_path: bool
    above: float | None
    least: float | None
    most: float | None
    scale: Any
    highest: float
    requires: str

    def values(self, scene: Scene) -> list[Any]:
        """Its value in each of the scene's tables of that kind, in order; None where it is absent."""
        return [getattr(settings, self.key) for settings in holders(scene, self.table).values()]

    @property
    def array(self) -> str:
        """The name of its array in `Model.material` (of a pin's in `Model.pins`, of an obstacle's in
        `Model.obstacles`)."""
        return f"{self.table}_{self.key}" if self.table == "collision" else self.key

    def acts(self, scene: Scene, value: Any) -> bool:
        """Whether a value of the scene is there and matters."""
        if self.table == "pins":  # one without a path stays where it is, and that can be learnt
            return True
        return value is not None and (not self.requires or bool(getattr(scene, self.requires)))


def _declared(table: str, each: Field) -> Parameter:
    check = each.metadata["check"]
    shape: tuple[int, ...] = check.shape
    bounds: dict[str, Any] = {bound: getattr(check, bound, None) for bound in ("above", "least", "most")}
    return Parameter(
        table=table,
        key=each.name,
        unit=each.metadata["unit"],
        doc=each.metadata["doc"],
        components=int(shape[-1]) if shape else 1,
        is_path=len(shape) == 2,
        **bounds,
        **each.metadata["learnt"],
    )


PARAMETERS: tuple[Parameter, ...] = tuple(
    _declared(table, each)
    for table, kind in TABLES.items()
    for each in fields(kind)  # pyright: ignore[reportArgumentType]
    if "learnt" in each.metadata
)
"""All of them, in the order of `TABLES`."""
IN_MATERIAL = tuple(each for each in PARAMETERS if each.table not in LISTS and not each.is_path)
"""Those with an array in `Model.material`, [yarns] or [fabrics]."""


def of_table(table: str) -> dict[str, Parameter]:
    """The parameters of one table, by key; of `panels` those of `fabric`."""
    return {each.key: each for each in PARAMETERS if each.table == _declaring(table)}


def _declaring(table: str) -> str:
    return "fabric" if table == "panels" else table


def holders(scene: Scene, table: str) -> dict[str, Any]:
    """The scene's tables of a kind, by what stands for them in dotted names: a yarn's or panel's name, a pin's number,
    or ""."""
    if table == "yarns":
        return dict(scene.yarns)
    if table == "panels":
        return {panel.name: panel for panel in scene.panels}
    if table in LISTS:
        return {str(k): each for k, each in enumerate(getattr(scene, table))}
    return {"": getattr(scene, table)}


@dataclass(frozen=True)
class Place:
    """A parameter of one table of a scene.

    Attributes:
        parameter: Which. settings: That table. value: There.
        parts: Numbers of the scene's parts that take its value from there. rows: Where it is among the tables of that
            kind of all parts, one behind the other; a row for each of `parts`.
    """

    parameter: Parameter
    settings: Any
    value: Any
    parts: tuple[int, ...]
    rows: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its value: () a number, (3,) a vector, (keys, 4) a path; a pin without a path has one key."""
        parameter = self.parameter
        if parameter.is_path:
            return (len(self.value or [None]), parameter.components)
        return () if parameter.components == 1 else (parameter.components,)

    def acts(self, scene: Scene) -> bool:
        """Whether the value is there and matters to any part."""
        return any(self.parameter.acts(scene.parts[k], self.value) for k in self.parts)


def places(scene: Scene) -> Iterator[tuple[str, Place]]:
    """All that a scene can be differentiated by, with their dotted names."""
    for table in (*TABLES, "panels"):
        for name, each in _held(scene, table).items():
            for parameter in of_table(table).values():
                place = _place(scene, table, parameter, *each)
                if place.acts(scene):
                    yield ".".join(part for part in (table, name, parameter.key) if part), place


def place_of(scene: Scene, parts: list[str]) -> Place | None:
    """The parameter that a dotted name's parts mean; None where the scene has no such parameter."""
    place = _declared_place(scene, parts)
    return place if place and place.acts(scene) else None


def _declared_place(scene: Scene, parts: list[str]) -> Place | None:
    """As `place_of`, whether or not it acts."""
    if len(parts) not in (2, 3) or _declaring(parts[0]) not in TABLES:
        return None
    table, name, key = parts[0], "".join(parts[1:-1]), parts[-1]
    held, parameter = _held(scene, table), of_table(table).get(key)
    return _place(scene, table, parameter, *held[name]) if name in held and parameter else None


def _held(scene: Scene, table: str) -> dict[str, tuple[Any, tuple[int, ...], tuple[int, ...]]]:
    """`holders`, with the parts that have each of them, and its row there; see `Place`."""
    held, every = holders(scene, table), range(len(scene.parts))
    if table == "panels":
        return {name: (each, (k,), (k,)) for k, (name, each) in enumerate(held.items())}
    if table != "pins":
        rows = [tuple(k * len(held) + n for k in every) for n in range(len(held))]
        return {name: (each, tuple(every), own) for (name, each), own in zip(held.items(), rows)}
    order = [(str(pin), k) for k, pins in enumerate(pins_by_part(scene)) for pin in pins]
    found = {pin: ((k,), (row,)) for row, (pin, k) in enumerate(order)}
    return {pin: (each, *found[pin]) for pin, each in held.items()}


def _place(scene: Scene, table: str, parameter: Parameter, settings: Any, parts: Any, rows: Any) -> Place:
    if table == "fabric" and scene.panels:
        parts = rows = tuple(k for k in parts if not gives(scene.panels[k], parameter.key))
    return Place(parameter, settings, getattr(settings, parameter.key), parts, rows)


CRIMP = "give fabric.end_crimp and fabric.pick_crimp, both above 0"
TOUCH = "set collision.self, or add [[obstacles]]"
NEEDS = {"crimped": CRIMP, "crimp_is_given": CRIMP, "has_surface": "weave two yarns each way", "touches": TOUCH}
"""By what a scene is without (`Parameter.requires`), how it comes to have it."""


def why_absent(scene: Scene, parts: list[str]) -> tuple[str, str] | None:
    """Why a scene does not have a parameter that others have, and the fix; None where there is no such one at all."""
    place = _declared_place(scene, parts)
    if place is None:
        return None
    if place.value is None:
        return "the scene gives it no value", "give it one to start from"
    if not place.parts:
        own = f"panels.{scene.panels[0].name}.{place.parameter.key}"
        return "each panel has a value of its own instead", f"name these, such as {own}"
    return "it does nothing in this scene", NEEDS[place.parameter.requires]


def array_of(parameter: Parameter, scenes: list[Scene]) -> np.ndarray:
    """Its values in all scenes' tables behind each other, [tables] or [tables, 3]; 0 where it is absent."""
    absent = 0.0 if parameter.components == 1 else np.zeros(parameter.components)
    return np.array([absent if v is None else v for scene in scenes for v in parameter.values(scene)], float)


AIR = ("wind_density", "wind_drag")
"""The parameters without which there is no air."""


def acting(scenes: list[Scene], varied: Iterable[str] = ()) -> frozenset[str]:
    """Keys, as in `Model.material`, of the parameters that are there and not 0 in any of the scenes, or are varied.

    Args:
        varied: Dotted names.
    """
    known = [each for each in PARAMETERS if each.table not in LISTS]
    found = {
        each.array
        for scene in scenes
        for each in known
        if any(each.acts(scene, value) and np.any(value) for value in each.values(scene))
    }
    names = {(_declaring(parts[0]), parts[-1]) for parts in map(tokens, varied)}
    return frozenset(found | {each.array for each in known if (each.table, each.key) in names})
