"""The lists of all forces, and what a step holds of them. A new force is entered here."""

from __future__ import annotations

from warp_fabric.forces.base import Force, Held, Holder, Moment, Potential
from warp_fabric.forces.bend import Bend
from warp_fabric.forces.bend_damping import BendDamping
from warp_fabric.forces.contact.mesh_contact import MeshContact, MeshTouch
from warp_fabric.forces.contact.obstacle_friction import ObstacleFriction, SolidTouch
from warp_fabric.forces.contact.posed import Posed
from warp_fabric.forces.contact.self_contact import SelfContact
from warp_fabric.forces.contact.self_friction import SelfFriction
from warp_fabric.forces.contact.solid_contact import SolidContact
from warp_fabric.forces.crimp.crimp import Crimp
from warp_fabric.forces.crossing import Crossing
from warp_fabric.forces.friction import Friction
from warp_fabric.forces.inertia import Inertia
from warp_fabric.forces.parallel_contact import ParallelContact
from warp_fabric.forces.pin import Pin
from warp_fabric.forces.shear import Shear
from warp_fabric.forces.shear_damping import ShearDamping
from warp_fabric.forces.stretch import Stretch
from warp_fabric.forces.twist import Twist
from warp_fabric.forces.weight import Weight
from warp_fabric.forces.wind import Wind
from warp_fabric.forces.yarn_bundles import BundledYarns
from warp_fabric.model import Model

CRIMP = Crimp()
POSED = Posed()
SELF_FRICTION = SelfFriction()

TOUCHES: tuple[Potential, ...] = (SelfContact(), SolidContact(), MeshContact())
CONTACTS: tuple[Force, ...] = (*TOUCHES, SELF_FRICTION, ObstacleFriction())
"""What obstacles and other cloth do: what has an energy, and all of it."""

POTENTIALS: tuple[Potential, ...] = (
    Stretch(),
    CRIMP,
    ParallelContact(),
    Weight(),
    Bend(),
    Shear(),
    Twist(),
    Pin(),
    Friction(),
    *TOUCHES,
)
"""Everything with an energy; what an equilibrium minimises."""

FORCES: tuple[Force, ...] = (*POTENTIALS, Wind(), BendDamping(), ShearDamping(), *CONTACTS[len(TOUCHES) :])
"""Everything that acts, inertia aside."""

INERTIA = Inertia()

HOLDERS: tuple[Holder, ...] = (
    BundledYarns(),
    CRIMP,
    Crossing(),
    POSED,
    SolidTouch(),
    MeshTouch(),
    *(force for force in FORCES if force is not CRIMP),
)
"""What evaluates something at the start of a step, in the order in which one may use another's."""


def empty_held(model: Model, requires_grad: bool = False) -> Held:
    """Zeroed arrays for all that the forces hold."""
    return Held(model, HOLDERS, requires_grad)


def hold(model: Model, moment: Moment, held: Held) -> None:
    """Evaluate all that the forces hold."""
    for holder in HOLDERS:
        holder.hold(model, moment, held)
