"""What both throws share: the cloth, its corners, its centre of mass, and a picture of the flight."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import warp_fabric as wf

SCENE = wf.load_scene(Path(__file__).with_name("throw.toml"))
CORNERS = ([0, 0, 4, 4], [0, 4, 0, 4])
"""Pick and end of each corner crossing: `position[CORNERS]` is [4, 3]."""
PUSHES = 6
"""Forces act during so many steps."""


def mass_shares(scene: wf.Scene) -> np.ndarray:
    """Each crossing's share of the cloth's mass [picks, ends]: half of every yarn segment that meets there."""
    fabric = scene.build()
    density = np.array([yarn.linear_density for yarn in fabric.yarns])
    mass = np.zeros((fabric.pick_count, fabric.end_count))
    along_picks = 0.5 * fabric.end_spacing * density[fabric.pick_yarn][:, None]
    along_ends = 0.5 * fabric.pick_spacing * density[fabric.end_yarn][None, :]
    mass[:, 1:] += along_picks
    mass[:, :-1] += along_picks
    mass[1:, :] += along_ends
    mass[:-1, :] += along_ends
    return mass / mass.sum()


def plot_argument(about: str | None) -> Path | None:
    """The path after --plot, if there is one."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the flight (needs matplotlib)")
    return parser.parse_args().plot
