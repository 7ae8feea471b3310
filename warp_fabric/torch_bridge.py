"""Rollouts as differentiable torch functions: whole runs, and single steps for controllers that look at the state.

Tensors and simulator share memory on the device. What is copied: parameters of the material, the environment and the
pins (a few numbers each, written into the model in place; each run's backward pass finds them as they were in that
run), the first frame of a run, and tensors that do not lie contiguously.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from warp_fabric.checks import shown, suggestion
from warp_fabric.errors import SceneError, WarpFabricError
from warp_fabric.initial import STATE
from warp_fabric.inputs import BORDER_TOLERANCE, INITIAL_WIDTHS, value_shape
from warp_fabric.limits import check_scene
from warp_fabric.scene import Scene
from warp_fabric.scene.panels_inside import check_places

try:
    import torch
except ImportError as error:
    hint = 'pip install "warp-fabric[torch]"'
    raise WarpFabricError("this needs PyTorch, which cannot be imported", where=__name__, fix=hint) from error

from warp_fabric.torch_engine import KINDS, Engine, RunFunction, StepFunction, is_parameter

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class TorchState:
    """The cloth at one moment, as float64 tensors [picks, ends, 3 or 2] on the simulation's device; with panels
    [crossings, 3 or 2], see `TorchRollout.panels`.

    Attributes:
        position, velocity: m, m/s.
        sliding, sliding_velocity: m, m/s, the pick's coordinate, then the end's; those of border crossings cannot
            change and have no gradient.
        anchor: m, where friction sticks.
        steps: Steps taken, which tells the time.
        previous: The state one step before, from which "bdf2" continues; None: the next step is an Euler step.
    """

    position: torch.Tensor
    sliding: torch.Tensor
    velocity: torch.Tensor
    sliding_velocity: torch.Tensor
    anchor: torch.Tensor
    steps: int = 0
    previous: TorchState | None = None

    def tensors(self) -> tuple[torch.Tensor, ...]:
        """The five tensors, in the order above."""
        return (self.position, self.sliding, self.velocity, self.sliding_velocity, self.anchor)


class TorchRollout:
    """Runs of one scene that torch can differentiate, once. Call it for a whole run, or take step after step.

    Values go by dotted name: keys of the scene file such as `yarns.cotton.radius`, `pins.0.path` or
    `environment.wind`; `initial.position`, `initial.velocity`, `initial.sliding`, `initial.sliding_velocity`
    [picks, ends, 3 or 2]; `forces` [steps, picks, ends, 3]. Units as in the scene file, else m, m/s and N. What is not
    given has the scene's value. All tensors are float64; those of states and forces are on `device`.

    With panels, tensors have [crossings] in place of [picks, ends], those of the first panel first: `panels` parts
    them, `joined` puts them together. What panels have in common is one value; what a panel gives itself goes by names
    such as `panels.front.end_crimp`.

    Args:
        scene: What to simulate; its integrator is "euler" or "bdf2".
        device: "cpu", "cuda:0", "auto"; None takes the scene's.
        checkpoint: Steps between the states that a whole run keeps for its backward pass, which simulates those between
            again; 1 keeps all, "auto" about sqrt(steps) of them where all would be large.

    Attributes:
        device: The torch device. step_size: s. step_count: steps of a whole run.

    Raises:
        SceneError: where the scene is static, or its initial state cannot be had.
    """

    def __init__(self, scene: Scene, device: str | None = None, checkpoint: str | int = "auto") -> None:
        check_scene(scene)
        if scene.time.integrator == "static":
            fix = 'set time.integrator = "bdf2", or use wf.loss_and_gradient'
            raise SceneError("an equilibrium is no run", where="time.integrator", fix=fix)
        if checkpoint != "auto" and not (type(checkpoint) is int and checkpoint >= 1):
            what = f"{shown(checkpoint)} is no number of steps"
            raise SceneError(what, where="checkpoint", fix='give a whole number from 1, or "auto"')
        self.scene = scene
        self._engine = Engine(scene, device, checkpoint)
        self.device, self.step_size = self._engine.device, scene.time.step_size
        self.step_count = scene.time.frame_count * scene.time.steps_per_frame

    @property
    def gradient_accuracy(self) -> float:
        """How accurate the last gradient is, relative to what it was pulled back from: the worst of its steps' linear
        solves. Not a number before the first."""
        return self._engine.accuracy()

    @property
    def halved_steps(self) -> int:
        """How many steps of the last run, or since its first step, went through in parts only; where they did, results
        depend on rounding, and a smaller time.step helps."""
        return self._engine.halved_steps

    def __call__(self, values: Tensors | None = None, outputs: str | Sequence[str] = "position") -> Any:
        """Simulate the scene from beginning to end.

        Args:
            values: Tensors by dotted name; see the class.
            outputs: What to return: "position", "sliding", "velocity", "sliding_velocity", or a list of some of them.

        Returns:
            A tensor [frames, picks, ends, 3 or 2], m or m/s, of which frame 0 is the initial state; a tuple of such
            tensors where `outputs` is a list. The backward pass reads them, so do not change them in place before.

        Raises:
            SceneError: where a tensor does not fit its name, the values make the scene impossible, or crossings of two
                panels start in one place.
            SolverError: where a step does not converge.
        """
        values = dict(values or {})
        wanted = (outputs,) if isinstance(outputs, str) else tuple(dict.fromkeys(outputs))
        for name in wanted:
            if name not in INITIAL_WIDTHS:
                fix = suggestion(name, list(INITIAL_WIDTHS), "there are")
                raise SceneError(f"a run has no output {shown(name)}", where="outputs", fix=fix)
        tensors = [self._checked(name, value, value_shape(self.scene, name)) for name, value in values.items()]
        check_places(self.scene, _numbers(values.get("initial.position", self._engine.start["position"])))
        if "initial.sliding" not in values:
            for name, tensor in self._engine.following(values).items():
                values[f"rest.{name}"] = tensor
                tensors.append(tensor)
        record = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
        rows = [self._engine.pack(x) if _of_crossings(name) else x for name, x in zip(values, tensors)]
        found = RunFunction.apply(self._engine, tuple(values), wanted, record, *rows)
        assert found is not None
        results = [self._engine.unpack(name, result) for name, result in zip(wanted, found)]
        return results[0] if isinstance(outputs, str) else tuple(results)

    def start(self, values: Tensors | None = None, **given: torch.Tensor) -> TorchState:
        """The scene's initial state, with these tensors instead of its own; see `TorchState`.

        Args:
            values: Parameters as for `step`: at rest, sliding coordinates and anchors follow the crimp among them.

        Raises:
            SceneError: where a tensor does not fit, or crossings of two panels are in one place.
        """
        for name, tensor in given.items():
            if name not in STATE:
                fix = suggestion(name, list(STATE), "it has")
                raise SceneError(f"a state has no {shown(name)}", where="start", fix=fix)
            self._checked(f"state.{name}", tensor, self._shape(name))
        own = self._engine.start | self._engine.following(values or {})
        border = self._engine.border[..., None]
        given = {
            name: torch.where(border, tensor.detach(), tensor) if "sliding" in name else tensor
            for name, tensor in given.items()
        }
        x = {name: given.get(name, tensor.clone()) for name, tensor in own.items()}
        check_places(self.scene, _numbers(x["position"]))
        return TorchState(x["position"], x["sliding"], x["velocity"], x["sliding_velocity"], x["anchor"])

    def step(self, state: TorchState, force: torch.Tensor | None = None, values: Tensors | None = None) -> TorchState:
        """The state one step later. Steps may go on beyond the scene's duration.

        Args:
            force: [picks, ends, 3], N, forces from outside during this step.
            values: Parameters of material, environment and pins by dotted name; give them at each step.

        Raises:
            SceneError: where a tensor does not fit its name, or the values make the scene impossible.
            SolverError: where the step does not converge.
        """
        values = dict(values or {})
        before = state.previous if self.scene.time.integrator == "bdf2" else None
        tensors: list[torch.Tensor | None] = []
        for label, each in (("state", state), ("state.previous", before)):
            for name, tensor in zip(STATE, each.tensors() if each is not None else ()):
                tensors.append(self._engine.pack(self._checked(f"{label}.{name}", tensor, self._shape(name))))
        force = None if force is None else self._checked("force", force, self._shape("position"))
        tensors.append(None if force is None else self._engine.pack(force))
        for name, value in values.items():
            shape = value_shape(self.scene, name)
            if not is_parameter(name):
                fix = "give `force`" if name == "forces" else "give it to start()"
                raise SceneError("this is no parameter of a single step", where=name, fix=fix)
            tensors.append(self._checked(name, value, shape))
        whole: list[bool] = []
        found = StepFunction.apply(self._engine, tuple(values), state.steps, before is not None, whole, *tensors)
        assert found is not None
        results = [self._engine.unpack(name, result) for name, result in zip(STATE, found)]
        previous = replace(state, previous=None) if whole[0] else None
        return TorchState(**dict(zip(STATE, results)), steps=state.steps + 1, previous=previous)

    def panels(self, tensor: torch.Tensor) -> dict[str, torch.Tensor]:
        """Each panel's part of a tensor of all crossings, by name: views [..., picks, ends, k] in [..., crossings, k].
        Empty where there are no panels.

        Raises:
            SceneError: where the tensor has no such shape.
        """
        if not self.scene.panels:
            return {}
        (count,) = self.scene.grid
        if not isinstance(tensor, torch.Tensor) or tensor.ndim < 2 or tensor.shape[-2] != count:
            fix = f"give one of all crossings, [..., {count}, k]"
            raise SceneError(f"{_in_words(tensor)} is not one of the panels' crossings", where="tensor", fix=fix)
        grids = self._grids()
        parts = tensor.split([math.prod(grid) for grid in grids.values()], dim=-2)
        return {name: part.unflatten(-2, grid) for (name, grid), part in zip(grids.items(), parts)}

    def joined(self, tensors: Tensors) -> torch.Tensor:
        """[..., crossings, k] from all panels' tensors [..., picks, ends, k] by name; what `panels` parts.

        Raises:
            SceneError: where they are not those of the scene's panels, or there are none.
        """
        grids = self._grids()
        if not grids:
            fix = "give the tensor [..., picks, ends, k] as it is"
            raise SceneError("the scene has no panels to join", where="tensors", fix=fix)
        if not isinstance(tensors, Mapping) or grids.keys() != tensors.keys():
            fix = f"give one for each of {', '.join(grids)}, by name"
            raise SceneError("these are not tensors of the scene's panels", where="tensors", fix=fix)
        first = tensors[next(iter(grids))]
        for name, grid in grids.items():
            tensor, where = tensors[name], f"tensors[{name!r}]"
            if not isinstance(tensor, torch.Tensor) or tensor.ndim < 3 or tuple(tensor.shape[-3:-1]) != grid:
                fix = f"give one of its picks and ends, [..., {grid[0]}, {grid[1]}, k]"
                raise SceneError(f"{_in_words(tensor)} is not one of this panel", where=where, fix=fix)
            if (tensor.shape[:-3], tensor.shape[-1]) != (first.shape[:-3], first.shape[-1]):
                shape = ", ".join(map(str, (*first.shape[:-3], *grid, first.shape[-1])))
                fix = f"give one of shape ({shape}), as that of panel {next(iter(grids))!r}"
                raise SceneError(f"{_in_words(tensor)} does not fit the first", where=where, fix=fix)
        return torch.cat([tensors[name].flatten(-3, -2) for name in grids], dim=-2)

    def _grids(self) -> dict[str, tuple[int, ...]]:
        """(picks, ends) of each panel, by name."""
        return {panel.name: part.grid for panel, part in zip(self.scene.panels, self.scene.parts)}

    def _shape(self, name: str) -> tuple[int, ...]:
        return (*self.scene.grid, KINDS[name]._length_)

    def _checked(self, name: str, value: Any, shape: tuple[int, ...]) -> torch.Tensor:
        """The tensor, lying contiguously."""
        of_crossings = name == "force" or _of_crossings(name) or name.startswith("state.")
        if not isinstance(value, torch.Tensor):
            fix = f"give torch.tensor(..., dtype=torch.float64) of shape {shape}"
            raise SceneError(f"{shown(value)} is no tensor", where=name, fix=fix)
        if tuple(value.shape) != shape:
            raise SceneError(f"the tensor has shape {tuple(value.shape)}", where=name, fix=f"give one of shape {shape}")
        if value.dtype != torch.float64:
            raise SceneError(f"the tensor is {value.dtype}", where=name, fix="give float64: tensor.double()")
        if of_crossings and value.device != self.device:
            what = f"the tensor is on {value.device}, the simulation on {self.device}"
            raise SceneError(what, where=name, fix=f'move it: tensor.to("{self.device}")')
        if not torch.isfinite(value).all():
            raise SceneError("the tensor is not finite", where=name, fix="look for what made it inf or nan")
        if name.endswith((".sliding", ".sliding_velocity")):
            off = (value.detach() - self._engine.start[name.rpartition(".")[2]]).abs().amax(-1)
            if (off * self._engine.border).max() > BORDER_TOLERANCE:
                raise SceneError("border crossings cannot slide", where=name, fix="keep the border's values of start()")
        return value.contiguous()


def _numbers(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().contiguous().numpy()


def _in_words(tensor: Any) -> str:
    if not isinstance(tensor, torch.Tensor):
        return shown(tensor)
    return f"a tensor of shape {tuple(tensor.shape)}"


def _of_crossings(name: str) -> bool:
    """Whether the value of this name has a row for each crossing."""
    return name == "forces" or name.startswith(("initial.", "rest."))
