"""What torch's autograd calls: runs and steps on tensors, and their gradients, in memory shared with torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import numpy as np
import torch
import warp as wp
from torch.autograd.function import once_differentiable

from warp_fabric.crimped_rest import CrimpedRest
from warp_fabric.initial import STATE, initial_state
from warp_fabric.inputs import Inputs
from warp_fabric.limits import check_memory, find_device
from warp_fabric.memory.needs import gradient
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import of_fabrics
from warp_fabric.solver.adjoint import Part, StepAdjoint
from warp_fabric.solver.recording import Recording, stride_of
from warp_fabric.solver.step import Stepper
from warp_fabric.solver.tape import off_tape
from warp_fabric.state import KINDS, State
from warp_fabric.threads import blas_limiter
from warp_fabric.torch_arrays import add, shared, shared_state
from warp_fabric.types import vec3


def is_parameter(name: str) -> bool:
    """Whether a dotted name is one of a few numbers in the model, rather than a state or forces."""
    return name != "forces" and not name.startswith(("initial.", "rest."))


class Engine:
    """One scene's solver, its adjoint, and the parameters that are in its model at present.

    Args:
        scene, device, checkpoint: See `TorchRollout`.

    Attributes:
        start: The scene's initial state, tensors by name, [*scene.grid, 3 or 2]. border: bool [*scene.grid].

    What else is here has a row for each crossing that there is, [N, ...] where cloth is cut: see `pack` and `unpack`.
    """

    def __init__(self, scene: Scene, device: str | None, checkpoint: str | int) -> None:
        times = scene.time
        self.stride = stride_of(checkpoint, times.frame_count * times.steps_per_frame, scene.crossing_count)
        found = find_device(scene, device)
        check_memory(scene, found, lambda each: gradient(each, found != "cpu", self.stride), "a gradient")
        self.scene, self.model = scene, Model(scene, device)
        self.device = torch.device(wp.device_to_torch(self.model.device))
        self.frame_count, self.steps_per_frame = times.frame_count, times.steps_per_frame
        self.start = {name: torch.tensor(array, device=self.device) for name, array in initial_state(scene).items()}
        self.border = torch.tensor(~of_fabrics(scene, "slides"), device=self.device)
        layouts = self.model.layouts
        self._number = None if layouts.is_full else torch.tensor(layouts.number, device=self.device)
        self.first = {name: self.pack(tensor) for name, tensor in self.start.items()}
        self._fixed = self.pack(self.border[..., None])
        self.stepper = Stepper(self.model, times.integrator, times.step_size, scene.tolerance)
        self._adjoint: StepAdjoint | None = None
        self.rest = CrimpedRest(scene, follows=scene.initial.state is None)
        self._parameters = Inputs(scene, self.model, State.of(self.model), begins_at_rest=False)
        self._first_crimps = torch.tensor(np.array(self.rest.crimps(self._parameters.value)), device=self.device)
        self.halved_steps = 0
        self._pass = -1
        self._own: dict[str, np.ndarray] = {}  # the scene's values of all parameters that were ever given
        self._present: dict[str, np.ndarray] = {}
        self._one_blas_thread = blas_limiter()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work on the device, in turn with torch's own work there, and on nobody's tape."""
        device = self.model.device
        with off_tape(), wp.ScopedDevice(device), self._one_blas_thread():
            if device.is_cuda:
                theirs = wp.stream_from_torch(torch.cuda.current_stream(self.device))
                device.stream.wait_stream(theirs)
                try:
                    yield
                finally:  # what was begun goes on after an error too, in memory that torch may give to others
                    theirs.wait_stream(device.stream)
            else:
                yield

    def time(self, steps: int) -> float:
        """Time after so many steps, s."""
        return steps / (self.scene.time.frames_per_second * self.steps_per_frame)

    def pack(self, tensor: torch.Tensor) -> torch.Tensor:
        """[..., N, k] of the crossings that there are, of all, [..., *grid, k]; differentiable."""
        if self._number is None:
            return tensor
        return tensor.flatten(-1 - len(self.scene.grid), -2).index_select(-2, self._number)

    def unpack(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        """[..., *grid, k] of part of a state, [..., N, k]: at rest where there is no crossing; differentiable."""
        if self._number is None:
            return tensor
        absent = self.start[name] * ("velocity" not in name)
        whole = absent.flatten(0, -2).expand(*tensor.shape[:-2], -1, -1)
        return whole.index_copy(-2, self._number, tensor).unflatten(-2, self.scene.grid)

    def zeros(self, width: int, *before: int) -> torch.Tensor:
        """Zeros [before..., N, width]; of whole cloth [before..., *grid, width]."""
        rows = self.scene.grid if self._number is None else self._number.shape
        return torch.zeros((*before, *rows, width), dtype=torch.float64, device=self.device)

    def zero_state(self) -> tuple[torch.Tensor, ...]:
        """The five tensors of a state, all 0."""
        return tuple(self.zeros(KINDS[name]._length_) for name in STATE)

    def following(self, values: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Sliding coordinates and anchors at rest [*grid, 2], where the crimp among these values moves them."""
        if not {*self.rest.names} & {*values}:
            return {}

        def value(name: str) -> Any:
            return values.get(name, torch.tensor(self._parameters.value(name))).to(self.device)

        crimps = chain.from_iterable(self.rest.crimps(value, torch.hypot))
        crimps = [torch.as_tensor(each).to(self._first_crimps) for each in crimps]
        change = torch.stack(crimps).view(-1, 2) - self._first_crimps
        moved = self.rest.moved(change, torch.from_numpy(self.rest.lengths).to(self.device))
        return {name: self.start[name] + moved for name in ("sliding", "anchor")}

    def set(self, values: Mapping[str, np.ndarray], check: bool = True) -> None:
        """Give the model these parameters, and the scene's values of all others.

        Raises:
            SceneError: where they make the scene impossible.
        """
        for name in values:
            if name not in self._own:
                self._own[name] = self._present[name] = self._parameters.value(name)
        wanted = {**self._own, **values}
        changes = {name: new for name, new in wanted.items() if not np.array_equal(new, self._present[name])}
        if check and changes:
            self.scene.replace({name: value.tolist() for name, value in values.items()})
        for name, value in changes.items():
            self._parameters.assign(name, value)
            self._present[name] = value

    def adjoint(self) -> StepAdjoint:
        """What pulls gradients back through steps; the gradients of the model are 0 after this call."""
        self._adjoint = self._adjoint or StepAdjoint(self.model)
        for array in self.model.differentiable():
            assert array.grad is not None
            array.grad.zero_()
        return self._adjoint

    def accuracy(self) -> float:
        """The worst of the last reverse pass; see `StepAdjoint`."""
        return self._adjoint.accuracy if self._adjoint is not None else float("nan")

    def step_begins(self, whole_pass: int) -> None:
        """A step is about to be pulled back, in a reverse pass of torch's that has this number."""
        if whole_pass != self._pass:
            self._pass = whole_pass
            self.adjoint().begin()

    def gradient(self, name: str, like: torch.Tensor) -> torch.Tensor:
        """The gradient of a parameter, as the reverse pass has left it in the model."""
        return torch.from_numpy(np.array(self._parameters.gradient(name))).to(like.device)

    def of_state(self, name: str, gradient: torch.Tensor) -> torch.Tensor:
        """A gradient by part of a state that a step began with. The border's sliding can follow the crimp; where it
        cannot, it has no gradient."""
        return gradient if self.rest.names else self.inner(name, gradient)

    def inner(self, name: str, gradient: torch.Tensor) -> torch.Tensor:
        """A gradient by part of a state; 0 at the border's sliding, which cannot change."""
        return gradient.masked_fill_(self._fixed, 0.0) if "sliding" in name else gradient


def numbers(names: Sequence[str], tensors: Sequence[torch.Tensor]) -> dict[str, np.ndarray]:
    """Values of the parameters among named tensors."""
    return {name: x.detach().cpu().numpy().copy() for name, x in zip(names, tensors) if is_parameter(name)}


class RunFunction(torch.autograd.Function):
    """(engine, names, outputs, record, tensors by these names...) -> outputs [frames, N, 3 or 2]."""

    @staticmethod
    def forward(ctx, engine: Engine, names: tuple, outputs: tuple, record: bool, *tensors: torch.Tensor):
        given, values = dict(zip(names, tensors)), numbers(names, tensors)
        engine.set(values)
        forces = given.get("forces")
        first = tuple(given.get(f"initial.{name}", given.get(f"rest.{name}", engine.first[name])) for name in STATE)
        results = {name: engine.zeros(KINDS[name]._length_, engine.frame_count + 1) for name in outputs}
        for name, result in results.items():
            result[0].copy_(first[STATE.index(name)])
        engine.halved_steps = 0
        with engine.working():
            state, previous, recording = shared_state(first), None, None
            if record:
                to_first = engine.zero_state()
                for array, gradient in zip(state.arrays(), shared_state(to_first).arrays()):
                    array.grad = gradient
                recording = Recording(engine.stepper, engine.adjoint(), state, engine.stride)
                ctx.to_first = to_first
            for k in range(engine.frame_count * engine.steps_per_frame):
                out = State.empty(engine.model)
                frame, within = divmod(k + 1, engine.steps_per_frame)
                for name in outputs if not within else ():
                    setattr(out, name, shared(results[name].detach()[frame], KINDS[name]))
                external, begin, parts = None if forces is None else shared(forces[k], vec3), engine.time(k), []
                _, whole = engine.stepper.step(state, previous, out, begin, external, k + 1, parts)
                engine.halved_steps += not whole
                if recording is not None:
                    recording.add(parts, previous is not None, begin, external)
                state, previous = out, state if whole else None
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*tensors, *results.values())
        ctx.engine, ctx.names, ctx.outputs, ctx.values = engine, names, outputs, values
        ctx.recording = recording
        return tuple(results.values())

    @staticmethod
    @once_differentiable
    def backward(ctx, *gradients: torch.Tensor | None):
        engine, names, recording = ctx.engine, ctx.names, ctx.recording
        tensors = ctx.saved_tensors[: len(names)]
        engine.set(ctx.values, check=False)
        seeds = {name: g.contiguous() for name, g in zip(ctx.outputs, gradients) if g is not None}
        for to in ctx.to_first:
            to.zero_()
        to_forces = torch.zeros_like(tensors[names.index("forces")]) if "forces" in names else None

        def seed(k: int, gradient: State) -> None:
            frame, within = divmod(k, engine.steps_per_frame)
            for name, g in seeds.items() if not within else ():
                add(KINDS[name], g[frame], getattr(gradient, name))

        with engine.working():
            engine.adjoint()
            for k in range(len(recording.steps), 0, -1):
                seed(k, recording.gradient(k))
                recording.pull(k, None if to_forces is None else shared(to_forces[k - 1], vec3))
            seed(0, recording.gradient(0))
        found: dict[str, torch.Tensor | None] = {"forces": to_forces}
        found |= {f"rest.{name}": to.clone() for name, to in zip(STATE, ctx.to_first)}
        found |= {f"initial.{name}": engine.inner(name, to.clone()) for name, to in zip(STATE, ctx.to_first)}
        wanted = zip(names, tensors, ctx.needs_input_grad[4:])
        found |= {name: engine.gradient(name, x) for name, x, needed in wanted if needed and is_parameter(name)}
        return (None, None, None, None, *(found.get(name) for name in names))


class StepFunction(torch.autograd.Function):
    """(engine, names, steps, remembers, report, state's 5 tensors, if `remembers` the 5 before, force or None,
    parameters by these names...) -> the next state's 5 tensors. Appends to `report` whether bdf2 may go on from it."""

    @staticmethod
    def forward(ctx, engine: Engine, names: tuple, steps: int, remembers: bool, report: list, *tensors):
        states = 10 if remembers else 5
        force, values = tensors[states], numbers(names, tensors[states + 1 :])
        engine.set(values)
        results, parts = engine.zero_state(), []
        with engine.working():
            state, previous = shared_state(tensors[:5]), shared_state(tensors[5:10]) if remembers else None
            external = None if force is None else shared(force, vec3)
            out = shared_state(results)
            _, whole = engine.stepper.step(state, previous, out, engine.time(steps), external, steps + 1, parts)
        report.append(whole)
        engine.halved_steps = (engine.halved_steps if steps else 0) + (not whole)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*tensors, *results)
        ctx.engine, ctx.names, ctx.values, ctx.parts, ctx.states = engine, names, values, parts, states
        return results

    @staticmethod
    @once_differentiable
    def backward(ctx, *gradients: torch.Tensor | None):
        engine: Engine = ctx.engine
        parts: list[Part] = ctx.parts
        tensors = ctx.saved_tensors
        engine.set(ctx.values, check=False)
        arriving = tuple(zero if g is None else g.contiguous() for g, zero in zip(gradients, engine.zero_state()))
        to_state, to_previous = engine.zero_state(), engine.zero_state()
        force = tensors[ctx.states]
        to_force = None if force is None else torch.zeros_like(force)
        with engine.working():
            engine.step_begins(torch._C._current_graph_task_id())
            adjoint = engine.adjoint()
            external, to_external = (None if x is None else shared(x, vec3) for x in (force, to_force))
            gradient = shared_state(arriving)
            for part in reversed(parts):
                first = part is parts[0]
                leaving = shared_state(to_state) if first else State.empty(engine.model)
                before = shared_state(to_previous) if first and ctx.states == 10 else None
                adjoint.pull(part, external, gradient, leaving, before, to_external)
                gradient = leaving
        named = zip(ctx.names, tensors[ctx.states + 1 :], ctx.needs_input_grad[5 + ctx.states + 1 :])
        found = [engine.gradient(name, x) if needed else None for name, x, needed in named]
        both = zip(STATE * 2, (*to_state, *to_previous)[: ctx.states])
        return (None, None, None, None, None, *(engine.of_state(name, g) for name, g in both), to_force, *found)
