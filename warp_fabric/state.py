"""State: what a simulation changes, as device arrays."""

# pyright: reportInvalidTypeForm=false

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import warp as wp

from warp_fabric.model import Model
from warp_fabric.types import f64, vec2, vec3

KINDS = {"position": vec3, "sliding": vec2, "velocity": vec3, "sliding_velocity": vec2, "anchor": vec2}
"""Warp type of each array of a state, in the order of the fields."""


@wp.kernel(enable_backward=False)
def _combine(
    amount: f64,
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    velocity: wp.array(dtype=vec3),
    sliding_velocity: wp.array(dtype=vec2),
    anchor: wp.array(dtype=vec2),
    d_position: wp.array(dtype=vec3),
    d_sliding: wp.array(dtype=vec2),
    d_velocity: wp.array(dtype=vec3),
    d_sliding_velocity: wp.array(dtype=vec2),
    d_anchor: wp.array(dtype=vec2),
    out_position: wp.array(dtype=vec3),
    out_sliding: wp.array(dtype=vec2),
    out_velocity: wp.array(dtype=vec3),
    out_sliding_velocity: wp.array(dtype=vec2),
    out_anchor: wp.array(dtype=vec2),
):
    i = wp.tid()
    out_position[i] = position[i] + amount * d_position[i]
    out_sliding[i] = sliding[i] + amount * d_sliding[i]
    out_velocity[i] = velocity[i] + amount * d_velocity[i]
    out_sliding_velocity[i] = sliding_velocity[i] + amount * d_sliding_velocity[i]
    out_anchor[i] = anchor[i] + amount * d_anchor[i]


@dataclass
class State:
    """Positions, sliding coordinates, their velocities and the friction anchors of all N crossings.

    Attributes:
        position: [N] vec3, m. sliding: [N] vec2, m (the pick's coordinate, then the end's).
        velocity: [N] vec3, m/s. sliding_velocity: [N] vec2, m/s.
        anchor: [N] vec2, m, where friction sticks; border crossings hold their rest coordinate.
    """

    position: wp.array
    sliding: wp.array
    velocity: wp.array
    sliding_velocity: wp.array
    anchor: wp.array

    @classmethod
    def empty(cls, model: Model, requires_grad: bool = False) -> State:
        """A zeroed state of the model's size, on its device."""
        return cls(
            **{
                name: wp.zeros(model.node_count, dtype=kind, device=model.device, requires_grad=requires_grad)
                for name, kind in KINDS.items()
            }
        )

    @classmethod
    def rest(cls, model: Model) -> State:
        """The fabric as woven: flat, unstressed, not moving."""
        return cls.of(model, position=model.rest_position, sliding=model.rest_sliding)

    @classmethod
    def of(cls, model: Model, requires_grad: bool = False, **arrays: np.ndarray) -> State:
        """A state from NumPy arrays of all crossings of the grids, whatever their shape, or of the N that exist.

        What is left out is at rest; the anchor, at the sliding coordinates.
        """
        state = cls.empty(model, requires_grad)
        given = {"position": model.rest_position, "sliding": model.rest_sliding, **arrays}
        given.setdefault("anchor", given["sliding"])
        for name, values in given.items():
            getattr(state, name).assign(model.layouts.pack(np.asarray(values, float), KINDS[name]._length_))
        return state

    def copy_from(self, other: State) -> None:
        """Take over another state's values (on the device)."""
        for target, source in zip(self.arrays(), other.arrays()):
            wp.copy(target, source)

    def combine(self, base: State, amount: float, change: State) -> None:
        """Become base + amount * change (on the device); either may be this state itself."""
        inputs = [amount, *base.arrays(), *change.arrays()]
        wp.launch(_combine, len(self.position), inputs, self.arrays(), device=self.position.device)

    def clone(self) -> State:
        """A copy in memory of its own."""
        return State(**{field.name: wp.clone(getattr(self, field.name)) for field in fields(self)})

    def arrays(self) -> list[wp.array]:
        """All arrays, in the order of the fields."""
        return [getattr(self, field.name) for field in fields(self)]

    def moving(self) -> list[wp.array]:
        """The arrays that a step solves for: all but the anchor."""
        return self.arrays()[:4]

    def gradient(self) -> State:
        """The arrays' gradients; they share this state's memory."""
        return State(*(array.grad for array in self.arrays()))  # pyright: ignore[reportArgumentType]

    def numpy(self) -> dict[str, np.ndarray]:
        """All arrays as NumPy copies, by name, [N, 2 or 3]."""
        return {field.name: np.array(getattr(self, field.name).numpy()) for field in fields(self)}
