"""An experiment: one scene and what was observed of it, as functions of parameter values.

The loss is a sum of squares of residuals; its gradient comes from one reverse pass, the Jacobian of the residuals
(for Gauss-Newton and uncertainties) from directions pushed along with the simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from warp_fabric.fitting.fits_memory import check_fits
from warp_fabric.fitting.targets.target import Comparison, Target
from warp_fabric.initial import initial_state
from warp_fabric.inputs import Inputs, value_shape
from warp_fabric.limits import check_scene, check_static, checked_forces, find_device
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.scene.panels_inside import check_places
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.static import Equilibrium
from warp_fabric.solver.static_adjoint import EquilibriumAdjoint
from warp_fabric.solver.tangent import Direction, Tangents
from warp_fabric.state import State
from warp_fabric.threads import one_blas_thread

Values = Mapping[str, np.ndarray]
Change = Mapping[str, np.ndarray]
"""A change of values by name, in their shapes and units."""


@dataclass
class Frame:
    """What one frame contributes to a linearised experiment.

    Attributes:
        residual: [n]. jacobian: [n, P]. weight: how many squared residuals a squared metre makes, on average.
    """

    residual: np.ndarray
    jacobian: np.ndarray
    weight: float


@dataclass
class Linearised:
    """Residuals and their Jacobian by P directions, frame by frame.

    Attributes:
        frames: in the order of time. motion: m, root mean square displacement of what was simulated from its start.
    """

    frames: list[Frame] = field(default_factory=list)
    motion: float = 0.0

    @property
    def loss(self) -> float:
        return sum(float(frame.residual @ frame.residual) for frame in self.frames)


class Experiment:
    """See the module.

    Args:
        scene: What is simulated.
        targets: What was observed of it.
        names: Dotted names of parameters whose values can be set.
        device, forces, checkpoint: See `Rollout`.
        on_step: Called after each step forward or back; an exception of it stops the work.
        unknowns: How many directions are pushed along at once, None: gradients are pulled back.
        again: How many further simulations of it are to be held at the same time.

    Attributes:
        accuracy: Of the last gradient or Jacobian, the worst relative residual of its linear solves; nan: not known.
        halved_steps: How many steps of the last simulation went through in parts only.

    Raises:
        SceneError, TargetError: where targets, names or forces do not fit the scene.
    """

    def __init__(
        self,
        scene: Scene,
        targets: Sequence[Target],
        names: Sequence[str],
        device: str | None = None,
        forces: np.ndarray | None = None,
        checkpoint: str | int = "auto",
        on_step: Callable[[], None] = lambda: None,
        unknowns: int | None = None,
        again: int = 0,
    ) -> None:
        check_scene(scene)
        check_static(scene, forces)
        self.scene, self.names, self.on_step = scene, tuple(names), on_step
        self.comparisons: list[Comparison] = [target.compare(scene) for target in targets]
        check_fits(scene, self.comparisons, find_device(scene, device), checkpoint, self.names, unknowns, again)
        self.frames = sorted({frame for comparison in self.comparisons for frame in comparison.frames})
        self.static = scene.time.integrator == "static"
        initial = initial_state(scene)
        check_places(scene, initial["position"])
        if self.static:
            self.rollout = None
            model = Model(scene, device, self.names)
            start = State.of(model, requires_grad=True, **initial)
            self.inputs = Inputs(scene, model, start)
        else:
            if forces is None and "forces" in self.names:
                forces = np.zeros(value_shape(scene, "forces"))
            self.rollout = Rollout(scene, device, checked_forces(forces, scene), initial, checkpoint, self.names)
            self.inputs = Inputs(scene, self.rollout.model, self.rollout.initial, self.rollout.forces)
        self.accuracy, self.halved_steps = float("nan"), 0
        self.steps = 0 if self.rollout is None else self.frames[-1] * self.rollout.steps_per_frame

    def values(self) -> dict[str, np.ndarray]:
        """The parameters' present values."""
        return {name: self.inputs.value(name) for name in self.names}

    def set(self, values: Values) -> None:
        """Set the parameters that this scene has."""
        for name in self.names:
            self.inputs.assign(name, values[name])

    def loss(self, values: Values) -> float:
        """The loss [m2] at these values.

        Raises:
            SolverError: where the simulation fails there.
        """
        self.set(values)
        total = 0.0
        with one_blas_thread():
            for frame, position, sliding in self._states():
                total += sum(float(r @ r) for r, _ in self._compare(frame, position, sliding))
        return total

    def loss_and_gradient(self, values: Values) -> tuple[float, dict[str, np.ndarray]]:
        """The loss [m2] and its gradient, by name and in the values' shapes.

        Raises:
            SolverError: where the simulation fails there.
        """
        self.set(values)
        self.inputs.clear_gradients()
        total, seeds = 0.0, {}
        with one_blas_thread():
            for frame, position, sliding in self._states(record=True):
                seed = np.zeros(5 * len(position))
                for r, derivative in self._compare(frame, position, sliding):
                    total += float(r @ r)
                    seed += 2.0 * (derivative.T @ r)
                seeds[frame] = seed.reshape(-1, 5)
            self._pull(seeds)
        return total, {name: self.inputs.gradient(name) for name in self.names}

    def linearise(self, values: Values, changes: Sequence[Change]) -> Linearised:
        """Residuals and how they change along each of `changes`, at these values.

        Raises:
            SolverError: where the simulation fails there.
        """
        self.set(values)
        directions = [self._direction(change) for change in changes]
        result, squares, rest = Linearised(), [], self.inputs.initial.position.numpy().copy()
        with one_blas_thread():
            for frame, position, sliding, moves in self._moving_states(directions):
                pairs = self._compare(frame, position, sliding)
                residual = np.concatenate([r for r, _ in pairs])
                jacobian = np.concatenate([derivative @ moves for _, derivative in pairs])
                weight = sum(float(derivative.multiply(derivative).sum()) for _, derivative in pairs) / len(residual)
                result.frames.append(Frame(residual, jacobian, weight))
                squares.append(float(np.mean((position - rest) ** 2)) * 3.0)
        result.motion = float(np.mean(squares)) ** 0.5
        return result

    def _compare(self, frame: int, position: np.ndarray, sliding: np.ndarray) -> list:
        model = self.inputs.model
        position = model.layouts.unpack(position, model.at_rest["position"])
        sliding = model.layouts.unpack(sliding, model.at_rest["sliding"])
        pairs = [each.residual(frame, position, sliding) for each in self.comparisons if frame in each.frames]
        if not model.layouts.is_full:
            columns = (5 * model.layouts.number[:, None] + np.arange(5)).ravel()
            pairs = [(r, derivative[:, columns]) for r, derivative in pairs]
        return pairs

    def _states(self, record: bool = False):
        """(frame, position [N, 3], sliding [N, 2]) of each compared frame."""
        if self.rollout is None:
            found = self._equilibrium()
            yield 0, found.position.numpy(), found.sliding.numpy()
            return
        rollout = self.rollout
        rollout.restart()
        if record:
            rollout.record()
        while rollout.steps_done < self.steps:
            rollout.step()
            self.on_step()
            frame, within = divmod(rollout.steps_done, rollout.steps_per_frame)
            if not within and frame in self.frames:
                yield frame, rollout.state.position.numpy(), rollout.state.sliding.numpy()
        self.halved_steps = rollout.halved_steps

    def _moving_states(self, directions: list[Direction]):
        """Like `_states`, with the change of coordinates along each direction, [5 N, P]."""
        if self.rollout is None:
            found = self._equilibrium()
            moves = self._equilibrium_moves(found, directions)
            yield 0, found.position.numpy(), found.sliding.numpy(), moves
            return
        rollout = self.rollout
        if not directions:
            for frame, position, sliding in self._states():
                yield frame, position, sliding, np.zeros((5 * len(position), 0))
            return
        rollout.restart()
        tangents = Tangents(rollout.model, directions)
        while rollout.steps_done < self.steps:
            index, remembers = rollout.steps_done, rollout.previous is not None
            rollout.step()
            external = None if rollout.forces is None else rollout.forces.numpy()[index]
            tangents.step(rollout.parts, external, index, remembers)
            self.on_step()
            frame, within = divmod(rollout.steps_done, rollout.steps_per_frame)
            if not within and frame in self.frames:
                moved = [np.concatenate([s.position.numpy(), s.sliding.numpy()], axis=1) for s in tangents.states]
                moves = np.stack([each.ravel() for each in moved], axis=1)
                yield frame, rollout.state.position.numpy(), rollout.state.sliding.numpy(), moves
        self.accuracy, self.halved_steps = tangents.accuracy, rollout.halved_steps

    def _pull(self, seeds: dict[int, np.ndarray]) -> None:
        if self.rollout is None:
            adjoint = EquilibriumAdjoint(self.inputs.model, self.inputs.initial, self._found)
            adjoint.pull(seeds[0])
            self.accuracy = adjoint.accuracy
            return
        rollout = self.rollout
        assert rollout.recording is not None

        def seed(step: int, gradient: State) -> None:
            self.on_step()
            frame, within = divmod(step, rollout.steps_per_frame)
            if not within and frame in seeds:
                for array, part in ((gradient.position, seeds[frame][:, :3]), (gradient.sliding, seeds[frame][:, 3:])):
                    array.assign(array.numpy() + part)

        rollout.recording.backward(seed)
        self.accuracy = rollout.gradient_accuracy
        rollout.restart()

    def _equilibrium(self) -> State:
        search = Equilibrium(self.inputs.model, self.inputs.initial, self.scene.tolerance)
        search.solve(lambda _: self.on_step())
        self._found = search.state
        return search.state

    def _equilibrium_moves(self, found: State, directions: list[Direction]) -> np.ndarray:
        """How the equilibrium moves along each direction, [5 N, P]; net forces by central differences."""
        adjoint = EquilibriumAdjoint(self.inputs.model, self.inputs.initial, found)
        step = 1.0e-5
        moves = []
        for direction in directions:
            pushes = []
            pairs = list(direction.arrays)
            pairs += [(getattr(self.inputs.initial, name), change) for name, change in direction.initial.items()]
            bases = [np.array(array.numpy()) for array, _ in pairs]
            for sign in (1.0, -1.0, 0.0):
                for (array, change), base in zip(pairs, bases):
                    array.assign(base + sign * step * change.reshape(base.shape))
                if sign:
                    pushes.append(adjoint.net_force())
            moved = adjoint.push((pushes[0] - pushes[1]) / (2.0 * step))
            if "sliding" in direction.initial:
                border = ~self.inputs.model.topology.slides
                moved[border, 3:] = direction.initial["sliding"][border]
            moves.append(moved.ravel())
        self.accuracy = adjoint.accuracy
        return np.stack(moves, axis=1) if moves else np.zeros((5 * self.inputs.model.node_count, 0))

    def _direction(self, change: Change) -> Direction:
        direction = Direction()
        for name, amount in change.items():
            if not amount.any():
                continue
            if name == "forces":
                direction.forces = self.inputs.rows(name, amount)
            elif name.startswith("initial."):
                _add_to(direction.initial, name.removeprefix("initial."), self.inputs.rows(name, amount))
            else:
                direction.arrays += self.inputs.pieces(name, amount)
                for part, moved in self.inputs.moves(name, amount).items():
                    _add_to(direction.initial, part, moved)
        return direction


def _add_to(changes: dict[str, np.ndarray], name: str, rows: np.ndarray) -> None:
    changes[name] = changes[name] + rows if name in changes else rows
