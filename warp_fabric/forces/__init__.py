"""The forces of the model: one file each. `POTENTIALS` and `FORCES` are the lists everything else goes by."""

from warp_fabric.forces.base import Convexity, Force, Held, Holder, Moment, Potential
from warp_fabric.forces.elements import Elements
from warp_fabric.forces.registry import FORCES, HOLDERS, INERTIA, POSED, POTENTIALS, SELF_FRICTION, empty_held, hold

__all__ = [
    "FORCES",
    "HOLDERS",
    "INERTIA",
    "POSED",
    "POTENTIALS",
    "SELF_FRICTION",
    "Convexity",
    "Elements",
    "Force",
    "Held",
    "Holder",
    "Moment",
    "Potential",
    "empty_held",
    "hold",
]
