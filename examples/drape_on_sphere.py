"""Lay loosely woven cotton over a sphere: where it is in balance, and how it gets there.

    python examples/drape_on_sphere.py --plot drape.png

First the equilibrium. It knows no friction, and without friction a cloth slides off a sphere, so the crossings at the
top are held by springs, which carry part of the weight. Then the motion, with friction and nothing held: the cloth
falls, wraps the sphere and comes to rest, and the sphere carries all of it. `--fast` drapes a smaller cloth.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import warp as wp

import warp_fabric as wf
from warp_fabric.picture import render

wp.config.log_level = wp.LOG_WARNING

SPACING = 3e-3  # m
RADIUS = 7e-4  # m, of the yarns, and twice that of the cloth's beads at crossings
DENSITY = 918.0  # kg/m3, of a yarn with the air in it
COTTON = replace(
    wf.library_yarn("cotton"),
    radius=RADIUS,
    linear_density=DENSITY * np.pi * RADIUS**2,
    young_modulus=1e7,  # Pa: spun thick and loose
    damping=0.1,  # s: comes to rest soon
)
HOLD = 2.0  # N/m, of each spring at the top
LOW = (35.0, 4.0)  # degrees, where the camera stands: the sphere is in sight below the cloth


def scene(yarns: int, time: wf.Time) -> wf.Scene:
    """A square of cloth laid flat on a sphere, whose top it just touches; in equilibria its middle is held."""
    middle, half = yarns // 2, (yarns - 1) * SPACING / 2
    radius = 0.55 * half
    ball = wf.Obstacle("sphere", center=[half, half, -radius - 2 * RADIUS], radius=radius, friction=0.5)
    top = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)] if time.integrator == "static" else []
    return wf.Scene(
        fabric=wf.FabricSettings(ends=yarns, picks=yarns, end_spacing=SPACING, pick_spacing=SPACING),
        yarns={"cotton": COTTON},
        contact=wf.Contact(shear_modulus=4e4),
        pins=[wf.Pin([middle + i, middle + j], stiffness=HOLD) for i, j in top],
        collision=wf.Collision(),
        obstacles=[ball],
        time=time,
    )


def pull(run: wf.Trajectory) -> float:
    """What the springs at the top carry [N]: they are fixed where the crossings were at first."""
    return float(sum(-pin.stiffness * run.position[-1][tuple(pin.crossing)][2] for pin in run.scene.pins))


def report(run: wf.Trajectory) -> tuple[float, float]:
    """Print what carries the cloth and how near its beads come; the load carried and the weight [N]."""
    yarns, ball = run.scene.fabric.ends, run.scene.obstacles[0]
    weight = 2 * yarns * (yarns - 1) * SPACING * COTTON.linear_density * -run.scene.environment.gravity[2]
    support, held = float(run.contact_force[-1].sum((0, 1))[2]), pull(run)
    gap = np.linalg.norm(run.position[-1] - ball.center, axis=-1).min() - ball.radius
    print(f"  the sphere carries {1e3 * support:.3f} mN, springs {1e3 * held:.3f} mN; it weighs {1e3 * weight:.3f} mN")
    print(f"  crossings come as near as {1e3 * gap:.2f} mm to the sphere, {gap / (2 * RADIUS):.2f} of their radius")
    assert 0.5 < gap / (2 * RADIUS) < 1.0, "it does not lie on the sphere"
    return support + held, weight


def main(plot: Path | None, fast: bool) -> None:
    yarns = 11 if fast else 19
    print(f"Equilibrium of {yarns} x {yarns} crossings, the top held:")
    balance = wf.simulate(scene(yarns, wf.Time(integrator="static")), device="cpu")
    load, weight = report(balance)
    assert abs(load - weight) < 1e-6 * weight

    print("In motion, with friction and nothing held:")
    time = wf.Time(integrator="euler", duration=0.75, step=4e-3)
    drape = wf.simulate(scene(yarns, time), device="cpu")
    load, weight = report(drape)
    hardest = drape.contact_force.sum((1, 2))[:, 2].max()
    print(f"  in the frames on the way there the sphere carries up to {1e3 * hardest:.3f} mN")
    speed = np.linalg.norm(drape.velocity[-1], axis=-1).max()
    print(f"  after {time.duration} s its fastest crossing moves at {1e3 * speed:.3f} mm/s")
    assert abs(load - weight) < 1e-2 * weight
    assert speed < 5e-3

    if plot is not None:
        held = plot.with_stem(f"{plot.stem}-held")
        render(balance, held, camera=LOW)
        render(drape, plot, camera=LOW)
        print(f"The equilibrium is drawn in {held}, the cloth at rest with friction in {plot}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw both drapes")
    parser.add_argument("--fast", action="store_true", help="a smaller cloth")
    options = parser.parse_args()
    main(options.plot, options.fast)
