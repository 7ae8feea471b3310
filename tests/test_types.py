"""Everything physical is float64."""

import pytest
import warp as wp

from warp_fabric import types

SHAPES = {"vec2": (2,), "vec3": (3,), "vec5": (5,), "vec7": (7,), "vec8": (8,)} | {
    "mat33": (3, 3),
    "mat44": (4, 4),
    "mat55": (5, 5),
}


@pytest.mark.parametrize("name", SHAPES)
def test_vectors_and_matrices(name):
    kind = getattr(types, name)
    assert kind._wp_scalar_type_ is wp.float64
    assert kind._shape_ == SHAPES[name]


def test_scalar():
    assert types.f64 is wp.float64
