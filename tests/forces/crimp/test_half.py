"""Half a segment: its energy as the text of the physics has it, all derivatives, and what is kept of them."""

import numpy as np
import pytest
import warp as wp
from crimp_law import derivatives, half

from warp_fabric.forces.crimp.half import (
    half_energy,
    half_gradient,
    half_hessian,
    half_rise_force,
    half_rise_slope,
    half_rounding,
)
from warp_fabric.types import f64

KS, KC, T0 = 74.5, 1.33e-9, 0.32
"""Of cotton: N, N m2, rad."""
CHORD, RISE, LENGTH = 3.8e-4, 1.3e-4, 4.0e-4
PLACES = {
    "rest": (3.8e-4, 3.8e-4 * np.tan(T0), 3.8e-4 / np.cos(T0)),
    "pulled": (4.2e-4, 0.7e-4, 4.0e-4),
    "pushed": (2.9e-4, 1.9e-4, 4.0e-4),
    "straight": (4.1e-4, 0.0, 4.0e-4),
    "short of yarn": (3.8e-4, 1.3e-4, 3.0e-4),
    "short of yarn and straight": (3.8e-4, 0.0, 3.0e-4),
    "loose": (2.0e-4, 0.4e-4, 4.4e-4),
}


@wp.kernel
def _measure(ks: f64, kc: f64, t0: f64, place: wp.array2d(dtype=f64), convexity: int, out: wp.array2d(dtype=f64)):
    i = wp.tid()
    chord, h, d = place[i, 0], place[i, 1], place[i, 2]
    out[i, 0] = half_energy(ks, kc, t0, chord, h, d)
    by_l, by_d = half_gradient(ks, kc, t0, chord, h, d)
    out[i, 1] = by_l
    out[i, 2] = half_rise_force(ks, kc, t0, chord, h, d)
    out[i, 3] = by_d
    first, second = half_rise_slope(ks, kc, t0, chord, h, d)
    out[i, 4] = first
    out[i, 5] = second
    second_ones = half_hessian(ks, kc, t0, chord, h, d, convexity)
    out[i, 6] = second_ones.first
    out[i, 7] = second_ones.ll
    out[i, 8] = second_ones.lh
    out[i, 9] = second_ones.ld
    out[i, 10] = second_ones.hh
    out[i, 11] = second_ones.hd
    out[i, 12] = second_ones.dd
    out[i, 13] = half_rounding(ks, kc, t0, chord, h, d)


def measured(place, device: str, convexity: int = 0, ks: float = KS, kc: float = KC, t0: float = T0) -> np.ndarray:
    """[14]: energy, dE by l, h and D, dE/dh and d2E/dh2, dE/dl, the second derivatives, rounding."""
    out = wp.zeros((1, 14), dtype=f64, device=device)
    places = wp.array([place], dtype=f64, device=device)
    wp.launch(_measure, 1, [ks, kc, t0, places, convexity], [out], device=device)
    return out.numpy()[0]


def matrix(values: np.ndarray) -> np.ndarray:
    """Second derivatives by (l, h, D)."""
    ll, lh, ld, hh, hd, dd = values[7:13]
    return np.array([[ll, lh, ld], [lh, hh, hd], [ld, hd, dd]])


@pytest.fixture(params=PLACES)
def place(request) -> tuple[float, float, float]:
    return PLACES[request.param]


def test_energy_and_first_derivatives(place, device):
    values, scale = measured(place, device), KS * 1e-15
    assert values[0] == pytest.approx(half(KS, KC, T0, *place), rel=1e-12, abs=1e-28)
    np.testing.assert_allclose(values[1:4], derivatives(KS, KC, T0, *place), rtol=1e-12, atol=scale)
    assert values[4] == pytest.approx(values[2], rel=1e-12, abs=scale)
    assert values[6] == pytest.approx(values[1], rel=1e-12, abs=scale)


def test_second_derivatives(place, device):
    """Against central differences of exact first ones."""
    step = 1e-5 * np.array(place) + 1e-10
    columns = []
    for k in range(3):
        move = step[k] * np.eye(3)[k]
        columns.append(
            (derivatives(KS, KC, T0, *(place + move)) - derivatives(KS, KC, T0, *(place - move))) / (2 * step[k])
        )
    expected = np.stack(columns, axis=1)
    values = measured(place, device)
    assert np.abs(matrix(values) - expected).max() < 1e-8 * np.abs(expected).max()
    assert values[5] == pytest.approx(values[10], rel=1e-12)
    # Bending alone, which is small beside stretch
    bent = measured(place, device, ks=0.0)
    columns = [
        (derivatives(0.0, KC, T0, *(place + move)) - derivatives(0.0, KC, T0, *(place - move))) / (2 * size)
        for size, move in ((size, size * row) for size, row in zip(step, np.eye(3)))
    ]
    expected = np.stack(columns, axis=1)
    assert np.abs(matrix(bent) - expected).max() < 1e-8 * np.abs(expected).max()


@pytest.mark.parametrize("ks", [KS, 0.0, 1e-3])
def test_the_convex_one_has_no_negative_curvature(place, device, ks):
    """It is the Gauss-Newton part, of as many squares as the energy has."""
    convex = matrix(measured(place, device, convexity=2, ks=ks))
    values = np.linalg.eigvalsh(convex)
    assert values[0] > -1e-12 * values[-1]
    assert values[-1] > 0.0
    assert abs(np.linalg.det(convex / values[-1])) < 1e-14  # two squares, three coordinates
    np.testing.assert_array_equal(measured(place, device, 1), measured(place, device))


def test_the_exact_one_may_have(device):
    exact = np.linalg.eigvalsh(matrix(measured(PLACES["pushed"], device)))
    assert exact[0] < -1e-3 * exact[-1]


def test_at_rest_both_are_the_same(device):
    convex, exact = (matrix(measured(PLACES["rest"], device, convexity)) for convexity in (2, 0))
    assert np.abs(convex - exact).max() < 1e-12 * np.abs(exact).max()
    values = measured(PLACES["rest"], device)
    assert abs(values[0]) < 1e-28
    assert np.abs(values[1:4]).max() < 1e-13 * KS


def test_two_halves_without_crimp_are_a_stretched_segment(device):
    values = measured((4.2e-4, 0.0, 4.0e-4), device, kc=0.0, t0=0.0)
    assert 2 * values[0] == pytest.approx(0.5 * KS * 4.0e-4 * 0.05**2, rel=1e-12)


def test_rounding_is_what_errors_of_strain_and_slope_make(place, device):
    chord, h, d = place
    strain, turn = np.hypot(chord, h) / d - 1, np.arctan2(h, chord) - T0
    expected = abs(0.5 * KS * d * strain) + abs(6 * KC / d * turn)
    assert measured(place, device)[13] == pytest.approx(expected, rel=1e-9, abs=1e-20)
