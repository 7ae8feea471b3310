"""The forces of the model: one file each. `POTENTIALS` and `FORCES` are the lists everything else goes by."""

from warp_fabric.forces.base import Convexity, Force, Held, Potential
from warp_fabric.forces.bend import Bend
from warp_fabric.forces.elements import Elements
from warp_fabric.forces.friction import Friction
from warp_fabric.forces.inertia import Inertia
from warp_fabric.forces.parallel_contact import ParallelContact
from warp_fabric.forces.pin import Pin
from warp_fabric.forces.shear import Shear
from warp_fabric.forces.stretch import Stretch
from warp_fabric.forces.weight import Weight
from warp_fabric.forces.wind import Wind

POTENTIALS: tuple[Potential, ...] = (Stretch(), ParallelContact(), Weight(), Bend(), Shear(), Pin(), Friction())
"""Everything with an energy; what an equilibrium minimises."""

FORCES: tuple[Force, ...] = (*POTENTIALS, Wind())
"""Everything that acts, inertia aside."""

INERTIA = Inertia()

__all__ = ["FORCES", "INERTIA", "POTENTIALS", "Convexity", "Elements", "Force", "Held", "Potential"]
