"""The adjoint of an equilibrium: what it takes to keep the net force at zero.

The equilibrium q solves E'(q, z) = 0 with the Hessian H. With g the gradient of a loss by q,

    H y = g,    dloss/dz = -y' dE'/dz,

z standing for parameters, pin targets and the start state, from which crossings and anchors are held.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import warp as wp

from warp_fabric.errors import SolverError
from warp_fabric.forces import POTENTIALS, Elements, Moment, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.covering import Covering
from warp_fabric.solver.static.sparse_factors import factors_for
from warp_fabric.state import State
from warp_fabric.types import f64, vec2, vec5

REFINEMENTS = 2


@wp.kernel
def _keep_border(
    slides: wp.array(dtype=wp.int32),
    start: wp.array(dtype=vec2),
    found: wp.array(dtype=vec2),
    sliding: wp.array(dtype=vec2),
):
    """The border's yarn coordinates are those of the start state, and change with it."""
    i = wp.tid()
    if slides[i] == 0:
        sliding[i] = start[i]
    else:
        sliding[i] = found[i]


class EquilibriumAdjoint:
    """Derivatives of one equilibrium; the model's arrays and the start state collect gradients in their `.grad`.

    Args:
        model: What is at rest. start: The state the search started from; it keeps gradients. found: The equilibrium.

    Attributes:
        accuracy: The worst that a solve has left of its right-hand side, relative: how accurate derivatives are.

    Raises:
        SolverError: where it is no minimum, so that no derivative exists.
    """

    def __init__(self, model: Model, start: State, found: State) -> None:
        self.model, self.start, self.found = model, start, found
        self._sliding = wp.zeros_like(found.sliding, requires_grad=True)
        self._at = replace(found, sliding=self._sliding)
        self.accuracy = 0.0
        self._held, self._elements = empty_held(model, True), Elements(model, True)
        self._clock = wp.zeros(2, dtype=f64, device=model.device)
        self._net_force = wp.zeros(model.node_count, dtype=vec5, device=model.device, requires_grad=True)
        if self._held.candidates is not None:
            hold(model, Moment.of(start, self._clock), self._held)
            Covering(model, self._held).cover(start.position, found.position)
        self._evaluate()
        self._elements.clear_jacobian()
        self._held.clear_couplings()
        hessian = BlockMatrix(model, self._held.candidates)
        for force in POTENTIALS:
            force.add_jacobian(model, found, self._held, self._elements, -1.0, 0.0)
        self._elements.collect_jacobian(hessian.blocks)
        self._held.pack_couplings()
        self._free = np.concatenate(
            [np.ones((model.node_count, 3)), np.repeat(model.topology.slides[:, None], 2, 1)], 1
        )
        self._factors = factors_for(model, self._free > 0.0)
        if not self._factors.factor(hessian):
            raise SolverError("the equilibrium is no minimum", where="static", fix="tighten solver.tolerance")
        self._hessian = hessian.to_scipy().tocsr()

    def pull(self, gradient: np.ndarray) -> None:
        """Add to the gradients of what the equilibrium depends on.

        Args:
            gradient: [N, 5] of the loss by the equilibrium's positions and sliding coordinates.
        """
        multipliers = self._solve(gradient)
        for array in (self._sliding, *self._held.arrays()):
            if array.grad is not None:
                array.grad.zero_()
        self._elements.clear_gradients()
        with wp.Tape() as tape:
            self._evaluate()
        seed = wp.array(-multipliers, dtype=vec5, device=self.model.device)
        tape.backward(grads={self._net_force: seed})
        if self.start.sliding.grad is not None:
            border = gradient[:, 3:] * ~self.model.topology.slides[:, None]
            self.start.sliding.grad.assign(self.start.sliding.grad.numpy() + border)

    def push(self, force: np.ndarray) -> np.ndarray:
        """How the equilibrium moves, [N, 5], where something changes E' by `force` [N, 5] there."""
        return self._solve(-force)

    def net_force(self) -> np.ndarray:
        """E' [N, 5] at the equilibrium found, for the model's parameters and start state as they are now."""
        self._evaluate()
        return np.array(self._net_force.numpy())

    def _solve(self, right: np.ndarray) -> np.ndarray:
        """H^-1 right, refined as far as rounding lets it be."""
        right = right * self._free
        found = self._factors.solve(right)
        for _ in range(REFINEMENTS):
            found += self._factors.solve(self._left(right, found))
        size = float(np.linalg.norm(right))
        self.accuracy = max(self.accuracy, float(np.linalg.norm(self._left(right, found))) / size if size else 0.0)
        return found

    def _left(self, right: np.ndarray, found: np.ndarray) -> np.ndarray:
        """What a solution leaves of its right-hand side."""
        return (right - (self._hessian @ found.ravel()).reshape(right.shape)) * self._free

    def _evaluate(self) -> None:
        model, held, start = self.model, self._held, self.start
        hold(model, Moment.of(start, self._clock), held)
        inputs = [model.grid.slides, start.sliding, self.found.sliding]
        wp.launch(_keep_border, model.node_count, inputs, [self._sliding], device=model.device)
        self._elements.clear()
        for force in POTENTIALS:
            force.add_force(model, self._at, held, self._elements, -1.0)
        self._elements.collect(self._net_force)
