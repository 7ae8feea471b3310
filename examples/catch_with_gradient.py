"""Catch a falling cloth: where a sphere has to be for the cloth to slide off it to a goal, found by gradient.

A small cloth falls on a sphere and slides off it. Where its middle is a tenth of a second after it was let go depends
on the sphere's place through every contact on the way; all of them are differentiated, and a fit moves the sphere
until the cloth is where it is wanted.

    python examples/catch_with_gradient.py --plot catch.png
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

YARNS, SPACING = 5, 2e-3
HALF = (YARNS - 1) * SPACING / 2
MIDDLE = (YARNS // 2, YARNS // 2)
COTTON = replace(
    wf.library_yarn("cotton"),
    radius=5e-4,
    linear_density=7.2e-4,
    young_modulus=1e7,  # Pa: spun thick and loose
    bending_modulus=0.01,
    damping=0.05,
)
GUESS = [HALF - 0.003, HALF, -0.018]  # m, where the sphere is at first
GOAL = np.array([HALF + 0.007, HALF + 0.002, -0.0155])  # m, where the middle of the cloth shall be at the end
PLACE = "obstacles.0.center"
EVALUATIONS = 7
ACCURACY = 2e-4  # m

SCENE = wf.Scene(
    fabric=wf.FabricSettings(ends=YARNS, picks=YARNS, end_spacing=SPACING, pick_spacing=SPACING),
    yarns={"cotton": COTTON},
    collision=wf.Collision(),
    obstacles=[wf.Obstacle("sphere", center=GUESS, radius=0.012)],
    time=wf.Time(integrator="euler", duration=0.1, step=2e-3, frames_per_second=10),
)


def catch_at_goal(run: wf.Trajectory) -> wf.FramesTarget:
    """The target: the middle of the cloth is at the goal in the last frame, whatever the rest of it does."""
    wanted = run.position.copy()
    wanted[(-1, *MIDDLE)] = GOAL
    mask = np.zeros((YARNS, YARNS))
    mask[MIDDLE] = 1.0
    return wf.FramesTarget(replace(run, position=wanted), mask=mask, frames=[-1], sliding=False)


def away(run: wf.Trajectory) -> float:
    """How far the middle of the cloth is from the goal at the end [m]."""
    return float(np.linalg.norm(run.position[(-1, *MIDDLE)] - GOAL))


def main(plot: Path | None) -> None:
    first = wf.simulate(SCENE, device="cpu")
    target = catch_at_goal(first)
    before, gradient = wf.loss_and_gradient(SCENE, target, [PLACE], device="cpu")
    slope = np.array(gradient[PLACE])
    print(f"loss {before:.2e} m2 before: the cloth is {1e3 * away(first):.2f} mm from the goal;")
    print(f"per metre that the sphere moves along x, y, z it changes by {np.array2string(slope, precision=3)} m")

    found = wf.fit(SCENE, target, [PLACE], evaluations=EVALUATIONS, uncertainty=False, device="cpu")
    last = wf.simulate(found.scene, device="cpu")
    moved = 1e3 * (np.array(found.values[PLACE]) - GUESS)
    print(f"loss {found.loss:.2e} m2 after {found.evaluations} evaluations: {1e3 * away(last):.4f} mm from the goal,")
    print(f"with the sphere moved by {np.array2string(moved, precision=3)} mm")
    if plot is not None:
        render(last, plot, camera=(0.0, 10.0), zoom=0.4)
        print(f"The cloth is drawn in {plot}, at the goal.")
    assert away(last) < ACCURACY, "it misses the goal"
    assert found.loss < 1e-3 * before


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the cloth at the goal")
    main(parser.parse_args().plot)
