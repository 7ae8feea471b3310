"""How yarns act on each other: the `[contact]` table of the scene file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from warp_fabric.checks import Settings, number, optional, parameter
from warp_fabric.errors import SceneError

MOST_FRICTION = 1e3
"""Beyond any material: nothing slips any more, so that nothing else bounds friction in a fit."""


class _Standing(float):
    """A value that a table has: in a changed copy (`dataclasses.replace`) it gives way to its rival, where that is
    given."""


SHEAR_MODULUS = 1000.0
"""Pa, where the scene says nothing of shear."""
SHEAR = ("shear_modulus", "shear_rigidity")
"""Of which there is one."""


@dataclass(frozen=True)
class Contact(Settings):
    """How crossing and neighbouring yarns act on each other. Formulas: `docs/physics.md`, sections 2 and 5."""

    section: ClassVar[str] = "contact"

    shear_modulus: float | None = parameter(
        optional(number(least=0, unit="Pa")),
        None,
        absent="1000, or as `shear_rigidity` says",
        doc="`S`: resistance of crossing yarns to turning against each other, `E = 1/2 (1 + Fn / 1 N) S pi R_pick "
        "R_end Lm g^2 (1 + 8 q^3)` at each corner of a crossing",
        scale=1000.0,
    )
    friction: float = parameter(
        number(least=0),
        0.5,
        doc="`mu`: friction coefficient; yarns slip through a crossing beyond `mu Fn`",
        scale=0.5,
        highest=MOST_FRICTION,
    )
    friction_stiffness: float = parameter(
        number(above=0, unit="N/m"), 1000.0, doc="`kf`: stiffness with which yarns stick before they slip"
    )
    sliding_damping: float = parameter(
        number(least=0, unit="N s/m"),
        1000.0,
        doc="`df`: damping force on a yarn that slides through a crossing",
        scale=1000.0,
    )
    parallel_stiffness: float = parameter(
        number(least=0, unit="Pa"),
        1.0,
        doc="`kc`: resistance of neighbouring parallel yarns to being pushed together, `E = 1/2 kc L max(0, d - D)^2`",
        scale=1.0,
    )
    shear_rigidity: float | None = parameter(
        optional(number(above=0, unit="N/m")),
        None,
        absent="as `shear_modulus` says",
        doc="`G`: the cloth's, in place of `shear_modulus`: `G = 4 S pi R_pick R_end Lm / (p1 p2)` with the mean radii "
        "of picks and ends",
    )
    shear_damping: float = parameter(
        number(least=0, unit="s"),
        0.0,
        doc="`ts`: time constant of internal damping where yarns turn against each other",
        scale=3e-3,
    )
    twist_rigidity: float = parameter(
        number(least=0, unit="N m"),
        0.0,
        doc="`J`: resistance of the cloth to twisting, beyond its yarns' bending, `E = 1/2 J p1 p2 X^2` in each cell "
        "of four crossings",
        scale=lambda value, contact, scene: scene.bending_rigidity,
    )
    crossing_stiffness: float | None = parameter(
        optional(number(above=0, unit="N/m")),
        None,
        absent="rigid",
        doc="`k`: resistance of crimped yarns' crossings to flattening, `E = 1/2 k g^2`, `g` how much nearer their "
        "centre lines are",
        requires="crimped",
    )

    def __post_init__(self) -> None:
        given = {key: getattr(self, key) for key in SHEAR if getattr(self, key) is not None}
        fresh = [key for key, value in given.items() if not isinstance(value, _Standing)]
        for key in given:
            if len(fresh) == 1 and key not in fresh:
                object.__setattr__(self, key, None)
        super().__post_init__()
        if self.shear_rigidity is None and self.shear_modulus is None:
            object.__setattr__(self, "shear_modulus", SHEAR_MODULUS)
        elif self.shear_rigidity is not None and self.shear_modulus is not None:
            fix = "keep one of shear_modulus and shear_rigidity"
            raise SceneError("the cloth's resistance to shear is given twice", where="contact.shear_rigidity", fix=fix)
        for key in SHEAR:
            if (value := getattr(self, key)) is not None:
                object.__setattr__(self, key, _Standing(value))
