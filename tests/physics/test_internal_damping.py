"""Internal damping over time: how a cantilever's vibration dies away, and that nothing gains energy."""

from dataclasses import replace

import numpy as np
import pytest
from rig import RADIUS, yarn
from sample_cloth import Point
from scipy.optimize import curve_fit

import warp_fabric as wf
from warp_fabric.forces import INERTIA, POTENTIALS
from warp_fabric.solver.rollout import Rollout
from warp_fabric.yarn import library_entry

SPACING = library_entry("cotton").spacing
COTTON = library_entry("cotton").yarn
LIGHT = replace(COTTON, linear_density=0.01 * COTTON.linear_density)
ROWS, ROOT = 9, 1.8751
STILL = wf.Environment(gravity=[0, 0, 0], wind_density=0.0)


def cantilever(damping: float, crimp: dict[str, float]) -> wf.Scene:
    """A strip of three ends along +y, clamped by its first two picks; it vibrates about 4 times."""
    period = 2 * np.pi / frequency(crimp)
    step = period / 80
    return wf.Scene(
        fabric=wf.FabricSettings(
            ends=3,
            picks=ROWS + 1,
            end_spacing=SPACING,
            pick_spacing=SPACING,
            end_yarns=["end"],
            pick_yarns=["pick"],
            **crimp,
        ),
        yarns={"end": replace(COTTON, damping=damping), "pick": LIGHT},
        environment=STILL,
        pins=[wf.Pin(crossing=(pick, end)) for pick in (0, 1) for end in range(3)],
        time=wf.Time(duration=320 * step, step=step, frames_per_second=1 / step, integrator="bdf2"),
        solver=wf.SolverSettings(tolerance=1e-10),
    )


def frequency(crimp: dict[str, float]) -> float:
    """About that of the lowest mode, rad/s."""
    longer = 1 + crimp.get("end_crimp", 0.0)
    rigidity = COTTON.bending_modulus * np.pi * COTTON.radius**2 / longer
    length = (ROWS - 0.5) * SPACING
    return ROOT**2 / length**2 * np.sqrt(rigidity / (COTTON.linear_density * longer))


def vibration(scene: wf.Scene) -> tuple[float, float]:
    """Decay [1/s] and angular frequency [1/s] of the tip, set off in about the lowest mode."""
    rollout = Rollout(scene, "cpu")
    rest = rollout.model.rest_position
    along = np.clip((rest[:, 1] - 0.5 * SPACING) / ((ROWS - 0.5) * SPACING), 0.0, 1.0)
    z = ROOT * along
    shape = np.cosh(z) - np.cos(z) - 0.7341 * (np.sinh(z) - np.sin(z))
    velocity = np.zeros_like(rest)
    velocity[:, 2] = 1e-3 * SPACING * frequency({}) * shape / shape.max()
    rollout.initial.velocity.assign(velocity)
    rollout.restart()
    tip, times = [], []
    for frame in rollout.frames():
        tip.append(frame.arrays["position"][-1, 1, 2])
        times.append(frame.time)
    tip, times = np.array(tip), np.array(times)

    def wave(t, size, decay, turn, phase):
        return size * np.exp(-decay * t) * np.sin(turn * t + phase)

    guess = (np.abs(tip).max(), 0.1 / times[-1], frequency({}), 0.0)
    found, _ = curve_fit(wave, times, tip, p0=guess, x_scale=(guess[0], 1 / times[-1], guess[2], 1.0), method="trf")
    return float(found[1]), float(abs(found[2]))


@pytest.mark.parametrize("crimp", [{}, {"pick_crimp": 0.07, "end_crimp": 0.05}], ids=["straight", "crimped"])
def test_a_cantilever_swings_out(crimp):
    """exp(-tau omega^2 t / 2), beyond what the integrator takes, which bdf2 takes without damping too."""
    tau = 0.03 / frequency(crimp)
    decay, _ = vibration(cantilever(tau, crimp))
    alone, turn = vibration(cantilever(0.0, crimp))
    assert turn == pytest.approx(frequency(crimp), rel=0.05)
    assert alone < 0.2 * decay
    assert decay - alone == pytest.approx(0.5 * tau * turn**2, rel=0.02)


def waving(crimp: bool) -> wf.Scene:
    """A cloth of soft yarns that is free, but for a corner, and falls."""
    soft = yarn(0.4, 4.0e-9, 1.0e-3, RADIUS)
    fabric = {"end_crimp": 0.06, "pick_crimp": 0.1, "crimp_set": 1.0} if crimp else {}
    return wf.Scene(
        fabric=wf.FabricSettings(
            ends=6, picks=5, end_spacing=1e-3, pick_spacing=1e-3, end_yarns=["y"], pick_yarns=["y"], **fabric
        ),
        yarns={"y": replace(soft, damping=5e-3, cohesion=2.0 if crimp else 1.0)},
        contact=wf.Contact(shear_modulus=5e3, shear_damping=5e-3, twist_rigidity=2e-6, parallel_stiffness=0.0),
        environment=wf.Environment(gravity=[0.0, 0.1, -0.5], wind_density=0.0),
        pins=[wf.Pin(crossing=(0, 0), stiffness=100.0)],
        time=wf.Time(duration=0.1, step=1e-3, frames_per_second=1000.0, integrator="euler"),
        solver=wf.SolverSettings(tolerance=1e-9),
    )


@pytest.mark.parametrize("crimp", [False, True], ids=["straight", "crimped"])
def test_nothing_gains_energy(crimp):
    """Without wind, by Euler steps; and damping takes more than those do."""
    left = {}
    for damped in (True, False):
        scene = waving(crimp)
        if not damped:
            scene = scene.replace({"yarns.y.damping": 0.0, "contact.shear_damping": 0.0})
        rollout = Rollout(scene, "cpu")
        rollout.initial.velocity.assign(0.1 * np.random.default_rng(121).standard_normal((30, 3)))
        rollout.restart()
        point = Point(rollout.model, rollout.state, rollout.stepper.equation.held)
        energies = []
        for _ in range(rollout.frame_count):
            rollout.step()
            point.state = rollout.state
            kinetic = point.energy(INERTIA)
            energies.append(kinetic + sum(point.energy(force) for force in POTENTIALS if force.name != "friction"))
        change = np.diff(energies)
        assert change.max() < 1e-9 * np.ptp(energies)
        left[damped] = energies[0]
    assert left[True] < 0.7 * left[False]  # after a step: at first everything bends and shears
    assert kinetic > 0.1 * energies[-1]
