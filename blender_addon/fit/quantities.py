"""What can be fitted: names in a scene, settings in Blender and its units, what panels call them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from warp_fabric import FitError
from warp_fabric.parameters import of_table, places

from ..fabric.design.fabric_description import rest_scene, yarn_names
from ..fabric.design.yarn_list import used
from ..fabric.scene.scene_builder import contact_of
from ..fabric.settings.units import UNITS

if TYPE_CHECKING:
    from ..fabric.settings.fabric_settings import FabricSettings


@dataclass(frozen=True)
class Quantity:
    """One kind of number, a parameter of the scene.

    Attributes:
        table, key: In the scene, see `warp_fabric.parameters.Parameter`.
        label: What panels call it.
        setting: The property that holds it, of a yarn or of the cloth.
        tick: The check box in the fit's settings.
        unit: Of the property. factor: from SI to it.
    """

    table: str
    key: str
    label: str
    setting: str
    tick: str
    unit: str
    factor: float


def _quantity(table: str, key: str, label: str, unit: str = "", setting: str = "", tick: str = "") -> Quantity:
    """`unit`: the panel's, where it is not the scene's; `setting`, `tick`: where they are not called like the key."""
    in_scene = of_table(table)[key].unit
    si, factor = UNITS[unit] if unit else (in_scene, 1.0)
    assert si == in_scene, f"{key} is in {in_scene}, which {unit} is not"
    return Quantity(table, key, label, setting or key, tick or key, unit or in_scene, factor)


QUANTITIES = (
    _quantity("yarns", "young_modulus", "Stretch", "MPa"),
    _quantity("yarns", "bending_modulus", "Bend", "mN"),
    _quantity("yarns", "linear_density", "Weight", "tex", setting="tex"),
    _quantity("yarns", "cohesion", "Cohesion"),
    _quantity("yarns", "damping", "Damping", "ms"),
    _quantity("contact", "shear_modulus", "Shear"),
    _quantity("contact", "shear_rigidity", "Shear", tick="shear_modulus"),
    _quantity("contact", "friction", "Friction"),
    _quantity("contact", "shear_damping", "Shear Damping", "ms", tick="damping"),
    _quantity("contact", "crossing_stiffness", "Flattening"),
    _quantity("fabric", "end_crimp", "End Crimp", "%", tick="crimp"),
    _quantity("fabric", "pick_crimp", "Pick Crimp", "%", tick="crimp"),
    _quantity("fabric", "crimp_set", "Set", "%"),
)


@dataclass(frozen=True)
class Fitted:
    """One number of one fabric: its name in the scene, what it is called, and where it is kept."""

    name: str
    label: str
    quantity: Quantity
    holder: Any

    def shown(self, value: float | None, error: float | None = None) -> str:
        """A value [SI] in the property's unit, with its standard error if there is one."""
        if value is None:
            return "-"
        number = f"{value * self.quantity.factor:.4g}"
        if error is not None and math.isfinite(error):
            number += f" ± {error * self.quantity.factor:.2g}"
        return f"{number} {self.quantity.unit}".strip()

    def apply(self, value: float) -> None:
        setattr(self.holder, self.quantity.setting, value * self.quantity.factor)


def fittable(settings: FabricSettings) -> list[Fitted]:
    """All that can be fitted of a fabric and has an effect there: of the yarns that are woven, and of the cloth.

    Raises:
        WarpFabricError: where the settings do not fit each other.
    """
    scene = replace(rest_scene(settings), contact=contact_of(settings.cloth))
    there, names, found = {name for name, _ in places(scene)}, yarn_names(settings), []
    for index in sorted(used(settings)):
        item = settings.yarns[index]
        for each in QUANTITIES:
            if each.table == "yarns":
                found.append(Fitted(f"yarns.{names[index]}.{each.key}", f"{item.name}: {each.label}", each, item))
    for each in QUANTITIES:
        if each.table != "yarns":
            found.append(Fitted(f"{each.table}.{each.key}", each.label, each, settings.cloth))
    return [each for each in found if each.name in there]


def found_again(name: str, before: list[str], settings: FabricSettings) -> str:
    """What a fitted number is called now: a yarn may have another name since.

    Args:
        name: What it was called.
        before: The names of the list's yarns then, in order.
        settings: Of the fabric.
    """
    now = yarn_names(settings)
    for index, yarn in enumerate(before):
        head, tail = f"yarns.{yarn}.", name.rpartition(".")[2]
        is_renamed = yarn not in now and len(now) == len(before) and now[index] not in before
        if name == head + tail and is_renamed:
            return f"yarns.{now[index]}.{tail}"
    return name


def chosen(settings: FabricSettings) -> list[Fitted]:
    """Those that are ticked.

    Raises:
        FitError: where none is, or a yarn's name cannot be written on a command line.
        WarpFabricError: where the settings do not fit each other.
    """
    found = [each for each in fittable(settings) if getattr(settings.fit, each.quantity.tick)]
    if not found:
        raise FitError("nothing is to be fitted", where="Fit", fix="tick Stretch, Bend or another one")
    for each in found:
        if "=" in each.name:
            raise FitError("a yarn's name has a = in it", where=each.label, fix="rename the yarn")
    return found
