"""A rollout on a tape with a loss in kernels of a user."""

from __future__ import annotations

import numpy as np
import warp as wp
from gradient_check import STATE, moving_start, scene_of

from warp_fabric.material import Material
from warp_fabric.solver.rollout import Rollout
from warp_fabric.state import State
from warp_fabric.types import f64, vec2, vec3

STEPS = 9
FRAMES = (2, 5, 6, 9)


@wp.kernel
def away(position: wp.array(dtype=vec3), target: wp.array(dtype=vec3), loss: wp.array(dtype=f64)):
    i = wp.tid()
    d = position[i] - target[i]
    wp.atomic_add(loss, 0, wp.dot(d, d))


@wp.kernel
def slid(sliding: wp.array(dtype=vec2), weight: wp.array(dtype=vec2), loss: wp.array(dtype=f64)):
    i = wp.tid()
    wp.atomic_add(loss, 0, f64(1e-3) * wp.dot(sliding[i], weight[i]))


class Taped:
    """A rollout of some steps with a loss over `FRAMES`, on a tape."""

    def __init__(self, device: str, checkpoint: str | int = 1, integrator: str = "bdf2", before: int = 0) -> None:
        scene, rng = scene_of("small", integrator, STEPS), np.random.default_rng(51)
        forces = 1e-5 * rng.standard_normal((STEPS, 5, 4, 3))
        self.rollout = Rollout(scene, device, forces=forces, checkpoint=checkpoint)
        model = self.rollout.model
        for name, values in moving_start(model, 52).items():
            getattr(self.rollout.initial, name).assign(values)
        moved = model.rest_position + 1e-4 * rng.standard_normal((model.node_count, 3))
        self.target = wp.array(moved, dtype=vec3, device=device)
        self.weight = wp.array(rng.standard_normal((model.node_count, 2)), dtype=vec2, device=device)
        self.before = before

    def run(self, hold: tuple[int, ...] = ()) -> wp.Tape:
        """Record from after the first `before` steps on; holds some states."""
        self.rollout.restart()
        for _ in range(self.before):
            self.rollout.step()
        self.loss = wp.zeros(1, dtype=f64, device=self.target.device, requires_grad=True)
        self.held: dict[int, State] = {}
        self.parts: list[int] = []
        with wp.Tape() as tape:
            for k in range(self.before + 1, STEPS + 1):
                self.rollout.step()
                self.parts.append(len(self.rollout.parts))
                self._observe(k)
                if k in hold:
                    self.held[k] = self.rollout.state
        return tape

    def _observe(self, k: int) -> None:
        state = self.rollout.state
        if k in FRAMES:  # whoever reads an array need not hold the state
            wp.launch(away, len(self.target), [state.position, self.target], [self.loss], device=self.loss.device)
        if k == 4:
            wp.launch(slid, len(self.weight), [state.sliding, self.weight], [self.loss], device=self.loss.device)

    def value(self) -> float:
        """The loss, off any tape."""
        self.run()
        return float(self.loss.numpy()[0])

    def gradients(self) -> dict[str, np.ndarray]:
        model, initial = self.rollout.model, self.rollout.initial
        keys = {id(getattr(model.material, key)): key for key in Material.vars}
        named = enumerate(model.differentiable())
        arrays = {keys.get(id(array), f"parameter {k}"): array for k, array in named}
        arrays |= {f"initial {name}": getattr(initial, name) for name in STATE} | {"forces": self.rollout.forces}
        arrays |= {f"{name} {k}": getattr(state, name) for k, state in self.held.items() for name in STATE}
        return {name: np.array(array.grad.numpy()) for name, array in arrays.items()}
