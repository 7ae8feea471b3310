"""What cloth can touch besides itself: the `[[obstacles]]` tables of the scene file."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from warp_fabric.checks import Settings, checked, choice, number, optional, parameter, sequence, text
from warp_fabric.errors import SceneError
from warp_fabric.scene.contact import MOST_FRICTION
from warp_fabric.scene.settings import check_times

KEYS: dict[str, tuple[str, ...]] = {
    "plane": ("point", "normal"),
    "sphere": ("center", "radius"),
    "capsule": ("start", "end", "radius"),
    "box": ("center", "size"),
    "mesh": ("file",),
}
"""By shape, the keys that it needs."""
OF_ALL = ("shape", "friction", "thickness", "path")
"""Keys of all shapes."""
TURN = 0.1
"""rad, a change of direction that counts as large."""

_vector = optional(sequence(number(), count=3))
_rows = sequence(sequence(number(), count=7), least=1)


def _path(value: Any, key: str) -> tuple | None:
    """Rows of a time, a displacement and a rotation vector; without the last in any row: no rotation."""
    if value is None:
        return None
    rows = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(rows, (list, tuple)):
        rows = [[*row, 0.0, 0.0, 0.0] if isinstance(row, (list, tuple)) and len(row) == 4 else row for row in rows]
    for k, row in enumerate(rows if isinstance(rows, (list, tuple)) else ()):
        if isinstance(row, (list, tuple)) and len(row) != 7:
            fix = "give rows [t, px, py, pz] or [t, px, py, pz, wx, wy, wz]"
            raise SceneError(f"a row of {len(row)} numbers", where=f"{key}[{k}]", fix=fix)
    return _rows(rows, key)


_path.shape = _rows.shape  # pyright: ignore[reportFunctionMemberAccess]


def _spacing(value: Any, obstacle: Obstacle, scene: Any) -> float:
    return scene.spacing


def _path_scale(value: Any, obstacle: Obstacle, scene: Any) -> tuple[float, ...]:
    return (1.0, *3 * [scene.spacing], *3 * [TURN])  # times are not learnt


@dataclass(frozen=True)
class Obstacle(Settings):
    """Something solid that cloth touches: a plane, sphere, capsule, box or mesh, still or moving along a path.

    A mesh's file is read when a model is made. Its path is made absolute, so that saved scenes find it.
    """

    section: ClassVar[str] = "obstacles"

    shape: str = checked(
        choice(*KEYS),
        doc="`plane` (the half-space behind it is solid), `sphere`, `capsule` (a rod with round ends), `box` or `mesh`",
    )
    point: Sequence[float] | None = parameter(
        _vector, None, unit="m", absent="required of a plane", doc="a point of the plane", scale=_spacing
    )
    normal: Sequence[float] | None = parameter(
        _vector, None, absent="required of a plane", doc="the plane's direction outwards, of any length", scale=TURN
    )
    center: Sequence[float] | None = parameter(
        _vector,
        None,
        unit="m",
        absent="required of a sphere or box",
        doc="centre of the sphere or box",
        scale=_spacing,
    )
    radius: float | None = parameter(
        optional(number(above=0, unit="m")),
        None,
        absent="required of a sphere or capsule",
        doc="radius of the sphere or capsule",
    )
    start: Sequence[float] | None = parameter(
        _vector, None, unit="m", absent="required of a capsule", doc="where the capsule's axis begins", scale=_spacing
    )
    end: Sequence[float] | None = parameter(
        _vector, None, unit="m", absent="required of a capsule", doc="where the capsule's axis ends", scale=_spacing
    )
    size: Sequence[float] | None = parameter(
        optional(sequence(number(above=0, unit="m"), count=3)),
        None,
        unit="m",
        absent="required of a box",
        doc="full edge lengths of the box",
        scale=_spacing,
    )
    file: str | None = checked(
        optional(text),
        None,
        absent="required of a mesh",
        doc="the mesh's file, relative to the scene file: `.obj`, or `.npz` with `vertices` [T, V, 3] m, `faces` "
        "[F, 3] from 0 and `time` [T] s for one that changes its shape, linear between times. Closed meshes are solid, "
        "their faces counter-clockwise seen from outside; open ones have two sides",
    )
    friction: float | None = parameter(
        optional(number(least=0)),
        None,
        absent="`collision.friction`",
        doc="`mu`: friction coefficient of cloth on it",
        scale=0.3,
        highest=MOST_FRICTION,
    )
    thickness: float = parameter(number(least=0, unit="m"), 0.0, doc="added to its surface, outwards", scale=_spacing)
    path: Sequence[Sequence[float]] | None = parameter(
        _path,
        None,
        unit="s, m, rad",
        absent="it stays where it is",
        doc="its motion, as rows `[t, px, py, pz, wx, wy, wz]`: displacement and rotation vector (about the origin; "
        "may be left out), linear between rows, held before the first and after the last",
        scale=_path_scale,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_keys()
        if self.normal is not None and not 0.0 < sum(each * each for each in self.normal) < math.inf:
            raise SceneError("the normal has no direction", where="obstacles.normal", fix="give one such as [0, 0, 1]")
        if self.shape == "capsule" and not sum((a - b) * (a - b) for a, b in zip(self.start or (), self.end or ())):
            raise SceneError("the capsule's axis has no length", where="obstacles.end", fix="make it a sphere")
        check_times(self.path, "obstacles.path")
        if self.file is not None:
            object.__setattr__(self, "file", os.path.abspath(self.file))

    def _check_keys(self) -> None:
        needed = KEYS[self.shape]
        for each in fields(self):
            given, where = getattr(self, each.name) is not None, f"obstacles.{each.name}"
            if each.name in needed and not given:
                fix = f"a {self.shape} needs {' and '.join(needed)}"
                raise SceneError("this key is missing", where=where, fix=fix)
            if given and each.name not in (*needed, *OF_ALL):
                what = f"a {self.shape} has no {each.name}"
                raise SceneError(what, where=where, fix=f"remove it; a {self.shape} has {', '.join(needed)}")
