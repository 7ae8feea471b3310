"""Yarns and woven strips clamped at one end against the heavy elastica.

With theta = 2 kappa D / 2 at a crossing between two segments D, kb theta^2 / (2 D) per length D is kb kappa^2 / 2: the
bending rigidity EI of a yarn is its kb.
"""

import numpy as np
import pytest
from rig import GRAVITY, single_yarn, yarn
from scipy.integrate import cumulative_simpson, solve_bvp

import warp_fabric as wf

LENGTH = 0.1  # m
BEND, STRETCH, DENSITY = 2.0e-6, 20.0, 2.0e-3


def elastica(length, weight, load, bend, stretch, samples):
    """Points (along, up) [n, 2] m at arc lengths `samples` from a level clamp.

    bend phi'' = (1 + T / stretch) Q cos(phi), phi(0) = 0, phi'(length) = 0, with Q = weight (length - s) + load what
    hangs further out and T = -Q sin(phi) the tension; `weight` in N/m, `load` in N.
    """

    def hanging(s):
        return weight * (length - s) + load

    def slopes(s, y):
        longer = 1 - hanging(s) * np.sin(y[0]) / stretch
        return np.stack([y[1], longer * hanging(s) / bend * np.cos(y[0])])

    start = np.linspace(0, length, 401)
    guess = np.stack([-start / length, -np.ones_like(start) / length])
    solution = solve_bvp(slopes, lambda a, b: [a[0], b[1]], start, guess, tol=1e-9, max_nodes=20000)
    assert solution.success
    s = np.linspace(0, length, 2001)
    angle = solution.sol(s)[0]
    slope = (1 - hanging(s) * np.sin(angle) / stretch) * [np.cos(angle), np.sin(angle)]
    return np.stack([np.interp(samples, s, cumulative_simpson(row, x=s, initial=0)) for row in slope], -1)


def check_second_order(errors, counts, weight, bend):
    """Errors of crossings [m] with a yarn of `counts` segments D: within the sagitta kappa D^2 / 8 by which chords cut
    off the curve, kappa at most that of a level beam at its clamp; and falling as D^2."""
    sagitta = weight * LENGTH**2 / 2 / bend * (LENGTH / np.array(counts)) ** 2 / 8
    assert (errors < sagitta).all(), (errors, sagitta)
    assert errors[:-1] / errors[1:] == pytest.approx(4.0, rel=0.08)


def test_clamped_yarn_is_the_heavy_elastica(simulate):
    kind, errors, counts = yarn(STRETCH, BEND, DENSITY), [], (10, 20, 40)
    for segments in counts:
        spacing = LENGTH / segments
        run = simulate(single_yarn(kind, segments, LENGTH, {0: None, 1: None}))
        # The clamp is level in the middle of its segment.
        shape = run.position[-1, 0, 1:][:, [0, 2]] - [spacing / 2, 0]
        length, samples = LENGTH - spacing / 2, spacing * (np.arange(segments) + 0.5)
        curve = elastica(length, DENSITY * GRAVITY, 0, BEND, STRETCH, samples)
        errors.append(np.abs(shape - curve).max())
        assert np.abs(run.position[-1, 0, :, 1]).max() < 1e-9
    assert curve[-1, 1] < -0.6 * LENGTH  # far beyond what a linear beam describes
    check_second_order(np.array(errors), counts, DENSITY * GRAVITY, BEND)


def strip(rows):
    """Two heavy ends between two light ones, so that each end bears load as it is stiff; picks only weigh."""
    spacing = LENGTH / rows
    kinds = {
        "light": yarn(STRETCH, BEND, 1.0e-3, radius=2.0e-4),
        "heavy": yarn(STRETCH, 2 * BEND, 2.0e-3, radius=3.0e-4),
        "cross": yarn(STRETCH, BEND, 2.0 * spacing, radius=2.0e-4),
    }
    fabric = wf.FabricSettings(
        ends=4,
        picks=rows + 1,
        end_spacing=1.0e-3,
        pick_spacing=spacing,
        end_yarns=["light", "heavy", "heavy", "light"],
        pick_yarns=["cross"],
    )
    pins = [wf.Pin(crossing=(pick, end), stiffness=1.0e6) for pick in (0, 1) for end in range(4)]
    # Friction that holds: picks do not slide down the slope.
    return wf.Scene(fabric=fabric, yarns=kinds, pins=pins, contact=wf.Contact(friction=10.0))


def test_clamped_strip_is_the_heavy_elastica(simulate):
    errors, counts = [], (8, 16)
    for rows in counts:
        scene = strip(rows)
        run = simulate(scene)
        position, spacing = run.position[-1], LENGTH / rows
        assert np.ptp(position[:, :, 1:], axis=1).max() < 1e-6  # level across
        shape = position[1:, :, 1:].mean(axis=1) - [spacing / 2, 0]
        row = scene.yarns["cross"].linear_density * 3 * 1.0e-3 * GRAVITY  # N, weight of a pick
        # The last pick hangs on the tip, half of it beyond the length's share.
        load = {"weight": 6.0e-3 * GRAVITY + row / spacing, "load": row / 2}
        length, samples = LENGTH - spacing / 2, spacing * (np.arange(rows) + 0.5)
        curve = elastica(length, **load, bend=6 * BEND, stretch=4 * STRETCH, samples=samples)
        errors.append(np.abs(shape - curve).max())
    check_second_order(np.array(errors), counts, load["weight"], 6 * BEND)
