"""What both throws share: the cloth, its corners, its centre of mass, and a picture of the flight."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import warp as wp

import warp_fabric as wf

wp.config.log_level = wp.LOG_WARNING

SCENE = wf.load_scene(Path(__file__).with_name("throw.toml"))
CORNERS = ([0, 0, 4, 4], [0, 4, 0, 4])
"""Picks and ends of the corner crossings: `position[CORNERS]` is [4, 3]."""
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
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the flight (needs matplotlib)")
    return parser.parse_args().plot


def draw(path: Path, flights: Sequence[np.ndarray], goals: Sequence[np.ndarray], every: int = 10) -> None:
    """Draw flights [frames, picks, ends, 3] and their goals; the cloth several times as large as it is, to be seen."""
    from matplotlib.figure import Figure

    size = 3.0
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()

    def seen(x: np.ndarray) -> np.ndarray:
        """From the side, a little from above and behind: mm."""
        return 1e3 * np.stack([x[..., 0] + 0.35 * x[..., 1], x[..., 2] + 0.35 * x[..., 1]], axis=-1)

    share = mass_shares(SCENE)[..., None]
    for number, (flight, goal) in enumerate(zip(flights, goals)):
        centres = (share * flight).sum((1, 2))
        axes.plot(*seen(centres).T, color="0.8", linewidth=1, zorder=1)
        last = len(flight) - 1
        for k in (*range(0, last - every // 2 + 1, every), last):
            lines = seen(centres[k] + size * (flight[k] - centres[k]))
            style = {"color": f"C{number}", "linewidth": 1.6 if k == last else 0.9, "solid_capstyle": "round"}
            for along, alpha in ((lines, 1.0), (lines.swapaxes(0, 1), 0.6)):
                for line in along:
                    axes.plot(*line.T, alpha=alpha, **style)
        axes.plot(*seen(goal), "+", color="black", markersize=18, markeredgewidth=1.2, zorder=3)
    axes.set_aspect("equal")
    axes.set_xlabel("mm")
    axes.set_ylabel("mm")
    axes.set_title(f"The cloth every {every} ms of its flight, {size:.0f} times as large as it is; + the goal", size=10)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150, bbox_inches="tight")
    print(f"The flight is drawn in {path}.")
