"""What cloth touches besides itself: the `[[obstacles]]` tables of the scene file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from warp_fabric.checks import Settings, checked, choice, number, optional, parameter, sequence, text
from warp_fabric.errors import SceneError
from warp_fabric.scene.contact import MOST_FRICTION
from warp_fabric.scene.settings import check_times

KEYS = {
    "plane": ("point", "normal"),
    "sphere": ("center", "radius"),
    "capsule": ("start", "end", "radius"),
    "box": ("center", "size"),
    "mesh": ("file",),
}
"""What each shape must say of itself; it must not say what only others have."""

_vector = optional(sequence(number(), count=3))
_place = {"unit": "m", "scale": lambda value, table, scene: scene.spacing, "absent": "not of this shape"}


@dataclass(frozen=True)
class Obstacle(Settings):
    """A body that does not give, at rest or on a path."""

    section: ClassVar[str] = "obstacles"

    shape: str = checked(choice(*KEYS), doc='"plane" is a half-space, "box" and a closed "mesh" have an inside')
    point: Sequence[float] | None = parameter(_vector, None, doc="a plane's: any point of it", **_place)
    normal: Sequence[float] | None = parameter(
        _vector, None, doc="a plane's: out of the half-space, of any length", scale=1.0, absent="not of this shape"
    )
    center: Sequence[float] | None = parameter(_vector, None, doc="a sphere's or a box's", **_place)
    radius: float | None = parameter(
        optional(number(above=0, unit="m")), None, doc="a sphere's or a capsule's", absent="not of this shape"
    )
    start: Sequence[float] | None = parameter(_vector, None, doc="a capsule's: one end of its axis", **_place)
    end: Sequence[float] | None = parameter(_vector, None, doc="a capsule's: the other end", **_place)
    size: Sequence[float] | None = parameter(
        optional(sequence(number(above=0), count=3)), None, doc="a box's: its edges along x, y and z", **_place
    )
    file: str | None = checked(
        optional(text),
        None,
        absent="not of this shape",
        doc="a mesh's: an `.obj` (`v` and `f` lines), or an `.npz` with `vertices` [T, V, 3], `faces` [F, 3] and, where it "
        "changes shape, `time` [T]; relative to the scene file",
    )
    friction: float | None = parameter(
        optional(number(least=0)),
        None,
        absent="`collision.friction`",
        doc="`mu` of its surface",
        scale=0.3,
        highest=MOST_FRICTION,
    )
    thickness: float = parameter(
        number(least=0, unit="m"),
        0.0,
        doc="how far outside its surface it begins",
        scale=lambda value, table, scene: scene.spacing,
    )
    path: Sequence[Sequence[float]] | None = parameter(
        optional(sequence(sequence(number(), count=7), least=1)),
        None,
        unit="s, m, rad",
        absent="at rest",
        doc="rows `[t, px, py, pz, wx, wy, wz]`: a displacement, and a rotation vector about the origin of its "
        "coordinates (which may be left out: 0); linear between rows, held before the first and after the last",
        scale=lambda value, table, scene: scene.spacing,
    )

    def __post_init__(self) -> None:
        if isinstance(self.path, (list, tuple)):
            rows = [(*row, 0.0, 0.0, 0.0) if isinstance(row, (list, tuple)) and len(row) == 4 else row for row in self.path]
            object.__setattr__(self, "path", rows)
        super().__post_init__()
        check_times(self.path, "obstacles.path")
        for key in dict.fromkeys(key for keys in KEYS.values() for key in keys):
            given, needed = getattr(self, key) is not None, key in KEYS[self.shape]
            if given != needed:
                what = f"a {self.shape} needs {key}" if needed else f"a {self.shape} has no {key}"
                fix = f"give {', '.join(KEYS[self.shape])}, and nothing that only other shapes have"
                raise SceneError(what, where=f"obstacles.{key}", fix=fix)
        if self.normal is not None and not math.hypot(*self.normal) > 0.0:
            raise SceneError("a normal of no length", where="obstacles.normal", fix="give one such as [0, 0, 1]")
        if self.start is not None and self.start == self.end:
            what = "a capsule's start and end are one point"
            raise SceneError(what, where="obstacles.end", fix='move one, or make it a "sphere"')
