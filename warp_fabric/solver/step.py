"""One time step: scheme, Newton, anchors; halved and retried where it does not converge."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import warp as wp

from warp_fabric.errors import SceneError, SolverError
from warp_fabric.forces.contact.gauge import Touching, touching
from warp_fabric.forces.contact.touched import touched
from warp_fabric.forces.contact_force import contact_force
from warp_fabric.model import Model
from warp_fabric.solver.adjoint import Part
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.newton import NewtonReport, NewtonSolver
from warp_fabric.solver.recorded import Recorded
from warp_fabric.state import State


@dataclass
class StepReport:
    """Statistics of one full step, halved parts summed.

    Attributes:
        time: s, at its end. scheme: "bdf2" or "euler". parts: 1, or how many parts the step was halved into.
        newton_iterations, krylov_iterations, jacobians, residuals: counts.
        largest_update: m/s, of the last Newton iteration; what the tolerance is compared with.
        methods: linear methods used. seconds: wall time. touching: Of cloth that can, at the end.
    """

    time: float
    scheme: str
    parts: int = 0
    newton_iterations: int = 0
    krylov_iterations: int = 0
    jacobians: int = 0
    residuals: int = 0
    largest_update: float = 0.0
    methods: list[str] = field(default_factory=list)
    seconds: float = 0.0
    touching: Touching | None = None

    @classmethod
    def sum(cls, reports: Sequence[StepReport]) -> StepReport:
        """What the same step took of cloths that were solved one by one; the worst of what does not add up."""
        names = ("newton_iterations", "krylov_iterations", "jacobians", "residuals", "seconds")
        return cls(
            time=reports[0].time,
            scheme="euler" if any(each.scheme == "euler" for each in reports) else reports[0].scheme,
            parts=max(each.parts for each in reports),
            largest_update=max(each.largest_update for each in reports),
            methods=sorted({method for each in reports for method in each.methods}),
            touching=Touching.sum([each.touching for each in reports if each.touching is not None]),
            **{name: sum(getattr(each, name) for each in reports) for name in names},
        )

    def add(self, report: NewtonReport) -> None:
        self.newton_iterations += report.iterations
        self.krylov_iterations += report.krylov_iterations
        self.jacobians += report.jacobians
        self.residuals += report.residuals
        self.largest_update = report.updates[-1] if report.updates else float("nan")
        self.methods = sorted({*self.methods, *report.methods})

    def as_dict(self) -> dict:
        """What numbers there are, by name."""
        found = asdict(self)
        return found | (found.pop("touching") or {})


class Stepper:
    """Advances a state by implicit steps of one size.

    Args:
        model: What to simulate.
        integrator: "bdf2" or "euler".
        step_size: s.
        tolerance: Newton's, m/s.

    Raises:
        SceneError: where a fabric is a single crossing that nothing holds.
    """

    MAX_HALVINGS = 6

    def __init__(self, model: Model, integrator: str, step_size: float, tolerance: float) -> None:
        _check_mass(model)
        self.model, self.step_size = model, step_size
        self.equation = StepEquation(model)
        self.newton = NewtonSolver(self.equation, tolerance)
        self._scheme: Callable[[float], Scheme] = Scheme.bdf2 if integrator == "bdf2" else Scheme.euler
        self._state, self._previous = State.empty(model), State.empty(model)
        self._recorded: dict[Scheme, Recorded] = {}
        self._stepped: weakref.ref[State] | None = None
        self._reach = float(np.abs(model.rest_position).max() + np.abs(model.rest_sliding).max())

    def step(
        self,
        state: State,
        previous: State | None,
        out: State,
        start: float,
        external: wp.array | None = None,
        index: int = 0,
        parts: list[Part] | None = None,
    ) -> tuple[StepReport, bool]:
        """Write the state one step after `state` to `out`, a third state.

        Args:
            previous: The state one step before, None where there is none (the step is then an Euler step).
            start: Time of `state`, s.
            external: [N] vec3, N, forces from outside during this step.
            index: Number of the step, for messages.
            parts: Takes the parts that the step was made of; their states stay as they are.

        Returns:
            The report, and whether the step went through in one piece, so that bdf2 may continue from it.

        Raises:
            SolverError: where the step does not converge even when halved; names step, time and crossing.
        """
        begun = time.perf_counter()
        if external is None:
            self.equation.external.zero_()
        else:
            wp.copy(self.equation.external, external)
        scheme = self._scheme(self.step_size) if previous is not None else Scheme.euler(self.step_size)
        report = StepReport(time=start + self.step_size, scheme=scheme.name)
        parts = [] if parts is None else parts
        self._attempt(scheme, state, previous or state, out, start, self.step_size, report, index, 0, parts)
        if self.newton.moves is not None:
            report.touching = touching(self.model, out, self.equation.held)
        report.seconds = time.perf_counter() - begun
        return report, report.parts == 1

    def _attempt(self, scheme, state, previous, out, start, size, report, index, depth, parts) -> None:
        equation = self.equation
        equation.set_time(start + size, size)
        self._begin(scheme, state, previous)
        if self.newton.moves is not None:
            self.newton.moves.shorten_guess(scheme, self._state)
        newton = self.newton.solve(scheme, self._reach)
        report.add(newton)
        if newton.converged:
            equation.move_anchors(state, out)
            equation.finish(out)
            report.parts += 1
            self._stepped = weakref.ref(out)
            parts.append(Part(scheme, start + size, state, previous, out))
            return
        if depth == self.MAX_HALVINGS:
            raise self._failure(newton, start + size, size, index)
        half = Scheme.euler(0.5 * size)
        middle = State.empty(self.model)
        self._attempt(half, state, state, middle, start, 0.5 * size, report, index, depth + 1, parts)
        self._attempt(half, middle, middle, out, start + 0.5 * size, 0.5 * size, report, index, depth + 1, parts)

    def contact_force(self, state: State, time: float) -> np.ndarray:
        """[N, 3] N, of obstacles and other cloth on each crossing, at the end of the last step; of a state that no
        step led to, what acts there.

        Args:
            state: The one that the last step led to, or where there was none, the first. time: Its time, s.
        """
        moves, equation = self.newton.moves, self.equation
        assert moves is not None
        if self._stepped is None or self._stepped() is not state:
            equation.set_time(time)
            moves.rest(state)
        return contact_force(self.model, state, equation.held)

    def _begin(self, scheme: Scheme, state: State, previous: State) -> None:
        """Evaluate what the step holds; from copies that stay in their place, so that the work is recorded once."""
        self._state.copy_from(state)
        self._previous.copy_from(previous if scheme.start[1] != 0.0 else state)
        if self.newton.moves is not None:
            self.newton.moves.prepare(scheme, self._state, self._previous)
        if scheme not in self._recorded:

            def work() -> None:
                self.equation.begin(scheme, self._state, self._previous)
                self.equation.guess(self._state)

            self._recorded[scheme] = Recorded(self.model.device, work)
        self._recorded[scheme]()

    def _failure(self, newton: NewtonReport, end: float, size: float, index: int) -> SolverError:
        worst = self.newton.worst_crossing()
        where = f"step {index} (time {end:.6g} s), worst crossing {self.model.place(worst)}"
        fix = "take a smaller time.step, softer yarns or pins, or look for pins and forces that tear the cloth there"
        held = self.equation.held
        if self.newton.moves is not None and (touches := touched(self.model, self._state.position, held, worst)):
            where += f", which {' and '.join(map(str, touches))}"
            fix = "take a smaller time.step; see that collision.stiffness can carry what presses there, that "
            fix += "collision.slip_speed is not tiny, and that neither pins nor obstacles force cloth into something"
            if (deepest := max(touches, key=lambda each: each.depth)).depth:
                fix = f"move {deepest.what}, or the cloth, by {1e3 * deepest.depth:.2g} mm or more, out of each other"
                fix += ", or what drives it in: a pin, or an obstacle's path; or take a smaller time.step"
        what = f"the step does not converge, even as a part of {size:.2e} s: {newton.reason}"
        return SolverError(what, where=where, fix=fix)


def _check_mass(model: Model) -> None:
    """A yarn's mass is its segments', so a single crossing has none; a pin at least says where it is."""
    pinned, first = {*model.pins.crossing.numpy().tolist()}, 0
    for fabric, layout in enumerate(model.layouts.parts):
        if layout.count == 1 and first not in pinned:
            which = f" {fabric}" if model.fabric_count > 1 else ""
            what = f"the fabric{which} is a single crossing without mass, and nothing determines how it moves"
            raise SceneError(what, where="fabric.ends", fix="take two ends or picks, or pin the crossing")
        first += layout.count
