"""Crossings compared with where they were observed."""

import numpy as np
import pytest
from observed_cloth import N, check_gradient, check_jacobian, somewhere

from warp_fabric.fitting.targets.crossings import CrossingComparison, Observed


@pytest.mark.parametrize("width", [3, 5])
def test_loss_and_derivative(width):
    """Mean over frames of the weighted mean over crossings of the squared distance, times the weight."""
    rng = np.random.default_rng(3)
    crossing, weight = np.array([7, 2, 11]), np.array([1.0, 2.0, 0.5])
    observed = {frame: Observed(crossing, rng.normal(scale=1e-3, size=(3, width)), weight) for frame in (5, 2)}
    observed[9] = Observed(crossing[:1], rng.normal(scale=1e-3, size=(1, width)), weight[:1])
    comparison = CrossingComparison(observed, 7.0)
    assert comparison.frames == (2, 5, 9)
    total = expected = 0.0
    for frame in comparison.frames:
        position, sliding = somewhere(frame)
        r, derivative = comparison.residual(frame, position, sliding)
        assert derivative.shape == (len(r), 5 * N)
        total += float(r @ r)
        mean = scale = 0.0
        for node, seen, w in zip(observed[frame].crossing, observed[frame].coordinates, observed[frame].weight):
            present = [*position[node], *sliding[node]][:width]
            mean += w * sum((a - b) ** 2 for a, b in zip(present, seen))
            scale += w
        expected += 7.0 / 3.0 * mean / scale
    assert total == pytest.approx(expected, rel=1e-12)
    check_gradient(comparison)
    check_jacobian(comparison)
