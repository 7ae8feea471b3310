"""Small swings of yarns that hang from one end, against the periods of a stiff rod and of a chain."""

import numpy as np
import pytest
from rig import GRAVITY, motion, single_yarn, started, yarn
from scipy.optimize import curve_fit
from scipy.special import j0, jn_zeros

import warp_fabric as wf

LENGTH, DENSITY = 0.1, 2.0e-3
ROD = np.sqrt(1.5 * GRAVITY / LENGTH)  # rad/s: a uniform rod about its end, period 2 pi sqrt(2 L / 3 g)
CHAIN = jn_zeros(0, 1)[0] / 2 * np.sqrt(GRAVITY / LENGTH)  # rad/s: a chain's first mode, J0(2.405 sqrt(1 - s / L))
SMALL = 2.0e-3  # m, of the tip


def swing(simulate, tmp_path, kind, shape, frequency, steps, integrator, periods=3):
    """Frequency and decay rate [1/s] of the tip after a start at rest from sideways displacements `shape` [n], m.

    Returns them and the step [s], of which `steps` make a period.
    """
    segments, step = len(shape) - 1, 2 * np.pi / frequency / steps
    time = motion(periods * steps * step, step, integrator)
    solver = wf.SolverSettings(tolerance=1e-10)  # what Newton leaves adds up over hundreds of steps
    pins = {0: None}
    scene = single_yarn(kind, segments, LENGTH, pins, axis="end", pose="hanging", time=time, solver=solver)
    along = np.append(0.0, np.cumsum(-np.sqrt((LENGTH / segments) ** 2 - np.diff(shape) ** 2)))
    position = np.stack([shape, np.zeros_like(shape), along], -1)[:, None]
    run = simulate(started(scene, tmp_path, position=position))
    return (*fitted(run.time[2:], run.position[2:, -1, 0, 0], frequency), step)


def fitted(t, x, frequency):
    """Frequency and decay rate [1/s] of a damped oscillation x(t)."""

    def oscillation(t, a, b, w, rate):
        return np.exp(-rate * t) * (a * np.cos(w * t) + b * np.sin(w * t))

    found, _ = curve_fit(oscillation, t, x, p0=[x[0], 0, frequency, 0], xtol=1e-13, ftol=1e-13)
    return found[2], found[3]


def scheme_factor(integrator, wh):
    """What one step h multiplies a solution exp(i w t) of x' = i w x by."""
    if integrator == "euler":
        return 1 / (1 - 1j * wh)
    roots = np.roots([1.5 - 1j * wh, -2, 0.5])
    return roots[np.argmax(abs(roots))]


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_stiff_yarn_swings_like_a_rod(simulate, tmp_path, integrator):
    """Period and damping are the rod's as the scheme's own theory changes them, at every step size."""
    stiff = yarn(stretch=100.0, bend=1.0e-2, density=DENSITY)  # bends at 250 times the frequency
    tilted = SMALL * np.linspace(0, 1, 9)
    longer = []
    for steps in (50, 100, 200):
        frequency, rate, h = swing(simulate, tmp_path, stiff, tilted, ROD, steps, integrator)
        factor = scheme_factor(integrator, ROD * h)
        # The swing's size and bending both lengthen the period a little: see below.
        assert frequency == pytest.approx(np.angle(factor) / h, rel=5e-5)
        # Bending comes close to BDF2's damping of (w h)^4 / 4 a step.
        assert rate == pytest.approx(-np.log(abs(factor)) / h, rel=1e-3 if integrator == "euler" else 0.04)
        longer.append(ROD / frequency - 1)
    assert longer[0] / longer[1] == pytest.approx(4.0, rel=0.05)
    limit = (4 * longer[2] - longer[1]) / 3  # of small steps
    assert limit == pytest.approx((SMALL / LENGTH) ** 2 / 16, abs=2e-5)  # 250^-2 for bending


def test_soft_yarn_swings_like_a_chain(simulate, tmp_path):
    soft = yarn(stretch=100.0, bend=0.0, density=DENSITY)
    errors = []
    for segments in (8, 16):
        mode = SMALL * j0(jn_zeros(0, 1)[0] * np.sqrt(1 - np.linspace(0, 1, segments + 1)))
        frequency, _, h = swing(simulate, tmp_path, soft, mode, CHAIN, 100, "bdf2")
        errors.append(frequency * h / np.angle(scheme_factor("bdf2", CHAIN * h)) - 1)
    # Consistent mass stiffens a wave of wave number k by (k D)^2 / 24; k grows from 0.6 to 1.4 / LENGTH down the chain.
    assert 0 < errors[0] < (1.4 / 8) ** 2 / 24
    limit = (4 * errors[1] - errors[0]) / 3
    assert abs(limit) < (SMALL / LENGTH) ** 2 / 4  # the swing's size
