"""What friction holds of contacts is a function of the state and of parameters: adjoints against differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import warp as wp
from sample_cloth import Point


def assert_held_adjoints(
    point: Point, outputs: dict[str, wp.array], inputs: dict[str, tuple[wp.array, float]], evaluate: Callable
) -> None:
    """Checks the gradient of random sums of what is held by each input.

    Args:
        inputs: And the size of a step, of which differences take a millionth. evaluate: Holds anew.
    """
    rng, device = np.random.default_rng(61), point.model.device
    for array, _ in inputs.values():
        array.requires_grad = True
    weights = {}
    for name, array in outputs.items():
        values = array.numpy()
        assert values.any(), name
        weights[name] = rng.standard_normal(values.shape) / np.abs(values).max()
    with wp.Tape() as tape:
        evaluate()
    tape.backward(
        grads={array: wp.array(weights[name], dtype=array.dtype, device=device) for name, array in outputs.items()}
    )
    found = {name: np.array(array.grad.numpy()) for name, (array, _) in inputs.items()}
    tape.zero()
    for name, (array, size) in inputs.items():
        start = np.array(array.numpy())
        direction, values = size * rng.standard_normal(start.shape), []
        for sign in (1.0, -1.0):
            array.assign(start + sign * 1e-6 * direction)
            evaluate()
            values.append(sum(float(np.vdot(weights[key], out.numpy())) for key, out in outputs.items()))
        array.assign(start)
        slope = (values[0] - values[1]) / 2e-6
        assert abs(slope) > 0.0, name
        scale = sum(np.abs(weights[key] * out.numpy()).sum() for key, out in outputs.items())
        assert float(np.vdot(found[name], direction)) == pytest.approx(slope, rel=1e-5, abs=1e-7 * scale), name
