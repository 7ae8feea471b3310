"""The adjoint of one implicit step (`docs/physics.md`, section 8).

A step solves r(v1, z) = 0 for the new velocities v1, z standing for all that enters it: the last states, parameters,
pin targets, forces. With g the gradient of a loss by v1, and dr/dv1 = J,

    J' y = g,    dloss/dz = -y' dr/dz:

one solve with the transposed Jacobian, then one reverse pass of the residual's tape at the converged step. What the
step holds (crossings, wind's triangles, start momentum) is on a tape of its own, which passes gradients on to the
last states.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import warp as wp

from warp_fabric.errors import GradientWarning, SolverError
from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.linear import LinearReport
from warp_fabric.solver.moves import Moves
from warp_fabric.solver.recorded import Recorded
from warp_fabric.state import State
from warp_fabric.types import vec3, vec5


@dataclass
class Part:
    """One implicit solve: a whole step, or one of the parts a step was halved into.

    Attributes:
        scheme: how it was started. end: its time, s. state, previous, out: the states it led from and to.
    """

    scheme: Scheme
    end: float
    state: State
    previous: State
    out: State


@wp.kernel(enable_backward=False)
def _add(x: wp.array(dtype=vec3), out: wp.array(dtype=vec3)):
    i = wp.tid()
    out[i] = out[i] + x[i]


@wp.kernel(enable_backward=False)
def _negate(x: wp.array(dtype=vec5), out: wp.array(dtype=vec5)):
    i = wp.tid()
    out[i] = -x[i]


class StepAdjoint:
    """Pulls gradients back through implicit steps of one model; the model's arrays collect theirs in their `.grad`.

    Args:
        model: Its material and pins keep gradients.

    What the transposed solve leaves of its right-hand side, |g - J' y| / |g|, says how accurate the gradient is: a
    derivative g.dv1/dz is off by (g - J' y).dv1/dz. Rounding leaves some 1e-12 of soft yarns, 1e-10 of cotton.

    Attributes:
        accuracy: The worst of that since `begin`.
    """

    RESIDUAL = 1.0e-12  # relative, as are those below: what the transposed solve aims at,
    RESIDUAL_STIFF = 1.0e-10  # and where yarns are stiff, and rounding leaves more
    POOR = 1.0e-4  # more is warned of
    WORTHLESS = 1.0e-2  # more is an error

    def __init__(self, model: Model) -> None:
        self.model = model
        self.equation = StepEquation(model, requires_grad=True)
        self.state, self.previous, self.out = (State.empty(model, requires_grad=True) for _ in range(3))
        self.linear = StepSolver(self.equation.jacobian, self.equation.unknown.grad)
        self._moves = Moves(self.equation) if model.bead_count else None
        self.iterations = 0
        self.accuracy = 0.0
        self._recorded: dict[Scheme, tuple[Recorded, Recorded]] = {}
        self._tapes: dict[Scheme, tuple[wp.Tape, wp.Tape]] = {}

    def begin(self) -> None:
        """A reverse pass begins."""
        self.accuracy = 0.0

    def pull(
        self,
        part: Part,
        external: wp.array | None,
        gradient: State,
        to_state: State,
        to_previous: State | None,
        to_external: wp.array | None = None,
    ) -> None:
        """Add to the gradients of what went into a step.

        Args:
            part: The step. external: [N] vec3, N, forces from outside during it.
            gradient: Of the loss by `part.out`.
            to_state, to_previous, to_external: What is added to; `to_previous` is None where the scheme forgets it.

        Raises:
            SolverError: where the transposed system cannot be solved, so that the gradient would be worthless.
        """
        scheme = part.scheme
        if scheme not in self._recorded:
            works = (lambda: self._to_velocity(scheme), lambda: self._to_inputs(scheme))
            self._recorded[scheme] = tuple(Recorded(self.model.device, work) for work in works)
        to_velocity, to_inputs = self._recorded[part.scheme]
        equation = self.equation
        self.state.copy_from(part.state)
        self.previous.copy_from(part.previous)
        self.out.copy_from(part.out)
        self.out.gradient().copy_from(gradient)
        if external is None:
            equation.external.zero_()
        else:
            wp.copy(equation.external, external)
        equation.set_time(part.end, part.scheme.size)
        if self._moves is not None:
            self._moves.pose(self.state)
            self._moves.cover(self.state.position, self.out.position)
        to_velocity()
        self.linear.begin(part.scheme.h)
        self.linear.factor()
        aim = self.RESIDUAL_STIFF if self.model.stiff(part.scheme.h) else self.RESIDUAL
        report = self.linear.solve_transposed(aim)
        self.iterations += report.iterations
        self._judge(report, part.end)
        to_inputs()
        to_state.combine(to_state, 1.0, self.state.gradient())
        if to_previous is not None:
            to_previous.combine(to_previous, 1.0, self.previous.gradient())
        if to_external is not None:
            inputs = [equation.external.grad]
            wp.launch(_add, self.model.node_count, inputs, [to_external], device=self.model.device)

    def _judge(self, report: LinearReport, end: float) -> None:
        """Keep how accurate a solve is; warn once a pass where that is poor."""
        left = report.residual / report.start if report.start != 0.0 else 0.0
        where, fix = f"the step that ends at {end:.6g} s", "take a smaller time.step, or softer yarns"
        if not left <= self.WORTHLESS:
            what = (
                f"the gradient's linear system cannot be solved (residual {report.residual:.1e} of {report.start:.1e})"
            )
            raise SolverError(what, where=where, fix=fix)
        if left > self.POOR >= self.accuracy:
            warnings.warn(f"{where}: the gradient is accurate to {left:.1e} only; {fix}", GradientWarning, stacklevel=4)
        self.accuracy = max(self.accuracy, left)

    def _to_velocity(self, scheme: Scheme) -> None:
        """Repeat the step at its answer, and pull the gradient back to the new velocities: into `unknown.grad`."""
        equation, trial = self.equation, self.equation.trial
        equation.clear_gradients()
        for state in (self.state, self.previous):
            for gradient in state.gradient().arrays():
                gradient.zero_()
        holding, residual, move = wp.Tape(), wp.Tape(), wp.Tape()
        self._tapes[scheme] = holding, residual
        with holding:
            equation.begin(scheme, self.state, self.previous)
        equation.guess(self.out)
        with move:
            equation.move(scheme)
            equation.move_anchors(self.state, self.out)
        for array, seed in zip(trial.moving(), self.out.moving()):
            wp.copy(array.grad, seed.grad)
        move.backward()
        for gradient in trial.gradient().moving():
            gradient.zero_()
        with residual:
            equation.evaluate(scheme)
        equation.evaluate_jacobian(scheme)

    def _to_inputs(self, scheme: Scheme) -> None:
        """Pull back from the residual to everything that entered it."""
        equation = self.equation
        inputs, outputs = [self.linear.solution], [equation.residual.grad]
        wp.launch(_negate, self.model.node_count, inputs, outputs, device=self.model.device)
        holding, residual = self._tapes[scheme]
        residual.backward()
        equation.elements.clear_gradients()  # the two tapes share these buffers
        holding.backward()
