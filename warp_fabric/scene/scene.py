"""The scene: its parts together, and what is made from them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.bundling import Bundling, bundle_count
from warp_fabric.checks import key_part, shown
from warp_fabric.errors import SceneError
from warp_fabric.fabric import Fabric, repeated
from warp_fabric.layout import Layout
from warp_fabric.scene.agreement import check_agreement
from warp_fabric.scene.collision import APART, Collision
from warp_fabric.scene.contact import Contact
from warp_fabric.scene.obstacle import Obstacle
from warp_fabric.scene.panels import Panel, parts_of
from warp_fabric.scene.settings import Environment, Initial, Pin, SolverSettings, Time
from warp_fabric.scene.weaving import FabricSettings
from warp_fabric.scene.woven import bundling_of, in_bundles, real_layout, woven
from warp_fabric.yarn import Yarn


@dataclass(frozen=True)
class Scene:
    """Everything a run needs. Field names are the tables of the scene file; values are checked when it is made.

    Attributes:
        fabric: What is woven; with panels, what they have in common.
        yarns: Yarns by name.
        contact: Material of yarn-yarn contact.
        environment: Gravity and wind.
        pins: Crossings that are held.
        collision: How cloth touches itself and obstacles; by default it does not touch itself.
        obstacles: Bodies that cloth touches.
        time: Duration, steps, frames and integrator. In Python the default is the equilibrium.
        initial: Frame of an earlier run to start from.
        solver: Tolerance and device.
        panels: The fabrics, where there are several. They have yarns and all else in common.

    Raises:
        SceneError: where the parts do not fit each other; `where` is the dotted key.
    """

    fabric: FabricSettings
    yarns: Mapping[str, Yarn]
    contact: Contact = field(default_factory=Contact)
    environment: Environment = field(default_factory=Environment)
    pins: Sequence[Pin] = ()
    collision: Collision = APART
    obstacles: Sequence[Obstacle] = ()
    time: Time = field(default_factory=lambda: Time(integrator="static"))
    initial: Initial = field(default_factory=Initial)
    solver: SolverSettings = field(default_factory=SolverSettings)
    panels: Sequence[Any] = ()

    def __post_init__(self) -> None:
        self._check_kinds()
        object.__setattr__(self, "pins", tuple(self.pins))
        object.__setattr__(self, "obstacles", tuple(self.obstacles))
        object.__setattr__(self, "panels", tuple(self.panels))
        object.__setattr__(self, "yarns", {name: _named(yarn, name) for name, yarn in self.yarns.items()})
        if not self._panels:  # each of them is a scene that has been checked
            check_agreement(self)

    def _check_kinds(self) -> None:
        kinds = {
            "fabric": FabricSettings,
            "contact": Contact,
            "environment": Environment,
            "collision": Collision,
            "time": Time,
            "initial": Initial,
            "solver": SolverSettings,
        }
        values = {name: (getattr(self, name), kind) for name, kind in kinds.items()}
        if not isinstance(self.yarns, Mapping):
            raise SceneError(f"{shown(self.yarns)} is no dict of yarns", where="yarns", fix="give {name: Yarn(...)}")
        if not isinstance(self.pins, (list, tuple)):
            raise SceneError(f"{shown(self.pins)} is no list of pins", where="pins", fix="give [Pin(...), ...]")
        if not isinstance(self.obstacles, (list, tuple)):
            fix = "give [Obstacle(...), ...]"
            raise SceneError(f"{shown(self.obstacles)} is no list of obstacles", where="obstacles", fix=fix)
        values |= {f"obstacles[{k}]": (obstacle, Obstacle) for k, obstacle in enumerate(self.obstacles)}
        if not isinstance(self.panels, (list, tuple)):
            fix = "give [Panel(...), ...]"
            raise SceneError(f"{shown(self.panels)} is no list of panels", where="panels", fix=fix)
        values |= {f"yarns.{key_part(name)}": (yarn, Yarn) for name, yarn in self.yarns.items()}
        values |= {f"pins[{k}]": (pin, Pin) for k, pin in enumerate(self.pins)}
        values |= {f"panels[{k}]": (panel, Panel) for k, panel in enumerate(self.panels)}
        for key, (value, kind) in values.items():
            if not isinstance(value, kind):
                fix = f"make one with {kind.__name__}(...)"
                raise SceneError(f"{shown(value)} is no {kind.__name__}", where=key, fix=fix)

    # What is made from it

    @property
    def parts(self) -> tuple[Scene, ...]:
        """The scene of each fabric by itself, in the order of the panels; without panels, just this one."""
        return self._panels or (self,)

    @cached_property
    def _panels(self) -> tuple[Scene, ...]:
        return parts_of(self)

    @property
    def grid(self) -> tuple[int, ...]:
        """The shape of arrays with a row for each crossing that is simulated: (picks, ends), of bundles where there are
        some; with panels (crossings,), those of the first panel first, pick by pick."""
        if not self.panels:
            size = self.fabric.yarns_in_one
            return (bundle_count(self.fabric.picks, size), bundle_count(self.fabric.ends, size))
        return (sum(math.prod(part.grid) for part in self.parts),)

    @cached_property
    def cut(self) -> Layout | None:
        """The crossings that the cloth of a scene without panels is cut to; None: all of its grid."""
        if self.fabric.mask is None:
            return None
        return real_layout(self) if self.bundling is None else self.bundling.layout

    @cached_property
    def bundling(self) -> Bundling | None:
        """How the simulated yarns of a scene without panels stand for real ones; None: they are the real ones."""
        return bundling_of(self)

    @property
    def held_crossings(self) -> list[tuple[int, int]]:
        """The crossing that each pin of a scene without panels holds: its own, or that of the nearest bundles."""
        pinned = [(int(pick), int(end)) for pick, end in (pin.crossing for pin in self.pins)]
        return pinned if self.bundling is None else [self.bundling.crossing(*each) for each in pinned]

    @property
    def crossing_count(self) -> int:
        """How many crossings there are, of all panels."""
        return sum(math.prod(part.grid) if part.cut is None else part.cut.count for part in self.parts)

    @property
    def tolerance(self) -> float:
        """`solver.tolerance`, or its default: 1e-7 m/s; "static": 1e-10 N."""
        if self.solver.tolerance is not None:
            return self.solver.tolerance
        return 1e-10 if self.time.integrator == "static" else 1e-7

    @property
    def has_surface(self) -> bool:
        """Whether there are two yarns each way, so that its crossings have a normal."""
        return any(min(part.grid) > 1 for part in self.parts)

    @property
    def touches(self) -> bool:
        """Whether cloth touches itself or obstacles."""
        return self.collision.self or bool(self.obstacles)

    @property
    def crimp_is_given(self) -> bool:
        """Whether the scene says how much its yarns are crimped."""
        return any(part.fabric.end_crimp > 0.0 for part in self.parts)

    @property
    def crimped(self) -> bool:
        """Whether its yarns are crimped."""
        return any(part.fabric.end_crimp > 0.0 or part.fabric.crimp is not None for part in self.parts)

    @property
    def crossings_give(self) -> bool:
        """Whether its yarns are crimped, and their crossings flatten."""
        return self.crimped and self.contact.crossing_stiffness is not None

    @property
    def shear_modulus(self) -> float:
        """`contact.shear_modulus` [Pa], or what `contact.shear_rigidity` makes it with the mean radii."""
        if self.contact.shear_modulus is not None:
            return self.contact.shear_modulus
        fabric = self.fabric
        radii = self.mean_radius(fabric.pick_yarns, fabric.picks) * self.mean_radius(fabric.end_yarns, fabric.ends)
        area = fabric.end_spacing * fabric.pick_spacing
        assert self.contact.shear_rigidity is not None  # there is one of the two
        return self.contact.shear_rigidity * area / (4.0 * math.pi * radii * self.spacing)

    def mean_radius(self, names: Sequence[str], count: int) -> float:
        """Of the first `count` yarns, of these names in turn, m."""
        return float(np.mean([self.yarns[name].radius for name in repeated(names, count)]))

    @property
    def bending_rigidity(self) -> float:
        """About that of the cloth, per width [N m]: its stiffest yarn's, a spacing apart."""
        return max(y.bending_modulus * math.pi * y.radius**2 for y in self.yarns.values()) / self.spacing

    @property
    def spacing(self) -> float:
        """The mean of the two spacings [m]."""
        return 0.5 * (self.fabric.end_spacing + self.fabric.pick_spacing)

    def build(self) -> Fabric:
        """The fabric at rest, as it is simulated: in bundles, where there are some. The same object on every call.

        Raises:
            SceneError: where there are panels: each of `parts` has its own.
        """
        if self.panels:
            names = ", ".join(panel.name for panel in self.panels)
            fix = "go through scene.parts, or the panels of its run"
            raise SceneError(f"the scene has several fabrics, its panels {names}", where="panels", fix=fix)
        return self._fabric

    @cached_property
    def _fabric(self) -> Fabric:
        return self.real_fabric if self.bundling is None else in_bundles(self, self.real_fabric, self.bundling)

    @cached_property
    def real_fabric(self) -> Fabric:
        """The fabric of a scene without panels at rest, of its real yarns: what is drawn."""
        return woven(self)

    # Changes, and the scene file

    def replace(self, changes: Mapping[str, Any]) -> Scene:
        """A changed copy: `scene.replace({"yarns.cotton.radius": 4e-4, "pins.0.path": None, "pins": [...]})`.

        Args:
            changes: New values by the scene file's dotted keys, with an index into lists; None takes a key back to
                its default. A new weave (`fabric.weave`, `fabric.draft`, ...) replaces the old one.

        Raises:
            SceneError: where there is no such key, or the changed scene is impossible.
        """
        from warp_fabric.scene.dotted import changed

        return changed(self, changes)

    def get(self, name: str) -> Any:
        """The value of a dotted key, such as `yarns.cotton.radius`, `pins.0.path` or `environment.wind`.

        Raises:
            SceneError: where there is no such key.
        """
        from warp_fabric.scene.dotted import value_of

        return value_of(self, name)

    @classmethod
    def from_toml(cls, text: str, *, where: str | None = None, folder: str | os.PathLike | None = None) -> Scene:
        """A scene from the text of a scene file.

        Args:
            text: TOML.
            where: What errors call the file.
            folder: What relative paths in it start from; None: the working directory.

        Raises:
            SceneError: on anything wrong with it.
        """
        from warp_fabric.scene.toml import scene_from_toml

        return scene_from_toml(text, where=where, folder=folder)

    def to_toml(self) -> str:
        """The scene as the text of a scene file that needs no other file but `initial.state` and meshes."""
        from warp_fabric.scene.toml import scene_to_toml

        return scene_to_toml(self)

    def save(self, path: str | os.PathLike) -> Path:
        """Writes the scene file, whole or not at all, and returns its path.

        Raises:
            SceneError: where it cannot be written.
        """
        from warp_fabric.scene.toml import save_scene

        return save_scene(self, path)


def _named(yarn: Yarn, name: Any) -> Yarn:
    try:
        if name == "":
            raise SceneError("a yarn needs a name", fix="give it one")
        return replace(yarn, name=name)
    except SceneError as error:
        raise SceneError(error.what, where=f"yarns.{key_part(name)}", fix=error.fix) from None
