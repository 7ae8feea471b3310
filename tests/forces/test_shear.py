"""Shear and jamming: the energy of a slanted cloth, and the factor by which touching yarns stiffen it."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import Point, at_rest, sample_scene

from warp_fabric.forces import Convexity
from warp_fabric.forces.shear import Shear, jamming
from warp_fabric.model import Model
from warp_fabric.types import f64

SHEAR = Shear()
MODULUS, RADIUS, SPACING, TAU = 1000.0, 5e-4, 1e-3, 0.05
STIFFNESS = MODULUS * np.pi * RADIUS**2  # N, without compression
JAM = np.pi / 2 - 2 * np.arcsin(0.5)  # shear angle at which the yarns of this sett touch


@wp.kernel
def _evaluate(g: wp.array(dtype=f64), jam: f64, out: wp.array2d(dtype=f64)):
    i = wp.tid()
    q, q1, q2 = jamming(g[i], jam)
    out[i, 0] = q
    out[i, 1] = q1
    out[i, 2] = q2


def jammed(g: np.ndarray, jam: float, device: str) -> np.ndarray:
    """q, dq/dg and d2q/dg2 at each g: [len(g), 3]."""
    out = wp.zeros((len(g), 3), dtype=f64, device=device)
    wp.launch(_evaluate, len(g), [wp.array(g, dtype=f64, device=device), jam], [out], device=device)
    return out.numpy()


def corner_energy(g: float, interlaced: bool) -> float:
    """The formula, for one corner without compression."""
    q = TAU * np.logaddexp(0.0, (g / JAM - 1.0) / TAU) if interlaced else 0.0
    return 0.5 * STIFFNESS * SPACING * g**2 * (1.0 + 8.0 * q**3)


def slanted(weave: str, angle: float, device: str, compression: float = 0.0) -> Point:
    """A 3x3 cloth, flat, its ends turned by `angle` from square to its picks."""
    changes = {"fabric.weave": weave, "fabric.ends": 3, "fabric.picks": 3, "fabric.pose": "flat", "pins": []}
    model = Model(sample_scene("plain").replace(changes), device)
    position = model.rest_position.copy()
    position[:, 0] += np.sin(angle) * model.rest_position[:, 1]
    position[:, 1] *= np.cos(angle)
    point = at_rest(model, position=position)
    point.held.compression.assign(np.where(model.topology.inner, compression, 0.0))
    return point


@pytest.mark.parametrize("angle", [0.0, 1e-4, 0.2, 0.5, 0.7, 1.1])
def test_slanted_plain_weave(device, angle):
    """Two corners close by the angle, two open by it."""
    expected = 2 * corner_energy(angle, True) + 2 * corner_energy(-angle, True)
    assert slanted("plain", angle, device).energy(SHEAR) == pytest.approx(expected, rel=1e-9, abs=1e-30)


def test_yarns_do_not_jam_over_a_float(device):
    """At the middle crossing of twill only the corner between its two changes of side is interlaced."""
    model = slanted("twill22", 0.0, device).model
    drawdown = model.grid.end_on_top.numpy().reshape(3, 3).astype(bool)
    interlaced = [
        (drawdown[1, 1] != drawdown[1, 1 + i]) and (drawdown[1, 1] != drawdown[1 + j, 1])
        for j in (1, -1)
        for i in (1, -1)
    ]
    assert sum(interlaced) == 1
    angle = 0.8
    for sign in (1.0, -1.0):
        expected = sum(corner_energy(sign * g, inside) for g, inside in zip((angle, -angle, -angle, angle), interlaced))
        assert slanted("twill22", sign * angle, device).energy(SHEAR) == pytest.approx(expected, rel=1e-9)


def test_compression_stiffens_shear(device):
    loose, pressed = (slanted("plain", 0.3, device, compression) for compression in (0.0, 2.5))
    assert pressed.energy(SHEAR) == pytest.approx(3.5 * loose.energy(SHEAR), rel=1e-12)
    np.testing.assert_allclose(pressed.force(SHEAR), 3.5 * loose.force(SHEAR), rtol=1e-9, atol=1e-18)


def test_a_square_crossing_carries_no_force_but_is_stiff(device):
    point = slanted("plain", 0.0, device)
    np.testing.assert_allclose(point.force(SHEAR), 0.0, atol=1e-18)
    # Moving the crossing above the middle sideways by x turns two corners by x / spacing.
    above = 5 * 7
    assert -point.jacobian(SHEAR)[above, above] == pytest.approx(2 * STIFFNESS / SPACING, rel=1e-9)


@pytest.mark.parametrize("convexity", list(Convexity), ids=lambda convexity: convexity.name)
def test_a_square_crossing_shears_convexly_as_it_is(device, convexity):
    """There nothing is left out; of a slanted one some is, if convexity is asked for."""
    scale = STIFFNESS / SPACING
    square, slant = slanted("plain", 0.0, device), slanted("plain", 0.6, device)
    np.testing.assert_allclose(square.jacobian(SHEAR, convexity=convexity), square.jacobian(SHEAR), atol=1e-12 * scale)
    left_out = np.abs(slant.jacobian(SHEAR, convexity=convexity) - slant.jacobian(SHEAR)).max()
    assert (left_out > 0.01 * scale) == (convexity == Convexity.CONVEX)


def test_jamming_is_monotone_and_without_effect_below(device):
    g = np.linspace(-1.5, 1.5, 601)
    q, slope, curvature = jammed(g, JAM, device).T
    factor = 1.0 + 8.0 * q**3
    assert (np.diff(factor) >= 0.0).all()
    assert (slope >= 0.0).all()
    assert (curvature >= 0.0).all()
    np.testing.assert_allclose(factor[g < 0.5 * JAM], 1.0, atol=1e-12)
    beyond = g > 2.0 * JAM
    np.testing.assert_allclose(q[beyond], g[beyond] / JAM - 1.0, rtol=1e-6)
    assert factor[beyond].min() > 8.0


def test_jamming_derivatives(device):
    g, step = np.linspace(0.6 * JAM, 1.5 * JAM, 50), 1e-6
    _, slope, curvature = jammed(g, JAM, device).T
    more, less = jammed(g + step, JAM, device), jammed(g - step, JAM, device)
    np.testing.assert_allclose(slope, (more - less)[:, 0] / (2 * step), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(curvature, (more - less)[:, 1] / (2 * step), rtol=1e-5, atol=1e-6)


def test_no_jamming_angle_means_no_jamming(device):
    np.testing.assert_array_equal(jammed(np.array([-1.0, 0.0, 1.5]), 0.0, device), 0.0)
