"""What can be chosen about an export, and what of it is possible."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from warp_fabric.errors import UsdError
from warp_fabric.fabric import rotation_matrix

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}
"""Metres of each unit that a stage can be in."""
UP_AXES = ("Z", "Y")
PURPOSES = ("default", "render", "proxy", "guide")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is exported, and how.

    Attributes:
        samples_per_crossing: Curve points from one crossing to the next: the level of detail. Fewer than 3 cut corners,
            so that yarns at a close sett go through each other. With plies more, where their twist needs it.
        plies: Strands that each yarn is twisted from, each a curve of its own; 0 for one smooth curve a yarn.
        ply_twist: Their twist [turns/m of yarn], positive Z, negative S; None: typical of each yarn's linear density.
        yarns: Whether the yarns are exported, as curves.
        surface: Whether the cloth's surface is exported, as a mesh.
        pins: Whether the pins are exported, as guides.
        obstacles: Whether the scene's obstacles are exported, as colliders.
        yarn_purpose: "default", "render", "proxy" or "guide"; None: "render" where there is a surface too, else
            "default".
        surface_purpose: Likewise; None: "proxy" where there are yarns too, else "default".
        obstacle_purpose: Likewise; None: "guide".
        velocities: Whether points have velocities, for motion blur.
        materials: Whether there are materials.
        sim_curves: Whether there is a set of linear curves with the proposed `physics:` attributes, for other solvers.
        up_axis: "Z", or "Y": the cloth is turned by -90 degrees around x, so that what was up still is.
        unit: "m", "cm" or "mm": what points, widths and velocities are in.
        time_codes_per_second: None: the scene's frames per second, so that frame k has the time code k.
        layers: Whether samples lie in a layer of their own, `NAME.samples.usdc` beside `NAME`.
        panel_frames: By panel, position [m] and rotation [degrees, about x, then y, then z]: the frame that its points
            are in, and that its root prim has as its transform. Those of other panels are in the simulation's.
        clips: Frames in each value clip, files `NAME.clip.0001.usdc` beside `NAME` (each begins with the last frame of
            the one before besides); 0: no clips.

    Raises:
        UsdError: where a value is impossible, or two exclude each other.
    """

    samples_per_crossing: int = 4
    plies: int = 0
    ply_twist: float | None = None
    yarns: bool = True
    surface: bool = True
    pins: bool = True
    obstacles: bool = True
    yarn_purpose: str | None = None
    surface_purpose: str | None = None
    obstacle_purpose: str | None = None
    velocities: bool = True
    materials: bool = True
    sim_curves: bool = False
    up_axis: str = "Z"
    unit: str = "m"
    time_codes_per_second: float | None = None
    layers: bool = False
    panel_frames: Mapping[str, Sequence[float]] = field(default_factory=dict)
    clips: int = 0

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.type == "bool" and not isinstance(getattr(self, each.name), bool):
                self._refuse(each.name, "give True or False")
        for name, least, most in (("samples_per_crossing", 1, 1000), ("plies", 0, 100), ("clips", 0, math.inf)):
            value = getattr(self, name)
            whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
            if not (whole and least <= int(value) <= most):
                self._refuse(
                    name, f"give a whole number of at least {least}" + (f", at most {most}" if most < 9e9 else "")
                )
        if self.ply_twist is not None and not (_is_number(self.ply_twist) and abs(self.ply_twist) <= 1e6):
            self._refuse("ply_twist", "give turns per metre, negative for S twist")
        rate = self.time_codes_per_second
        if rate is not None and not (_is_number(rate) and rate > 0):
            self._refuse("time_codes_per_second", "give a number above 0, such as 24")
        for name, known in (("up_axis", UP_AXES), ("unit", UNITS)):
            if getattr(self, name) not in known:
                self._refuse(name, f"give one of {', '.join(known)}")
        for name in ("yarn_purpose", "surface_purpose", "obstacle_purpose"):
            if getattr(self, name) not in (None, *PURPOSES):
                self._refuse(name, f"give one of {', '.join(PURPOSES)}")
        if not (self.yarns or self.surface):
            raise UsdError("yarns and surface are both off", where="yarns", fix="keep one of the two")
        for frame in self.panel_frames.values():
            if len(frame) != 6 or not all(map(_is_number, frame)):
                self._refuse("panel_frames", "give six numbers for each panel: position [m] and rotation [degrees]")
        if self.layers and self.clips:
            fix = "give one of the two: clips are layers of their own anyway"
            raise UsdError("layers and clips exclude each other", where="layers", fix=fix)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Options:
        """Options by name.

        Raises:
            UsdError: also where there is no such option; it names the nearest.
        """
        known = [each.name for each in fields(cls)]
        for name in values:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=2)
                fix = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
                raise UsdError("there is no such option", where=name, fix=fix)
        return cls(**values)

    def frames_of(self, panels: Sequence[str]) -> dict[str, np.ndarray | None]:
        """[4, 4] from the frame of each panel's points to the simulation; None where they are in the simulation's.

        Raises:
            UsdError: where there is no such panel.
        """
        for name in self.panel_frames:
            if name not in panels:
                fix = f"there are {', '.join(panels)}" if panels else "leave it out: the scene has no panels"
                raise UsdError(f"there is no panel {name!r}", where="panel_frames", fix=fix)
        return {name: _matrix(self.panel_frames[name]) if name in self.panel_frames else None for name in panels}

    def _refuse(self, name: str, fix: str) -> None:
        raise UsdError(f"{getattr(self, name)!r} is impossible", where=name, fix=fix)


def _matrix(frame: Sequence[float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation_matrix(frame[3:]), frame[:3]
    return matrix


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
