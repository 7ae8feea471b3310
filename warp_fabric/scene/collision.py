"""How cloth touches itself and obstacles: the `[collision]` table of the scene file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from warp_fabric.checks import Settings, boolean, checked, number, parameter
from warp_fabric.scene.contact import MOST_FRICTION


@dataclass(frozen=True)
class Collision(Settings):
    """How cloth touches obstacles and itself. Formulas: `docs/physics.md`, section 13.

    A scene without this table has the same defaults, but its cloth does not touch itself.
    """

    section: ClassVar[str] = "collision"

    self: bool = checked(
        boolean,
        True,
        doc="whether cloth touches itself; without this table it does not",
    )
    stiffness: float = parameter(
        number(least=0, unit="N/m"),
        100.0,
        doc="`k`: how strongly yarns resist being pressed together or onto obstacles, `E = k a^2 B(y)` for each "
        "pair that touches; with 0 nothing is felt, and cloth passes through",
        scale=100.0,
        requires="touches",
    )
    friction: float = parameter(
        number(least=0),
        0.3,
        doc="`mu`: friction coefficient of cloth on itself, and on obstacles that have none of their own",
        scale=0.3,
        highest=MOST_FRICTION,
        requires="touches",
    )
    slip_speed: float = parameter(
        number(above=0, unit="m/s"),
        1.0e-3,
        doc="`vs`: relative speed from which on friction is fully used; what sticks creeps more slowly",
        requires="touches",
    )


APART = Collision(self=False)
"""Of a scene without the table."""
