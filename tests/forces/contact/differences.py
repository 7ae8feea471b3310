"""Kernels of one element a thread, and their derivatives against finite differences."""

from __future__ import annotations

import numpy as np
import warp as wp

from warp_fabric.types import f64, mat33, vec3

KINDS = {(): f64, (3,): vec3, (3, 3): mat33}


class Pointwise:
    """A kernel that reads entry i of each input and writes entry i of each output.

    Args:
        outputs: The shape of one entry of each: (), (3,) or (3, 3).
    """

    def __init__(self, kernel: wp.Kernel, outputs: list[tuple[int, ...]], device: str) -> None:
        self.kernel, self.outputs, self.device = kernel, outputs, device

    def __call__(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """The outputs of inputs [n, ...]; whole numbers go in as int32."""
        return [array.numpy() for array in self._launched(inputs)[1]]

    def gradients(self, inputs: list[np.ndarray], seeds: list[np.ndarray]) -> list[np.ndarray]:
        """Of the sum of outputs times seeds, by each input that is no whole number."""
        with wp.Tape() as tape:
            arrays, outputs = self._launched(inputs)
        tape.backward(
            grads={out: wp.array(seed, dtype=out.dtype, device=self.device) for out, seed in zip(outputs, seeds)}
        )
        return [array.grad.numpy() for array in arrays if array.requires_grad]

    def _launched(self, inputs) -> tuple[list[wp.array], list[wp.array]]:
        count = len(inputs[0])
        arrays = []
        for values in map(np.asarray, inputs):
            real = values.dtype.kind == "f"
            kind = KINDS[values.shape[1:]] if real else wp.int32
            arrays.append(wp.array(values, dtype=kind, device=self.device, requires_grad=real))
        outputs = [wp.zeros(count, dtype=KINDS[s], device=self.device, requires_grad=True) for s in self.outputs]
        wp.launch(self.kernel, count, arrays, outputs, device=self.device)
        return arrays, outputs


def slopes(function, inputs: list[np.ndarray], which: int, step: float) -> list[np.ndarray]:
    """The derivative of each output [n, ...] by input `which` [n, ...], shapes joined; central differences.

    Args:
        function: Takes inputs, returns a list of outputs.
    """
    values = np.asarray(inputs[which])
    parts = []
    for index in np.ndindex(values.shape[1:]):
        change = np.zeros_like(values)
        change[(slice(None), *index)] = step
        ends = [function(*inputs[:which], values + sign * change, *inputs[which + 1 :]) for sign in (1.0, -1.0)]
        parts.append([(plus - minus) / (2.0 * step) for plus, minus in zip(*ends)])
    return [np.stack(part, axis=-1).reshape(*part[0].shape, *values.shape[1:]) for part in zip(*parts)]


def assert_gradients(
    elements: Pointwise, inputs: list[np.ndarray], steps: list[float], tolerance: float = 1e-6
) -> None:
    """Checks adjoints by all inputs, for random weights of the outputs.

    Args:
        steps: Of each input, in its unit; whole numbers take none.
    """
    random = np.random.default_rng(0)
    values = elements(*inputs)
    seeds = [random.normal(size=each.shape) for each in values]
    found = elements.gradients(inputs, seeds)
    real = [k for k, each in enumerate(inputs) if np.asarray(each).dtype.kind == "f"]
    assert len(real) == len(found) == len(steps)
    for k, gradient, step in zip(real, found, steps):
        parts = slopes(elements, inputs, k, step)
        expected = np.zeros_like(gradient)
        size = np.zeros(len(gradient))  # of what is summed, which may cancel
        for part, seed in zip(parts, seeds):
            axes = tuple(range(1, seed.ndim))
            weighted = seed.reshape(*seed.shape, *[1] * (part.ndim - seed.ndim)) * part
            expected += weighted.sum(axis=axes)
            size += np.abs(weighted).reshape(len(size), -1).sum(axis=1)
        error = np.abs(gradient - expected).reshape(len(size), -1).max(axis=1)
        wrong = error > tolerance * (size + 1e-3 * size.max())
        assert not wrong.any(), (k, np.flatnonzero(wrong), gradient[wrong], expected[wrong])
