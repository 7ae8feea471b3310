"""The contract every force meets, and the point at which forces are evaluated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import warp as wp

from warp_fabric.bundled_yarns import OF_YARNS, make_yarns, with_yarns
from warp_fabric.clearing import clear
from warp_fabric.forces.contact.candidates import Candidates
from warp_fabric.forces.elements import Elements
from warp_fabric.material import Material
from warp_fabric.model import Grid, Model
from warp_fabric.state import State
from warp_fabric.types import f64, mat33, vec3


@dataclass(frozen=True)
class Moment:
    """What a step looks at once, at its start: the predicted coordinates, and when it ends.

    Attributes:
        position: [N] vec3, m. sliding: [N] vec2, m. anchor: [N] vec2, m. clock: [2] s, its end and its start.
        start: [N] vec3, m, where crossings are at the start.
    """

    position: wp.array
    sliding: wp.array
    anchor: wp.array
    clock: wp.array
    start: wp.array

    @classmethod
    def of(cls, state: State, clock: wp.array | None = None) -> Moment:
        """A state's own coordinates, at time 0 where no clock is given."""
        clock = wp.zeros(2, dtype=f64, device=state.position.device) if clock is None else clock
        return cls(state.position, state.sliding, state.anchor, clock, state.position)


class Holder:
    """Something that evaluates quantities at the start of a step, which the step then holds."""

    def holds(self, model: Model) -> dict[str, tuple[int | tuple[int, ...], Any]]:
        """Shape and Warp type of each of its arrays, by name; all holders' names are different."""
        return {}

    def hold(self, model: Model, moment: Moment, held: Held) -> None:
        """Evaluate them. Nothing that is read is written, so that it can be differentiated."""
        return


class Held:
    """The arrays of all holders, as attributes: what a step evaluates once, at its predicted state, and then holds
    (`docs/physics.md`, section 4), and what forces keep while they are evaluated.

    Attributes:
        material: What kernels read: the model's, where bundles are made of its yarns, with theirs.
        candidates: Which beads may touch, and what is held of them; None where nothing can.
    """

    def __init__(self, model: Model, holders: tuple[Holder, ...], requires_grad: bool = False) -> None:
        self._arrays = {
            name: wp.zeros(size, dtype=kind, device=model.device, requires_grad=requires_grad)
            for holder in holders
            for name, (size, kind) in holder.holds(model).items()
        }
        self.material = model.material
        if model.bundles is not None:
            self.material = with_yarns(model.material, {key: self._arrays[f"bundle_{key}"] for key in OF_YARNS})
            make_yarns(model.bundles, model.material, self.material, record=False)
        self.candidates = Candidates(model, self.material, requires_grad) if model.bead_count else None

    @property
    def pairs(self) -> Candidates:
        """The candidates, of a model that has beads."""
        assert self.candidates is not None
        return self.candidates

    def __getattr__(self, name: str) -> wp.array:
        try:
            return self.__dict__["_arrays"][name]
        except KeyError:
            raise AttributeError(f"no force holds {name!r}") from None

    def clear_couplings(self) -> None:
        """Before Jacobians are evaluated: zero those of pairs of beads, to which contact adds."""
        if self.candidates is not None:
            clear(self.candidates.coupling)

    def pack_couplings(self) -> None:
        """After Jacobians are evaluated: see to it that products have those of pairs of beads."""
        if self.candidates is not None:
            self.candidates.pack()

    def names(self) -> list[str]:
        return [*self._arrays]

    def arrays(self) -> list[wp.array]:
        of_pairs = [self.candidates.normal, self.candidates.limit] if self.candidates else []
        return [*self._arrays.values(), *of_pairs]


class Convexity(IntEnum):
    """What a Jacobian keeps of curvature that is negative.

    EXACT: all of it. NO_BUCKLING: yarns under compression do not push sideways, which is what makes cloth buckle.
    CONVEX: nothing; the Jacobian is that of a convex energy with the same force, and definite with the mass.
    """

    EXACT = 0
    NO_BUCKLING = 1
    CONVEX = 2


class Force(Holder, ABC):
    """One force of the model: which elements it acts on, and its kernels.

    A new force is a file with two kernels (three with an energy) and a subclass that names them; what it holds over a
    step is in the same file, see `Holder`. Kernels take
    `inputs`, a factor (two for the Jacobian) and the buffer of their element kind (see `elements.py`), to which they
    add the factor times

    - `force_kernel`: the generalised force; it must be differentiable;
    - `jacobian_kernel`: the force's derivative by (position, sliding) and, times the second factor, by
      (velocity, sliding velocity). No second derivative is ever asked for, so it needs no adjoint.

    Where the energy is not convex (`convex` is False), the Jacobian kernel takes one number more before its buffer: how
    much of that to leave out (see `Convexity`), for the search directions of Newton's method.
    """

    name: str
    kind: str
    force_kernel: wp.Kernel
    jacobian_kernel: wp.Kernel
    convex = True

    @abstractmethod
    def inputs(self, model: Model, state: State, held: Held) -> list:
        """What the kernels read."""

    def count(self, model: Model) -> int:
        """How many elements the force acts on: all of its kind, unless it says otherwise."""
        counts = {"node": model.node_count, "bead": model.bead_count}
        return counts[self.kind] if self.kind in counts else len(getattr(model.topology, self.kind))

    def add_force(self, model: Model, state: State, held: Held, elements: Elements, scale: float) -> None:
        """Add `scale` times the force [N] to the element buffers."""
        self._launch(self.force_kernel, model, state, held, [scale], elements.forces[self.kind])

    def add_jacobian(
        self,
        model: Model,
        state: State,
        held: Held,
        elements: Elements,
        position_scale: float,
        velocity_scale: float,
        convexity: int = Convexity.EXACT,
    ) -> None:
        """Add the force's derivative, by position [N/m] and by velocity [N s/m], each times its scale."""
        more = [position_scale, velocity_scale, *([] if self.convex else [int(convexity)])]
        self._launch(self.jacobian_kernel, model, state, held, more, elements.jacobians[self.kind])

    def _launch(self, kernel: wp.Kernel, model: Model, state: State, held: Held, more: list, output: wp.array) -> None:
        """With the inputs and `more`, over all elements, if there are any: Warp cannot record an empty launch on a tape
        it verifies."""
        if count := self.count(model):
            wp.launch(kernel, count, [*self.inputs(model, state, held), *more], [output], device=model.device)


class Potential(Force):
    """A force with an energy: force = -dE/d(position, sliding) at fixed `held` and zero velocity."""

    energy_kernel: wp.Kernel

    def add_energy(self, model: Model, state: State, held: Held, energy: wp.array) -> None:
        """Add the total energy [J] to `energy` [1]."""
        self._launch(self.energy_kernel, model, state, held, [], energy)


@wp.func
def block(xx: mat33, xs: vec3, sx: vec3, ss: f64):
    """A 4x4 block in (position, sliding)."""
    return wp.mat44d(
        xx[0, 0], xx[0, 1], xx[0, 2], xs[0],
        xx[1, 0], xx[1, 1], xx[1, 2], xs[1],
        xx[2, 0], xx[2, 1], xx[2, 2], xs[2],
        sx[0], sx[1], sx[2], ss,
    )  # fmt: skip


@wp.func
def mean_radius(grid: Grid, material: Material, f: int, axis: int) -> f64:
    """Of a fabric's real picks (axis 0) or ends (axis 1), m, of the material that the scenes give. A function: a
    kernel's adjoint does not repeat its loops."""
    total = f64(0.0)
    for yarn in range(grid.first_yarn[f], grid.first_yarn[f + 1]):
        total += grid.yarn_share[yarn][axis] * material.radius[yarn]
    return total


@wp.func
def real_spacing(grid: Grid, f: int, axis: int) -> f64:
    """Of a fabric's real yarns along its picks (axis 0) or along its ends (axis 1), m."""
    return grid.spacing[f][axis] / grid.strands[f][1 - axis]


@wp.func
def segment_yarn(
    pick_yarn: wp.array(dtype=wp.int32), end_yarn: wp.array(dtype=wp.int32), crossing: int, axis: int
) -> int:
    """The pick's yarn (axis 0) or the end's (axis 1) at a crossing."""
    if axis == 0:
        return pick_yarn[crossing]
    return end_yarn[crossing]
