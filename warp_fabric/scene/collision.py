"""How cloth touches itself and obstacles: the `[collision]` table of the scene file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from warp_fabric.checks import Settings, boolean, checked, number, parameter
from warp_fabric.scene.contact import MOST_FRICTION


@dataclass(frozen=True)
class Collision(Settings):
    """What touches, and how. Formulas: `docs/physics.md`, section 13."""

    section: ClassVar[str] = "collision"

    self: bool = checked(
        boolean,
        True,
        doc="whether cloth touches itself; a scene without this table does as with `false`",
    )
    stiffness: float = parameter(
        number(least=0, unit="N/m"),
        100.0,
        doc="`k`: how hard what touches pushes apart",
        scale=100.0,
        requires="touches",
    )
    friction: float = parameter(
        number(least=0),
        0.3,
        doc="`mu` between cloth and cloth, and of obstacles that do not say theirs",
        scale=0.3,
        highest=MOST_FRICTION,
        requires="touches",
    )
    slip_speed: float = parameter(
        number(above=0, unit="m/s"),
        1.0e-3,
        doc="`v_s`: speed up to which what sticks creeps",
        requires="touches",
    )


APART = Collision(self=False)
"""Of a scene without the table."""
