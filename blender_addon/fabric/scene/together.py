"""Several fabrics as the panels of one scene, in the frame of the first: their names, places and yarns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from warp_fabric import Scene, Yarn
from warp_fabric.fabric import rotation_matrix
from warp_fabric.scene import Panel
from warp_fabric.scene.weaving import FabricSettings as Woven

from ..design.fabric_description import simulated_fabric, woven_fabric, woven_yarns
from ..files.cache import Prims, prims_of
from ..settings.units import exact

if TYPE_CHECKING:
    from collections.abc import Mapping

TAKEN = ("Looks", "colliders")
"""What an export has beside the panels."""


@dataclass(frozen=True, eq=False)
class Part:
    """A fabric of several.

    Attributes:
        obj: The fabric.
        panel: Its name in the scene, which is one in USD, too.
        yarns: The scene's name for each of its yarns, in the order of its list.
    """

    obj: bpy.types.Object
    panel: str
    yarns: tuple[str, ...]

    def woven(self) -> Woven:
        """What is woven, in its own frame and with the scene's names of yarns."""
        woven = simulated_fabric(self.obj.fabric)
        names = dict(zip(woven_yarns(self.obj.fabric), self.yarns))
        return replace(
            woven,
            end_yarns=[names[each] for each in woven.end_yarns],
            pick_yarns=[names[each] for each in woven.pick_yarns],
        )

    def prims(self, scene: Scene) -> Prims:
        """Where the cache of a run of that scene has the fabric's yarns.

        Raises:
            SceneError: where the object has others.
        """
        fabric = scene.parts[[each.name for each in scene.panels].index(self.panel)].real_fabric
        return prims_of(self.obj, fabric, self.panel, self.yarns)

    def frame(self, scene: Scene) -> list[float]:
        """The fabric's own frame in the scene: position [m], and rotation [degrees] about x, then y, then z."""
        panel = next(each for each in scene.panels if each.name == self.panel)
        turn = panel.rotation or (0.0, 0.0, 0.0)
        origin = woven_fabric(self.obj.fabric).origin if panel.origin is not None else (0.0, 0.0, 0.0)
        place = np.asarray(panel.origin or (0.0, 0.0, 0.0)) - rotation_matrix(turn) @ np.asarray(origin)
        return [*place.tolist(), *turn]

    def frame_option(self, scene: Scene) -> str:
        """Likewise, as the command line takes it."""
        return f"{self.panel}={','.join(map(repr, self.frame(scene)))}"


def parts_of(fabrics: Sequence[bpy.types.Object]) -> tuple[list[Part], dict[str, Yarn]]:
    """The fabrics of one scene, the lead first, and the yarns of all: those that are alike are one.

    Raises:
        SceneError: where one has no yarns, or impossible ones.
    """
    found, yarns = [], {}
    names: list[str] = [*TAKEN]
    for obj in fabrics:
        base = re.sub(r"[^A-Za-z0-9_]", "_", obj.name)
        names.append(_free(f"_{base}" if base[0].isdigit() else base, names))
        own: list[str] = []
        for name, yarn in woven_yarns(obj.fabric).items():
            own.append(_shared(name, yarn, yarns, own))
            yarns[own[-1]] = replace(yarn, name=own[-1])
        found.append(Part(obj, names[-1], tuple(own)))
    return found, yarns


def panels_of(parts: Sequence[Part], worlds: Mapping[bpy.types.Object, np.ndarray]) -> list[Any]:
    """The panels of a scene whose `[fabric]` is the first part, in whose frame they are.

    Args:
        worlds: By fabric, [4, 4] where it is.
    """
    lead, *others = parts
    found = [Panel(lead.panel)]
    for each in others:
        between = np.linalg.inv(worlds[lead.obj]) @ worlds[each.obj]
        woven = each.woven()
        turn = [round(angle, 5) + 0.0 for angle in _angles(between[:3, :3])]  # else of single precision
        origin = rotation_matrix(turn) @ np.asarray(woven.origin) + between[:3, 3]
        keys = {name: value for name, value in vars(woven).items() if name in _KEYS and value is not None}
        keys |= {"origin": [exact(number) for number in origin], "rotation": turn}
        if keys.keys().isdisjoint(("outline", "present")):  # else the first part's shape would be its own
            keys["present"] = ["#" * woven.ends] * woven.picks
        found.append(Panel(each.panel, **keys))
    return found


_KEYS = {*Woven.__dataclass_fields__}


def _free(base: str, taken: Sequence[str]) -> str:
    name, count = base, 2
    while name in taken:
        name, count = f"{base}_{count}", count + 1
    return name


def _shared(base: str, yarn: Yarn, known: Mapping[str, Yarn], own: Sequence[str]) -> str:
    """The name of a yarn beside those of other fabrics, one of which may have it for a yarn that is the same."""
    name, count = base, 2
    while name in own or (name in known and known[name] != replace(yarn, name=name)):
        name, count = f"{base}_{count}", count + 1
    return name


def _angles(turn: np.ndarray) -> tuple[float, float, float]:
    """Degrees about x, then y, then z of a rotation [3, 3], which may have been rounded."""
    left, _, right = np.linalg.svd(turn)
    turn = left @ right
    level = np.hypot(turn[0, 0], turn[1, 0])
    y = np.arctan2(-turn[2, 0], level)
    if level > 1e-6:
        x, z = np.arctan2(turn[2, 1], turn[2, 2]), np.arctan2(turn[1, 0], turn[0, 0])
    else:
        x, z = np.arctan2(-turn[1, 2], turn[1, 1]), 0.0
    return float(np.degrees(x)), float(np.degrees(y)), float(np.degrees(z))
