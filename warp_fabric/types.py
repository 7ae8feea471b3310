"""Warp types shared by all kernels. Everything physical is float64: gradients and 1e-9 agreement need it."""

from __future__ import annotations

import warp as wp

f64 = wp.float64
vec2 = wp.vec2d
vec3 = wp.vec3d
mat33 = wp.mat33d
mat44 = wp.mat44d

vec5 = wp.types.vector(length=5, dtype=wp.float64)
"""Unknowns of one crossing: position (3), then the pick's and the end's sliding coordinate."""
mat55 = wp.types.matrix(shape=(5, 5), dtype=wp.float64)

vec7 = wp.types.vector(length=7, dtype=wp.float64)
"""Bend coordinates: the two segment vectors (3 + 3), then the yarn length between the outer crossings."""

vec8 = wp.types.vector(length=8, dtype=wp.float64)
"""Segment coordinates: position and sliding of its first crossing (3 + 1), then of its second."""
