"""Inputs: everything a run can be differentiated by, and which device arrays a dotted name means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import warp as wp

from warp_fabric.checks import shown, suggestion
from warp_fabric.crimped_rest import CrimpedRest
from warp_fabric.device_values import arrays_of
from warp_fabric.errors import SceneError
from warp_fabric.limits import checked_forces
from warp_fabric.model import Model
from warp_fabric.parameters import AIR, LISTS, place_of, places, why_absent
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import of_fabrics
from warp_fabric.scene.tree import tokens
from warp_fabric.state import State
from warp_fabric.types import vec3

INITIAL_WIDTHS = {"position": 3, "velocity": 3, "sliding": 2, "sliding_velocity": 2}
STATE_UNITS = {"position": "m", "velocity": "m/s", "sliding": "m", "sliding_velocity": "m/s", "forces": "N"}
BORDER_TOLERANCE = 1e-9
"""How far [m or m/s] a border crossing's sliding may be off when it is assigned: the rounding of single precision."""


def differentiable_names(scene: Scene, with_forces: bool = False) -> list[str]:
    """Dotted names of all that a run of the scene can be differentiated by, `forces` only if asked for."""
    names = [name for name, _ in places(scene)] + [f"initial.{key}" for key in INITIAL_WIDTHS]
    return names + (["forces"] if with_forces and scene.time.frame_count else [])


def value_shape(scene: Scene, name: str) -> tuple[int, ...]:
    """Shape of a differentiable parameter's value; () is a number.

    Raises:
        SceneError: where the scene has no such parameter.
    """
    parts = tokens(name) if isinstance(name, str) else []
    if parts and (place := place_of(scene, parts)) is not None:
        return place.shape
    match parts:
        case ["initial", key] if key in INITIAL_WIDTHS:
            return (*scene.grid, INITIAL_WIDTHS[key])
        case ["forces"] if scene.time.frame_count:
            return (scene.time.frame_count * scene.time.steps_per_frame, *scene.grid, 3)
        case ["forces"]:
            fix = 'leave them out, or set time.integrator = "bdf2"'
            raise SceneError("forces act in steps, and an equilibrium has none", where="forces", fix=fix)
    raise _unknown(scene, name)


def checked_value(scene: Scene, name: str, value: Any) -> np.ndarray:
    """A parameter's value as a float64 array of its own, of the parameter's shape.

    Raises:
        SceneError: where there is no such parameter, or these are no finite numbers of its shape.
    """
    shape = value_shape(scene, name)
    fix = f"give finite numbers of shape {shape}" if shape else "give one finite number"
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged lists, other libraries' arrays on a GPU
        raise SceneError(f"this is no array: {error}", where=name, fix=fix) from error
    if array.dtype.kind not in "fiu":
        raise SceneError(f"{shown(value)} holds no real numbers", where=name, fix=fix)
    if array.shape != shape:
        raise SceneError(f"the value has shape {array.shape}", where=name, fix=fix)
    if not np.isfinite(array).all():
        raise SceneError("the value is not finite", where=name, fix=fix)
    return array.astype(float)


@dataclass
class _Base:
    """Crimps [F, 2], with sliding coordinates and anchors [N, 2] of the first state that belong to them."""

    crimps: np.ndarray
    sliding: np.ndarray
    anchor: np.ndarray


@dataclass
class Inputs:
    """Everything a run can be differentiated by, on the device.

    Names are dotted keys of the scene file (`yarns.cotton.radius`, `pins.0.path`, ...), `initial.position`,
    `initial.velocity`, `initial.sliding`, `initial.sliding_velocity` and `forces`. Values have the shapes of
    `value_shape`: numbers [], `pins.K.path` [keys, 4] (time, x, y, z; without a path one key, the rest position),
    `environment.gusts` [keys, 4] and `obstacles.K.path` [keys, 7] where the scene has some, `initial.*`
    [picks, ends, 3 or 2], `forces` [steps, picks, ends, 3], with panels [crossings, 3 or 2] and [steps, crossings, 3];
    units as in the scene file, else m, m/s and N. What several panels take from one table is one value.

    Attributes:
        scene: Which names there are. Its values are those the run started from; the present ones are on the device.
        model: `material`, `pins.stiffness`, the keys of `pins` and `gusts`, and `obstacles` take gradients.
        initial: The first state, [N] each; takes gradients. Its anchor stays where it is when the sliding is changed.
        forces: [steps, N] vec3, N, forces from outside; None: none.
        begins_at_rest: Whether the first state's sliding coordinates and anchors are those at rest, which follow the
            crimp; None: where the scene names no other state.
    """

    scene: Scene
    model: Model
    initial: State
    forces: wp.array | None = None
    begins_at_rest: bool | None = None

    @classmethod
    def of(
        cls,
        scene: Scene,
        model: Model,
        initial: Mapping[str, np.ndarray],
        forces: Any = None,
        with_forces: bool = False,
    ) -> Inputs:
        """The inputs of a run.

        Args:
            scene: The scene of the run.
            model: Its model, of this one scene.
            initial: Arrays of the first state by name, of any shape that flattens to N rows; see `initial_state`.
            forces: See `checked_forces`; None: none.
            with_forces: Whether to differentiate by forces; without any, by forces that are 0.

        Raises:
            SceneError: where the forces do not fit the scene.
        """
        state = State.of(model, requires_grad=True, **initial)
        given = checked_forces(forces, scene)
        if given is None and with_forces:
            given = np.zeros(value_shape(scene, "forces"))
        if given is None:
            return cls(scene, model, state)
        rows = model.layouts.pack(given, 3, before=1)
        return cls(scene, model, state, wp.array(rows, dtype=vec3, device=model.device, requires_grad=with_forces))

    def arrays(self) -> list[wp.array]:
        """All arrays that take gradients, but empty ones."""
        found = [*self.model.differentiable(), *self.initial.arrays()]
        if self.forces is not None and self.forces.requires_grad:
            found.append(self.forces)
        return [array for array in found if array.size]

    def value(self, name: str) -> np.ndarray:
        """The present value, a copy.

        Raises:
            SceneError: where there is no such parameter.
        """
        return self._joined(name, self._copies(name)[0], self.model.at_rest.get(name.removeprefix("initial."), 0.0))

    def assign(self, name: str, value: Any) -> None:
        """Write a value to the device, in place. What values a scene allows is for the scene to check.

        Raises:
            SceneError: where there is no such parameter, where these are no finite numbers of its shape, or where
                they move the sliding of border crossings, which cannot slide.
        """
        new = checked_value(self.scene, name, value)
        if _slides(name):
            present, inner = self.value(name), self._inner
            if not np.allclose(new[~inner], present[~inner], rtol=0.0, atol=BORDER_TOLERANCE):
                fix = f"keep the border's values, those of Inputs.value({name!r})"
                raise SceneError("border crossings cannot slide", where=name, fix=fix)
            new[~inner] = present[~inner]
        if new.any():
            self._check_air(name)
        base = self._base if name in self._rest.names else None
        for part, rows in self.pieces(name, new):
            part.assign(rows)
        if base is not None:
            moved = self._rest.moved(np.array(self._rest.crimps(self.value)) - base.crimps)
            moved = self.model.layouts.pack(moved, 2)
            self.initial.sliding.assign(base.sliding + moved)
            self.initial.anchor.assign(base.anchor + moved)
        elif name == "initial.sliding":
            self.__dict__.pop("_base", None)

    def pieces(self, name: str, value: np.ndarray) -> list[tuple[wp.array, np.ndarray]]:
        """The device arrays that a value (or a change of one) belongs to, as views of just its entries, and its rows
        for each, of the shape that the view's `numpy()` has.

        Raises:
            SceneError: where there is no such parameter.
        """
        found = []
        for parts in self._copies(name):
            shapes = [(*part.shape, *getattr(part.dtype, "_shape_", ())) for part in parts]
            columns = [self.rows(name, value)]
            if len(parts) > 1:  # a path's times and vectors
                widths = [int(np.prod(shape[1:])) for shape in shapes]
                columns = np.split(value, np.cumsum(widths)[:-1], axis=1)
            found += [(part, column.reshape(shape)) for part, column, shape in zip(parts, columns, shapes)]
        return found

    def moves(self, name: str, change: np.ndarray) -> dict[str, np.ndarray]:
        """What a change of a value brings along in the first state: arrays by name, [N, 2]."""
        slope = self._rest.slope(name, self.value)
        if not slope.any():
            return {}
        moved = self.model.layouts.pack(self._rest.moved(float(change) * slope), 2)
        return {"sliding": moved, "anchor": moved}

    def gradient(self, name: str) -> np.ndarray:
        """What the reverse pass has left in the arrays' gradients, in the value's shape; 0 where nothing can vary.

        Raises:
            SceneError: where there is no such parameter, or the inputs were made without its gradient.
        """
        copies = self._copies(name)
        if all(part.grad is None for part in copies[0]):
            raise SceneError("no gradient is kept for this", where=name, fix="make the inputs with with_forces=True")
        self._check_air(name)
        gradients = [[wp.zeros_like(part) if part.grad is None else part.grad for part in parts] for parts in copies]
        gradient = np.sum([self._joined(name, each) for each in gradients], axis=0)
        if _slides(name):
            gradient[~self._inner] = 0.0
        for part, moved in self.moves(name, np.ones(())).items():
            gradient += np.vdot(getattr(self.initial, part).grad.numpy(), moved)
        return gradient

    def clear_gradients(self) -> None:
        """Set all gradients to 0."""
        for array in self.arrays():
            assert array.grad is not None
            array.grad.zero_()

    @cached_property
    def _rest(self) -> CrimpedRest:
        begins = self.scene.initial.state is None if self.begins_at_rest is None else self.begins_at_rest
        return CrimpedRest(self.scene, begins)

    @cached_property
    def _base(self) -> _Base:
        """Where the first state's sliding is counted from: what it was before the crimp was changed."""
        sliding, anchor = np.array(self.initial.sliding.numpy()), np.array(self.initial.anchor.numpy())
        return _Base(np.array(self._rest.crimps(self.value)), sliding, anchor)

    @property
    def _inner(self) -> np.ndarray:
        return of_fabrics(self.scene, "slides")

    def _copies(self, name: str) -> list[list[wp.array]]:
        """The piece of each device array that a value lies in, side by side: views, with their gradients. A list for
        each part of the scene that takes the value."""
        value_shape(self.scene, name)  # raises where there is no such parameter
        place = place_of(self.scene, tokens(name))
        if place is not None:
            return arrays_of(self.model, place)
        if name == "forces":
            if self.forces is None:
                raise SceneError("no forces act", where="forces", fix="make the inputs with with_forces=True")
            return [[self.forces]]
        return [[getattr(self.initial, tokens(name)[-1])]]

    def rows(self, name: str, value: np.ndarray) -> np.ndarray:
        """A value as the device has it: that of crossings, [picks, ends, ...], as rows of those that there are."""
        if name == "forces":
            return self.model.layouts.pack(value, 3, before=1)
        return self.model.layouts.pack(value, value.shape[-1]) if name.startswith("initial.") else value

    def _joined(self, name: str, parts: list[wp.array], absent: np.ndarray | float = 0.0) -> np.ndarray:
        """A value in its own shape, of pieces of device arrays; with what is `absent` where there is no crossing."""
        whole = np.concatenate([part.numpy().reshape(len(part), -1) for part in parts], axis=1)
        if name == "forces":
            whole = self.model.layouts.unpack(whole.reshape(len(whole), -1, 3), before=1)
        elif name.startswith("initial."):
            whole = self.model.layouts.unpack(whole, absent)
        return whole.reshape(value_shape(self.scene, name))

    def _check_air(self, name: str) -> None:
        """A model made without air leaves air out of every step, whatever density and drag are on the device."""
        acts = self.model.windy or self.scene.time.integrator == "static"
        if not acts and tokens(name)[-1] in AIR:
            what = "the model was made without air, so this has no effect"
            raise SceneError(what, where=name, fix="start from a density or a drag above 0")


def _slides(name: str) -> bool:
    return name in ("initial.sliding", "initial.sliding_velocity")


def _unknown(scene: Scene, name: Any) -> SceneError:
    if not isinstance(name, str):
        what = f"{shown(name)} is not the name of a parameter"
        return SceneError(what, where="parameters", fix='write it like "yarns.cotton.radius"')
    if absent := why_absent(scene, tokens(name)):
        return SceneError(absent[0], where=name, fix=absent[1])
    known = differentiable_names(scene, with_forces=True)
    same = [other for other in known if other.split(".")[0] == tokens(name)[0]]
    few = [other for other in known if tokens(other)[0] not in LISTS or tokens(other)[1] == "0"]
    what = "there is no such parameter to differentiate by"
    return SceneError(what, where=name, fix=suggestion(name, same or few, "there are"))
