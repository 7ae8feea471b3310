"""What can be fitted: names in a scene, settings in Blender and its units, what panels call them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warp_fabric import FitError

from ..fabric.design.fabric_description import yarn_names
from ..fabric.design.yarn_list import used

if TYPE_CHECKING:
    from ..fabric.settings.fabric_settings import FabricSettings


@dataclass(frozen=True)
class Quantity:
    """One kind of number.

    Attributes:
        key: In the scene, and of the check box in the fit's settings.
        label: What panels call it.
        setting: The property that holds it, of a yarn or of the cloth.
        unit: Of that property. factor: from SI to it.
    """

    key: str
    label: str
    setting: str
    unit: str
    factor: float


OF_YARNS = (
    Quantity("young_modulus", "Stretch", "young_modulus", "MPa", 1e-6),
    Quantity("bending_modulus", "Bend", "bending_modulus", "mN", 1e3),
    Quantity("linear_density", "Weight", "tex", "tex", 1e6),
)
OF_CONTACT = (
    Quantity("shear_modulus", "Shear", "shear_modulus", "Pa", 1.0),
    Quantity("friction", "Friction", "friction", "", 1.0),
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
    """All that can be fitted of a fabric: of the yarns that are woven, and of their contact."""
    names, found = yarn_names(settings), []
    for index in sorted(used(settings)):
        if index < len(names):
            item = settings.yarns[index]
            found += [
                Fitted(f"yarns.{names[index]}.{each.key}", f"{item.name}: {each.label}", each, item)
                for each in OF_YARNS
            ]
    return found + [Fitted(f"contact.{each.key}", each.label, each, settings.cloth) for each in OF_CONTACT]


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
    """
    found = [each for each in fittable(settings) if getattr(settings.fit, each.quantity.key)]
    if not found:
        raise FitError("nothing is to be fitted", where="Fit", fix="tick Stretch, Bend or another one")
    for each in found:
        if "=" in each.name:
            raise FitError("a yarn's name has a = in it", where=each.label, fix="rename the yarn")
    return found
