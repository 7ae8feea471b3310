"""A yarn hanging from both ends against the elastic catenary."""

import numpy as np
import pytest
from rig import GRAVITY, motion, pin_force, single_yarn, started, yarn
from scipy.optimize import fsolve

LENGTH, SPAN, DROP = 0.2, 0.15, 0.03  # m
DENSITY = 2.0e-3  # kg/m
STRETCH = 0.02  # N
SOFT = yarn(stretch=STRETCH, bend=0.0, density=DENSITY)  # its own weight, 4 mN, stretches it by 10 %
WEIGHT = DENSITY * GRAVITY


def catenary(start, end, stretch):
    """The elastic catenary through two points [2] (across, up): a function of the unstretched arc length, and the
    force (across, up) of the yarn's end on its support at `start`, N."""

    def shape(s, across, up):
        up_s = up + WEIGHT * s  # vertical part of the tension
        x = across * s / stretch + across / WEIGHT * (np.arcsinh(up_s / across) - np.arcsinh(up / across))
        z = (up * s + WEIGHT * s**2 / 2) / stretch + (np.hypot(across, up_s) - np.hypot(across, up)) / WEIGHT
        return np.stack([x, z], -1) + start

    force = fsolve(lambda f: shape(LENGTH, *f) - end, [WEIGHT * LENGTH / 2, -WEIGHT * LENGTH / 2], xtol=1e-13)
    return lambda s: shape(s, *force), force


def hang(segments, axis="pick", kind=SOFT, **parts):
    """The yarn from (0, 0) to (SPAN, -DROP)."""
    target = [SPAN, 0, -DROP] if axis == "pick" else [0, SPAN, -DROP]
    return single_yarn(kind, segments, LENGTH, {0: None, segments: target}, axis=axis, **parts)


def plane(run, axis):
    """Crossings [n, 2] (across, up) of the last frame, and how far they leave the plane."""
    position = run.position[-1].reshape(-1, 3)
    along, beside = (0, 1) if axis == "pick" else (1, 0)
    return position[:, [along, 2]], np.abs(position[:, beside]).max()


@pytest.mark.parametrize("axis", ["pick", "end"])
def test_hanging_yarn_is_an_elastic_catenary(simulate, axis):
    """Half of each segment's weight hangs at either crossing, so the yarn is a polygon that closes in as D^2."""
    errors, pulls, shapes = [], [], []
    counts = (8, 16, 32)
    for segments in counts:
        run = simulate(hang(segments, axis))
        shape, off_plane = plane(run, axis)
        assert off_plane < 1e-9
        curve, force = catenary(shape[0], shape[-1], stretch=STRETCH)
        exact = curve(run.fabric.sliding.sum(-1).ravel())
        errors.append(np.abs(shape - exact).max())
        pull = -pin_force(run, 0)[[0, 2] if axis == "pick" else [1, 2]]
        pulls.append(np.abs(pull - force).max() / np.linalg.norm(force))
        shapes.append(shape)
    # Chords cut off kappa D^2 / 8, with kappa at most weight / horizontal pull, D with its stretch.
    stretched = 1.2 * LENGTH / np.array(counts)
    assert (errors < WEIGHT / force[0] * stretched**2 / 8).all()
    for row in np.array([errors, pulls]):
        assert row[:-1] / row[1:] == pytest.approx(4.0, rel=0.08)
    # Richardson's extrapolation takes the D^2 out: what is left is of order D^4.
    limit = (4 * shapes[2][::4] - shapes[1][::2]) / 3
    assert np.abs(limit - exact[::4]).max() < 2e-2 * errors[-1] * 4


def test_stiff_yarn_is_a_catenary(simulate):
    """A textbook catenary, z = a cosh(x / a), where stretch does not count (2e-6 of the length)."""
    run = simulate(hang(32, kind=yarn(stretch=2.0e3, bend=0.0, density=DENSITY)))
    shape, _ = plane(run, "pick")
    a = fsolve(lambda a: 2 * a * np.sinh(SPAN / 2 / a) - np.sqrt(LENGTH**2 - DROP**2), SPAN / 2)[0]
    lowest = SPAN / 2 - a * np.arctanh(-DROP / LENGTH)
    curve = a * (np.cosh((shape[:, 0] - lowest) / a) - np.cosh(lowest / a))
    assert np.abs(shape[:, 1] - curve).max() < (LENGTH / 32) ** 2 / 8 / a  # sagitta, kappa at most 1 / a


def test_swinging_yarn_settles_to_the_catenary(simulate, tmp_path):
    """From a taut line bowed sideways; Euler's own damping at this step takes e^-1 of the slowest swing in 0.5 s."""
    segments = 16
    scene = hang(segments, time=motion(6.0, 0.05, "euler"))
    start = scene.build().position * [SPAN / LENGTH, 1, 1]
    start[0, :, 1] += 0.02 * np.sin(np.linspace(0, np.pi, segments + 1))
    run = simulate(started(scene, tmp_path, position=start))
    assert np.abs(run.position[1:6, 0, :, 1]).max() > 5e-3  # it does swing
    shape, off_plane = plane(run, "pick")
    still, _ = plane(simulate(hang(segments)), "pick")
    assert np.abs(shape - still).max() < 1e-7
    assert off_plane < 1e-7
    curve, force = catenary(shape[0], shape[-1], stretch=STRETCH)
    error = np.abs(shape - curve(run.fabric.sliding[0, :, 0])).max()
    assert error < WEIGHT / force[0] * (1.2 * LENGTH / segments) ** 2 / 8


@pytest.mark.parametrize("seed", [1, 2])
def test_every_start_ends_on_the_same_catenary(simulate, tmp_path, seed):
    scene = hang(16)
    start = scene.build().position
    start = start + 0.5 * scene.fabric.end_spacing * np.random.default_rng(seed).standard_normal(start.shape)
    run = simulate(started(scene, tmp_path, position=start))
    assert np.abs(run.position[-1] - simulate(scene).position[-1]).max() < 1e-7
