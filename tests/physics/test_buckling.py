"""Euler buckling of yarns whose ends are pushed together, found by "static" from the straight yarn at rest."""

import numpy as np
import pytest
from rig import pin_force, single_yarn, yarn
from scipy.special import ellipe, ellipk

import warp_fabric as wf

LENGTH, BEND = 0.1, 1.0e-7  # m, N m2
EULER = np.pi**2 * BEND / LENGTH**2  # N
STRETCH = 1000 * EULER  # N: compressed by a thousandth when it buckles
ENDS = {"hinged": (0,), "clamped": (0, 1)}


def pushed(simulate, segments, shortening, ends, stretch=STRETCH, gravity=1e-7):
    """The yarn at rest with its far end pushed in by `shortening` [m], its load [N] and how far it stands out [m].

    A faint `gravity` [m/s2] keeps what has buckled from swinging about the line between its ends.
    """
    targets = {}
    for k in ENDS[ends]:
        targets[k] = None
        targets[segments - k] = [LENGTH - shortening - k * LENGTH / segments, 0, 0]
    nearly_weightless = wf.Environment(gravity=[0, 0, -gravity])
    scene = single_yarn(yarn(stretch, BEND, 2.0e-3), segments, LENGTH, targets, environment=nearly_weightless)
    run = simulate(scene)
    far = [number for number, pin in enumerate(scene.pins) if pin.crossing[1] > segments / 2]
    load = -sum(pin_force(run, number)[0] for number in far)
    return run, load, np.linalg.norm(run.position[-1, 0, :, 1:], axis=-1).max()


def critical(segments, ends):
    """Load [N] and shortening [m] at which a straight chain of `segments` links D, with springs kb / D, buckles.

    Load (1 - strain) = kb (2 / D sin(q D / 2))^2, q D = pi / n for hinged ends; clamped ones hold a link level each,
    and a whole wave of angles lies between the two: q D = 2 pi / (n - 1).
    """
    spacing, turn = LENGTH / segments, np.pi / segments if ends == "hinged" else 2 * np.pi / (segments - 1)
    at_rest = BEND * (2 / spacing * np.sin(turn / 2)) ** 2
    strain = (1 - np.sqrt(1 - 4 * at_rest / STRETCH)) / 2
    free_links = segments if ends == "hinged" else segments - 2
    return STRETCH * strain, strain * free_links * spacing


@pytest.mark.parametrize("ends", ["hinged", "clamped"])
def test_yarn_buckles_at_eulers_load(simulate, ends):
    segments = 20
    load, shortening = critical(segments, ends)
    _, below, side = pushed(simulate, segments, 0.995 * shortening, ends, gravity=0.0)
    assert side < 1e-7
    assert below == pytest.approx(0.995 * load, rel=1e-5)  # pins give by 2e-6 of it
    _, above, side = pushed(simulate, segments, 1.005 * shortening, ends)
    # A half wave of height a, or a whole wave of height a, takes up (pi a)^2 / 4 L of length.
    height = 2 / np.pi * np.sqrt(0.005 * shortening * LENGTH)
    assert side == pytest.approx(height, rel=0.06)
    assert above == pytest.approx(load, rel=1e-4)  # and bears no more


@pytest.mark.parametrize(("ends", "waves"), [("hinged", 1), ("clamped", 2)])
def test_load_converges_to_eulers(simulate, ends, waves):
    """pi^2 EI / L^2, and 4 pi^2 EI / L^2 between the clamps' middles, less (q D)^2 / 12 for links (see `critical`)."""
    for segments in (10, 20, 40):
        length = LENGTH if ends == "hinged" else LENGTH * (segments - 1) / segments
        _, shortening = critical(segments, ends)
        _, load, _ = pushed(simulate, segments, 1.02 * shortening, ends)
        euler = EULER * (waves * LENGTH / length) ** 2
        compressed = load * (1 - load / STRETCH)  # forces act on the compressed yarn's length
        turn = waves * np.pi * LENGTH / segments / length
        assert 1 - compressed / euler == pytest.approx(turn**2 / 12, rel=0.05)


def test_buckled_yarn_is_an_elastica(simulate):
    """Kirchhoff's elastica with hinged ends at 60 degrees: span 2 E / K - 1, height k / K, load (2 K / pi)^2."""
    k = np.sin(np.pi / 6)
    first, second = ellipk(k**2), ellipe(k**2)
    span, height, load = 2 * second / first - 1, k / first, (2 * first / np.pi) ** 2
    errors = []
    for segments in (10, 20, 40):
        _, push, side = pushed(simulate, segments, (1 - span) * LENGTH, "hinged", stretch=1.0e5 * EULER, gravity=1e-5)
        errors.append([side / height / LENGTH - 1, push / load / EULER - 1])
        assert np.abs(errors[-1]).max() < 1.1 * (np.pi / segments) ** 2 / 12
    errors = np.array(errors)
    assert errors[:-1] / errors[1:] == pytest.approx(4.0, rel=0.08)
