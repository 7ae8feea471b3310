"""What obstacles and other cloth do to cloth, as a result of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from warp_fabric.forces.base import Held
from warp_fabric.forces.bead_blocks import collect_beads
from warp_fabric.forces.registry import CONTACTS, TOUCHES
from warp_fabric.model import Model
from warp_fabric.state import State
from warp_fabric.types import vec3, vec5


@dataclass
class _Beads:
    """The one element buffer that contact writes to."""

    forces: dict[str, wp.array]


def contact_force(model: Model, state: State, held: Held, moving: bool = True) -> np.ndarray:
    """[N, 3] N on each crossing: pressure and friction together, of what is held.

    Args:
        moving: Whether there is friction; in equilibria there is none.
    """
    device = model.device
    beads = _Beads({"bead": wp.zeros(model.bead_count, dtype=vec3, device=device)})
    for force in CONTACTS if moving else TOUCHES:
        force.add_force(model, state, held, beads, 1.0)  # pyright: ignore[reportArgumentType]
    out = wp.zeros(model.node_count, dtype=vec5, device=device)
    wp.launch(collect_beads, model.node_count, [model.beads, beads.forces["bead"]], [out], device=device)
    return np.array(out.numpy()[:, :3])
