"""Teach a network to throw a cloth to any goal, through the simulator.

During the first 6 steps of 1 ms a small network looks at the cloth (how far its centre is from the goal, and where its
corners are and how fast) and answers with forces on the four corners; then the cloth flies on its own. Torch pulls the
distance from the goal back through every simulated step into the network's weights. It learns from a few goals and is
judged by goals it has never seen.

    python examples/throw_with_network.py --plot throws.png
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from _throw import CORNERS, PUSHES, SCENE, draw, mass_shares, plot_argument
from torch import nn

from warp_fabric.torch_bridge import TorchRollout, TorchState

FLIGHT = SCENE.replace({"time.duration": 0.05, "solver.tolerance": 1e-6})
MIDDLE, SPAN = torch.tensor([0.09, 0.0, 0.03]), torch.tensor([0.03, 0.06, 0.03])
"""m. Goals lie in a box of this centre and this half width."""
SIZE, SPEED, UNIT = 4e-3, 2.0, 4e-3
"""m, m/s and N: of the cloth, of a throw, and of a push at a corner."""
LEARN_FROM, JUDGE_BY = 6, 6
MOST_EVALUATIONS = 20
LEARNT, UNSEEN = 1e-3, 2e-3
"""m, how near it shall land: at the goals it learns from, on average; at every other goal."""


class Thrower(nn.Module):
    """What it sees -> forces on the corners [4, 3], N: a linear map and a small network's correction of it."""

    def __init__(self, seen: int = 28, hidden: int = 16) -> None:
        super().__init__()
        self.linear = nn.Linear(seen, 12)
        self.correction = nn.Sequential(nn.Linear(seen, hidden), nn.Tanh(), nn.Linear(hidden, 12))
        for layer in (self.linear, self.correction[2]):
            nn.init.zeros_(layer.weight)  # pyright: ignore[reportArgumentType]
            nn.init.zeros_(layer.bias)  # pyright: ignore[reportArgumentType]
        self.double()

    def forward(self, state: TorchState, goal: torch.Tensor) -> torch.Tensor:
        centre = centre_of(state.position)
        corners, speeds = state.position[CORNERS] - centre, state.velocity[CORNERS]
        to_go = (goal - centre - MIDDLE) / SPAN
        clock = torch.tensor([state.steps / PUSHES])
        seen = torch.cat([to_go, 0.3 / SIZE * corners.ravel(), 0.3 / SPEED * speeds.ravel(), clock])
        return UNIT * (self.linear(seen) + self.correction(seen)).view(4, 3)


SHARE = torch.tensor(mass_shares(FLIGHT))[..., None]


def centre_of(position: torch.Tensor) -> torch.Tensor:
    """Centre of mass [3] of positions [picks, ends, 3]."""
    return (SHARE * position).sum((0, 1))


def throw(simulation: TorchRollout, thrower: Thrower, goal: torch.Tensor) -> list[torch.Tensor]:
    """Positions [picks, ends, 3] along the flight."""
    state, flight = simulation.start(), []
    for k in range(simulation.step_count):
        flight.append(state.position)
        force = None
        if k < PUSHES:
            force = torch.zeros_like(state.position)
            force[CORNERS] = thrower(state, goal)
        state = simulation.step(state, force)
    return [*flight, state.position]


def main(plot: Path | None = None) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    simulation, thrower = TorchRollout(FLIGHT, device="cpu"), Thrower()
    goals = MIDDLE + SPAN * (2.0 * torch.rand(LEARN_FROM + JUDGE_BY, 3, dtype=torch.float64) - 1.0)
    known, unseen = goals[:LEARN_FROM], goals[LEARN_FROM:]
    weights = list(thrower.parameters())
    print(f"A network of {sum(w.numel() for w in weights)} weights learns from {LEARN_FROM} goals.")
    # All goals at once, without chance: second-order steps work.
    optimiser = torch.optim.LBFGS(weights, max_iter=100, max_eval=MOST_EVALUATIONS, line_search_fn="strong_wolfe")
    begun, evaluations = time.perf_counter(), 0

    def evaluate() -> torch.Tensor:
        nonlocal evaluations
        optimiser.zero_grad()
        total = torch.zeros(())
        for goal in known:
            loss = (centre_of(throw(simulation, thrower, goal)[-1]) - goal).square().sum() / (SPAN.square().sum())
            (loss / len(known)).backward()
            total = total + loss.detach() / len(known)
        evaluations += 1
        off = 1e3 * float(total * SPAN.square().sum()) ** 0.5
        print(f"  evaluation {evaluations:2}, {time.perf_counter() - begun:4.0f} s: {off:7.3f} mm off on average")
        return total

    optimiser.step(evaluate)  # pyright: ignore[reportArgumentType]

    with torch.no_grad():
        flights = [torch.stack(throw(simulation, thrower, goal)) for goal in goals]
    off = [float((centre_of(flight[-1]) - goal).norm()) for flight, goal in zip(flights, goals)]
    learnt = float(np.sqrt(np.mean(np.square(off[:LEARN_FROM]))))
    print(f"It lands {1e3 * learnt:.2f} mm off the goals it knows (root mean square), and at {JUDGE_BY} goals")
    print("it has never seen:", ", ".join(f"{1e3 * each:.2f}" for each in off[LEARN_FROM:]), "mm off.")
    if plot is not None:
        draw(plot, [flight.numpy() for flight in flights[LEARN_FROM:]], [goal.numpy() for goal in unseen], every=25)
    assert learnt < LEARNT, "it has not learnt the goals it was shown"
    assert max(off[LEARN_FROM:]) < UNSEEN, "it misses goals that it has not seen"


if __name__ == "__main__":
    main(plot_argument(__doc__))
