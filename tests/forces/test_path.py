"""Values along paths: pins' targets and gusts use them, see `test_pin.py` for their gradients."""

import numpy as np
import warp as wp

from warp_fabric.forces.path import path_value
from warp_fabric.types import f64, vec3

KEYS = np.array(
    [[9.0, 5.0, 5.0, 5.0], [0.1, 1.0, 0.0, 0.0], [0.3, 2.0, 0.0, 4.0], [0.4, 2.0, 1.0, 4.0], [0.0, 7.0, 7.0, 7.0]]
)
"""The middle three are the path; others' keys lie around it."""


@wp.kernel
def _values(
    key_time: wp.array(dtype=f64),
    key_value: wp.array(dtype=vec3),
    time: wp.array(dtype=f64),
    found: wp.array(dtype=vec3),
):
    i = wp.tid()
    found[i] = path_value(key_time, key_value, 1, 3, time[i])


def test_a_path_is_linear_between_its_keys_and_held_outside(device):
    times = np.array([-1.0, 0.1, 0.15, 0.3, 0.325, 0.4, 50.0])
    found = wp.zeros(len(times), dtype=vec3, device=device)
    keys = [wp.array(KEYS[:, 0], dtype=f64, device=device), wp.array(KEYS[:, 1:], dtype=vec3, device=device)]
    wp.launch(_values, len(times), [*keys, wp.array(times, dtype=f64, device=device)], [found], device=device)
    expected = np.column_stack([np.interp(times, KEYS[1:4, 0], column) for column in KEYS[1:4, 1:].T])
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-12)
