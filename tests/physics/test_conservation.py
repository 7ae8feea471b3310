"""Momentum and energy of free yarns and cloths."""

import numpy as np
import pytest
from rig import GRAVITY, energy, mass_and_centre, momentum, motion, single_yarn, soft_cloth, started, wave, yarn

import warp_fabric as wf

SCHEMES = ["euler", "bdf2"]
STEP = 1.0e-3  # s


def flight(simulate, tmp_path, integrator, step, gravity=0.0, **contact):
    """A cloth that spins, waves and flies."""
    scene = soft_cloth(motion(0.06, step, integrator, 1 / 0.002), gravity, **contact)
    rest = scene.build().position
    spin = np.cross([1.0, 2.0, 3.0], rest - rest.mean((0, 1)))
    return simulate(started(scene, tmp_path, velocity=wave(scene) + spin + [0.3, 0.1, 0.2]))


@pytest.mark.parametrize("integrator", SCHEMES)
def test_free_flight_keeps_linear_momentum(simulate, tmp_path, integrator):
    """Inner forces cancel: what changes is what Newton leaves, 1e-11 m/s a step on each crossing."""
    rubbing = {"shear_modulus": 1000.0, "friction": 0.2, "sliding_damping": 0.1, "parallel_stiffness": 1.0}
    for contact in ({}, rubbing):
        run = flight(simulate, tmp_path, integrator, STEP, **contact)
        linear, _ = momentum(run)
        mass, _ = mass_and_centre(run)
        assert np.abs(linear - linear[0]).max() / mass < 60 * 1e-11
        assert np.ptp(run.velocity, axis=0).max() > 0.05  # while crossings do change theirs


@pytest.mark.parametrize(("integrator", "order"), [("euler", 1), ("bdf2", 2)])
def test_free_flight_keeps_angular_momentum_to_the_order_of_the_scheme(simulate, tmp_path, integrator, order):
    drifts = []
    for step in (1.0e-3, 5.0e-4, 2.5e-4):
        _, angular = momentum(flight(simulate, tmp_path, integrator, step))
        drifts.append(np.linalg.norm(angular - angular[0], axis=1).max() / np.linalg.norm(angular[0]))
    drifts = np.array(drifts)
    assert drifts[0] < (1e-3 if order == 1 else 1e-4)
    assert drifts[:-1] / drifts[1:] == pytest.approx(2.0**order, rel=0.1)


@pytest.mark.parametrize("integrator", SCHEMES)
def test_falling_cloth_gains_weight_times_time(simulate, tmp_path, integrator):
    run = flight(simulate, tmp_path, integrator, STEP, GRAVITY)
    linear, _ = momentum(run)
    mass, _ = mass_and_centre(run)
    fabric = run.fabric
    wide, high = fabric.end_spacing * (fabric.end_count - 1), fabric.pick_spacing * (fabric.pick_count - 1)
    picks = sum(fabric.yarns[k].linear_density * wide for k in fabric.pick_yarn)
    ends = sum(fabric.yarns[k].linear_density * high for k in fabric.end_yarn)
    assert mass == pytest.approx(picks + ends, rel=1e-12)
    weight = mass * np.array([0, 0, -GRAVITY])
    assert np.abs(linear - linear[0] - run.time[:, None] * weight).max() / mass < len(run.time) * 1e-11


@pytest.mark.parametrize("integrator", SCHEMES)
def test_falling_cloth_falls_g_t2_over_2(simulate, integrator):
    """And what the scheme adds to it: Euler g h t / 2; BDF2, whose first step is Euler's, 3/4 g h^2 (1 - 3^-n)."""
    run = simulate(soft_cloth(motion(0.06, STEP, integrator), GRAVITY))
    _, centre = mass_and_centre(run)
    t, steps = run.time, np.arange(len(run.time))
    extra = GRAVITY * STEP * t / 2 if integrator == "euler" else 0.75 * GRAVITY * STEP**2 * (1 - 3.0**-steps)
    fallen = centre[0, 2] - centre[:, 2]
    assert np.abs(fallen - GRAVITY * t**2 / 2 - extra).max() < t[-1] * len(steps) * 1e-11  # Newton's tolerance
    assert np.abs(centre[:, :2] - centre[0, :2]).max() < 1e-12


def test_energy_of_a_free_cloth(simulate, tmp_path):
    """Euler's falls at every step; BDF2 loses what its first step, an Euler step, takes: of second order."""
    lost = {}
    for integrator in SCHEMES:
        for step in (2.0e-3, 1.0e-3, 5.0e-4):
            total = energy(flight(simulate, tmp_path, integrator, step))
            if integrator == "euler":
                assert (np.diff(total) < 0).all()
            assert total.max() < total[0] * (1 + 1e-9)
            lost[integrator, step] = 1 - total[-1] / total[0]
    assert lost["bdf2", 2.0e-3] < lost["euler", 2.0e-3] / 3
    assert lost["bdf2", 5.0e-4] < lost["euler", 5.0e-4] / 30
    assert lost["bdf2", 1.0e-3] / lost["bdf2", 5.0e-4] == pytest.approx(4.0, rel=0.2)


@pytest.mark.parametrize("integrator", SCHEMES)
def test_energy_of_a_standing_wave(simulate, tmp_path, integrator):
    """Stretch waves of a straight yarn are linear: the slowest decays as an oscillator of its frequency does."""
    segments, length, stretch, density, steps = 12, 0.1, 0.02, 2.0e-3, 60
    spacing, turn = length / segments, np.pi / segments  # turn: phase from one crossing to the next
    stiffness = stretch / spacing * 2 * (1 - np.cos(turn))
    mass = density * spacing / 3 * (2 + np.cos(turn))
    frequency = np.sqrt(stiffness / mass)
    assert frequency == pytest.approx(np.pi / length * np.sqrt(stretch / density), rel=turn**2 / 20)  # a bar's
    h = 2 * np.pi / frequency / 40
    scene = single_yarn(
        yarn(stretch, 1.0e-9, density),
        segments,
        length,
        {},
        environment=wf.Environment(gravity=[0, 0, 0]),
        time=motion(steps * h, h, integrator),
        solver=wf.SolverSettings(tolerance=1e-11),
    )
    velocity = np.zeros((1, segments + 1, 3))
    velocity[0, :, 0] = 0.02 * np.cos(turn * np.arange(segments + 1))
    total = energy(simulate(started(scene, tmp_path, velocity=velocity)))
    theory = np.abs(oscillator(integrator, frequency * h, steps)) ** 2
    assert theory[-1] < (0.25 if integrator == "euler" else 0.96)
    assert np.abs(total / total[0] - theory).max() < 1e-9


def oscillator(integrator, wh, steps):
    """Solution of x' = i w x by the scheme [steps + 1], from 1 on."""
    x = [1.0, 1 / (1 - 1j * wh)]
    while len(x) <= steps:
        after_bdf2 = (4 * x[-1] - x[-2]) / 3 / (1 - 2j * wh / 3)
        x.append(after_bdf2 if integrator == "bdf2" else x[-1] / (1 - 1j * wh))
    return np.array(x)
