"""Equilibrium: a local minimum of the total potential, reached downhill from the start state (physics: "static").

First downhill with `relaxation.py`, then Newton with the exact Hessian; where that does not go down, a multiple of its
diagonal is added (Levenberg-Marquardt). A sparse direct factorisation gives both the step and the inertia, so that a
saddle is never taken for an answer: there the search leaves along a direction of negative curvature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import warp as wp

from warp_fabric.errors import SceneError, SolverError
from warp_fabric.forces import POTENTIALS, Elements, Held
from warp_fabric.forces.crossing import hold_crossings
from warp_fabric.forces.pin import pin_targets
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.recorded import Recorded
from warp_fabric.solver.relaxation import Relaxation
from warp_fabric.state import State
from warp_fabric.types import f64, vec5

EPS = float(np.finfo(float).eps)


@dataclass
class StaticReport:
    """How the search went.

    Attributes:
        relaxation_steps: Steps downhill before Newton's method takes over.
        iterations: Hessians factorised for steps. energies: total potential after each, J.
        largest_force: largest component of the net force that is left, N. shifts: How often the Hessian was shifted.
        saddles: How often the search stood on a saddle and left it.
    """

    relaxation_steps: int = 0
    iterations: int = 0
    largest_force: float = float("nan")
    energies: list[float] = field(default_factory=list)
    shifts: int = 0
    saddles: int = 0

    def as_dict(self) -> dict:
        return {
            "relaxation_steps": self.relaxation_steps,
            "iterations": self.iterations,
            "largest_force": self.largest_force,
            "energy": self.energies[-1] if self.energies else None,
            "shifts": self.shifts,
            "saddles": self.saddles,
        }


class Equilibrium:
    """Finds the equilibrium of a model from a state.

    Args:
        model: What to relax; air must not act on it.
        start: The start state. Crossings and anchors are held as they are there; velocities are ignored.
        tolerance: Largest net force component to leave, N.

    Attributes:
        state: Where the search stands. held: what the potentials hold.
    """

    MAX_ITERATIONS = 1000
    MAX_SADDLES = 50
    RELAXATION_STEPS = 500
    PATIENCE = 40  # steps without halving the force
    NEAR = 1.0e-8  # N
    NUDGE = 1.0e-5  # of a spacing
    MAX_MOVE = 20.0  # spacings a crossing may move in one iteration

    def __init__(self, model: Model, start: State, tolerance: float) -> None:
        self.model, self.tolerance = model, tolerance
        self.state = start.clone()
        self.state.velocity.zero_()
        self.state.sliding_velocity.zero_()
        self.held, self.elements, self.hessian = Held.empty(model), Elements(model), BlockMatrix(model)
        hold_crossings(model, start.position, start.sliding, self.held.normal, self.held.compression)
        wp.copy(self.held.anchor, start.anchor)
        pin_targets(model, wp.zeros(1, dtype=f64, device=model.device), self.held.pin_target)
        self._gradient = wp.zeros(model.node_count, dtype=vec5, device=model.device)
        self._energy = wp.zeros(1, dtype=f64, device=model.device)
        self._evaluate = Recorded(model.device, self._work)
        self._evaluate_hessian = Recorded(model.device, self._hessian_work)
        self._free = np.concatenate([np.ones((model.node_count, 3)), np.repeat(model.topology.inner[:, None], 2, 1)], 1)
        self._spacing = float(model.grid.segment_length.numpy().min()) if len(model.topology.segment) else 1.0

    def solve(self, on_iteration: Callable[[StaticReport], None] | None = None) -> StaticReport:
        """Search until the net force is within tolerance at a minimum.

        Raises:
            SceneError: where nothing is pinned.
            SolverError: where it is not reached; names the worst crossing.
        """
        if self.model.pin_count == 0:
            raise SceneError(
                "nothing holds the cloth, so it has no equilibrium", where="pins", fix="add a [[pins]] table"
            )
        report = StaticReport()
        rng = np.random.default_rng(0)
        q = self._coordinates() + self.NUDGE * self._spacing * self._free * rng.standard_normal(self._free.shape)
        energy, gradient = self._at(q)
        report.energies.append(energy)
        if not np.isfinite(energy):
            raise SolverError(
                "the start state has an inverted or empty yarn segment", fix="start from another frame, or from rest"
            )
        q, energy, gradient = self._relax(report, on_iteration)
        shift, best, stuck = 0.0, np.inf, 0
        for _ in range(self.MAX_ITERATIONS):
            report.largest_force = float(np.abs(gradient).max())
            report.energies.append(energy)
            if on_iteration is not None:
                on_iteration(report)
            self._at(q)
            self._evaluate_hessian()
            hessian = self._matrix()
            factors = factorise(hessian)
            if factors is None and report.saddles < self.MAX_SADDLES:
                report.saddles += 1
                self._leave_saddle(q, energy, hessian, rng)
                q, energy, gradient = self._relax(report, on_iteration)
                shift, best, stuck = 0.0, np.inf, 0
                continue
            stuck = 0 if report.largest_force < 0.5 * best else stuck + 1
            best = min(best, report.largest_force)
            at_rounding = stuck >= 3 and report.largest_force <= self._rounding()
            if factors is not None and (report.largest_force <= self.tolerance or at_rounding):
                self._polish(q, gradient, factors, report)
                return report
            if factors is None or shift > 0.0:
                factors, shift = self._shifted(hessian, shift, report)
            report.iterations += 1
            direction = -factors.solve(gradient.ravel()).reshape(q.shape)
            q, energy, gradient, shift = self._search(q, energy, gradient, direction, shift)
        pick, end = self.model.locate(int(np.argmax(np.abs(gradient).max(axis=1))))[1:]
        raise SolverError(
            f"no equilibrium in {self.MAX_ITERATIONS} iterations; {report.largest_force:.1e} N are left",
            where=f"static, worst crossing [{pick}, {end}]",
            fix="pin the cloth so that it can hang, or loosen solver.tolerance",
        )

    def _polish(self, q: np.ndarray, gradient: np.ndarray, factors, report: StaticReport) -> None:
        """One more Newton step with the factors at hand: the answer then varies smoothly with what it depends on, and
        not with where the search happened to meet the tolerance."""
        candidate = q - factors.solve(gradient.ravel()).reshape(q.shape)
        largest = float(np.abs(self._at(candidate)[1]).max())
        if largest <= report.largest_force:
            report.largest_force = largest
        else:
            self._at(q)

    def _relax(self, report: StaticReport, on_iteration) -> tuple[np.ndarray, float, np.ndarray]:
        """Go downhill until hardly any net force on positions is left; the new coordinates, energy and gradient."""
        before, best, since = report.relaxation_steps, np.inf, 0

        def done(steps: int) -> bool:
            nonlocal best, since
            self._evaluate()
            report.relaxation_steps = before + steps
            report.largest_force = float(np.abs(self._gradient.numpy()[:, :3]).max())
            if on_iteration is not None:
                on_iteration(report)
            since = 0 if report.largest_force < 0.5 * best else since + 1
            best = min(best, report.largest_force)
            return since > self.PATIENCE or report.largest_force < max(self.NEAR, self.tolerance)

        # Without sliding: what slips under the forces of the way down would stay slipped.
        Relaxation(self.model.without_sliding(), self.state, self.held).run(done, self.RELAXATION_STEPS)
        self.state.velocity.zero_()  # what measured the way
        self.state.sliding_velocity.zero_()
        q = self._coordinates()
        return (q, *self._at(q))

    def _shifted(self, hessian, shift, report):
        """Factors of the shifted Hessian, and the shift that made it definite."""
        diagonal = np.abs(hessian.diagonal())
        while True:
            shifted = hessian + scipy.sparse.diags_array(shift * diagonal) if shift else hessian
            factors = factorise(shifted)
            if factors is not None:
                return factors, shift
            report.shifts += 1
            shift = max(4.0 * shift, 1.0e-8)
            if shift > 1.0e8:
                raise SolverError("the potential has no finite curvature", where="static", fix="check yarns and pins")

    def _search(self, q, energy, gradient, direction, shift):
        """Move along `direction` as far as the potential falls; short ways ask for a larger shift."""
        reach = self.MAX_MOVE * self._spacing
        length = min(1.0, reach / max(float(np.abs(direction).max()), 1e-300))
        slope = float(np.vdot(gradient, direction))
        blur = 16.0 * EPS * max(abs(energy), 1e-300)
        for _ in range(30):
            candidate = q + length * direction
            new_energy, new_gradient = self._at(candidate)
            falls = np.isfinite(new_energy) and new_energy <= energy + 1e-4 * length * slope
            # Where energies differ by rounding only, the force decides.
            level = np.isfinite(new_energy) and abs(new_energy - energy) <= blur and length * abs(slope) <= blur
            if falls or (level and np.abs(new_gradient).max() < np.abs(gradient).max()):
                if length > 0.9:
                    shift = 0.1 * shift if shift > 1.0e-8 else 0.0
                elif length < 0.3:
                    shift = max(4.0 * shift, 1.0e-7)
                return candidate, new_energy, new_gradient, shift
            length *= 0.5
        return q, energy, gradient, max(10.0 * shift, 1.0e-6)

    def _leave_saddle(self, q, energy, hessian, rng):
        """Step downhill along a direction of negative curvature."""
        diagonal = np.abs(hessian.diagonal())
        shift = 1.0e-8
        while (factors := factorise(hessian + scipy.sparse.diags_array(shift * diagonal))) is None:
            shift *= 2.0
        direction = rng.standard_normal(q.size) * self._free.ravel()
        for _ in range(30):
            direction = factors.solve(diagonal * direction)
            direction /= np.abs(direction).max()
        direction = direction.reshape(q.shape)
        for exponent in range(40):
            for sign in (1.0, -1.0):
                candidate = q + sign * 0.5**exponent * self._spacing * direction
                new_energy, new_gradient = self._at(candidate)
                if np.isfinite(new_energy) and new_energy < energy:
                    return candidate, new_energy, new_gradient
        raise SolverError(
            "the cloth can move freely in some direction, so it has no equilibrium there",
            where="static",
            fix="pin more crossings",
        )

    def _rounding(self) -> float:
        """Force [N] that rounding of coordinates causes."""
        stiffest = float(np.abs(self.hessian.blocks.numpy()[:, 0]).max())
        return 8.0 * EPS * stiffest * float(np.abs(self.model.rest_position).max())

    def _coordinates(self) -> np.ndarray:
        arrays = self.state.numpy()
        return np.concatenate([arrays["position"], arrays["sliding"]], axis=1)

    def _at(self, q: np.ndarray) -> tuple[float, np.ndarray]:
        """Energy [J] and its gradient [N, 5] at coordinates q [N, 5]; leaves the state there."""
        self.state.position.assign(q[:, :3])
        self.state.sliding.assign(q[:, 3:])
        self._evaluate()
        gradient = np.array(self._gradient.numpy())
        energy = float(self._energy.numpy()[0])
        return (energy if np.isfinite(gradient).all() else np.nan), gradient

    def _matrix(self) -> scipy.sparse.csc_array:
        return self.hessian.to_scipy().tocsc()

    def _work(self) -> None:
        self.elements.clear()
        self._energy.zero_()
        for force in POTENTIALS:
            force.add_force(self.model, self.state, self.held, self.elements, -1.0)
            force.add_energy(self.model, self.state, self.held, self._energy)
        self.elements.collect(self._gradient)

    def _hessian_work(self) -> None:
        self.elements.clear_jacobian()
        for force in POTENTIALS:
            force.add_jacobian(self.model, self.state, self.held, self.elements, -1.0, 0.0)
        self.elements.collect_jacobian(self.hessian.blocks)


def factorise(matrix: scipy.sparse.csc_array) -> scipy.sparse.linalg.SuperLU | None:
    """Factors of a symmetric matrix, None where it is not positive definite.

    Without row exchanges A = L U = L D L', and by Sylvester's law the signs of D are those of A's eigenvalues.
    """
    try:
        factors = scipy.sparse.linalg.splu(
            matrix, permc_spec="COLAMD", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
    except RuntimeError:  # exactly singular
        return None
    if not np.array_equal(factors.perm_r, factors.perm_c) or not (factors.U.diagonal() > 0.0).all():
        return None
    return factors
