"""What tests of equilibria share."""

import numpy as np
from sample_cloth import golden_scene

from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.static import Equilibrium, StaticReport
from warp_fabric.state import State

STRIP = golden_scene("static_strip")


def solved(scene: Scene, device: str, **start: np.ndarray) -> tuple[Equilibrium, StaticReport]:
    model = Model(scene, device)
    search = Equilibrium(model, State.of(model, **start), scene.tolerance)
    return search, search.solve()


def shape(search: Equilibrium) -> np.ndarray:
    """[picks, ends, 3] positions."""
    return search.state.position.numpy().reshape(*search.model.layouts.shapes[0], 3)
